// What random scenarios and reading found wrong once, each as small as it gets.
#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

TEST(RollingRestart, OfTwoPodsReplacesBothAlthoughNoneMayBeMissing) {
    Build build = Build(60s, 2).pods(2).fault({.at = at(10s), .kind = FaultKind::rolling_restart});
    build.group().readiness_delay = constant(2s);

    const auto result = build.run();

    EXPECT_EQ(times_of(result, EventKind::pod_gone), (std::vector<double>{12.0, 14.0}));
    EXPECT_EQ(events_of(result, EventKind::pod_created).size(), 4U);
    EXPECT_EQ(result.groups.ready_replicas.back(), 2);
}

TEST(Retention, LosesARecordThatItDeletedInSomebodysHandWhenHePutsItDown) {
    // The record fails at 0.1 s and backs off; its segment goes at 6 s; the rebalance of 12 s cuts
    // the back-off, and there is nothing to be delivered again.
    Build build = Build(40s)
                      .commit_every_records(1)
                      .publish(0s)
                      .publish(13s, 3)
                      .pods_from(10s, 2)
                      .pods_from(14s, 3)
                      .fault({.at = at(0s), .kind = FaultKind::downstream_down, .duration = 12s});
    build.group().retry.backoff = {30s};
    build.scenario.topics[0].retention = 5s;
    build.scenario.topics[0].segment_roll = 1s;

    const auto result = build.run();

    EXPECT_EQ(lost_by(result, LossCause::deleted_by_retention), 1);
    EXPECT_EQ(ledger_of(result).finished, 3);
    EXPECT_EQ(ledger_of(result).waiting, 0);
}

TEST(ResetLatest, LosesARecordThatItSkippedInAZombiesHandWhenThatPutsItDown) {
    // The record takes 40 s. Its worker is thrown out meanwhile; the next one has no commit to
    // start from, skips to the end, and commits later records. At 41 s the zombie's attempt fails.
    const auto result =
        Build(60s)
            .commit_every_records(1)
            .reset(core::OffsetReset::latest)
            .rebalance_timeout(5s)
            .publish(1s)
            .publish(20s, 3)
            .pods_from(3s, 2)
            .fault({.at = at(0s), .kind = FaultKind::slow_down, .duration = 2s, .factor = 400.0})
            .fault({.at = at(39s), .kind = FaultKind::downstream_down, .duration = 6s})
            .run();

    EXPECT_EQ(lost_by(result, LossCause::skipped_by_reset), 1);
    EXPECT_EQ(ledger_of(result).finished, 3);
    EXPECT_EQ(ledger_of(result).waiting, 0);
}

TEST(RebalanceTimeout, ShorterThanAHeartbeatThrowsOutAMemberThatNeverHeardAndItJoinsAgain) {
    Build build = Build(25s).rebalance_timeout(5s).pods_from(12s, 2);
    build.group().protocol.heartbeat_interval = 20s;

    const auto result = build.run();

    EXPECT_EQ(times_of(result, EventKind::partition_lost), std::vector<double>{17.0});
    EXPECT_EQ(times_of(result, EventKind::member_joined), (std::vector<double>{0.0, 12.0, 17.0}));
}

TEST(Duplicates, AreBlamedOnTheCrashAlthoughARebalanceCameBeforeTheyWereDone) {
    Build build =
        Build(40s).commit_every(1h).session_timeout(10s).publish(1s, 5).pods_from(17s, 2).fault(
            {.at = at(7s), .kind = FaultKind::pod_crash, .restart = RestartKind::replace});
    build.group().overheads.fetch_start = 5s;

    const auto result = build.run();

    EXPECT_EQ(ledger_of(result).duplicates, 5);
    EXPECT_EQ(duplicates_blamed_on(result, DuplicateCause::crash), 5);
}

TEST(ScaleUps, CountChangesAndNotTheStart) {
    EXPECT_EQ(Build(5s).pods(3).run().totals[0].scale_ups, 0);
    EXPECT_EQ(Build(5s).pods(3).pods_from(2s, 4).run().totals[0].scale_ups, 1);
}

}  // namespace
}  // namespace lagsim::sim
