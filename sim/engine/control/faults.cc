/// Injected faults: what breaks, when, and for how long.
#include <algorithm>
#include <numeric>

#include "sim/engine/control/control_plane.h"

namespace lagsim::sim {

using core::Instant;
using models::Purpose;

namespace {

/// How long a node's heartbeats may be missing before it is NotReady, and its pods with it.
/// Source: kube-controller-manager --node-monitor-grace-period (40 s; 50 s since v1.32).
constexpr core::Duration node_monitor_grace{40'000'000'000};

}  // namespace

void ControlPlane::on_fault_start(std::int32_t index) {
    const Fault& fault = scenario_.faults[static_cast<std::size_t>(index)];
    const auto group_index = static_cast<std::int32_t>(fault.group);
    Group& group = group_at(group_index);
    const std::int64_t cause = note(sim::EventKind::fault_started, group_index, -1, -1, index, -1);
    if (fault.duration > core::Duration{0}) {
        at(now_ + fault.duration, fault_end, index);
    }
    switch (fault.kind) {
        case FaultKind::pod_crash:
        case FaultKind::oom_kill:
            for (const std::int32_t pod : draw_victims(index, fault.count)) {
                const bool oom = fault.kind == FaultKind::oom_kill;
                crash(pod, oom ? RestartKind::same_pod : fault.restart, cause);
            }
            break;
        case FaultKind::node_loss:
            lose(index, cause);
            break;
        case FaultKind::spot_reclaim:
        case FaultKind::node_drain:
            start_drain(index, cause);
            break;
        case FaultKind::pod_stall:
            freeze(index, true);
            break;
        case FaultKind::slow_down:
            group.slow_downs.push_back(fault.factor);
            records_.set_slow_down(
                group_index, std::accumulate(group.slow_downs.begin(), group.slow_downs.end(), 1.0,
                                             std::multiplies<>{}));
            break;
        case FaultKind::broker_down:
            set_broker_down(fault, true);
            break;
        case FaultKind::coordinator_move:
            move_coordinator(group_index, now_ + fault.duration);
            break;
        case FaultKind::dead_letter_down:
            if (group.dead_letter_downs++ == 0) {
                records_.set_dead_letter_down(group_index, true, now_);
            }
            break;
        case FaultKind::trigger_error:
            ++group.trigger_errors;
            break;
        case FaultKind::metric_zero:
            ++group.metric_zeros;
            break;
        case FaultKind::rolling_restart:
            ++group.revision;
            reconcile(group_index, cause);
            break;
        case FaultKind::crash_storm:
            schedule_storm(index, now_);
            break;
        case FaultKind::downstream_down:
            if (group.downstream_downs++ == 0) {
                records_.set_downstream_down(group_index, true);
            }
            break;
        case FaultKind::add_partitions:
        case FaultKind::unclean_election:
        case FaultKind::truncate:
            on_log_fault(fault, cause);
            break;
    }
}

void ControlPlane::on_fault_end(std::int32_t index) {
    const Fault& fault = scenario_.faults[static_cast<std::size_t>(index)];
    const auto group_index = static_cast<std::int32_t>(fault.group);
    Group& group = group_at(group_index);
    note(sim::EventKind::fault_ended, group_index, -1, -1, index, -1);
    switch (fault.kind) {
        case FaultKind::pod_stall:
            freeze(index, false);
            break;
        case FaultKind::slow_down:
            group.slow_downs.erase(std::ranges::find(group.slow_downs, fault.factor));
            records_.set_slow_down(
                group_index, std::accumulate(group.slow_downs.begin(), group.slow_downs.end(), 1.0,
                                             std::multiplies<>{}));
            break;
        case FaultKind::broker_down:
            set_broker_down(fault, false);
            break;
        case FaultKind::coordinator_move:
            if (--group.coordinator_moves == 0) {
                records_.set_coordinator_away(group_index, false);
            }
            break;
        case FaultKind::dead_letter_down:
            if (--group.dead_letter_downs == 0) {
                records_.set_dead_letter_down(group_index, false, now_);
            }
            break;
        case FaultKind::trigger_error:
            --group.trigger_errors;
            break;
        case FaultKind::metric_zero:
            --group.metric_zeros;
            break;
        case FaultKind::downstream_down:
            if (--group.downstream_downs == 0) {
                records_.set_downstream_down(group_index, false);
            }
            break;
        case FaultKind::pod_crash:
        case FaultKind::oom_kill:
        case FaultKind::node_loss:
        case FaultKind::spot_reclaim:
        case FaultKind::node_drain:
        case FaultKind::rolling_restart:
        case FaultKind::crash_storm:
        case FaultKind::add_partitions:
        case FaultKind::unclean_election:
        case FaultKind::truncate:
            break;
    }
}

/// Running pods drawn by the seed, without repetition; fewer where fewer run.
std::vector<std::int32_t> ControlPlane::draw_victims(std::int32_t index, std::int32_t count) {
    const Fault& fault = scenario_.faults[static_cast<std::size_t>(index)];
    std::vector<std::int32_t> running = running_pods(static_cast<std::int32_t>(fault.group));
    std::vector<std::int32_t> victims;
    while (!running.empty() && static_cast<std::int32_t>(victims.size()) < count) {
        const std::size_t chosen = draw_victim(index, running.size());
        victims.push_back(running[chosen]);
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(chosen));
    }
    return victims;
}

/// One of so many candidates, by the fault's next random word.
std::size_t ControlPlane::draw_victim(std::int32_t index, std::size_t candidates) {
    const std::uint64_t draw = victim_draws_[static_cast<std::size_t>(index)]++;
    const std::uint32_t word =
        streams_.block(draw, static_cast<std::uint32_t>(index), Purpose::fault)[0];
    return static_cast<std::size_t>((std::uint64_t{word} * candidates) >> 32);
}

/// Without nodes every pod is alone on one, and is missed at once.
void ControlPlane::lose(std::int32_t index, std::int64_t cause) {
    const Fault& fault = scenario_.faults[static_cast<std::size_t>(index)];
    if (nodes_) {
        for (const models::NodePool::Node node : draw_nodes(index)) {
            lose_node(node, {.unnoticed = node_monitor_grace, .replaced = fault.replace_after},
                      cause);
        }
        return;
    }
    for (const std::int32_t pod : draw_victims(index, fault.count)) {
        lose_pod(pod, {.unnoticed = {}, .replaced = fault.replace_after}, cause);
    }
}

/// The pod stays in the API, silent, until it is replaced; one that was to go anyway is gone.
void ControlPlane::lose_pod(std::int32_t index, const Loss& loss, std::int64_t cause) {
    Pod& pod = pod_at(index);
    pod.last_event =
        note(sim::EventKind::pod_crashed, pod.group, pod.number, -1, pod.restarts, cause);
    const bool seems_ready = pod.ready && loss.unnoticed > core::Duration{0};
    if (pod.phase == PodPhase::running) {
        kill_process(pod, DuplicateCause::crash);
    } else {
        ++pod.life;
    }
    if (pod.terminating) {
        remove_pod(index);
        return;
    }
    pod.phase = PodPhase::lost;
    pod.ready = seems_ready;
    if (seems_ready) {
        at(now_ + loss.unnoticed, node_not_ready, index);
    }
    at(now_ + loss.replaced, node_replaced, index);
}

void ControlPlane::freeze(std::int32_t index, bool frozen) {
    auto& pods = fault_pods_[static_cast<std::size_t>(index)];
    if (frozen) {
        const Fault& fault = scenario_.faults[static_cast<std::size_t>(index)];
        for (const std::int32_t pod : draw_victims(index, fault.count)) {
            if (!pod_at(pod).frozen) {
                pod_at(pod).frozen = true;
                pods.push_back(pod_at(pod).process);
                records_.set_frozen(pod_at(pod).process, true, now_);
            }
        }
        return;
    }
    for (const ProcessId process : pods) {
        Pod& pod = pod_at(pod_of_process_[static_cast<std::size_t>(process)]);
        if (pod.process == process) {  // else it has died meanwhile
            pod.frozen = false;
            records_.set_frozen(process, false, now_);
        }
    }
    pods.clear();
}

/// The whole cluster, or some partitions' leaders only.
void ControlPlane::set_broker_down(const Fault& fault, bool down) {
    if (!fault.partitions.empty()) {
        set_leaderless(fault, down);
    } else if (down) {
        for (Group& group : groups_) {
            group.coordinator->suspend(now_, now_ + fault.duration);
        }
        if (broker_downs_++ == 0) {
            records_.set_broker_down(true, now_);
        }
    } else if (--broker_downs_ == 0) {
        records_.set_broker_down(false, now_);
    }
}

/// The group is loaded by another broker: until then heartbeats, joins and commits are answered
/// NOT_COORDINATOR or COORDINATOR_LOAD_IN_PROGRESS; then sessions start anew. Source: Kafka 4.0.0
/// GroupMetadataManager.onLoaded.
void ControlPlane::move_coordinator(std::int32_t index, Instant until) {
    Group& group = group_at(index);
    group.coordinator->suspend(now_, until);
    if (group.coordinator_moves++ == 0) {
        records_.set_coordinator_away(index, true);
    }
}

void ControlPlane::schedule_storm(std::int32_t index, Instant from) {
    const Fault& fault = scenario_.faults[static_cast<std::size_t>(index)];
    const auto draw = static_cast<std::uint64_t>(storm_draws_[static_cast<std::size_t>(index)]++);
    // Apart from the draws of victims by a bit that their numbers do not reach.
    const models::Block block =
        streams_.block(draw | (1ULL << 40), static_cast<std::uint32_t>(index), Purpose::fault);
    const models::Distribution gap(
        {.kind = models::DistributionKind::exponential, .mean = fault.every});
    const Instant next = from + gap.at(block[0]);
    if (next < fault.at + fault.duration) {
        at(next, storm_crash, index);
    }
}

void ControlPlane::on_storm_crash(std::int32_t index) {
    const Fault& fault = scenario_.faults[static_cast<std::size_t>(index)];
    for (const std::int32_t pod : draw_victims(index, 1)) {
        crash(pod, fault.restart, -1);
    }
    schedule_storm(index, now_);
}

}  // namespace lagsim::sim
