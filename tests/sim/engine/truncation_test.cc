// A log loses its end: an unclean election, or a stated end. What was there is gone, and its
// offsets are given to new records.
#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

Fault unclean_election(Duration time, std::int64_t lose, std::int32_t partition = 0) {
    return {
        .at = at(time), .kind = FaultKind::unclean_election, .partition = partition, .lose = lose};
}
Fault truncate(Duration time, std::int64_t to) {
    return {.at = at(time), .kind = FaultKind::truncate, .to = to};
}

TEST(UncleanElection, LosesWhatNobodyHasReadYet) {
    const auto result =
        Build(30s).pods(0).pods_from(10s, 1).publish(1s, 10).fault(unclean_election(5s, 4)).run();

    EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 4s), 10);
    EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 5s), 6);
    EXPECT_EQ(sampled(result.lanes.lag, result, 5s), 6);
    EXPECT_EQ(lost_by(result, LossCause::unclean_election), 4);
    EXPECT_EQ(ledger_of(result).finished, 6);
    ASSERT_EQ(events_of(result, EventKind::log_end_moved).size(), 1U);
    EXPECT_EQ(events_of(result, EventKind::log_end_moved)[0].value, 6);
}

TEST(UncleanElection, ReusesOffsetsForNewRecordsAndCountsBoth) {
    const auto result = Build(30s)
                            .pods(0)
                            .pods_from(10s, 1)
                            .publish(1s, 10)
                            .publish(6s, 3)
                            .fault(unclean_election(5s, 4))
                            .run();

    EXPECT_EQ(ledger_of(result).produced, 13);
    EXPECT_EQ(ledger_of(result).finished, 9);
    EXPECT_EQ(ledger_of(result).lost, 4);
    ASSERT_EQ(result.lost.size(), 1U);
    EXPECT_EQ(result.lost[0].first, 6);  // offsets as they were
    EXPECT_EQ(result.lost[0].last, 9);
    EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 30s), 9);
}

TEST(UncleanElection, WithEarliestAConsumerBeyondTheEndReadsEverythingAgain) {
    const auto result = Build(30s)
                            .service(10ms)
                            .publish(1s, 10)
                            .publish(6s, 2)
                            .fault(unclean_election(5s, 4))
                            .run();

    EXPECT_EQ(ledger_of(result).produced, 12);
    EXPECT_EQ(ledger_of(result).finished, 12);  // the four that vanished stay done
    EXPECT_EQ(ledger_of(result).lost, 0);
    EXPECT_EQ(duplicates_blamed_on(result, DuplicateCause::offset_reset), 6);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 4s), 10);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 30s), 8);  // it went back
}

TEST(UncleanElection, WithLatestAConsumerBeyondTheEndGoesOnWithWhatIsNew) {
    const auto result = Build(30s)
                            .service(10ms)
                            .reset(core::OffsetReset::latest)
                            .publish(1s, 10)
                            .publish(6s, 2)
                            .fault(unclean_election(5s, 4))
                            .run();

    EXPECT_EQ(ledger_of(result).finished, 12);
    EXPECT_EQ(ledger_of(result).duplicates, 0);
    EXPECT_EQ(ledger_of(result).lost, 0);
}

TEST(UncleanElection, AConsumerBelowTheEndNoticesNothing) {
    const auto result =
        Build(30s).service(1s).publish(1s, 10).fault(unclean_election(3500ms, 4)).run();

    EXPECT_EQ(ledger_of(result).finished, 6);
    EXPECT_EQ(ledger_of(result).duplicates, 0);
    EXPECT_EQ(lost_by(result, LossCause::unclean_election), 4);
}

TEST(UncleanElection, WhatIsInHandIsFinishedAndNotCommitted) {
    const auto result = Build(30s)
                            .service(2s)
                            .commit_every_records(1)
                            .reset(core::OffsetReset::latest)
                            .publish(1s, 2)
                            .publish(10s, 1)
                            .fault(unclean_election(4s, 1))  // the second one is in hand
                            .run();

    EXPECT_EQ(ledger_of(result).finished, 3);
    EXPECT_EQ(ledger_of(result).lost, 0);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 9s), 1);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 30s), 2);
}

