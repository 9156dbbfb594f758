/// What several rules ask about manifests and scenarios.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/lint/lint.h"

namespace lagsim::sim {

/// A ScaledObject, and the consumer group that it scales if a scenario says which.
struct LintedObject {
    const ScaledObjectManifest* manifest = nullptr;
    const ConsumerGroup* group = nullptr;

    /// The HPA's rules: the scenario's flags of the controller, else their defaults.
    [[nodiscard]] const core::HpaParameters& hpa() const;
    [[nodiscard]] core::Duration hpa_sync() const;
    /// minReplicaCount is 0 and nothing idles: KEDA itself ends and starts the last pods.
    [[nodiscard]] bool scales_to_zero_or_idle() const;
    [[nodiscard]] bool says(const std::string& path) const {
        return manifest->header.positions.contains(path);
    }
};
[[nodiscard]] std::vector<LintedObject> linted_objects(const LintSubject& subject);

/// Partitions that pods of the group can be spread over: a pod beyond them owns nothing. With
/// several topics `range` deals each to the same first members, the other assignors all together.
[[nodiscard]] std::int64_t assignable_partitions(const Scenario& scenario,
                                                 const ConsumerGroup& group);

/// Partitions whose lag the trigger adds up.
[[nodiscard]] std::int64_t trigger_partitions(const Scenario& scenario, const ConsumerGroup& group,
                                              const core::KafkaTriggerParameters& trigger);

/// Pods that the group can ever have: the autoscaler's maximum, else the schedule's.
[[nodiscard]] std::int64_t replicas_max(const ConsumerGroup& group);

/// A finding at `path`, or at the nearest key around it that is written.
[[nodiscard]] LintFinding finding_in(const ManifestHeader& header, std::string path,
                                     std::string message);
[[nodiscard]] LintFinding finding_in(const ScenarioFile& file, std::string path,
                                     std::string message);

/// The manifest that scales the group, or null.
[[nodiscard]] const ManifestHeader* autoscaler_of(const LintSubject& subject,
                                                  const ConsumerGroup& group);
/// Where the group's most pods are stated: maxReplicaCount, maxReplicas, or `replicas`.
[[nodiscard]] LintFinding finding_at_maximum(const LintSubject& subject, std::size_t group,
                                             std::string message);

}  // namespace lagsim::sim
