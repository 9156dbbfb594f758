// What becomes of one record: served, retried, dead-lettered; and how servers are shared.
#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

TEST(Records, TheFirstIsFinishedOneServiceTimeAfterItArrived) {
    const auto result = Build(2s).sample_every(10ms).publish(500ms).run();

    EXPECT_EQ(reached(result.groups.finished, result, 1), at(600ms));
    EXPECT_EQ(ledger_of(result).finished, 1);
    EXPECT_EQ(ledger_of(result).waiting, 0);
}

TEST(Records, WaitForThePodTheInitialDelayAndTheFirstFetch) {
    Build build = Build(10s).sample_every(10ms).publish(0s);
    build.group().pod_scheduling = constant(1s);
    build.group().pod_startup = constant(2s);
    build.group().protocol.initial_rebalance_delay = 3s;
    build.group().overheads.rtt = 10ms;
    build.group().overheads.sync_cost = 20ms;
    build.group().overheads.fetch_start = 30ms;

    const auto result = build.run();

    // Two round trips: MEMBER_ID_REQUIRED before JoinGroup, OffsetFetch after SyncGroup.
    EXPECT_EQ(reached(result.groups.finished, result, 1),
              at(1s + 2s + 10ms + 3s + 20ms + 10ms + 30ms + 100ms));
}

TEST(Records, OfOnePartitionAreServedOneAfterTheOther) {
    const auto result = Build(2s).sample_every(10ms).publish(0s, 3).run();

    EXPECT_EQ(reached(result.groups.finished, result, 1), at(100ms));
    EXPECT_EQ(reached(result.groups.finished, result, 3), at(300ms));
}

TEST(Records, OfTwoPartitionsAreServedAtOnceByAServerEach) {
    const auto result = Build(2s, 2).sample_every(10ms).publish(0s, 4, -1).run();

    EXPECT_EQ(reached(result.groups.finished, result, 4), at(200ms));
}

TEST(Records, OfTwoPartitionsShareTheOneWorkerOfAPollLoopOldestFirst) {
    const auto result = Build(2s, 2)
                            .sample_every(10ms)
                            .workers(1)
                            .publish(0s, 1, 0)
                            .publish(20ms, 1, 1)
                            .publish(10ms, 1, 0)
                            .run();

    EXPECT_EQ(reached(result.groups.finished, result, 3), at(300ms));
    EXPECT_EQ(sampled(result.lanes.position, result, 200ms, 0), 2);  // 10 ms is older than 20 ms
    EXPECT_EQ(sampled(result.lanes.position, result, 200ms, 1), 0);
}

TEST(Records, OfATakenOverBacklogAreServedPartitionAfterPartitionInOrderOfFetching) {
    using Positions = std::pair<std::int64_t, std::int64_t>;
    const auto positions = [](Overheads::FetchOrder order) {
        Build build = Build(3s, 2).sample_every(100ms).workers(1);
        build.group().overheads.fetch_start = 1s;
        build.group().overheads.fetch_order = order;
        const auto result = build.publish(10ms, 3, 1).publish(20ms, 3, 0).run();
        return Positions{sampled(result.lanes.position, result, 1300ms, 0),
                         sampled(result.lanes.position, result, 1300ms, 1)};
    };

    EXPECT_EQ(positions(Overheads::FetchOrder::fetched), (Positions{3, 0}));
    // The first to be fetched has no other beside it yet; then the oldest goes first.
    EXPECT_EQ(positions(Overheads::FetchOrder::arrival), (Positions{1, 2}));
}

TEST(Records, OfOnePartitionAreServedAtOnceWithSeveralWorkersAPartition) {
    const auto result = Build(2s).sample_every(10ms).workers_per_partition(3).publish(0s, 6).run();

    EXPECT_EQ(reached(result.groups.finished, result, 3), at(100ms));
    EXPECT_EQ(reached(result.groups.finished, result, 6), at(200ms));
}

TEST(Records, RunAtHalfSpeedWhenTwoWorkersShareOneCore) {
    Build build = Build(2s, 2).sample_every(10ms).publish(0s, 2, -1);
    build.group().cpu = {.share = 1.0, .limit = 1.0, .request = {}};

    const auto result = build.run();

    EXPECT_EQ(reached(result.groups.finished, result, 1), at(200ms));
    EXPECT_EQ(reached(result.groups.finished, result, 2), at(200ms));
}

