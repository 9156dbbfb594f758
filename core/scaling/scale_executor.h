/// KEDA's executor: 0 <-> 1, idle, and back to the minimum. Everything between belongs to the HPA.
/// Source: KEDA v2.21.0 pkg/scaling/executor/scale_scaledobjects.go (RequestScale).
#pragma once

#include <cstdint>
#include <optional>

#include "core/scaling/condition.h"
#include "core/scaling/parameters.h"
#include "core/time.h"

namespace lagsim::core {

struct ScaleRequest {
    Instant now;
    std::int32_t replicas = 0;  ///< spec.replicas of the target
    bool active = false;
    bool error = false;
    Instant created;                              ///< whole seconds
    std::optional<Instant> last_active;           ///< whole seconds
    std::optional<Condition> hpa_scaling_active;  ///< of the HPA; none: there is no HPA
};

enum class ScaleAction : std::uint8_t {
    none,
    activate,
    scale_to_zero,
    scale_to_idle,
    scale_to_min
};

struct ScaleResult {
    ScaleAction action = ScaleAction::none;
    std::optional<std::int32_t> replicas;  ///< to write
    bool was_active = false;               ///< lastActiveTime becomes now
    ScaledObjectConditions conditions;     ///< those that change; the others stay absent
};

[[nodiscard]] ScaleResult request_scale(const ScaledObjectParameters& parameters,
                                        const ScaleRequest& request);

/// Writes the conditions of a result over those of the status.
void apply(const ScaledObjectConditions& changes, ScaledObjectConditions& to);

}  // namespace lagsim::core
