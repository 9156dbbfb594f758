#include "sim/study/assertions.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/check.h"

namespace lagsim::sim {
namespace {

bool holds(double value, const Assertion& assertion) {
    switch (assertion.comparison) {
        case Comparison::less:
            return value < assertion.value;
        case Comparison::less_equal:
            return value <= assertion.value;
        case Comparison::greater:
            return value > assertion.value;
        case Comparison::greater_equal:
            return value >= assertion.value;
        case Comparison::equal:
            return value == assertion.value;
    }
    return false;
}

/// How far a value is towards breaching; the largest is the worst.
double badness(double value, const Assertion& assertion) {
    if (std::isnan(value)) {
        return std::numeric_limits<double>::infinity();
    }
    switch (assertion.comparison) {
        case Comparison::less:
        case Comparison::less_equal:
            return value;
        case Comparison::greater:
        case Comparison::greater_equal:
            return -value;
        case Comparison::equal:
            break;
    }
    return std::abs(value - assertion.value);
}

double worst(const std::vector<double>& values, const Assertion& assertion) {
    if (values.empty()) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    return *std::ranges::max_element(values, {},
                                     [&](double value) { return badness(value, assertion); });
}

}  // namespace

std::vector<AssertionOutcome> judge(const Scenario& scenario,
                                    const std::vector<MetricSummary>& metrics) {
    std::vector<AssertionOutcome> outcomes;
    for (const Assertion& assertion : scenario.assertions) {
        const auto metric = std::ranges::find(metrics, assertion.metric, &MetricSummary::name);
        LAGSIM_CHECK(metric != metrics.end(), "the reader lets only known metrics pass");
        const double value =
            assertion.every_replication ? worst(metric->values, assertion) : metric->interval.mean;
        outcomes.push_back(
            {.text = assertion.text, .held = holds(value, assertion), .value = value});
    }
    return outcomes;
}

bool all_held(const std::vector<AssertionOutcome>& outcomes) {
    return std::ranges::all_of(outcomes, &AssertionOutcome::held);
}

}  // namespace lagsim::sim
