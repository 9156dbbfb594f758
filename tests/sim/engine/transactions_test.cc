// A transactional producer's markers: offsets that are no records.
#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

/// A marker after every `records` of all producers so far.
Build& transactions_of(Build& build, std::int64_t records) {
    for (Producer& producer : build.scenario.producers) {
        producer.transaction_records = records;
    }
    return build;
}

TEST(Transactions, TakeOneOffsetMoreEachAndAreNoRecords) {
    for (const std::int64_t size : {1, 10, 100}) {
        Build build = Build(30s).service(1ms).publish(1s, 300);

        const auto result = transactions_of(build, size).run();

        EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 30s), 300 + 300 / size);
        EXPECT_EQ(ledger_of(result).produced, 300);
        EXPECT_EQ(ledger_of(result).finished, 300);
    }
}

TEST(Transactions, LeaveAnIdleGroupALagOfOneAPartition) {
    Build build = Build(60s, 4).service(1ms).steady(20);
    build.scenario.producers[0].traffic.rate = {{Instant{}, at(30s), 20, 20},
                                                {at(30s), at(60s), 0, 0}};

    const auto result = transactions_of(build, 10).run();

    EXPECT_EQ(ledger_of(result).waiting, 0);
    EXPECT_EQ(sampled(result.groups.lag_total, result, 60s), 4);
    for (std::size_t lane = 0; lane < 4; ++lane) {
        EXPECT_EQ(sampled(result.lanes.lag, result, 60s, lane), 1);
        EXPECT_EQ(sampled(result.lanes.backlog, result, 60s, lane), 0);  // its consumer is past it
    }
}

TEST(Transactions, HaveNoMarkerBeforeTheirLastRecord) {
    Build build = Build(10s).service(1ms).publish(1s, 9);

    const auto result = transactions_of(build, 10).run();

    EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 10s), 9);
    EXPECT_EQ(sampled(result.lanes.lag, result, 10s), 0);
    EXPECT_EQ(ledger_of(result).finished, 9);  // read_uncommitted: read before the marker
}

TEST(Transactions, OfTwoProducersOnOnePartitionCountApart) {
    Build build = Build(30s).service(1ms).publish(1s, 3).publish(2s, 3).publish(3s, 3);
    build.scenario.producers[0].transaction_records = 2;  // 2 records, marker, 1 record
    build.scenario.producers[1].transaction_records = 3;  // 3 records, marker

    const auto result = build.run();

    EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 1500ms + 500ms), 4 + 4);
    EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 30s), 11);
    EXPECT_EQ(ledger_of(result).finished, 9);
    EXPECT_EQ(sampled(result.lanes.lag, result, 30s), 0);  // the last offset is a record
}

TEST(Transactions, TheSameRecordsTakeTheSameTimeHoweverTheyAreBundled) {
    Build bundled = Build(60s).service(exponential(100ms)).publish(1s, 200).transient(0.1);
    Build loose = bundled;

    const auto with_markers = transactions_of(bundled, 7).run();
    const auto without = loose.run();

    EXPECT_EQ(with_markers.groups.finished, without.groups.finished);
    EXPECT_EQ(with_markers.groups.retries, without.groups.retries);
}

TEST(Transactions, ACrashRepeatsWhatWasNotCommittedAndNoMarker) {
    Build build = Build(60s).session_timeout(6s).commit_every_records(1000).publish(0s, 40).fault(
        {.at = at(2050ms), .kind = FaultKind::pod_crash});

    const auto result = transactions_of(build, 5).run();

    EXPECT_EQ(duplicates_blamed_on(result, DuplicateCause::crash), 20);
    ASSERT_EQ(result.duplicates.size(), 4U);  // offsets 0-4, 6-10, 12-16, 18-22
    EXPECT_EQ(result.duplicates[1].first, 6);
    EXPECT_EQ(result.duplicates[1].last, 10);
    EXPECT_EQ(ledger_of(result).finished, 40);
}

TEST(Transactions, LossesNameTheOffsetsOfRecordsOnly) {
    Build build = Build(30s).pods(0).pods_from(20s, 1).publish(500ms, 6).publish(25s, 1);
    build.scenario.topics[0].retention = 10s;
    build.scenario.topics[0].segment_roll = 1s;

    const auto result = transactions_of(build, 2).run();

    EXPECT_EQ(ledger_of(result).lost, 6);
    ASSERT_EQ(result.lost.size(), 3U);  // 0-1, 3-4, 6-7
    EXPECT_EQ(result.lost[2].first, 6);
    EXPECT_EQ(result.lost[2].last, 7);
    EXPECT_EQ(ledger_of(result).finished, 1);
}

TEST(Transactions, AShareGroupAcknowledgesTheirMarkersUnread) {
    Build build =
        Build(30s, 2).service(10ms).commit_every_records(1).publish(1s, 60).publish(2s, 60, 1);
    build.group().protocol.kind = models::GroupProtocol::share;

    const auto result = transactions_of(build, 1).run();

    EXPECT_EQ(ledger_of(result).finished, 120);
    EXPECT_EQ(ledger_of(result).duplicates, 0);
    EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 30s), 120);
    EXPECT_EQ(sampled(result.lanes.backlog, result, 30s), 0);
}

}  // namespace
}  // namespace lagsim::sim
