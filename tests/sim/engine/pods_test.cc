// Pods come and go: schedules, readiness, graceful and other ends, crashes, restarts.
#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

using Times = std::vector<double>;

TEST(Pods, FollowAScheduleOfReplicas) {
    const auto result = Build(15s, 4).pods_from(5s, 3).pods_from(10s, 2).run();

    EXPECT_EQ(times_of(result, EventKind::pod_created), (Times{0, 5, 5}));
    EXPECT_EQ(times_of(result, EventKind::pod_terminating), Times{10});
    EXPECT_EQ(times_of(result, EventKind::scale_up), Times{5});
    EXPECT_EQ(times_of(result, EventKind::scale_down), Times{10});
    EXPECT_EQ(result.totals[0].replicas_min, 1);
    EXPECT_EQ(result.totals[0].replicas_max, 3);
    EXPECT_EQ(result.totals[0].replica_integral, core::int128{5 + 15 + 10} * 1'000'000'000);
}

TEST(Pods, AreScheduledStartedAndReadyInTurn) {
    Build build = Build(15s).publish(0s);
    build.group().pod_scheduling = constant(1s);
    build.group().pod_startup = constant(2s);
    build.group().readiness_delay = constant(7s);

    const auto result = build.run();

    EXPECT_EQ(times_of(result, EventKind::pod_scheduled), Times{1});
    EXPECT_EQ(times_of(result, EventKind::pod_started), Times{3});
    EXPECT_EQ(times_of(result, EventKind::pod_ready), Times{10});
}

TEST(Pods, ConsumeBeforeTheyAreReady) {
    Build build = Build(15s).publish(0s);
    build.group().readiness_delay = constant(10s);

    const auto result = build.run();

    EXPECT_EQ(reached(result.groups.finished, result, 1), at(1s));
    EXPECT_EQ(result.groups.ready_replicas[9], 0);
    EXPECT_EQ(result.groups.ready_replicas[10], 1);
}

TEST(Shutdown, WithADrainFinishesTheRecordInHandCommitsAndLeaves) {
    const auto result = Build(30s).publish(0s, 100).pods_from(1550ms, 0).run();

    EXPECT_EQ(times_of(result, EventKind::pod_gone), Times{1.6});
    EXPECT_EQ(times_of(result, EventKind::member_left), Times{1.6});
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 2s), 16);
    EXPECT_EQ(ledger_of(result).finished, 16);
}

TEST(Shutdown, WithADrainCutsABackOff) {
    const auto result =
        Build(30s).poison(1.0).dead_letter_after(5ms).publish(0s).pods_from(2s, 0).run();

    EXPECT_EQ(times_of(result, EventKind::pod_gone), Times{2});
    EXPECT_EQ(ledger_of(result).waiting, 1);
}

TEST(Shutdown, WithoutADrainStopsAtOnceWithoutACommitAndSaysNothingToTheGroup) {
    Build build =
        Build(60s).session_timeout(10s).publish(0s, 100).pods_from(1550ms, 0).pods_from(30s, 1);
    build.group().shutdown.drain = false;

    const auto result = build.run();

    EXPECT_EQ(times_of(result, EventKind::pod_gone), Times{1.55});
    EXPECT_TRUE(events_of(result, EventKind::member_left).empty());
    EXPECT_EQ(times_of(result, EventKind::member_expired), Times{11});  // last commit + session
    EXPECT_EQ(ledger_of(result).duplicates, 5);
    EXPECT_EQ(duplicates_blamed_on(result, DuplicateCause::shutdown), 5);
    EXPECT_EQ(ledger_of(result).finished, 100);
}

TEST(Shutdown, IsAKillWhenTheGracePeriodIsOver) {
    Build build = Build(30s).service(20s).publish(0s).pods_from(2s, 0);
    build.group().shutdown.grace_period = 5s;

    const auto result = build.run();

    EXPECT_EQ(times_of(result, EventKind::pod_terminating), Times{2});
    EXPECT_EQ(times_of(result, EventKind::pod_gone), Times{7});
    EXPECT_TRUE(events_of(result, EventKind::member_left).empty());
    EXPECT_EQ(ledger_of(result).waiting, 1);
}

TEST(PodCrash, InTheSamePodComesBackAfterTheKubeletsBackOff) {
    const auto result = Build(120s)
                            .session_timeout(6s)
                            .fault({.at = at(5s), .kind = FaultKind::pod_crash})
                            .fault({.at = at(20s), .kind = FaultKind::pod_crash})
                            .run();

    EXPECT_EQ(times_of(result, EventKind::pod_crashed), (Times{5, 20}));
    EXPECT_EQ(times_of(result, EventKind::pod_restarted), (Times{15, 40}));
    EXPECT_EQ(times_of(result, EventKind::pod_created), Times{0});
}

