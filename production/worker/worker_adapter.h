/// A consumer's decisions without a clock, a socket or a thread: events in, commands out.
///
/// It drives core/commit: a Lease a partition (what may be committed), a CommitSchedule (when), the
/// retry schedule and the dead-letter decision. What it adds is bookkeeping: who has which record
/// in hand, and the order of a revoke (stop taking, finish what is in hand, last commit, release).
/// The simulator's sim/engine/reference decides the same at the same instants;
/// tests/production/conformance_test.cc plays one script through both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "core/commit/lease.h"
#include "core/commit/schedule.h"
#include "production/worker/worker_events.h"
#include "production/worker/worker_settings.h"

namespace lagsim::production {

/// Totals since the worker started.
struct WorkerCounters {
    std::int64_t fetched = 0;
    std::int64_t finished = 0;       ///< handled with success, under a live lease
    std::int64_t late_finishes = 0;  ///< after the lease had ended: somebody does them again
    std::int64_t failed_attempts = 0;
    std::int64_t retries = 0;
    std::int64_t dead_lettered = 0;
    std::int64_t dead_letter_failures = 0;
    std::int64_t dropped = 0;
    std::int64_t commits = 0;  ///< partitions of commits that the broker stored
    std::int64_t commit_failures = 0;
    std::int64_t revocations = 0;
    std::int64_t losses_of_partitions = 0;
};

class WorkerAdapter {
  public:
    WorkerAdapter(WorkerSettings settings, core::Instant now);

    /// Something has happened at `now`, which never goes back. What is due by the clock is done
    /// first.
    void on(const Event& what, core::Instant now);
    /// What to do next, in order; nothing left = wait for an event or for next_wakeup().
    [[nodiscard]] std::optional<Command> next_command();
    /// When to send a Tick if nothing else happens before; core::never = no need.
    [[nodiscard]] core::Instant next_wakeup() const;

    [[nodiscard]] const WorkerCounters& counters() const { return counters_; }
    struct PartitionView {
        core::PartitionId partition;
        std::optional<core::Offset> committed;  ///< acknowledged, as far as this worker knows
        core::Offset low_watermark;
        std::size_t in_hand = 0;
        std::size_t buffered = 0;
        bool paused = false;
    };
    /// The partitions that this worker owns, ascending.
    [[nodiscard]] std::vector<PartitionView> partitions() const;
    [[nodiscard]] bool stopping() const { return stopping_; }

  private:
    enum class RecordState : std::uint8_t {
        running,
        backing_off,
        ready,           ///< back-off over, waiting for a free server
        dead_lettering,  ///< produced, not yet reported
        produce_waits,   ///< to be produced again at `due`
        undeliverable    ///< the worker stops because of it
    };
    struct InHand {
        core::Offset offset;
        core::Instant arrived;
        core::Instant due = core::never;  ///< of a back-off or a repeated produce
        std::int64_t attempts = 1;
        std::int64_t failed_produces = 0;
        RecordState state = RecordState::running;
    };
    struct Buffered {
        core::Offset offset;
        core::Instant arrived;
    };
    struct Partition {
        LeaseId lease_id;
        std::optional<core::Lease> lease;  ///< none before the first record of an uncommitted one
        std::optional<core::Offset> expected;  ///< lowest offset that may be read next
        std::deque<Buffered> buffered;
        std::vector<InHand> in_hand;  ///< ascending
        bool revoked = false;
        bool paused = false;
        bool dirty = false;   ///< listed in dirty_
        bool wanted = false;  ///< a commit was due while one was in flight
    };
    using PartitionEntry = std::pair<const core::PartitionId, Partition>;
    /// Partitions given up together, from Revoked or StopAsked to Release.
    struct Handover {
        std::vector<core::PartitionId> partitions;
        core::Instant deadline;  ///< of what is in hand, then of the last commit
        bool committing = false;
    };

    struct RecordTimer {
        core::Instant due;
        InHandId record;
        friend bool operator<(const RecordTimer& a, const RecordTimer& b) {
            return std::tie(a.due, a.record.partition, a.record.offset, a.record.lease) <
                   std::tie(b.due, b.record.partition, b.record.offset, b.record.lease);
        }
    };

    void handle(const event::Assigned& what, core::Instant now);
    void handle(const event::Fetched& what, core::Instant now);
    void handle(const event::Handled& what, core::Instant now);
    void handle(const event::DeadLetterReport& what, core::Instant now);
    void handle(const event::CommitAnswered& what, core::Instant now);
    void handle(const event::Revoked& what, core::Instant now);
    void handle(const event::Lost& what, core::Instant now);
    void handle(const event::StopAsked& what, core::Instant now);
    void handle(const event::Tick& what, core::Instant now);

    // Records in hand (worker_adapter_records.cc)
    [[nodiscard]] bool can_take(const Partition& partition) const;
    void feed(PartitionEntry& entry);
    void feed_servers();
    void take(PartitionEntry& entry);
    void start_again(PartitionEntry& entry, InHand& record);
    void failed(PartitionEntry& entry, InHand& record, core::Instant now);
    void dead_letter(PartitionEntry& entry, InHand& record, core::Instant now);
    void settle(PartitionEntry& entry, core::Offset offset);
    void put_down(PartitionEntry& entry, core::Offset offset);
    void begin_again_at(PartitionEntry& entry, core::Offset offset);
    void on_record_timers(core::Instant now);
    void review_pause(PartitionEntry& entry);
    void cut(PartitionEntry& entry);
    [[nodiscard]] static InHandId id_of(const PartitionEntry& entry, core::Offset offset);
    [[nodiscard]] std::pair<PartitionEntry*, InHand*> find(const InHandId& id);
    void hold_server(const InHandId& id);
    void free_server(const InHandId& id);

    // Commits and giving up (worker_adapter_commits.cc)
    void count(PartitionEntry& entry, bool delivery);
    void mark_dirty(PartitionEntry& entry);
    void commit_all();
    [[nodiscard]] bool commit_one(PartitionEntry& entry, std::vector<PartitionOffset>& offsets);
    void on_commit_timers(core::Instant now);
    void arm(PartitionEntry& entry, InHand& record, RecordState state, core::Instant due);
    void give_up(std::vector<core::PartitionId> partitions, core::Duration drain,
                 core::Instant now);
    [[nodiscard]] bool drained(const Handover& handover) const;
    void advance_handovers(core::Instant now);
    void commit_finally(const Handover& handover);
    [[nodiscard]] bool has_last_answers(const Handover& handover) const;
    void release(const std::vector<core::PartitionId>& partitions);
    void forget(core::PartitionId partition);
    void stop(core::Instant now);

    WorkerSettings settings_;
    core::CommitSchedule schedule_;
    std::map<core::PartitionId, Partition> partitions_;
    std::vector<core::PartitionId> dirty_;
    std::vector<Handover> handovers_;
    std::set<std::pair<LeaseId, core::Offset>> held_servers_;  ///< with servers only
    std::set<RecordTimer> record_timers_;                      ///< may name records that are gone
    core::Instant commit_again_ = core::never;
    std::deque<Command> commands_;
    WorkerCounters counters_;
    std::int64_t leases_ = 0;
    bool stopping_ = false;
    bool left_ = false;
};

}  // namespace lagsim::production
