/// Independent units of work (replications, or points of a study) on a pool of threads; results
/// arrive in index order, so that nothing depends on the number of threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>

#include "sim/engine/engine.h"
#include "sim/results/replication_result.h"

namespace lagsim::sim {

struct Progress {
    double simulated_seconds = 0.0;  ///< over all units
    double total_seconds = 0.0;
    std::uint32_t finished = 0;
    std::uint32_t total = 0;
};

struct RunnerPlan {
    std::uint32_t units = 1;
    unsigned jobs = 1;
    double unit_seconds = 0.0;  ///< simulated time of one unit, for the progress
    /// Called on the pool's threads, one index at a time for each thread.
    std::function<std::expected<ReplicationResult, RunError>(std::uint32_t, RunControl&)> work;
    /// Called on the caller's thread in index order; an error ends the run.
    std::function<std::expected<void, std::string>(const ReplicationResult&)> consume;
    /// Called on the caller's thread, at most 5 times a second and once at the end; may be empty.
    std::function<void(const Progress&)> progress{};
    /// How often the user has asked to stop: once, and no unit is started any more; twice, and the
    /// running ones are dropped. May be null.
    const std::atomic<int>* interrupts = nullptr;
};

struct RunnerOutcome {
    std::uint32_t finished = 0;  ///< units 0 .. finished-1 were consumed
    bool interrupted = false;    ///< and the rest was not run
};

/// The error is what `consume` or an exception of `work` said. At most 2 x jobs results wait in
/// memory.
[[nodiscard]] std::expected<RunnerOutcome, std::string> run_units(const RunnerPlan& plan);

}  // namespace lagsim::sim