TEST(Downstream, SlowsAnAttemptByHowManyAreInProgressInTheWholeGroupWhenItBegins) {
    Build build = Build(4s, 4).sample_every(10ms).pods(2).publish(1s, 4, -1);
    build.group().downstream = {.capacity = 2, .exponent = 2.0};

    const auto result = build.run();

    // The third begins with 3 of 2 in progress, the fourth with 4 of 2: 1 + 1/4 and 1 + 1.
    EXPECT_EQ(reached(result.groups.finished, result, 2), at(1100ms));
    EXPECT_EQ(reached(result.groups.finished, result, 3), at(1130ms));  // 1125 ms, to the sample
    EXPECT_EQ(reached(result.groups.finished, result, 4), at(1200ms));
}

TEST(Downstream, CountsNeitherBackOffsNorTheDead) {
    Build build = Build(60s, 3).sample_every(10ms).session_timeout(4s).dead_letter_after(0s);
    build.group().downstream = {.capacity = 1, .exponent = 1.0};
    build
        .publish_poison(0s, 0)  // backs off from 0.1 s to 1.1 s
        .publish(500ms, 1, 1)
        .publish_slow(10s, 5s, 2)
        .fault({.at = at(11s), .kind = FaultKind::pod_crash})  // back at 21 s
        .publish(40s, 1, 1);

    const auto result = build.run();

    EXPECT_EQ(reached(result.groups.finished, result, 1), at(600ms));
    EXPECT_EQ(reached(result.groups.finished, result, 3), at(40100ms));
}

TEST(Publication, OfPoisonIsTriedAndDeadLetteredWhateverTheChances) {
    const auto result = Build(20s)
                            .sample_every(5ms)
                            .dead_letter_after(5ms)
                            .publish(0s)
                            .publish_poison(1s)
                            .publish(2s)
                            .run();

    EXPECT_EQ(reached(result.groups.dead_lettered, result, 1), at(1s + 4 * 100ms + 7s + 5ms));
    EXPECT_EQ(ledger_of(result).dead_lettered, 1);
    EXPECT_EQ(ledger_of(result).finished, 2);
}

TEST(Publication, WithItsOwnServiceTimeTakesItAtEachAttempt) {
    Build build = Build(60s).sample_every(5ms).dead_letter_after(0s);
    build.publish_slow(1s, 3s).publish(2s).publish(20s);
    build.scenario.producers.back().publish[0].service_time = 2s;
    build.scenario.producers.back().publish[0].poison = true;

    const auto result = build.run();

    EXPECT_EQ(reached(result.groups.finished, result, 1), at(4s));
    EXPECT_EQ(reached(result.groups.finished, result, 2), at(4100ms));
    EXPECT_EQ(reached(result.groups.dead_lettered, result, 1), at(20s + 4 * 2s + 7s));
}

TEST(Publication, IsWhatItIsAfterABrokerHeldItBackAndAfterACrash) {
    const auto result = Build(60s)
                            .sample_every(5ms)
                            .session_timeout(6s)
                            .dead_letter_after(0s)
                            .publish_poison(1s)
                            .fault({.at = at(0s), .kind = FaultKind::broker_down, .duration = 3s})
                            .fault({.at = at(5s), .kind = FaultKind::pod_crash})
                            .run();

    EXPECT_EQ(ledger_of(result).dead_lettered, 1);
    EXPECT_EQ(ledger_of(result).finished, 0);
    EXPECT_EQ(result.totals[0].retries, 1 + 3) << "the crash forgets the attempts";
}

TEST(PoisonRecord, IsTriedFourTimesWithOneTwoAndFourSecondsBetweenThenDeadLettered) {
    const auto result =
        Build(10s).sample_every(5ms).poison(1.0).dead_letter_after(5ms).publish(0s).run();

    EXPECT_EQ(reached(result.groups.retries, result, 1), at(1100ms));
    EXPECT_EQ(reached(result.groups.retries, result, 2), at(3200ms));
    EXPECT_EQ(reached(result.groups.retries, result, 3), at(7300ms));
    EXPECT_EQ(reached(result.groups.dead_lettered, result, 1), at(4 * 100ms + 7s + 5ms));
    EXPECT_EQ(result.totals[0].retries, 3);
    EXPECT_EQ(ledger_of(result).dead_lettered, 1);
    EXPECT_EQ(ledger_of(result).finished, 0);
}

TEST(PoisonRecord, BlocksItsPartition) {
    const auto result =
        Build(20s).sample_every(5ms).poison(1.0).dead_letter_after(5ms).publish(0s, 2).run();

    EXPECT_EQ(reached(result.groups.dead_lettered, result, 2), at(2 * 7405ms));
}

