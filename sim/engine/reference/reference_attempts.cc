/// Records in hand: taken, worked on, tried again, dead-lettered, put down.
#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "core/commit/retry.h"
#include "sim/engine/reference/reference_records.h"

namespace lagsim::sim {

using core::Duration;
using core::Instant;
using models::Block;
using models::Purpose;

namespace {

std::uint64_t hash_finish(std::uint32_t entity, core::Offset offset, Instant now) {
    std::uint64_t z = static_cast<std::uint64_t>(core::nanoseconds(now)) ^
                      (static_cast<std::uint64_t>(offset.value()) * 0x9E3779B97F4A7C15U) ^
                      (std::uint64_t{entity} << 40);
    z = (z ^ (z >> 32)) * 0xD6E8FEB86659FD93U;
    return z ^ (z >> 29);
}

std::uint16_t attempt_purpose(std::int32_t number) {
    const auto first = static_cast<std::int32_t>(Purpose::first_attempt);
    return static_cast<std::uint16_t>(first + number % (65536 - first));
}

/// A large index apart from the record's own, for the n-th further draw of one record.
std::uint64_t nth_draw(core::Offset offset, std::uint64_t n) {
    return static_cast<std::uint64_t>(offset.value()) | ((n & 0xFFU) << 40);
}

}  // namespace

bool ReferenceRecords::can_take(const Lane& lane) const {
    if (!lane.fetching || broker_down_ || lane.next >= log_of(lane).end) {
        return false;
    }
    return lane.in_hand < groups_[static_cast<std::size_t>(lane.group)].records_at_once;
}

/// Something may have become possible for this lane: it takes what it can, or its pod's servers
/// choose.
void ReferenceRecords::feed_lane(std::int32_t index, Instant now) {
    Lane& lane = lane_of(index);
    if (!lane.fetching) {
        return;
    }
    Process& owner = process(lane.owner);
    if (owner.servers > 0) {
        feed_process(lane.owner, now);
        return;
    }
    bool any = false;
    while (can_take(lane)) {
        take(index, now);
        any = true;
    }
    if (any) {
        reschedule(lane.owner);
    }
}

/// What the head of a partition is as old as: its arrival, or when it was fetched.
Instant ReferenceRecords::turn_of(const Lane& lane) const {
    const Log& log = log_of(lane);
    const Instant arrived =
        log.arrivals[static_cast<std::size_t>((lane.next - log.arrivals_base).value())];
    const Overheads& overheads =
        scenario_.consumers[static_cast<std::size_t>(lane.group)].overheads;
    return overheads.fetch_order == Overheads::FetchOrder::fetched
               ? std::max(arrived, lane.fetching_from)
               : arrived;
}

/// Free servers of a pod take the oldest record that waits: a retry that is due, or the head of a
/// partition.
void ReferenceRecords::feed_process(ProcessId id, Instant now) {
    Process& owner = process(id);
    while (owner.servers_taken < owner.servers) {
        std::int32_t best_lane = -1;
        std::int64_t best_retry = -1;
        Instant oldest = core::never;
        const auto older = [&](Instant arrived, std::int32_t lane) {
            return arrived < oldest || (arrived == oldest && lane < best_lane);
        };
        for (const AttemptId id_waiting : owner.waiting) {
            const Attempt& attempt = attempts_[id_waiting];
            if (attempt.state == AttemptState::ready && older(attempt.arrived, attempt.lane)) {
                best_retry = std::int64_t{id_waiting};
                best_lane = attempt.lane;
                oldest = attempt.arrived;
            }
        }
        for (const std::int32_t index : owner.lanes) {
            const Lane& lane = lane_of(index);
            if (can_take(lane)) {
                const Instant turn = turn_of(lane);
                if (older(turn, index)) {
                    best_retry = -1;
                    best_lane = index;
                    oldest = turn;
                }
            }
        }
        if (best_retry >= 0) {
            start_again(static_cast<AttemptId>(best_retry), now);
        } else if (best_lane >= 0) {
            take(best_lane, now);
        } else {
            break;
        }
    }
    reschedule(id);
}

void ReferenceRecords::take(std::int32_t index, Instant now) {
    Lane& lane = lane_of(index);
    Process& owner = process(lane.owner);
    Group& group = group_of(lane);
    const core::Offset offset = lane.next;
    ++lane.next;
    ++lane.in_hand;
    lane.lease.deliver(core::OffsetRange::one(offset));
    const Block block =
        streams_.block(static_cast<std::uint64_t>(offset.value()), entity(lane), Purpose::record);
    AttemptId id = 0;
    if (free_attempts_.empty()) {
        id = static_cast<AttemptId>(attempts_.size());
        attempts_.emplace_back().timer =
            calendar_.add({attempt_timer, static_cast<std::int32_t>(id), 0}, 0);
    } else {
        id = free_attempts_.back();
        free_attempts_.pop_back();
    }
    Attempt& attempt = attempts_[id];
    const Log& log = log_of(lane);
    attempt.offset = offset;
    attempt.arrived = log.arrivals[static_cast<std::size_t>((offset - log.arrivals_base).value())];
    attempt.lane = index;
    attempt.lease = lane.lease_number;
    attempt.process = lane.owner;
    attempt.number = 1;
    attempt.poison = block[3] < group.poison_below;
    attempt.transient_word = block[2];
    attempt.finish_progress = core::nanoseconds(group.service.at(block[1]));
    if (owner.servers > 0) {
        ++owner.servers_taken;
    }
    count_for_commit(owner, lane.owner, index, true, now);
    if (owner.commit_due && core::CommitSchedule::counts_deliveries(group.spec->commit.when)) {
        // A synchronous commit before processing: the worker waits for its answer first.
        owner.commit_due = false;
        commit_all(lane.owner, now);
        attempt.state = AttemptState::committing_first;
        owner.waiting.push_back(id);
        arm(id, commit_answer_at(owner, now));
        return;
    }
    start_attempt(id, now);
}

/// Sets the attempt's timer; ties go by lane, then offset.
void ReferenceRecords::arm(AttemptId id, Instant time) {
    Attempt& attempt = attempts_[id];
    calendar_.remove(attempt.timer);
    attempt.timer = calendar_.add({attempt_timer, static_cast<std::int32_t>(id), 0},
                                  make_rank(attempt_timer, static_cast<std::uint32_t>(attempt.lane),
                                            static_cast<std::uint32_t>(attempt.offset.value())));
    calendar_.schedule(attempt.timer, time);
}

/// `finish_progress` holds the work until here; from here on the reading of the clock at which it
/// is done.
void ReferenceRecords::start_attempt(AttemptId id, Instant now) {
    Attempt& attempt = attempts_[id];
    Process& owner = process(attempt.process);
    const Group& group = groups_[static_cast<std::size_t>(owner.group)];
    std::int64_t work = attempt.finish_progress;
    if (group.slow_down != 1.0) {
        work = std::llround(static_cast<double>(work) * group.slow_down);
    }
    owner.running.push_back(id);
    owner.cpu.set_busy(static_cast<std::int32_t>(owner.running.size()), now);
    attempt.state = AttemptState::running;
    attempt.start_progress = owner.cpu.progress();
    attempt.finish_progress = attempt.start_progress + std::max<std::int64_t>(1, work);
    if (owner.servers == 1) {
        owner.turn_since = now;
        watch_poll(attempt.process, now);
    }
}

void ReferenceRecords::start_again(AttemptId id, Instant now) {
    Attempt& attempt = attempts_[id];
    Process& owner = process(attempt.process);
    std::erase(owner.waiting, id);
    const Lane& lane = lane_of(attempt.lane);
    Group& group = group_of(lane);
    ++attempt.number;
    ++group.totals.retries;
    const Block block = streams_.block(static_cast<std::uint64_t>(attempt.offset.value()),
                                       entity(lane), attempt_purpose(attempt.number));
    attempt.transient_word = block[2];
    attempt.finish_progress = core::nanoseconds(group.service.at(block[1]));
    if (owner.servers > 0) {
        ++owner.servers_taken;
    }
    start_attempt(id, now);
}

/// The pod's next attempt is done: the one whose reading comes first, the lower lane at a tie.
void ReferenceRecords::on_completion(ProcessId id, Instant now) {
    Process& owner = process(id);
    std::size_t first = 0;
    for (std::size_t i = 1; i < owner.running.size(); ++i) {
        const Attempt& a = attempts_[owner.running[i]];
        const Attempt& b = attempts_[owner.running[first]];
        if (a.finish_progress < b.finish_progress ||
            (a.finish_progress == b.finish_progress &&
             (a.lane < b.lane || (a.lane == b.lane && a.offset < b.offset)))) {
            first = i;
        }
    }
    const AttemptId done = owner.running[first];
    owner.running.erase(owner.running.begin() + static_cast<std::ptrdiff_t>(first));
    owner.cpu.set_busy(static_cast<std::int32_t>(owner.running.size()), now);
    const Attempt& attempt = attempts_[done];
    const Group& group = groups_[static_cast<std::size_t>(owner.group)];
    if (owner.servers == 1) {
        calendar_.cancel(owner.poll_slot);
        report_poll(id, now);
    }
    if (attempt.poison || attempt.transient_word < group.transient_below || group.downstream_down) {
        failed(done, now);
    } else {
        succeeded(done, now);
    }
    carry_on(id, now);
}

/// After something has happened to a record in its hand: what the process does next.
void ReferenceRecords::carry_on(ProcessId id, Instant now) {
    if (process(id).servers > 0) {
        feed_process(id, now);
    } else {
        reschedule(id);
    }
    report_if_drained(id, now);
}

void ReferenceRecords::succeeded(AttemptId id, Instant now) {
    const Attempt& attempt = attempts_[id];
    Lane& lane = lane_of(attempt.lane);
    Group& group = group_of(lane);
    const bool zombie = attempt.lease != lane.lease_number || lane.owner != attempt.process;
    const std::int64_t lost_before = lane.ledger.lost();
    const std::int64_t dead_before = lane.ledger.dead_lettered();
    const bool first =
        lane.ledger.finish(attempt.offset, now, zombie ? DuplicateCause::zombie : lane.last_end);
    group.totals.lost += lane.ledger.lost() - lost_before;
    group.totals.dead_lettered += lane.ledger.dead_lettered() - dead_before;
    if (first) {
        ++group.totals.finished;
        if (now >= warmup_) {
            ++group.finished_after_warmup;
        }
        if (attempt.arrived >= warmup_) {
            group.latency.record(now - attempt.arrived);
        }
    } else {
        ++group.totals.duplicates;
    }
    fingerprint_ += hash_finish(entity(lane), attempt.offset, now);
    if (observer_ != nullptr) {
        observer_->finished(attempt.process, attempt.lane, attempt.offset, now);
    }
    after_fate(id, now);
}

void ReferenceRecords::failed(AttemptId id, Instant now) {
    Attempt& attempt = attempts_[id];
    Process& owner = process(attempt.process);
    const Lane& lane = lane_of(attempt.lane);
    const ConsumerGroup& spec = *group_of(lane).spec;
    const core::RetryDecision decision =
        core::after_failure(attempt.number, spec.retry.backoff, spec.dead_letter.has_value());
    const bool gives_up = decision.action == core::RetryDecision::Action::dead_letter;
    const bool must_wait = !gives_up || group_of(lane).dead_letter_is_down;
    if (must_wait && given_up(attempt)) {
        // A worker that must give the partition up waits for nothing: the next owner starts anew.
        free_server(owner);
        drop(id);
        return;
    }
    if (gives_up) {
        owner.waiting.push_back(id);
        dead_letter(id, now);
        return;
    }
    free_server(owner);
    owner.waiting.push_back(id);
    attempt.state = AttemptState::backing_off;
    arm(id, now + backoff_of(attempt, decision.backoff));
}

Duration ReferenceRecords::backoff_of(const Attempt& attempt, Duration base) const {
    const Lane& lane = lanes_[static_cast<std::size_t>(attempt.lane)];
    const double jitter = scenario_.consumers[static_cast<std::size_t>(lane.group)].retry.jitter;
    if (jitter <= 0.0) {
        return base;
    }
    const Block block = streams_.block(static_cast<std::uint64_t>(attempt.offset.value()),
                                       entity(lane), attempt_purpose(attempt.number + 1));
    const double u = models::probability_of(block[0]);
    const double factor = 1.0 + jitter * (2.0 * u - 1.0);
    return Duration{std::llround(static_cast<double>(base.count()) * factor)};
}

void ReferenceRecords::dead_letter(AttemptId id, Instant now) {
    Attempt& attempt = attempts_[id];
    const Group& group = groups_[static_cast<std::size_t>(process(attempt.process).group)];
    if (group.dead_letter_is_down) {
        attempt.state = AttemptState::dead_letter_down;
        return;
    }
    attempt.state = AttemptState::dead_lettering;
    arm(id, now + dead_letter_time(attempt));
}

/// Produce attempts that fail are repeated at once until one is accepted.
Duration ReferenceRecords::dead_letter_time(const Attempt& attempt) const {
    const Lane& lane = lanes_[static_cast<std::size_t>(attempt.lane)];
    const Group& group = groups_[static_cast<std::size_t>(lane.group)];
    Duration total{0};
    for (std::uint64_t n = 0; n < 256; ++n) {
        const Block block =
            streams_.block(nth_draw(attempt.offset, n), entity(lane), Purpose::dead_letter);
        total += group.dead_letter->at(block[0]);
        if (block[1] >= group.dead_letter_below) {
            break;
        }
    }
    return total;
}

void ReferenceRecords::on_attempt_timer(AttemptId id, Instant now) {
    Attempt& attempt = attempts_[id];
    const ProcessId owner_id = attempt.process;
    Process& owner = process(owner_id);
    if (attempt.state == AttemptState::dead_lettering) {
        std::erase(owner.waiting, id);
        dead_lettered(id, now);
    } else if (attempt.state == AttemptState::committing) {
        std::erase(owner.waiting, id);
        put_down(id, now);
    } else if (attempt.state == AttemptState::committing_first) {
        std::erase(owner.waiting, id);
        start_attempt(id, now);
    } else if (owner.servers > 0) {
        attempt.state = AttemptState::ready;
    } else {
        start_again(id, now);
    }
    carry_on(owner_id, now);
}

void ReferenceRecords::dead_lettered(AttemptId id, Instant now) {
    const Attempt& attempt = attempts_[id];
    Lane& lane = lane_of(attempt.lane);
    Group& group = group_of(lane);
    const std::int64_t lost_before = lane.ledger.lost();
    if (lane.ledger.dead_letter(attempt.offset)) {
        ++group.totals.dead_lettered;
    }
    group.totals.lost += lane.ledger.lost() - lost_before;
    fingerprint_ += hash_finish(entity(lane) ^ 0x8000'0000U, attempt.offset, now);
    after_fate(id, now);
}

/// The record is settled: the lease learns of it, a commit may be due, the worker goes on.
void ReferenceRecords::after_fate(AttemptId id, Instant now) {
    Attempt& attempt = attempts_[id];
    Lane& lane = lane_of(attempt.lane);
    Process& owner = process(attempt.process);
    if (attempt.lease == lane.lease_number &&
        lane.lease.finish(core::OffsetRange::one(attempt.offset))) {
        mark_dirty(attempt.lane);
        count_for_commit(owner, attempt.process, attempt.lane, false, now);
        if (owner.commit_due) {
            owner.commit_due = false;
            const Overheads& overheads = group_of(lane).spec->overheads;
            commit_all(attempt.process, now);
            if (overheads.commit_latency > Duration{0}) {
                owner.waiting.push_back(id);
                attempt.state = AttemptState::committing;
                arm(id, commit_answer_at(owner, now));
                return;
            }
        }
    }
    put_down(id, now);
}

/// The worker is free of this record and may take the next one.
void ReferenceRecords::put_down(AttemptId id, Instant now) {
    const std::int32_t index = attempts_[id].lane;
    const ProcessId owner_id = attempts_[id].process;
    free_server(process(owner_id));
    drop(id);
    Lane& lane = lane_of(index);
    if (lane.owner == owner_id && process(owner_id).servers == 0) {
        while (can_take(lane)) {
            take(index, now);
        }
    }
}

void ReferenceRecords::drop(AttemptId id) {
    Attempt& attempt = attempts_[id];
    Lane& lane = lane_of(attempt.lane);
    if (attempt.lease == lane.lease_number) {
        --lane.in_hand;
    }
    calendar_.cancel(attempt.timer);
    attempt.state = AttemptState::free_slot;
    free_attempts_.push_back(id);
}

void ReferenceRecords::free_server(Process& owner) {
    if (owner.servers > 0) {
        --owner.servers_taken;
    }
}

void ReferenceRecords::reschedule(ProcessId id) {
    Process& owner = process(id);
    Instant next = core::never;
    if (!owner.running.empty()) {
        std::int64_t first = attempts_[owner.running.front()].finish_progress;
        for (const AttemptId running : owner.running) {
            first = std::min(first, attempts_[running].finish_progress);
        }
        next = owner.cpu.reaches(first);
    }
    calendar_.schedule(owner.completion_slot, next);
}

/// Its partition is being given up, or is no longer its worker's.
bool ReferenceRecords::given_up(const Attempt& attempt) const {
    const Lane& lane = lanes_[static_cast<std::size_t>(attempt.lane)];
    return lane.stopping || lane.owner != attempt.process || lane.lease_number != attempt.lease;
}

/// Whether one loop polls and works in turn, so that a long record keeps it from polling. Sarama
/// works in goroutines and knows no max.poll.interval.
bool ReferenceRecords::polls_between_records(const Process& owner) const {
    return owner.servers == 1;
}

void ReferenceRecords::ask_for_poll(ProcessId id, Instant now) {
    Process& owner = process(id);
    owner.poll_asked = true;
    if (!polls_between_records(owner) || owner.servers_taken == 0) {
        report_poll(id, now);
    }
}

/// When a worker that waits for its commit goes on. Behind a parked JoinGroup on the same
/// connection that is when the join is answered; Java's client fails such a commit at once.
Instant ReferenceRecords::commit_answer_at(const Process& owner, Instant now) const {
    const Group& group = groups_[static_cast<std::size_t>(owner.group)];
    const bool waits =
        owner.commits_blocked && group.spec->protocol.client != models::ClientProfile::java;
    return waits ? core::never : now + group.spec->overheads.commit_latency;
}

void ReferenceRecords::report_poll(ProcessId id, Instant now) {
    Process& owner = process(id);
    if (owner.alive && owner.poll_asked) {
        owner.poll_asked = false;
        notices_.push_back({RecordNotice::Kind::poll_turned, now, id});
    }
}

/// Sets the timer of a record that will keep the poll loop longer than max.poll.interval, as far as
/// can be told now.
void ReferenceRecords::watch_poll(ProcessId id, Instant now) {
    Process& owner = process(id);
    const models::ProtocolParameters& protocol =
        groups_[static_cast<std::size_t>(owner.group)].spec->protocol;
    if (!polls_between_records(owner) || protocol.client == models::ClientProfile::sarama ||
        owner.running.empty()) {
        return;
    }
    const Instant done = owner.cpu.reaches(attempts_[owner.running.front()].finish_progress);
    const Instant limit = owner.turn_since + protocol.max_poll_interval;
    calendar_.schedule(owner.poll_slot, done > limit ? std::max(now, limit) : core::never);
}

void ReferenceRecords::on_poll_timer(ProcessId id, Instant now) {
    if (process(id).alive && !process(id).running.empty()) {
        notices_.push_back({RecordNotice::Kind::poll_overdue, now, id});
    }
}

void ReferenceRecords::report_if_drained(ProcessId id, Instant now) {
    Process& owner = process(id);
    const auto still_there = [&](AttemptId attempt) { return given_up(attempts_[attempt]); };
    if (owner.alive && owner.draining && std::ranges::none_of(owner.running, still_there) &&
        std::ranges::none_of(owner.waiting, still_there)) {
        owner.draining = false;
        notices_.push_back({RecordNotice::Kind::drained, now, id});
    }
}

void ReferenceRecords::set_dead_letter_down(std::int32_t group, bool down, Instant now) {
    groups_[static_cast<std::size_t>(group)].dead_letter_is_down = down;
    if (down) {
        return;
    }
    for (const Process& p : processes_) {
        if (p.group != group || !p.alive) {
            continue;
        }
        for (const AttemptId id : p.waiting) {
            if (attempts_[id].state == AttemptState::dead_letter_down) {
                dead_letter(id, now);
            }
        }
    }
}

}  // namespace lagsim::sim
