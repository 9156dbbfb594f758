/// Share groups (KIP-932): members of a partition lock records of it in batches, acknowledge them
/// one by one, and what is not acknowledged in time is delivered again. The broker's side is
/// models/group/share_partition; here is the client's: polls, prefetched records, acknowledgements
/// on their way.
#include <algorithm>

#include "core/check.h"
#include "core/commit/schedule.h"
#include "sim/engine/reference/reference_records.h"

namespace lagsim::sim {

using core::Duration;
using core::Instant;
using models::MemberId;
using models::SharePartition;

void ReferenceRecords::open_claim(ProcessId process_id, std::int32_t index, Instant now,
                                  Instant fetch_from) {
    Lane& lane = lane_of(index);
    SharedLane& shared = *lane.shared;
    lose_unreachable(index, now);
    if (!shared.partition) {
        const std::optional<core::Offset> start = start_offset(lane);
        LAGSIM_CHECK(start.has_value(), "a share group starts at one of the log's ends");
        skip_to_latest(index, now);
        shared.partition.emplace(group_of(lane).spec->protocol.share, *start);
    }
    const auto id = static_cast<ClaimId>(claims_.size());
    const auto subject = static_cast<std::uint32_t>(id);
    Claim& claim = claims_.emplace_back();
    claim.process = process_id;
    claim.lane = index;
    claim.fetch_slot = calendar_.add({claim_fetch, id, 0}, make_rank(claim_fetch, subject));
    claim.applied_slot = calendar_.add({claim_applied, id, 0}, make_rank(claim_applied, subject));
    calendar_.schedule(claim.fetch_slot, fetch_from);
    shared.claims.push_back(id);
    process(process_id).claims.push_back(id);
}

void ReferenceRecords::on_claim_fetch(ClaimId id, Instant now) {
    Claim& claim = claim_at(id);
    claim.fetching = true;
    set_consuming(lane_of(claim.lane), true, now);
    feed_claim(id, now);
    reschedule(claim.process);
}

ReferenceRecords::ClaimId ReferenceRecords::claim_of(const Process& owner,
                                                     std::int32_t lane) const {
    const auto found = std::ranges::find_if(
        owner.claims, [&](ClaimId claim) { return claim_at(claim).lane == lane; });
    LAGSIM_CHECK(found != owner.claims.end(), "a member has a claim to what it was assigned");
    return *found;
}

/// New or returned records of a partition: its members take of them, who has waited longest first.
void ReferenceRecords::feed_claims(std::int32_t index, Instant now) {
    const std::vector<ClaimId> claims = lane_of(index).shared->claims;
    for (const ClaimId id : claims) {
        feed_claim(id, now);
        reschedule(claim_at(id).process);
    }
}

void ReferenceRecords::feed_claim(ClaimId id, Instant now) {
    const ProcessId owner = claim_at(id).process;
    if (!process(owner).alive) {
        return;
    }
    if (process(owner).servers > 0) {
        feed_process(owner, now);
        return;
    }
    while (can_take_shared(id, now)) {
        take_shared(id, now);
    }
}

/// A worker for each partition polls for its own partition when it has nothing left.
bool ReferenceRecords::can_take_shared(ClaimId id, Instant now) {
    const Claim& claim = claim_at(id);
    const Group& group = group_of(lane_of(claim.lane));
    if (claim.in_hand >= group.records_at_once || claim.stopping || !claim.open) {
        return false;
    }
    if (claim.acquired.empty()) {
        acquire(id, group.spec->protocol.share.poll, now);
    }
    return !claim.acquired.empty();
}

/// Its records wait in the client; holes are acknowledged unread.
void ReferenceRecords::take_delivery(Claim& claim, const SharePartition::Delivery& delivery) {
    const Lane& lane = lane_of(claim.lane);
    const Log& log = log_of(lane);
    for (core::Offset offset = delivery.range.first; offset < delivery.range.end; ++offset) {
        if (!log.has_record(offset)) {
            lane.shared->partition->accept(offset, MemberId{claim.process}, delivery.count);
            continue;
        }
        claim.acquired.push_back({log.fetch(offset), delivery.count});
    }
}

void ReferenceRecords::acquire(ClaimId id, core::Records most, Instant now) {
    Claim& claim = claim_at(id);
    SharedLane& shared = *lane_of(claim.lane).shared;
    const Log& log = log_of(lane_of(claim.lane));
    if (!claim.fetching || claim.stopping || !has_leader(log)) {
        return;
    }
    bool any = false;
    // A batch of nothing but holes is acknowledged by the client itself, which polls again.
    for (bool again = true; again; again = again && claim.acquired.empty()) {
        const auto deliveries =
            shared.partition->acquire(MemberId{claim.process}, most, log.end, now);
        for (const SharePartition::Delivery& delivery : deliveries) {
            take_delivery(claim, delivery);
        }
        again = !deliveries.empty();
        any = any || again;
    }
    if (any) {
        share_moved(claim.lane, now);
        calendar_.schedule(shared.expiry_slot, shared.partition->next_expiry());
        // Served: the others come first next time.
        std::erase(shared.claims, id);
        shared.claims.push_back(id);
    }
}

/// One poll loop for all partitions of the pod: it asks for more when all that it had is in hand.
void ReferenceRecords::poll_claims(Process& owner, Instant now) {
    const auto has_records = [&](ClaimId id) { return !claim_at(id).acquired.empty(); };
    if (owner.claims.empty() || std::ranges::any_of(owner.claims, has_records)) {
        return;
    }
    const Group& group = groups_[static_cast<std::size_t>(owner.group)];
    core::Records left = group.spec->protocol.share.poll;
    for (const ClaimId id : owner.claims) {
        acquire(id, left, now);
        left -= core::Records{static_cast<std::int64_t>(claim_at(id).acquired.size())};
        if (left <= core::Records{0}) {
            break;
        }
    }
    // The next poll starts with another partition, so that none starves.
    std::ranges::rotate(owner.claims, owner.claims.begin() + 1);
}

void ReferenceRecords::take_shared(ClaimId id, Instant now) {
    Claim& claim = claim_at(id);
    const Claim::Record record = claim.acquired.front();
    claim.acquired.pop_front();
    ++claim.in_hand;
    const AttemptId attempt_id = pick_up(claim.lane, claim.process, record);
    Attempt& attempt = attempts_[attempt_id];
    attempt.claim = id;
    attempt.delivery = record.delivery;
    if (record.delivery > 1) {
        draw_again(attempt);  // done again it is another try, with luck of its own
    }
    begin(attempt_id, now);
}

/// Attempts of later deliveries draw from numbers that those of earlier ones do not reach.
std::int32_t ReferenceRecords::draw_number(const Attempt& attempt) {
    return attempt.number + (attempt.delivery - 1) * 1000;
}

bool ReferenceRecords::lock_held(const Attempt& attempt) const {
    const Claim& claim = claim_at(attempt.claim);
    const Lane& lane = lanes_[static_cast<std::size_t>(claim.lane)];
    return !attempt.vanished &&
           lane.shared->partition->holds(attempt.offset, MemberId{claim.process}, attempt.delivery);
}

/// The record is to be acknowledged: when it is handed out or when it is done, as the policy says.
void ReferenceRecords::settle(const Attempt& attempt, bool delivery) {
    if (attempt.claim < 0) {
        return;
    }
    const core::CommitWhen when = group_of(lane_of(attempt.lane)).spec->commit.when;
    if (when != core::CommitWhen::mark_only &&
        core::CommitSchedule::counts_deliveries(when) == delivery) {
        claim_at(attempt.claim)
            .settled.push_back(
                {{attempt.offset, attempt.record.number, attempt.arrived}, attempt.delivery});
    }
}

void ReferenceRecords::acknowledge_all(Process& owner, Instant now) {
    const std::vector<ClaimId> claims = owner.claims;
    for (const ClaimId id : claims) {
        send_acknowledgements(id, now);
    }
}

/// One request of a partition is on its way at most; what is settled meanwhile goes with the next.
bool ReferenceRecords::send_acknowledgements(ClaimId id, Instant now) {
    Claim& claim = claim_at(id);
    if (claim.settled.empty() || !claim.sent.empty() || !has_leader(log_of(lane_of(claim.lane)))) {
        return !claim.sent.empty();
    }
    claim.sent.swap(claim.settled);
    const Duration latency = group_of(lane_of(claim.lane)).spec->overheads.commit_latency;
    if (latency == Duration{0}) {
        on_claim_applied(id, now);
    } else {
        calendar_.schedule(claim.applied_slot, now + latency / 2);
    }
    return true;
}

void ReferenceRecords::on_claim_applied(ClaimId id, Instant now) {
    Claim& claim = claim_at(id);
    if (!has_leader(log_of(lane_of(claim.lane)))) {
        // Not heard: it is acknowledged again with the next commit.
        claim.settled.insert(claim.settled.begin(), claim.sent.begin(), claim.sent.end());
        claim.sent.clear();
        return;
    }
    SharePartition& partition = *lane_of(claim.lane).shared->partition;
    for (const Claim::Record& record : claim.sent) {
        partition.accept(record.offset, MemberId{claim.process}, record.delivery);
    }
    claim.sent.clear();
    process(claim.process).last_commit = now;
    share_moved(claim.lane, now);
    // Acknowledgements travel with the next fetch: who has nothing left is served first. Then the
    // others, as the window has moved.
    if (claim.open && claim.acquired.empty()) {
        acquire(id, group_of(lane_of(claim.lane)).spec->protocol.share.poll, now);
    }
    feed_claims(claim_at(id).lane, now);
}

/// The start offset is what the group has committed.
void ReferenceRecords::share_moved(std::int32_t index, Instant now) {
    Lane& lane = lane_of(index);
    const Log& log = log_of(lane);
    const core::Offset start = lane.shared->partition->start();
    const core::Offset before = lane.committed.value_or(log.start);
    if (start > before || lane.committed) {
        lane.committed = start;
        lag_changed(group_of(lane), -(start - before).value(), now);
    }
}

/// RELEASE: the broker delivers it again at once, or gives it up.
void ReferenceRecords::release_record(const Attempt& attempt, Instant now) {
    const Claim& claim = claim_at(attempt.claim);
    SharePartition& partition = *lane_of(attempt.lane).shared->partition;
    if (!attempt.vanished &&
        partition.release(attempt.offset, MemberId{claim.process}, attempt.delivery) ==
            SharePartition::Answer::archived) {
        archive(attempt.lane, core::OffsetRange::one(attempt.offset), now);
    }
    share_moved(attempt.lane, now);
    feed_claims(attempt.lane, now);
}

/// Given up by the broker after its last delivery.
void ReferenceRecords::archive(std::int32_t index, core::OffsetRange range, Instant now) {
    Lane& lane = lane_of(index);
    const RecordIndex& numbers = log_of(lane).index;
    const core::OffsetRange records{core::Offset{numbers.number_from(range.first)},
                                    core::Offset{numbers.number_from(range.end)}};
    const auto in_hand = [&](core::Offset record) { return is_in_hand(index, record); };
    lane.ledger.lose(records, LossCause::delivery_limit, now, in_hand);
}

/// Nothing more is taken in hand; what was prefetched is given back when the claim is closed.
void ReferenceRecords::stop_claim(ClaimId id, Instant now) {
    Claim& claim = claim_at(id);
    claim.stopping = true;
    claim.fetching = false;
    claim.acquired.clear();
    calendar_.cancel(claim.fetch_slot);
    Lane& lane = lane_of(claim.lane);
    const auto fetches = [&](ClaimId other) { return claim_at(other).fetching; };
    if (std::ranges::none_of(lane.shared->claims, fetches)) {
        set_consuming(lane, false, now);
    }
}

/// The claim ends. A member that closes its session properly gives back what it has not
/// acknowledged; of a dead one, or one that was thrown out, the locks run out.
void ReferenceRecords::close_claim(ClaimId id, DuplicateCause cause, Instant now) {
    stop_claim(id, now);
    Claim& claim = claim_at(id);
    claim.open = false;
    Lane& lane = lane_of(claim.lane);
    std::erase(lane.shared->claims, id);
    std::erase(process(claim.process).claims, id);
    if (cause != DuplicateCause::rebalance) {
        lane.shared->end_cause = cause;
        return;
    }
    lane.last_end = cause;
    for (const auto& unlocked : lane.shared->partition->release_all(MemberId{claim.process})) {
        if (unlocked.archived) {
            archive(claim.lane, unlocked.range, now);
        }
    }
    share_moved(claim.lane, now);
    feed_claims(claim.lane, now);
}

/// The log's end has vanished: with it go the locks, and acknowledgements of what was there mean
/// nothing for the records that will come in its place.
void ReferenceRecords::cut_off_shared(std::int32_t index, Instant now) {
    Lane& lane = lane_of(index);
    if (!lane.shared->partition) {
        return;
    }
    const core::Offset end = log_of(lane).end;
    const auto beyond = [&](const Claim::Record& record) { return record.offset >= end; };
    for (Claim& claim : claims_) {
        if (claim.lane == index) {
            std::erase_if(claim.settled, beyond);
            std::erase_if(claim.sent, beyond);
            std::erase_if(claim.acquired, beyond);
        }
    }
    for (Attempt& attempt : attempts_) {
        if (attempt.state != AttemptState::free_slot && attempt.lane == index &&
            attempt.offset >= end) {
            attempt.vanished = true;
        }
    }
    lane.shared->partition->truncate(end);
    if (lane.committed && *lane.committed > end) {
        lag_changed(group_of(lane), (*lane.committed - end).value(), now);
        lane.committed = end;
    }
    share_moved(index, now);
}

void ReferenceRecords::on_lock_expiry(std::int32_t index, Instant now) {
    Lane& lane = lane_of(index);
    SharePartition& partition = *lane.shared->partition;
    for (const auto& unlocked : partition.expire(now)) {
        const bool alive = process(unlocked.member.value()).alive;
        lane.last_end = alive ? DuplicateCause::lock : lane.shared->end_cause;
        if (unlocked.archived) {
            archive(index, unlocked.range, now);
        }
    }
    calendar_.schedule(lane.shared->expiry_slot, partition.next_expiry());
    share_moved(index, now);
    feed_claims(index, now);
}

}  // namespace lagsim::sim
