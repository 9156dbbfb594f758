#include <algorithm>

#include <fmt/core.h>

#include "sim/scenario/scenario_builder.h"
#include "sim/scenario/schema_check.h"
#include "sim/scenario/values.h"

namespace lagsim::sim {
namespace {

Mark mark_in(const ManifestHeader& header, const std::string& path, const Sources& sources) {
    const auto found = header.positions.find(path);
    const Position& position = found == header.positions.end() ? header.position : found->second;
    for (const Source& source : sources) {
        if (source.name == position.file) {
            return {&source, position.line, position.column};
        }
    }
    return {};
}

class AutoscalerBuilder {
  public:
    AutoscalerBuilder(Build& build, const YamlNode& spec) : build_(build), spec_(spec) {}

    Autoscaler make(const Binding& binding, const ConsumerGroup& group) {
        Autoscaler autoscaler;
        if (binding.scaled_object != nullptr) {
            check_triggers(*binding.scaled_object, group);
            autoscaler.scaled_object = binding.scaled_object->parameters;
            autoscaler.hpa = binding.scaled_object->hpa;
        } else {
            check_metrics(*binding.autoscaler);
            autoscaler.hpa = binding.autoscaler->parameters;
        }
        read_control_plane(autoscaler);
        return autoscaler;
    }

  private:
    void complain(const ManifestHeader& header, const std::string& path, std::string_view code,
                  std::string message, std::string_view suggestion = {}) {
        build_.report.error(
            mark_in(header, path, build_.sources),
            {.code = code, .message = std::move(message), .path = path, .suggestion = suggestion});
    }
    void check_triggers(const ScaledObjectManifest& manifest, const ConsumerGroup& group) {
        if (manifest.scaling_modifiers) {
            complain(manifest.header, "spec.advanced.scalingModifiers", "not-modelled",
                     "scalingModifiers are not modelled in a run");
        }
        const auto& triggers = manifest.parameters.triggers;
        for (std::size_t i = 0; i < triggers.size(); ++i) {
            const std::string path = fmt::format("spec.triggers[{}]", i);
            const auto* resource = std::get_if<core::ResourceTriggerParameters>(&triggers[i].spec);
            const auto* kafka = std::get_if<core::KafkaTriggerParameters>(&triggers[i].spec);
            if (std::holds_alternative<core::CronTriggerParameters>(triggers[i].spec)) {
                complain(manifest.header, path + ".type", "not-modelled",
                         "cron triggers are not modelled in a run");
            } else if (resource != nullptr && !resource->container_name.empty()) {
                complain(manifest.header, path + ".metadata.containerName", "not-modelled",
                         "metrics of single containers are not modelled in a run");
            } else if (resource != nullptr &&
                       resource->resource == core::ResourceTriggerParameters::Resource::memory) {
                complain(manifest.header, path + ".type", "not-modelled",
                         "memory use is not modelled in a run");
            } else if (kafka != nullptr && !kafka->topic.empty()) {
                check_topic(manifest, path + ".metadata.topic", kafka->topic, group);
            }
        }
    }
    void check_topic(const ScaledObjectManifest& manifest, const std::string& path,
                     const std::string& topic, const ConsumerGroup& group) {
        std::vector<std::string_view> read;
        for (const std::size_t index : group.topics) {
            read.push_back(build_.scenario.topics[index].name);
        }
        if (std::ranges::count(read, topic) == 0) {
            const auto& topics = build_.scenario.topics;
            const bool declared = std::ranges::count(topics, topic, &Topic::name) > 0;
            std::vector<std::string_view> known;
            for (const Topic& candidate : topics) {
                known.push_back(candidate.name);
            }
            complain(manifest.header, path, "unresolved-name",
                     declared ? fmt::format("the group '{}' does not read the topic '{}'",
                                            group.group, topic)
                              : fmt::format("there is no topic '{}' under spec.topics", topic),
                     did_you_mean(topic, declared ? read : known));
        }
    }
    void check_metrics(const HpaManifest& manifest) {
        for (std::size_t i = 0; i < manifest.parameters.metrics.size(); ++i) {
            const core::HpaMetric& metric = manifest.parameters.metrics[i];
            const std::string path = fmt::format("spec.metrics[{}].type", i);
            if (metric.source == core::HpaMetric::Source::external) {
                complain(manifest.header, path, "not-modelled",
                         "an external metric without KEDA has no source in a run");
            } else if (metric.source == core::HpaMetric::Source::container_resource) {
                complain(manifest.header, path, "not-modelled",
                         "metrics of single containers are not modelled in a run");
            } else if (metric.name != "cpu") {
                complain(manifest.header, path, "not-modelled",
                         "only the resource cpu is modelled in a run");
            }
        }
    }
    void read_control_plane(Autoscaler& autoscaler) {
        const YamlNode* node = value_of(spec_, "autoscaler");
        if (node == nullptr) {
            return;
        }
        autoscaler.hpa.tolerance =
            number_of(*node, "hpaTolerance").value_or(autoscaler.hpa.tolerance);
        autoscaler.hpa.downscale_stabilization =
            duration_of(*node, "downscaleStabilization")
                .value_or(autoscaler.hpa.downscale_stabilization);
        autoscaler.hpa_sync = duration_of(*node, "hpaSync").value_or(autoscaler.hpa_sync);
        autoscaler.sync_latency =
            duration_of(*node, "syncLatency").value_or(autoscaler.sync_latency);
        autoscaler.keda_phase = duration_of(*node, "kedaPhase");  // `random` is no duration
        autoscaler.hpa_phase = duration_of(*node, "hpaPhase");
    }

    Build& build_;
    const YamlNode& spec_;
};

}  // namespace

void build_autoscalers(Build& build, const YamlNode& spec) {
    AutoscalerBuilder builder(build, spec);
    for (std::size_t i = 0; i < build.scenario.consumers.size() && i < build.bindings.size(); ++i) {
        if (build.bindings[i].autoscaled()) {
            build.scenario.consumers[i].autoscaler =
                builder.make(build.bindings[i], build.scenario.consumers[i]);
        }
    }
}

}  // namespace lagsim::sim
