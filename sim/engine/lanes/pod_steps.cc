/// The lanes of one pod together: where they share workers or cores, or where commits count the
/// records of all of them. A small merge of completions and arrivals, in the order in which the
/// reference plane's calendar has them.
#include <algorithm>
#include <limits>

#include "core/check.h"
#include "sim/engine/finish_hash.h"
#include "sim/engine/lanes/lane_records.h"

namespace lagsim::sim {

using core::Instant;
using core::Offset;

namespace {

constexpr std::int64_t never_ns = std::numeric_limits<std::int64_t>::max();

}  // namespace

/// One pod from one instant to another.
class LaneRecords::PodRun {
  public:
    PodRun(LaneRecords& plane, ProcessId id, Bound bound)
        : plane_(plane),
          id_(id),
          bound_(bound),
          horizon_(plane.horizon_of(id, bound)),
          until_(core::nanoseconds(bound.time)),
          owner_(plane.process(id)),
          group_(plane.groups_[static_cast<std::size_t>(owner_.group)]),
          pacing_(plane.pacing_of(group_)),
          lanes_(plane.pod_lanes_) {
        const Overheads& overheads = group_.spec->overheads;
        by_fetch_ = overheads.fetch_order == Overheads::FetchOrder::fetched;
        const core::CommitPolicy& commit = group_.spec->commit;
        commits_each_ = plane_.applies_commits(group_);
        counts_records_ = commit.every_records > core::Records{1};
        if (owner_.servers == 1 && group_.spec->protocol.client != models::ClientProfile::sarama) {
            longest_turn_ = group_.spec->protocol.max_poll_interval;
        }
    }

    void run() {
        load();
        while (go_on()) {
        }
        store();
    }

  private:
    void load();
    void store();
    void store(PodLane& lane);
    bool go_on();
    void find_first(PodLane*& done, PodLane*& come);
    void look_ahead(PodLane& lane);
    void take(PodLane& lane, std::int64_t now);
    void finish(PodLane& lane, std::int64_t now);
    void commit(PodLane& lane, std::int64_t now);
    void store_commits(PodLane& lane);
    void choose(std::int64_t now);
    [[nodiscard]] bool has_room() const { return owner_.servers == 0 || free_ > 0; }

