/// No. 8 of the library: a limit cycle under constant input.
#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "core/scaling/replica_calculator.h"
#include "tests/library/library_helper.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;

const std::string scale_down =
    "ScaledObject.spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.";

/// A twentieth of the traffic, of the threshold and of a pod's speed, for two hours.
Outcome play_smaller(Sets sets = {}) {
    const Sets scale = {"spec.duration=2h", "spec.producers[0].rate=75/s",
                        "spec.consumers[0].serviceTime=125ms",
                        "spec.consumers[0].revoke.bufferedRecords=13",
                        "ScaledObject.spec.triggers[0].metadata.lagThreshold=\"50\""};
    sets.insert(sets.begin(), scale.begin(), scale.end());
    return play("flapping-constant-load", sets);
}
Outcome with_window(const char* seconds) {
    return play_smaller({scale_down + "stabilizationWindowSeconds=" + seconds});
}

std::size_t changes(const Outcome& run) {
    return run.scalings().size();
}

// The library says that scale-downs are a window apart. They are after a lag that falls at once; in
// general the window holds the highest recommendation of its time, and lets go of one at a time.
TEST(FlappingConstantLoad, AScaleDownGoesToTheHighestRecommendationOfTheWindow) {
    const Outcome run = play_smaller();
    const auto syncs = run.syncs();

    std::size_t downs = 0;
    std::optional<core::Instant> last_down;
    core::Duration shortest = 2h;
    for (std::size_t i = 0; i < syncs.size(); ++i) {
        if (syncs[i].replicas_after >= syncs[i].replicas_before ||
            syncs[i].time < core::Instant{6min}) {
            continue;
        }
        std::int32_t highest = 0;
        for (std::size_t j = 0; j <= i; ++j) {
            if (syncs[j].time > syncs[i].time - 300s) {
                highest = std::max(highest, syncs[j].proposed);
            }
        }
        EXPECT_EQ(syncs[i].replicas_after, std::max(highest, 6))
            << "at " << core::seconds(syncs[i].time) << " s";
        shortest = last_down ? std::min(shortest, syncs[i].time - *last_down) : shortest;
        last_down = syncs[i].time;
        ++downs;
    }
    EXPECT_GT(downs, 10U);
    EXPECT_LT(shortest, 300s) << "the statement of the library would hold after all";
}

// The library expects five times the rebalances of a window of 300 s without one. The changes of
// the replicas triple, but they are small; the rebalances come to little more.
TEST(FlappingConstantLoad, AShorterWindowMeansMoreChangesAndSixtySecondsMostRebalances) {
    const Outcome none = with_window("0");
    const Outcome minute = with_window("60");
    const Outcome standard = with_window("300");
    const Outcome quarter = with_window("900");

    EXPECT_GT(changes(none), 2 * changes(standard));
    EXPECT_GT(changes(minute), 2 * changes(standard));
    EXPECT_GT(changes(standard), 2 * changes(quarter));
    EXPECT_GT(none.metric("rebalances"), standard.metric("rebalances"));
    EXPECT_LT(none.metric("rebalances"), 3.0 * standard.metric("rebalances"));
    EXPECT_GT(minute.metric("rebalances"), 2.0 * standard.metric("rebalances"));
    EXPECT_LT(none.metric("replicas.mean"), 0.7 * standard.metric("replicas.mean"));
    EXPECT_GT(none.metric("lag.mean"), 2.0 * standard.metric("lag.mean"));
}

TEST(FlappingConstantLoad, WithoutScaleDownReplicasOnlyGrowAndTheLagGoesAway) {
    const Outcome run = play_smaller({scale_down + "selectPolicy=Disabled"});

    const auto& replicas = run.result.groups.desired_replicas;
    EXPECT_TRUE(std::ranges::is_sorted(replicas));
    EXPECT_LT(run.lag(2h), 50);
    EXPECT_LT(run.metric("lag.p99"), 50.0);
}

