/// Pods as members of the consumer group: what the coordinator says, and what a pod does about it.
#include <algorithm>
#include <string>

#include "sim/engine/control/control_plane.h"

namespace lagsim::sim {

using models::GroupEffect;
using models::MemberId;

namespace {

/// The digits of a number as the first bytes of a word, so that words are in the order of the
/// texts: `10` before `2`.
std::uint64_t text_order(std::int32_t number) {
    std::uint64_t word = 0;
    int shift = 56;
    for (const char digit : std::to_string(number)) {
        word |= static_cast<std::uint64_t>(static_cast<unsigned char>(digit)) << shift;
        shift = std::max(0, shift - 8);
    }
    return word;
}

}  // namespace

/// A dynamic member's id is drawn with each process; a static one's is the name of its pod, random
/// in a Deployment.
models::MemberName ControlPlane::member_name(const Pod& pod) const {
    const ConsumerGroup& spec = *groups_[static_cast<std::size_t>(pod.group)].spec;
    if (!spec.protocol.static_membership) {
        const models::Block order =
            streams_.block(static_cast<std::uint64_t>(pod.process),
                           static_cast<std::uint32_t>(pod.group), models::Purpose::member_id);
        return {.order = (std::uint64_t{order[0]} << 32) | order[1]};
    }
    const std::uint64_t order = spec.workload == Workload::stateful_set
                                    ? text_order(pod.ordinal)
                                    : std::uint64_t{pod.uid} << 32;
    return {.order = order, .instance = pod.ordinal};
}

void ControlPlane::join_group(Pod& pod) {
    note_pod(sim::EventKind::member_joined, pod, pod.process);
    group_at(pod.group).coordinator->join(MemberId{pod.process}, member_name(pod), now_);
}

/// A static member sends no LeaveGroup (KIP-848: an epoch that keeps its place). Nobody hears one
/// while the coordinator is away.
void ControlPlane::leave_group(Pod& pod) {
    const Group& group = group_at(pod.group);
    models::GroupCoordinator& coordinator = *group.coordinator;
    const MemberId member{pod.process};
    if (group.spec->protocol.static_membership) {
        coordinator.close(member, now_, records_.last_commit(pod.process));
        return;
    }
    const bool away = broker_downs_ > 0 || group.coordinator_moves > 0;
    if (away && pod.stopping == Stopping::to_exit) {
        coordinator.crash(member, now_, records_.last_commit(pod.process));
        return;
    }
    note_pod(sim::EventKind::member_left, pod, coordinator.generation().value());
    coordinator.leave(member, now_);
}

ControlPlane::Pod* ControlPlane::pod_of(MemberId member) {
    Pod& pod = pod_at(pod_of_process_[static_cast<std::size_t>(member.value())]);
    return pod.process == member.value() ? &pod : nullptr;
}

void ControlPlane::on_group_event(std::int32_t group) {
    effects_.clear();
    group_at(group).coordinator->advance(now_, effects_);
    // What a pod does may make the group speak again; it is asked again before time moves on.
    for (const GroupEffect& effect : effects_) {
        apply(group, effect);
    }
    look_for_partitions(group);  // a new leader may know more than the old one
}

/// From when a group is empty the time of its commits runs.
void ControlPlane::watch_emptiness(std::int32_t index) {
    Group& group = group_at(index);
    if (group.coordinator->member_count() > 0) {
        group.empty_since.reset();
    } else if (!group.empty_since) {
        group.empty_since = now_;
        if (group.spec->offsets_retention < end_ - now_) {
            at(now_ + group.spec->offsets_retention, offsets_expired, index);
        }
    }
}

/// Source: Kafka 4.0.0 GroupCoordinator offsets.retention.minutes; OffsetExpirationConditionImpl
/// (counted from when the group became empty).
void ControlPlane::on_offsets_expired(std::int32_t index) {
    const Group& group = group_at(index);
    if (group.empty_since && now_ - *group.empty_since >= group.spec->offsets_retention) {
        records_.forget_commits(index, now_);
    }
}

void ControlPlane::apply(std::int32_t group_index, const GroupEffect& effect) {
    Group& group = group_at(group_index);
    const std::int32_t generation = effect.generation.value();
    switch (effect.kind) {
        case GroupEffect::Kind::rebalance_started:
            group.last_rebalance_event = note(sim::EventKind::rebalance_started, group_index, -1,
                                              -1, generation, group.last_rebalance_event);
            return;
        case GroupEffect::Kind::rebalance_completed:
            ++group.rebalances;
            group.last_rebalance_event = note(sim::EventKind::rebalance_completed, group_index, -1,
                                              -1, generation, group.last_rebalance_event);
            return;
        case GroupEffect::Kind::removed:
            if (effect.session_expired) {
                const Pod& dead =
                    pod_at(pod_of_process_[static_cast<std::size_t>(effect.member.value())]);
                group.last_rebalance_event = note(sim::EventKind::member_expired, group_index,
                                                  dead.number, -1, generation, dead.last_event);
            }
            if (Pod* const pod = pod_of(effect.member)) {
                evict(*pod);
            }
            return;
        case GroupEffect::Kind::revoke_all:
            if (Pod* const pod = pod_of(effect.member); pod && pod->stopping == Stopping::no) {
                give_up(*pod, pod->lanes, Stopping::to_rejoin);
            }
            return;
        case GroupEffect::Kind::join_again:
            if (Pod* const pod = pod_of(effect.member); pod && pod->stopping == Stopping::no) {
                records_.ask_for_poll(pod->process, now_);
            }
            return;
        case GroupEffect::Kind::assigned:
            if (Pod* const pod = pod_of(effect.member)) {
                assign(group_index, *pod, effect);
            }
            return;
    }
}

/// Stops `lanes`; when nothing of them is in hand, they are committed and given up.
void ControlPlane::give_up(Pod& pod, std::vector<std::int32_t> lanes, Stopping why) {
    pod.stopping = why;
    pod.giving = std::move(lanes);
    records_.stop_fetching(pod.process, pod.giving, now_);
}

/// Its JoinGroup goes out (KIP-848: the heartbeat that acknowledges); until it is answered, commits
/// fail.
void ControlPlane::join_again(Pod& pod) {
    const models::ProtocolParameters& protocol = group_at(pod.group).spec->protocol;
    records_.block_commits(pod.process, protocol.kind == models::GroupProtocol::classic, now_);
    group_at(pod.group).coordinator->rejoin(models::MemberId{pod.process}, now_);
}

void ControlPlane::assign(std::int32_t group_index, Pod& pod, const GroupEffect& effect) {
    const Group& group = group_at(group_index);
    records_.block_commits(pod.process, false, now_);
    if (pod.stopping != Stopping::no) {
        return;  // it is leaving; what it was given waits until it has left
    }
    std::vector<std::int32_t> gained;
    std::vector<std::int32_t> kept;
    for (const std::int32_t partition : effect.partitions) {
        const std::int32_t lane = lane_of(group_index, partition);
        const bool had = std::ranges::find(pod.lanes, lane) != pod.lanes.end();
        (had ? kept : gained).push_back(lane);
    }
    std::vector<std::int32_t> given = pod.lanes;
    std::erase_if(given,
                  [&](std::int32_t lane) { return std::ranges::find(kept, lane) != kept.end(); });
    for (const std::int32_t lane : gained) {
        pod.lanes.push_back(lane);
        note(sim::EventKind::partition_assigned, group_index, pod.number, lane,
             effect.generation.value(), group.last_rebalance_event);
    }
    const Overheads& overheads = group.spec->overheads;
    records_.assign(pod.process, gained, now_, now_ + overheads.rtt + overheads.fetch_start);
    if (pod.quiet) {
        records_.stop_fetching(pod.process, gained, now_);
    }
    if (!given.empty()) {
        stall_after_unassign(pod, kept, effect.generation);
        give_up(pod, std::move(given), Stopping::to_rejoin);
    }
}

/// librdkafka pauses its whole assignment while a part is taken from it, and often fetches again
/// only a second later. Source: shared semantics 2.6, measured.
void ControlPlane::stall_after_unassign(const Pod& pod, const std::vector<std::int32_t>& kept,
                                        core::Generation generation) {
    const ConsumerGroup& spec = *group_at(pod.group).spec;
    const Overheads& overheads = spec.overheads;
    const bool owns = spec.protocol.kind != models::GroupProtocol::share;
    if (overheads.unassign_stall == core::Duration{0} || !owns) {
        return;
    }
    const std::uint64_t index = static_cast<std::uint64_t>(pod.process) |
                                (static_cast<std::uint64_t>(generation.value()) << 24U);
    const models::Block block = streams_.block(index, static_cast<std::uint32_t>(pod.group),
                                               models::Purpose::unassign_stall);
    if (models::probability_of(block[0]) < overheads.unassign_stall_share) {
        records_.hold_fetching(pod.process, kept, now_ + overheads.unassign_stall, now_);
    }
}

/// One claim that returns ends the session for all claims of the member: it gives everything up and
/// joins again with the id that it has. Source: Sarama 1.60 consumer_group_session.go.
void ControlPlane::end_session(Pod& pod) {
    records_.return_claims(pod.process, now_);
    if (pod.stopping == Stopping::no) {
        give_up(pod, pod.lanes, Stopping::to_rejoin);
    }
}

/// Thrown out while alive: it did not come back in time. What it has in hand it still finishes, for
/// nobody; then it joins as a new member.
void ControlPlane::evict(Pod& pod) {
    const std::vector<std::int32_t> lost = pod.lanes;
    drop_lanes(pod, lost, sim::EventKind::partition_lost, group_at(pod.group).last_rebalance_event);
    pod.giving.clear();
    pod.answered = core::never;
    records_.release(pod.process, lost, DuplicateCause::zombie, now_);
    pod.stopping = Stopping::evicted;
    records_.stop_fetching(pod.process, {}, now_);
}

/// max.poll.interval is over: the client itself leaves the group while its handler still runs.
/// Source: Kafka 4.0.0 ConsumerCoordinator heartbeat thread, handlePollTimeoutExpiry; librdkafka
/// _MAX_POLL_EXCEEDED.
void ControlPlane::leave_for_not_polling(Pod& pod) {
    if (group_at(pod.group).coordinator->is_member(models::MemberId{pod.process})) {
        leave_group(pod);
        evict(pod);
    }
}

void ControlPlane::drop_lanes(Pod& pod, const std::vector<std::int32_t>& lanes, sim::EventKind kind,
                              std::int64_t cause) {
    const std::vector<std::int32_t> dropped = lanes;
    for (const std::int32_t lane : dropped) {
        note(kind, pod.group, pod.number, lane, 0, cause);
    }
    std::erase_if(pod.lanes, [&](std::int32_t lane) {
        return std::ranges::find(dropped, lane) != dropped.end();
    });
}

}  // namespace lagsim::sim
