/// No. 4 of the library: replicas that cost and do nothing.
#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/library/library_helper.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;

constexpr double pod = 160.0;  // [records/s] of one core

/// A fixed number of pods of one core each, fed at a rate.
Sets computing(int pods, double rate) {
    return {"spec.manifests=[]",
            "spec.sweep={}",
            "spec.consumers[0].serviceTime=6.25ms",
            "spec.consumers[0].cpu={share: 100%, limit: 1}",
            "spec.consumers[0].podStartup=0s",
            "spec.warmup=30s",
            "spec.duration=150s",
            "spec.producers[0].arrivals=poisson",
            fmt::format("spec.producers[0].rate={}/s", rate),
            fmt::format("spec.consumers[0].replicas={}", pods)};
}

/// divisor_capacity_P24: what r pods carry without a partition falling behind [records/s].
double divisor_capacity(int pods) {
    const int most_partitions = (24 + pods - 1) / pods;
    return 24.0 / most_partitions * pod;
}

// The library's table, 24/ceil(24/r) pods' worth, is the load that can be carried. Under input that
// saturates every partition each pod with a partition is busy, so the throughput is r pods' worth.
TEST(PodsThatBuyNothing, SaturatedThroughputGrowsPodByPodAndEndsAtTwentyFour) {
    for (const int pods : {1, 6, 12, 13, 18, 23, 24, 30}) {
        const double expected = std::min(pods, 24) * pod;
        const Outcome run = play("pods-that-buy-nothing", computing(pods, 1.1 * 24 * pod));

        EXPECT_NEAR(run.throughput(30s, 150s), expected, 0.01 * expected) << pods << " pods";
    }
}

/// The largest lag of a partition after two and a half minutes.
std::int64_t largest_lag(int pods, double rate) {
    const Outcome run = play("pods-that-buy-nothing", computing(pods, rate));
    std::int64_t largest = 0;
    for (std::size_t lane = 0; lane < run.lanes(); ++lane) {
        largest = std::max(largest, run.lag(150s, lane));
    }
    return largest;
}

TEST(PodsThatBuyNothing, ThirteenToTwentyThreePodsCarryNoMoreThanTwelve) {
    EXPECT_DOUBLE_EQ(divisor_capacity(13), divisor_capacity(12));
    EXPECT_DOUBLE_EQ(divisor_capacity(23), divisor_capacity(12));
    EXPECT_DOUBLE_EQ(divisor_capacity(24), 2 * divisor_capacity(12));

    for (const int pods : {6, 12, 13, 18, 23, 24}) {
        const double capacity = divisor_capacity(pods);
        EXPECT_LT(largest_lag(pods, 0.9 * capacity), 150) << pods << " pods";
        EXPECT_GT(largest_lag(pods, 1.1 * capacity), 300) << pods << " pods";
    }
}

TEST(PodsThatBuyNothing, WaitingHandlersDoTwoHundredFortyRecordsASecondWithSixTwelveAndTwentyFour) {
    for (const char* pods : {"6", "12", "24"}) {
        const Outcome run = play("pods-that-buy-nothing",
                                 {"spec.manifests=[]", "spec.sweep={}", "spec.duration=15m",
                                  std::string("spec.consumers[0].replicas=") + pods});

        EXPECT_NEAR(run.throughput(5min, 15min), 240.0, 0.02 * 240.0) << pods;
    }
}

TEST(PodsThatBuyNothing, TheAutoscalerGoesToTheCapForTheSameThroughputAndMoreRebalances) {
    const Outcome scaled = play("pods-that-buy-nothing");
    const Outcome fixed = play("pods-that-buy-nothing", {"spec.manifests=[]", "spec.sweep={}",
                                                         "spec.consumers[0].replicas=6"});

    EXPECT_EQ(breached_assertions(scaled), std::vector<std::string>{});
    EXPECT_NEAR(scaled.throughput(15min, 60min), fixed.throughput(15min, 60min), 0.02 * 240.0);
    EXPECT_GT(scaled.metric("rebalances"), fixed.metric("rebalances") + 3);
}

TEST(PodsThatBuyNothing, EvenDistributionAsksForDivisorsOnly) {
    const std::set<std::int32_t> divisors{1, 2, 3, 4, 6, 8, 12, 24};
    const Outcome run =
        play("pods-that-buy-nothing",
             {"ScaledObject.spec.triggers[0].metadata.ensureEvenDistributionOfPartitions=\"true\"",
              "ScaledObject.spec.minReplicaCount=1", "spec.duration=30m"});

    for (const sim::Decision& sync : run.syncs()) {
        EXPECT_TRUE(divisors.contains(sync.proposed)) << sync.proposed;
        EXPECT_TRUE(divisors.contains(sync.replicas_after)) << sync.replicas_after;
    }
    EXPECT_EQ(run.replicas(30min), 24);
}

}  // namespace
}  // namespace lagsim::library
