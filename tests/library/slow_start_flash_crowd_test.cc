/// No. 9 of the library: a flash crowd against dead time. Most tests run it at a tenth of
/// everything: a tenth of the rate, of a pod's speed and of the lag threshold give the same
/// replicas for a tenth of the
// work.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "tests/library/library_helper.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;
using sim::Event;
using sim::EventKind;

const Sets a_tenth{"spec.producers[0].rate.scale=8",
                   "spec.consumers[0].serviceTime=62500us",
                   "spec.consumers[0].revoke.bufferedRecords=26",
                   "ScaledObject.spec.triggers[0].metadata.lagThreshold=100",
                   "ScaledObject.spec.triggers[0].metadata.activationLagThreshold=10",
                   "spec.duration=90m",
                   "spec.assertions=[]"};

Outcome crowd(const Sets& more = {}, std::uint32_t replication = 0) {
    Sets sets = a_tenth;
    sets.insert(sets.end(), more.begin(), more.end());
    return play("slow-start-flash-crowd", sets, replication);
}

std::string startup(int seconds) {
    return "spec.consumers[0].podStartup=" + std::to_string(seconds) + "s";
}

/// A step at 20 min from 40/s to 185/s, for which 6 pods of 16/s are too few and 12 enough. The
/// first HPA sync after it is 14 s later.
constexpr double step_at = 1200.0;
constexpr double first_sync = 14.0;
constexpr double deficit = 185.0 - 6 * 16.0;
Sets step(int startup_seconds) {
    return {"spec.producers[0].rate=[{for: 20m, hold: 40/s}, {for: rest, hold: 185/s}]",
            "spec.autoscaler={hpaPhase: 14s, syncLatency: 0s, kedaPhase: 0s}", "spec.duration=60m",
            "spec.sampleInterval=5s", startup(startup_seconds)};
}

/// Scale-ups after the step.
std::vector<Event> ups_after_step(const Outcome& outcome) {
    std::vector<Event> ups = outcome.events(EventKind::scale_up);
    std::erase_if(ups, [](const Event& up) { return core::seconds(up.time) < step_at; });
    return ups;
}

TEST(SlowStartFlashCrowd, HoldsItsAssertionsAtATenth) {
    Sets sets = a_tenth;
    sets.pop_back();
    sets.emplace_back("spec.assertions=[lost == 0, lag.max > 1k, lag.max < 30k]");
    EXPECT_TRUE(breached_assertions(play("slow-start-flash-crowd", sets)).empty());
}

TEST(SlowStartFlashCrowd, ASteepStepDoublesTheReplicasAtConsecutiveSyncs) {
    const Outcome outcome = crowd(step(60));

    EXPECT_EQ(outcome.replicas(20min - 5s), 6);
    const auto ups = ups_after_step(outcome);
    ASSERT_GE(ups.size(), 2U);
    EXPECT_EQ(ups[0].value, 12);
    EXPECT_DOUBLE_EQ(core::seconds(ups[0].time), step_at + first_sync);
    EXPECT_EQ(ups[1].value, 24);
    EXPECT_DOUBLE_EQ(core::seconds(ups[1].time), step_at + first_sync + 15.0);
}

TEST(SlowStartFlashCrowd, TheCrowdOfTheTraceComesInSmallerSteps) {
    const Outcome outcome = crowd();
    std::vector<std::int64_t> replicas{6};
    for (const Event& event : outcome.scalings()) {
        replicas.push_back(event.value);
    }

    EXPECT_FALSE(
        std::ranges::equal(std::vector<std::int64_t>{6, 12, 24},
                           std::vector<std::int64_t>(replicas.begin(), replicas.begin() + 3)));
    EXPECT_GE(*std::ranges::max_element(replicas), 22);
}

TEST(SlowStartFlashCrowd, TheBacklogIsAtLeastTheDeficitTimesTheDeadTime) {
    for (const int start : {5, 30, 60, 120}) {
        const Outcome outcome = crowd(step(start));
        const auto started = outcome.events(EventKind::pod_started);
        const auto later = std::ranges::find_if(
            started, [](const Event& event) { return core::seconds(event.time) > step_at; });
        ASSERT_NE(later, started.end());
        const double useful = core::seconds(later->time);
        EXPECT_NEAR(useful, step_at + first_sync + start, 0.1);

        const double backlog = deficit * (useful - step_at);  // before even the join
        const auto lag =
            static_cast<double>(outcome.lag(std::chrono::seconds{static_cast<int>(useful) + 1}));
        // Poisson: 3 standard deviations of what was produced; the sample is up to 5 s later, and
        // the group joins for 3 s at least.
        EXPECT_GE(lag, backlog - 3.0 * std::sqrt(185.0 * (useful - step_at)))
            << "startup " << start;
    }
}

TEST(SlowStartFlashCrowd, AStepMeansAHigherPeakAndALongerTimeAboveTheThresholdTheSlowerTheStart) {
    double peak = 0.0;
    double above = -1.0;  // with 5 s the lag never passes the threshold times 24
    for (const int start : {5, 30, 60, 120, 300}) {
        const Outcome outcome = crowd(step(start));
        EXPECT_GT(outcome.metric("lag.max"), peak) << "startup " << start;
        EXPECT_GT(outcome.metric("timeToDrain"), above) << "startup " << start;
        peak = outcome.metric("lag.max");
        above = outcome.metric("timeToDrain");
    }
}

