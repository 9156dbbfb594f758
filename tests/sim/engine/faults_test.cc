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
