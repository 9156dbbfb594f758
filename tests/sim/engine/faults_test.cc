// The world around the consumers breaks: the broker, the downstream, the dead-letter topic, time.
#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

Fault lasting(FaultKind kind, Duration time, Duration duration) {
    return {.at = at(time), .kind = kind, .duration = duration};
}

TEST(PodStall, StopsTheRecordInHandWhileHeartbeatsGoOn) {
    const auto result = Build(60s)
                            .session_timeout(6s)
                            .service(1s)
                            .publish(0s, 3)
                            .fault(lasting(FaultKind::pod_stall, 1500ms, 20s))
                            .run();

    EXPECT_EQ(reached(result.groups.finished, result, 1), at(1s));
    EXPECT_EQ(reached(result.groups.finished, result, 2), at(22s));
    EXPECT_TRUE(events_of(result, EventKind::member_expired).empty());
}

TEST(PodStall, LongerThanMaxPollIntervalMakesAPollLoopLeaveTheGroup) {
    Build build = Build(60s).pods(1).workers(1).service(1s).publish(0s, 3).fault(
        lasting(FaultKind::pod_stall, 1500ms, 20s));
    build.group().protocol.max_poll_interval = 5s;

    const auto result = build.run();

    // The second record is in hand from 1 s on, until 1 s + 20 s + 1 s.
    EXPECT_EQ(times_of(result, EventKind::member_left), std::vector<double>{6});
    EXPECT_EQ(times_of(result, EventKind::member_joined), (std::vector<double>{0, 22}));
    EXPECT_EQ(ledger_of(result).finished, 3);
    EXPECT_EQ(ledger_of(result).duplicates, 1);  // finished, but no longer its to commit
}

TEST(SlowDown, MultipliesTheServiceTimeOfAttemptsThatStartWhileItLasts) {
    Fault fault = lasting(FaultKind::slow_down, 500ms, 2s);
    fault.factor = 3.0;

    const auto result = Build(10s).service(1s).publish(0s, 4).fault(fault).run();

    EXPECT_EQ(reached(result.groups.finished, result, 1), at(1s));
    EXPECT_EQ(reached(result.groups.finished, result, 2), at(4s));
    EXPECT_EQ(reached(result.groups.finished, result, 3), at(5s));
}

TEST(SlowDown, OverlappingOnesMultiply) {
    Fault twice = lasting(FaultKind::slow_down, 0s, 10s);
    twice.factor = 2.0;
    Fault thrice = lasting(FaultKind::slow_down, 0s, 5s);
    thrice.factor = 3.0;

    const auto result =
        Build(20s).service(1s).publish(1s).publish(8s).fault(twice).fault(thrice).run();

    EXPECT_EQ(reached(result.groups.finished, result, 1), at(1s + 6s));
    EXPECT_EQ(reached(result.groups.finished, result, 2), at(8s + 2s));
}

TEST(BrokerDown, HoldsProducersBackAndLosesNothing) {
    const auto result =
        Build(20s).service(20ms).steady(10.0).fault(lasting(FaultKind::broker_down, 2s, 5s)).run();

    EXPECT_EQ(sampled(result.groups.produced, result, 2s), 21);  // the first one at 0 s
    EXPECT_EQ(sampled(result.groups.produced, result, 6s), 21);
    EXPECT_EQ(sampled(result.groups.produced, result, 7s), 71);
    EXPECT_EQ(ledger_of(result).produced, 200);
    EXPECT_EQ(ledger_of(result).lost, 0);
    EXPECT_EQ(ledger_of(result).duplicates, 0);
    EXPECT_EQ(ledger_of(result).waiting, 0);
}

TEST(BrokerDown, TakesNoCommitsAndExpiresNoSessions) {
    const auto result = Build(60s)
                            .session_timeout(6s)
                            .publish(0s, 10)
                            .fault(lasting(FaultKind::broker_down, 500ms, 20s))
                            .run();

    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 20s), -1);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 23s), 10);
    EXPECT_TRUE(events_of(result, EventKind::member_expired).empty());
}

TEST(BrokerDown, GivesACrashedMemberItsWholeSessionAgain) {
    const auto result =
        Build(60s)
            .session_timeout(6s)
            .fault({.at = at(5s), .kind = FaultKind::pod_crash, .restart = RestartKind::none})
            .fault(lasting(FaultKind::broker_down, 6s, 20s))
            .run();

    EXPECT_EQ(times_of(result, EventKind::member_expired), std::vector<double>{32});
}

TEST(DeadLetterDown, BlocksThePartitionUntilTheTopicIsBack) {
    const auto result = Build(40s)
                            .sample_every(5ms)
                            .poison(1.0)
                            .dead_letter_after(5ms)
                            .publish(0s)
                            .fault(lasting(FaultKind::dead_letter_down, 0s, 20s))
                            .run();

    EXPECT_EQ(reached(result.groups.dead_lettered, result, 1), at(20005ms));
    EXPECT_EQ(result.totals[0].retries, 3);
}

