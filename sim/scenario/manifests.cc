#include "sim/scenario/manifests.h"

#include <limits>
#include <utility>

#include <fmt/core.h>

#include "core/scaling/hpa_behavior.h"
#include "core/scaling/kubernetes_quantity.h"
#include "core/scaling/metadata.h"
#include "core/scaling/scaled_object.h"
#include "sim/scenario/paths.h"
#include "sim/scenario/schema_check.h"
#include "sim/scenario/values.h"

namespace lagsim::sim {
namespace {

/// Complains at the place that `path` (relative to `node`) has in the file.
void complain(Report& report, const YamlNode& node, const std::string& path, std::string_view code,
              std::string message) {
    report.error(mark_on_path(node, path),
                 {.code = code, .message = std::move(message), .path = path});
}

ManifestHeader header_of(const YamlNode& document) {
    ManifestHeader header;
    if (const YamlNode* metadata = value_of(document, "metadata")) {
        header.name = text_of(*metadata, "name").value_or("");
        header.name_space = text_of(*metadata, "namespace").value_or("");
    }
    header.position = position_of(document.mark);
    collect_positions(document, "", header.positions);
    return header;
}

std::map<std::string, std::string> texts_of(const YamlNode* map) {
    std::map<std::string, std::string> result;
    if (map != nullptr) {
        for (const YamlEntry& entry : map->entries) {
            if (entry.value.is_scalar() && !entry.value.invalid) {
                result.emplace(entry.key, entry.value.text);
            }
        }
    }
    return result;
}

// ---- behavior
// ------------------------------------------------------------------------------------

core::ScalingRulesSpec rules_of(const YamlNode& node) {
    core::ScalingRulesSpec rules;
    rules.stabilization_window_seconds = int32_of(node, "stabilizationWindowSeconds");
    if (const auto select = text_of(node, "selectPolicy")) {
        rules.select_policy = *select == "Min"        ? core::SelectPolicy::min
                              : *select == "Disabled" ? core::SelectPolicy::disabled
                                                      : core::SelectPolicy::max;
    }
    if (const YamlNode* policies = value_of(node, "policies")) {
        rules.policies.emplace();
        for (const YamlNode& item : policies->items) {
            rules.policies->push_back(
                {.type = text_of(item, "type") == "Percent" ? core::ScalingPolicyRule::Type::percent
                                                            : core::ScalingPolicyRule::Type::pods,
                 .value = int32_of(item, "value").value_or(1),
                 .period_seconds = int32_of(item, "periodSeconds").value_or(1)});
        }
    }
    if (const auto tolerance = text_of(node, "tolerance")) {
        rules.tolerance = core::quantity_double(*tolerance);
    }
    return rules;
}

std::optional<core::ScalingBehavior> behavior_of(const YamlNode& document, const std::string& path,
                                                 const YamlNode& node, Report& report) {
    core::ScalingBehaviorSpec spec;
    if (const YamlNode* up = value_of(node, "scaleUp")) {
        spec.scale_up = rules_of(*up);
    }
    if (const YamlNode* down = value_of(node, "scaleDown")) {
        spec.scale_down = rules_of(*down);
    }
    const auto behavior = core::accept_behavior(spec);
    if (behavior) {
        return *behavior;
    }
    for (const core::BehaviorError& error : behavior.error()) {
        complain(report, document, path + "." + error.path, "bad-value", error.message);
    }
    return std::nullopt;
}

// ---- ScaledObject
// --------------------------------------------------------------------------------

/// Builds one trigger; complaints of the core about its metadata are placed at their keys.
class TriggerReader {
  public:
    TriggerReader(const YamlNode& node, std::string path, core::KedaVersion version, Report& report)
        : node_(node), path_(std::move(path)), version_(version), report_(report) {}

