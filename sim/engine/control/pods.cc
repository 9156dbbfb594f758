/// The Deployment and its pods: created, started, made ready, stopped, crashed, replaced.
#include <algorithm>
#include <cmath>

#include "models/pods/deletion_order.h"
#include "sim/engine/control/control_plane.h"

namespace lagsim::sim {

using core::Instant;
using models::Purpose;

void ControlPlane::create_pod(std::int32_t group_index, std::int64_t cause,
                              std::optional<std::int32_t> ordinal) {
    Group& group = group_at(group_index);
    const auto index = static_cast<std::int32_t>(pods_.size());
    Pod& pod = pods_.emplace_back();
    pod.group = group_index;
    pod.number = group.pods_created++;
    pod.ordinal = ordinal.value_or(pod.number);
    pod.created = now_;
    pod.revision = group.revision;
    pod.uid = draw(pod, Purpose::victim);
    pod.last_event = note(sim::EventKind::pod_created, group_index, pod.number, -1, 0, cause);
    at(now_ + group.scheduling.at(draw(pod, Purpose::pod_scheduling)), pod_scheduled, index,
       pod.life);
}

/// The pod's random word for a purpose, another one for each start of its container.
std::uint32_t ControlPlane::draw(const Pod& pod, Purpose purpose) const {
    const std::uint64_t start =
        static_cast<std::uint64_t>(pod.number) | (static_cast<std::uint64_t>(pod.restarts) << 24);
    return streams_.block(start, static_cast<std::uint32_t>(pod.group), purpose)[0];
}

void ControlPlane::start_container(std::int32_t index) {
    Pod& pod = pod_at(index);
    pod.phase = PodPhase::starting;
    at(now_ + group_at(pod.group).startup.at(draw(pod, Purpose::pod_startup)), pod_started, index,
       pod.life);
}

void ControlPlane::on_pod_started(std::int32_t index) {
    Pod& pod = pod_at(index);
    pod.phase = PodPhase::running;
    pod.started = now_;
    pod.process = static_cast<ProcessId>(pod_of_process_.size());
    pod_of_process_.push_back(index);
    note_pod(pod.restarts > 0 ? sim::EventKind::pod_restarted : sim::EventKind::pod_started, pod,
             pod.restarts);
    records_.start_process(pod.process, pod.group, now_);
    join_group(pod);
    at(now_ + group_at(pod.group).readiness.at(draw(pod, Purpose::pod_readiness)), pod_ready, index,
       pod.life);
}

void ControlPlane::on_pod_ready(std::int32_t index) {
    Pod& pod = pod_at(index);
    if (pod.phase != PodPhase::running || pod.terminating) {
        return;
    }
    pod.ready = true;
    pod.ready_since = now_;
    note_pod(sim::EventKind::pod_ready, pod, 0);
    reconcile(pod.group, pod.last_event);
}

namespace {

/// A container has so much between SIGTERM and SIGKILL, whatever is left of the grace period.
/// Source: Kubernetes v1.36 pkg/kubelet/kuberuntime/kuberuntime_container.go, killContainer.
constexpr core::Duration least_grace{2'000'000'000};

}  // namespace

/// DELETE: the preStop hook and the grace period begin together; SIGTERM after the hook, SIGKILL at
/// the end.
void ControlPlane::terminate(std::int32_t index, std::int64_t cause) {
    Pod& pod = pod_at(index);
    pod.last_event = note(sim::EventKind::pod_terminating, pod.group, pod.number, -1, 0, cause);
    pod.terminating = true;
    pod.ready = false;
    if (pod.phase != PodPhase::running) {
        remove_pod(index);
        return;
    }
    const Shutdown& shutdown = group_at(pod.group).spec->shutdown;
    const core::Duration hook = std::min(shutdown.pre_stop, shutdown.grace_period);
    at(now_ + hook + std::max(least_grace, shutdown.grace_period - hook), grace_over, index,
       pod.life);
    if (shutdown.pre_stop == core::Duration{0}) {
        on_sigterm(index);
        return;
    }
    at(now_ + hook, sigterm, index, pod.life);
    if (!shutdown.pre_stop_polls) {
        pod.quiet = true;
        records_.stop_fetching(pod.process, pod.lanes, now_);
    }
}

void ControlPlane::on_sigterm(std::int32_t index) {
    Pod& pod = pod_at(index);
    const Shutdown& shutdown = group_at(pod.group).spec->shutdown;
    if (pod.phase != PodPhase::running || !shutdown.handles_sigterm) {
        return;
    }
    if (!shutdown.drain) {
        kill_process(pod, DuplicateCause::shutdown);
        remove_pod(index);
        return;
    }
    pod.signalled = true;
    if (pod.stopping == Stopping::no) {  // else it exits when it has given up what it is giving up
        give_up(pod, pod.lanes, Stopping::to_exit);
    }
}

/// The process dies as it stands; the group learns of it only by silence.
void ControlPlane::kill_process(Pod& pod, DuplicateCause cause) {
    drop_lanes(pod, pod.lanes, sim::EventKind::partition_lost, pod.last_event);
    pod.giving.clear();
    group_at(pod.group).coordinator->crash(models::MemberId{pod.process}, now_,
                                           records_.last_commit(pod.process));
    records_.kill(pod.process, cause, now_);
    pod.process = -1;
    pod.ready = false;
    pod.frozen = false;
    pod.quiet = false;
    pod.signalled = false;
    pod.stopping = Stopping::no;
    ++pod.life;
}

void ControlPlane::crash(std::int32_t index, RestartKind restart, std::int64_t cause) {
    Pod& pod = pod_at(index);
    const core::Duration ran = now_ - pod.started;
    pod.last_event =
        note(sim::EventKind::pod_crashed, pod.group, pod.number, -1, pod.restarts, cause);
    kill_process(pod, DuplicateCause::crash);
    if (pod.terminating || restart == RestartKind::replace) {
        remove_pod(index);
        reconcile(pod_at(index).group, pod_at(index).last_event);
        return;
    }
    if (restart == RestartKind::none) {
        pod.phase = PodPhase::lost;
        return;
    }
    pod.phase = PodPhase::restarting;
    ++pod.restarts;
    at(now_ + pod.backoff.after_crash(ran), pod_restart, index, pod.life);
}

/// A worker that cannot go on exits, and its container is started again after the kubelet's
/// back-off; a Sarama handler returns an error instead.
void ControlPlane::stop_worker(std::int32_t index) {
    const models::ProtocolParameters& protocol = group_at(pod_at(index).group).spec->protocol;
    if (protocol.client == models::ClientProfile::sarama &&
        protocol.kind != models::GroupProtocol::share) {
        end_session(pod_at(index));
        return;
    }
    crash(index, RestartKind::same_pod, pod_at(index).last_event);
}

void ControlPlane::on_grace_over(std::int32_t index) {
    Pod& pod = pod_at(index);
    if (pod.phase == PodPhase::running && pod.terminating) {
        kill_process(pod, DuplicateCause::shutdown);
        remove_pod(index);
    }
}

void ControlPlane::remove_pod(std::int32_t index) {
    Pod& pod = pod_at(index);
    ++pod.life;
    pod.phase = PodPhase::gone;
    pod.ready = false;
    group_at(pod.group).pod_time += core::nanoseconds(now_ - pod.created);
    note_pod(sim::EventKind::pod_gone, pod, 0);
    leave_node(pod);
    replicas_changed(pod.group);
    if (group_at(pod.group).spec->workload == Workload::stateful_set) {
        at(now_, stateful_set_sync, pod.group);
    }
}

void ControlPlane::on_notice(const RecordNotice& notice) {
    const std::int32_t index = pod_of_process_[static_cast<std::size_t>(notice.process)];
    Pod& pod = pod_at(index);
    if (pod.process != notice.process) {
        return;
    }
    switch (notice.kind) {
        case RecordNotice::Kind::drained:
            on_drained(pod, index);
            break;
        case RecordNotice::Kind::poll_turned:
            if (pod.stopping == Stopping::no) {
                join_again(pod);
            }
            break;
        case RecordNotice::Kind::poll_overdue:
            leave_for_not_polling(pod);
            break;
        case RecordNotice::Kind::gave_up:
            stop_worker(index);
            break;
    }
}

void ControlPlane::on_drained(Pod& pod, std::int32_t index) {
    switch (pod.stopping) {
        case Stopping::no:
            break;
        case Stopping::evicted:
            pod.stopping = Stopping::no;
            if (pod.signalled) {
                give_up(pod, pod.lanes, Stopping::to_exit);
            } else {
                join_group(pod);
            }
            break;
        case Stopping::to_rejoin:
        case Stopping::to_exit:
            pod.answered = records_.commit_finally(pod.process, pod.giving, now_);
            at(pod.answered, stop_answered, index, pod.life);
            break;
    }
}

/// The last commit is answered: the partitions are given up, and the member joins again or leaves.
void ControlPlane::on_stop_answered(std::int32_t index) {
    Pod& pod = pod_at(index);
    if (pod.phase != PodPhase::running || pod.answered != now_) {
        return;  // it was thrown out meanwhile
    }
    pod.answered = core::never;
    const std::vector<std::int32_t> given = std::move(pod.giving);
    pod.giving.clear();
    drop_lanes(pod, given, sim::EventKind::partition_revoked, pod.last_event);
    records_.release(pod.process, given, DuplicateCause::rebalance, now_);
    if (pod.stopping == Stopping::to_exit) {
        leave_group(pod);
        records_.kill(pod.process, DuplicateCause::shutdown, now_);
        pod.process = -1;
        remove_pod(index);
        return;
    }
    pod.stopping = Stopping::no;
    if (pod.signalled) {
        give_up(pod, pod.lanes, Stopping::to_exit);
    } else {
        join_again(pod);
    }
}

std::vector<std::int32_t> ControlPlane::active_pods(std::int32_t group) const {
    std::vector<std::int32_t> active;
    for (std::size_t i = 0; i < pods_.size(); ++i) {
        if (pods_[i].group == group && pods_[i].phase != PodPhase::gone && !pods_[i].terminating) {
            active.push_back(static_cast<std::int32_t>(i));
        }
    }
    return active;
}

std::vector<std::int32_t> ControlPlane::running_pods(std::int32_t group) const {
    std::vector<std::int32_t> running = active_pods(group);
    std::erase_if(running, [&](std::int32_t pod) {
        return pods_[static_cast<std::size_t>(pod)].phase != PodPhase::running;
    });
    return running;
}

/// The ReplicaSet controller: as many pods as spec.replicas says.
void ControlPlane::reconcile(std::int32_t group_index, std::int64_t cause) {
    Group& group = group_at(group_index);
    if (group.spec->workload == Workload::stateful_set) {
        reconcile_stateful_set(group_index, cause);
        replicas_changed(group_index);
        return;
    }
    const std::vector<std::int32_t> active = active_pods(group_index);
    const bool rolling = std::ranges::any_of(
        active, [&](std::int32_t pod) { return pod_at(pod).revision != group.revision; });
    if (rolling) {
        // A terminating pod does not count: what a step removes makes room for the next one.
        while (roll(group_index, cause)) {
        }
    } else {
        const auto desired = static_cast<std::size_t>(group.desired);
        for (std::size_t i = active.size(); i < desired; ++i) {
            create_pod(group_index, cause);
        }
        if (active.size() > desired) {
            terminate_first(active, active.size() - desired, cause);
        }
    }
    replicas_changed(group_index);
}

/// A rolling update: new pods up to maxSurge (25 %, rounded up) above the count, old ones go as new
/// ones are ready, never more than maxUnavailable (25 %, rounded down) missing. One step; false
/// when there was nothing to do. Source: Kubernetes v1.36 pkg/controller/deployment/rolling.go,
/// defaults of apps/v1.
bool ControlPlane::roll(std::int32_t group_index, std::int64_t cause) {
    Group& group = group_at(group_index);
    const std::int32_t surge = (group.desired + 3) / 4;
    const std::int32_t unavailable = group.desired / 4;
    std::vector<std::int32_t> old_pods;
    std::int32_t new_count = 0;
    std::int32_t new_unready = 0;
    for (const std::int32_t pod : active_pods(group_index)) {
        if (pod_at(pod).revision != group.revision) {
            old_pods.push_back(pod);
        } else {
            ++new_count;
            new_unready += pod_at(pod).ready ? 0 : 1;
        }
    }
    const std::int32_t total = new_count + static_cast<std::int32_t>(old_pods.size());
    const std::int32_t add = std::min(group.desired - new_count, group.desired + surge - total);
    for (std::int32_t i = 0; i < add; ++i) {
        create_pod(group_index, cause);
        ++new_unready;
    }
    const std::int32_t spare =
        total + std::max(0, add) - (group.desired - unavailable) - new_unready;
    const auto removable =
        std::clamp<std::int32_t>(spare, 0, static_cast<std::int32_t>(old_pods.size()));
    terminate_first(old_pods, static_cast<std::size_t>(removable), cause);
    return add > 0 || removable > 0;
}

void ControlPlane::terminate_first(const std::vector<std::int32_t>& candidates, std::size_t count,
                                   std::int64_t cause) {
    std::vector<models::PodRank> ranks;
    for (const std::int32_t index : candidates) {
        const Pod& pod = pod_at(index);
        const auto shares_its_node = [&](const Pod& other) {
            return other.group == pod.group && other.node == pod.node &&
                   other.phase != PodPhase::gone && !other.terminating;
        };
        ranks.push_back(
            {.assigned = pod.phase != PodPhase::pending,
             .running = pod.phase != PodPhase::pending && pod.phase != PodPhase::starting,
             .ready = pod.ready,
             .on_its_node = pod.node < 0 ? 0
                                         : static_cast<std::int32_t>(
                                               std::ranges::count_if(pods_, shares_its_node)),
             .ready_since = pod.ready_since,
             .restarts = pod.restarts,
             .created = pod.created,
             .uid = pod.uid});
    }
    const std::vector<std::size_t> order = models::deletion_order(ranks, now_);
    for (std::size_t i = 0; i < count; ++i) {
        terminate(candidates[order[i]], cause);
    }
}

/// Keeps the integral of the replica count; called after every change.
void ControlPlane::replicas_changed(std::int32_t group_index) {
    Group& group = group_at(group_index);
    group.replica_integral +=
        static_cast<core::int128>(group.replicas) * core::nanoseconds(now_ - group.replicas_since);
    group.replicas_since = now_;
    group.replicas = static_cast<std::int32_t>(active_pods(group_index).size());
    group.replicas_min = std::min(group.replicas_min, group.replicas);
    group.replicas_max = std::max(group.replicas_max, group.replicas);
}

}  // namespace lagsim::sim
