/// The ScaledObject's status, and what becomes of it when two writers each patch from their own
/// copy of it: a JSON merge patch carries what changed in the copy, and conditions only as a whole
/// list. Source: KEDA v2.21.0 pkg/fallback/fallback.go (updateStatus), controller-runtime
/// MergeFrom.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/scaling/condition.h"
#include "core/time.h"

namespace lagsim::core {

enum class HealthStatus : std::uint8_t { unset, happy, failing };

/// status.health of one metric.
struct TriggerHealth {
    std::optional<std::int32_t> failures;
    HealthStatus status = HealthStatus::unset;
    friend bool operator==(const TriggerHealth&, const TriggerHealth&) = default;
};

struct ScaledObjectStatus {
    ScaledObjectConditions conditions;
    std::vector<TriggerHealth> health;   ///< by trigger
    std::optional<Instant> last_active;  ///< whole seconds, as the API server keeps it
};

/// Sends what differs between `original` and `copy` to `server`, and reads the answer into `copy`.
void patch_status(ScaledObjectStatus& server, const ScaledObjectStatus& original,
                  ScaledObjectStatus& copy);

}  // namespace lagsim::core
