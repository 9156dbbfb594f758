/// What a ScaledObject and a HorizontalPodAutoscaler say, typed and with the API's defaults
/// applied. Source: KEDA v2.21.0 apis/keda/v1alpha1; Kubernetes v1.36.4 autoscaling/v2 with
/// pkg/apis/autoscaling/v2/defaults.go.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/quantity.h"
#include "core/time.h"

namespace lagsim::core {

enum class MetricTargetType : std::uint8_t { average_value, value, utilization };
enum class KedaVersion : std::uint8_t { v2_20, v2_21 };

/// offsetResetPolicy as KEDA understands it; `neither` is the `latest,earliest` oddity that passes
/// its enum check.
enum class OffsetResetPolicy : std::uint8_t { latest, earliest, neither };

/// KEDA v2.21.0 pkg/scalers/kafka_scaler.go kafkaMetadata.
struct KafkaTriggerParameters {
    std::string consumer_group;
    std::string topic;  ///< empty: every topic that the group has committed offsets for
    std::int64_t lag_threshold = 10;            ///< [records]
    std::int64_t activation_lag_threshold = 0;  ///< [records]
    OffsetResetPolicy offset_reset_policy = OffsetResetPolicy::latest;
    bool allow_idle_consumers = false;
    bool exclude_persistent_lag = false;
    bool scale_to_zero_on_invalid_offset = false;
    bool limit_to_partitions_with_lag = false;
    bool ensure_even_distribution_of_partitions = false;
    bool full_metadata = true;
    bool pre_0_10_1 = false;  ///< `version` below 0.10.1.0: every end and start offset reads as 0
    /// `version` below 0.10.2.0: OffsetFetch can neither list all topics nor say a group error.
    bool pre_0_10_2 = false;
    /// Partitions named by partitionLimitation; unset = all, empty list = none.
    std::optional<std::vector<std::int32_t>> partition_limitation;
    friend bool operator==(const KafkaTriggerParameters&, const KafkaTriggerParameters&) = default;
};

/// cpu and memory triggers: Resource metrics of the HPA.
struct ResourceTriggerParameters {
    enum class Resource : std::uint8_t { cpu, memory } resource = Resource::cpu;
    std::int64_t target = 0;     ///< [%] for Utilization, [milli-units] for AverageValue
    std::string container_name;  ///< empty: the whole pod
    friend bool operator==(const ResourceTriggerParameters&,
                           const ResourceTriggerParameters&) = default;
};

struct CronTriggerParameters {
    std::string timezone;
    std::string start;
    std::string end;
    std::int32_t desired_replicas = 0;
    friend bool operator==(const CronTriggerParameters&, const CronTriggerParameters&) = default;
};

struct TriggerParameters {
    std::string name;
    MetricTargetType target_type = MetricTargetType::average_value;
    bool use_cached_metrics = false;
    std::variant<KafkaTriggerParameters, ResourceTriggerParameters, CronTriggerParameters> spec;
    friend bool operator==(const TriggerParameters&, const TriggerParameters&) = default;
};

enum class SelectPolicy : std::uint8_t { max, min, disabled };
struct ScalingPolicyRule {
    enum class Type : std::uint8_t { pods, percent } type = Type::pods;
    std::int32_t value = 0;
    std::int32_t period_seconds = 0;
    friend bool operator==(const ScalingPolicyRule&, const ScalingPolicyRule&) = default;
};
struct ScalingRules {
    std::optional<std::int32_t> stabilization_window_seconds;
    SelectPolicy select_policy = SelectPolicy::max;
    std::vector<ScalingPolicyRule> policies;
    std::optional<double> tolerance;  ///< [1] overrides the controller's, this direction only
    friend bool operator==(const ScalingRules&, const ScalingRules&) = default;
};
/// HorizontalPodAutoscalerBehavior after API-server defaulting. Absent (nullopt in the owner) = the
/// legacy path.
struct ScalingBehavior {
    ScalingRules scale_up;
    ScalingRules scale_down;
    friend bool operator==(const ScalingBehavior&, const ScalingBehavior&) = default;
};

struct FallbackParameters {
    enum class Behavior : std::uint8_t {
        static_replicas,
        current_replicas,
        current_replicas_if_higher,
        current_replicas_if_lower,
        scaling_modifiers
    } behavior = Behavior::static_replicas;
    std::int32_t failure_threshold = 0;
    std::int32_t replicas = 0;
    friend bool operator==(const FallbackParameters&, const FallbackParameters&) = default;
};

struct ScaledObjectParameters {
    std::string name;
    std::vector<TriggerParameters> triggers;
    std::int32_t polling_interval_seconds = 30;
    std::int32_t cooldown_period_seconds = 300;
    std::int32_t initial_cooldown_period_seconds = 0;
    std::optional<std::int32_t> min_replica_count;
    std::optional<std::int32_t> max_replica_count;
    std::optional<std::int32_t> idle_replica_count;
    std::optional<FallbackParameters> fallback;
    std::optional<ScalingBehavior> behavior;
    std::map<std::string, std::string> annotations;
    KedaVersion keda_version = KedaVersion::v2_21;
    friend bool operator==(const ScaledObjectParameters&, const ScaledObjectParameters&) = default;
};

/// One metric of an HPA spec.
struct HpaMetric {
    enum class Source : std::uint8_t {
        external,
        resource,
        container_resource
    } source = Source::external;
    std::string name;       ///< External: metric name; resource: "cpu" or "memory"
    std::string container;  ///< container_resource
    MetricTargetType target_type = MetricTargetType::average_value;
    std::int64_t target = 0;  ///< [milli-units] for values, [%] for utilization
    friend bool operator==(const HpaMetric&, const HpaMetric&) = default;
};

struct HpaParameters {
    std::string name;
    std::int32_t min_replicas = 1;
    std::int32_t max_replicas = 1;
    std::vector<HpaMetric> metrics;
    std::optional<ScalingBehavior> behavior;
    // Controller flags (kube-controller-manager):
    double tolerance = 0.1;                             ///< [1]
    Duration downscale_stabilization{300'000'000'000};  ///< [ns]
    friend bool operator==(const HpaParameters&, const HpaParameters&) = default;
};

}  // namespace lagsim::core
