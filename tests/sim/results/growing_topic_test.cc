// What is computed from lanes finds them where the engine puts them when a topic grows.
#include <gtest/gtest.h>

#include "sim/results/run_report.h"
#include "sim/results/summary.h"
#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

/// Two groups read a topic that grows from 4 partitions to 6; the second never commits, and tries
/// failed records again through a retry topic.
Build two_groups_of_a_growing_topic() {
    Build build(60s, 4);
    build.commit_every(1s).steady(40.0).add_group("h", {0});
    build.group(0).metadata_refresh = 1s;
    build.group(1).metadata_refresh = 1s;
    build.group(1).commit.when = core::CommitWhen::mark_only;
    build.fault({.at = at(10s), .kind = FaultKind::add_partitions, .to = 6});
    return build;
}

TEST(GrowingTopic, WhoHasCommittedIsLookedUpInItsOwnLanes) {
    const Build build = two_groups_of_a_growing_topic();
    CourseRecorder courses(build.scenario);

    courses.add(build.run());

    EXPECT_EQ(courses.courses()[0].uncommitted, 0);
    EXPECT_EQ(courses.courses()[1].uncommitted, 1);
}

TEST(GrowingTopic, RetryLagIsThatOfTheRetryTopicsLanes) {
    Build build = two_groups_of_a_growing_topic();
    build.add_topic("g-retry-1s", 4);
    build.scenario.topics[1].retries = true;
    build.group(0).retry.backoff = {1s};
    build.group(0).retry.topics = {1};
    build.group(0).retry.produce_time = constant(1ms);
    build.group(0).topics = {0, 1};
    build.dead_letter_after(1ms);

    const ReplicationResult result = build.run();
    const auto metrics = metric_names(build.scenario);
    const auto values = replication_metrics(build.scenario, result);

    // Nothing fails, so nothing is sent on; the lanes of the partitions that were added have lag.
    const auto retry_lag = std::ranges::find(metrics, "g.retryLag.max");
    ASSERT_NE(retry_lag, metrics.end());
    EXPECT_EQ(values[static_cast<std::size_t>(retry_lag - metrics.begin())], 0.0);
}

}  // namespace
}  // namespace lagsim::sim
