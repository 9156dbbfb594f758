/// Commits on their way: when they are due (core/commit/schedule), what they carry
/// (core/commit/lease), and the broker's side of them. A commit is applied half a commit latency
/// after it was sent and answered at its end.
#include <algorithm>

#include "sim/engine/reference/reference_records.h"

namespace lagsim::sim {

using core::Duration;
using core::Instant;

/// Whether the worker that commits waits for the answer.
bool ReferenceRecords::commits_block(const Group& group) const {
    return group.spec->overheads.commit_mode == Overheads::CommitMode::sync &&
           group.spec->overheads.commit_latency > Duration{0};
}

bool ReferenceRecords::takes_commits(const Lane& lane) const {
    return !broker_down_ && !groups_[static_cast<std::size_t>(lane.group)].coordinator_is_away;
}

void ReferenceRecords::set_coordinator_away(std::int32_t index, bool away) {
    groups_[static_cast<std::size_t>(index)].coordinator_is_away = away;
    if (!away) {
        return;
    }
    for (Lane& lane : lanes_) {
        if (lane.group == index) {
            calendar_.cancel(lane.applied_slot);  // NOT_COORDINATOR
        }
    }
}

void ReferenceRecords::forget_commits(std::int32_t index, Instant now) {
    for (Lane& lane : lanes_) {
        if (lane.group == index && lane.committed) {
            const core::Records more = *lane.committed - log_of(lane).start;
            lane.committed.reset();
            lane.dangles.reset();
            lane.last_end = DuplicateCause::offsets_expired;
            lag_changed(group_of(lane), more.value(), now);
        }
    }
}

void ReferenceRecords::count_for_commit(Process& owner, ProcessId id, std::int32_t lane,
                                        bool delivery, Instant now) {
    const Group& group = groups_[static_cast<std::size_t>(owner.group)];
    if (core::CommitSchedule::counts_deliveries(group.spec->commit.when) != delivery) {
        return;
    }
    mark_dirty(lane);
    if (!owner.schedule.counted(core::Records{1})) {
        return;
    }
    if (commits_block(group)) {
        owner.commit_due = true;
    } else {
        commit_all(id, now);
    }
}

void ReferenceRecords::mark_dirty(std::int32_t index) {
    Lane& lane = lane_of(index);
    if (!lane.commit_dirty && lane.owner >= 0) {
        lane.commit_dirty = true;
        process(lane.owner).dirty.push_back(index);
    }
}

/// One OffsetCommit for all partitions of the process with something new; in a share group its
/// acknowledgements.
void ReferenceRecords::commit_all(ProcessId id, Instant now) {
    Process& owner = process(id);
    acknowledge_all(owner, now);
    std::erase_if(owner.dirty, [&](std::int32_t lane) {
        if (!commit_lane(lane, now)) {
            return false;
        }
        lane_of(lane).commit_dirty = false;
        return true;
    });
}

/// True when the lane has nothing more to commit for now; false when it must be tried again.
bool ReferenceRecords::commit_lane(std::int32_t index, Instant now) {
    Lane& lane = lane_of(index);
    if (!takes_commits(lane) || (lane.owner >= 0 && process(lane.owner).commits_blocked)) {
        return false;
    }
    if (lane.lease.in_flight()) {
        lane.commit_wanted = true;
        return false;
    }
    if (const auto value = lane.lease.committable(group_of(lane).spec->commit.when)) {
        send_commit(index, *value, now);
    }
    return true;
}

void ReferenceRecords::send_commit(std::int32_t index, core::Offset offset, Instant now) {
    Lane& lane = lane_of(index);
    const Duration latency = group_of(lane).spec->overheads.commit_latency;
    lane.lease.commit_sent(offset);
    lane.sent = offset;
    lane.sent_dangles.reset();
    lane.sent_lease = lane.lease_number;
    lane.sent_by = lane.owner;
    if (latency == Duration{0}) {
        apply_commit(index, now);
        lane.lease.commit_acknowledged(offset);
        return;
    }
    calendar_.schedule(lane.applied_slot, now + latency / 2);
    calendar_.schedule(lane.answered_slot, now + latency);
}

void ReferenceRecords::apply_commit(std::int32_t index, Instant now) {
    Lane& lane = lane_of(index);
    const Log& log = log_of(lane);
    const std::int64_t before = (log.end - lane.committed.value_or(log.start)).value();
    lane.committed = lane.sent;
    lane.dangles = lane.sent_dangles;
    const std::int64_t after = (log.end - *lane.committed).value();
    lag_changed(group_of(lane), after - before, now);
    auto& last_commit = process(lane.sent_by).last_commit;
    last_commit = std::max(last_commit.value_or(now), now);
    if (observer_ != nullptr) {
        observer_->committed(lane.sent_by, index, now);
    }
}

void ReferenceRecords::on_commit_applied(std::int32_t index, Instant now) {
    const Lane& lane = lane_of(index);
    // A generation later the broker refuses it.
    if (lane.sent_lease == lane.lease_number && takes_commits(lane)) {
        apply_commit(index, now);
    }
}

void ReferenceRecords::on_commit_answered(std::int32_t index, Instant now) {
    Lane& lane = lane_of(index);
    if (lane.sent_lease != lane.lease_number || !lane.lease.in_flight()) {
        return;
    }
    if (lane.committed == lane.sent) {
        lane.lease.commit_acknowledged(lane.sent);
    } else {
        lane.lease.commit_failed(core::CommitError::retriable);
        mark_dirty(index);
    }
    if (lane.commit_wanted && lane.owner >= 0) {
        lane.commit_wanted = false;
        if (commit_lane(index, now) && lane.commit_dirty) {
            lane.commit_dirty = false;
            std::erase(process(lane.owner).dirty, index);
        }
    }
}

void ReferenceRecords::on_commit_timer(ProcessId id, Instant now) {
    Process& owner = process(id);
    owner.schedule.on_time(now);
    calendar_.schedule(owner.commit_slot, owner.schedule.next_wakeup());
    if (commits_block(groups_[static_cast<std::size_t>(owner.group)]) && !owner.running.empty()) {
        owner.commit_due = true;
    } else {
        commit_all(id, now);
    }
}

/// Commits sent while a JoinGroup is parked wait behind it and fail with its generation: a worker
/// that waits for its commit stands still until then, and what was to be committed is committed the
/// next time.
void ReferenceRecords::block_commits(ProcessId id, bool blocked, Instant now) {
    Process& owner = process(id);
    owner.commits_blocked = blocked;
    if (blocked) {
        return;
    }
    for (const AttemptId attempt : owner.waiting) {
        const AttemptState state = attempts_[attempt].state;
        if (state == AttemptState::committing || state == AttemptState::committing_first) {
            arm(attempt, now);
        }
    }
}

/// A synchronous commit of everything, behind whatever was in flight.
Instant ReferenceRecords::commit_finally(ProcessId id, std::span<const std::int32_t> lanes,
                                         Instant now) {
    const Process& owner = process(id);
    const Group& group = groups_[static_cast<std::size_t>(owner.group)];
    if (broker_down_) {
        return now;
    }
    bool sent = false;
    for (const std::int32_t index : lanes) {
        Lane& lane = lane_of(index);
        if (lane.shared) {
            sent = send_acknowledgements(claim_of(owner, index), now) || sent;
            continue;
        }
        if (group.coordinator_is_away) {
            continue;
        }
        if (lane.lease.in_flight()) {
            lane.lease.commit_failed(core::CommitError::retriable);
        }
        if (const auto value = lane.lease.committable(group.spec->commit.when)) {
            send_commit(index, *value, now);
            sent = true;
        }
    }
    return sent ? now + group.spec->overheads.commit_latency : now;
}

}  // namespace lagsim::sim
