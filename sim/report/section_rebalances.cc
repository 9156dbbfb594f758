/// The rebalance bill: how long partitions stood without an owner, by what began it.
#include <algorithm>

#include <fmt/format.h>

#include "sim/report/causes.h"
#include "sim/report/html.h"
#include "sim/report/sections.h"
#include "sim/report/svg.h"
#include "sim/results/sparkline.h"

namespace lagsim::sim::report {
namespace {

/// The metric of the drawn replication, which counts a little more.
std::string metric_in_words(const Place& place) {
    const MetricSummary* metric = place.input.metric(place.group, "rebalancePause");
    const auto& numbers = place.input.run.replications;
    const auto found =
        std::ranges::find(numbers, static_cast<std::int64_t>(place.input.drawn.replication));
    const auto at = static_cast<std::size_t>(found - numbers.begin());
    if (metric == nullptr || at >= metric->values.size()) {
        return {};
    }
    return fmt::format(
        " The metric rebalancePause, here {}, also counts from assigned to the first "
        "fetch.",
        readable_seconds(metric->values[at]));
}

}  // namespace

std::string rebalances(const Place& place) {
    const std::vector<BillLine> bill = rebalance_bill(place.input, place.group);
    double total = 0.0;
    for (const BillLine& line : bill) {
        total += line.seconds;
    }
    const std::string id = place.id + "rebalances";
    if (total <= 0.0) {
        return section(id, "The rebalance bill", paragraph("No partition was without an owner."));
    }
    Table table{.caption = "Partition time without an owner, by first cause",
                .head = {"cause", "stopped", "share", "", "partitions stopped", "longest"},
                .rows = {},
                .kind = "numbers"};
    for (const BillLine& line : bill) {
        const double share = line.seconds / total;
        table.rows.push_back(
            {escaped(line.cause), escaped(readable_seconds(line.seconds)),
             fmt::format("{:.0f} %", 100.0 * share),
             fmt::format(
                 "<svg class=\"share\" width=\"100\" height=\"10\" aria-hidden=\"true\"><rect "
                 "width=\"{}\" height=\"10\"/></svg>",
                 units(100.0 * share)),
             readable_number(static_cast<double>(line.times)),
             escaped(readable_seconds(line.longest))});
    }
    const double per_lane =
        total / static_cast<double>(std::max<std::size_t>(1, place.of().lanes.size()));
    const std::string text =
        fmt::format(
            "In replication {} partitions stood still for {} in all, {} each on average: {:.2g} % "
            "of "
            "the "
            "run. A pause counts from revoked or lost to assigned, for what made the group take "
            "the "
            "partition away, followed back to a scaling decision, a fault, a crash or the start.",
            place.input.drawn.replication, readable_seconds(total), readable_seconds(per_lane),
            100.0 * per_lane / std::max(place.input.seconds(), 1e-9)) +
        metric_in_words(place);
    return section(id, "The rebalance bill", paragraph(escaped(text), "note") + html(table));
}

}  // namespace lagsim::sim::report
