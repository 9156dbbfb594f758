// Nodes of limited room: pods that wait for one, the cluster autoscaler, images, and what becomes
// of pods whose node is drained, reclaimed or lost.
#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

using Times = std::vector<double>;

/// `count` nodes at the start, each with room for two pods; a new one takes 100 s.
Nodes nodes_of_two(std::int32_t count, std::int32_t max) {
    return {.count = count, .max = max, .pods_per_node = 2, .provision = constant(100s)};
}

Build on_nodes(Duration duration, Nodes nodes) {
    Build build(duration, 8);
    build.scenario.nodes = nodes;
    return build;
}

/// The nodes that pods went to, by pod.
std::map<std::int32_t, std::int64_t> places(const ReplicationResult& result) {
    std::map<std::int32_t, std::int64_t> nodes;
    for (const Event& event : events_of(result, EventKind::pod_scheduled)) {
        nodes[event.pod] = event.value;
    }
    return nodes;
}

std::vector<std::int32_t> pods_of(const ReplicationResult& result, EventKind kind) {
    std::vector<std::int32_t> pods;
    for (const Event& event : events_of(result, kind)) {
        pods.push_back(event.pod);
    }
    return pods;
}

TEST(Nodes, WithRoomForAllChangeNothing) {
    Build build = Build(60s, 8).pods(4).steady(20.0).pods_from(20s, 2);
    const auto without = build.run();
    build.scenario.nodes = nodes_of_two(2, 2);
    const auto with = build.run();

    EXPECT_EQ(with.lanes.committed_offset, without.lanes.committed_offset);
    EXPECT_EQ(with.groups.replicas, without.groups.replicas);
    EXPECT_EQ(times_of(with, EventKind::node_added), (Times{0, 0}));
}

TEST(Nodes, FillUpEvenly) {
    EXPECT_EQ(places(on_nodes(10s, nodes_of_two(2, 2)).pods(4).run()),
              (std::map<std::int32_t, std::int64_t>{{0, 0}, {1, 1}, {2, 0}, {3, 1}}));
}

TEST(Nodes, ThatAreFullLeaveAPodPendingUntilAPodIsGone) {
    const auto result = on_nodes(60s, nodes_of_two(1, 1)).pods(3).pods_from(30s, 2).run();

    EXPECT_EQ(times_of(result, EventKind::pod_unschedulable), Times{0});
    // Of three pods the one that is not assigned goes first.
    EXPECT_EQ(pods_of(result, EventKind::pod_gone), std::vector<std::int32_t>{2});
    EXPECT_EQ(times_of(result, EventKind::pod_scheduled), (Times{0, 0}));
}

TEST(Nodes, GiveTheRoomOfAPodThatIsGoneToTheOneThatWaits) {
    Build build = on_nodes(60s, nodes_of_two(1, 1)).pods(3);
    build.fault({.at = at(30s), .kind = FaultKind::pod_crash, .restart = RestartKind::replace});

    const auto result = build.run();

    EXPECT_EQ(times_of(result, EventKind::pod_scheduled), (Times{0, 0, 30}));
    EXPECT_EQ(places(result).rbegin()->first, 2);  // it has waited longest
}

TEST(ClusterAutoscaler, SeesAPendingPodAtItsNextScanAndAddsNodesUpToItsBound) {
    const auto result = on_nodes(400s, nodes_of_two(1, 3)).pods(2).pods_from(33s, 9).run();

    EXPECT_EQ(times_of(result, EventKind::node_requested), (Times{40, 40}));
    EXPECT_EQ(times_of(result, EventKind::node_added), (Times{0, 140, 140}));
    EXPECT_EQ(times_of(result, EventKind::pod_scheduled), (Times{0, 0, 140, 140, 140, 140}));
    EXPECT_EQ(times_of(result, EventKind::pod_unschedulable).size(), 7U);
}

TEST(ClusterAutoscaler, CountsTheNodesOnTheirWay) {
    const auto result =
        on_nodes(400s, nodes_of_two(1, 9)).pods(3).pods_from(35s, 4).pods_from(55s, 5).run();

    // The second pod that waits fits on the node that the first one is waiting for.
    EXPECT_EQ(times_of(result, EventKind::node_requested), (Times{10, 60}));
}

TEST(ClusterAutoscaler, DrawsHowLongEachNodeTakes) {
    Nodes nodes = nodes_of_two(1, 9);
    nodes.provision = {
        .kind = models::DistributionKind::uniform, .mean = 150s, .cv = 30.0 / std::sqrt(3) / 150.0};
    const auto result = on_nodes(400s, nodes).pods(18).run();

    const Times added = times_of(result, EventKind::node_added);
    ASSERT_EQ(added.size(), 9U);
    for (std::size_t i = 1; i < added.size(); ++i) {
        EXPECT_GE(added[i], 10.0 + 120.0);
        EXPECT_LE(added[i], 10.0 + 180.0);
    }
    EXPECT_EQ(std::set<double>(added.begin(), added.end()).size(), 9U);
}

