/// The ScaledObject as an API object: what the reconciler refuses, what its annotations say, and
/// the HorizontalPodAutoscaler it becomes. Source: KEDA v2.21.0
/// apis/keda/v1alpha1/scaledobject_types.go, controllers/keda/hpa.go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/scaling/parameters.h"

namespace lagsim::core {

/// What the reconciler would refuse (Ready=False, no HPA, no loop); empty = accepted. `path` is
/// the field's, relative to `spec`.
struct ScaledObjectError {
    std::string path;
    std::string message;
};
[[nodiscard]] std::vector<ScaledObjectError> validate(const ScaledObjectParameters& parameters);

/// The HPA that KEDA creates (getHPASpec), pause annotations included.
[[nodiscard]] HpaParameters hpa_of(const ScaledObjectParameters& parameters);

/// `s<index>-kafka-<topic>`: the external metric's name, "" for resource triggers.
[[nodiscard]] std::string metric_name(const TriggerParameters& trigger, std::size_t index);

/// MilliValue of Quantity(lagThreshold): the low 64 bits where it does not fit.
[[nodiscard]] std::int64_t milli_target(std::int64_t lag_threshold);

/// IsPollingIntervalRelevant, negated: KEDA 2.21 then polls from the HPA's observations.
[[nodiscard]] bool uses_hpa_observations(const ScaledObjectParameters& parameters);

/// getBoolAnnotation: present and not a Go false; a value that is no boolean counts as true.
[[nodiscard]] bool bool_annotation(const ScaledObjectParameters& parameters, const char* key);
/// NeedToBePausedByAnnotation.
[[nodiscard]] bool paused_by_annotation(const ScaledObjectParameters& parameters);

inline constexpr const char* paused_annotation = "autoscaling.keda.sh/paused";
inline constexpr const char* paused_replicas_annotation = "autoscaling.keda.sh/paused-replicas";
inline constexpr const char* paused_scale_in_annotation = "autoscaling.keda.sh/paused-scale-in";
inline constexpr const char* paused_scale_out_annotation = "autoscaling.keda.sh/paused-scale-out";
inline constexpr const char* force_activation_annotation = "autoscaling.keda.sh/force-activation";

}  // namespace lagsim::core
