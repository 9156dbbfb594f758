/// The one interface that every engine offers: a scenario and a replication number in, a result
/// out.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <string>

#include "sim/results/replication_result.h"
#include "sim/scenario/scenario.h"

namespace lagsim::sim {

enum class EngineKind : std::uint8_t {
    lanes,     ///< regular stretches in tight loops, the rest by events; the default
    reference  ///< every record an event in a plain calendar: slow, obvious, the judge of the
               ///< others
};
/// What runs where nobody asks for a certain one: `lagsim run` and the benchmarks.
inline constexpr EngineKind default_engine = EngineKind::lanes;

class RecordObserver;

/// What a running replication tells and is told; shared between threads.
struct RunControl {
    std::atomic<bool> stop{false};  ///< ask to stop at the next control event
    std::atomic<std::int64_t> simulated_ns{
        0};                              ///< summed progress over replications, for display only
    RecordObserver* observer = nullptr;  ///< of one replication; see record_plane.h
};

enum class RunError : std::uint8_t { stopped };

/// Deterministic: the result depends on the scenario and the replication number alone.
[[nodiscard]] std::expected<ReplicationResult, RunError> run_replication(const Scenario& scenario,
                                                                         std::uint32_t replication,
                                                                         EngineKind engine,
                                                                         RunControl& control);

}  // namespace lagsim::sim
