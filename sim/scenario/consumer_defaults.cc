#include <algorithm>
#include <set>

#include <fmt/core.h>

#include "sim/scenario/scenario_builder.h"
#include "sim/scenario/schema_check.h"
#include "sim/scenario/values.h"

namespace lagsim::sim {
namespace {

/// Consumer groups that the kafka triggers of a ScaledObject name, in order, once each.
std::vector<std::string> groups_of(const ScaledObjectManifest& manifest) {
    std::vector<std::string> groups;
    for (const core::TriggerParameters& trigger : manifest.parameters.triggers) {
        const auto* kafka = std::get_if<core::KafkaTriggerParameters>(&trigger.spec);
        const bool known = kafka != nullptr && !kafka->consumer_group.empty();
        if (known && std::ranges::count(groups, kafka->consumer_group) == 0) {
            groups.push_back(kafka->consumer_group);
        }
    }
    return groups;
}

Mark mark_of_manifest(const ManifestHeader& header, const Sources& sources) {
    for (const Source& source : sources) {
        if (source.name == header.position.file) {
            return {&source, header.position.line, header.position.column};
        }
    }
    return {};
}

class Binder {
  public:
    Binder(Build& build, const YamlNode& consumers) : build_(build) {
        for (const YamlNode& consumer : consumers.items) {
            groups_.push_back(text_of(consumer, "group").value_or(""));
        }
        build_.bindings.assign(groups_.size(), {});
    }

    void bind() {
        for (const ScaledObjectManifest& manifest : build_.manifests.scaled_objects) {
            bind_scaled_object(manifest);
        }
        for (const HpaManifest& manifest : build_.manifests.autoscalers) {
            bind_autoscaler(manifest);
        }
        for (const DeploymentManifest& manifest : build_.manifests.deployments) {
            bind_deployment(manifest);
        }
    }

  private:
    void bind_scaled_object(const ScaledObjectManifest& manifest) {
        const auto groups = groups_of(manifest);
        if (groups.size() > 1) {
            complain(manifest.header, "not-modelled",
                     "kafka triggers of several consumer groups in one ScaledObject are not "
                     "modelled");
            return;
        }
        std::optional<std::size_t> index;
        if (!groups.empty()) {
            index = find(groups.front());
        } else if (groups_.size() == 1) {
            index = 0;  // no kafka trigger: it can only be about the one Deployment there is
        }
        if (!index) {
            const std::vector<std::string_view> names(groups_.begin(), groups_.end());
            complain(manifest.header, "unresolved-name",
                     groups.empty()
                         ? fmt::format("cannot tell which consumer group '{}' scales",
                                       manifest.header.name)
                         : fmt::format("no consumer of the scenario has the group '{}' that the "
                                       "ScaledObject '{}' names",
                                       groups.front(), manifest.header.name),
                     groups.empty() ? std::string_view() : did_you_mean(groups.front(), names));
            return;
        }
        Binding& binding = build_.bindings[*index];
        if (binding.scaled_object != nullptr) {
            complain(manifest.header, "conflict",
                     fmt::format("the group '{}' is already scaled by the ScaledObject '{}'",
                                 groups_[*index], binding.scaled_object->header.name));
            return;
        }
        binding.scaled_object = &manifest;
    }

    void bind_autoscaler(const HpaManifest& manifest) {
        for (std::size_t i = 0; i < groups_.size(); ++i) {
            const Binding& binding = build_.bindings[i];
            if (binding.scaled_object != nullptr &&
                binding.scaled_object->target_name == manifest.target_name) {
                complain(manifest.header, "conflict",
                         fmt::format("'{}' is also scaled by the ScaledObject '{}'",
                                     manifest.target_name, binding.scaled_object->header.name));
                return;
            }
        }
        const auto index =
            groups_.size() == 1 ? std::optional<std::size_t>(0) : find(manifest.target_name);
        if (!index) {
            complain(manifest.header, "unresolved-name",
                     fmt::format("no consumer group is named like the scale target '{}'",
                                 manifest.target_name));
        } else if (build_.bindings[*index].autoscaled()) {
            complain(manifest.header, "conflict",
                     fmt::format("the group '{}' already has an autoscaler", groups_[*index]));
        } else {
            build_.bindings[*index].autoscaler = &manifest;
        }
    }