TEST(DeadLetterDown, DropsTheRecordWhereThePolicySaysSoAndTheNextOnesGoOn) {
    const auto result = Build(40s)
                            .sample_every(5ms)
                            .dead_letter_after(50ms)
                            .when_dead_letter_down(core::UndeliverablePolicy::drop)
                            .publish_poison(0s)
                            .publish(1s, 5)
                            .fault(lasting(FaultKind::dead_letter_down, 0s, 20s))
                            .run();

    EXPECT_EQ(reached(result.groups.lost, result, 1), at(7400ms + 50ms));
    EXPECT_EQ(lost_by(result, LossCause::dropped_by_policy), 1);
    EXPECT_EQ(ledger_of(result).finished, 5);
    EXPECT_EQ(ledger_of(result).dead_lettered, 0);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 10s), 6);
}

TEST(DeadLetterDown, IsTriedAsOftenAsStatedBeforeTheRecordIsDropped) {
    const auto run_with = [](Duration down) {
        return Build(40s)
            .sample_every(5ms)
            .dead_letter_after(500ms)
            .when_dead_letter_down(core::UndeliverablePolicy::drop, 3)
            .publish_poison(0s)
            .fault(lasting(FaultKind::dead_letter_down, 0s, down))
            .run();
    };

    const auto long_outage = run_with(20s);
    const auto short_outage = run_with(8s);  // tries begin at 7.4 s, 7.9 s and 8.4 s

    EXPECT_EQ(reached(long_outage.groups.lost, long_outage, 1), at(7400ms + 1500ms));
    EXPECT_EQ(ledger_of(short_outage).lost, 0);
    EXPECT_EQ(reached(short_outage.groups.dead_lettered, short_outage, 1), at(8900ms));
}

TEST(DeadLetterDown, StopsTheWorkerWhereThePolicySaysSo) {
    // 7.4 s of attempts, then the process exits; back-off 10 s, the session of the dead runs to 3 s
    // after its last heartbeat, and the record starts anew at 17.4 s, when the topic is back.
    const auto result = Build(60s)
                            .sample_every(5ms)
                            .session_timeout(4s)
                            .dead_letter_after(0s)
                            .when_dead_letter_down(core::UndeliverablePolicy::stop)
                            .publish_poison(0s)
                            .fault(lasting(FaultKind::dead_letter_down, 0s, 15s))
                            .run();

    EXPECT_EQ(times_of(result, EventKind::pod_crashed), std::vector<double>{7.4});
    EXPECT_EQ(times_of(result, EventKind::pod_restarted), std::vector<double>{17.4});
    EXPECT_EQ(result.totals[0].retries, 3 + 3);
    EXPECT_EQ(reached(result.groups.dead_lettered, result, 1), at(17400ms + 7400ms));
    EXPECT_EQ(ledger_of(result).lost, 0);
    EXPECT_EQ(ledger_of(result).waiting, 0);
}

TEST(DeadLetterDown, EndsSaramasSessionWhereThePolicySaysSo) {
    const auto rebalances = [](std::int32_t partition) {
        Build build = Build(60s, 2).pods(2).dead_letter_after(0s).protocol(
            models::GroupProtocol::classic, models::Assignor::range, models::ClientProfile::sarama);
        build.when_dead_letter_down(core::UndeliverablePolicy::stop)
            .publish_poison(1s, partition)
            .fault(lasting(FaultKind::dead_letter_down, 0s, 20s));

        const auto result = build.run();

        // Attempts until 8.4 s; the topic is down, and the handler returns.
        EXPECT_TRUE(events_of(result, EventKind::pod_crashed).empty());
        EXPECT_EQ(times_of(result, EventKind::partition_revoked).at(0), 8.4);
        EXPECT_EQ(ledger_of(result).dead_lettered, 1);
        EXPECT_EQ(ledger_of(result).waiting, 0);
        return result.totals[0].rebalances;
    };

    // A follower has its generation back and disturbs nobody; a leader starts a rebalance.
    const auto [fewer, more] = std::minmax({rebalances(0), rebalances(1)});
    EXPECT_EQ(fewer, 1);
    EXPECT_GT(more, 1);
}

TEST(DeadLetter, ThatNobodyEverAcceptsIsDroppedAfterTheStatedTries) {
    Build build = Build(60s).dead_letter_after(10ms).publish_poison(0s).publish(1s);
    build.when_dead_letter_down(core::UndeliverablePolicy::drop, 2);
    build.group().dead_letter->failures = 0.99;
    build.seed(3);

    const auto result = build.run();

    EXPECT_EQ(lost_by(result, LossCause::dropped_by_policy), 1);
    EXPECT_EQ(ledger_of(result).finished, 1);
}

