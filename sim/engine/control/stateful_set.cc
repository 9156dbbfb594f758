/// The StatefulSet controller with podManagementPolicy OrderedReady: lasting names, one step at a
/// time.
#include <algorithm>

#include "sim/engine/control/control_plane.h"

namespace lagsim::sim {

/// Pods that are not gone yet; two never have the same ordinal.
std::vector<std::int32_t> ControlPlane::pods_by_ordinal(std::int32_t group) const {
    std::vector<std::int32_t> pods;
    for (std::size_t i = 0; i < pods_.size(); ++i) {
        if (pods_[i].group == group && pods_[i].phase != PodPhase::gone) {
            pods.push_back(static_cast<std::int32_t>(i));
        }
    }
    std::ranges::sort(
        pods, {}, [&](std::int32_t pod) { return pods_[static_cast<std::size_t>(pod)].ordinal; });
    return pods;
}

/// One step: the lowest missing pod is created when all below it are ready; then the highest
/// superfluous one goes, and the next one when it is gone; then the highest one of an old revision,
/// when all others are ready. Source: Kubernetes v1.36 pkg/controller/statefulset/
/// stateful_set_control.go.
void ControlPlane::reconcile_stateful_set(std::int32_t group_index, std::int64_t cause) {
    const Group& group = group_at(group_index);
    const std::vector<std::int32_t> pods = pods_by_ordinal(group_index);
    std::int32_t next = 0;
    for (const std::int32_t index : pods) {
        const Pod& pod = pod_at(index);
        if (pod.ordinal >= group.desired || pod.ordinal != next) {
            break;
        }
        if (pod.terminating || !pod.ready) {
            return;
        }
        ++next;
    }
    if (next < group.desired) {
        create_pod(group_index, cause, next);
        return;
    }
    if (!pods.empty() && pod_at(pods.back()).ordinal >= group.desired) {
        if (!pod_at(pods.back()).terminating) {
            terminate(pods.back(), cause);
        }
        return;
    }
    for (auto pod = pods.rbegin(); pod != pods.rend(); ++pod) {
        if (pod_at(*pod).revision != group.revision) {
            terminate(*pod, cause);
            return;
        }
    }
}

}  // namespace lagsim::sim
