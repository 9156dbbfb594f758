/// No. 16 of the library: the metric, the broker or the producer is away.
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/scaling/autoscaler.h"
#include "tests/library/library_helper.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;

const Sets fallback = {"ScaledObject.spec.fallback={failureThreshold: 3, replicas: 6}"};
const Sets if_higher = {
    "ScaledObject.spec.fallback={failureThreshold: 3, replicas: 6, behavior: "
    "currentReplicasIfHigher}"};

/// A fiftieth of the traffic, of the threshold and of a pod's speed.
Outcome play_smaller(const std::vector<Sets>& parts = {}) {
    Sets sets = {"spec.producers[0].rate=80/s", "spec.consumers[0].serviceTime=312.5ms",
                 "spec.consumers[0].revoke.bufferedRecords=5",
                 "ScaledObject.spec.triggers[0].metadata.lagThreshold=\"20\""};
    for (const Sets& part : parts) {
        sets.insert(sets.end(), part.begin(), part.end());
    }
    return play("outages-and-fallback", sets);
}

TEST(OutagesAndFallback, WithoutAFallbackReplicasStayAsTheyAre) {
    const Outcome run = play_smaller();

    EXPECT_EQ(run.replicas_since(10min), (std::set<std::int32_t>{24}));
    for (const sim::Decision& sync : run.syncs()) {
        const bool away = core::Instant{10min} <= sync.time && sync.time < core::Instant{20min};
        EXPECT_EQ(sync.error, away) << "at " << core::seconds(sync.time) << " s";
    }
}

/// One sync of the two controllers alone.
struct Sync {
    core::Duration time{0};
    std::optional<std::int64_t> metric;  ///< [records]
    std::int32_t replicas = 0;           ///< after it
};

/// KEDA and the HPA of a run's manifest without the run: a standing lag, and a coordinator that is
/// there and answers with an error (not coordinator, loading) from 10 to 20 minutes.
std::vector<Sync> with_answering_coordinator(const Sets& manifest, std::int64_t lag) {
    const Outcome run = play_smaller({manifest, {"spec.duration=1m", "spec.faults=[]"}});
    const sim::Autoscaler& parameters = *run.group().autoscaler;
    core::Autoscaler controllers(parameters.scaled_object, parameters.hpa, core::Instant{});
    const std::vector<std::string> topics{"high-volume-events"};
    std::vector<core::BrokerPartition> partitions(24);
    for (std::size_t i = 0; i < partitions.size(); ++i) {
        partitions[i].id = core::PartitionId{static_cast<std::int32_t>(i)};
        partitions[i].end = core::Offset{1000};
        partitions[i].committed = core::Offset{1000 - lag / 24};
    }
    core::Replicas replicas{6};
    std::vector<Sync> syncs;
    for (core::Duration time = 0s; time < 25min; time += 15s) {
        const bool away = 10min <= time && time < 20min;
        const core::BrokerState broker{.topics = topics,
                                       .partitions = partitions,
                                       .group_error = static_cast<std::int16_t>(away ? 16 : 0)};
        const core::ScaleObservation scale{.spec = replicas,
                                           .status = replicas,
                                           .listed = replicas,
                                           .ready = replicas,
                                           .pods = {}};
        if (time % 30s == 0s) {
            replicas =
                controllers.poll(core::Instant{time}, scale, broker).replicas.value_or(replicas);
        }
        const core::SyncOutcome sync = controllers.sync(core::Instant{time}, scale, broker);
        replicas = sync.replicas.value_or(replicas);
        syncs.push_back(
            {.time = time,
             .metric = sync.metric_milli ? std::optional(*sync.metric_milli / 1000) : std::nullopt,
             .replicas = replicas.value()});
    }
    return syncs;
}

TEST(OutagesAndFallback, TheFallbackReplacesTheMetricAtTheFourthFailure) {
    core::Duration first{0};
    for (const Sync& sync : with_answering_coordinator(fallback, 600)) {
        if (first == 0s && sync.time >= 10min && sync.metric) {
            EXPECT_EQ(*sync.metric, 6 * 20);
            first = sync.time - 10min;
        }
    }
    EXPECT_GE(first, 30s);
    EXPECT_LE(first, 60s);
}

TEST(OutagesAndFallback, TheFallbackTakesThePodsWhenTheWindowIsOver) {
    for (const Sync& sync : with_answering_coordinator(fallback, 600)) {
        const core::Duration since_good = sync.time - (10min - 15s);
        if (sync.time >= 1min && since_good < 300s) {
            EXPECT_EQ(sync.replicas, 24) << core::seconds(sync.time);
        } else if (since_good > 315s && sync.time < 20min) {
            EXPECT_EQ(sync.replicas, 6) << core::seconds(sync.time);
        }
    }
}

