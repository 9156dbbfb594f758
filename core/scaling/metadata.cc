#include "core/scaling/metadata.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>

#include "core/scaling/cron_schedule.h"
#include "core/scaling/go_text.h"
#include "core/scaling/kafka_version.h"
#include "core/scaling/kubernetes_quantity.h"

namespace lagsim::core {
namespace {

/// Where a value may come from, in the order of the struct tag.
enum class Sources : std::uint8_t { metadata, metadata_or_environment };

/// scalersconfig.setValue for the types we need; collects the complaints.
class FieldReader {
  public:
    explicit FieldReader(const TriggerMetadata& metadata) : metadata_(metadata) {}

    /// configParamValue: trimmed; a blank value counts as absent.
    [[nodiscard]] std::optional<std::string> lookup(const std::string& key,
                                                    Sources sources = Sources::metadata) const {
        if (std::optional<std::string> found = trimmed(metadata_.values, key)) {
            return found;
        }
        const auto from_environment = metadata_.values.find(key + "FromEnv");
        if (sources == Sources::metadata || from_environment == metadata_.values.end()) {
            return std::nullopt;
        }
        return trimmed(metadata_.environment, from_environment->second);
    }

    [[nodiscard]] std::string required(const std::string& key, Sources sources) {
        std::optional<std::string> found = lookup(key, sources);
        if (!found) {
            complain(key, "missing required parameter \"" + key + "\" in " +
                              (sources == Sources::metadata ? "[triggerMetadata]"
                                                            : "[triggerMetadata resolvedEnv]"));
        }
        return found.value_or("");
    }

    [[nodiscard]] std::int64_t integer(const std::string& key, std::int64_t otherwise) {
        const std::optional<std::string> found = lookup(key);
        if (!found) {
            return otherwise;
        }
        const std::optional<std::int64_t> value = parse_json_int(*found);
        if (!value) {
            complain(key, "unable to set param \"" + key + "\" value \"" + *found +
                              "\": unable to unmarshal to field type int64");
        }
        return value.value_or(0);
    }

    [[nodiscard]] bool boolean(const std::string& key, bool otherwise) {
        const std::optional<std::string> found = lookup(key);
        if (!found) {
            return otherwise;
        }
        const std::optional<bool> value = parse_go_bool(*found);
        if (!value) {
            complain(key, "unable to set param \"" + key + "\" value \"" + *found +
                              "\": unable to parse boolean value");
        }
        return value.value_or(false);
    }

    /// Every comma-separated piece must be in the list; the value itself stays whole.
    [[nodiscard]] std::string enumeration(const std::string& key, std::string otherwise,
                                          std::span<const std::string_view> choices) {
        std::optional<std::string> found = lookup(key);
        if (!found) {
            return otherwise;
        }
        for (const std::string_view piece : split(*found, ',')) {
            if (std::ranges::find(choices, trim_space(piece)) == choices.end()) {
                complain(key, "parameter \"" + key + "\" value \"" + *found + "\" must be one of " +
                                  listing(choices));
                return "";
            }
        }
        return *std::move(found);
    }

    void complain(std::string key, std::string message) {
        errors_.push_back({.key = std::move(key), .message = std::move(message)});
    }

    [[nodiscard]] MetadataErrors take_errors() { return std::exchange(errors_, {}); }
    [[nodiscard]] bool failed() const { return !errors_.empty(); }

  private:
    [[nodiscard]] static std::optional<std::string> trimmed(
        const std::map<std::string, std::string>& values, const std::string& key) {
        const auto found = values.find(key);
        if (found == values.end()) {
            return std::nullopt;
        }
        const std::string_view text = trim_space(found->second);
        return text.empty() ? std::nullopt : std::optional<std::string>(text);
    }

    [[nodiscard]] static std::string listing(std::span<const std::string_view> choices) {
        std::string text = "[";
        for (const std::string_view choice : choices) {
            text += (text.size() > 1 ? " " : "") + std::string(choice);
        }
        return text + "]";
    }

