// A topic grows while it is written and read.
#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

Build growing(Duration duration, Duration time, std::int32_t from, std::int32_t to) {
    Build build(duration, from);
    build.fault({.at = at(time), .kind = FaultKind::add_partitions, .to = to});
    return build;
}

std::int64_t log_end(const ReplicationResult& result, Duration time, std::size_t lane) {
    return sampled(result.lanes.log_end_offset, result, time, lane);
}

TEST(AddPartitions, GiveTheNewOnesNothingBefore) {
    const auto result = growing(60s, 30s, 2, 4).service(1ms).steady(40).run();

    EXPECT_EQ(log_end(result, 29s, 1), 580);
    EXPECT_EQ(log_end(result, 29s, 2), 0);
    EXPECT_EQ(sampled(result.lanes.lag, result, 29s, 3), 0);
    EXPECT_NEAR(static_cast<double>(log_end(result, 60s, 2)), 300, 1);
    EXPECT_NEAR(static_cast<double>(log_end(result, 60s, 0)), 900, 1);
}

TEST(AddPartitions, AProducerUsesThemAfterItsMetadataRefresh) {
    Build build = growing(60s, 25s, 1, 2).service(1ms).poisson(100);
    build.scenario.producers[0].metadata_refresh = 20s;

    const auto result = build.run();

    EXPECT_EQ(log_end(result, 40s, 1), 0);
    EXPECT_GT(log_end(result, 41s, 1), 20);
    const auto produced = static_cast<double>(ledger_of(result).produced);
    EXPECT_NEAR(produced, 6000, 5 * 78);  // the topic's rate stays what it is
}

TEST(AddPartitions, TheLeaderFindsThemByItsOwnMetadata) {
    Build build = growing(60s, 25s, 2, 4).service(1ms).steady(40);
    build.group().metadata_refresh = 10s;  // its process started at 0 s

    const auto result = build.run();

    EXPECT_EQ(times_of(result, EventKind::partitions_found), std::vector<double>{30});
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 30s, 2), -1);
    EXPECT_GT(sampled(result.lanes.lag, result, 29s, 2), 30);
    EXPECT_EQ(ledger_of(result).lost, 0);
    EXPECT_EQ(ledger_of(result).finished, ledger_of(result).produced);
}

TEST(AddPartitions, WithLatestWhatWasSentBeforeTheirFirstOwnerIsSkipped) {
    Build build = growing(60s, 25s, 2, 4).service(1ms).steady(40).reset(core::OffsetReset::latest);
    build.group().metadata_refresh = 10s;

    const auto result = build.run();

    // 40/s * 2/4 for the 5 s until they are found, but for the record at the very instant.
    EXPECT_NEAR(static_cast<double>(lost_by(result, LossCause::skipped_by_reset)), 100, 2);
    EXPECT_EQ(ledger_of(result).waiting, 0);
}

TEST(AddPartitions, TheBrokersOwnAssignorKnowsThemAtOnce) {
    Build build = growing(60s, 25s, 2, 4)
                      .protocol(models::GroupProtocol::consumer, models::Assignor::uniform)
                      .service(1ms)
                      .steady(40);

    const auto result = build.run();

    EXPECT_EQ(times_of(result, EventKind::partitions_found), std::vector<double>{25});
    EXPECT_EQ(ledger_of(result).finished, ledger_of(result).produced);
}

TEST(AddPartitions, ANewGroupSeesThemAllFromTheStart) {
    const auto result =
        growing(60s, 5s, 1, 3).pods(0).pods_from(10s, 1).service(1ms).steady(30).run();

    EXPECT_EQ(times_of(result, EventKind::partitions_found), std::vector<double>{5});
    EXPECT_EQ(ledger_of(result).finished, ledger_of(result).produced);
}

TEST(AddPartitions, OfTheFirstOfTwoTopicsLeaveTheOthersOwnersAlone) {
    for (const models::Assignor assignor :
         {models::Assignor::range, models::Assignor::round_robin, models::Assignor::sticky,
          models::Assignor::cooperative_sticky}) {
        Build build = growing(120s, 30s, 2, 5);
        build.add_topic("u", 3);
        build.group().topics = {0, 1};
        build.group().metadata_refresh = 15s;
        build.protocol(models::GroupProtocol::classic, assignor)
            .pods(2)
            .service(1ms)
            .steady(40, 0)
            .steady(30, 1);

        const auto result = build.run();

        EXPECT_EQ(ledger_of(result).finished, ledger_of(result).produced);
        EXPECT_EQ(ledger_of(result).lost, 0);
        EXPECT_EQ(lanes_of(result, EventKind::partition_assigned),
                  (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 6, 7}));
        EXPECT_NEAR(static_cast<double>(log_end(result, 120s, 5)), 1200, 1);  // u's first
    }
}

TEST(AddPartitions, KeysAreHashedModuloTheNewNumber) {
    Build build = growing(60s, 30s, 2, 5).service(1ms).poisson(200);
    build.scenario.producers[0].traffic.partitioner = {
        .kind = models::PartitionerKind::keys, .zipf_exponent = 1.0, .key_count = 3};
    const auto shares =
        models::partition_shares(build.scenario.producers[0].traffic.partitioner, 5);

    const auto result = build.run();

    for (std::size_t p = 2; p < 5; ++p) {
        EXPECT_NEAR(static_cast<double>(log_end(result, 60s, p)), 6000 * shares[p], 400);
    }
}

}  // namespace
}  // namespace lagsim::sim
