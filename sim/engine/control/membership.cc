/// Pods as members of the consumer group: what the coordinator says, and what a pod does about it.
#include "core/check.h"
#include "sim/engine/control/control_plane.h"

namespace lagsim::sim {

using models::GroupEffect;
using models::MemberId;

void ControlPlane::join_group(Pod& pod) {
    const models::Block order =
        streams_.block(static_cast<std::uint64_t>(pod.process),
                       static_cast<std::uint32_t>(pod.group), models::Purpose::member_id);
    note_pod(sim::EventKind::member_joined, pod, pod.process);
    group_at(pod.group).coordinator.join(MemberId{pod.process},
                                         (std::uint64_t{order[0]} << 32) | order[1], now_);
}

ControlPlane::Pod* ControlPlane::pod_of(MemberId member) {
    Pod& pod = pod_at(pod_of_process_[static_cast<std::size_t>(member.value())]);
    return pod.process == member.value() ? &pod : nullptr;
}

void ControlPlane::on_group_event(std::int32_t group) {
    effects_.clear();
    group_at(group).coordinator.advance(now_, effects_);
    // What a pod does may make the group speak again; it is asked again before time moves on.
    for (const GroupEffect& effect : effects_) {
        apply(group, effect);
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
                removed(*pod, effect);
            }
            return;
        case GroupEffect::Kind::revoke:
            if (Pod* const pod = pod_of(effect.member)) {
                revoke(*pod);
            }
            return;
        case GroupEffect::Kind::assigned:
            if (Pod* const pod = pod_of(effect.member)) {
                assign(group_index, *pod, effect);
            }
            return;
    }
}

void ControlPlane::revoke(Pod& pod) {
    if (pod.stopping == Stopping::no) {
        pod.stopping = Stopping::to_rejoin;
        records_.stop_fetching(pod.process, now_);
    }
}

void ControlPlane::assign(std::int32_t group_index, Pod& pod, const GroupEffect& effect) {
    const Group& group = group_at(group_index);
    if (pod.stopping != Stopping::no) {
        return;  // it is leaving; what it was given waits until it has left
    }
    const std::int32_t base = map_.first_lane[static_cast<std::size_t>(group_index)];
    pod.lanes.clear();
    for (const std::int32_t partition : effect.partitions) {
        pod.lanes.push_back(base + partition);
        note(sim::EventKind::partition_assigned, group_index, pod.number, base + partition,
             effect.generation.value(), group.last_rebalance_event);
    }
    const Overheads& overheads = group.spec->overheads;
    records_.assign(pod.process, pod.lanes, now_, now_ + overheads.rtt + overheads.fetch_start);
}

/// Thrown out while alive: it did not come back to the join in time. What it has in hand it still
/// finishes.
void ControlPlane::removed(Pod& pod, const GroupEffect& effect) {
    drop_lanes(pod, sim::EventKind::partition_lost, group_at(pod.group).last_rebalance_event);
    records_.release(pod.process, DuplicateCause::zombie, now_);
    const bool told = pod.stopping != Stopping::no;
    if (pod.stopping != Stopping::to_exit) {
        pod.stopping = Stopping::evicted;
    }
    if (!told) {
        // It had not even heard of the rebalance; its next heartbeat says UNKNOWN_MEMBER_ID.
        records_.stop_fetching(pod.process, now_);
    }
    static_cast<void>(effect);
}

void ControlPlane::drop_lanes(Pod& pod, sim::EventKind kind, std::int64_t cause) {
    for (const std::int32_t lane : pod.lanes) {
        note(kind, pod.group, pod.number, lane, 0, cause);
    }
    pod.lanes.clear();
}

}  // namespace lagsim::sim
