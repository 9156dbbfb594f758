/// spec.fallback: counts failures of a trigger and, past the threshold, replaces its value so that
/// the HPA arrives at a stated number of replicas.
/// Source: KEDA v2.21.0 pkg/fallback/fallback.go (GetMetricsWithFallback, doFallback).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/scaling/parameters.h"
#include "core/scaling/scaled_object_status.h"
#include "core/scaling/trigger_error.h"

namespace lagsim::core {

/// What one trigger said, before and after fallback; also the record that poll and HPA exchange.
struct TriggerRecord {
    TriggerError error = TriggerError::none;
    std::int64_t lag = 0;                ///< [records] uncapped total, persistent lag included
    std::int64_t milli = 0;              ///< [milli-units] the metric
    std::int64_t transmitted_milli = 0;  ///< [milli-units] the metric as the HPA reads it
    bool active = false;                 ///< the trigger's own activity
    bool fallback_active = false;
};

/// The trigger's side of a fallback value.
struct FallbackTarget {
    double value = 0.0;  ///< target of the metric [units]
    MetricTargetType type = MetricTargetType::average_value;
};

/// Replicas that the fallback reads.
struct FallbackReplicas {
    std::int32_t current = 0;  ///< spec.replicas of the target
    std::int32_t ready = 0;    ///< Running and Ready pods
};

/// HasValidFallback, and that there is one.
[[nodiscard]] bool fallback_configured(const ScaledObjectParameters& parameters);

/// The status as one writer has it, and the one in the API server.
struct StatusCopies {
    ScaledObjectStatus& server;
    ScaledObjectStatus& copy;
};

/// GetMetricsWithFallback: counts in the copy's status and replaces the value where it is due.
[[nodiscard]] TriggerRecord with_fallback(const ScaledObjectParameters& parameters,
                                          TriggerRecord raw, std::size_t trigger,
                                          const FallbackTarget& target,
                                          const FallbackReplicas& replicas, StatusCopies status);

}  // namespace lagsim::core
