/// Partitions change hands: where a new owner starts, what an old one leaves behind, what nobody
/// will ever process.
#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "sim/engine/reference/reference_records.h"

namespace lagsim::sim {

using core::Instant;
using core::Offset;

namespace {

/// What is to blame when records below a committed offset have no fate; none for a policy that
/// never lets that happen.
std::optional<LossCause> loss_cause_of(core::CommitWhen when) {
    switch (when) {
        case core::CommitWhen::before_processing:
            return LossCause::committed_before_processing;
        case core::CommitWhen::automatic:
            return LossCause::automatic_commit;
        case core::CommitWhen::max_finished:
            return LossCause::committed_past_unfinished;
        case core::CommitWhen::after_success:
        case core::CommitWhen::mark_only:
            break;
    }
    return std::nullopt;
}

}  // namespace

bool ReferenceRecords::has_valid_commit(const Lane& lane) const {
    const Log& log = log_of(lane);
    return lane.committed && *lane.committed >= log.start && *lane.committed <= log.end;
}

/// The committed offset if it is still there, else what the reset policy says; none = the consumer
/// stops.
std::optional<Offset> ReferenceRecords::start_offset(const Lane& lane) const {
    const Log& log = log_of(lane);
    if (has_valid_commit(lane)) {
        return lane.committed;
    }
    switch (scenario_.consumers[static_cast<std::size_t>(lane.group)].reset) {
        case core::OffsetReset::earliest:
            return log.start;
        case core::OffsetReset::latest:
            return log.end;
        case core::OffsetReset::none:
            break;
    }
    return std::nullopt;
}

void ReferenceRecords::assign(ProcessId id, std::span<const std::int32_t> lanes, Instant now,
                              Instant fetch_from) {
    Process& owner = process(id);
    owner.lanes.insert(owner.lanes.end(), lanes.begin(), lanes.end());
    std::ranges::sort(owner.lanes);
    for (const std::int32_t index : lanes) {
        Lane& lane = lane_of(index);
        if (lane.shared) {
            open_claim(id, index, now, fetch_from);
            continue;
        }
        LAGSIM_CHECK(lane.owner < 0, "a partition has one owner in a generation");
        lane.owner = id;
        lane.stopping = false;
        lane.first_lease = ++lane.lease_number;
        lane.in_hand = 0;
        lane.commit_dirty = false;
        lane.commit_wanted = false;
        lose_unreachable(index, now);
        trust_commit(lane, index, now);
        skip_to_latest(index, now);
        const std::optional<Offset> start = start_offset(lane);
        lane.stuck = !start.has_value();
        if (!lane.stuck) {
            lane.lease = core::Lease(*start, lane.dangles ? std::nullopt : lane.committed);
            lane.next = *start;
            skip_holes(lane);
            calendar_.schedule(lane.fetch_slot, fetch_from);
        }
    }
    capacity_changed(owner, now);
}

/// A commit that outlived its records: beyond the log's end it is out of range; where the log has
/// grown over it meanwhile, it hides the new records below.
void ReferenceRecords::trust_commit(Lane& lane, std::int32_t index, Instant now) {
    if (!lane.dangles) {
        return;
    }
    if (has_valid_commit(lane)) {
        lose_below(index, *lane.committed, *lane.dangles, now);
        lane.dangles.reset();
    } else {
        lane.last_end = DuplicateCause::offset_reset;
    }
}

/// Offsets below `end` without a fate are lost, except where somebody still has them in hand.
core::Records ReferenceRecords::lose_below(std::int32_t index, Offset end, LossCause cause,
                                           Instant now) {
    Lane& lane = lane_of(index);
    if (log_of(lane).retries) {
        return lose_copies_below(index, end, cause, now);
    }
    const Offset record_end{log_of(lane).index.number_from(end)};
    if (lane.ledger.settled_below() >= record_end) {
        return core::Records{0};
    }
    const auto in_hand = [&](Offset record) { return is_in_hand(index, record); };
    return lane.ledger.lose_below(record_end, cause, now, in_hand);
}

/// What no owner will be handed again: committed past, or deleted or skipped while it was in the
/// hand of somebody who has put it down since.
void ReferenceRecords::lose_unreachable(std::int32_t index, Instant now) {
    Lane& lane = lane_of(index);
    std::vector<Gone> gone;
    gone.swap(lane.gone);
    for (const Gone& record : gone) {
        lose_from_log(index, record.record, record.cause, now);
    }
    std::optional<LossCause> policy = loss_cause_of(group_of(lane).spec->commit.when);
    if (lane.shared && !policy) {
        policy = LossCause::delivery_limit;
    }
    const bool true_commit = lane.committed && !lane.dangles;
    if (true_commit && policy) {
        lose_below(index, *lane.committed, *policy, now);
    }
    lose_below(index, log_of(lane).start, LossCause::deleted_by_retention, now);
    lose_below(index, lane.skipped_to, LossCause::skipped_by_reset, now);
    lose_orphans(index, now);
    if (true_commit && !policy) {
        LAGSIM_CHECK(lose_below(index, *lane.committed, LossCause::dropped_by_policy, now) ==
                         core::Records{0},
                     "a correct commit policy never commits past an unfinished record");
    }
}

/// A new owner without a valid offset starts at the log's end: what is there now is never read.
void ReferenceRecords::skip_to_latest(std::int32_t index, Instant now) {
    Lane& lane = lane_of(index);
    const Log& log = log_of(lane);
    if (!has_valid_commit(lane) && group_of(lane).spec->reset == core::OffsetReset::latest) {
        lane.skipped_to = log.end;
        lose_below(index, log.end, LossCause::skipped_by_reset, now);
    }
}

/// A record that its log no longer has is lost, unless it has a fate, or somebody has it in hand:
/// then that is seen to later.
void ReferenceRecords::lose_from_log(std::int32_t index, Offset record, LossCause cause,
                                     Instant now) {
    Lane& lane = lane_of(index);
    if (is_in_hand(index, record)) {
        lane.gone.push_back({record, cause});
    } else {
        lane.ledger.lose(record, cause, now);
    }
}

/// Nobody is handed what is no record.
void ReferenceRecords::skip_holes(Lane& lane) {
    const Log& log = log_of(lane);
    while (lane.next < log.end && !log.has_record(lane.next)) {
        ++lane.next;
    }
}

/// In somebody's hand, or in a retry topic, from which it will be taken again. In the log of a
/// retry topic records are copies, and number and offset are the same.
bool ReferenceRecords::is_in_hand(std::int32_t index, Offset record) const {
    const Lane& lane = lanes_[static_cast<std::size_t>(index)];
    const auto acquired = [&](ClaimId claim) {
        const auto& records = claim_at(claim).acquired;
        return std::ranges::find(records, record, &Claim::Record::record) != records.end();
    };
    if (lane.copies.contains(record) ||
        (lane.shared && std::ranges::any_of(lane.shared->claims, acquired))) {
        return true;
    }
    return std::ranges::any_of(attempts_, [&](const Attempt& attempt) {
        const bool is_record = attempt.record.lane == index && attempt.record.number == record;
        const bool is_copy = attempt.lane == index && attempt.offset == record;
        return attempt.state != AttemptState::free_slot &&
               (log_of(lane).retries ? is_copy : is_record);
    });
}

void ReferenceRecords::hold_fetching(ProcessId id, std::span<const std::int32_t> lanes,
                                     Instant until, Instant now) {
    for (const std::int32_t index : lanes) {
        Lane& lane = lane_of(index);
        LAGSIM_CHECK(lane.owner == id, "only an owner fetches a partition");
        if (!lane.stuck) {
            set_consuming(lane, false, now);
            calendar_.schedule(lane.fetch_slot, until);
        }
    }
}

void ReferenceRecords::stop_fetching(ProcessId id, std::span<const std::int32_t> lanes,
                                     Instant now) {
    Process& owner = process(id);
    // What was told before about fewer lanes no longer holds.
    std::erase_if(notices_, [&](const RecordNotice& notice) {
        return notice.process == id && notice.kind == RecordNotice::Kind::drained;
    });
    owner.draining = true;
    for (const std::int32_t index : lanes) {
        Lane& lane = lane_of(index);
        if (lane.shared) {
            stop_claim(claim_of(owner, index), now);
            continue;
        }
        if (lane.stopping) {
            continue;
        }
        lane.stopping = true;
        calendar_.cancel(lane.fetch_slot);
        const bool fetched_ahead =
            !log_of(lane).retries && (has_leader(log_of(lane)) || lane.in_hand > 0);
        const Offset buffered = lane.next + group_of(lane).spec->revoke.buffered_records;
        lane.buffered_end = fetched_ahead ? std::min(log_of(lane).end, buffered) : lane.next;
        stop_at_buffer_end(lane, now);
    }
    const auto cut = [&](AttemptId attempt) {
        if (!given_up(attempts_[attempt]) || sleeps_on(attempts_[attempt])) {
            return false;
        }
        switch (attempts_[attempt].state) {
            case AttemptState::dead_letter_down:
            case AttemptState::retry_held:
            case AttemptState::committing_first:
                free_server(owner);
                [[fallthrough]];
            case AttemptState::backing_off:
            case AttemptState::ready:
                drop(attempt);
                return true;
            default:
                return false;
        }
    };
    const std::size_t before = owner.waiting.size();
    std::erase_if(owner.waiting, cut);
    const bool freed = owner.waiting.size() < before || !owner.claims.empty();
    if (owner.servers > 0 && freed) {
        feed_process(id, now);
    } else if (freed) {
        for (const std::int32_t index : lanes) {
            feed_lane(index, now);  // what is buffered behind a record that was put down
        }
    }
    report_if_drained(id, now);
}

void ReferenceRecords::return_claims(ProcessId id, Instant now) {
    Process& owner = process(id);
    std::erase_if(owner.waiting, [&](AttemptId waiting) {
        const Attempt& attempt = attempts_[waiting];
        if (attempt.state != AttemptState::undeliverable) {
            return false;
        }
        Lane& lane = lane_of(attempt.lane);
        if (lane.owner == id && lane.lease_number == attempt.lease) {
            lane.stopping = true;
            calendar_.cancel(lane.fetch_slot);
            lane.buffered_end = lane.next;
            stop_at_buffer_end(lane, now);
        }
        free_server(owner);
        drop(waiting);
        return true;
    });
    if (owner.servers > 0) {
        feed_process(id, now);
    }
    report_if_drained(id, now);
}

/// A partition that is being given up stands still as soon as nothing of it is buffered.
void ReferenceRecords::stop_at_buffer_end(Lane& lane, Instant now) {
    if (lane.stopping && lane.next >= lane.buffered_end) {
        set_consuming(lane, false, now);
    }
}

void ReferenceRecords::release(ProcessId id, std::span<const std::int32_t> lanes,
                               DuplicateCause cause, Instant now) {
    Process& owner = process(id);
    const std::vector<std::int32_t> given(lanes.begin(), lanes.end());
    const auto is_given = [&](std::int32_t lane) {
        return std::ranges::find(given, lane) != given.end();
    };
    for (const std::int32_t index : given) {
        if (lane_of(index).shared) {
            close_claim(claim_of(owner, index), cause, now);
            continue;
        }
        LAGSIM_CHECK(lane_of(index).owner == id, "only an owner gives a partition up");
        end_lease(index, cause, now);
    }
    std::erase_if(owner.lanes, is_given);
    std::erase_if(owner.dirty, is_given);
    if (owner.lanes.empty()) {
        owner.commit_due = false;
    }
    capacity_changed(owner, now);
}

void ReferenceRecords::end_lease(std::int32_t index, DuplicateCause cause, Instant now) {
    Lane& lane = lane_of(index);
    lane.lease.end();
    lane.owner = -1;
    lane.stopping = false;
    lane.commit_dirty = false;
    // An owner that got no further than those before it leaves the blame with them.
    const Offset done = lane.lease.tracker().finished_end();
    if (cause == DuplicateCause::zombie || done > lane.done_before) {
        lane.last_end = cause;
    }
    lane.done_before = std::max(lane.done_before, done);
    lane.stuck = false;
    calendar_.cancel(lane.fetch_slot);
    calendar_.cancel(lane.answered_slot);
    if (cause == DuplicateCause::zombie) {
        calendar_.cancel(lane.applied_slot);  // UNKNOWN_MEMBER_ID
    }
    set_consuming(lane, false, now);
}

void ReferenceRecords::kill(ProcessId id, DuplicateCause cause, Instant now) {
    Process& victim = process(id);
    Group& group = groups_[static_cast<std::size_t>(victim.group)];
    victim.cpu.set_busy(victim.cpu.busy(), now);  // brings its clock up to date
    group.in_progress -= static_cast<std::int64_t>(victim.running.size());
    for (const AttemptId attempt : victim.running) {
        group.totals.wasted_work += victim.cpu.progress() - attempts_[attempt].start_progress;
        drop(attempt);
    }
    for (const AttemptId attempt : victim.waiting) {
        drop(attempt);
    }
    victim.running.clear();
    victim.waiting.clear();
    victim.servers_taken = 0;
    release(id, victim.lanes, cause, now);
    group.totals.busy_time += victim.cpu.work(now) * 1000;
    victim.alive = false;
    capacity_changed(victim, now);
    calendar_.cancel(victim.completion_slot);
    calendar_.cancel(victim.commit_slot);
    calendar_.cancel(victim.poll_slot);
    std::erase_if(notices_, [&](const RecordNotice& notice) { return notice.process == id; });
}

void ReferenceRecords::set_consuming(Lane& lane, bool consuming, Instant now) {
    if (lane.fetching == consuming) {
        return;
    }
    lane.fetching = consuming;
    count_lanes_not_consuming(group_of(lane), consuming ? -1 : 1, now);
}

void ReferenceRecords::count_lanes_not_consuming(Group& group, std::int32_t by, Instant now) {
    group.totals.rebalance_pause += static_cast<core::int128>(group.lanes_not_consuming) *
                                    core::nanoseconds(now - group.pause_since);
    group.pause_since = now;
    group.lanes_not_consuming += by;
}

std::int64_t ReferenceRecords::capacity_of(const Process& owner) const {
    if (!owner.alive) {
        return 0;
    }
    const Group& group = groups_[static_cast<std::size_t>(owner.group)];
    const std::optional<double> full_speed = owner.cpu.full_speed_workers();
    const std::int64_t cores = full_speed ? std::llround(*full_speed * 1000.0) : INT64_MAX;
    if (owner.servers > 0) {
        return std::min(cores, std::int64_t{owner.servers} * 1000);
    }
    if (full_speed) {
        return cores;
    }
    return static_cast<std::int64_t>(owner.lanes.size()) * group.records_at_once * 1000;
}

void ReferenceRecords::capacity_changed(Process& owner, Instant now) {
    Group& group = groups_[static_cast<std::size_t>(owner.group)];
    group.totals.capacity_time +=
        static_cast<core::int128>(group.capacity) * core::nanoseconds(now - group.capacity_since);
    group.capacity_since = now;
    const std::int64_t capacity = capacity_of(owner);
    group.capacity += capacity - owner.capacity;
    owner.capacity = capacity;
}

/// Where the reset policy sends an owner whose position is out of the log's range. False: it stops.
bool ReferenceRecords::reset_position(std::int32_t index, Instant now) {
    Lane& lane = lane_of(index);
    const Log& log = log_of(lane);
    switch (group_of(lane).spec->reset) {
        case core::OffsetReset::earliest:
            lane.next = log.start;
            return true;
        case core::OffsetReset::latest:
            lane.next = lane.skipped_to = log.end;
            lose_below(index, log.end, LossCause::skipped_by_reset, now);
            return true;
        case core::OffsetReset::none:
            break;
    }
    lane.stuck = true;
    calendar_.cancel(lane.fetch_slot);
    set_consuming(lane, false, now);
    return false;
}

/// Retention: what nobody has read is lost, and a consumer that stands below jumps where its reset
/// policy says.
void ReferenceRecords::delete_below(std::int32_t log_index, Offset start, Instant now) {
    Log& log = logs_[static_cast<std::size_t>(log_index)];
    if (start <= log.start) {
        return;
    }
    const Offset old_start = log.start;
    log.start = std::min(start, log.end);
    for (const std::int32_t index : log.lanes) {
        Lane& lane = lane_of(index);
        Group& group = group_of(lane);
        if (!lane.committed) {
            lag_changed(group, -(log.start - old_start).value(), now);
        }
        if (lane.shared && lane.shared->partition) {
            lane.shared->partition->move_start(log.start);
            share_moved(index, now);
        }
        lose_below(index, log.start, LossCause::deleted_by_retention, now);
        if (lane.owner < 0 || lane.stuck || lane.next >= log.start) {
            continue;
        }
        if (reset_position(index, now)) {
            skip_holes(lane);
        }
        stop_at_buffer_end(lane, now);
        report_if_drained(lane.owner, now);
    }
    // Nobody can read below the log start: the arrival times go with the records.
    if (log.pulled != nullptr) {
        log.pulled->forget_below(log.start.value());
    }
    while (log.arrivals_base < log.start && !log.arrivals.empty()) {
        log.arrivals.pop_front();
        ++log.arrivals_base;
    }
}

}  // namespace lagsim::sim
