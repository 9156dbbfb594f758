// What a scenario may say about pods, how they end and the nodes they run on.
#include <gtest/gtest.h>

#include "tests/sim/scenario/reading.h"

namespace lagsim::sim {
namespace {

using std::chrono::seconds;

using Complaints = std::vector<std::string>;

TEST(ShutdownKeys, HaveTheDefaultsOfAPodWithoutAHook) {
    const Shutdown shutdown = read_well(scenario_with("")).scenario.consumers[0].shutdown;

    EXPECT_EQ(shutdown.pre_stop, core::Duration{0});
    EXPECT_TRUE(shutdown.pre_stop_polls);
    EXPECT_TRUE(shutdown.handles_sigterm);
}

TEST(ShutdownKeys, AreRead) {
    const Shutdown shutdown =
        read_well(scenario_with("      shutdown: {preStop: 20s, preStopPolls: false, "
                                "handlesSigterm: false}\n"))
            .scenario.consumers[0]
            .shutdown;

    EXPECT_EQ(shutdown.pre_stop, core::Duration{seconds(20)});
    EXPECT_FALSE(shutdown.pre_stop_polls);
    EXPECT_FALSE(shutdown.handles_sigterm);
}

TEST(ShutdownKeys, ThatContradictEachOtherAreRefused) {
    EXPECT_EQ(short_forms(complaints(scenario_with("      shutdown: {preStopPolls: false}\n"))),
              Complaints{"12:32 conflict"});
    EXPECT_EQ(short_forms(complaints(
                  scenario_with("      shutdown: {handlesSigterm: false, drain: false}\n"))),
              Complaints{"12:48 conflict"});
}

TEST(OomKillFault, HasACountAndNoKindOfRestart) {
    const Fault fault = read_well(scenario_with("  faults: [{at: 1m, kind: oom-kill, count: 2}]\n"))
                            .scenario.faults[0];

    EXPECT_EQ(fault.kind, FaultKind::oom_kill);
    EXPECT_EQ(fault.count, 2);
    EXPECT_EQ(short_forms(complaints(
                  scenario_with("  faults: [{at: 1m, kind: oom-kill, restart: none}]\n"))),
              Complaints{"12:37 unknown-key"});
}

TEST(NodesKey, IsAbsentByDefaultAndHasDefaultsInside) {
    EXPECT_FALSE(read_well(scenario_with("")).scenario.nodes);

    const ScenarioFile file = read_well(scenario_with("  nodes: {count: 2, podsPerNode: 6}\n"));

    ASSERT_TRUE(file.scenario.nodes);
    EXPECT_EQ(file.scenario.nodes->count, 2);
    EXPECT_EQ(file.scenario.nodes->max, 2);
    EXPECT_EQ(file.scenario.nodes->pods_per_node, 6);
    EXPECT_EQ(file.scenario.nodes->provision.mean, core::Duration{seconds(150)});
    EXPECT_EQ(file.scenario.nodes->image_pull.mean, core::Duration{0});
    EXPECT_EQ(file.scenario.nodes->scan_interval, core::Duration{seconds(10)});
    EXPECT_EQ(file.scenario.nodes->scale_down_after, core::Duration{seconds(600)});
    EXPECT_NE(file.scenario.provenance.resolved.find("max: 2"), std::string::npos);
}

TEST(NodesKey, TakesDistributions) {
    const Nodes nodes =
        *read_well(scenario_with("  nodes:\n    count: 1\n    max: 4\n    podsPerNode: 6\n    "
                                 "provision: {distribution: uniform, mean: 210s, cv: 0.08}\n    "
                                 "imagePull: 20s\n    scanInterval: 5s\n    scaleDownAfter: 1h\n"))
             .scenario.nodes;

    EXPECT_EQ(nodes.max, 4);
    EXPECT_EQ(nodes.provision.kind, models::DistributionKind::uniform);
    EXPECT_EQ(nodes.image_pull.mean, core::Duration{seconds(20)});
    EXPECT_EQ(nodes.scan_interval, core::Duration{seconds(5)});
    EXPECT_EQ(nodes.scale_down_after, core::Duration{seconds(3600)});
}

TEST(NodesKey, IsCheckedAgainstItself) {
    EXPECT_EQ(
        short_forms(complaints(scenario_with("  nodes: {count: 3, max: 2, podsPerNode: 6}\n"))),
        Complaints{"12:26 conflict"});
    EXPECT_EQ(short_forms(complaints(scenario_with("  nodes: {count: 3}\n"))),
              Complaints{"12:10 missing-key"});
}

TEST(DisruptionBudgetKey, HasOneOfItsTwoForms) {
    const auto budget = [](std::string_view text) {
        return *read_well(scenario_with(text)).scenario.consumers[0].disruption_budget;
    };
    EXPECT_EQ(budget("      disruptionBudget: {maxUnavailable: 1}\n").max_unavailable, 1);
    EXPECT_EQ(budget("      disruptionBudget: {minAvailable: 0}\n").min_available, 0);
    EXPECT_FALSE(read_well(scenario_with("")).scenario.consumers[0].disruption_budget);
    EXPECT_EQ(short_forms(complaints(scenario_with("      disruptionBudget: {}\n"))),
              Complaints{"12:25 bad-value"});
    EXPECT_EQ(short_forms(complaints(
                  scenario_with("      disruptionBudget: {minAvailable: 1, maxUnavailable: 1}\n"))),
              Complaints{"12:25 bad-value"});
}

constexpr std::string_view with_nodes = "  nodes: {count: 2, podsPerNode: 6}\n";

Fault fault_of(const std::string& tail) {
    return read_well(scenario_with(tail)).scenario.faults.at(0);
}

TEST(NodeFaults, HaveTheDelaysOfKubernetesAsDefaults) {
    const std::string nodes(with_nodes);
    const std::string loss = "  faults: [{at: 1m, kind: node-loss}]\n";
    EXPECT_EQ(fault_of(loss).replace_after, core::Duration{0});
    EXPECT_EQ(fault_of(nodes + loss).replace_after, core::Duration{seconds(340)});

    const Fault reclaim = fault_of(nodes + "  faults: [{at: 1m, kind: spot-reclaim}]\n");
    EXPECT_EQ(reclaim.kind, FaultKind::spot_reclaim);
    EXPECT_EQ(reclaim.notice, core::Duration{seconds(120)});
    EXPECT_EQ(reclaim.replace_after, core::Duration{seconds(60)});
    EXPECT_TRUE(reclaim.drain);

    const Fault deaf =
        fault_of(nodes + "  faults: [{at: 1m, kind: spot-reclaim, notice: 30s, drain: false}]\n");
    EXPECT_EQ(deaf.notice, core::Duration{seconds(30)});
    EXPECT_FALSE(deaf.drain);

    const Fault drained = fault_of(nodes + "  faults: [{at: 1m, kind: node-drain, count: 2}]\n");
    EXPECT_EQ(drained.kind, FaultKind::node_drain);
    EXPECT_EQ(drained.count, 2);
    EXPECT_TRUE(drained.drain);
}

TEST(NodeFaults, ThatNeedNodesAreRefusedWithoutThem) {
    for (const std::string_view kind : {"node-drain", "spot-reclaim"}) {
        EXPECT_EQ(short_forms(complaints(
                      scenario_with(fmt::format("  faults: [{{at: 1m, kind: {}}}]\n", kind)))),
                  Complaints{"12:27 missing-key"});
    }
    EXPECT_EQ(
        short_forms(complaints(scenario_with(
            std::string(with_nodes) + "  faults: [{at: 1m, kind: node-drain, notice: 1m}]\n"))),
        Complaints{"13:39 unknown-key"});
}

}  // namespace
}  // namespace lagsim::sim