    core::TriggerParameters read(const std::map<std::string, std::string>& environment) {
        core::TriggerParameters trigger;
        trigger.name = text_of(node_, "name").value_or("");
        trigger.use_cached_metrics = boolean_of(node_, "useCachedMetrics").value_or(false);
        metadata_.values = texts_of(value_of(node_, "metadata"));
        metadata_.environment = environment;
        const std::string type = text_of(node_, "type").value_or("");
        const std::string metric_type = text_of(node_, "metricType").value_or("");
        if (type == "kafka" || type == "external") {
            trigger.target_type = external_type(metric_type);
            // Whatever else is wrong, the group and the topic still say what belongs together.
            core::KafkaTriggerParameters kafka;
            kafka.consumer_group = written("consumerGroup");
            kafka.topic = written("topic");
            trigger.spec = std::move(kafka);
            take(trigger, core::parse_kafka_metadata(metadata_, version_));
        } else if (type == "cron") {
            trigger.target_type = external_type(metric_type);
            take(trigger, core::parse_cron_metadata(metadata_));
        } else if (type == "cpu" || type == "memory") {
            read_resource(trigger, type, metric_type);
        }
        return trigger;
    }

  private:
    [[nodiscard]] std::string written(const std::string& key) const {
        const auto found = metadata_.values.find(key);
        return found == metadata_.values.end() ? std::string() : found->second;
    }
    core::MetricTargetType external_type(const std::string& metric_type) {
        const auto type = core::external_target_type(metric_type);
        if (!type) {
            for (const core::MetadataError& error : type.error()) {
                report_.error(
                    mark_of(node_, "metricType"),
                    {.code = "bad-value", .message = error.message, .path = path_ + ".metricType"});
            }
        }
        return type.value_or(core::MetricTargetType::average_value);
    }
    void read_resource(core::TriggerParameters& trigger, const std::string& type,
                       const std::string& metric_type) {
        const auto resource = type == "cpu" ? core::ResourceTriggerParameters::Resource::cpu
                                            : core::ResourceTriggerParameters::Resource::memory;
        std::string target = metric_type;
        if (target.empty() && metadata_.values.contains("type")) {
            target = metadata_.values.at("type");  // deprecated, but still read
        }
        trigger.target_type = target == "AverageValue" ? core::MetricTargetType::average_value
                                                       : core::MetricTargetType::utilization;
        take(trigger, core::parse_resource_metadata(resource, metadata_, target));
    }
    template <class Parameters>
    void take(core::TriggerParameters& trigger,
              std::expected<Parameters, core::MetadataErrors> parameters) {
        if (parameters) {
            trigger.spec = std::move(*parameters);
        } else {
            complain_about(parameters.error());
        }
    }
    void complain_about(const core::MetadataErrors& errors) {
        for (const core::MetadataError& error : errors) {
            const YamlNode* metadata = value_of(node_, "metadata");
            const bool known = metadata != nullptr && metadata->find(error.key) != nullptr;
            const std::string path = path_ + ".metadata";
            const Mark mark = known ? mark_of(*metadata, error.key)
                                    : mark_of(node_, metadata == nullptr ? "type" : "metadata");
            report_.error(mark, {.code = "bad-value",
                                 .message = error.message,
                                 .path = error.key.empty() ? path : child_path(path, error.key),
                                 .width = known ? width_of(*metadata->find(error.key)) : 1});
        }
    }

