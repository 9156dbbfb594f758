#include "sim/lint/subject.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace lagsim::sim {
namespace {

const ConsumerGroup* group_of(const LintSubject& subject, const ScaledObjectManifest& manifest) {
    if (subject.scenario == nullptr) {
        return nullptr;
    }
    for (const ConsumerGroup& group : subject.scenario->scenario.consumers) {
        if (group.autoscaler && group.autoscaler->scaled_object == manifest.parameters) {
            return &group;
        }
    }
    return nullptr;
}

/// `a.b[2].c` -> `a.b[2]` -> `a.b` -> `a` -> ``.
std::string parent_path(const std::string& path) {
    const std::size_t end = path.find_last_of(".[");
    return end == std::string::npos ? std::string() : path.substr(0, end);
}

/// The place of `path` or of what is around it; `fallback` if nothing of it is written.
Position nearest(const std::map<std::string, Position>& positions, std::string path,
                 const Position& fallback) {
    for (; !path.empty(); path = parent_path(path)) {
        if (const auto found = positions.find(path); found != positions.end()) {
            return found->second;
        }
    }
    return fallback;
}

}  // namespace

const core::HpaParameters& LintedObject::hpa() const {
    return group != nullptr ? group->autoscaler->hpa : manifest->hpa;
}

core::Duration LintedObject::hpa_sync() const {
    return group != nullptr ? group->autoscaler->hpa_sync : Autoscaler{}.hpa_sync;
}

bool LintedObject::scales_to_zero_or_idle() const {
    return manifest->parameters.min_replica_count.value_or(0) == 0 ||
           manifest->parameters.idle_replica_count.has_value();
}

std::vector<LintedObject> linted_objects(const LintSubject& subject) {
    std::vector<LintedObject> objects;
    for (const ScaledObjectManifest& manifest : subject.manifests.scaled_objects) {
        objects.push_back({&manifest, group_of(subject, manifest)});
    }
    return objects;
}

std::int64_t assignable_partitions(const Scenario& scenario, const ConsumerGroup& group) {
    std::int64_t sum = 0;
    std::int64_t most = 0;
    for (const std::size_t topic : group.topics) {
        const std::int64_t partitions = scenario.topics[topic].partitions;
        sum += partitions;
        most = std::max(most, partitions);
    }
    return group.protocol.assignor == models::Assignor::range ? most : sum;
}

std::int64_t trigger_partitions(const Scenario& scenario, const ConsumerGroup& group,
                                const core::KafkaTriggerParameters& trigger) {
    std::int64_t sum = 0;
    for (const std::size_t index : group.topics) {
        const Topic& topic = scenario.topics[index];
        if (!trigger.topic.empty() && topic.name != trigger.topic) {
            continue;
        }
        sum += trigger.partition_limitation && !trigger.topic.empty()
                   ? std::ranges::count_if(
                         *trigger.partition_limitation,
                         [&](std::int32_t p) { return p >= 0 && p < topic.partitions; })
                   : topic.partitions;
    }
    return sum;
}

std::int64_t replicas_max(const ConsumerGroup& group) {
    if (group.autoscaler) {
        return group.autoscaler->hpa.max_replicas;
    }
    std::int64_t most = 0;
    for (const ReplicaStep& step : group.replicas) {
        most = std::max<std::int64_t>(most, step.count);
    }
    return most;
}

LintFinding finding_in(const ManifestHeader& header, std::string path, std::string message) {
    return {nearest(header.positions, path, header.position), std::move(path), std::move(message)};
}

LintFinding finding_in(const ScenarioFile& file, std::string path, std::string message) {
    Position whole;
    whole.file = file.scenario.provenance.scenario_path;
    return {nearest(file.positions, path, whole), std::move(path), std::move(message)};
}

const ManifestHeader* autoscaler_of(const LintSubject& subject, const ConsumerGroup& group) {
    if (!group.autoscaler) {
        return nullptr;
    }
    for (const LintedObject& object : linted_objects(subject)) {
        if (object.group == &group) {
            return &object.manifest->header;
        }
    }
    for (const HpaManifest& manifest : subject.manifests.autoscalers) {
        if (manifest.target_name == group.deployment) {
            return &manifest.header;
        }
    }
    return nullptr;
}

LintFinding finding_at_maximum(const LintSubject& subject, std::size_t group, std::string message) {
    const ConsumerGroup& consumer = subject.scenario->scenario.consumers[group];
    if (const ManifestHeader* header = autoscaler_of(subject, consumer)) {
        return finding_in(
            *header,
            consumer.autoscaler->scaled_object ? "spec.maxReplicaCount" : "spec.maxReplicas",
            std::move(message));
    }
    return finding_in(*subject.scenario, fmt::format("spec.consumers[{}].replicas", group),
                      std::move(message));
}

}  // namespace lagsim::sim