// The library puts the lower end at 0.9 r T. Rounding up holds fewer than ten pods down to
// (r - 1) T: a lag of 6.2 T asks for seven pods, of which it is 0.886.
TEST(FlappingConstantLoad, WhereNothingIsDoneTheLagIsWithinTheToleranceOfTheReplicas) {
    int held = 0;
    for (const char* window : {"0", "60", "300"}) {
        for (const sim::Decision& sync : with_window(window).syncs()) {
            if (sync.proposed != sync.replicas_before || sync.proposed != sync.stabilized ||
                sync.replicas_before <= sync.min_replicas || sync.replicas_before >= 24) {
                continue;
            }
            const double target = sync.replicas_before * 50.0;
            EXPECT_LE(sync.metric, 1.1 * target);
            EXPECT_TRUE(sync.metric >= 0.9 * target || sync.metric > target - 50.0)
                << sync.metric << " for " << sync.replicas_before;
            ++held;
        }
    }
    EXPECT_GT(held, 10);

    const std::array<std::int64_t, 1> milli{6'200'000};
    EXPECT_EQ(core::external_average_replicas(milli, 1'000'000, 7, core::Tolerances{}), 7);
}

TEST(FlappingConstantLoad, OnePodAMinuteNeverTakesTwoWithinAMinute) {
    const Outcome run =
        play_smaller({scale_down + "policies=[{type: Pods, value: 1, periodSeconds: 60}]"});

    std::optional<core::Instant> last;
    for (const sim::Decision& sync : run.syncs()) {
        if (sync.replicas_after < sync.replicas_before) {
            EXPECT_EQ(sync.replicas_after, sync.replicas_before - 1);
            EXPECT_GE(last ? sync.time - *last : 1h, 60s);
            last = sync.time;
        }
    }
    EXPECT_TRUE(last.has_value());
}

/// When a backlog of 100,000 and nothing after it is gone.
double drained_after(const std::string& behaviour) {
    const Outcome run =
        play("flapping-constant-load",
             {"spec.producers=[{topic: high-volume-events, publish: [{at: 0s, count: 100k}]}]",
              "spec.duration=45m", "spec.warmup=0s", "spec.consumers[0].serviceTime=125ms",
              "spec.consumers[0].revoke.bufferedRecords=13",
              "spec.consumers[0].overheads.syncCost=3s", behaviour});
    EXPECT_EQ(run.lag(45min), 0);
    return run.metric("latency.max");
}

TEST(FlappingConstantLoad, ADrainTakesLongerWhereThePodsLeaveMeanwhile) {
    const double disabled = drained_after(scale_down + "selectPolicy=Disabled");
    const double at_once = drained_after(scale_down + "stabilizationWindowSeconds=0");

    EXPECT_GT(at_once, 1.1 * disabled);
}

// The library says "on any load": a load that the six pods carry leaves fewer records in hand than
// would bring a seventh.
TEST(FlappingConstantLoad, AThresholdOfFourGoesToTheCapUnlessSixPodsCarryTheLoad) {
    const std::string four = "ScaledObject.spec.triggers[0].metadata.lagThreshold=\"4\"";
    const auto highest_late = [&](const char* rate) {
        const Outcome run =
            play("flapping-constant-load", {four, std::string("spec.producers[0].rate=") + rate});
        const std::set<std::int32_t> counts = run.replicas_since(15min);
        return *counts.rbegin();
    };

    EXPECT_GE(highest_late("1500/s"), 22);
    EXPECT_EQ(highest_late("500/s"), 6);
}

TEST(FlappingConstantLoad, ALongerPauseMakesEveryChangeDearer) {
    double last = 0.0;
    for (const char* pause : {"2ms", "3s", "10s"}) {
        const double paused =
            play_smaller({std::string("spec.consumers[0].overheads.syncCost=") + pause})
                .metric("rebalancePause");
        EXPECT_GT(paused, last) << pause;
        last = paused;
    }
}

}  // namespace
}  // namespace lagsim::library
