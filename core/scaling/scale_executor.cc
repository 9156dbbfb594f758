#include "core/scaling/scale_executor.h"

#include "core/scaling/scaled_object.h"

namespace lagsim::core {
namespace {

constexpr ConditionStatus yes = ConditionStatus::yes;
constexpr ConditionStatus no = ConditionStatus::no;

[[nodiscard]] Duration seconds_of(std::int32_t seconds) {
    return Duration{std::int64_t{seconds} * 1'000'000'000};
}

/// Strictly later than the cooldown, counted from times that were cut to whole seconds.
[[nodiscard]] bool cooled_down(const ScaledObjectParameters& p, const ScaleRequest& request) {
    if (!request.last_active) {
        return request.created + seconds_of(p.initial_cooldown_period_seconds) < request.now;
    }
    return *request.last_active + seconds_of(p.cooldown_period_seconds) < request.now;
}

/// scaleToZeroOrIdle.
void scale_in(const ScaledObjectParameters& p, const ScaleRequest& request, ScaleResult& result) {
    if (bool_annotation(p, paused_scale_in_annotation)) {
        return;
    }
    if (!cooled_down(p, request)) {
        result.conditions.active = {.status = no, .reason = "ScalerCooldown"};
        return;
    }
    result.action = p.idle_replica_count ? ScaleAction::scale_to_idle : ScaleAction::scale_to_zero;
    result.replicas = p.idle_replica_count.value_or(p.min_replica_count.value_or(0));
}

void when_active(const ScaledObjectParameters& p, const ScaleRequest& request,
                 ScaleResult& result) {
    const std::int32_t least = p.min_replica_count.value_or(0);
    result.conditions.active = {.status = yes, .reason = "ScalerActive"};
    if ((p.idle_replica_count && request.replicas < least) || request.replicas == 0) {
        if (bool_annotation(p, paused_scale_out_annotation)) {
            return;
        }
        result.action = ScaleAction::activate;
        result.replicas = least > 0 ? least : 1;
        result.was_active = true;
    } else if (request.error) {
        // Differs from what one expects: a partial error does not refresh lastActiveTime.
        result.conditions.ready = {.status = ConditionStatus::unknown,
                                   .reason = "PartialTriggerError"};
    } else {
        result.was_active = true;
    }
}

void when_inactive(const ScaledObjectParameters& p, const ScaleRequest& request,
                   ScaleResult& result) {
    const std::int32_t least = p.min_replica_count.value_or(0);
    result.conditions.active = {.status = no, .reason = "ScalerNotActive"};
    if (request.error && p.fallback && p.fallback->replicas != 0) {
        return;  // at 0 replicas the HPA would never reach the fallback's count
    }
    if (request.error && !p.fallback) {
        result.conditions.ready = {.status = no, .reason = "TriggerError"};
        return;
    }
    if ((p.idle_replica_count && request.replicas > *p.idle_replica_count) ||
        (request.replicas > 0 && least == 0)) {
        scale_in(p, request, result);
    } else if (!p.idle_replica_count && request.replicas < least) {
        result.action = ScaleAction::scale_to_min;
        result.replicas = least;
    }
}

/// getHPAHealth: mirrors the HPA's ScalingActive, absent = leave untouched.
[[nodiscard]] Condition hpa_health(const std::optional<Condition>& scaling_active) {
    if (!scaling_active || scaling_active->status == ConditionStatus::absent) {
        return {};
    }
    if (scaling_active->status == yes) {
        return {.status = yes, .reason = "HPAActive"};
    }
    if (scaling_active->reason == "ScalingDisabled") {
        return {.status = yes, .reason = "ScalingDisabled"};
    }
    return {.status = no, .reason = scaling_active->reason};
}

void overwrite(const Condition& change, Condition& to) {
    if (change.status != ConditionStatus::absent) {
        to = change;
    }
}

}  // namespace

ScaleResult request_scale(const ScaledObjectParameters& parameters, const ScaleRequest& request) {
    ScaleResult result;
    result.conditions = {.ready = {.status = yes, .reason = "ScaledObjectReady"},
                         .active = {},
                         .fallback = {},
                         .paused = {},
                         .hpa_active = {}};
    if (paused_by_annotation(parameters)) {
        result.conditions.paused = {.status = yes, .reason = "ScaledObjectPaused"};
        return result;
    }
    if (request.active || bool_annotation(parameters, force_activation_annotation)) {
        when_active(parameters, request, result);
    } else {
        when_inactive(parameters, request, result);
    }
    result.conditions.hpa_active = hpa_health(request.hpa_scaling_active);
    return result;
}

void apply(const ScaledObjectConditions& changes, ScaledObjectConditions& to) {
    overwrite(changes.ready, to.ready);
    overwrite(changes.active, to.active);
    overwrite(changes.fallback, to.fallback);
    overwrite(changes.paused, to.paused);
    overwrite(changes.hpa_active, to.hpa_active);
}

}  // namespace lagsim::core
