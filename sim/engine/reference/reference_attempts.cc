/// Records in hand: taken, worked on, tried again, dead-lettered, put down.
#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "core/commit/retry.h"
#include "sim/engine/finish_hash.h"
#include "sim/engine/reference/reference_records.h"

namespace lagsim::sim {

using core::Duration;
using core::Instant;
using models::Block;
using models::Purpose;

namespace {

/// A large index apart from the record's own, for the n-th further draw of one record.
std::uint64_t nth_draw(core::Offset record, std::uint64_t n) {
    return static_cast<std::uint64_t>(record.value()) | ((n & 0xFFU) << 40);
}

}  // namespace

bool ReferenceRecords::can_take(const Lane& lane, Instant now) const {
    const Log& log = log_of(lane);
    // What was fetched before needs no broker.
    const core::Offset end = lane.stopping ? lane.buffered_end : log.end;
    if (!lane.fetching || (!has_leader(log) && !lane.stopping) || lane.next >= end) {
        return false;
    }
    if (log.retries && log.copies.at(lane.next).due > now) {
        return false;
    }
    const Group& group = groups_[static_cast<std::size_t>(lane.group)];
    return lane.in_hand < group.records_at_once &&
           lane.lease.may_deliver(lane.next, group.spec->commit.max_window);
}

/// Something may have become possible for this lane: it takes what it can, or its pod's servers
/// choose.
void ReferenceRecords::feed_lane(std::int32_t index, Instant now) {
    Lane& lane = lane_of(index);
    if (!lane.fetching) {
        return;
    }
    if (lane.shared) {
        feed_claims(index, now);
        return;
    }
    Process& owner = process(lane.owner);
    if (owner.servers > 0) {
        feed_process(lane.owner, now);
        return;
    }
    bool any = false;
    while (can_take(lane, now)) {
        take(index, now);
        any = true;
    }
    if (any) {
        reschedule(lane.owner);
    }
}

/// What the head of a partition is as old as: its arrival, or when it was fetched.
Instant ReferenceRecords::turn_of(const Lane& lane) const {
    const Instant arrived = log_of(lane).arrival(lane.next);
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
        poll_claims(owner, now);
        std::int32_t best_lane = -1;
        ClaimId best_claim = -1;
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
            if (!lane.shared && can_take(lane, now)) {
                const Instant turn = turn_of(lane);
                if (older(turn, index)) {
                    best_retry = -1;
                    best_lane = index;
                    oldest = turn;
                }
            }
        }
        for (const ClaimId claim_id : owner.claims) {
            const Claim& claim = claim_at(claim_id);
            if (claim.stopping || claim.acquired.empty()) {
                continue;
            }
            if (older(claim.acquired.front().arrived, claim.lane)) {
                best_retry = -1;
                best_lane = claim.lane;
                best_claim = claim_id;
                oldest = claim.acquired.front().arrived;
            }
        }
        if (best_retry >= 0) {
            start_again(static_cast<AttemptId>(best_retry), now);
        } else if (best_claim >= 0) {
            take_shared(best_claim, now);
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
    const core::Offset offset = lane.next;
    ++lane.next;
    skip_holes(lane);
    ++lane.in_hand;
    stop_at_buffer_end(lane, now);
    lane.lease.deliver(core::OffsetRange::one(offset));
    const Log& log = log_of(lane);
    const AttemptId id = pick_up(index, lane.owner, log.fetch(offset));
    if (log.retries) {
        take_up_copy(attempts_[id]);
        ++group_of(lane).totals.retries;
        watch_due(index, now);
    }
    begin(id, now);
}

ReferenceRecords::AttemptId ReferenceRecords::free_attempt() {
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

/// The record in the process's hand, before its first attempt.
void ReferenceRecords::hand_over(AttemptId id, std::int32_t index, ProcessId owner,
                                 const Fetched& fetched) {
    Attempt& attempt = attempts_[id];
    attempt.offset = fetched.offset;
    attempt.record = {index, fetched.record};
    attempt.arrived = fetched.arrived;
    attempt.lane = index;
    attempt.lease = lane_of(index).lease_number;
    attempt.process = owner;
    attempt.claim = -1;
    attempt.delivery = 1;
    attempt.vanished = false;
    attempt.number = 1;
    attempt.failed_produces = 0;
}

/// The record in the process's hand, its first attempt drawn.
ReferenceRecords::AttemptId ReferenceRecords::pick_up(std::int32_t index, ProcessId owner,
                                                      const Fetched& fetched) {
    const Lane& lane = lane_of(index);
    const Group& group = group_of(lane);
    const Block block = streams_.block(static_cast<std::uint64_t>(fetched.record.value()),
                                       entity(lane), Purpose::record);
    const AttemptId id = free_attempt();
    hand_over(id, index, owner, fetched);
    Attempt& attempt = attempts_[id];
    attempt.poison = block[3] < group.poison_below;
    attempt.transient_word = block[2];
    attempt.finish_progress = core::nanoseconds(group.service.at(block[1]));
    apply_mark(attempt);
    return id;
}

void ReferenceRecords::begin(AttemptId id, Instant now) {
    Attempt& attempt = attempts_[id];
    const ProcessId owner_id = attempt.process;
    Process& owner = process(owner_id);
    const Group& group = groups_[static_cast<std::size_t>(owner.group)];
    if (owner.servers > 0) {
        ++owner.servers_taken;
    }
    settle(attempt, true);
    count_for_commit(owner, owner_id, attempt.lane, true, now);
    if (owner.commit_due && core::CommitSchedule::counts_deliveries(group.spec->commit.when)) {
        // A synchronous commit before processing: the worker waits for its answer first.
        owner.commit_due = false;
        commit_all(owner_id, now);
        attempt.state = AttemptState::committing_first;
        owner.waiting.push_back(id);
        arm(id, commit_answer_at(owner, now));
        return;
    }
    start_attempt(id, now);
}

/// A publication may have made its records poison or slow.
void ReferenceRecords::apply_mark(Attempt& attempt) const {
    const Log& log = log_of(lanes_[static_cast<std::size_t>(attempt.record.lane)]);
    const auto mark = log.marks.find(attempt.record.number);
    if (mark == log.marks.end()) {
        return;
    }
    const Publication& publication = marks_[static_cast<std::size_t>(mark->second)];
    attempt.poison = attempt.poison || publication.poison;
    if (publication.service_time) {
        attempt.finish_progress = core::nanoseconds(*publication.service_time);
    }
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
    Group& group = groups_[static_cast<std::size_t>(owner.group)];
    owner.running.push_back(id);
    ++group.in_progress;
    const std::int64_t work = slowed(group, attempt.finish_progress);
    owner.cpu.set_busy(static_cast<std::int32_t>(owner.running.size()), now);
    attempt.state = AttemptState::running;
    attempt.start_progress = owner.cpu.progress();
    attempt.finish_progress = attempt.start_progress + std::max<std::int64_t>(1, work);
    if (owner.servers == 1) {
        owner.turn_since = now;
        watch_poll(attempt.process, now);
    }
}

/// Service time of an attempt that begins now, counted among those in progress.
std::int64_t ReferenceRecords::slowed(Group& group, std::int64_t work) {
    constexpr double longest = 0x1p61;  // [ns] 73 years
    double factor = group.slow_down;
    if (group.downstream) {
        factor *= group.downstream->slow_down(group.in_progress);
    }
    return factor == 1.0 ? work
                         : std::llround(std::min(longest, static_cast<double>(work) * factor));
}

void ReferenceRecords::start_again(AttemptId id, Instant now) {
    Attempt& attempt = attempts_[id];
    Process& owner = process(attempt.process);
    std::erase(owner.waiting, id);
    const Lane& lane = lane_of(attempt.lane);
    Group& group = group_of(lane);
    ++attempt.number;
    ++group.totals.retries;
    draw_again(attempt);
    if (owner.servers > 0) {
        ++owner.servers_taken;
    }
    start_attempt(id, now);
}

/// The work and the luck of an attempt that is not the record's first.
void ReferenceRecords::draw_again(Attempt& attempt) const {
    const Lane& lane = lanes_[static_cast<std::size_t>(attempt.record.lane)];
    const Group& group = groups_[static_cast<std::size_t>(lane.group)];
    const Block block = streams_.block(static_cast<std::uint64_t>(attempt.record.number.value()),
                                       entity(lane), attempt_purpose(draw_number(attempt)));
    attempt.transient_word = block[2];
    attempt.finish_progress = core::nanoseconds(group.service.at(block[1]));
    apply_mark(attempt);
}

/// The pod's next attempt is done: the one whose reading comes first, the lower lane at a tie.
void ReferenceRecords::on_completion(ProcessId id, Instant now) {
    const Process& owner = process(id);
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
    complete(id, first, now);
}

/// Attempt number `running` of those in progress is done.
void ReferenceRecords::complete(ProcessId id, std::size_t running, Instant now) {
    Process& owner = process(id);
    const AttemptId done = owner.running[running];
    owner.running.erase(owner.running.begin() + static_cast<std::ptrdiff_t>(running));
    owner.cpu.set_busy(static_cast<std::int32_t>(owner.running.size()), now);
    const Attempt& attempt = attempts_[done];
    Group& group = groups_[static_cast<std::size_t>(owner.group)];
    --group.in_progress;
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
    const Lane& held = lane_of(attempt.lane);
    Lane& lane = lane_of(attempt.record.lane);
    Group& group = group_of(lane);
    const bool zombie = attempt.claim >= 0
                            ? !lock_held(attempt)
                            : attempt.lease < held.first_lease || held.owner != attempt.process;
    const bool first = lane.ledger.finish(attempt.record.number, now,
                                          zombie ? DuplicateCause::zombie : held.last_end);
    if (first) {
        if (now >= warmup_) {
            ++group.finished_after_warmup;
        }
        if (attempt.arrived >= warmup_) {
            group.latency.record(now - attempt.arrived);
        }
    }
    fingerprint_ += hash_finish(entity(lane), attempt.record.number, now);
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
    const auto decide =
        attempt.claim >= 0 ? core::after_failure_in_share_group : core::after_failure;
    const core::RetryDecision decision =
        decide(attempt.number, spec.retry.backoff, spec.dead_letter.has_value());
    if (decision.action == core::RetryDecision::Action::release) {
        free_server(owner);
        const Attempt given_back = attempt;
        drop(id);
        release_record(given_back, now);
        return;
    }
    if (decision.action == core::RetryDecision::Action::dead_letter) {
        owner.waiting.push_back(id);
        dead_letter(id, now);
        return;
    }
    if (!spec.retry.topics.empty()) {
        owner.waiting.push_back(id);
        produce_retry(id, now);
        return;
    }
    if (given_up(attempt) && (!sleeps_on(attempt) || begins_again(attempt))) {
        // The next owner starts anew.
        put_down(id, now);
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
    const Block block = streams_.block(static_cast<std::uint64_t>(attempt.record.number.value()),
                                       entity(lane), attempt_purpose(draw_number(attempt) + 1));
    const double u = models::probability_of(block[0]);
    const double factor = 1.0 + jitter * (2.0 * u - 1.0);
    return Duration{std::llround(static_cast<double>(base.count()) * factor)};
}

/// In `waiting` of its process; what comes next for it.
void ReferenceRecords::dead_letter(AttemptId id, Instant now) {
    Attempt& attempt = attempts_[id];
    Process& owner = process(attempt.process);
    const Group& group = groups_[static_cast<std::size_t>(owner.group)];
    const DeadLetter& topic = *group.spec->dead_letter;
    switch (core::before_produce(attempt.failed_produces, group.dead_letter_is_down, topic.attempts,
                                 topic.when_down)) {
        case core::ProduceDecision::produce:
            produce(id, now);
            break;
        case core::ProduceDecision::wait:
            if (given_up(attempt) && !sleeps_on(attempt)) {
                std::erase(owner.waiting, id);
                put_down(id, now);
            } else {
                attempt.state = AttemptState::dead_letter_down;
            }
            break;
        case core::ProduceDecision::stop:
            attempt.state = AttemptState::undeliverable;
            notices_.push_back({RecordNotice::Kind::gave_up, now, attempt.process});
            break;
        case core::ProduceDecision::drop:
            std::erase(owner.waiting, id);
            give_up(id, now);
            break;
    }
}

/// One produce; it fails by chance, or because the topic is down when it begins.
void ReferenceRecords::produce(AttemptId id, Instant now) {
    constexpr std::int32_t last_draw = 255;  // accepted whatever it says
    Attempt& attempt = attempts_[id];
    const Lane& lane = lane_of(attempt.record.lane);
    const Group& group = group_of(lane);
    const std::int32_t n = std::min(attempt.failed_produces, last_draw);
    const Block block =
        streams_.block(nth_draw(attempt.record.number, static_cast<std::uint64_t>(n)), entity(lane),
                       Purpose::dead_letter);
    attempt.produce_fails =
        group.dead_letter_is_down || (block[1] < group.dead_letter_below && n < last_draw);
    attempt.state = AttemptState::dead_lettering;
    arm(id, now + group.dead_letter->at(block[0]));
}

void ReferenceRecords::on_attempt_timer(AttemptId id, Instant now) {
    Attempt& attempt = attempts_[id];
    const ProcessId owner_id = attempt.process;
    Process& owner = process(owner_id);
    if (attempt.state == AttemptState::dead_lettering && attempt.produce_fails) {
        ++attempt.failed_produces;
        dead_letter(id, now);
    } else if (attempt.state == AttemptState::dead_lettering) {
        std::erase(owner.waiting, id);
        dead_lettered(id, now);
    } else if (attempt.state == AttemptState::retry_producing) {
        retry_produced(id, now);
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
    Lane& lane = lane_of(attempt.record.lane);
    lane.ledger.dead_letter(attempt.record.number);
    fingerprint_ += hash_finish(entity(lane) ^ 0x8000'0000U, attempt.record.number, now);
    after_fate(id, now);
}

/// Dropped: nobody will see it, and its offset may be committed. A worker whose lease has ended
/// drops nothing, since the next owner starts the record anew.
void ReferenceRecords::give_up(AttemptId id, Instant now) {
    const Attempt& attempt = attempts_[id];
    const Lane& held = lane_of(attempt.lane);
    Lane& lane = lane_of(attempt.record.lane);
    const bool owned = attempt.claim >= 0 ? lock_held(attempt)
                                          : attempt.lease == held.lease_number && held.lease.live();
    if (!owned) {
        put_down(id, now);
        return;
    }
    lane.ledger.lose(attempt.record.number, LossCause::dropped_by_policy, now);
    after_fate(id, now);
}

/// The record is settled: the lease learns of it, a commit may be due, the worker goes on.
void ReferenceRecords::after_fate(AttemptId id, Instant now) {
    Attempt& attempt = attempts_[id];
    Lane& lane = lane_of(attempt.lane);
    Process& owner = process(attempt.process);
    settle_copy(attempt);
    const bool counts = attempt.claim >= 0
                            ? lock_held(attempt)
                            : attempt.lease == lane.lease_number &&
                                  lane.lease.finish(core::OffsetRange::one(attempt.offset));
    if (counts) {
        settle(attempt, false);
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
    const ClaimId claim = attempts_[id].claim;
    free_server(process(owner_id));
    drop(id);
    if (claim >= 0) {
        feed_claim(claim, now);
        return;
    }
    Lane& lane = lane_of(index);
    if (lane.owner == owner_id && process(owner_id).servers == 0) {
        while (can_take(lane, now)) {
            take(index, now);
        }
    }
}

void ReferenceRecords::drop(AttemptId id) {
    Attempt& attempt = attempts_[id];
    Lane& lane = lane_of(attempt.lane);
    if (attempt.claim >= 0) {
        --claim_at(attempt.claim).in_hand;
    } else if (attempt.lease >= lane.first_lease) {
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
    if (owner.stepped) {
        return;
    }
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
    if (attempt.claim >= 0) {
        const Claim& claim = claim_at(attempt.claim);
        return claim.stopping || !claim.open;
    }
    const Lane& lane = lanes_[static_cast<std::size_t>(attempt.lane)];
    return lane.stopping || lane.owner != attempt.process || lane.lease_number != attempt.lease;
}

/// Whether its handler waits for its next attempt although its partition is given up.
bool ReferenceRecords::sleeps_on(const Attempt& attempt) const {
    const auto group = static_cast<std::size_t>(process(attempt.process).group);
    return attempt.claim < 0 && groups_[group].spec->revoke.backoff == Revoke::Backoff::wait;
}

/// Without a dead-letter topic the back-offs come round for ever; a handler that sleeps through the
/// session's end looks up when they begin again.
bool ReferenceRecords::begins_again(const Attempt& attempt) const {
    const auto group = static_cast<std::size_t>(process(attempt.process).group);
    const ConsumerGroup& spec = *groups_[group].spec;
    const auto round = static_cast<std::int32_t>(spec.retry.backoff.size());
    return !spec.dead_letter &&
           (round == 0 || (attempt.number > 1 && (attempt.number - 1) % round == 0));
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
    const auto buffered = [&](std::int32_t lane) {
        return lane_of(lane).stopping && lane_of(lane).fetching;
    };
    if (owner.alive && owner.draining && std::ranges::none_of(owner.running, still_there) &&
        std::ranges::none_of(owner.waiting, still_there) &&
        std::ranges::none_of(owner.lanes, buffered)) {
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
