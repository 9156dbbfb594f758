/// No. 1 of the library: the article's deployment through its day. `scenarios.article` runs the day
/// itself; here it has a twentieth of the traffic, of the threshold and of a pod's speed.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/library/library_helper.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;

Outcome play_smaller(Sets sets = {}, std::uint32_t replication = 0) {
    const Sets scale = {"spec.producers[0].rate.scale=0.05", "spec.consumers[0].serviceTime=125ms",
                        "spec.consumers[0].revoke.bufferedRecords=13"};
    sets.insert(sets.begin(), scale.begin(), scale.end());
    return play("article", sets, replication);
}
const Sets autoscaled = {"ScaledObject.spec.triggers[0].metadata.lagThreshold=\"50\""};

/// One day for all tests of it.
const Outcome& day() {
    static const Outcome outcome = play_smaller(autoscaled);
    return outcome;
}

TEST(Article, NothingIsLostAndNothingDoneTwice) {
    EXPECT_EQ(day().totals().ledger.lost, 0);
    EXPECT_EQ(day().totals().ledger.duplicates, 0) << "each record is committed when it is done";
}

TEST(Article, TheDeadLetterQueueGetsWhatNeverSucceeds) {
    Sets sets = autoscaled;
    sets.insert(sets.end(), {"spec.consumers[0].failures.poison=0.01%", "spec.duration=14h"});
    const Outcome run = play_smaller(sets);
    const double expected = 1e-4 * static_cast<double>(run.totals().ledger.produced);

    EXPECT_NEAR(static_cast<double>(run.totals().ledger.dead_lettered), expected,
                3.0 * std::sqrt(expected));
}

TEST(Article, SixPodsCarryTheQuietHours) {
    const Outcome& run = day();

    for (core::Duration time = 1h; time < 14h; time += 1min) {
        ASSERT_EQ(run.replicas(time), 6) << core::seconds(time);
        ASSERT_LE(run.lag(time), 6.6 * 50) << core::seconds(time);
    }
}

TEST(Article, AStepIsFollowedFromSixToTwelveToTwentyFourInTwoSyncs) {
    const auto scalings = day().scalings();

    const auto doubled = std::ranges::adjacent_find(scalings, [](const sim::Event& first,
                                                                 const sim::Event& second) {
        return first.value == 12 && second.value >= 22 && second.time - first.time == 15s + 20ms;
    });
    EXPECT_NE(doubled, scalings.end());
}

TEST(Article, PeaksEndAtTwentyTwoToTwentyFivePodsAndNeverAtThirty) {
    for (std::uint32_t replication = 0; replication < 3; ++replication) {
        const Outcome run = play_smaller(autoscaled, replication);

        EXPECT_GE(run.replicas(20h + 30min), 22);
        EXPECT_LE(run.metric("replicas.max"), 25.0);
    }
}

TEST(Article, AScaleInGoesToTheHighestRecommendationOfThreeHundredSeconds) {
    const auto syncs = day().syncs();

    std::size_t downs = 0;
    for (std::size_t i = 0; i < syncs.size(); ++i) {
        if (syncs[i].replicas_after >= syncs[i].replicas_before) {
            continue;
        }
        for (std::size_t j = i; j-- > 0 && syncs[j].time > syncs[i].time - 300s;) {
            EXPECT_LE(syncs[j].proposed, syncs[i].replicas_after)
                << "at " << core::seconds(syncs[i].time) << " s";
        }
        ++downs;
    }
    EXPECT_GT(downs, 5U);
}

TEST(Article, WellOverAHundredRebalancesADay) {
    EXPECT_GT(day().metric("rebalances"), 120.0);
}

TEST(Article, TwentyFourFixedPodsHaveLittleLagAndOneRebalance) {
    const Outcome run = play_smaller({"spec.manifests=[]", "spec.consumers[0].replicas=24",
                                      "spec.warmup=5m", "spec.consumers[0].podStartup=30s"});

    EXPECT_LT(run.metric("lag.mean"), 1000.0 / 20.0);
    EXPECT_EQ(run.metric("rebalances"), 1.0);
    EXPECT_GT(day().metric("lag.mean"), 2.0 * run.metric("lag.mean"));
}

// Two of 22 pods' load falls on four partitions: with more than half a pod's work a partition they
// fall behind, and nobody else does.
TEST(Article, WithTwentyTwoPodsTheLagSitsOnThePartitionsOfTheTwoThatHaveTwo) {
    const Outcome run = play_smaller({"spec.manifests=[]", "spec.consumers[0].replicas=22",
                                      "spec.consumers[0].podStartup=30s",
                                      "spec.producers[0].rate=130/s", "spec.duration=1h"});

    std::set<std::int32_t> doubled;
    for (const auto& lanes : run.owned(30min)) {
        if (lanes.size() == 2) {
            doubled.insert(lanes.begin(), lanes.end());
        }
    }
    ASSERT_EQ(doubled.size(), 4U);
    for (std::int32_t lane = 0; lane < 24; ++lane) {
        const auto lag = run.lag(1h, static_cast<std::size_t>(lane));
        EXPECT_EQ(lag > 1'000, doubled.contains(lane)) << "partition " << lane << ": " << lag;
    }
}

}  // namespace
}  // namespace lagsim::library
