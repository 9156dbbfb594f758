#include "core/scaling/scaled_object.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <utility>

#include "core/scaling/go_arithmetic.h"
#include "core/scaling/go_text.h"
#include "core/scaling/hpa_behavior.h"

namespace lagsim::core {
namespace {

[[nodiscard]] bool is_resource(const TriggerParameters& trigger) {
    return std::holds_alternative<ResourceTriggerParameters>(trigger.spec);
}

/// CheckReplicaCountBoundsAreValid, and the CRD's own minima and min <= max.
void check_replicas(const ScaledObjectParameters& p, std::vector<ScaledObjectError>& errors) {
    const std::int32_t least =
        !p.min_replica_count ? 0 : (*p.min_replica_count > 0 ? *p.min_replica_count : 1);
    const std::int32_t most = p.max_replica_count.value_or(100);
    if (least > most) {
        errors.push_back({.path = "minReplicaCount",
                          .message = "MinReplicaCount=" + std::to_string(least) +
                                     " must be less than MaxReplicaCount=" + std::to_string(most)});
    }
    if (p.idle_replica_count && *p.idle_replica_count >= least) {
        errors.push_back(
            {.path = "idleReplicaCount",
             .message = "IdleReplicaCount=" + std::to_string(*p.idle_replica_count) +
                        " must be less than MinReplicaCount=" + std::to_string(least)});
    }
}

/// CheckFallbackValid.
void check_fallback(const ScaledObjectParameters& p, std::vector<ScaledObjectError>& errors) {
    if (!p.fallback) {
        return;
    }
    if (p.fallback->failure_threshold < 0 || p.fallback->replicas < 0) {
        errors.push_back(
            {.path = "fallback",
             .message = "FailureThreshold=" + std::to_string(p.fallback->failure_threshold) +
                        " & Replicas=" + std::to_string(p.fallback->replicas) +
                        " must both be greater than or equal to 0"});
    } else if (std::ranges::all_of(p.triggers, is_resource)) {
        errors.push_back({.path = "fallback",
                          .message = "at least one trigger (that is not cpu or memory) has to have "
                                     "the `AverageValue` type for the fallback to be enabled"});
    }
}

/// ValidateTriggers.
void check_triggers(const ScaledObjectParameters& p, std::vector<ScaledObjectError>& errors) {
    if (p.triggers.empty()) {
        errors.push_back(
            {.path = "triggers", .message = "no triggers defined in the ScaledObject/ScaledJob"});
    }
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < p.triggers.size(); ++i) {
        const TriggerParameters& trigger = p.triggers[i];
        const std::string path = "triggers[" + std::to_string(i) + "]";
        if (trigger.use_cached_metrics &&
            !std::holds_alternative<KafkaTriggerParameters>(trigger.spec)) {
            errors.push_back({.path = path + ".useCachedMetrics",
                              .message = "property \"useCachedMetrics\" is not supported for cpu, "
                                         "memory and cron scalers"});
        }
        if (!trigger.name.empty() && !names.insert(trigger.name).second) {
            errors.push_back({.path = path + ".name",
                              .message = "triggerName \"" + trigger.name +
                                         "\" is defined multiple times in the ScaledObject, but "
                                         "it must be unique"});
        }
    }
}

/// The CRD's +kubebuilder:validation minima.
void check_minima(const ScaledObjectParameters& p, std::vector<ScaledObjectError>& errors) {
    struct Minimum {
        const char* path;
        std::int32_t value;
        std::int32_t least;
    };
    const std::array<Minimum, 6> minima{{
        {"pollingInterval", p.polling_interval_seconds, 1},
        {"cooldownPeriod", p.cooldown_period_seconds, 0},
        {"initialCooldownPeriod", p.initial_cooldown_period_seconds, 0},
        {"minReplicaCount", p.min_replica_count.value_or(0), 0},
        {"maxReplicaCount", p.max_replica_count.value_or(1), 1},
        {"idleReplicaCount", p.idle_replica_count.value_or(0), 0},
    }};
    for (const Minimum& minimum : minima) {
        if (minimum.value < minimum.least) {
            errors.push_back(
                {.path = minimum.path,
                 .message = "should be greater than or equal to " + std::to_string(minimum.least)});
        }
    }
}

/// NormalizeString.
[[nodiscard]] std::string normalized(std::string text) {
    for (char& c : text) {
        constexpr std::string_view replaced = "/.:%()";
        c = replaced.contains(c) ? '-' : c;
    }
    return text;
}

/// parseCronTimeFormat.
[[nodiscard]] std::string cron_words(std::string_view schedule) {
    std::string text;
    for (const char c : schedule) {
        switch (c) {
            case ' ':
                break;
            case '*':
                text += "x";
                break;
            case '/':
                text += "Sl";
                break;
            case '?':
                text += "Qm";
                break;
            case ',':
                text += "Cm";
                break;
            default:
                text += c;
        }
    }
    return text;
}

[[nodiscard]] HpaMetric metric_of(const TriggerParameters& trigger, std::size_t index) {
    HpaMetric metric{.source = HpaMetric::Source::external,
                     .name = metric_name(trigger, index),
                     .container = {},
                     .target_type = trigger.target_type,
                     .target = 1000};  // a cron trigger's target is 1
    if (const auto* kafka = std::get_if<KafkaTriggerParameters>(&trigger.spec)) {
        metric.target = milli_target(kafka->lag_threshold);
    } else if (const auto* resource = std::get_if<ResourceTriggerParameters>(&trigger.spec)) {
        metric.source = resource->container_name.empty() ? HpaMetric::Source::resource
                                                         : HpaMetric::Source::container_resource;
        metric.name =
            resource->resource == ResourceTriggerParameters::Resource::cpu ? "cpu" : "memory";
        metric.container = resource->container_name;
        metric.target = resource->target;
    }
    return metric;
}

/// KEDA sorts by the type's name: ContainerResource, External, Resource.
[[nodiscard]] int sort_key(const HpaMetric& metric) {
    switch (metric.source) {
        case HpaMetric::Source::container_resource:
            return 0;
        case HpaMetric::Source::external:
            return 1;
        case HpaMetric::Source::resource:
            break;
    }
    return 2;
}

}  // namespace

