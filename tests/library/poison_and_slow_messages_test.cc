// Scenario 5: one bad record, one endless record, and KEDA's remedy misfiring.
#include <algorithm>
#include <chrono>
#include <set>

#include <gtest/gtest.h>

#include "tests/library/library_helper.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;
using core::Duration;

constexpr const char* name = "poison-and-slow-messages";
constexpr std::size_t partition = 7;
constexpr Duration sent = 600s;
const Sets no_dead_letter{"spec.consumers[0].deadLetter=none"};
const Sets excluded{"ScaledObject.spec.triggers[0].metadata.excludePersistentLag=true"};

TEST(PoisonAndSlowMessages,
     BlockedForEverThePartitionGrowsByItsArrivalRateAndTheGroupGoesToTheCap) {
    const Outcome outcome = play(name, no_dead_letter);

    const std::int64_t frozen = outcome.committed(sent + 5s, partition);
    EXPECT_EQ(outcome.committed(30min, partition), frozen);
    EXPECT_NEAR(outcome.lag_slope(sent + 5s, 30min, partition), 36.25, 0.01);
    const std::vector<sim::Event> scalings = outcome.scalings();
    ASSERT_FALSE(scalings.empty());
    const sim::Event& last = scalings.back();
    EXPECT_GE(last.value, 22);
    EXPECT_LE(last.value, 25);
    // The library says 610 s to 690 s, from the lag of this partition alone. What queues up while a
    // rebalance stops all of them counts as well, and the last step comes up to two minutes
    // earlier.
    EXPECT_GE(last.time, core::Instant{sent + 480s});
    EXPECT_LE(last.time, core::Instant{sent + 710s});
    for (std::size_t other = 0; other < 24; ++other) {
        if (other != partition) {
            EXPECT_LT(outcome.lag(30min, other), 100) << other;
        }
    }
}

TEST(PoisonAndSlowMessages, WithTheArticlesPolicyThePartitionStandsForSevenSecondsAndNobodyScales) {
    const Outcome outcome = play(name, {"spec.sampleInterval=10ms", "spec.duration=11m"});

    // Four attempts of 6.25 ms at full or shared speed (a pod has one core for four partitions).
    const std::int64_t head = outcome.committed(sent, partition);
    Duration moved = sent;
    while (outcome.committed(moved, partition) <= head + 1) {
        moved += 10ms;
    }
    EXPECT_GE(moved - sent, 7s + 4 * 6250us + 5ms - 10ms);
    EXPECT_LE(moved - sent, 7s + 5 * 25ms + 5ms + 10ms);
    EXPECT_EQ(outcome.totals().ledger.dead_lettered, 1);
    std::int64_t peak = 0;
    for (Duration t = sent; t < sent + 10s; t += 10ms) {
        peak = std::max(peak, outcome.lag(t, partition));
    }
    EXPECT_NEAR(static_cast<double>(peak), 36.25 * 7.03, 6.0);
    EXPECT_TRUE(outcome.scalings().empty());
}

TEST(PoisonAndSlowMessages, OfSevenMinutesEvictsEachJavaOwnerAndIsNeverCommitted) {
    const Outcome outcome = play(
        name,
        {"spec.duration=90m", "spec.sampleInterval=15s", "spec.producers[0].rate[1].hold=240/s",
         "spec.producers[1].publish[0].poison=false", "spec.producers[1].publish[0].serviceTime=7m",
         "spec.consumers[0].concurrency=pod", "spec.consumers[0].protocol.client=java"});

    const std::int64_t frozen = outcome.committed(sent + 15s, partition);
    EXPECT_EQ(outcome.committed(90min, partition), frozen);
    // Every owner is thrown out after five minutes, and finishes two minutes later in vain.
    EXPECT_GE(outcome.totals().ledger.duplicates, 8);
    EXPECT_GT(outcome.duplicates_by(sim::DuplicateCause::zombie), 7);
}

TEST(PoisonAndSlowMessages, OfSevenMinutesIsDoneExactlyOnceBySarama) {
    const Outcome outcome = play(
        name, {"spec.duration=40m", "spec.sampleInterval=15s",
               "spec.producers[0].rate[1].hold=240/s", "spec.producers[1].publish[0].poison=false",
               "spec.producers[1].publish[0].serviceTime=7m"});

    EXPECT_EQ(outcome.totals().ledger.duplicates, 0);
    EXPECT_EQ(outcome.totals().ledger.finished + outcome.totals().ledger.waiting,
              outcome.totals().ledger.produced);
    EXPECT_LT(outcome.lag(40min), 100);
}

TEST(PoisonAndSlowMessages, ExcludedAsPersistentThePartitionCountsNothingFromItsSecondSampleOn) {
    const Outcome outcome = play(name, no_dead_letter + excluded);

    const std::vector<sim::Decision> syncs = outcome.syncs();
    std::int64_t seen = 0;
    for (const sim::Decision& sync : syncs) {
        // Its lag is over 1,000 by then; what the others have does not move a replica.
        if (sync.time >= core::Instant{sent + 60s}) {
            EXPECT_LT(sync.metric, 300.0);
            seen = std::max(seen, sync.lag);
        }
    }
    EXPECT_GT(seen, 40'000) << "it is left out of the metric, not of the lag that activates";
    EXPECT_TRUE(outcome.scalings().empty());
}

// 1,100/s, 140/s more than six pods do, and a commit a minute.
const Sets slow_commits{
    "spec.producers[0].rate[1].hold=1100/s", "spec.producers[1].publish[0].poison=false",
    "spec.consumers[0].commit.every=60s", "spec.sampleInterval=15s", "spec.duration=16m"};

TEST(PoisonAndSlowMessages, WithCommitsEveryMinuteThreeSamplesInFourLeaveAPartitionOut) {
    const Outcome outcome =
        play(name, slow_commits + excluded + Sets{"ScaledObject.spec.maxReplicaCount=6"});

    std::int64_t samples = 0;
    std::int64_t left_out = 0;
    for (Duration t = 195s; t <= 15min; t += 15s) {
        for (std::size_t lane = 0; lane < 24; ++lane) {
            ++samples;
            left_out += outcome.committed(t, lane) == outcome.committed(t - 15s, lane) ? 1 : 0;
        }
    }
    EXPECT_EQ(4 * left_out, 3 * samples);
    EXPECT_NEAR(outcome.lag_slope(3min, 15min), 140.0, 2.0);
}

// The library says that replicas then stay at the minimum while the true lag grows. They do not:
// one sample in four sees all of it, and scaling up takes one sample.
TEST(PoisonAndSlowMessages, WithCommitsEveryMinuteTheFourthSampleScalesTheGroupOut) {
    const Outcome outcome = play(name, slow_commits + excluded);

    ASSERT_FALSE(outcome.scalings().empty());
    EXPECT_EQ(outcome.scalings().front().kind, sim::EventKind::scale_up);
    EXPECT_LE(outcome.scalings().front().time, core::Instant{200s});
    const std::set<std::int32_t> counts = outcome.replicas_since(3min);
    EXPECT_GE(*counts.rbegin(), 22);
}

}  // namespace
}  // namespace lagsim::library
