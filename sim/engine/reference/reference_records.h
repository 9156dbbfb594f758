/// The reference record plane: every arrival, completion, back-off and commit is an event in a
/// plain calendar. Slow and obvious; the judge of any faster plane. What it decides with is
/// core/commit, like a real worker.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/commit/lease.h"
#include "core/commit/schedule.h"
#include "models/group/share_partition.h"
#include "models/pods/downstream.h"
#include "models/pods/shared_cpu.h"
#include "models/random/distribution.h"
#include "models/random/philox.h"
#include "models/traffic/arrivals.h"
#include "sim/engine/calendar.h"
#include "sim/engine/record_plane.h"
#include "sim/ledger/lane_ledger.h"
#include "sim/ledger/record_index.h"

namespace lagsim::sim {

/// Arrivals of a log that are made when they are asked for.
class PulledArrivals {
  public:
    PulledArrivals() = default;
    PulledArrivals(const PulledArrivals&) = delete;
    PulledArrivals& operator=(const PulledArrivals&) = delete;
    virtual ~PulledArrivals() = default;
    /// When record `number` (0-based, of this log) arrives; core::never if it never does.
    [[nodiscard]] virtual core::Instant time(std::int64_t number) = 0;
    /// Nobody will ask for what is below.
    virtual void forget_below(std::int64_t number) = 0;
};

class ReferenceRecords : public RecordPlane {
  public:
    /// Topics for which `pulled` is true get no arrival events: a derived plane makes their
    /// arrivals itself.
    ReferenceRecords(const Scenario& scenario, const LaneMap& map,
                     const models::RandomStreams& streams, RecordObserver* observer = nullptr,
                     const std::vector<bool>& pulled = {});

    [[nodiscard]] std::optional<RecordNotice> advance(core::Instant until) override;

    void start_process(ProcessId process, std::int32_t group, core::Instant now) override;
    void assign(ProcessId process, std::span<const std::int32_t> lanes, core::Instant now,
                core::Instant fetch_from) override;
    void hold_fetching(ProcessId process, std::span<const std::int32_t> lanes, core::Instant until,
                       core::Instant now) override;
    void stop_fetching(ProcessId process, std::span<const std::int32_t> lanes,
                       core::Instant now) override;
    void return_claims(ProcessId process, core::Instant now) override;
    [[nodiscard]] core::Instant commit_finally(ProcessId process,
                                               std::span<const std::int32_t> lanes,
                                               core::Instant now) override;
    void release(ProcessId process, std::span<const std::int32_t> lanes, DuplicateCause cause,
                 core::Instant now) override;
    void block_commits(ProcessId process, bool blocked, core::Instant now) override;
    void ask_for_poll(ProcessId process, core::Instant now) override;
    void kill(ProcessId process, DuplicateCause cause, core::Instant now) override;
    void set_frozen(ProcessId process, bool frozen, core::Instant now) override;

    void set_broker_down(bool down, core::Instant now) override;
    void set_leaderless(std::int32_t log, bool leaderless, core::Instant now) override;
    void truncate(std::int32_t log, core::Offset end, LossCause cause, core::Instant now) override;
    void add_partitions(std::size_t topic, std::int32_t count, core::Instant now) override;
    void set_coordinator_away(std::int32_t group, bool away) override;
    void forget_commits(std::int32_t group, core::Instant now) override;
    void set_dead_letter_down(std::int32_t group, bool down, core::Instant now) override;
    void set_downstream_down(std::int32_t group, bool down) override;
    void set_slow_down(std::int32_t group, double factor) override;
    void delete_below(std::int32_t log, core::Offset start, core::Instant now) override;
    [[nodiscard]] core::Records compact_below(std::int32_t log, core::Offset end,
                                              core::Instant now) override;

    [[nodiscard]] LaneView lane(std::int32_t lane) const override;
    [[nodiscard]] core::Offset log_end(std::int32_t log) const override;
    [[nodiscard]] core::Offset last_records(std::int32_t log, std::int64_t count) const override;
    [[nodiscard]] GroupCounters counters(std::int32_t group, core::Instant now) const override;
    [[nodiscard]] core::int128 cpu_time(ProcessId process, core::Instant now) const override;
    [[nodiscard]] std::optional<core::Instant> last_commit(ProcessId process) const override;
    [[nodiscard]] const LatencyHistogram& latency(std::int32_t group) const override;
    [[nodiscard]] std::int64_t finished_after_warmup(std::int32_t group) const override;
    [[nodiscard]] std::int64_t produced_after_warmup(std::int32_t group) const override;
    [[nodiscard]] std::uint64_t fingerprint() const override { return fingerprint_; }

