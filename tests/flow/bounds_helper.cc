// How far expected numbers may be from records, and why they are where it is more than usual.
#include <map>
#include <utility>

#include "tests/flow/comparison_helper.h"

namespace lagsim::flow_tests {
namespace {

const std::map<std::string, Bound>& common_bounds() {
    static const std::map<std::string, Bound> bounds{
        {"lag.mean", {.relative = 0.15, .absolute = 2.0, .why = {}}},
        {"lag.p99", {.relative = 0.15, .absolute = 30.0, .why = {}}},
        {"latency.mean", {.relative = 0.15, .absolute = 0.005, .why = {}}},
        {"latency.p99", {.relative = 0.15, .absolute = 0.03, .why = {}}},
        {"podHours", {.relative = 0.03, .absolute = 0.01, .why = {}}},
        {"replicas.max", {.relative = 0.0, .absolute = 1.0, .why = {}}},
        {"rebalances", {.relative = 0.15, .absolute = 2.0, .why = {}}},
        {"throughput.finished", {.relative = 0.01, .absolute = 0.01, .why = {}}},
        {"lost", {.relative = 0.01, .absolute = 0.0, .why = {}}},
        {"duplicates", {.relative = 0.01, .absolute = 0.0, .why = {}}},
        {"deadLettered", {.relative = 0.1, .absolute = 4.0, .why = {}}}};
    return bounds;
}

using Key = std::pair<std::string, std::string>;

/// Where more is stated than usual.
const std::map<Key, Bound>& wider_bounds() {
    const std::string by_chance =
        "by chance: in some replications the HPA rests at a count that leaves two partitions to "
        "one "
        "pod, in others it does not";
    const std::string no_spread =
        "a quantile over samples of an expectation has none of the spread of the records' lag";
    static const std::map<Key, Bound> bounds{
        {{"article", "lag.mean"}, {.relative = 0.5, .absolute = 2.0, .why = by_chance}},
        {{"article", "lag.p99"}, {.relative = 0.5, .absolute = 30.0, .why = by_chance}},
        {{"article", "latency.mean"}, {.relative = 0.5, .absolute = 0.005, .why = by_chance}},
        {{"article", "latency.p99"}, {.relative = 0.5, .absolute = 0.03, .why = by_chance}},
        {{"article", "rebalances"}, {.relative = 0.2, .absolute = 2.0, .why = by_chance}},
        {{"retry-tax", "lag.p99"}, {.relative = 0.6, .absolute = 30.0, .why = no_spread}}};
    return bounds;
}

}  // namespace

Bound bound_of(const std::string& scenario, const std::string& metric) {
    const auto wider = wider_bounds().find({scenario, metric});
    return wider != wider_bounds().end() ? wider->second : common_bounds().at(metric);
}

}  // namespace lagsim::flow_tests
