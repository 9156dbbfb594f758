// The loop closes: lag or CPU in, pods out.
#include <cmath>

#include <gtest/gtest.h>

#include "core/scaling/scaled_object.h"
#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

core::ScaledObjectParameters scaled_object(std::int32_t min_replicas, std::int32_t max_replicas) {
    core::KafkaTriggerParameters kafka;
    kafka.consumer_group = "g";
    kafka.topic = "t";
    kafka.lag_threshold = 100;
    kafka.offset_reset_policy = core::OffsetResetPolicy::earliest;
    core::TriggerParameters trigger;
    trigger.spec = kafka;
    core::ScaledObjectParameters object;
    object.name = "g";
    object.triggers = {trigger};
    object.cooldown_period_seconds = 60;
    object.min_replica_count = min_replicas;
    object.max_replica_count = max_replicas;
    return object;
}

Build autoscaled(Duration duration, std::int32_t min_replicas) {
    Build build(duration, 5);
    Autoscaler& autoscaler = build.group().autoscaler.emplace();
    autoscaler.scaled_object = scaled_object(min_replicas, 5);
    autoscaler.hpa = core::hpa_of(*autoscaler.scaled_object);
    autoscaler.keda_phase = 0s;
    autoscaler.hpa_phase = 1s;
    return build;
}

TEST(Autoscaling, FromZeroToAllAndBackToZero) {
    const auto result = autoscaled(30min, 0).publish(50s, 1000, -1).run();

    EXPECT_EQ(result.groups.replicas[59], 0);
    EXPECT_EQ(result.groups.replicas[60], 1);  // KEDA's poll activates
    EXPECT_EQ(std::ranges::max(result.groups.replicas), 5);
    EXPECT_EQ(result.groups.replicas.back(), 0);
    EXPECT_EQ(ledger_of(result).finished, 1000);
    EXPECT_EQ(ledger_of(result).duplicates, 0);
}

TEST(Autoscaling, StartsAtMinReplicaCountAndWritesTheScaleAtTheEndOfASync) {
    const auto result = autoscaled(60s, 1).service(10s).publish(10s, 500, -1).run();

    EXPECT_EQ(result.groups.replicas.front(), 1);
    // Syncs at 1 s, 16.02 s ...; the first one after the records proposes 4 (doubling has a
    // floor of four pods), written 20 ms later.
    ASSERT_FALSE(events_of(result, EventKind::scale_up).empty());
    EXPECT_DOUBLE_EQ(times_of(result, EventKind::scale_up)[0], 16.04);
}

TEST(Autoscaling, LogsEveryPollAndEverySync) {
    const auto result = autoscaled(300s, 1).run();

    std::int64_t polls = 0;
    std::int64_t syncs = 0;
    for (const Decision& decision : result.decisions) {
        ++(decision.who == DecisionMaker::keda ? polls : syncs);
    }
    EXPECT_EQ(polls, 11);  // 0, 30 ... 300 s
    EXPECT_EQ(syncs, 20);  // 1 s + k * 15.02 s
}

TEST(Autoscaling, SeesNoLagWhileTheMetricIsZero) {
    const auto result = autoscaled(300s, 1)
                            .service(10s)
                            .publish(10s, 500, -1)
                            .fault({.at = at(5s), .kind = FaultKind::metric_zero, .duration = 200s})
                            .run();

    EXPECT_EQ(result.groups.replicas[200], 1);
    EXPECT_GT(result.groups.replicas[299], 1);
    EXPECT_GT(result.groups.lag_total[200], 400);
}

TEST(Autoscaling, HasNoMetricWhileTheTriggerCannotReachKafka) {
    const auto result =
        autoscaled(300s, 1)
            .fault({.at = at(100s), .kind = FaultKind::trigger_error, .duration = 100s})
            .run();

    for (const Decision& decision : result.decisions) {
        if (decision.who == DecisionMaker::keda) {
            EXPECT_EQ(decision.error, decision.time >= at(100s) && decision.time < at(200s))
                << core::seconds(decision.time);
        }
    }
}

TEST(Autoscaling, OnCpuScalesAGroupThatIsBoundByIt) {
    Build build = Build(20min, 4).steady(20.0);
    build.group().cpu = {.share = 1.0, .limit = 1.0, .request = 1.0};
    Autoscaler& autoscaler = build.group().autoscaler.emplace();
    autoscaler.hpa.max_replicas = 4;
    autoscaler.hpa.metrics = {{.source = core::HpaMetric::Source::resource,
                               .name = "cpu",
                               .container = {},
                               .target_type = core::MetricTargetType::utilization,
                               .target = 50}};
    autoscaler.hpa_phase = 1s;

    const auto result = build.run();

    // 20 records/s at 100 ms keep two cores busy: four pods at half load.
    EXPECT_EQ(result.groups.replicas.front(), 1);
    EXPECT_EQ(result.groups.replicas.back(), 4);
    EXPECT_LT(result.groups.lag_total.back(), 100);
}

}  // namespace
}  // namespace lagsim::sim
