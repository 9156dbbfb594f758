/// No. 3 of the library: one partition gets more than one worker can do.
#include <algorithm>
#include <chrono>
#include <cmath>

#include <gtest/gtest.h>

#include "tests/library/library_helper.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;

constexpr double rate = 1200.0;   // [records/s]
constexpr double worker = 160.0;  // [records/s] with a core for itself
constexpr double others = 23.0;   // partitions beside the hot one
constexpr std::size_t hot = 0;

double share(double weight) {
    return weight / (weight + others);
}

Sets with_weight(const std::string& weight) {
    return {"spec.producers[0].partitioner.weights[0]=" + weight};
}
Sets fixed(const std::string& weight, const std::string& pods) {
    Sets sets = with_weight(weight);
    sets.insert(sets.end(), {"spec.manifests=[]", "spec.consumers[0].replicas=" + pods,
                             "spec.consumers[0].cpu.limit=1", "spec.duration=12m"});
    return sets;
}

TEST(HotKeySkew, ReplicasClimbAlthoughTwentyThreePartitionsHaveNoLag) {
    const Outcome run = play("hot-key-skew", {"spec.duration=30m"});

    for (const std::int32_t replicas : run.replicas_since(20min)) {
        EXPECT_GE(replicas, 22);
        EXPECT_LE(replicas, 25);
    }
    EXPECT_GT(run.lag(30min, hot), 100'000);
    for (std::size_t lane = 1; lane < run.lanes(); ++lane) {
        EXPECT_LT(run.lag(30min, lane), 100) << "partition " << lane;
    }
}

TEST(HotKeySkew, LagGrowsByWhatOneWorkerCannotDoHoweverManyPodsThereAre) {
    for (const auto& [weight, text] : {std::pair{5.75, "5.75"}, {34.5, "34.5"}, {53.67, "53.67"}}) {
        const Outcome run = play("hot-key-skew", fixed(text, "24"));
        const double expected = share(weight) * rate - worker;

        EXPECT_NEAR(run.lag_slope(2min, 12min, hot), expected, std::max(0.02 * expected, 4.0));
    }
}

// The library says "identical at 8 and 24 pods". That holds for a handler that waits; one that
// computes shares its core with the two other partitions of its pod.
TEST(HotKeySkew, EightPodsAreAsGoodAsTwentyFourOnlyIfTheWorkIsNotCpu) {
    const double alone = share(5.75) * rate - worker;
    for (const char* pods : {"8", "24"}) {
        Sets waiting = fixed("5.75", pods);
        waiting.emplace_back("spec.consumers[0].cpu.share=0%");
        EXPECT_NEAR(play("hot-key-skew", waiting).lag_slope(2min, 12min, hot), alone, 4.0) << pods;
    }

    const double neighbours = 2.0 * (1.0 - share(5.75)) / others * rate;
    const Outcome computing = play("hot-key-skew", fixed("5.75", "8"));

    EXPECT_NEAR(computing.lag_slope(2min, 12min, hot), alone + neighbours, 5.0);
}

TEST(HotKeySkew, WithoutAHotKeyThereIsNoLagAndNoScaling) {
    Sets even = with_weight("1");
    even.emplace_back("spec.duration=15m");
    even.emplace_back("ScaledObject.spec.minReplicaCount=12");
    even.emplace_back("spec.consumers[0].podStartup=0s");
    const Outcome run = play("hot-key-skew", even);

    EXPECT_EQ(run.metric("scaleUps"), 0.0);
    EXPECT_LT(run.lag(15min), 200);
}

// With the syncs at the instants of the samples the trigger's cap can be recomputed: it counts the
// partitions that have lag when KEDA looks.
TEST(HotKeySkew, LimitToPartitionsWithLagCapsAtThePartitionsThatHaveLagAtTheSync) {
    const Outcome run =
        play("hot-key-skew",
             {"spec.duration=20m", "spec.autoscaler.hpaPhase=0s", "spec.autoscaler.syncLatency=0s",
              "ScaledObject.spec.triggers[0].metadata.limitToPartitionsWithLag=\"true\""});

    std::int64_t capped = 0;
    for (const sim::Decision& sync : run.syncs()) {
        std::int64_t with_lag = 0;
        for (std::size_t lane = 0; lane < run.lanes(); ++lane) {
            with_lag += run.lag(sync.time.time_since_epoch(), lane) > 0 ? 1 : 0;
        }
        const bool is_capped = sync.lag / 1000 > with_lag;
        capped += is_capped ? 1 : 0;
        EXPECT_EQ(sync.metric, static_cast<double>(is_capped ? with_lag * 1000 : sync.lag))
            << "at " << core::seconds(sync.time) << " s";
        EXPECT_LE(sync.proposed, std::max<std::int64_t>({6, with_lag + 1, sync.replicas_before}));
    }
    EXPECT_GT(capped, 50);
}

TEST(HotKeySkew, LimitToPartitionsWithLagSavesLittleUnderLiveTraffic) {
    const Outcome plain = play("hot-key-skew", {"spec.duration=30m"});
    const Outcome limited =
        play("hot-key-skew",
             {"spec.duration=30m",
              "ScaledObject.spec.triggers[0].metadata.limitToPartitionsWithLag=\"true\""});

    EXPECT_LT(limited.metric("replicas.mean"), plain.metric("replicas.mean"));
    EXPECT_GT(limited.metric("replicas.mean"), 0.6 * plain.metric("replicas.mean"));
}

/// How old the record at the head of a partition is: the log's end stood there so long ago.
core::Duration age_of_head(const Outcome& run, core::Duration now, std::size_t lane) {
    const std::int64_t head = run.result.lanes.position[run.sample(now) * run.lanes() + lane];
    core::Duration produced{0};
    while (run.result.lanes.log_end_offset[run.sample(produced) * run.lanes() + lane] < head) {
        produced += run.scenario().sample_interval;
    }
    return now - produced;
}

TEST(HotKeySkew, TheOldestRecordAgesLinearlyWhileTheMedianStaysUnderASecond) {
    const Outcome run = play("hot-key-skew", fixed("5.75", "24"));
    const double a_second = 1.0 - worker / (share(5.75) * rate);  // a head that falls behind

    EXPECT_NEAR(core::seconds(age_of_head(run, 12min, hot) - age_of_head(run, 4min, hot)),
                a_second * 480.0, 30.0);
    EXPECT_LT(run.metric("latency.p50"), 1.0);
}

TEST(HotKeySkew, AZipfKeyHeatsThePartitionThatItsHashNames) {
    std::vector<std::size_t> hottest;
    for (const char* hash : {"murmur2", "fnv1a"}) {
        const Outcome run =
            play("hot-key-skew",
                 {std::string(
                      "spec.producers[0].partitioner={keys: {exponent: 1.1, count: 100k, hash: ") +
                      hash + "}}",
                  "spec.sweep={}", "spec.duration=12m", "spec.manifests=[]",
                  "spec.consumers[0].replicas=24"});
        std::vector<std::int64_t> lag;
        for (std::size_t lane = 0; lane < run.lanes(); ++lane) {
            lag.push_back(run.lag(12min, lane));
        }
        const auto most = std::ranges::max_element(lag);
        hottest.push_back(static_cast<std::size_t>(most - lag.begin()));
        // key-0 has 1 / sum (k+1)^-1.1 = 13.5 % of all records, more than a worker's 160/s
        EXPECT_GT(*most, 5'000) << hash;
        EXPECT_EQ(std::ranges::count_if(lag, [](std::int64_t one) { return one > 1'000; }), 1)
            << hash;
    }
    EXPECT_NE(hottest[0], hottest[1]);
}

}  // namespace
}  // namespace lagsim::library
