// Scenario 7: the dependency is down or slow.
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "tests/library/library_helper.h"
#include "tree_paths.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;
using core::Duration;

constexpr const char* name = "downstream-outage";
constexpr Duration begin = 10min;
constexpr Duration end = 20min;

TEST(DownstreamOutage, FillsTheDeadLetterQueueByOneRecordAPartitionEverySevenSeconds) {
    const Outcome outcome = play(name);

    // 7 s + 4 attempts of 6.25 ms + 5 ms to produce: 3.416/s, 85 or 86 a partition.
    const double rate = 24.0 / (7.0 + 4 * 0.00625 + 0.005);
    EXPECT_NEAR(rate, 3.42, 0.01);
    EXPECT_NEAR(static_cast<double>(outcome.totals().ledger.dead_lettered), rate * 600.0, 24.0);
    EXPECT_NEAR(outcome.lag_slope(begin + 10s, end - 10s), 870.0 - rate, 0.5);
}

TEST(DownstreamOutage, WithoutADeadLetterQueueCostsTheTimeToDrainTheBacklogAndNoRecord) {
    const Outcome outcome = play(name, {"spec.consumers[0].deadLetter=none", "spec.assertions=[]"});

    EXPECT_EQ(outcome.totals().ledger.dead_lettered, 0);
    EXPECT_EQ(outcome.totals().ledger.lost, 0);
    const auto backlog = static_cast<double>(outcome.lag(end));
    EXPECT_NEAR(backlog, 870.0 * 600.0, 50.0);
    Duration drained = end;
    while (outcome.lag(drained) > 100) {
        drained += 5s;
    }
    // 24 pods of 160/s; back-offs of up to 4 s and samples 5 s apart.
    const double seconds = backlog / (24 * 160.0 - 870.0);
    EXPECT_GE(core::seconds(drained - end), seconds);
    EXPECT_LE(core::seconds(drained - end), seconds * (3840.0 - 870.0 + 0.0) / 2970.0 + 10.0);
}

// The page's case at a tenth of its load; a record here costs the same whatever becomes of it.
TEST(DownstreamOutage, OfASlowDependencyLeavesNearlyAllThatIsSentToTwelveWorkers) {
    const Outcome outcome =
        play(name, {"spec.topics.high-volume-events.partitions=12", "spec.producers[0].rate=400/s",
                    "spec.consumers[0].replicas=12", "spec.consumers[0].cpu.share=0%",
                    "spec.consumers[0].serviceTime=20ms",
                    "spec.faults=[{at: 1m, kind: slow-down, factor: 90, for: 25m}]",
                    "spec.duration=28m", "spec.assertions=[]"});

    const auto grown = static_cast<double>(outcome.lag(1min + 1500s) - outcome.lag(1min));
    EXPECT_NEAR(grown / (1500.0 * (400.0 - 12.0 / 1.8)), 1.0, 0.01);
}

TEST(DownstreamOutage, OfSquareSlowDownIsMadeWorseByMorePodsThanTheBestCount) {
    // Poll loops, so that records in progress are pods; 20 ms alone, and more than they can do.
    const Sets square{"spec.consumers[0].downstream={capacity: 12}",
                      "spec.consumers[0].concurrency=pod",
                      "spec.consumers[0].cpu.share=0%",
                      "spec.consumers[0].serviceTime=20ms",
                      "spec.producers[0].rate=1000/s",
                      "spec.faults=[]",
                      "spec.duration=15m",
                      "spec.assertions=[]"};
    const auto at = [&](const char* pods) {
        Sets sets = square;
        sets.push_back(std::string("spec.consumers[0].replicas=") + pods);
        return play(name, sets).throughput(10min, 15min);
    };
    const auto predicted = [](double c) {
        const double excess = c > 12.0 ? (c - 12.0) / 12.0 : 0.0;
        return c / (0.020 * (1.0 + excess * excess));
    };
    const double twelve = at("12");
    const double best = at("17");
    const double cap = at("24");

    EXPECT_NEAR(twelve, predicted(12), 6.0);
    EXPECT_NEAR(best, predicted(17), 7.2);
    EXPECT_NEAR(cap, predicted(24), 6.0);
    EXPECT_GT(best, 1.15 * cap);

    // Driven by the lag alone, the group ends near the cap and does less than the best fixed count.
    Sets scaled = square;
    const std::string manifests = std::string(LAGSIM_SOURCE_DIR) + "/scenarios/k8s/";
    scaled.push_back("spec.manifests=[" + manifests + "scaledobject.yaml, " + manifests +
                     "deployment.yaml]");
    const Outcome autoscaled = play(name, scaled);
    EXPECT_GE(autoscaled.replicas(15min), 22);
    EXPECT_LT(autoscaled.throughput(10min, 15min), 0.95 * best);
}

}  // namespace
}  // namespace lagsim::library
