// Expected numbers against what theory and small exact runs say.
#include <cmath>

#include <gtest/gtest.h>

#include "sim/engine/control/control_plane.h"
#include "sim/engine/flow/flow_records.h"
#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

ReplicationResult flow(Build build, std::uint32_t replication = 0) {
    build.scenario.resolution = Resolution::flow;
    return build.run(replication);
}

void expect_conserved(const ReplicationResult& result) {
    const LedgerCounts& ledger = result.totals[0].ledger;
    EXPECT_EQ(ledger.finished + ledger.dead_lettered + ledger.waiting + ledger.lost,
              ledger.produced);
    for (const std::int64_t count :
         {ledger.finished, ledger.dead_lettered, ledger.waiting, ledger.lost}) {
        EXPECT_GE(count, 0);
    }
    std::int64_t lost = 0;
    for (const LedgerInterval& interval : result.lost) {
        lost += interval.last - interval.first + 1;
    }
    EXPECT_EQ(lost, ledger.lost);
    std::int64_t duplicates = 0;
    for (const LedgerInterval& interval : result.duplicates) {
        duplicates += interval.last - interval.first + 1;
    }
    EXPECT_EQ(duplicates, ledger.duplicates);
}

double mean_lag(const ReplicationResult& result, Duration measured) {
    return static_cast<double>(result.totals[0].lag_integral) /
           static_cast<double>(measured.count());
}

TEST(Flow, WhatIsProducedIsTheIntegralOfTheRate) {
    for (const std::int32_t partitions : {1, 3, 24}) {
        const auto result = flow(Build(60s, partitions).poisson(100.0).service(1ms));
        EXPECT_NEAR(static_cast<double>(ledger_of(result).produced), 6000.0, 1.0);
        expect_conserved(result);
    }
}

TEST(Flow, PublicationsAreWhole) {
    const auto result = flow(Build(60s, 4).publish(0s, 100, -1).publish(10s, 8, 2).service(1ms));
    EXPECT_EQ(ledger_of(result).produced, 108);
    EXPECT_EQ(ledger_of(result).finished, 108);
}

TEST(Flow, ABacklogIsGoneAfterWhatFluidSays) {
    // 1000 records, 10/s done, 5/s more: 200 s.
    const auto result =
        flow(Build(300s).publish(0s, 1000).steady(5.0).service(100ms).commit_every_records(1));
    for (const auto& [time, lag] : {std::pair{50s, 750}, {100s, 500}, {150s, 250}, {199s, 5}}) {
        EXPECT_NEAR(static_cast<double>(sampled(result.lanes.lag, result, time)), lag, 1.0);
    }
    EXPECT_LE(sampled(result.lanes.lag, result, 201s), 1);
    expect_conserved(result);
}

TEST(Flow, MeanLagAtRestIsPollaczekKhinchines) {
    struct Case {
        const char* what;
        models::DistributionParameters service;
        double lag;
    };
    for (const Case& row :
         {Case{"M/M/1", exponential(100ms), 4.0}, Case{"M/D/1", constant(100ms), 2.4},
          Case{"M/G/1, cv 2",
               {.kind = models::DistributionKind::lognormal, .mean = 100ms, .cv = 2.0},
               0.8 + 2.5 * 3.2}}) {
        Build build = Build(1000s).warmup(200s).poisson(8.0).service(row.service);
        build.commit_every_records(1);
        const auto result = flow(build);
        EXPECT_NEAR(mean_lag(result, 800s) / row.lag, 1.0, 0.01) << row.what;
    }
}

TEST(Flow, PodsThatShareACoreQueueLikeProcessorSharing) {
    // 4 partitions of one pod with one core: M/M/1 in all, 4 records.
    Build build = Build(1000s, 4).warmup(200s).poisson(8.0).service(exponential(100ms));
    build.commit_every_records(1).group().cpu = {.share = 1.0, .limit = 1.0, .request = {}};
    EXPECT_NEAR(mean_lag(flow(build), 800s), 4.0, 0.04);
}

TEST(Flow, LatenciesAtRestAreThoseOfMM1) {
    const auto result = flow(Build(1000s).warmup(200s).poisson(8.0).service(exponential(100ms)));
    const LatencyHistogram& latency = result.totals[0].latency;
    // Exponential with mean 1/(mu - lambda) = 0.5 s.
    EXPECT_NEAR(latency.mean(), 0.5, 0.02);
    EXPECT_NEAR(latency.quantile(0.5), 0.5 * std::log(2.0), 0.05);
    EXPECT_NEAR(latency.quantile(0.99), 0.5 * std::log(100.0), 0.12);
    EXPECT_NEAR(static_cast<double>(latency.total()), 6400.0, 10.0);
}