    /// By the autoscaler's scaleTargetRef; else by name; else, if there is one of each, that one.
    void bind_deployment(const DeploymentManifest& manifest) {
        for (std::size_t i = 0; i < groups_.size(); ++i) {
            Binding& binding = build_.bindings[i];
            const std::string* target =
                binding.scaled_object != nullptr ? &binding.scaled_object->target_name
                : binding.autoscaler != nullptr  ? &binding.autoscaler->target_name
                                                 : nullptr;
            const bool alone = groups_.size() == 1 && build_.manifests.deployments.size() == 1;
            if (target != nullptr ? *target == manifest.header.name
                                  : groups_[i] == manifest.header.name || alone) {
                binding.deployment = &manifest;
                return;
            }
        }
        build_.report.warning(
            mark_of_manifest(manifest.header, build_.sources),
            {.code = "unused-manifest",
             .message = fmt::format("no consumer group belongs to the {} '{}'; it is ignored",
                                    manifest.stateful_set ? "StatefulSet" : "Deployment",
                                    manifest.header.name)});
    }

    [[nodiscard]] std::optional<std::size_t> find(const std::string& group) const {
        const auto found = std::ranges::find(groups_, group);
        return found == groups_.end()
                   ? std::nullopt
                   : std::optional(static_cast<std::size_t>(found - groups_.begin()));
    }
    void complain(const ManifestHeader& header, std::string_view code, std::string message,
                  std::string_view suggestion = {}) {
        build_.report.error(
            mark_of_manifest(header, build_.sources),
            {.code = code, .message = std::move(message), .suggestion = suggestion});
    }

