#include "core/scaling/replica_calculator.h"

#include <cmath>
#include <limits>

#include "core/scaling/go_arithmetic.h"

namespace lagsim::core {
namespace {

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr double int32_max = std::numeric_limits<std::int32_t>::max();

/// The sum goes to the maximum as soon as it is negative, whatever made it so.
[[nodiscard]] std::int64_t average_usage(std::span<const std::int64_t> values) {
    std::int64_t usage = 0;
    for (const std::int64_t value : values) {
        usage = wrapping_add(usage, value);
        if (usage < 0) {
            return int64_max;
        }
    }
    return usage;
}

/// Here only positive overflow is caught; a negative usage stays.
[[nodiscard]] std::int64_t value_usage(std::span<const std::int64_t> values) {
    std::int64_t usage = 0;
    for (const std::int64_t value : values) {
        if (value > 0 && usage > int64_max - value) {
            return int64_max;
        }
        usage = wrapping_add(usage, value);
    }
    return usage;
}

}  // namespace

Tolerances tolerances_of(const HpaParameters& parameters) {
    Tolerances tolerances{.up = parameters.tolerance, .down = parameters.tolerance};
    if (parameters.behavior) {
        tolerances.up = parameters.behavior->scale_up.tolerance.value_or(tolerances.up);
        tolerances.down = parameters.behavior->scale_down.tolerance.value_or(tolerances.down);
    }
    return tolerances;
}

std::int32_t external_average_replicas(std::span<const std::int64_t> values,
                                       std::int64_t target_milli, std::int32_t status_replicas,
                                       const Tolerances& tolerances) {
    const auto usage = static_cast<double>(average_usage(values));
    const auto target = static_cast<double>(target_milli);
    // Infinite or NaN at 0 replicas, so never within tolerance.
    if (tolerances.contain(usage / (target * static_cast<double>(status_replicas)))) {
        return status_replicas;
    }
    const double replicas = std::ceil(usage / target);
    return replicas > int32_max ? std::numeric_limits<std::int32_t>::max()
                                : truncate_to_int32(replicas);
}

std::optional<std::int32_t> external_value_replicas(std::span<const std::int64_t> values,
                                                    std::int64_t target_milli,
                                                    const ScaleObservation& scale,
                                                    const Tolerances& tolerances) {
    const double ratio =
        static_cast<double>(value_usage(values)) / static_cast<double>(target_milli);
    if (scale.spec.value() == 0) {
        return truncate_to_int32(std::ceil(ratio));
    }
    if (tolerances.contain(ratio)) {
        return scale.spec.value();
    }
    if (scale.listed.value() == 0) {
        return std::nullopt;
    }
    const double replicas = ratio * static_cast<double>(scale.ready.value());
    return replicas > int32_max ? std::numeric_limits<std::int32_t>::max()
                                : truncate_to_int32(std::ceil(replicas));
}

}  // namespace lagsim::core
