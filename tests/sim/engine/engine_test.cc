// What every engine promises: the same result for the same scenario, and to stop when asked.
#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

Build busy_scenario() {
    return Build(120s, 6)
        .pods(2)
        .poisson(30.0)
        .service(exponential(50ms))
        .transient(0.05)
        .session_timeout(6s)
        .pods_from(30s, 4)
        .fault({.at = at(60s), .kind = FaultKind::pod_crash});
}

TEST(Engine, GivesTheSameFingerprintTwice) {
    EXPECT_EQ(busy_scenario().run().fingerprint, busy_scenario().run().fingerprint);
}

TEST(Engine, GivesAnotherFingerprintForAnotherSeedAndAnotherReplication) {
    const auto first = busy_scenario().seed(1).run(0).fingerprint;

    EXPECT_NE(first, busy_scenario().seed(2).run(0).fingerprint);
    EXPECT_NE(first, busy_scenario().seed(1).run(1).fingerprint);
}

TEST(Engine, StopsWhenAsked) {
    const Build build = busy_scenario();
    RunControl control;
    control.stop = true;

    const auto result = run_replication(build.scenario, 0, EngineKind::reference, control);

    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error(), RunError::stopped);
}

TEST(Engine, SamplesAtZeroAndAtTheEnd) {
    const auto result = Build(10s).sample_every(5s).run();

    EXPECT_EQ(result.sample_times, (std::vector<Instant>{at(0s), at(5s), at(10s)}));
}

TEST(Engine, NumbersLanesOverGroupsThenTopicsThenPartitions) {
    Build build(5s, 2);
    build.add_topic("u", 3).add_group("h", {0, 1}).publish(0s, 7, 2, 1);

    const auto result = build.run();

    EXPECT_EQ(result.lanes.lag.size(), result.sample_times.size() * (2 + 5));
    EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 5s, 2 + 2 + 2), 7);
    EXPECT_EQ(ledger_of(result, 0).produced, 0);
    EXPECT_EQ(ledger_of(result, 1).finished, 7);
}

}  // namespace
}  // namespace lagsim::sim
