/// Pods against partitions.
#include "tests/sim/lint/linting.h"

namespace lagsim::sim::linting {
namespace {

constexpr std::string_view max_key = "ScaledObject.spec.maxReplicaCount=";

std::vector<Diagnostic> with_maximum(std::string_view replicas) {
    return findings_with({std::string(max_key) + std::string(replicas)});
}

TEST(MaxAbovePartitions, FromOneMoreOn) {
    const Diagnostic finding = only(with_maximum("5"), "max-above-partitions");
    EXPECT_EQ(finding.path, "spec.maxReplicaCount");
    EXPECT_FALSE(has(with_maximum("4"), "max-above-partitions"));
}

TEST(MaxAbovePartitions, SaysSoOfTheDefaultOf100) {
    EXPECT_TRUE(
        has(findings(with(all_text, "  maxReplicaCount: 4\n", "")), "max-above-partitions"));
}

/// Two topics of four partitions.
std::string two_topics(std::string_view assignor) {
    const std::string text = with(all_text, "orders: {partitions: 4, retention: 1h}",
                                  "orders: {partitions: 4}\n    returns: {partitions: 4}");
    return with(with(text, "- group: g\n",
                     "- group: g\n      topics: [orders, returns]\n      protocol: {assignor: " +
                         std::string(assignor) + "}\n"),
                "maxReplicaCount: 4", "maxReplicaCount: 8");
}

TEST(MaxAbovePartitions, RangeDealsEachTopicToTheSameFirstMembers) {
    EXPECT_TRUE(has(findings(two_topics("range")), "max-above-partitions"));
    EXPECT_FALSE(has(findings(two_topics("roundrobin")), "max-above-partitions"));
}

TEST(MaxAbovePartitions, OfAPlainHorizontalPodAutoscaler) {
    const auto text = [](std::string_view most) {
        return scenario_text +
               "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\n"
               "metadata: {name: h}\nspec:\n  scaleTargetRef: {kind: Deployment, name: d, "
               "apiVersion: apps/v1}\n  maxReplicas: " +
               std::string(most) +
               "\n  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, "
               "averageUtilization: 50}}}]\n" +
               deployment_text;
    };
    EXPECT_EQ(only(findings(text("5")), "max-above-partitions").path, "spec.maxReplicas");
    EXPECT_FALSE(has(findings(text("4")), "max-above-partitions"));
}

TEST(CapIntegerDivision, LetsOneMoreThrough) {
    const Diagnostic finding = only(with_maximum("5"), "cap-integer-division");
    EXPECT_NE(finding.message.find("201 to 249 records"), std::string::npos) << finding.message;
    EXPECT_NE(finding.message.find("replicas above 4 own no partition, 5 can still happen"),
              std::string::npos)
        << finding.message;
    EXPECT_FALSE(has(with_maximum("4"), "cap-integer-division"));
}

TEST(CapIntegerDivision, NotWhereTheDivisionLeavesNothing) {
    const std::string five = with(all_text, "maxReplicaCount: 4", "maxReplicaCount: 5");
    const auto metadata = [&](std::string_view key) {
        return findings(with(five, "        topic: orders\n",
                             "        topic: orders\n        " + std::string(key) + "\n"));
    };
    EXPECT_FALSE(has(metadata("allowIdleConsumers: \"true\""), "cap-integer-division"));
    EXPECT_FALSE(
        has(metadata("ensureEvenDistributionOfPartitions: \"true\""), "cap-integer-division"));
    EXPECT_TRUE(has(metadata("limitToPartitionsWithLag: \"true\""), "cap-integer-division"));
    EXPECT_FALSE(has(findings(with(five, "\"50\"", "\"1\"")), "cap-integer-division"));
}

TEST(CapIntegerDivision, NotWhereTheToleranceHidesIt) {
    // From 24 pods on, 24,999 records are 4 % too many; from 22 pods on 13 %.
    const auto from = [](std::string_view least) {
        return findings(with(with(with(all_text, "partitions: 4", "partitions: 24"),
                                  "maxReplicaCount: 4", "maxReplicaCount: 30"),
                             "minReplicaCount: 2", "minReplicaCount: " + std::string(least)));
    };
    EXPECT_TRUE(has(from("22"), "cap-integer-division"));
    EXPECT_FALSE(has(from("24"), "cap-integer-division"));
}

TEST(ScaleToZeroInvalidOffset, NeverLeavesZero) {
    const std::string flag = with(all_text, "        topic: orders\n",
                                  "        topic: orders\n"
                                  "        scaleToZeroOnInvalidOffset: \"true\"\n");
    EXPECT_FALSE(has(findings(flag), "scale-to-zero-invalid-offset"))
        << "two pods are always there";
    const std::string zero = with(flag, "minReplicaCount: 2", "minReplicaCount: 0");
    EXPECT_EQ(only(findings(zero), "scale-to-zero-invalid-offset").path,
              "spec.triggers[0].metadata.scaleToZeroOnInvalidOffset");
    EXPECT_TRUE(
        has(findings(with(flag, "minReplicaCount: 2", "minReplicaCount: 2\n  idleReplicaCount: 0")),
            "scale-to-zero-invalid-offset"));
    EXPECT_FALSE(
        has(findings(with(zero, "\"true\"", "\"false\"")), "scale-to-zero-invalid-offset"));
}

TEST(ScaleToZeroInvalidOffset, AlsoWhereOneAPartitionIsTooLittleToWakeUp) {
    const auto activation = [](std::string_view records) {
        return findings(
            with(with(with(all_text, "minReplicaCount: 2", "minReplicaCount: 0"),
                      "offsetResetPolicy: earliest", "offsetResetPolicy: latest"),
                 "lagThreshold",
                 "activationLagThreshold: \"" + std::string(records) + "\"\n        lagThreshold"));
    };
    EXPECT_TRUE(has(activation("4"), "scale-to-zero-invalid-offset"));
    EXPECT_FALSE(has(activation("3"), "scale-to-zero-invalid-offset"));
}

}  // namespace
}  // namespace lagsim::sim::linting
