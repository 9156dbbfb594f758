/// Whether the scenario's assertions held.
#pragma once

#include <vector>

#include "sim/results/run_report.h"
#include "sim/results/summary.h"
#include "sim/scenario/scenario.h"

namespace lagsim::sim {

/// Over the mean of all replications, or over each of them. An undefined value (NaN) breaches: an
/// assertion about a latency says that there are records.
[[nodiscard]] std::vector<AssertionOutcome> judge(const Scenario& scenario,
                                                  const std::vector<MetricSummary>& metrics);

[[nodiscard]] bool all_held(const std::vector<AssertionOutcome>& outcomes);

}  // namespace lagsim::sim
