/// Properties that hold for any history: bounds, reproducibility, fixed points, cost.
#include <algorithm>
#include <chrono>
#include <random>

#include <gtest/gtest.h>

#include "core/scaling/autoscaler.h"
#include "core/scaling/hpa_behavior.h"
#include "core/scaling/scaled_object.h"
#include "tests/core/scaling/broker_helper.h"

namespace lagsim::core {
namespace {

ScaledObjectParameters random_object(std::mt19937_64& random) {
    ScaledObjectParameters parameters;
    parameters.name = "so";
    parameters.min_replica_count = static_cast<std::int32_t>(random() % 4);
    parameters.max_replica_count =
        *parameters.min_replica_count + 1 + static_cast<std::int32_t>(random() % 40);
    if (random() % 3 == 0) {
        parameters.behavior = with_defaults({});
    }
    if (random() % 3 == 0) {
        parameters.fallback = FallbackParameters{.failure_threshold = 2, .replicas = 5};
    }
    auto kafka = article_trigger();
    kafka.exclude_persistent_lag = random() % 4 == 0;
    kafka.allow_idle_consumers = random() % 2 == 0;
    TriggerParameters trigger;
    trigger.spec = kafka;
    parameters.triggers.push_back(trigger);
    return parameters;
}

/// Replicas after every decision of one random history.
std::vector<std::int32_t> play(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const ScaledObjectParameters parameters = random_object(random);
    Autoscaler autoscaler(parameters, hpa_of(parameters), at_s(0));
    std::int32_t replicas = *parameters.min_replica_count;
    std::vector<std::int32_t> history;
    for (int k = 0; k < 120; ++k) {
        const TopicTable table =
            TopicTable::with_lag(static_cast<std::int64_t>(random() % 60'000), 24);
        BrokerState broker = table.state();
        broker.group_error = random() % 10 == 0 ? 30 : 0;
        const Replicas count{replicas};
        const ScaleObservation scale{
            .spec = count, .status = count, .listed = count, .ready = count, .pods = {}};
        const Instant now = at_ms(15'000 * k + 250);
        const std::optional<Replicas> wanted = k % 3 == 0
                                                   ? autoscaler.poll(now, scale, broker).replicas
                                                   : autoscaler.sync(now, scale, broker).replicas;
        replicas = wanted ? wanted->value() : replicas;
        history.push_back(replicas);
    }
    return history;
}

TEST(AutoscalerProperty, ReplicasStayWithinZeroAndTheMaximum) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        std::mt19937_64 random(seed);
        const ScaledObjectParameters parameters = random_object(random);
        const std::vector<std::int32_t> history = play(seed);
        for (const std::int32_t replicas : history) {
            ASSERT_GE(replicas, *parameters.min_replica_count) << "seed " << seed;
            ASSERT_LE(replicas, *parameters.max_replica_count) << "seed " << seed;
        }
    }
}

TEST(AutoscalerProperty, TheSameInputsGiveTheSameDecisions) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        EXPECT_EQ(play(seed), play(seed)) << "seed " << seed;
    }
}

TEST(AutoscalerProperty, AConstantMetricReachesAFixedPointWithinTheWindow) {
    for (std::int64_t lag = 0; lag <= 40'000; lag += 371) {
        ScaledObjectParameters parameters;
        parameters.name = "so";
        parameters.min_replica_count = 2;
        parameters.max_replica_count = 30;
        TriggerParameters trigger;
        trigger.spec = article_trigger();
        parameters.triggers.push_back(trigger);
        Autoscaler autoscaler(parameters, hpa_of(parameters), at_s(0));
        const TopicTable table = TopicTable::with_lag(lag, 24);
        std::int32_t replicas = 17;
        std::int32_t changes_late = 0;
        for (int k = 1; k <= 60; ++k) {
            const Replicas count{replicas};
            const auto sync = autoscaler.sync(
                at_s(15 * k),
                {.spec = count, .status = count, .listed = count, .ready = count, .pods = {}},
                table.state());
            replicas = sync.replicas ? sync.replicas->value() : replicas;
            changes_late += k > 25 && sync.replicas ? 1 : 0;
        }
        ASSERT_EQ(changes_late, 0) << "lag " << lag;
        const double ratio = static_cast<double>(std::min<std::int64_t>(lag, 24'999)) /
                             (1000.0 * static_cast<double>(replicas));
        ASSERT_LE(ratio, 1.1 + 1e-9) << "lag " << lag;
        ASSERT_TRUE(ratio >= 0.9 - 1e-9 || replicas == 2 ||
                    replicas == static_cast<std::int32_t>((lag + 999) / 1000) || lag > 24'999)
            << "lag " << lag << ", replicas " << replicas;
    }
}

TEST(AutoscalerProperty, LimitedByNamesAReasonExactlyWhenTheNumberWasChanged) {
    ScaledObjectParameters parameters;
    parameters.name = "so";
    parameters.min_replica_count = 2;
    parameters.max_replica_count = 12;
    TriggerParameters trigger;
    trigger.spec = article_trigger();
    parameters.triggers.push_back(trigger);
    Autoscaler autoscaler(parameters, hpa_of(parameters), at_s(0));
    std::mt19937_64 random(7);
    std::int32_t replicas = 2;
    for (int k = 1; k <= 2000; ++k) {
        const TopicTable table =
            TopicTable::with_lag(static_cast<std::int64_t>(random() % 30'000), 24);
        const Replicas count{replicas};
        const SyncOutcome sync = autoscaler.sync(
            at_s(15 * k),
            {.spec = count, .status = count, .listed = count, .ready = count, .pods = {}},
            table.state());
        replicas = sync.replicas ? sync.replicas->value() : replicas;
        const bool untouched = sync.stabilized == sync.proposal && sync.stabilized == replicas;
        ASSERT_EQ(sync.limited_by == "none", untouched) << "sync " << k;
    }
}

TEST(AutoscalerCost, TenThousandSyncsOf24PartitionsTakeWellUnderASecond) {
    ScaledObjectParameters parameters;
    parameters.name = "so";
    parameters.min_replica_count = 6;
    parameters.max_replica_count = 30;
    TriggerParameters trigger;
    trigger.spec = article_trigger();
    parameters.triggers.push_back(trigger);
    Autoscaler autoscaler(parameters, hpa_of(parameters), at_s(0));
    const TopicTable table = TopicTable::with_lag(12'345, 24);
    const ScaleObservation scale{.spec = Replicas{9},
                                 .status = Replicas{9},
                                 .listed = Replicas{9},
                                 .ready = Replicas{9},
                                 .pods = {}};

    const auto begin = std::chrono::steady_clock::now();
    for (int k = 1; k <= 10'000; ++k) {
        std::ignore = autoscaler.sync(at_s(15 * k), scale, table.state());
    }
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;

    EXPECT_LT(elapsed.count(), 5.0) << "sanitizers and a busy machine included";
    RecordProperty("seconds", std::to_string(elapsed.count()));
}

}  // namespace
}  // namespace lagsim::core