// In the trace it holds for the mean only, and for the peak only: a slow start makes the group fall
// behind already in the first surge, which leaves more pods for the next one, and how long the lag
// stays high is decided by whether the HPA stops at 22 or at 24 pods.
TEST(SlowStartFlashCrowd, TheTraceMeansAHigherPeakOnAverageTheSlowerTheStart) {
    double before = 0.0;
    for (const int start : {5, 60, 300}) {
        double sum = 0.0;
        for (std::uint32_t replication = 0; replication < 4; ++replication) {
            sum += crowd({startup(start)}, replication).metric("lag.max");
        }
        EXPECT_GT(sum, 1.5 * before) << "startup " << start;
        before = sum;
    }
}

// Only until the first scale-in: which pods go then does depend on who is ready.
TEST(SlowStartFlashCrowd, ReadinessDoesNotChangeWhatAnExternalMetricDecides) {
    const Outcome at_once = crowd();
    const Outcome late = crowd({"spec.consumers[0].readinessDelay=120s"});

    EXPECT_NE(late.result.groups.ready_replicas, at_once.result.groups.ready_replicas);
    const auto down = at_once.events(EventKind::scale_down);
    ASSERT_FALSE(down.empty());
    const auto samples = static_cast<std::ptrdiff_t>(
        at_once.sample(core::Duration{core::nanoseconds(down.front().time)}));
    ASSERT_GT(samples, 40);
    EXPECT_TRUE(std::equal(late.result.groups.desired_replicas.begin(),
                           late.result.groups.desired_replicas.begin() + samples,
                           at_once.result.groups.desired_replicas.begin()));
    EXPECT_TRUE(std::equal(late.result.groups.lag_total.begin(),
                           late.result.groups.lag_total.begin() + samples,
                           at_once.result.groups.lag_total.begin()));
}

TEST(SlowStartFlashCrowd, WhereNodesMustBeBoughtOnlySixPodsStartAtOnce) {
    const Sets one_node{"spec.nodes.count=1", startup(120)};
    const Outcome bought = crowd(one_node);

    // Every further pod waited for a scan and for a node of 180 s to 240 s.
    const auto requests = bought.events(EventKind::node_requested);
    const double most = bought.metric("replicas.max");
    ASSERT_EQ(static_cast<double>(requests.size()), std::ceil((most - 6.0) / 6.0));
    const double first_request = core::seconds(requests.front().time);
    for (const Event& event : bought.events(EventKind::pod_scheduled)) {
        const double time = core::seconds(event.time);
        if (event.pod < 6) {
            EXPECT_EQ(time, 0.0);
        } else {
            EXPECT_GE(time, first_request + 180.0);
        }
    }
    const auto unschedulable = bought.events(EventKind::pod_unschedulable);
    ASSERT_FALSE(unschedulable.empty());
    EXPECT_LE(first_request - core::seconds(unschedulable.front().time), 10.0);
}

TEST(SlowStartFlashCrowd, AStepMeansAHigherPeakWhereNodesMustBeBought) {
    Sets five_nodes = step(30);
    // So little at first that the start itself asks for no further pods, and so for no node.
    five_nodes.emplace_back(
        "spec.producers[0].rate=[{for: 20m, hold: 1/s}, {for: rest, hold: 185/s}]");
    Sets one_node = five_nodes;
    one_node.emplace_back("spec.nodes.count=1");

    // At least 180 s more at the deficit.
    EXPECT_GT(crowd(one_node).metric("lag.max"),
              crowd(five_nodes).metric("lag.max") + 0.9 * 180.0 * deficit);
}

TEST(SlowStartFlashCrowd, AddingFourPodsAMinuteIsSlowerThanDoubling) {
    Sets sets = step(60);
    sets.emplace_back(
        "ScaledObject.spec.advanced={horizontalPodAutoscalerConfig: {behavior: {scaleUp: "
        "{policies: [{type: Pods, value: 4, periodSeconds: 60}]}}}}");
    const Outcome slow = crowd(sets);

    const auto ups = ups_after_step(slow);
    ASSERT_GE(ups.size(), 3U);
    EXPECT_EQ(ups[0].value, 10);
    EXPECT_EQ(ups[1].value, 14);
    EXPECT_GE(ups[1].time - ups[0].time, 60s);
    EXPECT_GT(slow.metric("lag.max"), crowd(step(60)).metric("lag.max"));
}

TEST(SlowStartFlashCrowd, TwoPodsAgainstAStepFallBehindByTheDeficitTimesTheTime) {
    const Outcome outcome = play(
        "slow-start-flash-crowd",
        {"spec.manifests=[]", "spec.consumers[0].replicas=2", "spec.consumers[0].podStartup=0s",
         "spec.consumers[0].serviceTime=50ms", "spec.consumers[0].protocol.kind=consumer",
         "spec.consumers[0].protocol.assignor=uniform", "spec.producers[0].arrivals=constant",
         "spec.producers[0].partitioner=round-robin",
         "spec.producers[0].rate=[{for: 10m, hold: 40/s}, {for: rest, hold: 140/s}]",
         "spec.duration=42m", "spec.assertions=[]"});

    // A tenth of 400/s -> 1,400/s against two pods of 200/s: 100/s, 192,000 after 32 min.
    EXPECT_NEAR(outcome.lag_slope(12min, 42min), 100.0, 0.5);
    EXPECT_NEAR(static_cast<double>(outcome.lag(42min) - outcome.lag(10min)), 192'000.0, 500.0);
}

}  // namespace
}  // namespace lagsim::library