TEST(PoisonRecord, HoldsNoServerOfItsPodWhileItBacksOff) {
    const auto result = Build(10s, 2)
                            .sample_every(5ms)
                            .workers(1)
                            .poison(1.0)
                            .dead_letter_after(5ms)
                            .publish(0s, 2, -1)
                            .run();

    EXPECT_EQ(reached(result.groups.dead_lettered, result, 1), at(7405ms));
    // The second one starts 100 ms later and waits at its end for the first one's dead letter.
    EXPECT_EQ(reached(result.groups.dead_lettered, result, 2), at(7405ms + 100ms + 5ms));
}

TEST(PoisonRecord, WithoutADeadLetterTopicStartsItsBackOffsAgainForEver) {
    const auto result = Build(20s).sample_every(100ms).poison(1.0).publish(0s, 2).run();

    EXPECT_EQ(reached(result.groups.retries, result, 4), at(7400ms + 1s));
    EXPECT_EQ(ledger_of(result).waiting, 2);
    EXPECT_EQ(sampled(result.lanes.position, result, 20s), 0);
}

TEST(PoisonRecord, WithoutBackOffsIsTriedOnce) {
    Build build = Build(2s).sample_every(5ms).poison(1.0).dead_letter_after(5ms).publish(0s);
    build.group().retry.backoff.clear();

    const auto result = build.run();

    EXPECT_EQ(reached(result.groups.dead_lettered, result, 1), at(105ms));
    EXPECT_EQ(result.totals[0].retries, 0);
}

TEST(PoisonRecord, LosesItsAttemptsWhenARebalanceCutsItsBackOff) {
    // The second pod's join is noticed at 3 s, in the middle of the second back-off (1.2 s - 3.2
    // s).
    const auto result = Build(20s)
                            .sample_every(5ms)
                            .poison(1.0)
                            .dead_letter_after(5ms)
                            .publish(0s)
                            .pods_from(2s, 2)
                            .run();

    EXPECT_EQ(times_of(result, EventKind::partition_revoked), std::vector<double>{3.0});
    EXPECT_EQ(result.totals[0].retries, 1 + 3);
    EXPECT_EQ(reached(result.groups.dead_lettered, result, 1), at(3s + 7405ms));
}

TEST(Retry, JitterSpreadsTheBackOffsOverTheStatedRange) {
    Build build =
        Build(15s, 40).sample_every(100ms).poison(1.0).dead_letter_after(0s).publish(0s, 40, -1);
    build.group().retry.jitter = 0.5;

    const auto result = build.run();

    // 0.4 s of attempts and back-offs of 7 s, half to one and a half times as long.
    EXPECT_GE(reached(result.groups.dead_lettered, result, 1), at(3900ms));
    EXPECT_LE(reached(result.groups.dead_lettered, result, 40), at(11s));
    EXPECT_LT(reached(result.groups.dead_lettered, result, 10), at(7400ms));
    EXPECT_GT(reached(result.groups.dead_lettered, result, 30), at(7500ms));
}

TEST(Traffic, OfTwoGroupsIsTheSameAndTheirFatesAreTheirOwn) {
    Build alone = Build(60s, 2).steady(10.0);
    Build both = Build(60s, 2).steady(10.0).add_group("other", {0});
    both.scenario.consumers[1].replicas = {{Instant{}, 1}};
    both.scenario.consumers[1].commit.when = core::CommitWhen::before_processing;
    both.fault({.at = at(20s), .kind = FaultKind::pod_crash, .group = 1});

    const auto one = alone.run();
    const auto two = both.run();

    EXPECT_EQ(ledger_of(two, 0).finished, ledger_of(one).finished);
    EXPECT_EQ(ledger_of(two, 0).duplicates, 0);
    EXPECT_EQ(ledger_of(two, 1).produced, ledger_of(one).produced);
    EXPECT_LT(ledger_of(two, 1).finished, ledger_of(one).finished);
    for (std::size_t sample = 0; sample < one.sample_times.size(); ++sample) {
        ASSERT_EQ(two.groups.finished[2 * sample], one.groups.finished[sample]);
    }
}

TEST(Statistics, LeaveTheWarmUpOutAndTheLedgerDoesNot) {
    const auto result = Build(10s).warmup(5s).publish(1s, 3).publish(7s, 4).run();

    EXPECT_EQ(result.totals[0].produced_after_warmup, 4);
    EXPECT_EQ(result.totals[0].finished_after_warmup, 4);
    EXPECT_EQ(ledger_of(result).finished, 7);
}

}  // namespace
}  // namespace lagsim::sim
