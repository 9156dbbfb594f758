/// What KEDA and the HPA do with a setting, and when it does nothing.
#include "tests/sim/lint/linting.h"

namespace lagsim::sim::linting {
namespace {

TEST(Lint, ASoundScenarioHasNoFindings) {
    EXPECT_EQ(codes(findings(all_text)), std::vector<std::string>{});
}

TEST(CooldownInert, WithPodsThatNeverGoToZero) {
    const auto found = findings_with({"ScaledObject.spec.cooldownPeriod=600"});
    EXPECT_EQ(codes(found), std::vector<std::string>{"cooldown-inert"});
    EXPECT_EQ(found.front().severity, Severity::warning);
    EXPECT_TRUE(
        has(findings_with({"ScaledObject.spec.initialCooldownPeriod=600"}), "cooldown-inert"));
}

TEST(CooldownInert, NotAtScaleToZeroNorToIdle) {
    EXPECT_FALSE(has(findings_with({"ScaledObject.spec.cooldownPeriod=600",
                                    "ScaledObject.spec.minReplicaCount=0"}),
                     "cooldown-inert"));
    EXPECT_FALSE(has(findings_with({"ScaledObject.spec.cooldownPeriod=600",
                                    "ScaledObject.spec.idleReplicaCount=1"}),
                     "cooldown-inert"));
}

TEST(ActivationInert, WithPodsThatNeverGoToZero) {
    const auto found = findings(
        with(all_text, "lagThreshold", "activationLagThreshold: \"9\"\n        lagThreshold"));
    const Diagnostic finding = only(found, "activation-inert");
    EXPECT_EQ(finding.file, "s.yaml");
    EXPECT_EQ(finding.line, 28);
    EXPECT_EQ(finding.column, 9);
    EXPECT_EQ(finding.path, "spec.triggers[0].metadata.activationLagThreshold");
    EXPECT_EQ(finding.width, 22);
    EXPECT_NE(finding.message.find("RequestScale"), std::string::npos) << finding.message;
}

TEST(ActivationInert, NotFromZeroNorWhereItIsZero) {
    const std::string zero =
        with(all_text, "lagThreshold", "activationLagThreshold: \"0\"\n        lagThreshold");
    EXPECT_FALSE(has(findings(zero), "activation-inert"));
    const std::string nine =
        with(all_text, "lagThreshold", "activationLagThreshold: \"9\"\n        lagThreshold");
    EXPECT_FALSE(
        has(findings(with(nine, "minReplicaCount: 2", "minReplicaCount: 0")), "activation-inert"));
}

TEST(PollingInert, WhereKedaReusesWhatTheHpaRead) {
    const Diagnostic finding =
        only(findings_with({"ScaledObject.spec.pollingInterval=10"}), "polling-inert");
    EXPECT_NE(finding.message.find("every 15s"), std::string::npos) << finding.message;
}

TEST(PollingInert, NotInKeda220NorFromZeroNorWithCachedMetrics) {
    const std::string ten = "ScaledObject.spec.pollingInterval=10";
    EXPECT_FALSE(
        has(findings_with({ten, "spec.autoscaler.kedaVersion=\"2.20\""}), "polling-inert"));
    EXPECT_FALSE(has(findings_with({ten, "ScaledObject.spec.minReplicaCount=0"}), "polling-inert"));
    EXPECT_FALSE(
        has(findings_with({ten, "ScaledObject.spec.idleReplicaCount=0"}), "polling-inert"));
    EXPECT_FALSE(has(findings_with({ten, "ScaledObject.spec.triggers[0].useCachedMetrics=true"}),
                     "polling-inert"));
    EXPECT_FALSE(has(findings(all_text), "polling-inert")) << "the default is nobody's belief";
}

TEST(PollSlowerThanHpa, WhereTheHpaReadsPolledValues) {
    const std::string cached = "ScaledObject.spec.triggers[0].useCachedMetrics=true";
    EXPECT_TRUE(has(findings_with({cached}), "poll-slower-than-hpa")) << "30 s by default";
    EXPECT_TRUE(has(findings_with({cached, "ScaledObject.spec.pollingInterval=16"}),
                    "poll-slower-than-hpa"));
    EXPECT_FALSE(has(findings_with({cached, "ScaledObject.spec.pollingInterval=15"}),
                     "poll-slower-than-hpa"));
    EXPECT_FALSE(
        has(findings_with({cached, "spec.autoscaler.hpaSync=30s"}), "poll-slower-than-hpa"));
}

TEST(PollSlowerThanHpa, WhereTheIntervalOnlyDelaysTheWakeUp) {
    const std::string zero = "ScaledObject.spec.minReplicaCount=0";
    EXPECT_TRUE(
        has(findings_with({zero, "ScaledObject.spec.pollingInterval=60"}), "poll-slower-than-hpa"));
    EXPECT_FALSE(
        has(findings_with({zero, "ScaledObject.spec.pollingInterval=15"}), "poll-slower-than-hpa"));
    EXPECT_FALSE(has(findings_with({zero}), "poll-slower-than-hpa"));
}

/// Room for so many pods that the HPA's 10 % are a whole one.
std::string with_maximum(const std::string& replicas) {
    return with(with(all_text, "partitions: 4", "partitions: 100"), "maxReplicaCount: 4",
                "maxReplicaCount: " + replicas);
}

TEST(HpaToleranceResidual, FromTheCountOnWhereItIsAWholePod) {
    const Diagnostic finding = only(findings(with_maximum("11")), "hpa-tolerance-residual");
    EXPECT_NE(finding.message.find("with 10 replicas a lag of 500 to 550"), std::string::npos)
        << finding.message;
    EXPECT_FALSE(has(findings(with_maximum("10")), "hpa-tolerance-residual"));
}

TEST(HpaToleranceResidual, NotWithASmallerToleranceNorWithFewPartitions) {
    EXPECT_FALSE(has(findings(with_maximum("11"),
                              {.overlays = {}, .sets = {"spec.autoscaler.hpaTolerance=0.09"}}),
                     "hpa-tolerance-residual"));
    EXPECT_FALSE(has(findings(with(all_text, "maxReplicaCount: 4", "maxReplicaCount: 30")),
                     "hpa-tolerance-residual"));
    const std::string own = with(with_maximum("11"), "  triggers:",
                                 "  advanced: {horizontalPodAutoscalerConfig: {behavior: "
                                 "{scaleUp: {tolerance: \"0\"}}}}\n  triggers:");
    EXPECT_FALSE(has(findings(own), "hpa-tolerance-residual"));
}

TEST(DeploymentReplicasFightsHpa, WhereBothStateACount) {
    const std::string counted =
        with(all_text, "spec:\n  template:", "spec:\n  replicas: 3\n  template:");
    const Diagnostic finding = only(findings(counted), "deployment-replicas-fights-hpa");
    EXPECT_EQ(finding.path, "spec.replicas");
    EXPECT_EQ(finding.line, 34);
}

TEST(DeploymentReplicasFightsHpa, NotWithoutAnAutoscalerNorInAnotherNamespace) {
    const std::string counted =
        with(deployment_text, "spec:\n  template:", "spec:\n  replicas: 3\n  template:");
    EXPECT_FALSE(has(findings(scenario_text + counted), "deployment-replicas-fights-hpa"));
    const std::string apart = with(object_text, "{name: so}", "{name: so, namespace: a}") +
                              with(counted, "{name: d}", "{name: d, namespace: b}");
    EXPECT_FALSE(has(findings(scenario_text + apart), "deployment-replicas-fights-hpa"));
}

}  // namespace
}  // namespace lagsim::sim::linting
