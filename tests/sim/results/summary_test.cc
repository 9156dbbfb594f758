#include "sim/results/summary.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "tests/sim/results/synthetic_helper.h"

namespace lagsim::sim {
namespace {

using tests::synthetic_result;
using tests::synthetic_scenario;
using tests::SyntheticShape;

double value_of(const Scenario& scenario, const ReplicationResult& result,
                const std::string& name) {
    const std::vector<std::string> names = metric_names(scenario);
    const auto found = std::ranges::find(names, name);
    EXPECT_NE(found, names.end()) << name;
    return replication_metrics(scenario, result)[static_cast<std::size_t>(found - names.begin())];
}

TEST(Summary, EveryMetricOfTheContractIsThere) {
    const std::vector<std::string> names = metric_names(synthetic_scenario());

    for (const char* name : {"lag.mean",
                             "lag.p50",
                             "lag.p95",
                             "lag.p99",
                             "lag.max",
                             "latency.mean",
                             "latency.p50",
                             "latency.p95",
                             "latency.p99",
                             "latency.max",
                             "throughput.produced",
                             "throughput.finished",
                             "replicas.min",
                             "replicas.mean",
                             "replicas.max",
                             "podHours",
                             "scaleUps",
                             "scaleDowns",
                             "rebalances",
                             "rebalancePause",
                             "retries",
                             "deadLettered",
                             "lost",
                             "duplicates",
                             "timeToDrain",
                             "utilization.mean"}) {
        EXPECT_NE(std::ranges::find(names, name), names.end()) << name;
    }
}

TEST(Summary, MetricsComeFromTheTotalsInTheirUnits) {
    const Scenario scenario = synthetic_scenario();
    const ReplicationResult result = synthetic_result(scenario, 1);

    EXPECT_DOUBLE_EQ(value_of(scenario, result, "lag.mean"), 51.0);
    EXPECT_DOUBLE_EQ(value_of(scenario, result, "throughput.produced"), 1.5);
    EXPECT_DOUBLE_EQ(value_of(scenario, result, "replicas.mean"), 2.0);
    EXPECT_DOUBLE_EQ(value_of(scenario, result, "podHours"), 2.0 * 600.0 / 3600.0);
    EXPECT_DOUBLE_EQ(value_of(scenario, result, "rebalancePause"), 9.0);
    EXPECT_DOUBLE_EQ(value_of(scenario, result, "timeToDrain"), 30.0);
    EXPECT_DOUBLE_EQ(value_of(scenario, result, "utilization.mean"), 0.25);
    EXPECT_DOUBLE_EQ(value_of(scenario, result, "lost"), 7.0);
    EXPECT_DOUBLE_EQ(value_of(scenario, result, "latency.max"), 0.1);
}

TEST(Summary, SampledLagLeavesTheWarmUpOut) {
    Scenario scenario = synthetic_scenario();
    ReplicationResult result = synthetic_result(scenario, 0);
    std::ranges::fill(result.groups.lag_total, 5);
    result.groups.lag_total[1] = 1000;  // at 15 s

    EXPECT_DOUBLE_EQ(value_of(scenario, result, "lag.max"), 1000.0);
    scenario.warmup = core::Duration{16'000'000'000};
    EXPECT_DOUBLE_EQ(value_of(scenario, result, "lag.max"), 5.0);
    EXPECT_DOUBLE_EQ(value_of(scenario, result, "lag.p50"), 5.0);
}

TEST(Summary, WhatIsUndefinedIsNaN) {
    const Scenario scenario = synthetic_scenario();
    ReplicationResult result = synthetic_result(scenario, 0, {.events = false});
    result.totals[0].drain_threshold = -1.0;
    result.totals[0].capacity_time = 0;

    EXPECT_TRUE(std::isnan(value_of(scenario, result, "latency.p99")));
    EXPECT_TRUE(std::isnan(value_of(scenario, result, "timeToDrain")));
    EXPECT_TRUE(std::isnan(value_of(scenario, result, "utilization.mean")));
}

TEST(Summary, SeveralGroupsPrefixTheirMetrics) {
    const Scenario scenario = synthetic_scenario({.groups = 2});

    EXPECT_EQ(metric_names(scenario).front(), "shop/0.lag.mean");
    EXPECT_EQ(metric_names(scenario).size(), 2 * metric_definitions().size());
}

TEST(Summary, MeansHaveAHalfWidthFromTwoReplicationsOn) {
    const Scenario scenario = synthetic_scenario();
    Summary summary(scenario);
    const auto add = [&](std::uint32_t replication) {
        const ReplicationResult result = synthetic_result(scenario, replication);
        summary.add(replication_metrics(scenario, result), result);
    };

    add(0);
    EXPECT_TRUE(std::isnan(summary.metrics()[0].interval.half_width));
    add(1);
    const MetricSummary lag = summary.metrics()[0];
    EXPECT_DOUBLE_EQ(lag.interval.mean, 50.5);
    EXPECT_NEAR(lag.interval.half_width, 12.7062047362 * 0.5, 1e-8);  // t(1) s / sqrt(2)
    EXPECT_EQ(lag.interval.n, 2);
    EXPECT_EQ(summary.ledgers()[0].produced, 2001);
}

TEST(Summary, TheFingerprintDependsOnTheOrderOfTheReplications) {
    const std::uint64_t a = fold_fingerprint(fold_fingerprint(fingerprint_start, 1), 2);
    const std::uint64_t b = fold_fingerprint(fold_fingerprint(fingerprint_start, 2), 1);

    EXPECT_NE(a, b);
    EXPECT_EQ(fingerprint_text(0x1f), "000000000000001f");
}

TEST(SampleQuantile, IsTheSmallestValueThatTheAskedPartDoesNotExceed) {
    std::vector<std::int64_t> values{4, 1, 3, 2};

    EXPECT_DOUBLE_EQ(sample_quantile(values, 0.5), 2.0);
    EXPECT_DOUBLE_EQ(sample_quantile(values, 0.51), 3.0);
    EXPECT_DOUBLE_EQ(sample_quantile(values, 1.0), 4.0);
    EXPECT_DOUBLE_EQ(sample_quantile(values, 0.0), 1.0);
}

}  // namespace
}  // namespace lagsim::sim
