#include <algorithm>
#include <variant>

#include <fmt/core.h>

#include "core/scaling/replica_calculator.h"
#include "sim/lint/rules.h"
#include "sim/lint/subject.h"

namespace lagsim::sim::rules {
namespace {

/// The lag is cut to whole lagThresholds a partition. With even distribution it is made a multiple
/// of lagThreshold before, so that the division leaves nothing.
bool caps_inexactly(const core::KafkaTriggerParameters& trigger) {
    return (!trigger.allow_idle_consumers || trigger.limit_to_partitions_with_lag) &&
           !trigger.ensure_even_distribution_of_partitions && trigger.lag_threshold > 1;
}

/// Whether the largest lag that is not cut asks for a replica more than there are partitions, from
/// the count at which the HPA's tolerance hides it least.
bool one_more_is_reachable(const core::HpaParameters& hpa, std::int64_t lag_threshold,
                           std::int64_t partitions) {
    const double tolerance = core::tolerances_of(hpa).up;
    const double least = std::max(1, hpa.min_replicas);
    const double threshold = static_cast<double>(lag_threshold);
    const double uncut = threshold * static_cast<double>(partitions + 1) - 1.0;
    return hpa.max_replicas > partitions && uncut > threshold * least * (1.0 + tolerance);
}

std::string cap_message(const LintedObject& object, std::int64_t lag_threshold,
                        std::int64_t partitions) {
    const double threshold = static_cast<double>(lag_threshold);
    return fmt::format(
        "KEDA's cap is no limit of {0} replicas: it divides the lag by lagThreshold in integers, "
        "so {1:.0f} to {2:.0f} records pass uncut and the HPA rounds up: replicas above {0} own no "
        "partition, {3} can still happen (maxReplicaCount is {4}): set maxReplicaCount: {0}",
        partitions, static_cast<double>(partitions) * threshold + 1.0,
        static_cast<double>(partitions + 1) * threshold - 1.0, partitions + 1,
        object.hpa().max_replicas);
}

std::string cap_message_alone(const LintedObject& object, std::int64_t threshold) {
    return fmt::format(
        "allowIdleConsumers: false is no limit at the number of partitions: KEDA divides the lag "
        "by lagThreshold ({}) in integers, so on a topic with P partitions, fewer than "
        "maxReplicaCount ({}), P + 1 replicas can still happen, and the last owns nothing: set "
        "maxReplicaCount to the number of partitions",
        threshold, object.hpa().max_replicas);
}

}  // namespace

Findings max_above_partitions(const LintSubject& subject) {
    Findings findings;
    const Scenario& scenario = subject.scenario->scenario;
    for (std::size_t i = 0; i < scenario.consumers.size(); ++i) {
        const ConsumerGroup& group = scenario.consumers[i];
        const std::int64_t partitions = assignable_partitions(scenario, group);
        const bool shares = group.protocol.kind == models::GroupProtocol::share;
        if (!group.autoscaler || shares || replicas_max(group) <= partitions) {
            continue;
        }
        findings.push_back(finding_at_maximum(
            subject, i,
            fmt::format("up to {} replicas do not help: a partition has one owner in a group, and "
                        "with {} partitions replicas above {} own none and wait idle: lower the "
                        "maximum to {}, or add partitions",
                        replicas_max(group), partitions, partitions, partitions)));
    }
    return findings;
}

Findings cap_integer_division(const LintSubject& subject) {
    Findings findings;
    for (const LintedObject& object : linted_objects(subject)) {
        const auto& triggers = object.manifest->parameters.triggers;
        for (std::size_t i = 0; i < triggers.size(); ++i) {
            const auto* kafka = std::get_if<core::KafkaTriggerParameters>(&triggers[i].spec);
            if (kafka == nullptr || !caps_inexactly(*kafka) ||
                triggers[i].target_type != core::MetricTargetType::average_value) {
                continue;
            }
            const std::string metadata = fmt::format("spec.triggers[{}].metadata", i);
            const std::string path = metadata + ".allowIdleConsumers";
            if (object.group == nullptr) {
                // Without partitions only the hope can be contradicted, if somebody wrote it down.
                if (object.says(path) && !kafka->allow_idle_consumers &&
                    object.hpa().max_replicas > 1) {
                    findings.push_back(finding_in(object.manifest->header, path,
                                                  cap_message_alone(object, kafka->lag_threshold)));
                }
                continue;
            }
            const Scenario& scenario = subject.scenario->scenario;
            const std::int64_t partitions = trigger_partitions(scenario, *object.group, *kafka);
            if (partitions >= assignable_partitions(scenario, *object.group) &&
                one_more_is_reachable(object.hpa(), kafka->lag_threshold, partitions)) {
                findings.push_back(
                    finding_in(object.manifest->header, path,
                               cap_message(object, kafka->lag_threshold, partitions)));
            }
        }
    }
    return findings;
}

namespace {

/// What a trigger says of a group without any commit: active or not. Nothing = not known.
std::optional<bool> wakes_without_commit(const LintSubject& subject, const LintedObject& object,
                                         const core::TriggerParameters& trigger) {
    const auto* kafka = std::get_if<core::KafkaTriggerParameters>(&trigger.spec);
    if (kafka == nullptr) {
        return std::nullopt;
    }
    if (kafka->scale_to_zero_on_invalid_offset) {
        return false;
    }
    if (kafka->offset_reset_policy != core::OffsetResetPolicy::latest || object.group == nullptr ||
        kafka->topic.empty()) {
        return std::nullopt;
    }
    // One record a partition, whatever waits there.
    return trigger_partitions(subject.scenario->scenario, *object.group, *kafka) >
           kafka->activation_lag_threshold;
}

}  // namespace

Findings scale_to_zero_invalid_offset(const LintSubject& subject) {
    Findings findings;
    for (const LintedObject& object : linted_objects(subject)) {
        const core::ScaledObjectParameters& p = object.manifest->parameters;
        const bool from_zero = p.idle_replica_count.value_or(p.min_replica_count.value_or(0)) == 0;
        const bool never = std::ranges::all_of(p.triggers, [&](const auto& trigger) {
            return wakes_without_commit(subject, object, trigger) == false;
        });
        if (!from_zero || !never || p.triggers.empty()) {
            continue;
        }
        const auto& kafka = std::get<core::KafkaTriggerParameters>(p.triggers.front().spec);
        const bool flag = kafka.scale_to_zero_on_invalid_offset;
        findings.push_back(finding_in(
            object.manifest->header,
            flag ? "spec.triggers[0].metadata.scaleToZeroOnInvalidOffset"
                 : "spec.triggers[0].metadata.activationLagThreshold",
            fmt::format("a group without a committed offset never leaves zero: {}, so no pod "
                        "starts, and without a pod nothing is ever committed; the same after the "
                        "offsets expired (7 days without members): {}, or start the first pod by "
                        "hand",
                        flag ? std::string("scaleToZeroOnInvalidOffset counts its lag as 0")
                             : fmt::format("with offsetResetPolicy latest its lag counts as 1 a "
                                           "partition, no more than activationLagThreshold {}",
                                           kafka.activation_lag_threshold),
                        flag ? "set scaleToZeroOnInvalidOffset: false or minReplicaCount: 1"
                             : "lower activationLagThreshold or set minReplicaCount: 1")));
    }
    return findings;
}

}  // namespace lagsim::sim::rules
