/// Resource metrics: which pods count, what stands in for those without figures, and the proposal.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/scaling/go_arithmetic.h"
#include "core/scaling/replica_calculator.h"

namespace lagsim::core {
namespace {

constexpr Duration cpu_initialization_period{300'000'000'000};
constexpr Duration initial_readiness_delay{30'000'000'000};

enum class PodGroup : std::uint8_t { ready, unready, missing, ignored };

[[nodiscard]] ResourceUse use_of(const PodObservation& pod, const ResourceTarget& target) {
    if (!target.container.empty() && !pod.container.empty() && target.container != pod.container) {
        return {};
    }
    return target.memory ? pod.memory : pod.cpu;
}

/// A pod that is starting, or never was ready, says nothing useful about cpu.
[[nodiscard]] bool cpu_unready(const PodObservation& pod, Instant now) {
    if (pod.ready == ReadyCondition::absent || !pod.started) {
        return true;
    }
    const bool not_ready = pod.ready == ReadyCondition::no;
    if (*pod.started + cpu_initialization_period > now) {
        return not_ready || pod.sampled < pod.ready_changed + pod.sample_window;
    }
    return not_ready && *pod.started + initial_readiness_delay > pod.ready_changed;
}

/// groupPods.
[[nodiscard]] PodGroup group_of(const PodObservation& pod, const ResourceTarget& target,
                                Instant now) {
    if (pod.deleted || pod.phase == PodPhase::failed) {
        return PodGroup::ignored;
    }
    if (pod.phase == PodPhase::pending) {
        return PodGroup::unready;
    }
    if (!use_of(pod, target).usage) {
        return PodGroup::missing;
    }
    return !target.memory && cpu_unready(pod, now) ? PodGroup::unready : PodGroup::ready;
}

/// What is summed over pods, and how often.
struct Usage {
    std::int64_t usage = 0;    ///< [milli-units]
    std::int64_t request = 0;  ///< [milli-units]
    std::int64_t pods = 0;
    void add(std::int64_t used, std::int64_t requested) {
        usage = wrapping_add(usage, used);
        request = wrapping_add(request, requested);
        ++pods;
    }
};

/// GetResourceUtilizationRatio, GetMetricUsageRatio: whole percent, or whole milli-units, before
/// the division by the target.
[[nodiscard]] std::optional<double> ratio_of(const Usage& sum, const ResourceTarget& target) {
    if (target.type != MetricTargetType::utilization) {
        return static_cast<double>(sum.usage / sum.pods) / static_cast<double>(target.target);
    }
    if (sum.request == 0) {
        return std::nullopt;
    }
    const auto percent = static_cast<std::int32_t>(wrapping_multiply(sum.usage, 100) / sum.request);
    return static_cast<double>(percent) / static_cast<double>(target.target);
}

struct Groups {
    Usage counted;  ///< pods with figures that count
    std::int64_t ready = 0;
    std::int64_t unready = 0;
    std::int64_t missing = 0;
    bool all_request = true;  ///< every listed pod has a request
};

[[nodiscard]] Groups group(std::span<const PodObservation> pods, const ResourceTarget& target,
                           Instant now) {
    Groups groups;
    for (const PodObservation& pod : pods) {
        const ResourceUse use = use_of(pod, target);
        groups.all_request = groups.all_request && use.request.has_value();
        switch (group_of(pod, target, now)) {
            case PodGroup::ready:
                ++groups.ready;
                groups.counted.add(*use.usage, use.request.value_or(0));
                break;
            case PodGroup::unready:
                ++groups.unready;
                break;
            case PodGroup::missing:
                ++groups.missing;
                break;
            case PodGroup::ignored:
                break;
        }
    }
    return groups;
}

/// Missing pods dampen either direction; unready ones dampen growth.
[[nodiscard]] Usage with_stand_ins(const Groups& groups, std::span<const PodObservation> pods,
                                   const ResourceTarget& target, Instant now, double ratio) {
    const bool utilization = target.type == MetricTargetType::utilization;
    const std::int64_t percent = std::max<std::int64_t>(100, target.target);
    Usage sum = groups.counted;
    for (const PodObservation& pod : pods) {
        const PodGroup kind = group_of(pod, target, now);
        const std::int64_t request = use_of(pod, target).request.value_or(0);
        if (kind == PodGroup::missing && ratio < 1.0) {
            sum.add(utilization ? wrapping_multiply(request, percent) / 100 : target.target,
                    request);
        } else if ((kind == PodGroup::missing || kind == PodGroup::unready) && ratio > 1.0) {
            sum.add(0, request);
        }
    }
    return sum;
}

}  // namespace

std::optional<std::int32_t> resource_replicas(const ResourceTarget& target,
                                              std::span<const PodObservation> pods,
                                              std::int32_t current_replicas, Instant now,
                                              const Tolerances& tolerances) {
    const Groups groups = group(pods, target, now);
    const bool requests_needed = target.type == MetricTargetType::utilization;
    if (groups.counted.pods == 0 || (requests_needed && !groups.all_request)) {
        return std::nullopt;
    }
    const std::optional<double> first = ratio_of(groups.counted, target);
    if (!first) {
        return std::nullopt;
    }
    const double ratio = *first;
    const bool up_with_unready = groups.unready > 0 && ratio > 1.0;
    if (!up_with_unready && groups.missing == 0) {
        return tolerances.contain(ratio)
                   ? current_replicas
                   : truncate_to_int32(std::ceil(ratio * static_cast<double>(groups.ready)));
    }
    const Usage sum = with_stand_ins(groups, pods, target, now, ratio);
    const std::optional<double> second = ratio_of(sum, target);
    if (!second) {
        return std::nullopt;
    }
    const double again = *second;
    if (tolerances.contain(again) || (ratio < 1.0 && again > 1.0) || (ratio > 1.0 && again < 1.0)) {
        return current_replicas;
    }
    const std::int32_t replicas =
        truncate_to_int32(std::ceil(again * static_cast<double>(sum.pods)));
    if ((again < 1.0 && replicas > current_replicas) ||
        (again > 1.0 && replicas < current_replicas)) {
        return current_replicas;
    }
    return replicas;
}

}  // namespace lagsim::core