TEST(UncleanElection, ACommitThatOutlivedItsRecordsHidesNewOnes) {
    // Committed 10, then nobody; the log is cut to 6 and grows to 12 before somebody comes.
    const auto result = Build(60s)
                            .service(10ms)
                            .pods_from(4s, 0)
                            .pods_from(20s, 1)
                            .publish(1s, 10)
                            .publish(6s, 6)
                            .fault(unclean_election(5s, 4))
                            .run();

    EXPECT_EQ(lost_by(result, LossCause::unclean_election), 4);  // the new ones at 6 to 9
    EXPECT_EQ(ledger_of(result).produced, 16);
    EXPECT_EQ(ledger_of(result).finished, 12);
    EXPECT_EQ(ledger_of(result).waiting, 0);
}

TEST(UncleanElection, ACommitBeyondTheEndSendsTheNextOwnerWhereTheResetPolicySays) {
    const auto result = Build(60s)
                            .service(10ms)
                            .pods_from(4s, 0)
                            .pods_from(20s, 1)
                            .publish(1s, 10)
                            .publish(30s, 2)
                            .fault(unclean_election(5s, 4))
                            .run();

    EXPECT_EQ(duplicates_blamed_on(result, DuplicateCause::offset_reset), 6);
    EXPECT_EQ(ledger_of(result).finished, 12);
    EXPECT_EQ(ledger_of(result).lost, 0);
}

TEST(UncleanElection, CountsRecordsAndNotMarkers) {
    Build build = Build(30s).pods(0).publish(1s, 6).fault(unclean_election(5s, 3));
    build.scenario.producers[0].transaction_records = 1;  // 0 - 2 - 4 - 6 - 8 - 10 -

    const auto result = build.run();

    EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 5s), 6);
    EXPECT_EQ(lost_by(result, LossCause::unclean_election), 3);
    EXPECT_EQ(ledger_of(result).waiting, 3);
}

TEST(UncleanElection, DoesNotMakeRetentionDeleteTheNewRecordsEarly) {
    Build build =
        Build(40s).pods(0).publish(500ms, 10).publish(15s, 10).fault(unclean_election(5s, 8));
    build.scenario.topics[0].retention = 20s;
    build.scenario.topics[0].segment_roll = 1s;

    const auto result = build.run();

    // Closed at 1 s with end 10, cut to 2: at 21 s only the two that are left are deleted.
    EXPECT_EQ(lost_by(result, LossCause::deleted_by_retention), 2 + 10);
    EXPECT_EQ(times_of(result, EventKind::log_start_moved), (std::vector<double>{21, 35}));
}

TEST(UncleanElection, TurnsACommitOnItsWayIntoOneOfRecordsThatAreGone) {
    // Records 0..9 finished by 1 s, their commit sent then, on its way when the pod dies and the
    // log is cut; the log grows over it before the next owner comes.
    Build build = Build(60s).commit_every(1s).commit_latency(200ms).publish(0s, 10).publish(5s, 10);
    build.fault({.at = at(1050ms), .kind = FaultKind::pod_crash});
    build.fault(unclean_election(1060ms, 8));

    const auto result = build.run();

    EXPECT_EQ(ledger_of(result).produced, 20);
    EXPECT_EQ(ledger_of(result).finished, 12);  // 0..9, and of the new ones those above offset 10
    EXPECT_EQ(lost_by(result, LossCause::unclean_election), 8);
}

TEST(Truncate, SetsTheLogsEnd) {
    const auto result = Build(30s)
                            .pods(0)
                            .pods_from(10s, 1)
                            .publish(1s, 10)
                            .publish(6s, 1)
                            .fault(truncate(5s, 3))
                            .fault(truncate(7s, 8))  // beyond the end: nothing
                            .run();

    EXPECT_EQ(lost_by(result, LossCause::truncated), 7);
    EXPECT_EQ(ledger_of(result).finished, 4);
    EXPECT_EQ(events_of(result, EventKind::log_end_moved).size(), 1U);
}

}  // namespace
}  // namespace lagsim::sim
