/// Trigger metadata as KEDA reads it: strings in, typed parameters or KEDA's complaints out.
/// Source: KEDA v2.21.0 pkg/scalers/scalersconfig/typed_config.go.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/scaling/parameters.h"

namespace lagsim::core {

/// `key` is the metadata key at fault, "" where it is the combination.
struct MetadataError {
    std::string key;
    std::string message;
    friend bool operator==(const MetadataError&, const MetadataError&) = default;
};
using MetadataErrors = std::vector<MetadataError>;

/// A trigger's `metadata`, and the environment its `...FromEnv` keys look into.
struct TriggerMetadata {
    std::map<std::string, std::string> values;
    std::map<std::string, std::string> environment;
};

/// metricType as written: "", AverageValue, Value, Utilization.
[[nodiscard]] std::expected<MetricTargetType, MetadataErrors> external_target_type(
    std::string_view metric_type);

/// kafkaMetadata: every field error and the first validation error, joined.
[[nodiscard]] std::expected<KafkaTriggerParameters, MetadataErrors> parse_kafka_metadata(
    const TriggerMetadata& metadata, KedaVersion version = KedaVersion::v2_21);

/// cpuMemoryMetadata: `metric_type` must be Utilization or AverageValue.
[[nodiscard]] std::expected<ResourceTriggerParameters, MetadataErrors> parse_resource_metadata(
    ResourceTriggerParameters::Resource resource, const TriggerMetadata& metadata,
    std::string_view metric_type);

/// cronMetadata.
[[nodiscard]] std::expected<CronTriggerParameters, MetadataErrors> parse_cron_metadata(
    const TriggerMetadata& metadata);

/// One entry of spec.triggers as written.
struct TriggerSpec {
    std::string type;  ///< kafka, cpu, memory, cron
    std::string name;
    std::string metric_type;  ///< as written, "" = absent
    bool use_cached_metrics = false;
    TriggerMetadata metadata;
};
[[nodiscard]] std::expected<TriggerParameters, MetadataErrors> parse_trigger(
    const TriggerSpec& spec, KedaVersion version = KedaVersion::v2_21);

}  // namespace lagsim::core
