// Records that are gone before anybody reads them, and groups without a committed offset.
#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

/// 5 records at 0.5 s, deleted at 11 s; 5 more at 20.5 s; the first pod comes at 25 s.
Build late_group(core::OffsetReset reset) {
    Build build =
        Build(30s).pods(0).pods_from(25s, 1).reset(reset).publish(500ms, 5).publish(20500ms, 5);
    build.scenario.topics[0].retention = 10s;
    build.scenario.topics[0].segment_roll = 1s;
    return build;
}

TEST(Retention, DeletesClosedSegmentsWhoseNewestRecordIsTooOld) {
    const auto result = late_group(core::OffsetReset::earliest).run();

    ASSERT_EQ(times_of(result, EventKind::log_start_moved), std::vector<double>{11.0});
    EXPECT_EQ(events_of(result, EventKind::log_start_moved)[0].value, 5);
    EXPECT_EQ(sampled(result.lanes.lag, result, 10s), 5);
    EXPECT_EQ(sampled(result.lanes.lag, result, 11s), 0);
}

TEST(Retention, LosesWhatNobodyReadAndEarliestGoesOnWithTheRest) {
    const auto result = late_group(core::OffsetReset::earliest).run();

    EXPECT_EQ(lost_by(result, LossCause::deleted_by_retention), 5);
    EXPECT_EQ(ledger_of(result).finished, 5);
    EXPECT_EQ(ledger_of(result).lost, 5);
}

TEST(Retention, WithResetLatestANewGroupSkipsTheRestToo) {
    const auto result = late_group(core::OffsetReset::latest).publish(28s, 3).run();

    EXPECT_EQ(lost_by(result, LossCause::deleted_by_retention), 5);
    EXPECT_EQ(lost_by(result, LossCause::skipped_by_reset), 5);
    EXPECT_EQ(ledger_of(result).finished, 3);
}

TEST(Retention, WithResetNoneTheConsumerStops) {
    const auto result = late_group(core::OffsetReset::none).publish(28s, 3).run();

    EXPECT_EQ(ledger_of(result).lost, 5);
    EXPECT_EQ(ledger_of(result).finished, 0);
    EXPECT_EQ(ledger_of(result).waiting, 8);
}

TEST(Retention, OvertakesASlowConsumerWhichFinishesWhatItHasInHand) {
    Build build = Build(30s).service(4s).publish(500ms, 5).publish(20s, 1);
    build.scenario.topics[0].retention = 10s;
    build.scenario.topics[0].segment_roll = 1s;

    const auto result = build.run();

    EXPECT_EQ(lost_by(result, LossCause::deleted_by_retention), 2);  // 3 and 4; 2 is in hand
    EXPECT_EQ(ledger_of(result).finished, 4);
    EXPECT_EQ(ledger_of(result).waiting, 0);
}

TEST(ResetLatest, SkipsWhatCameBeforeTheFirstAssignment) {
    const auto result = Build(10s)
                            .pods(0)
                            .pods_from(1s, 1)
                            .reset(core::OffsetReset::latest)
                            .publish(0s, 3)
                            .publish(2s, 2)
                            .run();

    EXPECT_EQ(lost_by(result, LossCause::skipped_by_reset), 3);
    EXPECT_EQ(ledger_of(result).finished, 2);
}

TEST(ResetLatest, DoesNotMatterToAGroupThatHasCommitted) {
    const auto result = Build(60s)
                            .session_timeout(10s)
                            .reset(core::OffsetReset::latest)
                            .publish(1s, 5)
                            .publish(10s, 5)
                            .fault({.at = at(5s), .kind = FaultKind::pod_crash})
                            .run();

    EXPECT_EQ(ledger_of(result).lost, 0);
    EXPECT_EQ(ledger_of(result).finished, 10);
}

/// 20 records done and committed, no member from 10 s on, ten more at 15 s, a new pod at 60 s.
Build forgotten(Duration retention, core::OffsetReset reset) {
    Build build = Build(100s)
                      .commit_every_records(1)
                      .reset(reset)
                      .publish(1s, 20)
                      .publish(15s, 10)
                      .pods_from(10s, 0)
                      .pods_from(60s, 1);
    build.group().offsets_retention = retention;
    return build;
}

TEST(OffsetsRetention, ForgetsTheCommitsOfAGroupThatHasBeenEmptyForSoLong) {
    const auto result = forgotten(30s, core::OffsetReset::earliest).run();

    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 39s), 20);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 41s), -1);
    EXPECT_EQ(sampled(result.lanes.lag, result, 39s), 10);
    EXPECT_EQ(ledger_of(result).duplicates, 20);
    EXPECT_EQ(duplicates_blamed_on(result, DuplicateCause::offsets_expired), 20);
    EXPECT_EQ(ledger_of(result).finished, 30);
}

TEST(OffsetsRetention, LosesWhatCameMeanwhileWhereTheResetPolicyIsLatest) {
    const auto result = forgotten(30s, core::OffsetReset::latest).run();

    EXPECT_EQ(lost_by(result, LossCause::skipped_by_reset), 10);
    EXPECT_EQ(ledger_of(result).finished, 20);
    EXPECT_EQ(ledger_of(result).duplicates, 0);
}

TEST(OffsetsRetention, IsCountedAnewWhenSomebodyHasJoined) {
    Build build = forgotten(60s, core::OffsetReset::latest);  // 10 s to 60 s is shorter

    EXPECT_EQ(ledger_of(build.run()).lost, 0);
}

TEST(OffsetsRetention, RunsFromTheEndOfTheLastSession) {
    Build build = Build(100s).commit_every_records(1).publish(0s, 20).session_timeout(20s);
    build.group().offsets_retention = 30s;
    build.fault({.at = at(10s), .kind = FaultKind::pod_crash, .restart = RestartKind::none});

    const auto result = build.run();

    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 56s), 20);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 61s), -1);
}

}  // namespace
}  // namespace lagsim::sim
