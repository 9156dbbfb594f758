// How a pod ends as the kubelet has it: preStop and the grace period, signals nobody handles, OOM
// kills; and what the work that died was worth.
#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

using Times = std::vector<double>;

double wasted(const ReplicationResult& result) {
    return static_cast<double>(result.totals[0].wasted_work) / 1e9;
}

/// One pod with records of 100 ms, deleted at 2.05 s.
Build deleted_with(Shutdown shutdown) {
    Build build = Build(60s).session_timeout(10s).publish(0s, 1000).pods_from(2050ms, 0);
    build.group().shutdown = shutdown;
    return build;
}

TEST(PreStop, LetsTheProcessGoOnUntilSigterm) {
    const auto result = deleted_with({.grace_period = 30s, .pre_stop = 5s}).run();

    EXPECT_EQ(times_of(result, EventKind::pod_terminating), Times{2.05});
    EXPECT_EQ(times_of(result, EventKind::member_left), Times{7.1});
    EXPECT_EQ(times_of(result, EventKind::pod_gone), Times{7.1});
    EXPECT_EQ(ledger_of(result).finished, 71);
    EXPECT_EQ(ledger_of(result).duplicates, 0);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 8s), 71);
}

TEST(PreStop, WithoutPollingTakesNothingNewAndStaysAMember) {
    const auto result =
        deleted_with({.grace_period = 30s, .pre_stop = 5s, .pre_stop_polls = false}).run();

    EXPECT_EQ(ledger_of(result).finished, 21);  // the one in hand is the last
    EXPECT_EQ(result.groups.members.at(6), 1);
    EXPECT_EQ(times_of(result, EventKind::member_left), Times{7.05});
    EXPECT_EQ(times_of(result, EventKind::pod_gone), Times{7.05});
}

TEST(PreStop, WithoutPollingTakesNothingOfWhatARebalanceBringsEither) {
    Build build = Build(120s, 2).pods(2).steady(8.0).session_timeout(6s).pods_from(10s, 1);
    build.group().shutdown = {.grace_period = 30s, .pre_stop = 20s, .pre_stop_polls = false};
    build.fault({.at = at(12s), .kind = FaultKind::pod_crash, .restart = RestartKind::replace});

    const auto result = build.run();

    const std::int32_t ending = events_of(result, EventKind::pod_terminating).at(0).pod;
    std::vector<std::int32_t> brought;
    for (const Event& event : events_of(result, EventKind::partition_assigned)) {
        if (event.pod == ending && event.time > at(12s)) {
            brought.push_back(event.lane);
        }
    }
    ASSERT_EQ(brought.size(), 1U);
    const auto lane = static_cast<std::size_t>(brought[0]);
    EXPECT_EQ(sampled(result.lanes.position, result, 29s, lane),
              sampled(result.lanes.position, result, 20s, lane));
    EXPECT_GT(sampled(result.lanes.backlog, result, 29s, lane), 40);
    EXPECT_EQ(times_of(result, EventKind::member_left), Times{30});
    EXPECT_EQ(ledger_of(result).lost, 0);
    EXPECT_LE(ledger_of(result).waiting, 2);
}

TEST(PreStop, LongerThanTheGracePeriodLeavesTwoSecondsOnce) {
    Build build = deleted_with({.grace_period = 5s, .pre_stop = 20s});
    build.service(30s);

    const auto result = build.run();

    // SIGTERM at 2.05 s + 5 s, SIGKILL 2 s later.
    EXPECT_EQ(times_of(result, EventKind::pod_gone), Times{9.05});
    EXPECT_TRUE(events_of(result, EventKind::member_left).empty());
    EXPECT_DOUBLE_EQ(wasted(result), 9.05);
}

TEST(PreStop, ThatLeavesTimeIsNoReasonToWaitLonger) {
    Build build = deleted_with({.grace_period = 10s, .pre_stop = 4s});
    build.service(30s);

    EXPECT_EQ(times_of(build.run(), EventKind::pod_gone), Times{12.05});
}

TEST(GracePeriod, IsTwoSecondsAtLeast) {
    Build build = deleted_with({.grace_period = 100ms});
    build.service(30s);

    EXPECT_EQ(times_of(build.run(), EventKind::pod_gone), Times{4.05});
}

TEST(Sigterm, ThatNobodyHandlesChangesNothingUntilSigkill) {
    const auto result =
        deleted_with({.grace_period = 20s, .pre_stop = 5s, .handles_sigterm = false}).run();

    EXPECT_EQ(ledger_of(result).finished, 220);
    EXPECT_EQ(times_of(result, EventKind::pod_gone), Times{22.05});
    EXPECT_TRUE(events_of(result, EventKind::member_left).empty());
    // Commits every second: the last one was contact with the group.
    EXPECT_EQ(times_of(result, EventKind::member_expired), Times{32});
    EXPECT_NEAR(wasted(result), 0.05, 1e-9);
}

TEST(OomKill, RestartsTheContainerWhileTheGroupStillCountsTheOldMember) {
    const auto result = Build(60s, 4)
                            .pods(2)
                            .session_timeout(20s)
                            .commit_every(1h)
                            .fault({.at = at(7s), .kind = FaultKind::oom_kill})
                            .run();

    EXPECT_EQ(times_of(result, EventKind::pod_crashed), Times{7});
    EXPECT_EQ(times_of(result, EventKind::pod_restarted), Times{17});
    EXPECT_EQ(events_of(result, EventKind::pod_created).size(), 2U);
    EXPECT_EQ(result.groups.members.at(16), 2);
    EXPECT_EQ(result.groups.members.at(20), 3);  // the ghost among them
    EXPECT_EQ(times_of(result, EventKind::member_expired), Times{26});
    EXPECT_EQ(result.groups.members.at(30), 2);
}

TEST(WastedWork, IsTheServiceTimeOfWhatWasInHandWhenItsProcessDied) {
    const auto result = Build(60s, 3)
                            .service(10s)
                            .publish(0s, 1, 0)
                            .publish(1s, 1, 1)
                            .publish(3s, 1, 2)
                            .fault({.at = at(4s), .kind = FaultKind::pod_crash})
                            .run();

    EXPECT_DOUBLE_EQ(wasted(result), 4.0 + 3.0 + 1.0);
}

TEST(WastedWork, CountsServiceAndNotTheTimeThatACoreWasShared) {
    Build build = Build(60s, 2).service(10s).publish(0s, 1, 0).publish(0s, 1, 1).fault(
        {.at = at(4s), .kind = FaultKind::pod_crash});
    build.group().cpu = {.share = 1.0, .limit = 1.0, .request = {}};

    EXPECT_DOUBLE_EQ(wasted(build.run()), 4.0);  // two records at half speed
}

TEST(WastedWork, IsNothingForAttemptsThatFailedOrWaited) {
    const auto result = Build(60s)
                            .service(1s)
                            .poison(1.0)
                            .dead_letter_after(5ms)
                            .publish(0s)
                            .fault({.at = at(1500ms), .kind = FaultKind::pod_crash})
                            .run();

    EXPECT_EQ(wasted(result), 0.0);  // its first back-off runs from 1 s to 2 s
}

}  // namespace
}  // namespace lagsim::sim
