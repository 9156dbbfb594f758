/// The fast record plane: between two events that concern it, a lane is advanced in one tight loop.
///
/// What is regular – arrivals, first attempts that succeed, commits after each of them – happens in
/// loops over arrays (lane_steps.cc, pod_steps.cc). What is not – a failed attempt, a back-off, a
/// revoke, a zombie – is left to the very functions of the reference plane, whose state this one
/// shares; and so are whole groups whose rules couple lanes (`is_steppable`).
///
/// Processes are independent of each other between two control events, so each has a time of its
/// own: it is brought up to an event when that event is its own, and all are brought up to the
/// instant that control has asked for. What they add to in common (counters, integrals, hashes)
/// are sums, which do not depend on the order.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/engine/lanes/log_feed.h"
#include "sim/engine/reference/reference_records.h"

namespace lagsim::sim {

/// How a topic's records arrive.
enum class Feeding : std::uint8_t {
    events,  ///< one by one, as in the reference plane
    dealt,   ///< asked for; their producers' streams go over the whole topic
    alone    ///< asked for; one stream for each partition
};

class LaneRecords final : public ReferenceRecords {
  public:
    LaneRecords(const Scenario& scenario, const LaneMap& map, const models::RandomStreams& streams,
                RecordObserver* observer = nullptr);

    [[nodiscard]] std::optional<RecordNotice> advance(core::Instant until) override;

    void set_broker_down(bool down, core::Instant now) override;
    void set_leaderless(std::int32_t log, bool leaderless, core::Instant now) override;
    void start_process(ProcessId process, std::int32_t group, core::Instant now) override;
    void release(ProcessId process, std::span<const std::int32_t> lanes, DuplicateCause cause,
                 core::Instant now) override;
    void kill(ProcessId process, DuplicateCause cause, core::Instant now) override;

  private:
    /// How a process gets ahead.
    enum class Pace : std::uint8_t {
        events,  ///< as in the reference plane
        lanes,   ///< each of its lanes for itself: workers that do not slow each other down
        pod      ///< its lanes together
    };
    /// Everything that happens before (time, rank) is over.
    struct Bound {
        core::Instant time;
        std::uint64_t rank = 0;
        friend auto operator<=>(const Bound&, const Bound&) = default;
    };
    /// How far one process is brought: arrivals up to `until`, completions up to `done_until`.
    struct Horizon {
        core::Instant until;
        core::Instant done_until;
    };
    struct Change {
        std::int64_t time_ns = 0;
        std::int64_t by = 0;
    };
    /// A window in slices of equal length.
    class Slices {
      public:
        static constexpr std::size_t count = 256;
        Slices(core::Instant begin, core::Instant end)
            : begin_(core::nanoseconds(begin)),
              shift_(shift_for(static_cast<std::uint64_t>(core::nanoseconds(end) - begin_))) {}
        [[nodiscard]] std::size_t of(std::int64_t time_ns) const {
            return static_cast<std::size_t>((time_ns - begin_) >> shift_);
        }

