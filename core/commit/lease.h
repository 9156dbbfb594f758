/// One partition owned by one consumer: what it may commit, and what became of the commits it sent.
///
/// The rules C1-C7 of docs/semantics/commits.md. The same class serves the simulator's workers and
/// a librdkafka worker: both feed it deliveries, finishes and the broker's answers, and ask it what
/// to commit.
#pragma once

#include <cstdint>
#include <optional>

#include "core/commit/offset_tracker.h"
#include "core/commit/policy.h"
#include "core/quantity.h"

namespace lagsim::core {

/// Answers of a broker to OffsetCommit, grouped by what the client must do.
/// Source: Kafka 4.0.0 clients Errors.java; ClassicGroup.validateOffsetCommit.
enum class CommitError : std::uint8_t {
    retriable,      ///< COORDINATOR_LOAD_IN_PROGRESS, NOT_COORDINATOR, REQUEST_TIMED_OUT,
                    ///< REBALANCE_IN_PROGRESS ...
    stale_member,   ///< ILLEGAL_GENERATION, STALE_MEMBER_EPOCH: retriable while the partition is
                    ///< still owned
    unknown_member  ///< UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID: the lease is lost
};

enum class LeaseState : std::uint8_t { live, ended };

class Lease {
  public:
    Lease() = default;
    /// `committed`: what the broker holds for the partition when the lease starts, if anything.
    Lease(Offset origin, std::optional<Offset> committed)
        : tracker_(origin), acknowledged_(committed), state_(LeaseState::live) {}

    /// C7: whether `next` may be delivered as well, with at most `max_window` records from W to the
    /// last delivered (0 = no limit). Where nothing is open one always may.
    [[nodiscard]] bool may_deliver(Offset next, Records max_window) const;
    void deliver(OffsetRange range) { tracker_.deliver(range); }
    /// False = a late finish: the lease has ended, or the record was finished before. Never
    /// committed (C6).
    bool finish(OffsetRange range) { return live() && tracker_.finish(range); }

    /// What a commit sent now would carry under the policy, or nothing: never below what was
    /// acknowledged, never the same value twice, one commit in flight at most, nothing after the
    /// end (C3, C4, C6).
    [[nodiscard]] std::optional<Offset> committable(CommitWhen when) const;

    void commit_sent(Offset offset) { in_flight_ = offset; }
    void commit_acknowledged(Offset offset);
    /// Retriable errors leave the lease as it was, so that the next commit carries the then current
    /// watermark.
    void commit_failed(CommitError error);

    /// Revoked after its last commit, or lost without one: the same end.
    void end() { state_ = LeaseState::ended; }

    [[nodiscard]] bool live() const { return state_ == LeaseState::live; }
    [[nodiscard]] const OffsetTracker& tracker() const { return tracker_; }
    [[nodiscard]] std::optional<Offset> acknowledged() const { return acknowledged_; }
    [[nodiscard]] std::optional<Offset> in_flight() const { return in_flight_; }

  private:
    OffsetTracker tracker_;
    std::optional<Offset> acknowledged_;
    std::optional<Offset> in_flight_;
    LeaseState state_ = LeaseState::ended;
};

}  // namespace lagsim::core
