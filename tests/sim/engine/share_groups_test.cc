// Share groups (KIP-932) through whole scenarios: parallel work on one partition, locks,
// deliveries.
#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

/// Pods with one poll loop each that take `poll` records at a time.
Build share(Duration duration, std::int32_t pods, std::int64_t poll, std::int32_t partitions = 1) {
    Build build(duration, partitions);
    build.protocol(models::GroupProtocol::share, models::Assignor::simple);
    build.group().protocol.heartbeat_interval = 5s;
    build.group().protocol.share.poll = core::Records{poll};
    build.workers(1).pods(pods).commit_every_records(1);
    build.group().retry.backoff.clear();
    return build;
}

Fault crash_at(Duration time, RestartKind restart = RestartKind::none) {
    return {.at = at(time), .kind = FaultKind::pod_crash, .restart = restart};
}

TEST(ShareGroup, ThreeMembersOfOnePartitionWorkThreeTimesAsFast) {
    const auto alone = share(100s, 1, 10).publish(0s, 900).run();
    const auto three = share(100s, 3, 10).publish(0s, 900).run();

    EXPECT_EQ(reached(alone.groups.finished, alone, 900), at(90s));
    // A little more than 30 s: two of them hear of their partition only at their first heartbeat.
    EXPECT_LE(reached(three.groups.finished, three, 900), at(31s));
    EXPECT_EQ(ledger_of(three).duplicates, 0);
}

TEST(ShareGroup, WhoAcquiresThePartitionsWholeWindowWorksAlone) {
    // As measured on Kafka 4.0.0: a window of 200, of which one member takes all at a time.
    Build build = share(100s, 3, 500);
    build.group().protocol.share.window = core::Records{200};
    build.commit_every_records(200);

    const auto result = build.publish(0s, 900).run();

    EXPECT_GE(reached(result.groups.finished, result, 900), at(85s));
}

TEST(ShareGroup, WhatADeadMemberHadLockedComesBackAfterTheLockTime) {
    // The first second: records 0..9 done, 10..19 acquired; the pod dies with 10 in hand at 1.05 s.
    const auto result =
        share(60s, 1, 10).publish(0s, 20).pods_from(1s, 2).fault(crash_at(1050ms)).seed(3).run();

    const auto& ledger = ledger_of(result);
    EXPECT_EQ(ledger.finished, 20);
    EXPECT_EQ(ledger.lost, 0);
    EXPECT_EQ(ledger.duplicates, 0);
    // Locked at 1.0 s at the latest, so free at 31 s at the latest, and not before 30 s.
    EXPECT_GE(reached(result.groups.finished, result, 20), at(30s));
    EXPECT_LE(reached(result.groups.finished, result, 20), at(33s));
}

TEST(ShareGroup, FinishedButUnacknowledgedWorkIsDoneAgain) {
    Build build = share(60s, 1, 10);
    build.commit_every(1s).publish(0s, 10).pods_from(1s, 2).fault(crash_at(950ms));

    const auto result = build.run();

    EXPECT_EQ(ledger_of(result).finished, 10);
    EXPECT_EQ(ledger_of(result).duplicates, 9);
    EXPECT_EQ(duplicates_blamed_on(result, DuplicateCause::crash), 9);
}

TEST(ShareGroup, ARecordThatIsReleasedForEverIsDeliveredFiveTimesAndThenLost) {
    Build build = share(20s, 1, 10);
    build.poison(1.0).publish(0s, 2);

    const auto result = build.run();

    EXPECT_EQ(ledger_of(result).lost, 2);
    EXPECT_EQ(lost_by(result, LossCause::delivery_limit), 2);
    EXPECT_EQ(ledger_of(result).waiting, 0);
    // 5 attempts of 100 ms each, without a back-off between deliveries.
    EXPECT_EQ(reached(result.groups.lost, result, 2), at(1s));
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 2s), 2);
}

TEST(ShareGroup, ADeadLetterTopicSavesWhatTheDeliveryLimitWouldDrop) {
    Build build = share(20s, 1, 10);
    build.poison(1.0).dead_letter_after(5ms).publish(0s, 2);

    const auto result = build.run();

    EXPECT_EQ(ledger_of(result).lost, 0);
    EXPECT_EQ(ledger_of(result).dead_lettered, 2);
}

TEST(ShareGroup, ABatchThatTakesLongerThanItsLockIsDoneTwice) {
    // 10 records of 5 s each, locked for 30 s: those after the sixth come too late.
    Build build = share(200s, 2, 10);
    build.service(5s).publish(0s, 10);

    const auto result = build.run();

    EXPECT_EQ(ledger_of(result).finished, 10);
    EXPECT_GT(ledger_of(result).duplicates, 0);
    EXPECT_EQ(ledger_of(result).lost, 0);
    EXPECT_EQ(duplicates_blamed_on(result, DuplicateCause::zombie) +
                  duplicates_blamed_on(result, DuplicateCause::lock),
              ledger_of(result).duplicates);
}

TEST(ShareGroup, AMemberThatLeavesProperlyGivesItsRecordsBackAtOnce) {
    Build build = share(30s, 2, 10);
    build.publish(0s, 20).pods_from(500ms, 1);

    const auto result = build.run();

    EXPECT_EQ(ledger_of(result).finished, 20);
    EXPECT_EQ(ledger_of(result).duplicates, 0);
    EXPECT_LE(reached(result.groups.finished, result, 20), at(3s));
}

TEST(ShareGroup, AcknowledgesToThePartitionsLeaderWhateverBecomesOfTheCoordinator) {
    Build build = share(60s, 2, 10);
    build.commit_every(10s).steady(10.0).pods_from(25s, 1);
    build.fault({.at = at(20s), .kind = FaultKind::coordinator_move, .duration = 20s});

    const auto result = build.run();

    EXPECT_EQ(ledger_of(result).duplicates, 0);
    EXPECT_EQ(ledger_of(result).lost, 0);
}

TEST(ShareGroup, MoreMembersThanPartitionsStillHelp) {
    const auto four = share(100s, 4, 5, 4).publish(0s, 1600, -1).run();
    const auto eight = share(100s, 8, 5, 4).publish(0s, 1600, -1).run();

    const double ratio =
        static_cast<double>(core::nanoseconds(reached(four.groups.finished, four, 1600))) /
        static_cast<double>(core::nanoseconds(reached(eight.groups.finished, eight, 1600)));
    EXPECT_NEAR(ratio, 2.0, 0.15);
}

}  // namespace
}  // namespace lagsim::sim
