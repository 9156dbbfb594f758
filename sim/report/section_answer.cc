/// The answer first: did it keep up, was anything lost or done twice, what did it cost.
#include <cmath>

#include <fmt/format.h>

#include "sim/report/html.h"
#include "sim/report/sections.h"
#include "sim/results/sparkline.h"

namespace lagsim::sim::report {
namespace {

struct Card {
    std::string label;
    std::string value;
    std::string note;
    std::string verdict{};  ///< class: good, bad, or none
};

std::string html(const Card& card) {
    return fmt::format(
        "<li class=\"card {}\"><span class=\"label\">{}</span> <strong>{}</strong> "
        "<span class=\"note\">{}</span></li>\n",
        card.verdict, escaped(card.label), escaped(card.value), escaped(card.note));
}

std::string per_replication(const Place& place) {
    return place.input.run.replications.size() > 1 ? "a replication, on average" : "";
}

std::string interval(const MetricSummary* metric, bool seconds = false) {
    if (metric == nullptr || !std::isfinite(metric->interval.half_width)) {
        return {};
    }
    const double width = metric->interval.half_width;
    return fmt::format("± {} ({:.0f} %)",
                       seconds ? readable_seconds(width) : readable_number(width),
                       100.0 * metric->interval.confidence);
}

std::string number(const MetricSummary* metric, bool seconds = false) {
    if (metric == nullptr || std::isnan(metric->interval.mean)) {
        return "–";
    }
    return seconds ? readable_seconds(metric->interval.mean)
                   : readable_number(metric->interval.mean);
}

Card kept_up_card(const Place& place) {
    const GroupInput& group = place.of();
    const auto all = static_cast<std::int64_t>(place.input.run.replications.size());
    const std::string note =
        fmt::format("lag at the end {} records, allowed {}", readable_number(group.lag_at_end),
                    readable_number(group.lag_allowed));
    if (group.kept_up == all) {
        return {"Kept up", "yes", note, "good"};
    }
    return {"Kept up", group.kept_up == 0 ? "no" : fmt::format("in {} of {}", group.kept_up, all),
            note, "bad"};
}

Card count_card(const std::string& label, std::int64_t count, const std::string& none,
                const std::string& some) {
    return {label, readable_number(static_cast<double>(count)), count == 0 ? none : some,
            count == 0 ? "good" : "bad"};
}

std::string cards(const Place& place) {
    const auto metric = [&](std::string_view name) {
        return place.input.metric(place.group, name);
    };
    const LedgerCounts& ledger = place.of().ledger;
    const std::string in_all =
        place.input.run.replications.size() > 1
            ? fmt::format("in {} replications", place.input.run.replications.size())
            : std::string("records");
    std::string text = html(kept_up_card(place));
    text += html(count_card("Lost", ledger.lost, "every record has a fate", in_all));
    text += html(count_card("Done twice", ledger.duplicates, "no record", in_all));
    text += html({"Given up", readable_number(static_cast<double>(ledger.dead_lettered)),
                  "to the dead-letter topic"});
    text += html({"Cost", number(metric("podHours")) + " pod hours",
                  interval(metric("podHours")).empty() ? per_replication(place)
                                                       : interval(metric("podHours"))});
    text += html({"Peak lag", number(metric("lag.max")) + " records", interval(metric("lag.max"))});
    text += html({"Latency", number(metric("latency.p50"), true) + " median",
                  number(metric("latency.p99"), true) + " at the 99th percentile"});
    text += html(
        {"Replicas",
         fmt::format("{} to {}", number(metric("replicas.min")), number(metric("replicas.max"))),
         "mean " + number(metric("replicas.mean"))});
    text += html({"Rebalances", number(metric("rebalances")),
                  number(metric("rebalancePause"), true) + " without an owner, over partitions"});
    return "<ul class=\"cards\">\n" + text + "</ul>\n";
}

std::string assertions(const ReportInput& input) {
    if (input.assertions.empty()) {
        return {};
    }
    std::string items;
    for (const AssertionOutcome& outcome : input.assertions) {
        items += fmt::format("<li class=\"{}\"><b>{}</b> <code>{}</code>, it is {}</li>\n",
                             outcome.held ? "good" : "bad", outcome.held ? "✓ held" : "✗ breached",
                             escaped(outcome.text), escaped(readable_number(outcome.value)));
    }
    return "<h3>Assertions of the scenario</h3>\n<ul class=\"assertions\">\n" + items + "</ul>\n";
}

std::string sentence(const Place& place) {
    const StoredResult& result = place.input.run.result;
    std::string text =
        fmt::format("{} of simulated time, {} {}, {} records produced{}.",
                    short_seconds(place.input.seconds()), place.input.run.replications.size(),
                    place.input.run.replications.size() == 1 ? "replication" : "replications",
                    readable_number(static_cast<double>(result.ledger.produced)),
                    place.input.run.replications.size() == 1 ? "" : " in all");
    if (!result.complete) {
        text += " The run was killed before its end: these are the replications that it finished.";
    }
    if (place.input.run.resolution == "flow") {
        text += " Counts are expectations (resolution flow).";
    }
    return text;
}

}  // namespace

std::string answer(const Place& place) {
    std::string body = paragraph(escaped(sentence(place)), "lead");
    for (std::size_t group = 0; group < place.input.groups.size(); ++group) {
        if (place.input.groups.size() > 1) {
            body += "<h3>" + escaped(place.input.groups[group].name) + "</h3>\n";
        }
        body += cards({place.input, group, place.id});
    }
    return section(place.id + "answer", "The answer", body + assertions(place.input));
}

}  // namespace lagsim::sim::report
