/// Retry topics: a failed record is sent on, waits there until it is due, and is taken again.
///
/// A retry topic is a topic of the group like any other, so that its partitions are assigned,
/// committed and sampled as all are. What it holds are copies, each of which stands for a record of
/// the topic where that was first produced; the fate of the record is kept there.
#include <iterator>

#include "core/check.h"
#include "core/commit/retry.h"
#include "sim/engine/reference/reference_records.h"

namespace lagsim::sim {

using core::Instant;
using core::Offset;

/// In `waiting` of its process. The worker waits for the answer.
void ReferenceRecords::produce_retry(AttemptId id, Instant now) {
    Attempt& attempt = attempts_[id];
    const Lane& lane = lane_of(attempt.record.lane);
    const models::Block block =
        streams_.block(static_cast<std::uint64_t>(attempt.record.number.value()) |
                           (static_cast<std::uint64_t>(attempt.number & 0xFF) << 40),
                       entity(lane), models::Purpose::retry_produce);
    attempt.state = AttemptState::retry_producing;
    arm(id, now + group_of(lane).retry_produce.at(block[0]));
}

/// The record is in the retry topic, and done with where it was.
void ReferenceRecords::retry_produced(AttemptId id, Instant now) {
    Attempt& attempt = attempts_[id];
    Process& owner = process(attempt.process);
    if (broker_down_ && !given_up(attempt)) {
        attempt.state = AttemptState::retry_held;
        return;
    }
    std::erase(owner.waiting, id);
    if (broker_down_) {
        put_down(id, now);
        return;
    }
    append_copy(attempt, now);
    after_fate(id, now);
}

void ReferenceRecords::append_copy(const Attempt& attempt, Instant now) {
    const Lane& held = lane_of(attempt.lane);
    const ConsumerGroup& spec = *group_of(held).spec;
    const core::RetryDecision decision =
        core::after_failure(attempt.number, spec.retry.backoff, spec.dead_letter.has_value());
    const std::size_t topic = spec.retry.topics[decision.step];
    const std::int32_t partition = map_.logs[static_cast<std::size_t>(held.log)].partition %
                                   scenario_.topics[topic].partitions;
    Log& log = logs_[static_cast<std::size_t>(map_.first_log[topic] + partition)];
    log.copies.emplace(log.end, Copy{.record = attempt.record,
                                     .arrived = attempt.arrived,
                                     .due = now + decision.backoff,
                                     .attempts = attempt.number,
                                     .poison = attempt.poison});
    ++lane_of(attempt.record.lane).copies[attempt.record.number];
    grow(log, now);
    log.index.append_record();
    for (const std::int32_t index : log.lanes) {
        lag_changed(group_of(lane_of(index)), 1, now);
        watch_due(index, now);
    }
}

/// The attempt is the next one of the record that the copy stands for.
void ReferenceRecords::take_up_copy(Attempt& attempt) const {
    const Lane& lane = lanes_[static_cast<std::size_t>(attempt.lane)];
    const Copy& copy = log_of(lane).copies.at(attempt.offset);
    attempt.record = copy.record;
    attempt.arrived = copy.arrived;
    attempt.number = copy.attempts + 1;
    attempt.poison = copy.poison;
    draw_again(attempt);
}

/// Whatever became of it, this copy is not needed for the record any more.
void ReferenceRecords::settle_copy(const Attempt& attempt) {
    Log& log = log_of(lane_of(attempt.lane));
    if (!log.retries) {
        return;
    }
    const auto copy = log.copies.find(attempt.offset);
    if (copy != log.copies.end()) {
        close_copy(copy->second);
    }
}

void ReferenceRecords::close_copy(Copy& copy) {
    if (copy.settled) {
        return;
    }
    copy.settled = true;
    auto& open = lane_of(copy.record.lane).copies;
    const auto count = open.find(copy.record.number);
    LAGSIM_CHECK(count != open.end(), "an open copy is counted");
    if (--count->second == 0) {
        open.erase(count);
    }
}

/// Wakes the lane of a retry topic when its next record is due.
void ReferenceRecords::watch_due(std::int32_t index, Instant now) {
    const Lane& lane = lane_of(index);
    const Log& log = log_of(lane);
    if (!log.retries || !lane.fetching || lane.next >= log.end) {
        return;
    }
    const Instant due = log.copies.at(lane.next).due;
    if (due > now) {
        calendar_.schedule(lane.due_slot, due);
    } else if (lane.in_hand == 0) {
        calendar_.schedule(lane.due_slot, now);
    }
}

void ReferenceRecords::resume_retry_produces(Instant now) {
    for (std::size_t id = 0; id < attempts_.size(); ++id) {
        if (attempts_[id].state == AttemptState::retry_held) {
            attempts_[id].state = AttemptState::retry_producing;
            arm(static_cast<AttemptId>(id), now);
        }
    }
}

/// Copies that nobody will be handed again. The record is lost with its last one, unless it will be
/// handed out where it was first produced.
core::Records ReferenceRecords::lose_copies_below(std::int32_t index, Offset end, LossCause cause,
                                                  Instant now) {
    Log& log = log_of(lane_of(index));
    core::Records lost{0};
    for (auto at = log.copies.begin(); at != log.copies.end() && at->first < end; ++at) {
        Copy& copy = at->second;
        if (copy.settled || is_in_hand(index, at->first)) {
            continue;
        }
        close_copy(copy);
        Lane& origin = lane_of(copy.record.lane);
        const Offset number = copy.record.number;
        const Offset offset = log_of(origin).index.offset_of(number.value());
        const bool sent_on = origin.lease.live() && origin.next > offset;
        const bool comes_again =
            !sent_on &&
            offset >= std::max(origin.committed.value_or(Offset{0}), log_of(origin).start);
        if (comes_again || is_in_hand(copy.record.lane, number)) {
            // Unless a commit that is on its way passes it, or it is put down.
            origin.orphans.push_back({number, cause});
        } else if (origin.ledger.lose(number, cause, now)) {
            lost += core::Records{1};
        }
    }
    return lost;
}

/// Records of which no copy will be handed out are lost once their own partition is committed past
/// them.
void ReferenceRecords::lose_orphans(std::int32_t index, Instant now) {
    Lane& lane = lane_of(index);
    std::erase_if(lane.orphans, [&](const Gone& orphan) {
        const Offset offset = log_of(lane).index.offset_of(orphan.record.value());
        const bool passed = lane.committed && !lane.dangles && offset < *lane.committed;
        if (!passed || is_in_hand(index, orphan.record)) {
            return false;
        }
        lane.ledger.lose(orphan.record, orphan.cause, now);
        return true;
    });
}

void ReferenceRecords::prune_copies(Log& log) {
    for (auto at = log.copies.begin(); at != log.copies.end() && at->first < log.arrivals_base;) {
        at = at->second.settled ? log.copies.erase(at) : std::next(at);
    }
}

}  // namespace lagsim::sim