    void verify_ledger() const override;
    void close_ledger(core::Instant end, std::vector<LedgerInterval>& lost,
                      std::vector<LedgerInterval>& duplicates) override;

  protected:
    /// Kinds of events, in the order in which they happen at one instant.
    enum EventKind : std::uint32_t {
        arrival,          ///< subject: source
        attempt_timer,    ///< subject: attempt; end of a back-off, a dead letter's produce or a
                          ///< synchronous commit
        completion,       ///< subject: process; its next attempt is done
        fetch_start,      ///< subject: lane
        commit_applied,   ///< subject: lane
        commit_answered,  ///< subject: lane
        commit_timer,     ///< subject: process
        poll_timer,       ///< subject: process; max.poll.interval is over
        claim_fetch,      ///< subject: claim; the first fetch of a share partition
        claim_applied,    ///< subject: claim; its acknowledgements reach the broker
        lock_expiry,      ///< subject: lane; acquired records are unlocked
        retry_due,        ///< subject: lane of a retry topic; its next record may be taken
        record_waits  ///< subject: lane; lanes engine: it has a record again, as an arrival says
    };

    enum class AttemptState : std::uint8_t {
        free_slot,
        running,
        backing_off,
        ready,  ///< back-off over, waiting for a server of the pod
        dead_lettering,
        dead_letter_down,  ///< waiting for the dead-letter topic to come back
        undeliverable,     ///< the process is about to exit because of it
        retry_producing,   ///< on its way into a retry topic
        retry_held,        ///< the broker is down; it goes there when it is back
        committing,        ///< done; the worker waits for its synchronous commit
        committing_first   ///< before its first attempt the worker waits for its synchronous commit
    };

    /// A record by the place where it was first produced.
    struct RecordId {
        std::int32_t lane = 0;
        core::Offset number;  ///< what the ledger and random draws go by
    };
    /// A record in a retry topic.
    struct Copy {
        RecordId record;
        core::Instant arrived;  ///< the record itself
        core::Instant due;
        std::int32_t attempts = 0;  ///< made before
        bool poison = false;
        bool settled = false;  ///< what becomes of the record does not depend on it any more
    };
    /// A record in hand.
    struct Attempt {
        core::Offset offset;
        core::Instant arrived;
        RecordId record;  ///< which one it is: itself, or what a copy in a retry topic stands for
        std::int64_t finish_progress =
            0;  ///< reading of the pod's virtual clock at which it is done
        std::int64_t start_progress = 0;  ///< reading at which it began
        std::int32_t lane = 0;
        std::int32_t lease = 0;
        ProcessId process = -1;
        std::int32_t claim = -1;    ///< share groups: whose delivery it is
        std::int32_t delivery = 1;  ///< share groups: 1 = first
        bool vanished = false;      ///< share groups: its log has been cut off below it
        std::int32_t number = 1;    ///< 1 = first
        std::int32_t failed_produces = 0;
        bool produce_fails = false;  ///< the one on its way
        AttemptState state = AttemptState::free_slot;
        bool poison = false;
        std::uint32_t transient_word = 0;
        Slot timer = 0;
    };
    using AttemptId = std::uint32_t;

    struct Source {
        std::unique_ptr<models::ArrivalSource> stream;
        std::size_t producer = 0;
        std::int32_t first_log = 0;
        models::Arrival next;
        Slot slot = 0;
    };

    /// A record as it comes from its log.
    struct Fetched {
        core::Offset offset;
        core::Offset record;  ///< its number
        core::Instant arrived;
    };