    const YamlNode& node_;
    std::string path_;
    core::KedaVersion version_;
    Report& report_;
    core::TriggerMetadata metadata_;
};

core::FallbackParameters fallback_of(const YamlNode& node) {
    using Behavior = core::FallbackParameters::Behavior;
    core::FallbackParameters fallback;
    fallback.failure_threshold = int32_of(node, "failureThreshold").value_or(0);
    fallback.replicas = int32_of(node, "replicas").value_or(0);
    const std::string behavior = text_of(node, "behavior").value_or("static");
    fallback.behavior = behavior == "currentReplicas" ? Behavior::current_replicas
                        : behavior == "currentReplicasIfHigher"
                            ? Behavior::current_replicas_if_higher
                        : behavior == "currentReplicasIfLower" ? Behavior::current_replicas_if_lower
                        : behavior == "scalingModifiers"       ? Behavior::scaling_modifiers
                                                               : Behavior::static_replicas;
    return fallback;
}

void read_target(const YamlNode& spec, std::string& kind, std::string& name) {
    if (const YamlNode* target = value_of(spec, "scaleTargetRef")) {
        kind = text_of(*target, "kind").value_or("Deployment");
        name = text_of(*target, "name").value_or("");
    }
}

void read_advanced(const YamlNode& document, const YamlNode& spec, ScaledObjectManifest& manifest,
                   Report& report) {
    const YamlNode* advanced = value_of(spec, "advanced");
    if (advanced == nullptr) {
        return;
    }
    manifest.scaling_modifiers = value_of(*advanced, "scalingModifiers") != nullptr;
    const YamlNode* config = value_of(*advanced, "horizontalPodAutoscalerConfig");
    const YamlNode* behavior = config == nullptr ? nullptr : value_of(*config, "behavior");
    if (behavior != nullptr) {
        manifest.parameters.behavior = behavior_of(
            document, "spec.advanced.horizontalPodAutoscalerConfig.behavior", *behavior, report);
    }
}

std::string hpa_name_of(const YamlNode& spec) {
    const YamlNode* advanced = value_of(spec, "advanced");
    const YamlNode* config =
        advanced == nullptr ? nullptr : value_of(*advanced, "horizontalPodAutoscalerConfig");
    return config == nullptr ? std::string() : text_of(*config, "name").value_or("");
}

const DeploymentManifest* deployment_named(const ManifestSet& set, const std::string& name) {
    for (const DeploymentManifest& deployment : set.deployments) {
        if (deployment.header.name == name) {
            return &deployment;
        }
    }
    return nullptr;
}

void read_counts(const YamlNode& spec, core::ScaledObjectParameters& parameters) {
    parameters.polling_interval_seconds = int32_of(spec, "pollingInterval").value_or(30);
    parameters.cooldown_period_seconds = int32_of(spec, "cooldownPeriod").value_or(300);
    parameters.initial_cooldown_period_seconds =
        int32_of(spec, "initialCooldownPeriod").value_or(0);
    parameters.min_replica_count = int32_of(spec, "minReplicaCount");
    parameters.max_replica_count = int32_of(spec, "maxReplicaCount");
    parameters.idle_replica_count = int32_of(spec, "idleReplicaCount");
}

ScaledObjectManifest scaled_object_of(const YamlNode& document, const ManifestSet& set,
                                      core::KedaVersion version, Report& report) {
    ScaledObjectManifest manifest;
    manifest.header = header_of(document);
    manifest.parameters.name = manifest.header.name;
    manifest.parameters.keda_version = version;
    if (const YamlNode* metadata = value_of(document, "metadata")) {
        manifest.parameters.annotations = texts_of(value_of(*metadata, "annotations"));
    }
    const YamlNode* spec = value_of(document, "spec");
    if (spec == nullptr) {
        return manifest;
    }
    read_target(*spec, manifest.target_kind, manifest.target_name);
    read_counts(*spec, manifest.parameters);
    if (const YamlNode* fallback = value_of(*spec, "fallback")) {
        manifest.parameters.fallback = fallback_of(*fallback);
    }
    const std::size_t errors_before = report.errors();
    read_advanced(document, *spec, manifest, report);
    const DeploymentManifest* deployment = deployment_named(set, manifest.target_name);
    if (const YamlNode* triggers = value_of(*spec, "triggers")) {
        for (std::size_t i = 0; i < triggers->items.size(); ++i) {
            TriggerReader reader(triggers->items[i], fmt::format("spec.triggers[{}]", i), version,
                                 report);
            manifest.parameters.triggers.push_back(
                reader.read(deployment == nullptr ? std::map<std::string, std::string>()
                                                  : deployment->environment));
        }
    }
    for (const core::ScaledObjectError& error : core::validate(manifest.parameters)) {
        complain(report, document, error.path.empty() ? "spec" : "spec." + error.path, "bad-value",
                 error.message);
    }
    if (report.errors() == errors_before) {
        manifest.hpa = core::hpa_of(manifest.parameters);
        const std::string name = hpa_name_of(*spec);
        manifest.hpa.name = name.empty() ? manifest.hpa.name : name;
    }
    return manifest;
}

// ---- HorizontalPodAutoscaler
// ---------------------------------------------------------------------

/// `metrics[i]`: the part that `type` names, with its target.
std::optional<core::HpaMetric> metric_of(const YamlNode& document, const YamlNode& node,
                                         const std::string& path, Report& report) {
    const std::string type = text_of(node, "type").value_or("");
    const std::string key = type == "External"   ? "external"
                            : type == "Resource" ? "resource"
                                                 : "containerResource";
    const YamlNode* part = type.empty() ? nullptr : value_of(node, key);
    const YamlNode* target = part == nullptr ? nullptr : value_of(*part, "target");
    if (target == nullptr) {
        if (!type.empty() && node.find(key) == nullptr) {
            complain(report, document, path, "missing-key",
                     fmt::format("a metric of type {} needs the key '{}'", type, key));
        }
        return std::nullopt;
    }
    core::HpaMetric metric;
    metric.source = type == "External"   ? core::HpaMetric::Source::external
                    : type == "Resource" ? core::HpaMetric::Source::resource
                                         : core::HpaMetric::Source::container_resource;
    const YamlNode* identifier = type == "External" ? value_of(*part, "metric") : part;
    metric.name = identifier == nullptr ? "" : text_of(*identifier, "name").value_or("");
    metric.container = text_of(*part, "container").value_or("");
    const std::string kind = text_of(*target, "type").value_or("");
    const std::string value_key = kind == "Value"          ? "value"
                                  : kind == "AverageValue" ? "averageValue"
                                                           : "averageUtilization";
    metric.target_type = kind == "Value"          ? core::MetricTargetType::value
                         : kind == "AverageValue" ? core::MetricTargetType::average_value
                                                  : core::MetricTargetType::utilization;
    const std::string target_path = path + "." + key + ".target";
    const bool allowed =
        kind == "AverageValue" || kind == (type == "External" ? "Value" : "Utilization");
    if (!allowed && !kind.empty()) {
        complain(report, document, target_path + ".type", "bad-value",
                 fmt::format("a metric of type {} has no target of type {}", type, kind));
        return std::nullopt;
    }
    const auto value =
        kind == "Utilization" ? integer_of(*target, value_key) : milli_of(*target, value_key);
    if (!value && !kind.empty() && target->find(value_key) == nullptr) {
        complain(report, document, target_path, "missing-key",
                 fmt::format("a target of type {} needs the key '{}'", kind, value_key));
    }
    metric.target = value.value_or(1);
    return metric;
}

HpaManifest hpa_manifest_of(const YamlNode& document, Report& report) {
    HpaManifest manifest;
    manifest.header = header_of(document);
    manifest.parameters.name = manifest.header.name;
    const YamlNode* spec = value_of(document, "spec");
    if (spec == nullptr) {
        return manifest;
    }
    read_target(*spec, manifest.target_kind, manifest.target_name);
    manifest.parameters.min_replicas = int32_of(*spec, "minReplicas").value_or(1);
    manifest.parameters.max_replicas = int32_of(*spec, "maxReplicas").value_or(1);
    if (int32_of(*spec, "maxReplicas") &&
        manifest.parameters.min_replicas > manifest.parameters.max_replicas) {
        complain(report, document, "spec.minReplicas", "bad-value",
                 fmt::format("minReplicas {} is above maxReplicas {}",
                             manifest.parameters.min_replicas, manifest.parameters.max_replicas));
    }
    if (const YamlNode* metrics = value_of(*spec, "metrics")) {
        for (std::size_t i = 0; i < metrics->items.size(); ++i) {
            if (const auto metric = metric_of(document, metrics->items[i],
                                              fmt::format("spec.metrics[{}]", i), report)) {
                manifest.parameters.metrics.push_back(*metric);
            }
        }
    }
    if (const YamlNode* behavior = value_of(*spec, "behavior")) {
        manifest.parameters.behavior = behavior_of(document, "spec.behavior", *behavior, report);
    }
    return manifest;
}

// ---- Deployment
// ----------------------------------------------------------------------------------

/// Sum over the containers of `resources.<section>.cpu` [cores]; nothing if one of them lacks it.
std::optional<double> cpu_of(const YamlNode& containers, const std::string& section,
                             Report& report) {
    std::int64_t milli = 0;
    for (const YamlNode& container : containers.items) {
        const YamlNode* resources = value_of(container, "resources");
        const YamlNode* part = resources == nullptr ? nullptr : value_of(*resources, section);
        const YamlNode* cpu = part == nullptr ? nullptr : value_of(*part, "cpu");
        if (cpu == nullptr) {
            return std::nullopt;
        }
        const auto value = parse_quantity_milli(cpu->text);
        if (!cpu->is_scalar() || !value || *value < 0) {
            report.error(
                cpu->mark,
                {.code = "wrong-type",
                 .message = value ? std::string("cpu cannot be negative") : value.error(),
                 .path = fmt::format("spec.template.spec.containers.resources.{}.cpu", section),
                 .width = width_of(*cpu)});
            return std::nullopt;
        }
        milli = *value > std::numeric_limits<std::int32_t>::max() ? milli : milli + *value;
    }
    if (containers.items.empty()) {
        return std::nullopt;
    }
    return static_cast<double>(milli) / 1000.0;
}

DeploymentManifest deployment_of(const YamlNode& document, Report& report) {
    DeploymentManifest manifest;
    manifest.header = header_of(document);
    const YamlNode* spec = value_of(document, "spec");
    if (spec == nullptr) {
        return manifest;
    }
    manifest.replicas = int32_of(*spec, "replicas");
    const YamlNode* pod_template = value_of(*spec, "template");
    const YamlNode* pod = pod_template == nullptr ? nullptr : value_of(*pod_template, "spec");
    if (pod == nullptr) {
        return manifest;
    }
    if (const auto grace = integer_of(*pod, "terminationGracePeriodSeconds")) {
        manifest.grace_period = core::Duration{*grace * 1'000'000'000};
    }
    if (const YamlNode* containers = value_of(*pod, "containers")) {
        manifest.cpu_request = cpu_of(*containers, "requests", report);
        manifest.cpu_limit = cpu_of(*containers, "limits", report);
        for (const YamlNode& container : containers->items) {
            const YamlNode* variables = value_of(container, "env");
            for (const YamlNode& variable :
                 variables == nullptr ? std::vector<YamlNode>() : variables->items) {
                if (const auto value = text_of(variable, "value")) {
                    manifest.environment.emplace(text_of(variable, "name").value_or(""), *value);
                }
            }
        }
    }
    return manifest;
}

/// One warning a manifest for all that it says and the simulator does not use.
void warn_ignored(const SchemaCheck& check, const std::string& kind, Report& report) {
    if (check.ignored().empty()) {
        return;
    }
    std::string names;
    for (const auto& [path, mark] : check.ignored()) {
        names += (names.empty() ? "" : ", ") + path;
    }
    report.warning(check.ignored().front().second,
                   {.code = "ignored-field",
                    .message = fmt::format("the simulator does not model these fields of the {} "
                                           "and ignores them: {}",
                                           kind, names),
                    .path = check.ignored().front().first});
}

template <class Manifest>
void refuse_same_name(const std::vector<Manifest>& manifests, const Manifest& fresh,
                      const YamlNode& document, const std::string& kind, Report& report) {
    for (const Manifest& other : manifests) {
        if (other.header.name == fresh.header.name &&
            other.header.name_space == fresh.header.name_space) {
            complain(report, document, "metadata.name", "duplicate-name",
                     fmt::format("there is already a {} '{}' at {}:{}", kind, fresh.header.name,
                                 other.header.position.file, other.header.position.line));
        }
    }
}

}  // namespace

ManifestSet map_manifests(Documents& documents, core::KedaVersion version, Report& report) {
    ManifestSet set;
    for (ManifestDocument& document : documents.manifests) {
        SchemaCheck check(report);
        check.check_map(document.node, *kind_named(document.kind), "");
        warn_ignored(check, document.kind, report);
    }
    // The pods first: their environment is what a trigger's ...FromEnv keys refer to.
    for (const ManifestDocument& document : documents.manifests) {
        if (document.kind == "Deployment" || document.kind == "StatefulSet") {
            DeploymentManifest manifest = deployment_of(document.node, report);
            manifest.stateful_set = document.kind == "StatefulSet";
            refuse_same_name(set.deployments, manifest, document.node, document.kind, report);
            set.deployments.push_back(std::move(manifest));
        }
    }
    for (const ManifestDocument& document : documents.manifests) {
        if (document.kind == "ScaledObject") {
            ScaledObjectManifest manifest = scaled_object_of(document.node, set, version, report);
            refuse_same_name(set.scaled_objects, manifest, document.node, document.kind, report);
            set.scaled_objects.push_back(std::move(manifest));
        } else if (document.kind == "HorizontalPodAutoscaler") {
            HpaManifest manifest = hpa_manifest_of(document.node, report);
            refuse_same_name(set.autoscalers, manifest, document.node, document.kind, report);
            set.autoscalers.push_back(std::move(manifest));
        }
    }
    return set;
}

}  // namespace lagsim::sim
