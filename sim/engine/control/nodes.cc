/// Nodes: which pod runs where, the cluster autoscaler, image pulls, and what becomes of pods whose
/// node is drained, reclaimed or lost.
#include <algorithm>

#include "sim/engine/control/control_plane.h"

namespace lagsim::sim {

using models::NodePool;
using models::Purpose;

namespace {

/// How long a drain waits after an eviction that a disruption budget refused.
/// Source: kubectl drain, evictPods.
constexpr core::Duration eviction_retry{5'000'000'000};

}  // namespace

void ControlPlane::set_up_nodes() {
    if (!scenario_.nodes) {
        return;
    }
    const Nodes& spec = *scenario_.nodes;
    nodes_.emplace(NodePool::Parameters{.count = spec.count,
                                        .max = spec.max,
                                        .pods_per_node = spec.pods_per_node,
                                        .images = static_cast<std::int32_t>(groups_.size()),
                                        .scale_down_after = spec.scale_down_after});
    provision_.emplace(spec.provision);
    image_pull_.emplace(spec.image_pull);
    for (NodePool::Node node = 0; node < spec.count; ++node) {
        note_node(sim::EventKind::node_added, node, -1);
    }
    at(core::Instant{spec.scan_interval}, cluster_scan, 0);
}

std::int64_t ControlPlane::note_node(sim::EventKind kind, NodePool::Node node, std::int64_t cause) {
    return note(kind, -1, -1, -1, node, cause);
}

/// The scheduler looks at a pod: it is bound to a node, or stays Pending.
void ControlPlane::schedule_pod(std::int32_t index) {
    Pod& pod = pod_at(index);
    if (!nodes_) {
        note_pod(sim::EventKind::pod_scheduled, pod, 0);
        start_container(index);
        return;
    }
    const std::optional<NodePool::Node> node = nodes_->place();
    if (!node) {
        if (!pod.unschedulable) {
            pod.unschedulable = true;
            note_pod(sim::EventKind::pod_unschedulable, pod, 0);
        }
        return;
    }
    pod.unschedulable = false;
    pod.node = *node;
    note_pod(sim::EventKind::pod_scheduled, pod, *node);
    const std::uint32_t word =
        streams_.block(static_cast<std::uint64_t>(*node), static_cast<std::uint32_t>(pod.group),
                       Purpose::image_pull)[0];
    const NodePool::Pull pull = nodes_->pull(*node, pod.group, image_pull_->at(word), now_);
    if (pull.done <= now_) {
        start_container(index);
        return;
    }
    pod.phase = PodPhase::starting;
    pod.awaits_image = true;
    if (pull.begins) {
        at(pull.done, image_pulled, *node, pod.group);
    }
}

void ControlPlane::on_image_pulled(NodePool::Node node, std::int32_t group) {
    if (!nodes_->exists(node)) {
        return;
    }
    std::int64_t event = -1;
    for (std::size_t i = 0; i < pods_.size(); ++i) {
        Pod& pod = pods_[i];
        if (pod.node == node && pod.group == group && pod.phase == PodPhase::starting &&
            pod.awaits_image) {
            event = event < 0
                        ? note(sim::EventKind::image_pulled, group, -1, -1, node, pod.last_event)
                        : event;
            pod.last_event = event;
            pod.awaits_image = false;
            start_container(static_cast<std::int32_t>(i));
        }
    }
    if (event < 0) {
        note(sim::EventKind::image_pulled, group, -1, -1, node, -1);
    }
}

/// Room was made: the scheduler tries the pods that fitted nowhere, the oldest first.
void ControlPlane::on_room_made() {
    room_made_ = false;
    for (std::size_t i = 0; i < pods_.size(); ++i) {
        if (pods_[i].phase == PodPhase::pending && pods_[i].unschedulable) {
            schedule_pod(static_cast<std::int32_t>(i));
        }
    }
}

void ControlPlane::leave_node(Pod& pod) {
    if (pod.node < 0 || !nodes_->exists(pod.node)) {
        return;
    }
    if (nodes_->release(pod.node, now_)) {
        note_node(sim::EventKind::node_removed, pod.node, pod.last_event);
        nodes_->remove(pod.node);
    } else if (!room_made_) {
        room_made_ = true;
        at(now_, pods_tried_again, 0);
    }
}

/// The cluster autoscaler looks for pods that fit nowhere, and for nodes that nobody needs.
void ControlPlane::on_cluster_scan() {
    const Nodes& spec = *scenario_.nodes;
    at(now_ + spec.scan_interval, cluster_scan, 0);
    std::int32_t pending = 0;
    std::int64_t cause = -1;
    for (const Pod& pod : pods_) {
        if (pod.phase == PodPhase::pending && pod.unschedulable) {
            cause = pending++ == 0 ? pod.last_event : cause;
        }
    }
    for (std::int32_t missing = nodes_->missing(pending); missing > 0; --missing) {
        const NodePool::Node node = nodes_->request(now_);
        node_events_.resize(static_cast<std::size_t>(node) + 1, -1);
        node_events_[static_cast<std::size_t>(node)] =
            note_node(sim::EventKind::node_requested, node, cause);
        const std::uint32_t word =
            streams_.block(static_cast<std::uint64_t>(node), 0, Purpose::node_provision)[0];
        at(now_ + provision_->at(word), node_joined, node);
    }
    if (pending == 0) {
        for (const NodePool::Node node : nodes_->idle(now_)) {
            note_node(sim::EventKind::node_removed, node, -1);
            nodes_->remove(node);
        }
    }
}

void ControlPlane::on_node_joined(NodePool::Node node) {
    note_node(sim::EventKind::node_added, node, node_events_[static_cast<std::size_t>(node)]);
    nodes_->join(node, now_);
    on_room_made();
}

/// Nodes drawn by the seed out of those that hold pods of the fault's group; fewer where there are
/// fewer.
std::vector<NodePool::Node> ControlPlane::draw_nodes(std::int32_t index) {
    const Fault& fault = scenario_.faults[static_cast<std::size_t>(index)];
    std::vector<NodePool::Node> candidates;
    for (const std::int32_t pod : active_pods(static_cast<std::int32_t>(fault.group))) {
        const NodePool::Node node = pod_at(pod).node;
        if (node >= 0 && nodes_->takes_pods(node)) {
            candidates.push_back(node);
        }
    }
    std::ranges::sort(candidates);
    candidates.erase(std::ranges::unique(candidates).begin(), candidates.end());
    std::vector<NodePool::Node> drawn;
    while (!candidates.empty() && static_cast<std::int32_t>(drawn.size()) < fault.count) {
        const std::size_t chosen = draw_victim(index, candidates.size());
        drawn.push_back(candidates[chosen]);
        candidates.erase(candidates.begin() + static_cast<std::ptrdiff_t>(chosen));
    }
    return drawn;
}

/// The node is gone from one instant to the next, with all that ran on it.
void ControlPlane::lose_node(NodePool::Node node, const Loss& loss, std::int64_t cause) {
    const std::int64_t event = note_node(sim::EventKind::node_removed, node, cause);
    nodes_->remove(node);
    for (std::size_t i = 0; i < pods_.size(); ++i) {
        if (pods_[i].node == node && pods_[i].phase != PodPhase::gone &&
            pods_[i].phase != PodPhase::lost) {
            lose_pod(static_cast<std::int32_t>(i), loss, event);
        }
    }
}

/// Its pods are to go elsewhere: no new ones, and evictions as far as budgets allow.
void ControlPlane::start_drain(std::int32_t index, std::int64_t cause) {
    const Fault& fault = scenario_.faults[static_cast<std::size_t>(index)];
    FaultNodes& target = fault_nodes_[static_cast<std::size_t>(index)];
    target = {.nodes = draw_nodes(index), .cause = cause};
    for (const NodePool::Node node : target.nodes) {
        note_node(sim::EventKind::node_cordoned, node, cause);
        if (fault.kind == FaultKind::node_drain) {
            nodes_->drain(node);
        } else {
            nodes_->cordon(node);
        }
    }
    if (fault.drain || fault.kind == FaultKind::node_drain) {
        evict_pods(index);
    }
    if (fault.kind == FaultKind::spot_reclaim) {
        at(now_ + fault.notice, node_reclaimed, index);
    }
}

void ControlPlane::evict_pods(std::int32_t index) {
    const FaultNodes& target = fault_nodes_[static_cast<std::size_t>(index)];
    bool refused = false;
    const std::size_t count = pods_.size();  // those that replace them are elsewhere
    for (std::size_t i = 0; i < count; ++i) {
        const Pod& pod = pods_[i];
        const bool here = pod.phase != PodPhase::gone && pod.phase != PodPhase::lost &&
                          !pod.terminating &&
                          std::ranges::find(target.nodes, pod.node) != target.nodes.end();
        if (!here) {
            continue;
        }
        if (!may_evict(pod)) {
            refused = true;
            continue;
        }
        const std::int32_t group = pod.group;
        terminate(static_cast<std::int32_t>(i), target.cause);
        reconcile(group, target.cause);
    }
    if (refused) {
        at(now_ + eviction_retry, eviction_again, index);
    }
}

/// Source: Kubernetes v1.36 pkg/registry/core/pod/storage/eviction.go (a pod that is not running
/// needs no budget; one that is not ready needs it to be met) and pkg/controller/disruption.
bool ControlPlane::may_evict(const Pod& pod) const {
    const Group& group = groups_[static_cast<std::size_t>(pod.group)];
    const std::optional<DisruptionBudget>& budget = group.spec->disruption_budget;
    if (!budget || pod.phase == PodPhase::pending || pod.phase == PodPhase::starting) {
        return true;
    }
    const auto healthy = static_cast<std::int32_t>(std::ranges::count_if(
        pods_, [&](const Pod& p) { return p.group == pod.group && p.ready && !p.terminating; }));
    const std::int32_t wanted =
        budget->min_available.value_or(group.desired - budget->max_unavailable.value_or(0));
    return pod.ready ? healthy > wanted : healthy >= wanted;
}

void ControlPlane::on_node_reclaimed(std::int32_t index) {
    const FaultNodes& target = fault_nodes_[static_cast<std::size_t>(index)];
    const Fault& fault = scenario_.faults[static_cast<std::size_t>(index)];
    for (const NodePool::Node node : target.nodes) {
        if (nodes_->exists(node)) {
            lose_node(node, {.unnoticed = {}, .replaced = fault.replace_after}, target.cause);
        }
    }
}

}  // namespace lagsim::sim