TEST(DeadLetter, IsProducedAgainAfterACrashBetweenItsAnswerAndTheCommit) {
    const auto result = Build(60s)
                            .session_timeout(4s)
                            .commit_every(5s)
                            .dead_letter_after(0s)
                            .publish_poison(0s)  // dead-lettered at 7.4 s, to be committed at 10 s
                            .fault({.at = at(8s), .kind = FaultKind::pod_crash})
                            .run();

    EXPECT_EQ(ledger_of(result).dead_lettered, 1);
    EXPECT_EQ(ledger_of(result).dead_letter_duplicates, 1);
    EXPECT_EQ(ledger_of(result).dead_lettered_and_finished, 0);
    EXPECT_EQ(ledger_of(result).duplicates, 0);
}

TEST(DownstreamDown, FailsEveryAttemptThatEndsWhileItLasts) {
    const auto result = Build(40s)
                            .dead_letter_after(0s)
                            .publish(0s)
                            .publish(21s)
                            .fault(lasting(FaultKind::downstream_down, 0s, 20s))
                            .run();

    EXPECT_EQ(ledger_of(result).dead_lettered, 1);
    EXPECT_EQ(ledger_of(result).finished, 1);
}

TEST(DownstreamDown, IsRiddenOutByTheRetriesIfItIsShort) {
    const auto result = Build(20s)
                            .sample_every(100ms)
                            .dead_letter_after(0s)
                            .publish(0s)
                            .fault(lasting(FaultKind::downstream_down, 0s, 2s))
                            .run();

    EXPECT_EQ(reached(result.groups.finished, result, 1), at(3300ms));
    EXPECT_EQ(ledger_of(result).dead_lettered, 0);
}

TEST(BrokerDown, OfSomePartitionsHoldsBackThoseAndCommitsGoOn) {
    Fault fault = lasting(FaultKind::broker_down, 10s, 20s);
    fault.partitions = {1};

    const auto result = Build(60s, 2).service(1ms).steady(20).fault(fault).run();

    EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 25s, 0), 251);
    EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 25s, 1), 100);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 25s, 0), 250);
    EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 30s, 1), 300);  // all at once
    EXPECT_EQ(ledger_of(result).finished, 1200);
    EXPECT_EQ(times_of(result, EventKind::rebalance_completed).size(), 1U);
}

TEST(BrokerDown, OfAPartitionEndsWithTheLastOfOverlappingOnes) {
    Fault part = lasting(FaultKind::broker_down, 10s, 20s);
    part.partitions = {0};
    const Fault all = lasting(FaultKind::broker_down, 15s, 20s);

    const auto result = Build(60s, 1).service(1ms).steady(10).fault(part).fault(all).run();

    EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 34s), 101);
    EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 35s), 351);
    EXPECT_EQ(ledger_of(result).finished, 600);
}

TEST(CoordinatorMove, MakesCommitsFailMeanwhileAndLeavesPartitionsWhereTheyAre) {
    Build build = Build(30s, 2).pods(2).steady(10.0).commit_every_records(1).commit_latency(20ms);
    build.fault({.at = at(10150ms), .kind = FaultKind::coordinator_move, .duration = 2s});

    const auto result = build.run();

    EXPECT_EQ(result.totals[0].rebalances, 1);
    // Of 50 records a partition before 10 s, the one of 10 s is in hand or its commit on the way.
    EXPECT_LE(sampled(result.lanes.committed_offset, result, 12s, 0), 51);
    EXPECT_GE(sampled(result.lanes.position, result, 12s, 0), 59);  // work goes on
    EXPECT_GE(sampled(result.lanes.committed_offset, result, 13s, 0), 63);
    EXPECT_EQ(ledger_of(result).duplicates, 0);
}

TEST(CoordinatorMove, HearsNobodyWhoLeavesMeanwhile) {
    Build build = Build(90s, 2).pods(2).pods_from(25s, 1).session_timeout(10s);
    build.fault({.at = at(20s), .kind = FaultKind::coordinator_move, .duration = 20s});

    const auto result = build.run();

    EXPECT_TRUE(times_of(result, EventKind::member_left).empty());
    EXPECT_EQ(times_of(result, EventKind::member_expired), std::vector<double>{50.0});
}

TEST(CoordinatorMove, FailsACommitOnItsWay) {
    Build build = Build(30s).commit_every_records(1).commit_latency(1s).publish(0s, 1);
    build.fault({.at = at(400ms), .kind = FaultKind::coordinator_move, .duration = 100ms});

    const auto result = build.run();

    // Sent at 0.1 s, would have been there at 0.6 s; answered with an error at 1.1 s.
    EXPECT_LE(sampled(result.lanes.committed_offset, result, 1s), 0);
}

TEST(CoordinatorMove, StartsSessionsAnew) {
    const auto missed = [](bool moves) {
        Build build = Build(60s, 2).pods(2).session_timeout(10s);
        build.fault({.at = at(20s), .kind = FaultKind::pod_crash, .restart = RestartKind::none});
        if (moves) {
            build.fault({.at = at(25s), .kind = FaultKind::coordinator_move, .duration = 2s});
        }
        return times_of(build.run(), EventKind::member_expired).at(0);
    };

    EXPECT_LE(missed(false), 30.0);
    EXPECT_EQ(missed(true), 37.0);
}

}  // namespace
}  // namespace lagsim::sim
