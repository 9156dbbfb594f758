/// When a member commits: by the clock, or after so many records over all its partitions.
#pragma once

#include "core/commit/policy.h"
#include "core/quantity.h"
#include "core/time.h"

namespace lagsim::core {

class CommitSchedule {
  public:
    CommitSchedule() = default;
    CommitSchedule(const CommitPolicy& policy, Instant now)
        : policy_(policy), next_(by_records(policy) ? never : now + policy.every) {}

    /// Counts records of the member's partitions (handed out for before-processing and auto,
    /// finished for the others); true when a commit is due now.
    [[nodiscard]] bool counted(Records records) {
        if (!by_records(policy_)) {
            return false;
        }
        since_commit_ += records;
        if (since_commit_ < policy_.every_records) {
            return false;
        }
        since_commit_ = Records{0};
        return true;
    }

    /// Next instant at which the clock asks for a commit; never where records are counted.
    [[nodiscard]] Instant next_wakeup() const { return next_; }
    void on_time(Instant now) {
        while (next_ <= now) {
            next_ += policy_.every;
        }
    }

    /// Whether the policy counts what is handed out rather than what is finished.
    [[nodiscard]] static bool counts_deliveries(CommitWhen when) {
        return when == CommitWhen::before_processing || when == CommitWhen::automatic;
    }

  private:
    [[nodiscard]] static bool by_records(const CommitPolicy& policy) {
        return policy.every_records > Records{0};
    }
    CommitPolicy policy_;
    Instant next_ = never;
    Records since_commit_{0};
};

}  // namespace lagsim::core