TEST(PodCrash, WithReplaceGetsANewPodAtOnceAndWithNoneGetsNone) {
    const auto pods_after = [](RestartKind restart) {
        return times_of(Build(30s)
                            .fault({.at = at(5s), .kind = FaultKind::pod_crash, .restart = restart})
                            .run(),
                        EventKind::pod_started);
    };

    EXPECT_EQ(pods_after(RestartKind::replace), (Times{0, 5}));
    EXPECT_EQ(pods_after(RestartKind::none), Times{0});
}

TEST(PodCrash, IsCausedByItsFaultAndCausesTheLossOfItsPartitions) {
    const auto result = Build(30s, 2).fault({.at = at(5s), .kind = FaultKind::pod_crash}).run();

    const auto lost = events_of(result, EventKind::partition_lost);
    ASSERT_EQ(lost.size(), 2U);
    const Event& crash = result.events[static_cast<std::size_t>(lost[0].cause)];
    EXPECT_EQ(crash.kind, EventKind::pod_crashed);
    const Event& fault = result.events[static_cast<std::size_t>(crash.cause)];
    EXPECT_EQ(fault.kind, EventKind::fault_started);
}

TEST(PodCrash, LeavesItsPartitionsWithoutAnOwnerUntilTheSessionIsOverAndTheOthersNotice) {
    const auto result =
        Build(60s, 2)
            .pods(2)
            .session_timeout(10s)
            .commit_every(1h)
            .fault({.at = at(14s), .kind = FaultKind::pod_crash, .restart = RestartKind::none})
            .run();

    // Last heartbeat at 12 s, session over at 22 s, the survivor's next heartbeat at 24 s.
    EXPECT_EQ(times_of(result, EventKind::member_expired), Times{22});
    EXPECT_EQ(times_of(result, EventKind::partition_assigned), (Times{0, 0, 24, 24}));
}

TEST(PodCrash, TakesNoMorePodsThanRun) {
    const auto result =
        Build(30s, 2).pods(2).fault({.at = at(5s), .kind = FaultKind::pod_crash, .count = 5}).run();

    EXPECT_EQ(events_of(result, EventKind::pod_crashed).size(), 2U);
}

TEST(NodeLoss, SilencesItsPodsAtOnceAndReplacesThemLater) {
    const auto result =
        Build(100s, 3)
            .pods(3)
            .steady(9.0)
            .session_timeout(10s)
            .fault({.at = at(10s), .kind = FaultKind::node_loss, .count = 2, .replace_after = 60s})
            .run();

    EXPECT_EQ(times_of(result, EventKind::pod_crashed), (Times{10, 10}));
    EXPECT_EQ(times_of(result, EventKind::pod_created), (Times{0, 0, 0, 70, 70}));
    EXPECT_EQ(result.groups.ready_replicas[20], 1);
    EXPECT_EQ(result.groups.members[30], 1);
    EXPECT_EQ(ledger_of(result).lost, 0);
}

TEST(RollingRestart, ReplacesEveryPodWithinItsSurgeAndUnavailability) {
    Build build = Build(60s, 4).pods(4).steady(20.0).sample_every(100ms).fault(
        {.at = at(10s), .kind = FaultKind::rolling_restart});
    build.group().readiness_delay = constant(2s);

    const auto result = build.run();

    EXPECT_EQ(events_of(result, EventKind::pod_created).size(), 8U);
    std::vector<std::int32_t> gone;
    for (const Event& event : events_of(result, EventKind::pod_gone)) {
        gone.push_back(event.pod);
    }
    std::ranges::sort(gone);
    EXPECT_EQ(gone, (std::vector<std::int32_t>{0, 1, 2, 3}));
    EXPECT_EQ(std::ranges::max(result.groups.replicas), 5);  // a quarter more
    const auto from_ready = result.groups.ready_replicas.begin() + 20;
    EXPECT_EQ(*std::min_element(from_ready, result.groups.ready_replicas.end()), 3);
    EXPECT_EQ(result.groups.ready_replicas.back(), 4);
    EXPECT_EQ(ledger_of(result).lost, 0);
    EXPECT_EQ(ledger_of(result).duplicates, 0);
}

TEST(CrashStorm, KillsAPodEveryNowAndThenWhileItLastsAndNothingIsLost) {
    const auto result = Build(400s, 3)
                            .pods(3)
                            .poisson(9.0)
                            .session_timeout(6s)
                            .fault({.at = at(10s),
                                    .kind = FaultKind::crash_storm,
                                    .restart = RestartKind::replace,
                                    .duration = 60s,
                                    .every = 4s})
                            .run();

    const Times crashes = times_of(result, EventKind::pod_crashed);
    EXPECT_GE(crashes.size(), 5U);  // Poisson with mean 15
    EXPECT_LE(crashes.size(), 30U);
    EXPECT_GT(crashes.front(), 10.0);
    EXPECT_LT(crashes.back(), 70.0);
    EXPECT_EQ(ledger_of(result).lost, 0);
    EXPECT_GT(duplicates_blamed_on(result, DuplicateCause::crash), 0);
    EXPECT_LT(ledger_of(result).waiting, 30);
}

}  // namespace
}  // namespace lagsim::sim
