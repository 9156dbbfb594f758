// Compaction: closed segments lose the records that a newer one of their key supersedes.
#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

/// 1000 records at 0.5 s in a segment that closes at 10 s and is cleaned 15 s later; a pod at 40 s.
Build late_group(double keeps) {
    Build build = Build(120s).service(10ms).pods(0).pods_from(40s, 1).publish(500ms, 1000);
    build.scenario.topics[0].segment_roll = 10s;
    build.scenario.topics[0].compaction_keeps = keeps;
    return build;
}

TEST(Compaction, LosesTheRecordsThatAreSupersededBeforeTheyAreRead) {
    const auto result = late_group(0.1).run();

    const std::int64_t compacted = lost_by(result, LossCause::compacted);
    EXPECT_NEAR(static_cast<double>(compacted), 900.0, 5 * 9.5);  // 5 standard deviations
    EXPECT_EQ(ledger_of(result).lost, compacted);
    EXPECT_EQ(ledger_of(result).finished, 1000 - compacted);
    EXPECT_EQ(ledger_of(result).waiting, 0);
}

TEST(Compaction, LeavesTheLagAsItWasSoThatItDrainsFasterThanItSays) {
    const auto result = late_group(0.1).run();

    EXPECT_EQ(times_of(result, EventKind::log_compacted), std::vector<double>{25.0});
    EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 39s), 1000);
    EXPECT_EQ(sampled(result.lanes.lag, result, 39s), 1000);
    // 10 ms a record: 10 s of lag, drained in about 1 s.
    EXPECT_GT(sampled(result.lanes.lag, result, 40s), 900);
    EXPECT_LT(sampled(result.lanes.lag, result, 43s), 20);  // behind the last survivor: holes only
    EXPECT_EQ(sampled(result.lanes.backlog, result, 43s), 0);
}

TEST(Compaction, KeepsTheSegmentThatIsBeingWritten) {
    Build build = late_group(0.1);
    build.scenario.producers[0].publish[0].at = at(10500ms);
    build.group().replicas = {{Instant{}, 0}, {at(30s), 1}};  // before it is cleaned at 35 s

    const auto result = build.run();

    EXPECT_NEAR(static_cast<double>(ledger_of(result).lost), 450.0, 50.0);  // half was read by then
}

TEST(Compaction, ChangesNothingThatWasRead) {
    Build build = late_group(0.0).pods(1);

    const auto result = build.run();

    EXPECT_EQ(ledger_of(result).finished, 1000);
    EXPECT_EQ(ledger_of(result).lost, 0);
}

TEST(Compaction, AConsumerFinishesWhatItHasInHand) {
    Build build = late_group(0.0).pods(1).service(24s);

    const auto result = build.run();

    EXPECT_EQ(ledger_of(result).finished, 2);  // the second one in hand from 24.5 s to 48.5 s
    EXPECT_EQ(lost_by(result, LossCause::compacted), 998);
}

TEST(Compaction, WhatWasInHandAtACrashIsGoneAfterIt) {
    Build build = late_group(0.0).pods(1).service(24s).session_timeout(6s).fault(
        {.at = at(30s), .kind = FaultKind::pod_crash});

    const auto result = build.run();

    EXPECT_EQ(ledger_of(result).finished, 1);
    EXPECT_EQ(lost_by(result, LossCause::compacted), 999);
}

TEST(Compaction, RemovesTheSameRecordsForEveryGroup) {
    Build build = late_group(0.3);
    build.add_group("h", {0});
    build.group(1).replicas = {{Instant{}, 0}, {at(60s), 1}};

    const auto result = build.run();

    EXPECT_EQ(ledger_of(result, 0).lost, ledger_of(result, 1).lost);
    EXPECT_EQ(result.lost.size() % 2, 0U);
    for (std::size_t i = 0; i < result.lost.size() / 2; ++i) {
        EXPECT_EQ(result.lost[i].first, result.lost[i + result.lost.size() / 2].first);
    }
}

TEST(Compaction, AShareGroupIsNotHandedWhatIsGone) {
    Build build = late_group(0.1);
    build.group().protocol.kind = models::GroupProtocol::share;

    const auto result = build.run();

    EXPECT_NEAR(static_cast<double>(lost_by(result, LossCause::compacted)), 900.0, 50.0);
    EXPECT_EQ(ledger_of(result).waiting, 0);
    EXPECT_EQ(ledger_of(result).lost, lost_by(result, LossCause::compacted));
}

}  // namespace
}  // namespace lagsim::sim
