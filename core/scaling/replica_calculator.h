/// From one metric to a replica proposal.
/// Source: Kubernetes v1.36.4 pkg/controller/podautoscaler/replica_calculator.go
/// (GetExternalPerPodMetricReplicas, GetExternalMetricReplicas, GetResourceReplicas,
/// GetRawResourceReplicas) and metrics/utilization.go.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/scaling/observation.h"
#include "core/scaling/parameters.h"
#include "core/time.h"

namespace lagsim::core {

/// [1] Per direction; behavior may override the controller's.
struct Tolerances {
    double up = 0.1;
    double down = 0.1;
    /// A ratio of usage to target too near to 1 to act on.
    [[nodiscard]] bool contain(double ratio) const {
        return 1.0 - down <= ratio && ratio <= 1.0 + up;
    }
};

/// The controller's tolerance, or behavior's where it has one (tolerancesForHpa).
[[nodiscard]] Tolerances tolerances_of(const HpaParameters& parameters);

/// External metric, target AverageValue. Within tolerance it proposes status.replicas, not spec's.
[[nodiscard]] std::int32_t external_average_replicas(std::span<const std::int64_t> values,
                                                     std::int64_t target_milli,
                                                     std::int32_t status_replicas,
                                                     const Tolerances& tolerances);

/// External metric, target Value. None: no pods.
[[nodiscard]] std::optional<std::int32_t> external_value_replicas(
    std::span<const std::int64_t> values, std::int64_t target_milli, const ScaleObservation& scale,
    const Tolerances& tolerances);

struct ResourceTarget {
    bool memory = false;  ///< the start-up rules are cpu's only
    MetricTargetType type = MetricTargetType::utilization;
    std::int64_t target = 0;       ///< [%] or [milli-units]
    std::string_view container{};  ///< ContainerResource: only this container counts
};
/// Resource metric. None: no usable figures.
[[nodiscard]] std::optional<std::int32_t> resource_replicas(const ResourceTarget& target,
                                                            std::span<const PodObservation> pods,
                                                            std::int32_t current_replicas,
                                                            Instant now,
                                                            const Tolerances& tolerances);

}  // namespace lagsim::core