TEST(ClusterAutoscaler, GivesBackWhatIsEmptyForLongButNotItsFirstNodes) {
    Nodes nodes = nodes_of_two(1, 3);
    nodes.scale_down_after = 10min;
    const auto result = on_nodes(3h, nodes).pods(6).pods_from(30min, 0).pods_from(60min, 1).run();

    EXPECT_EQ(times_of(result, EventKind::node_removed), (Times{2400, 2400}));
    EXPECT_EQ(events_of(result, EventKind::node_removed).at(0).value, 2);
    EXPECT_EQ(events_of(result, EventKind::node_removed).at(1).value, 1);
    EXPECT_EQ(times_of(result, EventKind::pod_started).back(), 3600.0);
}

TEST(Images, ArePulledOnceANodeAndPodsWaitForThem) {
    Nodes nodes = nodes_of_two(1, 2);
    nodes.image_pull = constant(30s);
    Build build = on_nodes(400s, nodes).pods(3).pods_from(200s, 4);
    build.group().pod_startup = constant(5s);

    const auto result = build.run();

    // The first node has the image. The second one joins at 110 s and pulls it for the third pod.
    EXPECT_EQ(times_of(result, EventKind::image_pulled), Times{140});
    EXPECT_EQ(times_of(result, EventKind::pod_started), (Times{5, 5, 145, 205}));
}

TEST(Images, OfSeveralGroupsArePulledOneAfterTheOther) {
    Nodes nodes = nodes_of_two(1, 2);
    nodes.image_pull = constant(30s);
    Build build = on_nodes(400s, nodes).pods(3).add_group("h", {0});
    build.group(1).replicas = {{Instant{}, 1}};

    const auto result = build.run();

    EXPECT_EQ(times_of(result, EventKind::image_pulled), (Times{140, 170}));
    EXPECT_EQ(times_of(result, EventKind::pod_started), (Times{0, 0, 140, 170}));
}

TEST(DeletionOrder, PrefersTheFullerNode) {
    // Four pods on two nodes and a fifth on a third: the lonely one is never the first to go.
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const auto result =
            on_nodes(2h, nodes_of_two(2, 3)).seed(seed).pods(5).pods_from(1h, 4).run();
        const auto where = places(result);
        const auto gone = pods_of(result, EventKind::pod_gone);
        ASSERT_EQ(gone.size(), 1U);
        EXPECT_NE(where.at(gone[0]), 2) << "seed " << seed;
    }
}

TEST(NodeLoss, TakesANodeWithAllItsPods) {
    const auto result =
        on_nodes(600s, nodes_of_two(2, 3))
            .pods(4)
            .steady(20.0)
            .session_timeout(10s)
            .fault({.at = at(50s), .kind = FaultKind::node_loss, .replace_after = 340s})
            .run();

    EXPECT_EQ(times_of(result, EventKind::pod_crashed), (Times{50, 50}));
    const auto where = places(result);
    const auto dead = pods_of(result, EventKind::pod_crashed);
    EXPECT_EQ(where.at(dead[0]), where.at(dead[1]));
    EXPECT_EQ(times_of(result, EventKind::node_removed), Times{50});
    // Missed after the grace period of 40 s, and until then taken for Ready.
    EXPECT_EQ(result.groups.ready_replicas.at(89), 4);
    EXPECT_EQ(result.groups.ready_replicas.at(90), 2);
    // Replaced when Kubernetes gives the node up, and then there is no room: a node is asked for.
    EXPECT_EQ(times_of(result, EventKind::pod_created), (Times{0, 0, 0, 0, 390, 390}));
    EXPECT_EQ(times_of(result, EventKind::node_added), (Times{0, 0, 490}));
    EXPECT_EQ(ledger_of(result).lost, 0);
    EXPECT_EQ(result.groups.members.back(), 4);
}

TEST(NodeLoss, TakesPodsThatHaveNotStartedAndThoseThatWereToGo) {
    Build build = on_nodes(600s, nodes_of_two(1, 1)).pods(2).pods_from(20s, 1).service(1h);
    build.publish(0s, 8, -1);
    build.group().shutdown.grace_period = 5min;
    build.fault({.at = at(30s), .kind = FaultKind::node_loss, .replace_after = 60s});

    const auto result = build.run();

    EXPECT_EQ(times_of(result, EventKind::pod_crashed), (Times{30, 30}));
    EXPECT_EQ(times_of(result, EventKind::pod_gone), (Times{30, 90}));
    EXPECT_TRUE(events_of(result, EventKind::member_left).empty());

    Build early = on_nodes(600s, nodes_of_two(1, 1)).pods(2);
    early.group().pod_startup = constant(60s);
    early.fault({.at = at(30s), .kind = FaultKind::node_loss, .replace_after = 60s});
    // Replaced at 90 s; the autoscaler sees two pods without a node at once.
    EXPECT_EQ(times_of(early.run(), EventKind::pod_started), (Times{250, 250}));
}

