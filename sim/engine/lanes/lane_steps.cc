/// A lane with a worker of its own that nobody slows down: a Lindley recursion,
/// start = max(arrival, finish before), finish = start + work, over the arrays of its log's feed.
#include <algorithm>

#include "core/check.h"
#include "sim/engine/finish_hash.h"
#include "sim/engine/lanes/finish_batch.h"
#include "sim/engine/lanes/lane_records.h"

namespace lagsim::sim {

using core::Instant;
using core::Offset;

namespace {

constexpr std::uint32_t lucky_word = UINT32_MAX;  // fails only where everything does

}  // namespace

const std::int64_t* LaneRecords::works(std::int32_t lane, std::int64_t chunk) {
    const auto index = static_cast<std::size_t>(lane);
    return works_[index] ? works_[index]->chunk(chunk) : feed_of(lanes_[index])->works(chunk);
}

/// A first attempt that will succeed, of the record before the lane's next one.
bool LaneRecords::is_regular(const Attempt& attempt, const Lane& lane) const {
    const Group& group = groups_[static_cast<std::size_t>(lane.group)];
    return attempt.number == 1 && !attempt.poison &&
           attempt.transient_word >= group.transient_below && attempt.lease == lane.lease_number &&
           attempt.offset.next() == lane.next;
}

void LaneRecords::step_lane(std::int32_t index, Horizon horizon) {
    Lane& lane = lane_of(index);
    for (;;) {
        Process& owner = process(lane.owner);
        AttemptId* hand = nullptr;
        if (lane.in_hand > 0) {
            const auto held = std::ranges::find_if(
                owner.running, [&](AttemptId running) { return attempts_[running].lane == index; });
            if (held == owner.running.end()) {
                return;  // its record waits for something else
            }
            const Attempt& attempt = attempts_[*held];
            const Instant done = instant_of(owner, attempt.finish_progress);
            if (done > horizon.done_until) {
                return;
            }
            if (!is_regular(attempt, lane)) {
                see_logs(owner, done);
                complete(lane.owner, static_cast<std::size_t>(held - owner.running.begin()), done);
                continue;
            }
            hand = &*held;
        } else if (!lane.fetching || lane.stuck || !has_leader(log_of(lane)) ||
                   lane.next.value() >= feed_of(lane)->end_at(horizon.until)) {
            return;
        }
        run_lane(index, hand, horizon);
    }
}

/// Record after record until one is not done in time, fails, or is not there yet. `hand`: the
/// regular attempt in its worker's hand, or null.
void LaneRecords::run_lane(std::int32_t index, AttemptId* hand, Horizon horizon) {
    const Lane& lane = lane_of(index);
    const Process& owner = process(lane.owner);
    LogFeed& feed = *feed_of(lane);
    LaneRun run;
    run.lane = index;
    run.busy = run.was_busy = hand != nullptr;
    run.next = lane.next.value();
    run.begin = run.next - (run.busy ? 1 : 0);
    run.done_until = core::nanoseconds(horizon.done_until);
    const bool takes = lane.fetching && has_leader(log_of(lane));
    run.end = takes ? feed.end_at(horizon.until) : run.next;
    if (run.busy) {
        run.arrived = core::nanoseconds(attempts_[*hand].arrived);
        run.finish = core::nanoseconds(instant_of(owner, attempts_[*hand].finish_progress));
    }
    while (run.busy ? !run.fails && run.finish <= run.done_until : run.next < run.end) {
        const std::int64_t chunk = run.next >> chunk_bits;
        if (run.next < run.end) {
            run.times = feed.times(chunk) - (chunk << chunk_bits);
            run.works = works(index, chunk) - (chunk << chunk_bits);
        }
        run.last = std::min(run.end, (chunk + 1) << chunk_bits);
        if (run.busy) {
            work_through(run);
        } else {
            take_next(run);
        }
    }
    const bool is_as_before = hand != nullptr && run.busy && run.next - 1 == run.begin;
    if (!is_as_before) {
        end_run(run, hand);
    }
}

/// An idle worker takes the record that comes next.
void LaneRecords::take_next(LaneRun& run) {
    run.arrived = run.times[run.next];
    run.start = std::max(run.arrived, run.free_since);
    if (run.free_since >= 0) {
        run.idle += run.start - run.free_since;
    } else {
        run.first_start = run.start;
    }
    const std::int64_t work = run.works[run.next];
    run.fails = work < 0;
    run.finish = run.start + (run.fails ? ~work : work);
    run.busy = true;
    ++run.next;
}

/// The record in hand and those behind it, within one chunk: the innermost loop, on registers.
void LaneRecords::work_through(LaneRun& run) {
    std::int64_t* const finished = finished_.data();
    std::int64_t* const arrivals = arrived_.data();
    std::int64_t next = run.next;
    std::int64_t arrived = run.arrived;
    std::int64_t start = run.start;
    std::int64_t finish = run.finish;
    std::int64_t idle = run.idle;
    std::int64_t count = 0;
    run.busy = false;
    for (;;) {
        finished[count] = finish;
        arrivals[count] = arrived;
        ++count;
        if (next >= run.last) {
            break;
        }
        arrived = run.times[next];
        start = std::max(arrived, finish);
        idle += start - finish;
        const std::int64_t work = run.works[next];
        ++next;
        if (work < 0) {
            finish = start + ~work;
            run.busy = run.fails = true;
            break;
        }
        finish = start + work;
        if (finish > run.done_until) {
            run.busy = true;
            break;
        }
    }
    run.next = next;
    run.arrived = arrived;
    run.start = start;
    run.finish = finish;
    run.idle = idle;
    run.free_since = finished[count - 1];
    finish_stretch(run.lane, {next - (run.busy ? 1 : 0) - count, count, finished, arrivals});
}

/// Back into the pod's clock and lists.
void LaneRecords::end_run(const LaneRun& run, AttemptId* hand) {
    Lane& lane = lane_of(run.lane);
    Process& owner = process(lane.owner);
    const std::int32_t more = (run.busy ? 1 : 0) - (run.was_busy ? 1 : 0);
    // What this lane did beyond, or short of, its being busy as it was before.
    const std::int64_t now = run.free_since >= 0 ? run.free_since : run.first_start;
    const std::int64_t correction = (run.was_busy ? 0 : now - run.first_start) - run.idle;
    owner.cpu.settle(owner.cpu.busy() + more, core::at_nanoseconds(now), correction);
    group_of(lane).in_progress += more;
    advance_lease(run.lane, {run.begin, run.next - (run.busy ? 1 : 0), run.next});
    if (run.busy) {
        const AttemptId id = run.was_busy ? *hand : free_attempt();
        if (!run.was_busy) {
            owner.running.push_back(id);
        }
        const std::int64_t progress = owner.cpu.progress() - core::nanoseconds(owner.cpu.since());
        fill_hand(id, run.lane, run.next - 1, core::at_nanoseconds(run.arrived), !run.fails);
        attempts_[id].start_progress = progress + run.start;
        attempts_[id].finish_progress = progress + run.finish;
        lane.in_hand = 1;
    } else if (run.was_busy) {
        const AttemptId id = *hand;
        owner.running.erase(owner.running.begin() + (hand - owner.running.data()));
        drop(id);
    }
}

/// The first attempt of a record, running; only one that fails needs its luck.
void LaneRecords::fill_hand(AttemptId id, std::int32_t index, std::int64_t offset, Instant arrived,
                            bool regular) {
    const Lane& lane = lane_of(index);
    hand_over(id, index, lane.owner, {Offset{offset}, Offset{offset}, arrived});
    Attempt& attempt = attempts_[id];
    attempt.state = AttemptState::running;
    attempt.poison = false;
    attempt.transient_word = lucky_word;
    if (!regular) {
        const models::Block block = streams_.block(static_cast<std::uint64_t>(offset), entity(lane),
                                                   models::Purpose::record);
        attempt.poison = block[3] < group_of(lane).poison_below;
        attempt.transient_word = block[2];
    }
}

/// While nobody is slowed the pod's clock is linear, before its last change as well as after it.
Instant LaneRecords::instant_of(const Process& owner, std::int64_t progress) {
    return owner.cpu.since() + core::Duration{progress - owner.cpu.progress()};
}

/// The lease learns of what was handed out and finished, and what there is to commit.
void LaneRecords::advance_lease(std::int32_t index, const Advance& advance) {
    Lane& lane = lane_of(index);
    const Group& group = group_of(lane);
    const bool delivered = advance.next > lane.next.value();
    const bool finished = advance.finished_to > advance.begin;
    if (delivered) {
        lane.lease.deliver({lane.next, Offset{advance.next}});
        lane.next = Offset{advance.next};
    }
    if (finished) {
        lane.lease.finish({Offset{advance.begin}, Offset{advance.finished_to}});
    }
    if (pacing_of(group).commits_each) {
        if (finished && applies_commits(group)) {
            lane.lease.commit_sent(*lane.committed);
            lane.lease.commit_acknowledged(*lane.committed);
        }
    } else if (finished ||
               (delivered && core::CommitSchedule::counts_deliveries(group.spec->commit.when))) {
        mark_dirty(index);
    }
}

/// A commit after every record, applied at once.
void LaneRecords::commit_stretch(Lane& lane, const Stretch& stretch) {
    Group& group = group_of(lane);
    if (!applies_commits(group)) {
        return;
    }
    const std::int64_t count = stretch.count;
    const std::int64_t last = stretch.finished[count - 1];
    const Offset before = lane.committed.value_or(log_of(lane).start);
    const std::int64_t first_step = stretch.first + 1 - before.value();
    std::int64_t sum = 0;
    for (std::int64_t i = 0; i < count; ++i) {
        sum += last - stretch.finished[i];
    }
    const core::int128 weighted =
        static_cast<core::int128>(first_step - 1) * (last - stretch.finished[0]) + sum;
    lag_grew(group, -(first_step + count - 1), -weighted, core::at_nanoseconds(last));
    if (group.drain_threshold >= 0) {
        std::vector<Change>& changes = pacing_of(group).changes;
        changes.push_back({stretch.finished[0], -first_step});
        for (std::int64_t i = 1; i < count; ++i) {
            changes.push_back({stretch.finished[i], -1});
        }
    }
    note_commit(lane, stretch.first + count, core::at_nanoseconds(last));
}

/// The broker holds it, and has answered.
void LaneRecords::note_commit(Lane& lane, std::int64_t committed, Instant now) {
    lane.committed = Offset{committed};
    lane.dangles.reset();
    lane.sent = *lane.committed;
    lane.sent_dangles.reset();
    lane.sent_lease = lane.lease_number;
    lane.sent_by = lane.owner;
    auto& last_commit = process(lane.owner).last_commit;
    last_commit = std::max(last_commit.value_or(Instant{}), now);
}

void LaneRecords::tell_observer(std::int32_t index, const Stretch& stretch) {
    const Lane& lane = lane_of(index);
    for (std::int64_t i = 0; i < stretch.count; ++i) {
        const Instant done = core::at_nanoseconds(stretch.finished[i]);
        observer_->finished(lane.owner, index, Offset{stretch.first + i}, done);
        if (applies_commits(group_of(lane))) {
            observer_->committed(lane.owner, index, done);
        }
    }
}

/// Counts records that were finished one after the other.
void LaneRecords::finish_stretch(std::int32_t index, const Stretch& stretch) {
    Lane& lane = lane_of(index);
    Group& group = group_of(lane);
    const auto count = static_cast<std::size_t>(stretch.count);
    fingerprint_ += hash_finishes(entity(lane), stretch.first, stretch.finished, count);
    const std::int64_t warmup = core::nanoseconds(warmup_);
    const Offset first{stretch.first};
    const bool is_new = first >= lane.ledger.known_end();
    if (is_new) {
        lane.ledger.finish_new({first, first + core::Records{stretch.count}});
        const std::int64_t* const end = stretch.finished + stretch.count;
        group.finished_after_warmup += stretch.finished[0] >= warmup
                                           ? stretch.count
                                           : end - std::lower_bound(stretch.finished, end, warmup);
    }
    commit_stretch(lane, stretch);
    if (observer_ != nullptr) {
        tell_observer(index, stretch);
    }
    if (is_new && stretch.arrived[0] >= warmup) {
        group.latency.record_each(stretch.finished, stretch.arrived, count);
        return;
    }
    for (std::size_t i = 0; i < count; ++i) {
        const Instant done = core::at_nanoseconds(stretch.finished[i]);
        const Offset record{stretch.first + static_cast<std::int64_t>(i)};
        const bool counts = is_new || lane.ledger.finish(record, done, lane.last_end);
        if (counts && !is_new) {
            group.finished_after_warmup += done >= warmup_ ? 1 : 0;
        }
        if (counts && stretch.arrived[i] >= warmup) {
            group.latency.record(done - core::at_nanoseconds(stretch.arrived[i]));
        }
    }
}

}  // namespace lagsim::sim