    LaneRecords& plane_;
    ProcessId id_;
    Bound bound_;
    Horizon horizon_;
    std::int64_t until_;
    Process& owner_;
    Group& group_;
    Pacing& pacing_;
    std::vector<PodLane>& lanes_;
    bool by_fetch_ = false;
    bool commits_each_ = false;
    bool counts_records_ = false;
    bool retry_is_ready_ = false;  ///< a retry competes for the workers
    core::Duration longest_turn_ = core::Duration::max();
    std::int32_t busy_ = 0;
    std::int32_t free_ = 0;
    PodLane* only_ = nullptr;  ///< the lane of a single worker's record, if it was taken here
};

void LaneRecords::PodRun::load() {
    lanes_.clear();
    only_ = nullptr;
    for (const std::int32_t index : owner_.lanes) {
        Lane& lane = plane_.lane_of(index);
        plane_.place_in_pod_[static_cast<std::size_t>(index)] = lanes_.size();
        PodLane& p = lanes_.emplace_back();
        p.index = index;
        p.lane = &lane;
        p.feed = plane_.feed_of(lane);
        p.rank = plane_.arrival_ranks_[static_cast<std::size_t>(lane.log)];
        p.next = p.begin = lane.next.value();
        const bool takes = lane.fetching && !lane.stuck && plane_.has_leader(plane_.log_of(lane));
        p.end = takes ? p.feed->end_at(horizon_.until) : p.next;
        p.open = takes && lane.in_hand == 0;
        look_ahead(p);
    }
    for (const AttemptId id : owner_.running) {
        const Attempt& attempt = plane_.attempts_[id];
        PodLane& p = lanes_[plane_.place_in_pod_[static_cast<std::size_t>(attempt.lane)]];
        p.busy = p.has_attempt = p.open = true;  // when it is done: what follows, if it has `end`
        p.attempt = id;
        p.regular = plane_.is_regular(attempt, *p.lane);
        p.begin = p.regular ? p.next - 1 : p.next;
        p.arrived = core::nanoseconds(attempt.arrived);
        p.start_progress = attempt.start_progress;
        p.finish_progress = attempt.finish_progress;
    }
    for (const AttemptId id : owner_.waiting) {
        retry_is_ready_ = retry_is_ready_ || plane_.attempts_[id].state == AttemptState::ready;
    }
    busy_ = static_cast<std::int32_t>(owner_.running.size());
    free_ = owner_.servers - owner_.servers_taken;
}

/// The arrival of the record that would be taken next.
void LaneRecords::PodRun::look_ahead(PodLane& p) {
    if (p.next >= p.end) {
        p.head = p.turn = never_ns;
        return;
    }
    const std::int64_t chunk = p.next >> chunk_bits;
    if (chunk != p.chunk) {
        p.chunk = chunk;
        p.times = p.feed->times(chunk) - (chunk << chunk_bits);
        p.works = plane_.works(p.index, chunk) - (chunk << chunk_bits);
    }
    p.head = p.times[p.next];
    p.turn = by_fetch_ ? std::max(p.head, core::nanoseconds(p.lane->fetching_from)) : p.head;
}

/// The attempt that is done first, the lower lane at a tie, and the record that comes first to a
/// lane that may take it.
void LaneRecords::PodRun::find_first(PodLane*& done, PodLane*& come) {
    const bool room = has_room();
    for (PodLane& p : lanes_) {
        if (p.busy) {
            if (done == nullptr || p.finish_progress < done->finish_progress) {
                done = &p;
            }
        } else if (room && p.open && p.head <= until_) {
            if (come == nullptr || p.head < come->head ||
                (p.head == come->head && p.rank < come->rank)) {
                come = &p;
            }
        }
    }
}

/// The next thing that happens to the pod; false when nothing does in time.
bool LaneRecords::PodRun::go_on() {
    PodLane* first_done = nullptr;
    PodLane* first_come = nullptr;
    if (owner_.servers == 1 && busy_ == 1 && only_ != nullptr) {
        first_done = only_;  // its one worker is busy: nothing can be taken
    } else {
        find_first(first_done, first_come);
    }
    const std::int64_t done =
        first_done != nullptr ? core::nanoseconds(owner_.cpu.reaches(first_done->finish_progress))
                              : never_ns;
    if (first_come != nullptr && first_come->head <= done) {
        take(*first_come, first_come->head);
        return true;
    }
    if (first_done == nullptr || done > core::nanoseconds(horizon_.done_until)) {
        return false;
    }
    if (!first_done->regular || retry_is_ready_) {
        const std::int32_t lane = first_done->index;
        store();
        const Instant now = core::at_nanoseconds(done);
        plane_.see_logs(owner_, now);
        const auto held = std::ranges::find_if(owner_.running, [&](AttemptId running) {
            return plane_.attempts_[running].lane == lane;
        });
        plane_.complete(id_, static_cast<std::size_t>(held - owner_.running.begin()), now);
        retry_is_ready_ = false;
        load();
        // A back-off may end before the bound: then that is next.
        return !plane_.has_event_before(bound_);
    }
    finish(*first_done, done);
    return true;
}

/// A worker takes the lane's next record.
void LaneRecords::PodRun::take(PodLane& p, std::int64_t now) {
    const Instant at = core::at_nanoseconds(now);
    const std::int64_t work = p.works[p.next];
    p.regular = work >= 0;
    p.arrived = p.head;
    p.busy = true;
    only_ = &p;
    ++p.next;
    owner_.cpu.set_busy(++busy_, at);
    --free_;
    p.start_progress = owner_.cpu.progress();
    p.finish_progress = p.start_progress + (p.regular ? work : ~work);
    if (longest_turn_ < core::Duration::max()) {
        owner_.turn_since = at;
        const Instant limit = at + longest_turn_;
        if (owner_.cpu.reaches(p.finish_progress) > limit) {
            plane_.calendar_.schedule(owner_.poll_slot, limit);
        }
    }
    look_ahead(p);
}

void LaneRecords::PodRun::finish(PodLane& p, std::int64_t now) {
    const Instant at = core::at_nanoseconds(now);
    p.busy = false;
    owner_.cpu.set_busy(--busy_, at);
    ++free_;
    if (longest_turn_ < core::Duration::max()) {
        plane_.calendar_.cancel(owner_.poll_slot);
    }
    ++p.done;
    const std::int64_t number = p.next - 1;
    Lane& lane = *p.lane;
    plane_.fingerprint_ += hash_finish(plane_.entity(lane), Offset{number}, at);
    if (lane.ledger.finish(Offset{number}, at, lane.last_end)) {
        group_.finished_after_warmup += at >= plane_.warmup_ ? 1 : 0;
        if (p.arrived >= core::nanoseconds(plane_.warmup_)) {
            group_.latency.record(core::Duration{now - p.arrived});
        }
    }
    if (plane_.observer_ != nullptr) {
        plane_.observer_->finished(id_, p.index, Offset{number}, at);
    }
    if (commits_each_) {
        commit(p, now);
    } else if (counts_records_ && owner_.schedule.counted(core::Records{1})) {
        store();
        plane_.commit_all(id_, at);
        load();
    }
    if (owner_.servers > 0) {
        choose(now);
    } else if (p.open && p.head <= now) {
        take(p, now);
    }
}

/// The record that has just been finished is committed at once. What that does to the lag is added
/// up over the run; the first may close a gap, and goes the long way.
void LaneRecords::PodRun::commit(PodLane& p, std::int64_t now) {
    if (p.commits == 0 && p.lane->committed != Offset{p.next - 1}) {
        plane_.commit_stretch(*p.lane, {p.next - 1, 1, &now, &p.arrived});
        return;
    }
    p.first_commit = p.commits == 0 ? now : p.first_commit;
    p.last_commit = now;
    p.commit_sum += now - p.first_commit;
    ++p.commits;
    if (group_.drain_threshold >= 0) {
        pacing_.changes.push_back({now, -1});
    }
}

void LaneRecords::PodRun::store_commits(PodLane& p) {
    const core::int128 waited =
        static_cast<core::int128>(p.last_commit - p.first_commit) * p.commits - p.commit_sum;
    const Instant last = core::at_nanoseconds(p.last_commit);
    plane_.lag_grew(group_, -p.commits, -waited, last);
    plane_.note_commit(*p.lane, p.lane->committed->value() + p.commits, last);
}

/// Free workers take what waits: the oldest first, the lower lane at a tie.
void LaneRecords::PodRun::choose(std::int64_t now) {
    while (has_room()) {
        PodLane* oldest = nullptr;
        for (PodLane& p : lanes_) {
            if (p.open && !p.busy && p.head <= now &&
                (oldest == nullptr || p.turn < oldest->turn)) {
                oldest = &p;
            }
        }
        if (oldest == nullptr) {
            return;
        }
        take(*oldest, now);
    }
}

/// Back into the lists that everything else works on.
void LaneRecords::PodRun::store() {
    const auto before = static_cast<std::int64_t>(owner_.running.size());
    for (PodLane& p : lanes_) {
        if (p.done > 0 || p.next != p.lane->next.value()) {
            store(p);
        }
    }
    group_.in_progress += busy_ - before;
    owner_.servers_taken = owner_.servers > 0 ? owner_.servers - free_ : 0;
}

void LaneRecords::PodRun::store(PodLane& p) {
    if (p.commits > 0) {
        store_commits(p);
    }
    plane_.advance_lease(p.index, {p.begin, p.begin + p.done, p.next});
    if (!p.busy) {
        if (p.has_attempt) {
            std::erase(owner_.running, p.attempt);
            plane_.drop(p.attempt);
        }
        return;
    }
    if (!p.has_attempt) {
        p.attempt = plane_.free_attempt();
        owner_.running.push_back(p.attempt);
    }
    plane_.fill_hand(p.attempt, p.index, p.next - 1, core::at_nanoseconds(p.arrived), p.regular);
    Attempt& attempt = plane_.attempts_[p.attempt];
    attempt.start_progress = p.start_progress;
    attempt.finish_progress = p.finish_progress;
    p.lane->in_hand = 1;
}

void LaneRecords::step_pod(ProcessId id, Bound bound) {
    PodRun(*this, id, bound).run();
}

}  // namespace lagsim::sim