std::int64_t milli_target(std::int64_t lag_threshold) {
    return wrapping_multiply(lag_threshold, 1000);
}

std::vector<ScaledObjectError> validate(const ScaledObjectParameters& parameters) {
    std::vector<ScaledObjectError> errors;
    check_minima(parameters, errors);
    check_replicas(parameters, errors);
    check_fallback(parameters, errors);
    check_triggers(parameters, errors);
    return errors;
}

std::string metric_name(const TriggerParameters& trigger, std::size_t index) {
    std::string name;
    if (const auto* kafka = std::get_if<KafkaTriggerParameters>(&trigger.spec)) {
        name = kafka->topic.empty() ? "kafka-" + kafka->consumer_group + "-topics"
                                    : "kafka-" + kafka->topic;
    } else if (const auto* cron = std::get_if<CronTriggerParameters>(&trigger.spec)) {
        name =
            "cron-" + cron->timezone + "-" + cron_words(cron->start) + "-" + cron_words(cron->end);
    } else {
        return "";
    }
    return "s" + std::to_string(index) + "-" + normalized(std::move(name));
}

HpaParameters hpa_of(const ScaledObjectParameters& parameters) {
    HpaParameters hpa;
    hpa.name = "keda-hpa-" + parameters.name;
    hpa.min_replicas = std::max(1, parameters.min_replica_count.value_or(0));
    hpa.max_replicas = parameters.max_replica_count.value_or(100);
    for (std::size_t i = 0; i < parameters.triggers.size(); ++i) {
        hpa.metrics.push_back(metric_of(parameters.triggers[i], i));
    }
    std::ranges::stable_sort(hpa.metrics, {}, sort_key);
    hpa.behavior = parameters.behavior;
    const bool pause_in = bool_annotation(parameters, paused_scale_in_annotation);
    const bool pause_out = bool_annotation(parameters, paused_scale_out_annotation);
    if ((pause_in || pause_out) && !hpa.behavior) {
        hpa.behavior = with_defaults({});
    }
    if (pause_in) {
        hpa.behavior->scale_down.select_policy = SelectPolicy::disabled;
    }
    if (pause_out) {
        hpa.behavior->scale_up.select_policy = SelectPolicy::disabled;
    }
    return hpa;
}

bool uses_hpa_observations(const ScaledObjectParameters& parameters) {
    const bool cached =
        std::ranges::any_of(parameters.triggers, &TriggerParameters::use_cached_metrics);
    return parameters.keda_version != KedaVersion::v2_20 &&
           parameters.min_replica_count.value_or(0) != 0 && !parameters.idle_replica_count &&
           !cached;
}

bool bool_annotation(const ScaledObjectParameters& parameters, const char* key) {
    const auto found = parameters.annotations.find(key);
    return found != parameters.annotations.end() && parse_go_bool(found->second).value_or(true);
}

bool paused_by_annotation(const ScaledObjectParameters& parameters) {
    return parameters.annotations.contains(paused_replicas_annotation) ||
           bool_annotation(parameters, paused_annotation);
}

}  // namespace lagsim::core