    struct Log {
        core::Offset start;
        core::Offset end;
        RecordIndex index;
        std::deque<core::Instant>
            arrivals;  ///< of offsets from `arrivals_base` to `end`; never = a hole, no record
        core::Offset arrivals_base;
        core::Offset cleaned_to;       ///< compaction has been over what is below
        std::uint64_t kept_below = 0;  ///< compaction: a word below it keeps the record
        bool leaderless = false;
        bool exists = true;       ///< else add-partitions will make it
        bool may_be_cut = false;  ///< everything may be read again: nothing is forgotten
        std::map<core::Offset, std::int32_t>
            marks;             ///< by number: records that a publication made special
        bool retries = false;  ///< belongs to a retry topic
        std::map<core::Offset, Copy> copies;  ///< what it then holds
        PulledArrivals* pulled = nullptr;     ///< makes the arrivals in place of `arrivals`
        [[nodiscard]] core::Instant arrival(core::Offset offset) const {
            return pulled != nullptr
                       ? pulled->time(offset.value())
                       : arrivals[static_cast<std::size_t>((offset - arrivals_base).value())];
        }
        [[nodiscard]] core::Instant& arrival(core::Offset offset) {
            return arrivals[static_cast<std::size_t>((offset - arrivals_base).value())];
        }
        [[nodiscard]] bool has_record(core::Offset offset) const {
            return pulled != nullptr || arrival(offset) != core::never;
        }
        [[nodiscard]] Fetched fetch(core::Offset offset) const {
            return {offset, core::Offset{index.number_from(offset)}, arrival(offset)};
        }
        std::vector<std::int32_t> lanes;
    };

    /// A record that its log no longer has, while somebody still has it in hand.
    struct Gone {
        core::Offset record;
        LossCause cause;
    };

    /// A record on its way from a producer to its partition.
    struct Sent {
        std::size_t producer = 0;
        std::int32_t log = 0;
        std::int32_t mark = -1;  ///< publication that makes it special
    };

    /// One member's share of a share partition, for as long as it is assigned.
    struct Claim {
        struct Record : Fetched {
            std::int32_t delivery = 1;
        };
        ProcessId process = -1;
        std::int32_t lane = 0;
        bool open = true;
        bool fetching = false;
        bool stopping = false;        ///< being given up
        std::deque<Record> acquired;  ///< and not yet taken in hand
        std::int32_t in_hand = 0;
        std::vector<Record> settled;  ///< to be acknowledged
        std::vector<Record> sent;     ///< acknowledgements on their way
        Slot fetch_slot = 0;
        Slot applied_slot = 0;
    };
    using ClaimId = std::int32_t;

    /// The broker's side of a lane of a share group.
    struct SharedLane {
        std::optional<models::SharePartition> partition;   ///< none before the first assignment
        std::vector<ClaimId> claims;                       ///< open; who waits longest is first
        DuplicateCause end_cause = DuplicateCause::crash;  ///< how a member last went silent
        Slot expiry_slot = 0;
    };

    struct Lane {
        Lane(std::int32_t index, std::int32_t group_index, std::int32_t log_index)
            : group(group_index), log(log_index), ledger(index) {}
        std::int32_t group;
        std::int32_t log;
        std::optional<core::Offset> committed;  ///< what the broker holds
        /// Why `committed` names records that vanished; while it does, it is a new record's offset
        /// by chance or none.
        std::optional<LossCause> dangles;
        core::Lease lease;
        std::int32_t lease_number = 0;
        std::int32_t first_lease = 0;  ///< of the present owner
        ProcessId owner = -1;
        bool fetching = false;       ///< its owner takes records of it in hand
        bool stopping = false;       ///< its owner is giving it up
        core::Offset buffered_end;   ///< while it does: what it has fetched and still works through
        bool stuck = false;          ///< no valid offset and reset policy `none`
        bool commit_dirty = false;   ///< listed in its owner's `dirty`
        bool commit_wanted = false;  ///< a commit was due while one was in flight
        core::Offset next;           ///< next record to take in hand, or the log's end
        core::Instant fetching_from;  ///< when fetching last began
        std::vector<Gone> gone;
        std::vector<Gone>
            orphans;               ///< no copy of them will be handed out; they may come again here
        std::int32_t in_hand = 0;  ///< of the present owner
        DuplicateCause last_end = DuplicateCause::rebalance;
        core::Offset done_before;  ///< highest offset + 1 that an ended lease had finished
        core::Offset skipped_to;   ///< where the reset policy `latest` last jumped to
        std::map<core::Offset, std::int32_t>
            copies;  ///< by number: of its records, in retry topics, open
        Slot due_slot = 0;
        Slot fetch_slot = 0;
        Slot applied_slot = 0;
        Slot answered_slot = 0;
        core::Offset sent;                      ///< value of the commit on its way
        std::optional<LossCause> sent_dangles;  ///< its records have vanished meanwhile
        std::int32_t sent_lease = 0;            ///< lease that sent it
        ProcessId sent_by = -1;              ///< its last commit counts as contact with the group
        std::unique_ptr<SharedLane> shared;  ///< share groups; then it has no owner and no lease
        LaneLedger ledger;
    };

