#include "sim/scenario/manifests.h"

#include <gtest/gtest.h>

#include "tests/sim/scenario/reading.h"

namespace lagsim::sim {
namespace {

std::vector<Diagnostic> of_manifest(const std::string& text, const ReadOptions& options = {}) {
    const auto set = read_manifest_files({write_file("m.yaml", text)}, options);
    return set ? set->warnings : set.error();
}
ManifestSet well(const std::string& text) {
    auto set = read_manifest_files({write_file("m.yaml", text)});
    if (!set) {
        ADD_FAILURE() << render_diagnostics(set.error());
        return {};
    }
    return std::move(*set);
}
/// The ScaledObject with one text replaced.
std::string changed(std::string_view manifest, std::string_view from, std::string_view to) {
    std::string text(manifest);
    text.replace(text.find(from), from.size(), to);
    return text;
}

using Forms = std::vector<std::string>;

TEST(ScaledObject, KedasDefaults) {
    const auto set =
        well(changed(scaled_object, "  minReplicaCount: 2\n  maxReplicaCount: 8\n", ""));

    const core::ScaledObjectParameters& p = set.scaled_objects.at(0).parameters;
    EXPECT_EQ(p.polling_interval_seconds, 30);
    EXPECT_EQ(p.cooldown_period_seconds, 300);
    EXPECT_EQ(p.min_replica_count, std::nullopt);
    EXPECT_EQ(set.scaled_objects[0].hpa.min_replicas, 1);
    EXPECT_EQ(set.scaled_objects[0].hpa.max_replicas, 100);
    const auto& kafka = std::get<core::KafkaTriggerParameters>(p.triggers.at(0).spec);
    EXPECT_EQ(kafka.lag_threshold, 50);
    EXPECT_EQ(kafka.offset_reset_policy, core::OffsetResetPolicy::latest);
}

TEST(ScaledObject, MisspelledTriggerKeysAreErrorsAtTheKey) {
    const auto diagnostics = of_manifest(changed(scaled_object, "lagThreshold", "lagTreshold"));

    EXPECT_EQ(short_forms(diagnostics), Forms{"14:9 unknown-key"});
    EXPECT_EQ(diagnostics[0].message, "'lagTreshold' is not a key of the kafka trigger");
    EXPECT_EQ(diagnostics[0].suggestion, "lagThreshold");
}

TEST(ScaledObject, AnExternalTriggerIsWhatOurExternalScalerAnswers) {
    const std::string external =
        changed(changed(scaled_object, "type: kafka", "type: external"), "      metadata:\n",
                "      metadata:\n        scalerAddress: scaler.keda:6000\n");

    const auto set = well(external);

    const auto& kafka = std::get<core::KafkaTriggerParameters>(
        set.scaled_objects.at(0).parameters.triggers.at(0).spec);
    EXPECT_EQ(kafka.lag_threshold, 50);
    // A policy of the user's would answer otherwise, so it is refused rather than left out.
    EXPECT_EQ(short_forms(of_manifest(
                  changed(external, "scalerAddress: scaler.keda:6000", "policy: mine"))),
              (Forms{"11:9 not-modelled", "11:9 missing-key"}));
}

TEST(ScaledObject, AnUnquotedNumberIsWhatTheApiServerRefuses) {
    const auto diagnostics = of_manifest(changed(scaled_object, "\"50\"", "50"));

    EXPECT_EQ(short_forms(diagnostics), Forms{"14:23 unquoted-string"});
    EXPECT_EQ(diagnostics[0].severity, Severity::warning);
}

TEST(ScaledObject, KedasOwnComplaintsStandAtTheirKeys) {
    EXPECT_EQ(short_forms(of_manifest(changed(scaled_object, "\"50\"", "\"0\""))),
              Forms{"14:23 bad-value"});
    EXPECT_EQ(short_forms(of_manifest(changed(scaled_object, "\"50\"", "\"1e3\"")))[0],
              "14:23 bad-value");
    EXPECT_EQ(short_forms(
                  of_manifest(changed(scaled_object, "        bootstrapServers: b:9092\n", "")))[0],
              "11:9 bad-value");
    EXPECT_EQ(short_forms(of_manifest(changed(scaled_object, "type: kafka",
                                              "type: kafka\n      metricType: Utilization"))),
              Forms{"10:19 bad-value"});
}

TEST(ScaledObject, WhatTheReconcilerRefuses) {
    EXPECT_EQ(
        short_forms(of_manifest(changed(scaled_object, "minReplicaCount: 2", "minReplicaCount: 9")))
            .size(),
        1U);
    EXPECT_EQ(short_forms(of_manifest(changed(scaled_object, "minReplicaCount: 2",
                                              "minReplicaCount: 2\n  idleReplicaCount: 2")))
                  .size(),
              1U);
    EXPECT_EQ(short_forms(
                  of_manifest(changed(scaled_object, "minReplicaCount: 2", "pollingInterval: 0"))),
              Forms{"6:20 out-of-range"});
    EXPECT_EQ(short_forms(of_manifest(
                  changed(scaled_object, "minReplicaCount: 2", "pollingInterval: 30s"))),
              Forms{"6:20 wrong-type"});
    EXPECT_EQ(short_forms(of_manifest(
                  changed(scaled_object, "minReplicaCount: 2", "minReplicaCount: \"2\""))),
              Forms{"6:20 wrong-type"});
}

TEST(ScaledObject, BehaviorIsReadAndRefusedAsKubernetesDoes) {
    const std::string_view advanced =
        "maxReplicaCount: 8\n  advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleDown: "
        "{stabilizationWindowSeconds: 60, policies: [{type: Pods, value: 1, periodSeconds: "
        "60}]}}}}";
    const auto set = well(changed(scaled_object, "maxReplicaCount: 8", advanced));

    const auto& behavior = set.scaled_objects.at(0).hpa.behavior;
    ASSERT_TRUE(behavior);
    EXPECT_EQ(behavior->scale_down.stabilization_window_seconds, 60);
    EXPECT_EQ(behavior->scale_down.policies.at(0).value, 1);
    EXPECT_EQ(behavior->scale_up.policies.size(), 2U) << "the API server's defaults";

    EXPECT_EQ(short_forms(
                  of_manifest(changed(
                      scaled_object, "maxReplicaCount: 8",
                      "maxReplicaCount: 8\n  advanced: {horizontalPodAutoscalerConfig: {behavior: "
                      "{scaleDown: {policies: []}}}}")))
                  .size(),
              1U);
}

TEST(ScaledObject, OtherScalersAreNotModelledAndInventedOnesUnknown) {
    EXPECT_EQ(short_forms(of_manifest(changed(scaled_object, "type: kafka", "type: rabbitmq")))[0],
              "9:13 not-modelled");
    EXPECT_EQ(short_forms(of_manifest(changed(scaled_object, "type: kafka", "type: kafak")))[0],
              "9:13 bad-value");
}

TEST(ScaledObject, CronAndCpuTriggersAreFineAloneButNotInARun) {
    const std::string cron =
        std::string(scaled_object) +
        "    - type: cron\n      metadata: {timezone: Etc/UTC, start: 0 8 * * *, end: 0 18 * * *, "
        "desiredReplicas: \"5\"}\n";
    EXPECT_TRUE(of_manifest(cron).empty());
    EXPECT_EQ(short_forms(complaints(scenario_with("---\n" + cron))), Forms{"27:7 not-modelled"});
}

TEST(ScaledObject, KnownFieldsThatAreNotModelledGiveOneWarning) {
    const auto diagnostics = of_manifest(
        changed(scaled_object, "type: kafka", "type: kafka\n      authenticationRef: {name: a}"));

    EXPECT_EQ(short_forms(diagnostics), Forms{"10:7 ignored-field"});
    EXPECT_NE(diagnostics[0].message.find("spec.triggers[0].authenticationRef"), std::string::npos);
}

TEST(ScaledObject, FromEnvLooksIntoTheDeployment) {
    const std::string text =
        changed(scaled_object, "topic: orders", "topicFromEnv: TOPIC") + "---\n" +
        changed(deployment, "name: c,", "name: c, env: [{name: TOPIC, value: from-env}],");

    const auto set = well(text);

    const auto& trigger = set.scaled_objects.at(0).parameters.triggers.at(0);
    EXPECT_EQ(std::get<core::KafkaTriggerParameters>(trigger.spec).topic, "from-env");
}

TEST(HorizontalPodAutoscaler, ReadsMetricsAndRefusesTheOldVersion) {
    const std::string text =
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec:\n"
        "  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}\n  maxReplicas: 9\n"
        "  metrics:\n    - type: External\n      external:\n        metric: {name: lag}\n"
        "        target: {type: AverageValue, averageValue: 1500m}\n";
    const auto set = well(text);
    EXPECT_EQ(set.autoscalers.at(0).parameters.metrics.at(0).target, 1500);
    EXPECT_EQ(set.autoscalers[0].parameters.min_replicas, 1);

    EXPECT_EQ(short_forms(of_manifest(changed(text, "autoscaling/v2", "autoscaling/v1"))),
              Forms{"1:13 bad-value"});
    EXPECT_EQ(short_forms(of_manifest(changed(text, "averageValue: 1500m", "value: 1"))),
              Forms{"11:17 missing-key"});
    EXPECT_EQ(short_forms(of_manifest(changed(text, "type: AverageValue", "type: Utilization"))),
              Forms{"11:24 bad-value"});
    EXPECT_EQ(short_forms(of_manifest(
                  changed(text, "maxReplicas: 9", "maxReplicas: 9\n  minReplicas: 10"))),
              Forms{"7:16 bad-value"});
}

TEST(DeploymentManifest, FreeFormPartsPassAndTyposDoNot) {
    EXPECT_TRUE(
        of_manifest(changed(deployment, "name: c,", "name: c, image: i, ports: [1],")).empty());
    EXPECT_EQ(short_forms(of_manifest(changed(deployment, "name: c,", "name: c, imgae: i,"))),
              Forms{"10:21 unknown-key"});
    EXPECT_EQ(short_forms(of_manifest(changed(deployment, "replicas: 3", "replica: 3"))),
              Forms{"5:3 unknown-key"});
    EXPECT_EQ(short_forms(of_manifest(changed(deployment, "cpu: 250m", "cpu: 250 m"))),
              Forms{"10:49 wrong-type"});
}

TEST(DeploymentManifest, UnmodelledFieldsGiveOneWarning) {
    const auto diagnostics = of_manifest(
        changed(deployment, "replicas: 3", "replicas: 3\n  strategy: {}\n  minReadySeconds: 3"));

    EXPECT_EQ(short_forms(diagnostics), Forms{"6:3 ignored-field"});
    EXPECT_NE(diagnostics[0].message.find("spec.strategy, spec.minReadySeconds"),
              std::string::npos);
}

TEST(Manifests, PositionsLeadLintToTheFile) {
    const auto set = well(std::string(scaled_object));

    const Position& position =
        set.scaled_objects.at(0).header.positions.at("spec.triggers[0].metadata.lagThreshold");
    EXPECT_EQ(position.line, 14);
    EXPECT_EQ(position.column, 9);
}

TEST(Manifests, ValidateTakesScenariosAndManifestsAlike) {
    const std::string manifest = write_file("so.yaml", changed(scaled_object, "\"50\"", "50"));
    const std::string scenario =
        write_file("s.yaml", scenario_with("  manifests: [so.yaml]\n  sed: 1\n"));

    const auto all = validate_files({manifest, scenario, "/nowhere.yaml"});

    EXPECT_EQ(short_forms(all), (Forms{"14:23 unquoted-string", "13:3 unknown-key",
                                       "14:23 unquoted-string", "0:0 unreadable-file"}));
}

}  // namespace
}  // namespace lagsim::sim
