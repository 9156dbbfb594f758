#include "core/scaling/fallback.h"

#include <algorithm>

#include "core/scaling/go_arithmetic.h"

namespace lagsim::core {
namespace {

using Behavior = FallbackParameters::Behavior;

/// fallbackExceededThreshold over all metrics of the copy.
[[nodiscard]] bool any_exceeds(const ScaledObjectStatus& status, std::int32_t threshold) {
    return std::ranges::any_of(status.health, [&](const TriggerHealth& health) {
        return health.status == HealthStatus::failing && health.failures.value_or(0) > threshold;
    });
}

/// UpdateHealthStatus, IncrementFailure: one change of one metric's health, patched at once.
void set_health(const FallbackParameters& fallback, std::size_t trigger,
                const TriggerHealth& health, StatusCopies status) {
    const ScaledObjectStatus original = status.copy;
    status.copy.health[trigger] = health;
    status.copy.conditions.fallback =
        any_exceeds(status.copy, fallback.failure_threshold)
            ? Condition{.status = ConditionStatus::yes, .reason = "FallbackExists"}
            : Condition{.status = ConditionStatus::no, .reason = "NoFallbackFound"};
    patch_status(status.server, original, status.copy);
}

[[nodiscard]] std::int32_t replicas_for(const FallbackParameters& fallback, std::int32_t current) {
    switch (fallback.behavior) {
        case Behavior::current_replicas:
            return current;
        case Behavior::current_replicas_if_higher:
            return std::max(current, fallback.replicas);
        case Behavior::current_replicas_if_lower:
            return std::min(current, fallback.replicas);
        case Behavior::static_replicas:
        case Behavior::scaling_modifiers:
            break;
    }
    return fallback.replicas;
}

/// doFallback. None: "error performing fallback".
[[nodiscard]] std::optional<std::int64_t> fallback_milli(const FallbackParameters& fallback,
                                                         const FallbackTarget& target,
                                                         const FallbackReplicas& replicas) {
    auto wanted = static_cast<double>(replicas_for(fallback, replicas.current));
    if (target.type == MetricTargetType::value) {
        if (replicas.ready == 0) {
            return std::nullopt;
        }
        wanted /= static_cast<double>(replicas.ready);
    }
    return truncate_to_int64(target.value * 1000 * wanted);
}

[[nodiscard]] TriggerRecord substitute(std::int64_t milli, bool fallback_active,
                                       const TriggerRecord& raw) {
    return {.error = TriggerError::none,
            .lag = raw.lag,
            .milli = milli,
            .transmitted_milli = milli,
            .active = raw.active,
            .fallback_active = fallback_active};
}

}  // namespace

bool fallback_configured(const ScaledObjectParameters& parameters) {
    return parameters.fallback && parameters.fallback->failure_threshold >= 0 &&
           parameters.fallback->replicas >= 0;
}

TriggerRecord with_fallback(const ScaledObjectParameters& parameters, TriggerRecord raw,
                            std::size_t trigger, const FallbackTarget& target,
                            const FallbackReplicas& replicas, StatusCopies status) {
    raw.fallback_active = false;
    if (!fallback_configured(parameters)) {
        return raw;
    }
    const FallbackParameters& fallback = *parameters.fallback;
    if (raw.error == TriggerError::none) {
        set_health(fallback, trigger, {.failures = 0, .status = HealthStatus::happy}, status);
        return raw;
    }
    const std::int32_t failures = status.copy.health[trigger].failures.value_or(0) + 1;
    set_health(fallback, trigger, {.failures = failures, .status = HealthStatus::failing}, status);
    if (failures <= fallback.failure_threshold) {
        return raw;
    }
    if (fallback.behavior == Behavior::scaling_modifiers) {
        return substitute(-1000, false, raw);  // the formula would see nil
    }
    const std::optional<std::int64_t> milli = fallback_milli(fallback, target, replicas);
    if (!milli) {
        raw.error = TriggerError::fallback;
        return raw;
    }
    return substitute(*milli, true, raw);
}

}  // namespace lagsim::core