    struct Process {
        std::int32_t group = 0;
        bool alive = false;
        bool draining = false;         ///< `drained` is owed
        bool poll_asked = false;       ///< `poll_turned` is owed
        bool commits_blocked = false;  ///< behind a parked JoinGroup
        bool stepped = false;          ///< its completions are no events (lanes engine)
        core::Instant turn_since;      ///< when its one worker took the record in hand
        Slot poll_slot = 0;            ///< max.poll.interval of a record that takes too long
        models::SharedCpu cpu{0.0, std::nullopt};
        std::int32_t servers = 0;  ///< shared by the lanes; 0 = each lane has its own
        std::int32_t servers_taken = 0;
        std::vector<std::int32_t> lanes;
        std::vector<ClaimId> claims;  ///< share groups: open, in the order of the next poll
        std::vector<AttemptId> running;
        std::vector<AttemptId> waiting;  ///< in hand and not running
        std::vector<std::int32_t> dirty;
        core::CommitSchedule schedule;
        bool commit_due =
            false;  ///< synchronous commits wait for the worker's next record boundary
        std::optional<core::Instant> last_commit;
        Slot completion_slot = 0;
        Slot commit_slot = 0;
        std::int64_t capacity = 0;  ///< [servers * 1000]
    };

    struct Group {
        Group(const ConsumerGroup& parameters, std::uint32_t number);
        const ConsumerGroup* spec;
        std::uint32_t index;
        models::Distribution service;
        std::optional<models::Distribution> dead_letter;
        models::Distribution retry_produce;
        std::optional<models::Downstream> downstream;
        std::int64_t in_progress = 0;       ///< attempts running
        std::uint64_t transient_below = 0;  ///< a word below it fails
        std::uint64_t poison_below = 0;
        std::uint64_t dead_letter_below = 0;
        std::int32_t records_at_once = 1;  ///< of one partition
        double slow_down = 1.0;
        bool downstream_down = false;
        bool dead_letter_is_down = false;
        bool coordinator_is_away = false;

        GroupCounters totals;  ///< without fates; integrals up to their own last change
        core::Instant lag_since;
        std::int64_t drain_threshold = -1;
        std::optional<core::Instant> above_since;
        std::int32_t lanes = 0;  ///< partitions that exist
        std::int32_t lanes_not_consuming = 0;
        core::Instant pause_since;
        std::int64_t capacity = 0;
        core::Instant capacity_since;
        LatencyHistogram latency;
        std::int64_t produced_after_warmup = 0;
        std::int64_t finished_after_warmup = 0;
    };

    /// What the calendar says is next; takes it out.
    void handle_next();

    // Arrivals (reference_arrivals.cc)
    void make_sources(const models::RandomStreams& streams, const std::vector<bool>& pulled);
    void on_arrival(std::int32_t source);
    void send(const Sent& sent, core::Instant now);
    void append(std::int32_t log, core::Instant now, std::int32_t mark);
    void append_marker(std::int32_t log, core::Instant now);
    void grow(Log& log, core::Instant arrived);
    void prune_arrivals(Log& log);
    [[nodiscard]] core::Offset lowest_needed(const Log& log) const;
    static void lag_grew(Group& group, std::int64_t by, core::int128 weighted, core::Instant now);
    virtual void lag_changed(Group& group, std::int64_t by, core::Instant now);
    static void follow_drain_threshold(Group& group, core::Instant now);

