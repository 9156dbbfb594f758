#include "sim/lint/lint.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <fmt/core.h>

#include "sim/lint/rules.h"

namespace lagsim::sim {
namespace {

constexpr auto error = Severity::error;
constexpr auto warning = Severity::warning;
constexpr auto manifests_do = LintNeeds::manifests;
constexpr auto scenario_only = LintNeeds::scenario;

constexpr std::array<LintRule, 17> table{{
    {"cooldown-inert", warning, manifests_do, rules::cooldown_inert,
     "KEDA v2.21.0 pkg/scaling/executor/scale_scaledobjects.go RequestScale"},
    {"activation-inert", warning, manifests_do, rules::activation_inert,
     "KEDA v2.21.0 pkg/scaling/executor/scale_scaledobjects.go RequestScale"},
    {"max-above-partitions", warning, scenario_only, rules::max_above_partitions,
     "Kafka 4.0.0 clients RangeAssignor, AbstractStickyAssignor"},
    {"cap-integer-division", warning, manifests_do, rules::cap_integer_division,
     "KEDA v2.21.0 pkg/scalers/kafka_scaler.go getTotalLag"},
    {"hpa-tolerance-residual", warning, manifests_do, rules::hpa_tolerance_residual,
     "Kubernetes v1.36.4 pkg/controller/podautoscaler/replica_calculator.go "
     "GetExternalPerPodMetricReplicas"},
    {"mark-without-commit", error, scenario_only, rules::mark_without_commit,
     "Sarama v1.60.2 offset_manager.go Close"},
    {"commit-before-processing", error, scenario_only, rules::commit_before_processing,
     "Kafka 4.0.0 group-coordinator OffsetMetadataManager.commitOffset"},
    {"retry-exceeds-max-poll", error, scenario_only, rules::retry_exceeds_max_poll,
     "Kafka 4.0.0 clients ConsumerCoordinator, AbstractCoordinator handlePollTimeoutExpiry"},
    {"grace-shorter-than-retry", warning, scenario_only, rules::grace_shorter_than_retry,
     "Kubernetes v1.36.4 pkg/kubelet/kuberuntime/kuberuntime_container.go killContainer"},
    {"retention-shorter-than-drain", error, scenario_only, rules::retention_shorter_than_drain,
     "Kafka 4.0.0 UnifiedLog.deleteRetentionMsBreachedSegments"},
    {"poll-slower-than-hpa", warning, manifests_do, rules::poll_slower_than_hpa,
     "KEDA v2.21.0 pkg/scaling/scale_handler.go GetScaledObjectMetrics"},
    {"polling-inert", warning, manifests_do, rules::polling_inert,
     "KEDA v2.21.0 pkg/scaling/scale_handler.go getScalerState, UsesHPAObservations"},
    {"reset-latest-loses", warning, manifests_do, rules::reset_latest_loses,
     "Kafka 4.0.0 clients ConsumerConfig auto.offset.reset, OffsetFetcher"},
    {"scale-to-zero-invalid-offset", warning, manifests_do, rules::scale_to_zero_invalid_offset,
     "KEDA v2.21.0 pkg/scalers/kafka_scaler.go getLagForPartition"},
    {"under-provisioned", error, scenario_only, rules::under_provisioned,
     "lagsim sim/lint/capacity.h; docs/lint.md"},
    {"hot-partition", warning, scenario_only, rules::hot_partition,
     "lagsim models/traffic/partitioner.h partition_shares; docs/lint.md"},
    {"deployment-replicas-fights-hpa", warning, manifests_do, rules::deployment_replicas_fights_hpa,
     "Kubernetes v1.36.4 pkg/controller/podautoscaler/horizontal.go reconcileAutoscaler"},
}};

/// Characters to underline: the key, if that is what stands there.
int width_at(const LintFinding& finding) {
    const std::string key = finding.path.substr(finding.path.find_last_of('.') + 1);
    const std::size_t column = static_cast<std::size_t>(std::max(1, finding.position.column)) - 1;
    const bool there = column < finding.position.source_line.size() &&
                       finding.position.source_line.compare(column, key.size(), key) == 0;
    return there ? static_cast<int>(std::max<std::size_t>(1, key.size())) : 1;
}

Diagnostic diagnostic_of(const LintRule& rule, LintFinding finding) {
    const int width = width_at(finding);
    return {.file = std::move(finding.position.file),
            .line = finding.position.line,
            .column = finding.position.column,
            .path = std::move(finding.path),
            .severity = rule.severity,
            .code = std::string(rule.code),
            .message = fmt::format("{} (source: {})", finding.message, rule.source),
            .suggestion = {},
            .source_line = std::move(finding.position.source_line),
            .width = width};
}

std::vector<Diagnostic> lint(const LintSubject& subject) {
    std::vector<Diagnostic> found;
    for (const LintRule& rule : table) {
        if (rule.needs == LintNeeds::scenario && subject.scenario == nullptr) {
            continue;
        }
        for (LintFinding& finding : rule.check(subject)) {
            found.push_back(diagnostic_of(rule, std::move(finding)));
        }
    }
    std::ranges::stable_sort(
        found, {}, [](const Diagnostic& d) { return std::tie(d.file, d.line, d.column); });
    return found;
}

}  // namespace

std::span<const LintRule> lint_rules() {
    return table;
}

std::vector<Diagnostic> lint_manifests(const ManifestSet& manifests) {
    return lint({.manifests = manifests});
}

std::vector<Diagnostic> lint_scenario(const ScenarioFile& file) {
    return lint({.manifests = file.manifests, .scenario = &file});
}

}  // namespace lagsim::sim