      private:
        [[nodiscard]] static int shift_for(std::uint64_t length) {
            const auto bits = static_cast<int>(std::bit_width(length));
            return bits > 8 ? bits - 8 : 0;
        }
        std::int64_t begin_;
        int shift_;
    };
    /// What belongs to a group here.
    struct Pacing {
        bool stepped = false;         ///< its processes may be advanced in loops
        bool entangled = false;       ///< somebody has records of another's lane in hand
        bool commits_each = false;    ///< a commit after every record, answered at once
        std::vector<Change> changes;  ///< of lag, since the last fold: where a threshold is watched
    };
    /// A stretch of records of one lane that were finished one after the other.
    struct Stretch {
        std::int64_t first = 0;  ///< number = offset
        std::int64_t count = 0;
        const std::int64_t* finished = nullptr;  ///< [ns]
        const std::int64_t* arrived = nullptr;   ///< [ns]
    };
    /// How far a lane got: [begin, finished_to) are finished, and what is below `next` handed out.
    struct Advance {
        std::int64_t begin = 0;
        std::int64_t finished_to = 0;
        std::int64_t next = 0;
    };
    /// A lane among those of its pod, its state in plain numbers.
    struct PodLane {
        std::int32_t index = 0;
        Lane* lane = nullptr;
        LogFeed* feed = nullptr;
        std::uint64_t rank = 0;    ///< of its arrivals among those of one instant
        bool open = false;         ///< its next record may be taken when none is in hand
        bool busy = false;         ///< one is being worked on,
        bool regular = true;       ///< which will succeed
        bool has_attempt = false;  ///< something in the pod's lists stands for it:
        AttemptId attempt = 0;
        std::int64_t begin = 0;    ///< first record finished in this run,
        std::int64_t done = 0;     ///< and how many
        std::int64_t next = 0;     ///< to take
        std::int64_t end = 0;      ///< of what may be taken
        std::int64_t head = 0;     ///< arrival of the next [ns]; INT64_MAX: none in time
        std::int64_t turn = 0;     ///< by which free workers choose
        std::int64_t arrived = 0;  ///< of the one in hand
        std::int64_t start_progress = 0;
        std::int64_t finish_progress = 0;
        std::int64_t commits = 0;             ///< each of one record, at once,
        std::int64_t first_commit = 0;        ///< [ns]
        std::int64_t last_commit = 0;         ///< [ns]
        core::int128 commit_sum = 0;          ///< [ns] of times since the first
        const std::int64_t* times = nullptr;  ///< by number, of the chunk of `next`
        const std::int64_t* works = nullptr;
        std::int64_t chunk = -1;
    };
    /// One lane from one instant to another, in plain numbers: times in ns, records by number.
    struct LaneRun {
        std::int32_t lane = 0;
        bool was_busy = false;
        bool busy = false;       ///< a record is in hand,
        bool fails = false;      ///< whose attempt will fail
        std::int64_t begin = 0;  ///< first record that may be finished
        std::int64_t next = 0;   ///< to take
        std::int64_t end = 0;    ///< of what may be taken,
        std::int64_t last = 0;   ///< of it in this chunk
        std::int64_t done_until = 0;
        std::int64_t arrived = 0;  ///< of the record in hand
        std::int64_t start = 0;
        std::int64_t finish = 0;
        std::int64_t free_since = -1;  ///< last finish; -1 = none yet
        std::int64_t first_start = 0;
        std::int64_t idle = 0;                ///< between a finish and the next start
        const std::int64_t* times = nullptr;  ///< by number, of the chunk of `next`
        const std::int64_t* works = nullptr;
    };
    class PodRun;

    // Which scenarios and processes (lane_records.cc)
    LaneRecords(const Scenario& scenario, const LaneMap& map, const models::RandomStreams& streams,
                RecordObserver* observer, const std::vector<Feeding>& feedings);
    void make_feeds(const std::vector<Feeding>& feedings);
    [[nodiscard]] std::uint32_t feed_from(std::size_t producer, Feeding feeding,
                                          std::uint32_t sources);
    void feed_logs(std::size_t topic);
    [[nodiscard]] WorkParameters work_of(const Lane& lane) const;
    [[nodiscard]] Pace pace_of(const Process& process) const;
    void set_paces();
    [[nodiscard]] bool has_foreign_records(const Process& process, ProcessId id) const;

    // Time (lane_records.cc)
    void run_to(Bound bound);
    [[nodiscard]] bool has_event_before(Bound bound) const {
        return !calendar_.empty() && Bound{calendar_.next_time(), calendar_.next_rank()} < bound;
    }
    void run_event(Bound& bound);
    [[nodiscard]] ProcessId owner_of(const Calendar::Event& event) const;
    void step(ProcessId process, Bound bound);
    void step_for(const Calendar::Event& event, ProcessId owner, Bound bound);
    [[nodiscard]] Horizon horizon_of(ProcessId process, Bound bound) const;
    void watch_arrivals(ProcessId process, core::Instant now, core::Instant until);
    void stop_watching(std::span<const std::int32_t> lanes);

