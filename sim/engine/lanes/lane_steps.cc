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
    Lane& lane = lane_of(index);
    Process& owner = process(lane.owner);
    Group& group = group_of(lane);
    LogFeed& feed = *feed_of(lane);
    const std::int64_t done_until = core::nanoseconds(horizon.done_until);
    const bool takes = lane.fetching && has_leader(log_of(lane));
    const std::int64_t end = takes ? feed.end_at(horizon.until) : lane.next.value();
    const std::int64_t begin = hand != nullptr ? lane.next.value() - 1 : lane.next.value();
    std::int64_t next = lane.next.value();
    bool busy = hand != nullptr;
    bool fails = false;
    std::int64_t arrived = 0;
    std::int64_t start = 0;
    std::int64_t finish = 0;
    if (busy) {
        arrived = core::nanoseconds(attempts_[*hand].arrived);
        finish = core::nanoseconds(instant_of(owner, attempts_[*hand].finish_progress));
    }
    std::int64_t free_since = -1;  // none before the first finish
    std::int64_t idle = 0;         // between a finish and the next start
    std::int64_t first_start = 0;
    while (busy ? !fails && finish <= done_until : next < end) {
        const std::int64_t chunk = next >> chunk_bits;
        const std::int64_t base = chunk << chunk_bits;
        const std::int64_t last = std::min(end, base + chunk_records);
        const std::int64_t* const times = next < end ? feed.times(chunk) - base : nullptr;
        const std::int64_t* const service = next < end ? works(index, chunk) - base : nullptr;
        if (!busy) {
            arrived = times[next];
            start = std::max(arrived, free_since);
            idle += free_since >= 0 ? start - free_since : 0;
            first_start = free_since >= 0 ? first_start : start;
            fails = service[next] < 0;
            finish = start + (fails ? ~service[next] : service[next]);
            busy = true;
            ++next;
            continue;
        }
        std::int64_t count = 0;
        busy = false;
        for (;;) {
            finished_[static_cast<std::size_t>(count)] = finish;
            arrived_[static_cast<std::size_t>(count)] = arrived;
            ++count;
            if (next >= last) {
                break;
            }
            arrived = times[next];
            start = std::max(arrived, finish);
            idle += start - finish;
            const std::int64_t work = service[next];
            ++next;
            if (work < 0) {
                finish = start + ~work;
                busy = fails = true;
                break;
            }
            finish = start + work;
            if (finish > done_until) {
                busy = true;
                break;
            }
        }
        free_since = finished_[static_cast<std::size_t>(count - 1)];
        finish_stretch(index,
                       {next - (busy ? 1 : 0) - count, count, finished_.data(), arrived_.data()});
    }
    const std::int64_t finished_to = busy ? next - 1 : next;
    if (finished_to == begin && hand != nullptr) {
        return;
    }
    // The pod's clock: what this lane did beyond, or short of, its being busy as it was before.
    const std::int64_t now = free_since >= 0 ? free_since : first_start;
    const bool was_busy = hand != nullptr;
    std::int64_t correction = -idle;
    if (!was_busy) {
        correction += now - first_start;
    }
    owner.cpu.settle(owner.cpu.busy() + (busy ? 1 : 0) - (was_busy ? 1 : 0),
                     core::at_nanoseconds(now), correction);
    group.in_progress += (busy ? 1 : 0) - (was_busy ? 1 : 0);
    advance_lease(index, {begin, finished_to, next});
    if (busy) {
        AttemptId id = 0;
        if (was_busy) {
            id = *hand;
        } else {
            id = take_slot();
            owner.running.push_back(id);
        }
        const std::int64_t progress = owner.cpu.progress() - core::nanoseconds(owner.cpu.since());
        fill_hand(id, index, next - 1, core::at_nanoseconds(arrived), !fails);
        attempts_[id].start_progress = progress + start;
        attempts_[id].finish_progress = progress + finish;
        lane.in_hand = 1;
    } else if (was_busy) {
        const AttemptId id = *hand;
        owner.running.erase(owner.running.begin() + (hand - owner.running.data()));
        drop(id);
    }
}

LaneRecords::AttemptId LaneRecords::take_slot() {
    if (free_attempts_.empty()) {
        const auto id = static_cast<AttemptId>(attempts_.size());
        attempts_.emplace_back().timer =
            calendar_.add({attempt_timer, static_cast<std::int32_t>(id), 0}, 0);
        return id;
    }
    const AttemptId id = free_attempts_.back();
    free_attempts_.pop_back();
    return id;
}

/// The first attempt of a record, running; only one that fails needs its luck.
void LaneRecords::fill_hand(AttemptId id, std::int32_t index, std::int64_t offset, Instant arrived,
                            bool regular) {
    const Lane& lane = lane_of(index);
    Attempt& attempt = attempts_[id];
    attempt.offset = Offset{offset};
    attempt.record = {index, Offset{offset}};
    attempt.arrived = arrived;
    attempt.lane = index;
    attempt.lease = lane.lease_number;
    attempt.process = lane.owner;
    attempt.claim = -1;
    attempt.delivery = 1;
    attempt.vanished = false;
    attempt.number = 1;
    attempt.failed_produces = 0;
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
        if (finished && group.spec->commit.when != core::CommitWhen::mark_only) {
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
    if (!pacing_of(group).commits_each || group.spec->commit.when == core::CommitWhen::mark_only) {
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
        if (pacing_of(group_of(lane)).commits_each && lane.sent_by == lane.owner) {
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
