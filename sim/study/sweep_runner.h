/// Runs the points of a study: points x replications on all threads, what is finished is kept.
#pragma once

#include <atomic>
#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "sim/engine/engine.h"
#include "sim/study/runner.h"
#include "sim/study/sweep_directory.h"
#include "sim/study/sweep_plan.h"

namespace lagsim::sim {

struct SweepRunOptions {
    unsigned jobs = 1;
    EngineKind engine = default_engine;
    SweepShard shard{};
    const SweepDirectory* directory = nullptr;  ///< null: nothing is kept
    std::function<void(const Progress&)> progress{};
    const std::atomic<int>* interrupts = nullptr;  ///< as in RunnerPlan
};

struct SweepOutcome {
    std::vector<SweepRow> rows;  ///< finished points of the shard, in order
    std::int64_t found = 0;      ///< of those, from before
    std::int64_t planned = 0;    ///< points of the shard
};

/// `found` are points of before, in order, some perhaps with their first replications only; the
/// rest is simulated. Whether and when it is interrupted changes no bit of what is finished.
[[nodiscard]] std::expected<SweepOutcome, std::string> run_sweep(const SweepPlan& plan,
                                                                 std::vector<SweepRow> found,
                                                                 const SweepRunOptions& options);

}  // namespace lagsim::sim