TEST(Flow, SharesOfABottleneckAreFair) {
    // 3 backlogged partitions and one that needs a tenth of the core.
    Build build = Build(10s, 4).service(10ms);
    build.commit_every_records(1).group().cpu = {.share = 1.0, .limit = 1.0, .request = {}};
    for (const std::int32_t partition : {0, 1, 2}) {
        build.publish(0s, 1000, partition);
    }
    const auto result = flow(build);
    for (const std::int32_t partition : {0, 1, 2}) {
        EXPECT_NEAR(static_cast<double>(sampled(result.lanes.position, result, 9s,
                                                static_cast<std::size_t>(partition))),
                    300.0, 2.0);
    }
}

TEST(Flow, ACrashRepeatsWhatIsOnAverageNotYetCommitted) {
    Build build = Build(60s).poisson(100.0).service(5ms).commit_every_records(101);
    build.session_timeout(10s);
    build.fault({.at = at(30s), .kind = FaultKind::pod_crash, .restart = RestartKind::same_pod});
    const auto result = flow(build);
    EXPECT_NEAR(static_cast<double>(ledger_of(result).duplicates), 50.0, 1.0);
    EXPECT_EQ(ledger_of(result).lost, 0);
    expect_conserved(result);
}

TEST(Flow, ACrashBetweenTimedCommitsRepeatsWhatWasDoneSince) {
    Build build = Build(60s).steady(100.0).service(5ms).commit_every(10s);
    build.fault({.at = at(34s), .kind = FaultKind::pod_crash, .restart = RestartKind::same_pod});
    const auto exact = build.run();
    const auto result = flow(build);
    EXPECT_NEAR(static_cast<double>(ledger_of(result).duplicates),
                static_cast<double>(ledger_of(exact).duplicates), 2.0);
    expect_conserved(result);
}

TEST(Flow, WhatIsCommittedBeforeItIsDoneIsLostByACrashAndNotByARebalance) {
    Build build = Build(100s, 8).steady(80.0).service(50ms).commit_every_records(1).pods(2);
    build.commit_when(core::CommitWhen::before_processing).pods_from(30s, 4).pods_from(60s, 1);
    EXPECT_EQ(ledger_of(flow(build)).lost, 0);
    build.fault({.at = at(80s), .kind = FaultKind::pod_crash, .restart = RestartKind::same_pod});
    // Half of its 8 partitions had a record in hand.
    const auto result = flow(build);
    EXPECT_NEAR(static_cast<double>(ledger_of(result).lost), 4.0, 1.0);
    expect_conserved(result);
}

TEST(Flow, RetentionLosesWhatItLosesOfRecords) {
    Build build = Build(600s, 4).steady(40.0).service(200ms).commit_every_records(1);
    build.scenario.topics[0].retention = 100s;
    build.scenario.topics[0].segment_roll = 50s;
    for (const core::OffsetReset reset :
         {core::OffsetReset::earliest, core::OffsetReset::latest, core::OffsetReset::none}) {
        build.reset(reset);
        const auto exact = build.run();
        const auto result = flow(build);
        EXPECT_GT(ledger_of(result).lost, 1000);
        EXPECT_NEAR(static_cast<double>(ledger_of(result).lost),
                    static_cast<double>(ledger_of(exact).lost), 40.0)
            << static_cast<int>(reset);
        expect_conserved(result);
    }
}

TEST(Flow, FailuresAreTriedAgainAndGivenUpInProportion) {
    Build build = Build(1000s, 2).poisson(20.0).service(10ms).transient(0.1).poison(0.01);
    build.dead_letter_after(5ms).group().retry.backoff = {10ms, 20ms};
    const auto result = flow(build);
    // 1 % poison, and 0.1^3 of the rest; attempts: 3, or 1 + 0.1 + 0.01.
    EXPECT_NEAR(static_cast<double>(ledger_of(result).dead_lettered), 20000 * 0.01099, 2.0);
    EXPECT_NEAR(static_cast<double>(result.totals[0].retries), 20000 * (0.02 + 0.99 * 0.11), 5.0);
    expect_conserved(result);
}

TEST(Flow, ADownstreamThatIsDownStopsAGroupWithoutDeadLetterTopic) {
    Build build = Build(100s).steady(10.0).service(10ms).commit_every_records(1);
    build.fault({.at = at(20s), .kind = FaultKind::downstream_down, .duration = 50s});
    const auto result = flow(build);
    EXPECT_NEAR(static_cast<double>(sampled(result.lanes.lag, result, 69s)), 490.0, 2.0);
    EXPECT_EQ(ledger_of(result).waiting, 0);
}