    // Arrivals (lane_arrivals.cc)
    void see_log(Log& log, core::Instant now);
    void see_logs(const Process& process, core::Instant now);
    void count_arrivals(core::Instant now);
    void count_arrivals(std::int32_t log, core::Instant now);
    void lag_changed(Group& group, std::int64_t by, core::Instant now) override;
    void fold_lag(Group& group, const Slices& slices);
    [[nodiscard]] bool may_cross(const Group& group) const;
    void fold_slices(Group& group, const Slices& slices);
    void walk_slices(Group& group, const Slices& slices,
                     const std::array<bool, Slices::count>& crosses, std::int64_t lag);
    template <class Action>
    void for_arrivals(const Group& group, const Action& action);
    void leaders_changed(core::Instant now);

    // One lane (lane_steps.cc)
    void step_lane(std::int32_t lane, Horizon horizon);
    void run_lane(std::int32_t lane, AttemptId* hand, Horizon horizon);
    static void take_next(LaneRun& run);
    void work_through(LaneRun& run);
    void end_run(const LaneRun& run, AttemptId* hand);
    void finish_stretch(std::int32_t lane, const Stretch& stretch);
    void tell_observer(std::int32_t lane, const Stretch& stretch);
    void advance_lease(std::int32_t lane, const Advance& advance);
    void commit_stretch(Lane& lane, const Stretch& stretch);
    void note_commit(Lane& lane, std::int64_t committed, core::Instant now);
    [[nodiscard]] static core::Instant instant_of(const Process& process, std::int64_t progress);
    void fill_hand(AttemptId attempt, std::int32_t lane, std::int64_t offset, core::Instant arrived,
                   bool regular);
    [[nodiscard]] bool is_regular(const Attempt& attempt, const Lane& lane) const;
    [[nodiscard]] const std::int64_t* works(std::int32_t lane, std::int64_t chunk);

    // One pod (pod_steps.cc)
    void step_pod(ProcessId process, Bound bound);

    [[nodiscard]] Pacing& pacing_of(const Group& group) { return pacings_[group.index]; }
    [[nodiscard]] const Pacing& pacing_of(const Group& group) const {
        return pacings_[group.index];
    }
    /// Whether each record is committed when it is done: not where it is only marked.
    [[nodiscard]] bool applies_commits(const Group& group) const {
        return pacing_of(group).commits_each &&
               group.spec->commit.when != core::CommitWhen::mark_only;
    }
    [[nodiscard]] LogFeed* feed_of(const Lane& lane) {
        return feeds_[static_cast<std::size_t>(lane.log)].get();
    }

    std::vector<std::unique_ptr<TopicFeed>> topic_feeds_;
    std::vector<std::unique_ptr<LogFeed>> feeds_;    ///< by log; null: its arrivals are events
    std::vector<std::uint64_t> arrival_ranks_;       ///< by log, of its arrivals among events
    std::vector<std::int64_t> counted_;              ///< by log: arrivals in lag and totals
    std::vector<std::unique_ptr<LaneWorks>> works_;  ///< by lane; null: its log's feed has them
    std::vector<Slot> watch_slots_;                  ///< by lane
    std::vector<Pacing> pacings_;                    ///< by group
    std::vector<Pace> paces_;                        ///< by process
    std::vector<ProcessId> alive_;
    core::Duration window_ = core::Duration::max();  ///< longest stretch without a look around
    core::Instant now_;
    bool folding_ = false;  ///< changes of lag are collected, not applied in order
    // Scratch:
    std::vector<std::int64_t> finished_;
    std::vector<std::int64_t> arrived_;
    std::vector<Change> in_order_;
    std::array<std::int64_t, Slices::count> more_{};
    std::array<std::int64_t, Slices::count> less_{};
    std::vector<PodLane> pod_lanes_;
    std::vector<std::size_t> place_in_pod_;  ///< by lane
};

}  // namespace lagsim::sim
