/// How a worker takes, retries, gives up and commits: what WorkerAdapter is made with. The keys of
/// a scenario's consumer say the same (docs/scenario-reference.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/commit/policy.h"
#include "core/commit/retry.h"
#include "core/time.h"

namespace lagsim::production {

struct DeadLetterSettings {
    core::UndeliverablePolicy when_down = core::UndeliverablePolicy::block;
    std::optional<std::int64_t> attempts{};  ///< produces that may fail; none: no limit
    core::Duration produce_again{0};         ///< [ns] wait after a produce that failed
};

struct WorkerSettings {
    core::CommitPolicy commit;
    std::vector<core::Duration> backoffs{core::Duration{1'000'000'000},
                                         core::Duration{2'000'000'000},
                                         core::Duration{4'000'000'000}};
    std::optional<DeadLetterSettings> dead_letter{};
    std::int32_t servers = 0;          ///< handlers shared by all partitions; 0 = each its own
    std::int32_t records_at_once = 1;  ///< of one partition; 1 keeps its order
    /// Records of one partition that are read ahead before it is paused; it resumes at half of it.
    std::size_t buffer = 2000;
    /// [ns] Handlers of a revoked partition may run on for so long before the last commit.
    core::Duration revoke_drain{20'000'000'000};
    /// [ns] The same after SIGTERM, to be chosen inside the pod's grace period.
    core::Duration stop_drain{20'000'000'000};
    /// [ns] A last commit that fails for a reason that may pass is tried again for so long.
    core::Duration last_commit{5'000'000'000};
    /// [ns] Pause before a commit that failed for a reason that may pass is sent again.
    core::Duration commit_again{100'000'000};
};

}  // namespace lagsim::production