TEST(Flow, ABrokerThatIsDownHoldsRecordsBack) {
    Build build = Build(100s).steady(10.0).service(10ms).commit_every_records(1);
    build.fault({.at = at(20s), .kind = FaultKind::broker_down, .duration = 10s});
    const auto result = flow(build);
    EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 29s),
              sampled(result.lanes.log_end_offset, result, 21s));
    EXPECT_NEAR(static_cast<double>(sampled(result.lanes.log_end_offset, result, 31s)), 310, 1);
    expect_conserved(result);
}

TEST(Flow, OnlyAGroupThatCommitsNothingStartsAnew) {
    Build build = Build(100s).steady(10.0).service(10ms);
    build.commit_when(core::CommitWhen::mark_only);
    build.fault({.at = at(50s), .kind = FaultKind::pod_crash, .restart = RestartKind::same_pod});
    const auto result = flow(build);
    EXPECT_NEAR(static_cast<double>(ledger_of(result).duplicates), 500.0, 2.0);
    EXPECT_NEAR(static_cast<double>(sampled(result.lanes.lag, result, 99s)), 990.0, 1.0);
}

TEST(Flow, AddedPartitionsGetTheirShare) {
    Build build = Build(200s, 2).poisson(40.0).service(1ms);
    build.fault({.at = at(100s), .kind = FaultKind::add_partitions, .to = 4});
    const auto result = flow(build);
    EXPECT_NEAR(static_cast<double>(sampled(result.lanes.log_end_offset, result, 199s, 3)), 990.0,
                2.0);
    EXPECT_NEAR(static_cast<double>(ledger_of(result).produced), 8000.0, 1.0);
}

TEST(Flow, DeviationsAreThoseOfPoissonAndOfABacklogThatSpreads) {
    const auto result =
        flow(Build(1000s).poisson(9.0).service(exponential(200ms)).commit_every_records(1));
    ASSERT_EQ(result.groups.produced_deviation.size(), result.sample_times.size());
    EXPECT_NEAR(result.groups.produced_deviation.back(), std::sqrt(9000.0), 0.1);
    // Twice the load it can bear: (arrivals + services) each vary like a Poisson process.
    EXPECT_NEAR(result.groups.lag_total_deviation.back(), std::sqrt(14000.0), 4.0);
    EXPECT_TRUE(Build(10s).poisson(9.0).run().groups.produced_deviation.empty());
}

TEST(Flow, RebalancesAreThoseOfTheExactRun) {
    Build build = Build(300s, 12).poisson(100.0).service(2ms).pods(3);
    build.pods_from(100s, 6).pods_from(200s, 4);
    const auto exact = build.run();
    const auto result = flow(build);
    EXPECT_EQ(result.totals[0].rebalances, exact.totals[0].rebalances);
    EXPECT_EQ(events_of(result, EventKind::partition_assigned).size(),
              events_of(exact, EventKind::partition_assigned).size());
    EXPECT_EQ(result.totals[0].pod_time / 1'000'000'000, exact.totals[0].pod_time / 1'000'000'000);
    expect_conserved(result);
}

/// Steps that a run takes: its cost without a clock.
std::int64_t steps_at(double rate) {
    Build build = Build(3600s, 24).poisson(rate).pods(6);
    build.scenario.resolution = Resolution::flow;
    const LaneMap map(build.scenario);
    FlowRecords records(build.scenario, map);
    RunControl control;
    ControlPlane plane(build.scenario, map, records, models::RandomStreams(1, 0), control);
    ReplicationResult result;
    EXPECT_TRUE(plane.run(result));
    EXPECT_NEAR(static_cast<double>(ledger_of(result).produced), rate * 3600.0, 24.0);
    return records.steps();
}

TEST(Flow, CostDoesNotDependOnTheTraffic) {
    const std::int64_t few = steps_at(10.0);
    EXPECT_EQ(steps_at(1e6), few);
    EXPECT_EQ(steps_at(1e9), few);
    EXPECT_LT(few, 24 * 3 * 3600);
}

TEST(Flow, TheSameScenarioGivesTheSameBits) {
    const Build build = Build(300s, 4).poisson(30.0).service(exponential(100ms)).pods(2);
    const auto once = flow(build);
    const auto again = flow(build);
    EXPECT_EQ(once.fingerprint, again.fingerprint);
    EXPECT_EQ(once.lanes.lag, again.lanes.lag);
}

}  // namespace
}  // namespace lagsim::sim
