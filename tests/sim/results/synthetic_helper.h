/// Scenarios and results made up without an engine: plausible, deterministic, consistent with the
/// ledger identity.
#pragma once

#include <cstdint>

#include "sim/results/replication_result.h"
#include "sim/scenario/scenario.h"

namespace lagsim::tests {

struct SyntheticShape {
    std::size_t groups = 1;
    std::int32_t partitions = 3;
    std::int64_t duration_s = 600;
    std::uint32_t replications = 2;
    bool events = true;  ///< false: nothing happens, nothing is lost, no latency
};

[[nodiscard]] sim::Scenario synthetic_scenario(const SyntheticShape& shape = {});
[[nodiscard]] sim::ReplicationResult synthetic_result(const sim::Scenario& scenario,
                                                      std::uint32_t replication,
                                                      const SyntheticShape& shape = {});

}  // namespace lagsim::tests
