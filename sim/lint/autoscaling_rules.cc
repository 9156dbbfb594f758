#include <algorithm>
#include <variant>

#include <fmt/core.h>

#include "core/scaling/replica_calculator.h"
#include "core/scaling/scaled_object.h"
#include "sim/lint/rules.h"
#include "sim/lint/subject.h"
#include "sim/scenario/units.h"

namespace lagsim::sim::rules {
namespace {

bool only_resources(const core::ScaledObjectParameters& parameters) {
    return std::ranges::all_of(parameters.triggers, [](const core::TriggerParameters& trigger) {
        return std::holds_alternative<core::ResourceTriggerParameters>(trigger.spec);
    });
}

/// KEDA's executor never takes pods away: it would only at scale to zero or to idle, and cpu and
/// memory triggers alone are always active.
bool never_scales_in(const LintedObject& object) {
    return !object.scales_to_zero_or_idle() || only_resources(object.manifest->parameters);
}

std::string why_never(const LintedObject& object) {
    return object.scales_to_zero_or_idle()
               ? std::string("cpu and memory triggers alone are always active")
               : fmt::format("minReplicaCount is {} and there is no idleReplicaCount",
                             object.manifest->parameters.min_replica_count.value_or(0));
}

}  // namespace

Findings cooldown_inert(const LintSubject& subject) {
    Findings findings;
    for (const LintedObject& object : linted_objects(subject)) {
        for (const std::string key : {"cooldownPeriod", "initialCooldownPeriod"}) {
            if (object.says("spec." + key) && never_scales_in(object)) {
                findings.push_back(finding_in(
                    object.manifest->header, "spec." + key,
                    fmt::format("{} delays nothing: KEDA waits for it only before it scales to "
                                "zero or to idleReplicaCount, and {}; between minReplicaCount and "
                                "maxReplicaCount only the HPA removes pods, held back by its "
                                "scaleDown.stabilizationWindowSeconds (300 s): set that, or "
                                "minReplicaCount: 0",
                                key, why_never(object))));
            }
        }
    }
    return findings;
}

Findings activation_inert(const LintSubject& subject) {
    Findings findings;
    for (const LintedObject& object : linted_objects(subject)) {
        const auto& triggers = object.manifest->parameters.triggers;
        for (std::size_t i = 0; i < triggers.size(); ++i) {
            const auto* kafka = std::get_if<core::KafkaTriggerParameters>(&triggers[i].spec);
            const std::string path =
                fmt::format("spec.triggers[{}].metadata.activationLagThreshold", i);
            if (kafka == nullptr || kafka->activation_lag_threshold == 0 || !object.says(path) ||
                object.scales_to_zero_or_idle()) {
                continue;
            }
            findings.push_back(finding_in(
                object.manifest->header, path,
                fmt::format("activationLagThreshold {} decides nothing: it only says when KEDA "
                            "leaves zero or idleReplicaCount, and minReplicaCount is {} without "
                            "an idleReplicaCount; the HPA never sees it and compares the lag with "
                            "lagThreshold alone: use minReplicaCount: 0, or drop the key",
                            kafka->activation_lag_threshold,
                            object.manifest->parameters.min_replica_count.value_or(0))));
        }
    }
    return findings;
}

Findings polling_inert(const LintSubject& subject) {
    Findings findings;
    for (const LintedObject& object : linted_objects(subject)) {
        const core::ScaledObjectParameters& parameters = object.manifest->parameters;
        if (!object.says("spec.pollingInterval") || object.manifest->scaling_modifiers ||
            !core::uses_hpa_observations(parameters)) {
            continue;
        }
        findings.push_back(finding_in(
            object.manifest->header, "spec.pollingInterval",
            fmt::format("pollingInterval {} s sets no pace: with minReplicaCount {}, no "
                        "idleReplicaCount and no useCachedMetrics a poll of KEDA 2.21 reuses what "
                        "the HPA last read, so Kafka is asked when the HPA syncs (every {}) and "
                        "not when KEDA polls: useCachedMetrics: true or minReplicaCount: 0 would "
                        "give the interval a meaning",
                        parameters.polling_interval_seconds,
                        parameters.min_replica_count.value_or(0),
                        format_duration(object.hpa_sync()))));
    }
    return findings;
}

Findings poll_slower_than_hpa(const LintSubject& subject) {
    Findings findings;
    for (const LintedObject& object : linted_objects(subject)) {
        const core::ScaledObjectParameters& p = object.manifest->parameters;
        const auto interval = core::Duration{p.polling_interval_seconds * 1'000'000'000LL};
        const std::string path = "spec.pollingInterval";
        const auto kafka = std::ranges::count_if(p.triggers, [](const auto& trigger) {
            return std::holds_alternative<core::KafkaTriggerParameters>(trigger.spec);
        });
        if (interval <= object.hpa_sync() || kafka == 0) {
            continue;
        }
        const std::string poll = format_duration(interval);
        const std::string sync = format_duration(object.hpa_sync());
        if (std::ranges::any_of(p.triggers, &core::TriggerParameters::use_cached_metrics)) {
            findings.push_back(finding_in(
                object.manifest->header, path,
                fmt::format("the HPA decides every {} but with useCachedMetrics it reads what "
                            "KEDA polled up to {} ago: it decides several times on one value and "
                            "reacts late: set pollingInterval to {} or less, or drop "
                            "useCachedMetrics",
                            sync, poll, sync)));
        } else if (object.says(path) && object.scales_to_zero_or_idle()) {
            findings.push_back(finding_in(
                object.manifest->header, path,
                fmt::format("pollingInterval {} does not set how often Kafka is asked: while there "
                            "are pods the HPA asks the triggers itself, every {}; the interval "
                            "only delays the wake-up from {} by up to {}: shorten it to wake up "
                            "sooner, or use useCachedMetrics: true to ask less often",
                            poll, sync, p.idle_replica_count.value_or(0), poll)));
        }
    }
    return findings;
}

Findings hpa_tolerance_residual(const LintSubject& subject) {
    Findings findings;
    for (const LintedObject& object : linted_objects(subject)) {
        const core::HpaParameters& hpa = object.hpa();
        const double tolerance = core::tolerances_of(hpa).up;
        std::int64_t most = hpa.max_replicas;
        if (object.group != nullptr) {
            most = std::min(most, assignable_partitions(subject.scenario->scenario, *object.group));
        }
        // The highest count that could still grow. Below a whole pod's worth the tolerance is what
        // it is meant to be: no flapping.
        const std::int64_t count = most - 1;
        const double pods = tolerance * static_cast<double>(count);
        constexpr double rounding = 1e-9;
        const auto& triggers = object.manifest->parameters.triggers;
        for (std::size_t i = 0; i < triggers.size(); ++i) {
            const auto* kafka = std::get_if<core::KafkaTriggerParameters>(&triggers[i].spec);
            if (kafka == nullptr ||
                triggers[i].target_type != core::MetricTargetType::average_value ||
                count < hpa.min_replicas || pods < 1.0 - rounding) {
                continue;
            }
            const double wanted =
                static_cast<double>(kafka->lag_threshold) * static_cast<double>(count);
            findings.push_back(finding_in(
                object.manifest->header, fmt::format("spec.triggers[{}].metadata.lagThreshold", i),
                fmt::format("lag above lagThreshold does not always bring a pod: within {:.4g} % "
                            "of its target the HPA changes nothing, so with {} replicas a lag of "
                            "{:.0f} to {:.0f} records, {:.1f} lagThresholds too many, may stand "
                            "for ever: set behavior.scaleUp.tolerance (Kubernetes 1.35), or a "
                            "lower lagThreshold",
                            tolerance * 100.0, count, wanted, wanted * (1.0 + tolerance), pods)));
        }
    }
    return findings;
}

namespace {

struct ScaleTarget {
    const ManifestHeader* scaler;
    const std::string* kind;
    const std::string* name;
};

std::vector<ScaleTarget> scale_targets(const ManifestSet& manifests) {
    std::vector<ScaleTarget> targets;
    for (const ScaledObjectManifest& manifest : manifests.scaled_objects) {
        targets.push_back({&manifest.header, &manifest.target_kind, &manifest.target_name});
    }
    for (const HpaManifest& manifest : manifests.autoscalers) {
        targets.push_back({&manifest.header, &manifest.target_kind, &manifest.target_name});
    }
    return targets;
}

bool scales(const ScaleTarget& target, const DeploymentManifest& deployment) {
    const std::string& mine = deployment.header.name_space;
    const std::string& theirs = target.scaler->name_space;
    return *target.kind == (deployment.stateful_set ? "StatefulSet" : "Deployment") &&
           *target.name == deployment.header.name &&
           (mine.empty() || theirs.empty() || mine == theirs);
}

}  // namespace

Findings deployment_replicas_fights_hpa(const LintSubject& subject) {
    Findings findings;
    const std::vector<ScaleTarget> targets = scale_targets(subject.manifests);
    for (const DeploymentManifest& deployment : subject.manifests.deployments) {
        const auto target = std::ranges::find_if(
            targets, [&](const ScaleTarget& candidate) { return scales(candidate, deployment); });
        if (!deployment.replicas || target == targets.end()) {
            continue;
        }
        findings.push_back(finding_in(
            deployment.header, "spec.replicas",
            fmt::format("replicas {} does not stay: '{}' scales this Deployment, and every apply "
                        "of the manifest sets the count back to {} until the autoscaler's next "
                        "decision, two rebalances for nothing: leave replicas out",
                        *deployment.replicas, target->scaler->name, *deployment.replicas)));
    }
    return findings;
}

}  // namespace lagsim::sim::rules