    // Records in hand (reference_attempts.cc)
    void feed_lane(std::int32_t lane, core::Instant now);
    void feed_process(ProcessId process, core::Instant now);
    [[nodiscard]] bool can_take(const Lane& lane, core::Instant now) const;
    void stop_at_buffer_end(Lane& lane, core::Instant now);
    [[nodiscard]] core::Instant turn_of(const Lane& lane) const;
    void take(std::int32_t lane, core::Instant now);
    [[nodiscard]] AttemptId free_attempt();
    void hand_over(AttemptId attempt, std::int32_t lane, ProcessId process, const Fetched& fetched);
    [[nodiscard]] AttemptId pick_up(std::int32_t lane, ProcessId process, const Fetched& fetched);
    void begin(AttemptId attempt, core::Instant now);
    void apply_mark(Attempt& attempt) const;
    void start_attempt(AttemptId attempt, core::Instant now);
    [[nodiscard]] static std::int64_t slowed(Group& group, std::int64_t work);
    void start_again(AttemptId attempt, core::Instant now);
    void draw_again(Attempt& attempt) const;
    void on_completion(ProcessId process, core::Instant now);
    void complete(ProcessId process, std::size_t running, core::Instant now);
    void carry_on(ProcessId process, core::Instant now);
    void on_attempt_timer(AttemptId attempt, core::Instant now);
    void succeeded(AttemptId attempt, core::Instant now);
    void failed(AttemptId attempt, core::Instant now);
    void dead_letter(AttemptId attempt, core::Instant now);
    void produce(AttemptId attempt, core::Instant now);
    void give_up(AttemptId attempt, core::Instant now);
    void dead_lettered(AttemptId attempt, core::Instant now);
    void after_fate(AttemptId attempt, core::Instant now);
    void put_down(AttemptId attempt, core::Instant now);
    void drop(AttemptId attempt);
    void arm(AttemptId attempt, core::Instant time);
    void free_server(Process& process);
    [[nodiscard]] static std::int32_t draw_number(const Attempt& attempt);
    [[nodiscard]] core::Duration backoff_of(const Attempt& attempt, core::Duration base) const;
    void reschedule(ProcessId process);
    void report_if_drained(ProcessId process, core::Instant now);
    [[nodiscard]] bool given_up(const Attempt& attempt) const;
    [[nodiscard]] bool sleeps_on(const Attempt& attempt) const;
    [[nodiscard]] bool begins_again(const Attempt& attempt) const;
    [[nodiscard]] bool polls_between_records(const Process& process) const;
    void watch_poll(ProcessId process, core::Instant now);
    void on_poll_timer(ProcessId process, core::Instant now);
    void report_poll(ProcessId process, core::Instant now);
    [[nodiscard]] core::Instant commit_answer_at(const Process& process, core::Instant now) const;

    // Retry topics (reference_retry_topics.cc)
    void produce_retry(AttemptId attempt, core::Instant now);
    void retry_produced(AttemptId attempt, core::Instant now);
    void append_copy(const Attempt& attempt, core::Instant now);
    void take_up_copy(Attempt& attempt) const;
    void settle_copy(const Attempt& attempt);
    void close_copy(Copy& copy);
    void watch_due(std::int32_t lane, core::Instant now);
    void resume_retry_produces(core::Instant now);
    core::Records lose_copies_below(std::int32_t lane, core::Offset end, LossCause cause,
                                    core::Instant now);
    void lose_orphans(std::int32_t lane, core::Instant now);
    static void prune_copies(Log& log);

    // Commits (reference_commits.cc)
    void count_for_commit(Process& process, ProcessId id, std::int32_t lane, bool delivery,
                          core::Instant now);
    void mark_dirty(std::int32_t lane);
    void commit_all(ProcessId process, core::Instant now);
    bool commit_lane(std::int32_t lane, core::Instant now);
    void send_commit(std::int32_t lane, core::Offset offset, core::Instant now);
    void apply_commit(std::int32_t lane, core::Instant now);
    [[nodiscard]] bool commits_block(const Group& group) const;
    [[nodiscard]] bool takes_commits(const Lane& lane) const;
    void on_commit_applied(std::int32_t lane, core::Instant now);
    void on_commit_answered(std::int32_t lane, core::Instant now);
    void on_commit_timer(ProcessId process, core::Instant now);

    // Share groups (reference_shares.cc)
    void open_claim(ProcessId process, std::int32_t lane, core::Instant now,
                    core::Instant fetch_from);
    void close_claim(ClaimId claim, DuplicateCause cause, core::Instant now);
    void on_claim_fetch(ClaimId claim, core::Instant now);
    void feed_claims(std::int32_t lane, core::Instant now);
    void feed_claim(ClaimId claim, core::Instant now);
    [[nodiscard]] bool can_take_shared(ClaimId claim, core::Instant now);
    void acquire(ClaimId claim, core::Records most, core::Instant now);
    void take_delivery(Claim& claim, const models::SharePartition::Delivery& delivery);
    void poll_claims(Process& process, core::Instant now);
    void take_shared(ClaimId claim, core::Instant now);
    void settle(const Attempt& attempt, bool delivery);
    void acknowledge_all(Process& process, core::Instant now);
    bool send_acknowledgements(ClaimId claim, core::Instant now);
    void on_claim_applied(ClaimId claim, core::Instant now);
    void release_record(const Attempt& attempt, core::Instant now);
    void stop_claim(ClaimId claim, core::Instant now);
    void on_lock_expiry(std::int32_t lane, core::Instant now);
    void archive(std::int32_t lane, core::OffsetRange range, core::Instant now);
    void share_moved(std::int32_t lane, core::Instant now);
    void cut_off_shared(std::int32_t lane, core::Instant now);
    [[nodiscard]] ClaimId claim_of(const Process& process, std::int32_t lane) const;
    [[nodiscard]] bool lock_held(const Attempt& attempt) const;

