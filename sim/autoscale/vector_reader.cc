#include "sim/autoscale/vector_reader.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include "core/scaling/kubernetes_quantity.h"

namespace lagsim::sim {
namespace {

using Json = nlohmann::ordered_json;

/// Go's omitempty: absent and null are the same.
[[nodiscard]] const Json* find(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

template <class T>
[[nodiscard]] T get_or(const Json& object, const char* key, T otherwise) {
    const Json* found = find(object, key);
    return found == nullptr ? otherwise : found->get<T>();
}

template <class T>
[[nodiscard]] std::optional<T> get(const Json& object, const char* key) {
    const Json* found = find(object, key);
    return found == nullptr ? std::nullopt : std::optional<T>(found->get<T>());
}

[[nodiscard]] core::Instant instant_of(std::int64_t milliseconds) {
    return core::at_nanoseconds(milliseconds * 1'000'000);
}

// ---- broker

[[nodiscard]] std::int32_t topic_index(BrokerImage& image, const std::string& topic) {
    const auto found = std::ranges::find(image.topics, topic);
    if (found != image.topics.end()) {
        return static_cast<std::int32_t>(found - image.topics.begin());
    }
    image.topics.push_back(topic);
    return static_cast<std::int32_t>(image.topics.size() - 1);
}

[[nodiscard]] std::optional<core::Offset> committed_of(const Json& value) {
    return value.is_null() ? std::nullopt : std::optional(core::Offset{value.get<std::int64_t>()});
}

[[nodiscard]] core::BrokerPartition read_partition(const Json& json, std::int32_t topic) {
    const Json* committed = find(json, "committed");
    return {.topic = topic,
            .id = core::PartitionId{get_or<std::int32_t>(json, "id", 0)},
            .start = core::Offset{get_or<std::int64_t>(json, "start", 0)},
            .end = core::Offset{get_or<std::int64_t>(json, "end", 0)},
            .committed = committed == nullptr ? std::nullopt : committed_of(*committed),
            .absent_from_list_offsets = get_or(json, "noEnd", false),
            .end_error = get_or<std::int16_t>(json, "endErr", 0),
            .start_error = get_or<std::int16_t>(json, "startErr", 0),
            .fetch_error = get_or<std::int16_t>(json, "fetchErr", 0)};
}

/// A partition named twice: the later description holds.
void put(BrokerImage& image, const core::BrokerPartition& partition) {
    const auto same = std::ranges::find_if(image.partitions, [&](const auto& other) {
        return other.topic == partition.topic && other.id == partition.id;
    });
    if (same == image.partitions.end()) {
        image.partitions.push_back(partition);
    } else {
        *same = partition;
    }
}

[[nodiscard]] BrokerImage read_call(const Json& json, const std::string& default_topic) {
    BrokerImage image;
    image.group_error = get_or<std::int16_t>(json, "groupErr", 0);
    if (const Json* partitions = find(json, "partitions")) {
        for (const Json& partition : *partitions) {
            std::string topic = get_or<std::string>(partition, "topic", "");
            const std::int32_t index = topic_index(image, topic.empty() ? default_topic : topic);
            put(image, read_partition(partition, index));
        }
    }
    return image;
}

/// end[], committed[], start[] by partition of the one topic.
[[nodiscard]] BrokerImage read_offsets(const Json& step, const Json& ends,
                                       const std::string& topic) {
    BrokerImage image;
    image.topics.push_back(topic);
    const Json& committed = step.at("committed");
    const Json* starts = find(step, "start");
    const auto error = get_or<std::int16_t>(step, "fetchErr", 0);
    const auto only = get<std::set<std::int32_t>>(step, "fetchErrOn");
    for (std::size_t i = 0; i < ends.size(); ++i) {
        const auto id = static_cast<std::int32_t>(i);
        core::BrokerPartition partition;
        partition.id = core::PartitionId{id};
        partition.end = core::Offset{ends[i].get<std::int64_t>()};
        partition.committed = committed_of(committed.at(i));
        if (starts != nullptr) {
            partition.start = core::Offset{starts->at(i).get<std::int64_t>()};
        }
        partition.fetch_error = !only || only->contains(id) ? error : std::int16_t{0};
        image.partitions.push_back(partition);
    }
    if (image.partitions.empty()) {
        image.topics.clear();
    }
    return image;
}

// ---- triggers, ScaledObject

[[nodiscard]] core::TriggerSpec read_trigger(const Json& json) {
    core::TriggerSpec spec;
    spec.type = get_or<std::string>(json, "type", "");
    spec.name = get_or<std::string>(json, "name", "");
    spec.metric_type = get_or<std::string>(json, "metricType", "");
    spec.use_cached_metrics = get_or(json, "useCachedMetrics", false);
    if (spec.type == "kafka" || spec.type.empty()) {
        spec.metadata.values["bootstrapServers"] = "broker:9092";
    }
    if (const Json* metadata = find(json, "metadata")) {
        for (const auto& [key, value] : metadata->items()) {
            spec.metadata.values[key] = value.get<std::string>();
        }
    }
    return spec;
}

[[nodiscard]] std::optional<core::SelectPolicy> select_policy_of(const std::string& text) {
    if (text == "Max") {
        return core::SelectPolicy::max;
    }
    if (text == "Min") {
        return core::SelectPolicy::min;
    }
    return text == "Disabled" ? std::optional(core::SelectPolicy::disabled) : std::nullopt;
}

/// Behaviour as written; `refused` collects what has no typed form.
[[nodiscard]] core::ScalingRulesSpec read_rules(const Json& json, std::string& refused) {
    core::ScalingRulesSpec rules;
    rules.stabilization_window_seconds = get<std::int32_t>(json, "stabilizationWindowSeconds");
    if (const auto text = get<std::string>(json, "selectPolicy")) {
        rules.select_policy = select_policy_of(*text);
        refused = rules.select_policy ? refused : "selectPolicy: Unsupported value: " + *text;
    }
    if (const Json* tolerance = find(json, "tolerance")) {
        rules.tolerance = core::quantity_double(
            tolerance->is_string() ? tolerance->get<std::string>() : tolerance->dump());
        refused = rules.tolerance ? refused : "tolerance: not a quantity";
    }
    if (const Json* policies = find(json, "policies")) {
        rules.policies.emplace();
        for (const Json& policy : *policies) {
            const auto type = get_or<std::string>(policy, "type", "");
            refused = type == "Pods" || type == "Percent"
                          ? refused
                          : "policies.type: Unsupported value: " + type;
            rules.policies->push_back(
                {.type = type == "Percent" ? core::ScalingPolicyRule::Type::percent
                                           : core::ScalingPolicyRule::Type::pods,
                 .value = get_or<std::int32_t>(policy, "value", 0),
                 .period_seconds = get_or<std::int32_t>(policy, "periodSeconds", 0)});
        }
    }
    return rules;
}

[[nodiscard]] std::optional<core::ScalingBehavior> read_behavior(const Json& parent,
                                                                 std::string& refused) {
    const Json* json = find(parent, "behavior");
    if (json == nullptr) {
        return std::nullopt;
    }
    core::ScalingBehaviorSpec spec;
    if (const Json* up = find(*json, "scaleUp")) {
        spec.scale_up = read_rules(*up, refused);
    }
    if (const Json* down = find(*json, "scaleDown")) {
        spec.scale_down = read_rules(*down, refused);
    }
    core::ScalingBehavior behavior = core::with_defaults(spec);
    for (const core::BehaviorError& error : core::validate(behavior)) {
        refused = "spec.behavior." + error.path + ": " + error.message;
    }
    return behavior;
}

[[nodiscard]] core::FallbackParameters read_fallback(const Json& json) {
    using Behavior = core::FallbackParameters::Behavior;
    const auto text = get_or<std::string>(json, "behavior", "");
    const std::map<std::string, Behavior> behaviors{
        {"currentReplicas", Behavior::current_replicas},
        {"currentReplicasIfHigher", Behavior::current_replicas_if_higher},
        {"currentReplicasIfLower", Behavior::current_replicas_if_lower},
        {"scalingModifiers", Behavior::scaling_modifiers}};
    const auto found = behaviors.find(text);
    return {.behavior = found == behaviors.end() ? Behavior::static_replicas : found->second,
            .failure_threshold = get_or<std::int32_t>(json, "failureThreshold", 0),
            .replicas = get_or<std::int32_t>(json, "replicas", 0)};
}

void read_triggers(const Json& spec, core::ScaledObjectParameters& parameters) {
    const Json* triggers = find(spec, "triggers");
    if (triggers == nullptr) {
        return;
    }
    for (const Json& json : *triggers) {
        auto trigger = core::parse_trigger(read_trigger(json));
        if (!trigger) {
            throw VectorError{"a trigger of the scaledObject cannot be built: " +
                              trigger.error().front().message};
        }
        parameters.triggers.push_back(*std::move(trigger));
    }
}

[[nodiscard]] core::ScaledObjectParameters read_scaled_object(const Json& spec,
                                                              std::string& refused) {
    core::ScaledObjectParameters p;
    p.name = "so";
    p.polling_interval_seconds = get_or<std::int32_t>(spec, "pollingInterval", 30);
    p.cooldown_period_seconds = get_or<std::int32_t>(spec, "cooldownPeriod", 300);
    p.initial_cooldown_period_seconds = get_or<std::int32_t>(spec, "initialCooldownPeriod", 0);
    p.min_replica_count = get<std::int32_t>(spec, "minReplicaCount");
    p.max_replica_count = get<std::int32_t>(spec, "maxReplicaCount");
    p.idle_replica_count = get<std::int32_t>(spec, "idleReplicaCount");
    if (const Json* fallback = find(spec, "fallback")) {
        p.fallback = read_fallback(*fallback);
    }
    if (const Json* advanced = find(spec, "advanced")) {
        if (find(*advanced, "scalingModifiers") != nullptr) {
            throw VectorError{"advanced.scalingModifiers is not modelled"};
        }
        if (const Json* hpa = find(*advanced, "horizontalPodAutoscalerConfig")) {
            p.behavior = read_behavior(*hpa, refused);
        }
    }
    read_triggers(spec, p);
    return p;
}

// ---- HPA

[[nodiscard]] std::string quantity_of(const Json& json) {
    return json.is_string() ? json.get<std::string>() : json.dump();
}

/// The controller looks at which target field is set, not at target.type.
void read_target(const Json& target, core::HpaMetric& metric, std::string& refused) {
    if (const Json* average = find(target, "averageValue")) {
        metric.target_type = core::MetricTargetType::average_value;
        metric.target = core::quantity_milli(quantity_of(*average)).value_or(0);
    } else if (const Json* value = find(target, "value")) {
        metric.target_type = core::MetricTargetType::value;
        metric.target = core::quantity_milli(quantity_of(*value)).value_or(0);
    } else {
        metric.target_type = core::MetricTargetType::utilization;
        metric.target = get_or<std::int32_t>(target, "averageUtilization", 0);
    }
    refused = metric.target > 0 ? refused : "spec.metrics.target: must be positive";
}

[[nodiscard]] core::HpaMetric read_metric(const Json& json, std::string& refused) {
    core::HpaMetric metric;
    const auto type = json.at("type").get<std::string>();
    if (type == "External") {
        const Json& external = json.at("external");
        metric.name = external.at("metric").at("name").get<std::string>();
        read_target(external.at("target"), metric, refused);
    } else if (type == "Resource" || type == "ContainerResource") {
        const bool container = type == "ContainerResource";
        const Json& resource = json.at(container ? "containerResource" : "resource");
        metric.source = container ? core::HpaMetric::Source::container_resource
                                  : core::HpaMetric::Source::resource;
        metric.name = resource.at("name").get<std::string>();
        metric.container = get_or<std::string>(resource, "container", "");
        read_target(resource.at("target"), metric, refused);
    } else {
        throw VectorError{"metric type " + type + " is not modelled"};
    }
    return metric;
}

[[nodiscard]] core::HpaParameters read_hpa(const Json& json, std::string& refused) {
    core::HpaParameters hpa;
    hpa.name = "hpa";
    hpa.min_replicas = get_or<std::int32_t>(json, "minReplicas", 1);
    hpa.max_replicas = get_or<std::int32_t>(json, "maxReplicas", 0);
    if (hpa.min_replicas < 1 || hpa.max_replicas < hpa.min_replicas) {
        refused = "spec.minReplicas, spec.maxReplicas: out of range";
    }
    if (const Json* metrics = find(json, "metrics")) {
        for (const Json& metric : *metrics) {
            hpa.metrics.push_back(read_metric(metric, refused));
        }
    }
    if (hpa.metrics.empty()) {  // SetDefaults_HorizontalPodAutoscaler
        hpa.metrics.push_back({.source = core::HpaMetric::Source::resource,
                               .name = "cpu",
                               .container = {},
                               .target_type = core::MetricTargetType::utilization,
                               .target = 80});
    }
    hpa.behavior = read_behavior(json, refused);
    return hpa;
}

// ---- steps

[[nodiscard]] core::PodPhase phase_of(const std::string& text) {
    const std::map<std::string, core::PodPhase> phases{{"Pending", core::PodPhase::pending},
                                                       {"Running", core::PodPhase::running},
                                                       {"Succeeded", core::PodPhase::succeeded},
                                                       {"Failed", core::PodPhase::failed}};
    const auto found = phases.find(text);
    return found == phases.end() ? core::PodPhase::unknown : found->second;
}

[[nodiscard]] core::ReadyCondition ready_of(const std::string& text) {
    if (text.empty()) {
        return core::ReadyCondition::absent;
    }
    if (text == "True") {
        return core::ReadyCondition::yes;
    }
    return text == "False" ? core::ReadyCondition::no : core::ReadyCondition::unknown;
}

[[nodiscard]] core::PodObservation read_pod(const Json& json) {
    core::PodObservation pod;
    pod.phase = phase_of(get_or<std::string>(json, "phase", ""));
    pod.ready = ready_of(get_or<std::string>(json, "ready", ""));
    if (const auto started = get<std::int64_t>(json, "startAt")) {
        pod.started = instant_of(*started);
    }
    pod.ready_changed = instant_of(get_or<std::int64_t>(json, "readyAt", 0));
    pod.deleted = get_or(json, "deleted", false);
    pod.container = "c";
    pod.cpu = {.request = get<std::int64_t>(json, "reqMilli"),
               .usage = get<std::int64_t>(json, "useMilli")};
    pod.sampled = instant_of(get_or<std::int64_t>(json, "metricAt", 0));
    pod.sample_window =
        core::Duration{get_or<std::int64_t>(json, "metricSpan", 0) * std::int64_t{1'000'000}};
    return pod;
}

[[nodiscard]] VectorStep read_step(const Json& json, const std::string& topic) {
    VectorStep step;
    step.at_ms = json.at("at").get<std::int64_t>();
    if (const Json* ends = find(json, "end")) {
        step.broker = read_offsets(json, *ends, topic);
    }
    if (const Json* external = find(json, "external")) {
        for (const auto& [name, value] : external->items()) {
            step.external[name] = {.milli = get_or<std::vector<std::int64_t>>(value, "milli", {}),
                                   .error = get_or(value, "error", false)};
        }
    }
    if (const Json* pods = find(json, "pods")) {
        step.pods.emplace();
        for (const Json& pod : *pods) {
            step.pods->push_back(read_pod(pod));
        }
    }
    step.set_replicas = get<std::int32_t>(json, "setReplicas");
    step.status_replicas = get<std::int32_t>(json, "statusReplicas");
    if (const Json* annotations = find(json, "annotations")) {
        for (const auto& [key, value] : annotations->items()) {
            step.annotations[key] =
                value.is_null() ? std::nullopt : std::optional(value.get<std::string>());
        }
    }
    return step;
}

}  // namespace

ScalerVector read_scaler_vector(const Json& scenario) {
    ScalerVector vector;
    vector.trigger_index = get_or<std::int64_t>(scenario, "triggerIndex", 0);
    vector.trigger = read_trigger(scenario.at("trigger"));
    const auto topic = get_or<std::string>(scenario, "topic", "");
    if (const Json* calls = find(scenario, "calls")) {
        for (const Json& call : *calls) {
            vector.calls.push_back(read_call(call, topic));
        }
    }
    return vector;
}

StackVector read_stack_vector(const Json& scenario) {
    StackVector vector;
    vector.phase_ms = get_or<std::int64_t>(scenario, "phaseMs", 0);
    vector.duration_ms = get_or<std::int64_t>(scenario, "durationMs", 0);
    vector.start_replicas = get_or<std::int32_t>(scenario, "startReplicas", 0);
    vector.status_delay_ms = get_or<std::int64_t>(scenario, "statusDelayMs", 0);
    vector.hpa_offset_ms = get_or<std::int64_t>(scenario, "hpaOffsetMs", 0);
    vector.with_hpa = get_or(scenario, "withHPA", false);
    if (const Json* spec = find(scenario, "scaledObject")) {
        vector.scaled_object = read_scaled_object(*spec, vector.refused);
        if (const Json* annotations = find(scenario, "annotations")) {
            vector.scaled_object->annotations =
                annotations->get<std::map<std::string, std::string>>();
        }
    } else if (const Json* hpa = find(scenario, "hpa")) {
        vector.hpa = read_hpa(*hpa, vector.refused);
    }
    const auto topic = get_or<std::string>(scenario, "topic", "");
    if (const Json* steps = find(scenario, "steps")) {
        for (const Json& step : *steps) {
            vector.steps.push_back(read_step(step, topic));
        }
    }
    return vector;
}

}  // namespace lagsim::sim
