/// Every decision with its reason: those that changed something at once, all of them on demand.
#include <cmath>

#include <fmt/format.h>

#include "sim/report/decision_words.h"
#include "sim/report/html.h"
#include "sim/report/sections.h"
#include "sim/results/sparkline.h"

namespace lagsim::sim::report {
namespace {

constexpr std::size_t most_changes = 400;
constexpr std::size_t most_folded = 1200;

using Row = std::vector<std::string>;

std::string count(std::int64_t value) {
    return value < 0 ? "–" : fmt::format("{}", value);
}

std::string metric(double value) {
    return std::isfinite(value) ? escaped(readable_number(value)) : "–";
}

std::string at(const StoredDecision& decision) {
    return escaped(clock_time(std::round(decision.seconds)));
}

std::string maker(const std::string& who) {
    return who == "hpa" ? "HPA" : "KEDA";
}

std::string why(const StoredDecision& decision) {
    return decision.who == "hpa" ? rule_in_words(decision) : inputs_in_words(decision);
}

Row change_row(const StoredDecision& d) {
    return {at(d),
            maker(d.who),
            fmt::format("<span class=\"{}\">{} → {}</span>", d.after > d.before ? "up" : "down",
                        d.before, d.after),
            metric(d.metric),
            count(d.proposed),
            count(d.stabilized),
            escaped(d.limited_by),
            escaped(why(d))};
}

/// Decisions of one maker in a row that changed nothing for the same reason.
struct Fold {
    const StoredDecision* first = nullptr;
    const StoredDecision* last = nullptr;
    std::int64_t count = 0;
    double low = HUGE_VAL;    ///< of the metric
    double high = -HUGE_VAL;  ///< of the metric
};

bool continues(const Fold& fold, const StoredDecision& d) {
    const StoredDecision& f = *fold.first;
    return f.before == f.after && d.before == d.after && d.before == f.before &&
           d.limited_by == f.limited_by && d.error == f.error;
}

void take(Fold& fold, const StoredDecision& decision) {
    fold.last = &decision;
    ++fold.count;
    fold.low = std::fmin(fold.low, decision.metric);
    fold.high = std::fmax(fold.high, decision.metric);
}

std::vector<Fold> folded(const std::vector<const StoredDecision*>& decisions,
                         std::string_view who) {
    std::vector<Fold> folds;
    for (const StoredDecision* decision : decisions) {
        if (decision->who != who) {
            continue;
        }
        if (folds.empty() || !continues(folds.back(), *decision)) {
            folds.push_back({.first = decision});
        }
        take(folds.back(), *decision);
    }
    return folds;
}

Row fold_row(const Fold& fold) {
    const StoredDecision& d = *fold.first;
    const std::string until = fold.count == 1 ? "" : " to " + at(*fold.last);
    std::string range = fold.low > fold.high ? "–" : metric(fold.low);
    if (fold.high > fold.low) {
        range += " to " + metric(fold.high);
    }
    return {at(d) + until,
            fmt::format("{}", fold.count),
            d.before == d.after ? fmt::format("stays {}", d.after)
                                : fmt::format("{} → {}", d.before, d.after),
            range,
            escaped(d.limited_by),
            escaped(fold.count == 1 ? why(d)
                    : d.error       ? "the metric could not be read"
                                    : "")};
}

std::string folds(const std::vector<const StoredDecision*>& own, std::string_view who) {
    const std::vector<Fold> all = folded(own, who);
    if (all.empty()) {
        return {};
    }
    Table table{.caption = fmt::format("{}, those in a row with the same outcome as one line",
                                       who == "hpa" ? "HPA syncs" : "KEDA polls"),
                .head = {"at", "decisions", "replicas", "metric", "limited by", "why"},
                .rows = {},
                .kind = "decisions"};
    for (std::size_t i = 0; i < std::min(all.size(), most_folded); ++i) {
        table.rows.push_back(fold_row(all[i]));
    }
    return html(table) +
           (all.size() > most_folded
                ? paragraph(fmt::format("{} further lines are left out: lagsim explain "
                                        "decision has them.",
                                        all.size() - most_folded),
                            "note")
                : "");
}

}  // namespace

std::string decisions(const Place& place) {
    std::vector<const StoredDecision*> own;
    Table changes{
        .caption = "Decisions that changed the replicas",
        .head = {"at", "who", "replicas", "metric", "proposed", "stabilized", "limited by", "why"},
        .rows = {},
        .kind = "decisions"};
    std::size_t changed = 0;
    for (const StoredDecision& decision : place.input.decisions) {
        if (decision.group != place.of().name) {
            continue;
        }
        own.push_back(&decision);
        if (decision.before != decision.after && ++changed <= most_changes) {
            changes.rows.push_back(change_row(decision));
        }
    }
    const std::string id = place.id + "decisions";
    if (own.empty()) {
        return section(id, "Decisions", paragraph("This group has no autoscaler."));
    }
    std::string text =
        fmt::format("{} decisions in replication {}, {} of them changed the replicas.", own.size(),
                    place.input.drawn.replication, changed);
    if (changed > most_changes) {
        text += fmt::format(" The first {} are listed.", most_changes);
    }
    std::string body = paragraph(escaped(text), "note");
    if (changed > 0) {
        body += html(changes);
    }
    return section(id, "Decisions",
                   body + details("All decisions", folds(own, "hpa") + folds(own, "keda")));
}

}  // namespace lagsim::sim::report
