// StatefulSets, whose pods have lasting names, and members that keep their place by such a name.
#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

using Times = std::vector<double>;
using models::Assignor;
using models::GroupProtocol;

Build stateful(Duration duration, std::int32_t partitions = 4) {
    Build build(duration, partitions);
    build.group().workload = Workload::stateful_set;
    return build;
}

std::vector<std::int32_t> pods_of(const ReplicationResult& result, EventKind kind) {
    std::vector<std::int32_t> pods;
    for (const Event& event : events_of(result, kind)) {
        pods.push_back(event.pod);
    }
    return pods;
}

/// Two pods, each 20 s in starting, restarted one after the other from 100 s on.
Build rollout(Workload workload, bool static_membership, Duration session) {
    Build build = stateful(400s).pods(2).steady(10.0).session_timeout(session);
    build.group().workload = workload;
    build.group().pod_startup = constant(20s);
    build.group().protocol.static_membership = static_membership;
    build.fault({.at = at(100s), .kind = FaultKind::rolling_restart});
    return build;
}

TEST(StatefulSet, StartsItsPodsOneByOneAsThoseBeforeAreReady) {
    Build build = stateful(60s).pods(3);
    build.group().pod_startup = constant(10s);
    build.group().readiness_delay = constant(2s);

    const auto result = build.run();

    EXPECT_EQ(times_of(result, EventKind::pod_created), (Times{0, 12, 24}));
}

TEST(StatefulSet, StopsTheHighestOrdinalFirstAndTheNextOneWhenThatIsGone) {
    Build build = stateful(60s, 3).pods(3).service(1s).steady(3.0).pods_from(20500ms, 1);

    const auto result = build.run();

    EXPECT_EQ(pods_of(result, EventKind::pod_terminating), (std::vector<std::int32_t>{2, 1}));
    const Times gone = times_of(result, EventKind::pod_gone);
    const Times told = times_of(result, EventKind::pod_terminating);
    EXPECT_EQ(told.at(0), 20.5);
    EXPECT_GT(gone.at(0), 20.5);  // it finishes the record in hand
    EXPECT_EQ(told.at(1), gone.at(0));
}

TEST(StatefulSet, RollsFromTheHighestOrdinalDownWithoutASurge) {
    const auto result = rollout(Workload::stateful_set, false, 60s).run();

    EXPECT_EQ(pods_of(result, EventKind::pod_terminating), (std::vector<std::int32_t>{1, 0}));
    EXPECT_EQ(times_of(result, EventKind::pod_terminating).at(0), 100);
    EXPECT_GE(times_of(result, EventKind::pod_terminating).at(1), 120);
    EXPECT_EQ(*std::ranges::max_element(result.groups.replicas), 2);
}

TEST(StaticMembership, ARolloutIsNoRebalanceWhereARestartIsShorterThanTheSession) {
    const auto result = rollout(Workload::stateful_set, true, 60s).run();

    EXPECT_EQ(result.totals[0].rebalances, 2);  // the two first joins
    EXPECT_TRUE(events_of(result, EventKind::member_left).empty());
    EXPECT_EQ(ledger_of(result).waiting + ledger_of(result).finished, ledger_of(result).produced);
    EXPECT_LT(ledger_of(result).waiting, 20);
    EXPECT_EQ(ledger_of(result).duplicates, 0);
}

TEST(StaticMembership, ARolloutRebalancesForEveryPodWhereTheSessionIsShorter) {
    const auto result = rollout(Workload::stateful_set, true, 10s).run();

    EXPECT_EQ(times_of(result, EventKind::member_expired).size(), 2U);
    // One is missed, comes back (that rebalance waits until the other is missed), the other comes
    // back.
    EXPECT_EQ(result.totals[0].rebalances, 2 + 3);
}

TEST(StaticMembership, InADeploymentARolloutGivesEveryPodANewName) {
    const auto with = rollout(Workload::deployment, true, 60s).run();
    const auto without = rollout(Workload::deployment, false, 60s).run();

    EXPECT_GT(without.totals[0].rebalances, 2);
    EXPECT_GT(with.totals[0].rebalances, 2);
    // Worse than without: the old members, who said nothing, are missed only after the session.
    EXPECT_EQ(times_of(with, EventKind::member_expired).size(), 2U);
    EXPECT_TRUE(times_of(without, EventKind::member_expired).empty());
}

TEST(StaticMembership, AContainerThatRestartsInItsPodHasItsPlaceBack) {
    Build build = Build(100s, 4).pods(2).steady(10.0).session_timeout(45s);
    build.group().protocol.static_membership = true;
    build.fault({.at = at(20s), .kind = FaultKind::pod_crash});

    const auto result = build.run();

    EXPECT_EQ(result.totals[0].rebalances, 1);
    EXPECT_EQ(times_of(result, EventKind::pod_restarted), Times{30});
    EXPECT_TRUE(events_of(result, EventKind::member_expired).empty());
    EXPECT_LT(ledger_of(result).waiting, 10);
}

TEST(StaticMembership, ScaleInLeavesTheLeaversPartitionsAloneForASession) {
    Build build = stateful(120s).pods(2).steady(10.0).session_timeout(30s).pods_from(50s, 1);
    build.group().protocol.static_membership = true;

    const auto result = build.run();

    EXPECT_TRUE(events_of(result, EventKind::member_left).empty());
    const Times missed = times_of(result, EventKind::member_expired);
    ASSERT_EQ(missed.size(), 1U);
    EXPECT_GE(missed[0], 77.0);
    EXPECT_LE(missed[0], 80.5);
}

TEST(StaticMembership, OfTheConsumerProtocolComesBackAfterACloseButNotAfterACrash) {
    const auto rebalances = [](bool crash) {
        Build build = crash ? stateful(200s).pods(2).steady(10.0)
                            : rollout(Workload::stateful_set, true, 60s);
        build.session_timeout(60s).protocol(GroupProtocol::consumer, Assignor::uniform);
        build.group().protocol.static_membership = true;
        if (crash) {
            build.fault({.at = at(20s), .kind = FaultKind::pod_crash});
        }
        const auto result = build.run();
        return times_of(result, EventKind::member_expired).size();
    };

    EXPECT_EQ(rebalances(false), 0U);
    EXPECT_EQ(rebalances(true), 1U);  // refused until the dead one's session is over
}

}  // namespace
}  // namespace lagsim::sim
