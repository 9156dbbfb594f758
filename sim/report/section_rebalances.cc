/// The rebalance bill: how long partitions stood without an owner, by what began it.
#include <fmt/format.h>

#include "sim/report/causes.h"
#include "sim/report/html.h"
#include "sim/report/sections.h"
#include "sim/report/svg.h"
#include "sim/results/sparkline.h"

namespace lagsim::sim::report {

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
    const std::string text = fmt::format(
        "In replication {} partitions stood still for {} in all, {} each on average: {:.2g} % of "
        "the "
        "run. A pause counts from revoked or lost to assigned, and for what took the partition "
        "away; its cause is followed back to a scaling decision, a fault, a crash or the start.",
        place.input.drawn.replication, readable_seconds(total), readable_seconds(per_lane),
        100.0 * per_lane / place.input.seconds());
    return section(id, "The rebalance bill", paragraph(escaped(text), "note") + html(table));
}

}  // namespace lagsim::sim::report