TEST(OutagesAndFallback, CurrentReplicasIfHigherKeepsTwentyFour) {
    for (const Sync& sync : with_answering_coordinator(if_higher, 600)) {
        if (sync.time >= 1min) {
            EXPECT_EQ(sync.replicas, 24) << core::seconds(sync.time);
        }
    }
}

TEST(OutagesAndFallback, SixPodsWithAFallbackOfSixStaySix) {
    for (const Sync& sync : with_answering_coordinator(fallback, 120)) {
        EXPECT_EQ(sync.replicas, 6) << core::seconds(sync.time);
    }
}

// The library expects the fallback for a Kafka that cannot be reached at all. KEDA 2.21 then cannot
// build its scalers, and what is not built has no failures to count.
TEST(OutagesAndFallback, AKafkaThatCannotBeReachedNeverBringsTheFallback) {
    const Outcome run = play_smaller({fallback});

    EXPECT_EQ(run.replicas_since(10min), (std::set<std::int32_t>{24}));
    for (const sim::Decision& sync : run.syncs()) {
        EXPECT_NE(sync.metric, 6 * 20.0) << "at " << core::seconds(sync.time) << " s";
    }
}

TEST(OutagesAndFallback, AZeroShorterThanTheWindowKeepsThePodsALongerOneTakesThem) {
    const auto zero_for = [](const char* duration) {
        return play_smaller(
            {{std::string("spec.faults=[{at: 10m, kind: metric-zero, for: ") + duration + "}]"}});
    };

    EXPECT_EQ(zero_for("270s").replicas_since(10min), (std::set<std::int32_t>{24}));
    const Outcome longer = zero_for("330s");
    EXPECT_EQ(*longer.replicas_since(10min).begin(), 6);
    EXPECT_EQ(longer.scalings().size(), 5U) << "6 to 12 to 24, down to 6, and back";
}

/// Lag and CPU at 80 %; the rate changes after eleven minutes.
Outcome with_cpu(const std::string& before, const std::string& after, const Sets& faults) {
    const Sets sets = {
        "spec.producers[0].rate=[{for: 11m, hold: " + before + "}, {for: rest, hold: " + after +
            "}]",
        "ScaledObject.spec.triggers=[{type: kafka, metadata: {bootstrapServers: 'kafka:9092', "
        "consumerGroup: data-processing-group, topic: high-volume-events, lagThreshold: '20', "
        "offsetResetPolicy: earliest}}, {type: cpu, metricType: Utilization, metadata: {value: "
        "'80'}}]"};
    Sets all = {"spec.consumers[0].serviceTime=312.5ms",
                "spec.consumers[0].revoke.bufferedRecords=5"};
    all.insert(all.end(), sets.begin(), sets.end());
    all.insert(all.end(), faults.begin(), faults.end());
    return play("outages-and-fallback", all);
}

TEST(OutagesAndFallback, OfTwoMetricsOneMissingAllowsUpAndForbidsDown) {
    const Outcome busy = with_cpu("5/s", "30/s", {});
    EXPECT_GT(busy.replicas(19min), busy.replicas(11min));

    const Outcome idle = with_cpu("60/s", "1/s", {});
    const Outcome seen = with_cpu("60/s", "1/s", {"spec.faults=[]"});
    EXPECT_EQ(idle.replicas(19min + 45s), idle.replicas(11min));
    EXPECT_LT(seen.replicas(19min + 45s), seen.replicas(11min));
}

TEST(OutagesAndFallback, EightSecondsWithoutABrokerLoseNothing) {
    const Outcome run = play_smaller(
        {{"spec.faults=[{at: 10m, kind: broker-down, for: 8s}]", "spec.producers[0].rate=40/s"}});

    EXPECT_EQ(run.totals().ledger.lost, 0);
    EXPECT_TRUE(run.events(sim::EventKind::member_expired).empty());
}

TEST(OutagesAndFallback, AProducerSilentForADayAndAHalfCostsSixIdlePods) {
    const core::Duration gap = 37h + 42min;
    const Outcome run = play_smaller(
        {{"spec.producers[0].rate=[{for: 10m, hold: 25/s}, {for: 37h42m, hold: 0/s}, {for: rest, "
          "hold: 10/s}]",
          "spec.faults=[]", "spec.duration=38h", "spec.warmup=37h50m"}});

    // By then the 10 minutes' backlog is drained and the window is over.
    EXPECT_EQ(run.replicas(10min + 315s + 60s), 6);
    EXPECT_EQ(run.replicas_since(10min + 315s + 60s), (std::set<std::int32_t>{6}));
    EXPECT_EQ(run.totals().ledger.lost, 0);
    EXPECT_EQ(run.lag(10min + gap - 15s), 0);
    EXPECT_LT(run.metric("latency.p50"), 1.0);
}

}  // namespace
}  // namespace lagsim::library
