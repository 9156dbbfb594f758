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

}  // namespace
}  // namespace lagsim::sim
