/// Every metric of the run with its confidence interval.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/report/html.h"
#include "sim/report/sections.h"
#include "sim/results/sparkline.h"

namespace lagsim::sim::report {
namespace {

std::string number(double value) {
    return std::isfinite(value) ? escaped(readable_number(value)) : "–";
}

/// The definition behind `GROUP.name` or `name`: names of groups may hold dots, too.
std::string meaning(std::string_view name) {
    for (const MetricDefinition& definition : metric_definitions()) {
        if (name == definition.name || (name.ends_with(definition.name) &&
                                        name[name.size() - definition.name.size() - 1] == '.')) {
            return escaped(definition.meaning);
        }
    }
    return {};
}

std::string drawn(const ReportInput& input, const MetricSummary& metric) {
    const auto& numbers = input.run.replications;
    const auto found =
        std::ranges::find(numbers, static_cast<std::int64_t>(input.drawn.replication));
    const auto at = static_cast<std::size_t>(found - numbers.begin());
    return at < metric.values.size() ? number(metric.values[at]) : "–";
}

}  // namespace

std::string all_metrics(const Place& place) {
    const ReportInput& input = place.input;
    const std::string id = place.id + "metrics";
    if (input.run.result.metrics.empty()) {
        return section(id, "All metrics",
                       paragraph("The run was killed before its summary was written."));
    }
    Table table{.caption = "Mean over replications with the half-width of its 95 % interval",
                .head = {"metric", "mean", "±", "unit", "n",
                         fmt::format("replication {}", input.drawn.replication), "what it is"},
                .rows = {},
                .kind = "numbers metrics"};
    for (const MetricSummary& metric : input.run.result.metrics) {
        table.rows.push_back({escaped(metric.name), number(metric.interval.mean),
                              number(metric.interval.half_width), escaped(metric.unit),
                              fmt::format("{}", metric.interval.n), drawn(input, metric),
                              meaning(metric.name)});
    }
    return section(id, "All metrics", html(table));
}

}  // namespace lagsim::sim::report