    Build& build_;
    std::vector<std::string> groups_;
};

/// Inserts `key: text` unless it is there.
void set_default(YamlNode& map, std::string_view key, std::string text) {
    if (map.is_map() && map.find(key) == nullptr) {
        map.insert(std::string(key), {}, scalar_node(std::move(text)));
    }
}

/// The map at `key`, made if absent; null if something else stands there.
YamlNode* map_at(YamlNode& owner, std::string_view key) {
    YamlNode* node = owner.find(key);
    if (node == nullptr) {
        YamlNode fresh;
        fresh.kind = YamlNode::Kind::map;
        node = &owner.insert(std::string(key), {}, std::move(fresh));
    }
    return node->is_map() && !node->invalid ? node : nullptr;
}

/// Shared semantics kafka.md 2.1.
void fill_protocol(YamlNode& consumer) {
    YamlNode* protocol = map_at(consumer, "protocol");
    if (protocol == nullptr) {
        return;
    }
    const bool sarama = text_of(*protocol, "client") == "sarama";
    const bool of_consumers = text_of(*protocol, "kind") == "consumer";
    const bool shared = text_of(*protocol, "kind") == "share";
    set_default(*protocol, "assignor", shared ? "simple" : of_consumers ? "uniform" : "range");
    set_default(*protocol, "heartbeatInterval", of_consumers || shared ? "5s" : "3s");
    set_default(*protocol, "sessionTimeout", sarama ? "10s" : "45s");
    const auto poll = text_of(*protocol, "maxPollInterval");
    set_default(*protocol, "rebalanceTimeout", sarama ? "60s" : poll.value_or("5m"));
    set_default(consumer, "metadataRefresh", sarama ? "10m" : "5m");
}

/// A Sarama handler that ranges over claim.Messages() is given what the channel holds (256) after
/// the session has ended, too, and time.Sleep does not look at the session's context.
void fill_revoke(YamlNode& consumer) {
    YamlNode* revoke = map_at(consumer, "revoke");  // may move the other keys
    const YamlNode* protocol = consumer.find("protocol");
    if (revoke == nullptr || protocol == nullptr) {
        return;
    }
    const bool sarama = protocol->is_map() && text_of(*protocol, "client") == "sarama" &&
                        text_of(*protocol, "kind") != "share";
    set_default(*revoke, "backoff", sarama ? "wait" : "cut");
    set_default(*revoke, "bufferedRecords", sarama ? "256" : "0");
}

/// Shared semantics kafka.md 9.
void fill_overheads(YamlNode& consumer) {
    YamlNode* written = consumer.find("overheads");
    if (written != nullptr && written->is_scalar() && written->text == "measured") {
        const Mark mark = written->mark;
        *written = node_of_text("{commitLatency: 6ms, fetchStart: 40ms, rtt: 1ms, syncCost: 15ms}");
        written->mark = mark;
        const YamlNode* protocol = consumer.find("protocol");
        const bool shared = protocol != nullptr && text_of(*protocol, "kind") == "share";
        if (!shared) {
            written->insert("fetchOrder", {}, scalar_node("fetched"));
        }
        if (!shared && protocol != nullptr && text_of(*protocol, "client") == "librdkafka") {
            const bool reconciles = text_of(*protocol, "kind") == "consumer";
            written->insert("unassignStall", {}, scalar_node("1s"));
            written->insert("unassignStallShare", {}, scalar_node(reconciles ? "40%" : "100%"));
        }
    }
    YamlNode* overheads = map_at(consumer, "overheads");
    if (overheads == nullptr || overheads->find("syncCost") != nullptr) {
        return;
    }
    const core::Duration rtt = duration_of(*overheads, "rtt").value_or(core::Duration{1'000'000});
    if (rtt < core::Duration::max() / 2) {
        set_default(*overheads, "syncCost", format_duration(2 * rtt));
    }
}

void fill_from_deployment(YamlNode& consumer, const Binding& binding) {
    const DeploymentManifest* deployment = binding.deployment;
    const std::string workload = workload_of(binding);
    set_default(consumer, "workload", workload.empty() ? "Deployment" : workload);
    if (YamlNode* cpu = map_at(consumer, "cpu")) {
        const bool known = deployment != nullptr && deployment->cpu_limit.value_or(0.0) > 0.0;
        set_default(*cpu, "limit", known ? format_number(*deployment->cpu_limit) : "none");
    }
    if (YamlNode* shutdown = map_at(consumer, "shutdown")) {
        const bool known = deployment != nullptr && deployment->grace_period;
        set_default(*shutdown, "gracePeriod",
                    known ? format_duration(*deployment->grace_period) : "30s");
    }
}

/// Waits in place and waits in topics exclude each other.
void fill_retry(YamlNode& consumer) {
    YamlNode* retry = map_at(consumer, "retry");
    if (retry != nullptr && retry->find("backoff") == nullptr && retry->find("topics") == nullptr) {
        retry->insert("backoff", {}, node_of_text("[1s, 2s, 4s]"));
    }
}

void fill_topics(YamlNode& consumer, const Binding& binding, const YamlNode& spec) {
    if (consumer.find("topics") != nullptr) {
        return;
    }
    std::vector<std::string> names;
    if (binding.scaled_object != nullptr) {
        for (const core::TriggerParameters& trigger : binding.scaled_object->parameters.triggers) {
            const auto* kafka = std::get_if<core::KafkaTriggerParameters>(&trigger.spec);
            if (kafka != nullptr && !kafka->topic.empty() &&
                std::ranges::count(names, kafka->topic) == 0) {
                names.push_back(kafka->topic);
            }
        }
    }
    if (const YamlNode* topics = value_of(spec, "topics"); names.empty() && topics != nullptr) {
        for (const YamlEntry& entry : topics->entries) {
            names.push_back(entry.key);
        }
    }
    YamlNode list;
    list.kind = YamlNode::Kind::sequence;
    for (std::string& name : names) {
        list.items.push_back(scalar_node(std::move(name), {}, true));
    }
    consumer.insert("topics", {}, std::move(list));
}

}  // namespace

std::string workload_of(const Binding& binding) {
    if (binding.deployment != nullptr) {
        return binding.deployment->stateful_set ? "StatefulSet" : "Deployment";
    }
    const std::string target = binding.scaled_object != nullptr ? binding.scaled_object->target_kind
                               : binding.autoscaler != nullptr  ? binding.autoscaler->target_kind
                                                                : "";
    return target == "StatefulSet" || target == "Deployment" ? target : "";
}

void bind_manifests(Build& build, const YamlNode& spec) {
    if (const YamlNode* consumers = value_of(spec, "consumers")) {
        Binder(build, *consumers).bind();
    }
}

void fill_consumer_defaults(const Build& build, YamlNode& spec) {
    YamlNode* consumers = spec.find("consumers");
    if (consumers == nullptr) {
        return;
    }
    for (std::size_t i = 0; i < consumers->items.size(); ++i) {
        YamlNode& consumer = consumers->items[i];
        if (!consumer.is_map()) {
            continue;
        }
        const Binding binding = i < build.bindings.size() ? build.bindings[i] : Binding{};
        fill_protocol(consumer);
        fill_revoke(consumer);
        fill_overheads(consumer);
        fill_retry(consumer);
        fill_from_deployment(consumer, binding);
        fill_topics(consumer, binding, spec);
        if (!binding.autoscaled()) {
            const auto written =
                binding.deployment == nullptr ? std::nullopt : binding.deployment->replicas;
            set_default(consumer, "replicas", fmt::format("{}", written.value_or(1)));
        }
    }
}

}  // namespace lagsim::sim