TEST(SpotReclaim, EvictsThePodsAtTheNoticeAndTakesTheNodeAtItsEnd) {
    const auto result = on_nodes(600s, nodes_of_two(2, 3))
                            .pods(2)
                            .steady(20.0)
                            .fault({.at = at(50s), .kind = FaultKind::spot_reclaim, .notice = 120s})
                            .run();

    EXPECT_EQ(times_of(result, EventKind::node_cordoned), Times{50});
    EXPECT_EQ(times_of(result, EventKind::pod_terminating), Times{50});
    EXPECT_EQ(times_of(result, EventKind::pod_created), (Times{0, 0, 50}));
    EXPECT_EQ(times_of(result, EventKind::node_removed), Times{170});
    EXPECT_TRUE(events_of(result, EventKind::pod_crashed).empty());
    EXPECT_EQ(ledger_of(result).duplicates, 0);
    EXPECT_EQ(ledger_of(result).lost, 0);
}

TEST(SpotReclaim, KillsWhatHasNotEndedByThen) {
    Build build = on_nodes(600s, nodes_of_two(1, 1)).pods(1).service(1h).publish(0s);
    build.group().shutdown.grace_period = 10min;
    build.fault(
        {.at = at(50s), .kind = FaultKind::spot_reclaim, .replace_after = 60s, .notice = 120s});

    const auto result = build.run();

    EXPECT_EQ(times_of(result, EventKind::pod_gone), Times{170});
    EXPECT_EQ(static_cast<double>(result.totals[0].wasted_work) / 1e9, 170.0);
}

TEST(SpotReclaim, ThatNobodyListensToIsALossOfTheNode) {
    const auto result = on_nodes(600s, nodes_of_two(1, 2))
                            .pods(2)
                            .fault({.at = at(50s),
                                    .kind = FaultKind::spot_reclaim,
                                    .replace_after = 60s,
                                    .notice = 120s,
                                    .drain = false})
                            .run();

    EXPECT_EQ(times_of(result, EventKind::pod_crashed), (Times{170, 170}));
    EXPECT_EQ(times_of(result, EventKind::pod_created), (Times{0, 0, 230, 230}));
}

TEST(NodeDrain, EvictsAllAtOnceWithoutABudgetAndTheNodeGoesWithItsLastPod) {
    Build build = on_nodes(600s, nodes_of_two(1, 2)).pods(2).service(20s).publish(45s, 8, -1);
    build.fault({.at = at(52s), .kind = FaultKind::node_drain});

    const auto result = build.run();

    EXPECT_EQ(times_of(result, EventKind::pod_terminating), (Times{52, 52}));
    EXPECT_EQ(times_of(result, EventKind::pod_gone), (Times{65, 65}));
    EXPECT_EQ(times_of(result, EventKind::node_removed), Times{65});
    // The replacements find no room on the node that is drained.
    EXPECT_EQ(times_of(result, EventKind::node_requested), Times{60});
    EXPECT_EQ(times_of(result, EventKind::pod_started).back(), 160.0);
}

TEST(NodeDrain, WithABudgetEvictsOneAfterTheOtherAsReplacementsGetReady) {
    Nodes nodes = nodes_of_two(2, 2);
    nodes.pods_per_node = 4;
    Build build = on_nodes(600s, nodes).pods(4);
    build.group().readiness_delay = constant(17s);
    build.group().disruption_budget = DisruptionBudget{.max_unavailable = 1, .min_available = {}};
    build.fault({.at = at(50s), .kind = FaultKind::node_drain});

    const auto result = build.run();

    // Each node holds two pods. The second eviction is tried every 5 s; the first replacement is
    // ready at 67 s.
    EXPECT_EQ(times_of(result, EventKind::pod_terminating), (Times{50, 70}));
    EXPECT_EQ(times_of(result, EventKind::pod_created), (Times{0, 0, 0, 0, 50, 70}));
    for (std::size_t sample = 20; sample < result.sample_times.size(); ++sample) {
        EXPECT_GE(result.groups.ready_replicas[sample], 3);
    }
    EXPECT_EQ(times_of(result, EventKind::node_removed), Times{70});
}

TEST(NodeDrain, WaitsForEverForABudgetThatAllowsNothing) {
    Build build = on_nodes(600s, nodes_of_two(2, 2)).pods(2);
    build.group().disruption_budget = DisruptionBudget{.max_unavailable = {}, .min_available = 2};
    build.fault({.at = at(50s), .kind = FaultKind::node_drain});

    const auto result = build.run();

    EXPECT_EQ(times_of(result, EventKind::node_cordoned), Times{50});
    EXPECT_TRUE(events_of(result, EventKind::pod_terminating).empty());
    EXPECT_TRUE(events_of(result, EventKind::node_removed).empty());
}

TEST(NodeDrain, NeedsNoBudgetForAPodThatHasNotStarted) {
    Build build = on_nodes(600s, nodes_of_two(2, 2)).pods(2);
    build.group().pod_startup = constant(100s);
    build.group().disruption_budget = DisruptionBudget{.max_unavailable = {}, .min_available = 2};
    build.fault({.at = at(50s), .kind = FaultKind::node_drain});

    EXPECT_EQ(times_of(build.run(), EventKind::pod_terminating), Times{50});
}

}  // namespace
}  // namespace lagsim::sim