    // Leases (reference_leases.cc)
    [[nodiscard]] std::optional<core::Offset> start_offset(const Lane& lane) const;
    core::Records lose_below(std::int32_t lane, core::Offset end, LossCause cause,
                             core::Instant now);
    bool reset_position(std::int32_t lane, core::Instant now);
    void lose_unreachable(std::int32_t lane, core::Instant now);
    void trust_commit(Lane& lane, std::int32_t index, core::Instant now);
    void lose_from_log(std::int32_t lane, core::Offset record, LossCause cause, core::Instant now);
    void skip_holes(Lane& lane);
    [[nodiscard]] bool has_valid_commit(const Lane& lane) const;

    // Logs (reference_logs.cc)
    [[nodiscard]] bool has_leader(const Log& log) const { return !broker_down_ && !log.leaderless; }
    void send_held_back(core::Instant now);
    void cut_off(std::int32_t lane, std::span<const core::Offset> vanished, LossCause cause,
                 core::Instant now);
    void out_of_range(std::int32_t lane, core::Instant now);
    void feed_all(core::Instant now);
    void count_lanes_not_consuming(Group& group, std::int32_t by, core::Instant now);
    [[nodiscard]] models::ProducerParameters traffic_of(const Producer& producer) const;
    void skip_to_latest(std::int32_t lane, core::Instant now);
    [[nodiscard]] bool is_in_hand(std::int32_t lane, core::Offset record) const;
    void end_lease(std::int32_t lane, DuplicateCause cause, core::Instant now);
    void set_consuming(Lane& lane, bool consuming, core::Instant now);
    void capacity_changed(Process& process, core::Instant now);
    [[nodiscard]] std::int64_t capacity_of(const Process& process) const;

    [[nodiscard]] Process& process(ProcessId id) {
        return processes_[static_cast<std::size_t>(id)];
    }
    [[nodiscard]] const Process& process(ProcessId id) const {
        return processes_[static_cast<std::size_t>(id)];
    }
    [[nodiscard]] Claim& claim_at(ClaimId id) { return claims_[static_cast<std::size_t>(id)]; }
    [[nodiscard]] const Claim& claim_at(ClaimId id) const {
        return claims_[static_cast<std::size_t>(id)];
    }
    [[nodiscard]] Lane& lane_of(std::int32_t lane) {
        return lanes_[static_cast<std::size_t>(lane)];
    }
    [[nodiscard]] Group& group_of(const Lane& lane) {
        return groups_[static_cast<std::size_t>(lane.group)];
    }
    [[nodiscard]] Log& log_of(const Lane& lane) {
        return logs_[static_cast<std::size_t>(lane.log)];
    }
    [[nodiscard]] const Log& log_of(const Lane& lane) const {
        return logs_[static_cast<std::size_t>(lane.log)];
    }
    /// What the blocks of a record's attempt after the first are for.
    [[nodiscard]] static std::uint16_t attempt_purpose(std::int32_t number) {
        const auto first = static_cast<std::int32_t>(models::Purpose::first_attempt);
        return static_cast<std::uint16_t>(first + number % (65536 - first));
    }
    [[nodiscard]] std::uint32_t entity(const Lane& lane) const {
        return static_cast<std::uint32_t>(lane.log) |
               (static_cast<std::uint32_t>(lane.group) << 20);
    }

    const Scenario& scenario_;
    const LaneMap& map_;
    models::RandomStreams streams_;
    RecordObserver* observer_;
    core::Instant warmup_;
    core::Instant end_;

    Calendar calendar_;
    std::vector<Source> sources_;
    std::vector<Log> logs_;
    std::vector<Lane> lanes_;
    std::vector<Group> groups_;
    std::vector<Process> processes_;
    std::vector<Claim> claims_;
    std::vector<Attempt> attempts_;
    std::vector<AttemptId> free_attempts_;
    std::vector<RecordNotice> notices_;
    bool broker_down_ = false;
    std::vector<Sent> held_back_;  ///< what producers could not send yet, in order
    std::vector<std::vector<std::int64_t>>
        open_transactions_;           ///< by producer and partition: records since the last marker
    std::vector<Publication> marks_;  ///< publications by number; their records may be special
    std::uint64_t fingerprint_ = 0;
};

}  // namespace lagsim::sim
