#include "core/scaling/horizontal_pod_autoscaler.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/scaling/go_arithmetic.h"

namespace lagsim::core {
namespace {

constexpr ConditionStatus yes = ConditionStatus::yes;
constexpr ConditionStatus no = ConditionStatus::no;

[[nodiscard]] Duration seconds_of(std::int32_t seconds) {
    return Duration{std::int64_t{seconds} * 1'000'000'000};
}

}  // namespace

HorizontalPodAutoscaler::HorizontalPodAutoscaler(HpaParameters parameters)
    : parameters_(std::move(parameters)), tolerances_(tolerances_of(parameters_)) {}

void HorizontalPodAutoscaler::forget() {
    recommendations_.clear();
    events_.clear();
}

/// computeReplicasForMetric.
HorizontalPodAutoscaler::MetricProposal HorizontalPodAutoscaler::propose_from(
    std::size_t index, Instant now, const ScaleObservation& scale,
    ExternalMetricSource& external) const {
    const HpaMetric& metric = parameters_.metrics[index];
    if (metric.source != HpaMetric::Source::external) {
        const ResourceTarget target{.memory = metric.name == "memory",
                                    .type = metric.target_type,
                                    .target = metric.target,
                                    .container = metric.container};
        return {
            .replicas = resource_replicas(target, scale.pods, scale.spec.value(), now, tolerances_),
            .failure = metric.source == HpaMetric::Source::resource
                           ? "FailedGetResourceMetric"
                           : "FailedGetContainerResourceMetric"};
    }
    const ExternalMetric values = external.read(index);
    MetricProposal proposal{.replicas = std::nullopt, .failure = "FailedGetExternalMetric"};
    if (values.failed || values.values.empty()) {
        return proposal;
    }
    proposal.replicas =
        metric.target_type == MetricTargetType::value
            ? external_value_replicas(values.values, metric.target, scale, tolerances_)
            : external_average_replicas(values.values, metric.target, scale.status.value(),
                                        tolerances_);
    return proposal;
}

/// computeReplicasForMetrics: the largest proposal; an invalid metric blocks scaling down.
std::optional<std::int32_t> HorizontalPodAutoscaler::propose(Instant now,
                                                             const ScaleObservation& scale,
                                                             ExternalMetricSource& external) {
    std::int32_t replicas = 0;
    std::size_t invalid = 0;
    std::string_view first_failure;
    for (std::size_t i = 0; i < parameters_.metrics.size(); ++i) {
        const MetricProposal proposal = propose_from(i, now, scale, external);
        if (!proposal.replicas) {
            first_failure = invalid == 0 ? proposal.failure : first_failure;
            ++invalid;
        } else if (replicas == 0 || *proposal.replicas > replicas) {
            replicas = *proposal.replicas;
        }
    }
    if (invalid >= parameters_.metrics.size() || (invalid > 0 && replicas < scale.spec.value())) {
        conditions_.scaling_active = {.status = no, .reason = first_failure};
        return std::nullopt;
    }
    conditions_.scaling_active = {.status = yes, .reason = "ValidMetricFound"};
    return replicas;
}

std::int32_t HorizontalPodAutoscaler::stabilize(std::int32_t proposal, std::int32_t current,
                                                Instant now) {
    if (!parameters_.behavior) {
        const std::int32_t stabilized =
            recommendations_.stabilize_down(proposal, now, parameters_.downscale_stabilization);
        conditions_.able_to_scale.reason =
            stabilized != proposal ? "ScaleDownStabilized" : "ReadyForNewScale";
        return stabilized;
    }
    const auto& down = parameters_.behavior->scale_down.stabilization_window_seconds;
    const auto& up = parameters_.behavior->scale_up.stabilization_window_seconds;
    const Recommendations::Windows windows{
        .up = seconds_of(up.value_or(0)),
        // maybeInitScaleDownStabilizationWindow: the controller's, in whole seconds
        .down = down ? seconds_of(*down)
                     : Duration{parameters_.downscale_stabilization.count() / 1'000'000'000 *
                                1'000'000'000}};
    const std::int32_t stabilized = recommendations_.stabilize(proposal, current, now, windows);
    if (stabilized == proposal) {
        conditions_.able_to_scale.reason = "ReadyForNewScale";
    } else {
        conditions_.able_to_scale.reason =
            proposal >= current ? "ScaleUpStabilized" : "ScaleDownStabilized";
    }
    return stabilized;
}

/// convertDesiredReplicasWithRules: at most double, a sync.
HorizontalPodAutoscaler::Limited HorizontalPodAutoscaler::limit_by_doubling(
    std::int32_t desired, std::int32_t current) const {
    const std::int32_t rate = truncate_to_int32(std::max(2.0 * static_cast<double>(current), 4.0));
    const Limited most =
        parameters_.max_replicas > rate
            ? Limited{.replicas = rate, .reason = "ScaleUpLimit"}
            : Limited{.replicas = parameters_.max_replicas, .reason = "TooManyReplicas"};
    if (desired < parameters_.min_replicas) {
        return {.replicas = parameters_.min_replicas, .reason = "TooFewReplicas"};
    }
    if (desired > most.replicas) {
        return most;
    }
    return {.replicas = desired, .reason = "DesiredWithinRange"};
}

HorizontalPodAutoscaler::Limited HorizontalPodAutoscaler::limit_up(std::int32_t desired,
                                                                   std::int32_t current,
                                                                   Instant now) const {
    const std::int32_t rate =
        std::max(events_.up_limit(parameters_.behavior->scale_up, current, now), current);
    const Limited most =
        parameters_.max_replicas > rate
            ? Limited{.replicas = rate, .reason = "ScaleUpLimit"}
            : Limited{.replicas = parameters_.max_replicas, .reason = "TooManyReplicas"};
    return desired > most.replicas ? most
                                   : Limited{.replicas = desired, .reason = "DesiredWithinRange"};
}

HorizontalPodAutoscaler::Limited HorizontalPodAutoscaler::limit_down(std::int32_t desired,
                                                                     std::int32_t current,
                                                                     Instant now) const {
    const std::int32_t rate =
        std::min(events_.down_limit(parameters_.behavior->scale_down, current, now), current);
    const Limited least =
        parameters_.min_replicas < rate
            ? Limited{.replicas = rate, .reason = "ScaleDownLimit"}
            : Limited{.replicas = parameters_.min_replicas, .reason = "TooFewReplicas"};
    return desired < least.replicas ? least
                                    : Limited{.replicas = desired, .reason = "DesiredWithinRange"};
}

HorizontalPodAutoscaler::Limited HorizontalPodAutoscaler::limit(std::int32_t desired,
                                                                std::int32_t current,
                                                                Instant now) const {
    if (!parameters_.behavior) {
        return limit_by_doubling(desired, current);
    }
    if (desired > current) {
        return limit_up(desired, current, now);
    }
    if (desired < current) {
        return limit_down(desired, current, now);
    }
    return {.replicas = desired, .reason = "DesiredWithinRange"};
}

/// normalizeDesiredReplicas, normalizeDesiredReplicasWithBehaviors.
std::int32_t HorizontalPodAutoscaler::normalize(std::int32_t proposal, std::int32_t current,
                                                Instant now, Decision& decision) {
    conditions_.able_to_scale.status = yes;
    const std::int32_t stabilized = stabilize(proposal, current, now);
    const Limited limited = limit(stabilized, current, now);
    const bool was_limited = limited.replicas != stabilized;
    conditions_.scaling_limited = {.status = was_limited ? yes : no, .reason = limited.reason};
    decision.stabilized = stabilized;
    if (was_limited) {
        decision.limited_by = limited.reason;
    } else if (stabilized != proposal) {
        decision.limited_by = conditions_.able_to_scale.reason;
    }
    return limited.replicas;
}

void HorizontalPodAutoscaler::rescale(std::int32_t from, std::int32_t to, Instant now,
                                      Decision& decision) {
    decision.rescale = to;
    conditions_.able_to_scale = {.status = yes, .reason = "SucceededRescale"};
    if (parameters_.behavior) {
        events_.record(*parameters_.behavior, from, to, now);
    }
    desired_replicas_ = to;
}

HorizontalPodAutoscaler::Decision HorizontalPodAutoscaler::sync(Instant now,
                                                                const ScaleObservation& scale,
                                                                ExternalMetricSource& external) {
    const std::int32_t current = scale.spec.value();
    Decision decision;
    conditions_.able_to_scale = {.status = yes, .reason = "SucceededGetScale"};
    recommendations_.seed(current, now);
    if (current == 0) {
        conditions_.scaling_active = {.status = no, .reason = "ScalingDisabled"};
        desired_replicas_ = 0;
        return decision;
    }
    if (current > parameters_.max_replicas) {
        decision.limited_by = "TooManyReplicas";
        rescale(current, parameters_.max_replicas, now, decision);
        return decision;
    }
    if (current < parameters_.min_replicas) {
        decision.limited_by = "TooFewReplicas";
        rescale(current, parameters_.min_replicas, now, decision);
        return decision;
    }
    decision.metrics_read = true;
    decision.proposal = propose(now, scale, external);
    if (!decision.proposal) {
        return decision;  // desiredReplicas keeps its old value
    }
    const std::int32_t desired = normalize(std::max(0, *decision.proposal), current, now, decision);
    if (desired != current) {
        rescale(current, desired, now, decision);
    } else {
        desired_replicas_ = current;
    }
    return decision;
}

}  // namespace lagsim::core