    const TriggerMetadata& metadata_;
    MetadataErrors errors_;
};

/// Differs: ids from here on, which no broker has, are not stored.
constexpr std::int32_t partition_id_limit = 1'000'000;

/// One piece of partitionLimitation: `n` or `a-b`.
[[nodiscard]] bool parse_partition_range(std::string_view piece, std::vector<std::int32_t>& into) {
    const std::vector<std::string_view> ends = split(piece, '-');
    if (ends.size() > 2) {
        return false;
    }
    const auto first = parse_go_int32(ends.size() == 2 ? trim_space(ends.front()) : ends.front());
    const auto last = parse_go_int32(ends.size() == 2 ? trim_space(ends.back()) : ends.back());
    if (!first || !last) {
        return false;
    }
    for (std::int32_t id = *first; id <= std::min(*last, partition_id_limit); ++id) {
        into.push_back(id);
    }
    return true;
}

[[nodiscard]] std::optional<std::vector<std::int32_t>> parse_partition_limitation(
    std::string_view text) {
    std::vector<std::int32_t> partitions;
    for (const std::string_view piece : split(text, ',')) {
        if (!parse_partition_range(trim_space(piece), partitions)) {
            return std::nullopt;
        }
    }
    return partitions;
}

[[nodiscard]] OffsetResetPolicy reset_policy(std::string_view text) {
    if (text == "latest") {
        return OffsetResetPolicy::latest;
    }
    return text == "earliest" ? OffsetResetPolicy::earliest : OffsetResetPolicy::neither;
}

/// SASL credentials come from a TriggerAuthentication, which the simulator does not read.
[[nodiscard]] bool needs_credentials(std::string_view sasl) {
    constexpr std::array<std::string_view, 5> mechanisms{"plaintext", "scram_sha256",
                                                         "scram_sha512", "oauthbearer", "gssapi"};
    return std::ranges::find(mechanisms, sasl) != mechanisms.end();
}

struct Rule {
    bool broken;
    std::string_view key;
    std::string_view message;
};

/// kafkaMetadata.Validate: the first rule that is broken, even after field errors.
void validate_kafka(FieldReader& fields, KafkaTriggerParameters& p,
                    const std::optional<std::string>& limitation) {
    bool limitation_broken = false;
    if (p.lag_threshold > 0 && p.activation_lag_threshold >= 0 && limitation) {
        p.partition_limitation = parse_partition_limitation(*limitation);
        limitation_broken = !p.partition_limitation;
    }
    const bool no_topic = p.topic.empty();
    const std::array<Rule, 8> rules{{
        {p.lag_threshold <= 0, "lagThreshold", "\"lagThreshold\" must be positive number"},
        {p.activation_lag_threshold < 0, "activationLagThreshold",
         "\"activationLagThreshold\" must be a non-negative number"},
        {limitation_broken, "partitionLimitation", "invalid partition limitation"},
        {p.allow_idle_consumers && p.limit_to_partitions_with_lag, "limitToPartitionsWithLag",
         "allowIdleConsumers and limitToPartitionsWithLag cannot be set simultaneously"},
        {no_topic && p.limit_to_partitions_with_lag, "limitToPartitionsWithLag",
         "topic must be specified when using limitToPartitionsWithLag"},
        {p.limit_to_partitions_with_lag && p.ensure_even_distribution_of_partitions,
         "ensureEvenDistributionOfPartitions",
         "limitToPartitionsWithLag and ensureEvenDistributionOfPartitions cannot be set "
         "simultaneously"},
        {no_topic && p.ensure_even_distribution_of_partitions, "ensureEvenDistributionOfPartitions",
         "topic must be specified when using ensureEvenDistributionOfPartitions"},
        {no_topic && !p.full_metadata, "fullMetadata",
         "topic must be specified when fullMetadata is false"},
    }};
    const auto* broken = std::ranges::find(rules, true, &Rule::broken);
    if (broken != rules.end()) {
        fields.complain(std::string(broken->key), std::string(broken->message));
    }
    if (no_topic) {
        p.partition_limitation.reset();
    }
}

void read_version(FieldReader& fields, KafkaTriggerParameters& parameters) {
    const std::optional<std::string> text = fields.lookup("version");
    const std::optional<KafkaVersion> version = parse_kafka_version(text.value_or("1.0.0"));
    if (!version) {
        fields.complain("version",
                        "error parsing kafka version: invalid version `" + text.value_or("") + "`");
        return;
    }
    if (*version < KafkaVersion{0, 10, 0, 0}) {  // sarama client.Controller()
        fields.complain("version",
                        "error creating kafka admin: kafka server: The version of API is not "
                        "supported");
    }
    parameters.pre_0_10_1 = *version < KafkaVersion{0, 10, 1, 0};
    parameters.pre_0_10_2 = *version < KafkaVersion{0, 10, 2, 0};
}

/// Connection settings: checked, not kept.
void check_connection(FieldReader& fields) {
    constexpr std::array<std::string_view, 2> tls{"enable", "disable"};
    constexpr std::array<std::string_view, 6> sasl{"none",         "plaintext",   "scram_sha256",
                                                   "scram_sha512", "oauthbearer", "gssapi"};
    constexpr std::array<std::string_view, 2> providers{"bearer", "aws_msk_iam"};
    std::ignore = fields.enumeration("tls", "disable", tls);
    std::ignore = fields.boolean("unsafeSsl", false);
    std::ignore = fields.enumeration("sasl", "", sasl);
    std::ignore = fields.enumeration("saslTokenProvider", "", providers);
}

}  // namespace

std::expected<MetricTargetType, MetadataErrors> external_target_type(std::string_view metric_type) {
    if (metric_type.empty() || metric_type == "AverageValue") {
        return MetricTargetType::average_value;
    }
    if (metric_type == "Value") {
        return MetricTargetType::value;
    }
    const std::string reason =
        metric_type == "Utilization"
            ? "the 'Utilization' metric type is unsupported for external metrics, allowed values "
              "are 'Value' or 'AverageValue'"
            : "unknown metric type: " + std::string(metric_type) +
                  ", allowed values are 'Value' or 'AverageValue'";
    return std::unexpected(MetadataErrors{{.key = "metricType", .message = reason}});
}

std::expected<KafkaTriggerParameters, MetadataErrors> parse_kafka_metadata(
    const TriggerMetadata& metadata, KedaVersion version) {
    constexpr std::array<std::string_view, 2> policies{"latest", "earliest"};
    FieldReader fields(metadata);
    KafkaTriggerParameters p;
    std::ignore = fields.required("bootstrapServers", Sources::metadata_or_environment);
    p.consumer_group = fields.required("consumerGroup", Sources::metadata_or_environment);
    p.topic = fields.lookup("topic", Sources::metadata_or_environment).value_or("");
    const std::optional<std::string> limitation = fields.lookup("partitionLimitation");
    p.lag_threshold = fields.integer("lagThreshold", 10);
    p.activation_lag_threshold = fields.integer("activationLagThreshold", 0);
    p.offset_reset_policy =
        reset_policy(fields.enumeration("offsetResetPolicy", "latest", policies));
    p.allow_idle_consumers = fields.boolean("allowIdleConsumers", false);
    p.exclude_persistent_lag = fields.boolean("excludePersistentLag", false);
    p.scale_to_zero_on_invalid_offset = fields.boolean("scaleToZeroOnInvalidOffset", false);
    p.limit_to_partitions_with_lag = fields.boolean("limitToPartitionsWithLag", false);
    p.ensure_even_distribution_of_partitions =
        fields.boolean("ensureEvenDistributionOfPartitions", false);
    if (version != KedaVersion::v2_20) {
        p.full_metadata = fields.boolean("fullMetadata", true);
    }
    check_connection(fields);
    validate_kafka(fields, p, limitation);
    if (!fields.failed() && needs_credentials(fields.lookup("sasl").value_or(""))) {
        fields.complain("sasl", "no username given: SASL credentials are not modelled");
    }
    if (!fields.failed()) {
        read_version(fields, p);
    }
    if (fields.failed()) {
        return std::unexpected(fields.take_errors());
    }
    return p;
}

std::expected<ResourceTriggerParameters, MetadataErrors> parse_resource_metadata(
    ResourceTriggerParameters::Resource resource, const TriggerMetadata& metadata,
    std::string_view metric_type) {
    FieldReader fields(metadata);
    ResourceTriggerParameters p{.resource = resource, .target = 0, .container_name = {}};
    if (fields.lookup("type")) {
        fields.complain("type",
                        "The 'type' setting is DEPRECATED and is removed in v2.18 - Use "
                        "'metricType' instead.");
    }
    const std::string value = fields.required("value", Sources::metadata);
    p.container_name = fields.lookup("containerName").value_or("");
    if (fields.failed()) {
        return std::unexpected(fields.take_errors());
    }
    std::optional<std::int64_t> target;
    if (metric_type == "Utilization") {
        target = parse_go_int32(value);
    } else if (metric_type == "AverageValue") {
        target = quantity_milli(value);
    } else {
        fields.complain("metricType", "unknown metric type: " + std::string(metric_type) +
                                          ", allowed values are 'Utilization' or 'AverageValue'");
        return std::unexpected(fields.take_errors());
    }
    if (!target) {
        fields.complain("value", "unable to parse \"" + value + "\"");
        return std::unexpected(fields.take_errors());
    }
    p.target = *target;
    return p;
}

std::expected<CronTriggerParameters, MetadataErrors> parse_cron_metadata(
    const TriggerMetadata& metadata) {
    FieldReader fields(metadata);
    CronTriggerParameters p;
    p.start = fields.required("start", Sources::metadata);
    p.end = fields.required("end", Sources::metadata);
    p.timezone = fields.required("timezone", Sources::metadata);
    std::int64_t replicas = 0;
    if (!fields.required("desiredReplicas", Sources::metadata).empty()) {
        replicas = fields.integer("desiredReplicas", 0);
    }
    if (!parse_cron_schedule(p.start)) {
        fields.complain("start", "error parsing start schedule: \"" + p.start + "\"");
    } else if (!parse_cron_schedule(p.end)) {
        fields.complain("end", "error parsing end schedule: \"" + p.end + "\"");
    } else if (p.start == p.end) {
        fields.complain("end", "start and end can not have exactly same time input");
    } else if (replicas == 0) {
        fields.complain("desiredReplicas", "no desiredReplicas specified");
    }
    if (fields.failed()) {
        return std::unexpected(fields.take_errors());
    }
    p.desired_replicas = static_cast<std::int32_t>(
        std::clamp<std::int64_t>(replicas, std::numeric_limits<std::int32_t>::min(),
                                 std::numeric_limits<std::int32_t>::max()));
    return p;
}

namespace {

/// The typed part of a trigger; its metric type is the caller's.
template <class Spec>
[[nodiscard]] std::expected<TriggerParameters, MetadataErrors> assemble(
    const TriggerSpec& spec, std::expected<MetricTargetType, MetadataErrors> target_type,
    std::expected<Spec, MetadataErrors> parameters) {
    MetadataErrors errors;
    if (!target_type) {
        errors = std::move(target_type.error());
    }
    if (!parameters) {
        errors.insert(errors.end(), parameters.error().begin(), parameters.error().end());
    }
    if (!errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    return TriggerParameters{.name = spec.name,
                             .target_type = *target_type,
                             .use_cached_metrics = spec.use_cached_metrics,
                             .spec = *std::move(parameters)};
}

}  // namespace

std::expected<TriggerParameters, MetadataErrors> parse_trigger(const TriggerSpec& spec,
                                                               KedaVersion version) {
    if (spec.type == "kafka") {
        return assemble(spec, external_target_type(spec.metric_type),
                        parse_kafka_metadata(spec.metadata, version));
    }
    if (spec.type == "cron") {
        return assemble(spec, external_target_type(spec.metric_type),
                        parse_cron_metadata(spec.metadata));
    }
    if (spec.type == "cpu" || spec.type == "memory") {
        using Resource = ResourceTriggerParameters::Resource;
        const MetricTargetType type = spec.metric_type == "Utilization"
                                          ? MetricTargetType::utilization
                                          : MetricTargetType::average_value;
        return assemble(
            spec, std::expected<MetricTargetType, MetadataErrors>(type),
            parse_resource_metadata(spec.type == "cpu" ? Resource::cpu : Resource::memory,
                                    spec.metadata, spec.metric_type));
    }
    return std::unexpected(
        MetadataErrors{{.key = "type", .message = "no scaler found for type: " + spec.type}});
}

}  // namespace lagsim::core
