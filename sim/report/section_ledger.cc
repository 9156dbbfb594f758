/// The fate of every record, and why some were lost or done again.
#include <algorithm>

#include <fmt/format.h>

#include "sim/report/html.h"
#include "sim/report/sections.h"
#include "sim/results/sparkline.h"

namespace lagsim::sim::report {
namespace {

constexpr std::size_t most_intervals = 150;

std::string count(std::int64_t value) {
    return readable_number(static_cast<double>(value));
}

std::string balance(const ReportInput& input) {
    Table table{
        .caption =
            "produced = finished + dead-lettered + waiting + lost, over all "
            "replications",
        .head = {"group", "produced", "finished", "dead-lettered", "waiting", "lost", "done twice"},
        .rows = {},
        .kind = "numbers"};
    for (const GroupInput& group : input.groups) {
        const LedgerCounts& sum = group.ledger;
        table.rows.push_back({escaped(group.name), count(sum.produced), count(sum.finished),
                              count(sum.dead_lettered), count(sum.waiting), count(sum.lost),
                              count(sum.duplicates)});
    }
    return html(table);
}

std::string causes(const std::string& caption,
                   const std::vector<std::pair<std::string, std::int64_t>>& by_cause) {
    if (by_cause.empty()) {
        return {};
    }
    Table table{.caption = caption, .head = {"cause", "records"}, .rows = {}, .kind = "numbers"};
    for (const auto& [cause, records] : by_cause) {
        table.rows.push_back({escaped(cause), count(records)});
    }
    return html(table);
}

std::string intervals(const ReportInput& input, const std::string& caption,
                      std::span<const LedgerInterval> all, std::span<const char* const> words) {
    if (all.empty()) {
        return {};
    }
    Table table{.caption = fmt::format("{} in replication {}: {} stretches of offsets", caption,
                                       input.drawn.replication, all.size()),
                .head = {"partition", "offsets", "records", "at", "cause"},
                .rows = {},
                .kind = "numbers"};
    for (const LedgerInterval& interval : all.first(std::min(all.size(), most_intervals))) {
        table.rows.push_back(
            {escaped(input.lane_name(static_cast<std::size_t>(std::max(0, interval.lane)))),
             interval.first == interval.last
                 ? fmt::format("{}", interval.first)
                 : fmt::format("{} to {}", interval.first, interval.last),
             count(interval.last - interval.first + 1),
             escaped(readable_seconds(core::seconds(interval.time))),
             escaped(words[std::min<std::size_t>(interval.cause, words.size() - 1)])});
    }
    const std::string rest =
        all.size() > most_intervals
            ? paragraph(fmt::format("{} further stretches are in the file's /ledger.",
                                    all.size() - most_intervals),
                        "note")
            : "";
    return details(table.caption, html(table) + rest);
}

}  // namespace

std::string ledger(const Place& place) {
    const ReportInput& input = place.input;
    std::string body = balance(input);
    body += causes("Lost, by cause", input.run.result.lost);
    body += causes("Done twice, by cause", input.run.result.duplicates);
    if (input.run.result.lost.empty() && input.run.result.duplicates.empty()) {
        body += paragraph("Nothing was lost, nothing was done twice.");
    }
    body += intervals(input, "Lost", input.drawn.lost, loss_cause_names);
    body += intervals(input, "Done twice", input.drawn.duplicates, duplicate_cause_names);
    return section(place.id + "ledger", "The ledger", body);
}

}  // namespace lagsim::sim::report
