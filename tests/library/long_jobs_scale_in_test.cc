/// No. 14 of the library: minutes-long messages and a scale-in that does not ask who is busy.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "tests/library/library_helper.h"
#include "tree_paths.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;
using sim::Event;
using sim::EventKind;

constexpr double service = 1800.0;

Outcome jobs(const Sets& sets = {}, std::uint32_t replication = 0) {
    return play("long-jobs-scale-in", sets, replication);
}

std::string grace(const std::string& time) {
    return "spec.consumers[0].shutdown.gracePeriod=" + time;
}
std::string scale_in_at(int seconds, int left) {
    return "spec.consumers[0].replicas=[{at: 0s, count: 4}, {at: " + std::to_string(seconds) +
           "s, count: " + std::to_string(left) + "}]";
}

/// How long the job of a partition has run, the first of which began at 60 s + 450 s a partition.
double elapsed(double time, std::int32_t partition) {
    return std::fmod(time - 60.0 - 450.0 * partition, service);
}

/// What is thrown away if a job is killed a grace period after `time`; nothing if it ends before.
double wasted(double time, std::int32_t partition, double grace_seconds) {
    const double run = elapsed(time, partition) + grace_seconds;
    return run < service ? run : 0.0;
}

/// Partitions of the pods that were deleted.
std::vector<std::int32_t> partitions_of_victims(const Outcome& outcome) {
    std::vector<std::int32_t> partitions;
    for (const Event& end : outcome.events(EventKind::pod_terminating)) {
        const auto owned = outcome.owned(core::Duration{core::nanoseconds(end.time)} - 1s);
        const auto& lanes = owned.at(static_cast<std::size_t>(end.pod));
        partitions.insert(partitions.end(), lanes.begin(), lanes.end());
    }
    return partitions;
}

TEST(LongJobsScaleIn, WastesTheElapsedTimesOfTheKilledJobs) {
    for (std::uint32_t replication = 0; replication < 8; ++replication) {
        const Outcome outcome = jobs({}, replication);

        double expected = 0.0;
        const auto victims = partitions_of_victims(outcome);
        ASSERT_EQ(victims.size(), 2U);
        for (const std::int32_t partition : victims) {
            expected += wasted(7800.0, partition, 30.0);
        }
        EXPECT_NEAR(outcome.metric("wastedWork"), expected, 1e-6);
        EXPECT_EQ(outcome.metric("duplicates"), 0.0) << "they had not finished";
        EXPECT_EQ(outcome.metric("waiting"), 0.0) << "they are done again";
    }
}

TEST(LongJobsScaleIn, WastesHalfAServiceTimeOnAverageOverAllPhases) {
    double sum = 0.0;
    int killed = 0;
    for (int step = 0; step < 12; ++step) {  // four jobs each, 37.5 s apart in all
        const double at = 7200.0 + 37.5 * step + 18.75;
        const int millis = static_cast<int>(std::lround(at * 1000.0));
        const Outcome outcome =
            jobs({"spec.duration=3h",
                  "spec.consumers[0].replicas=[{at: 0s, count: 4}, {at: " + std::to_string(millis) +
                      "ms, count: 0}]",
                  "spec.assertions=[]"});
        sum += outcome.metric("wastedWork");
        killed += 4;
    }

    // 48 phases evenly spaced; (s^2 - g^2) / 2s: 899.75 s for g = 30 s.
    EXPECT_NEAR(sum / killed, (service * service - 30.0 * 30.0) / (2.0 * service), 20.0);
}

TEST(LongJobsScaleIn, WastesNothingIfTheGracePeriodIsLongerThanAJob) {
    const Outcome outcome = jobs({grace("5000s"), "spec.assertions=[]"});

    EXPECT_EQ(outcome.metric("wastedWork"), 0.0);
    EXPECT_EQ(outcome.metric("duplicates"), 0.0);
    const auto victims = partitions_of_victims(outcome);
    const auto deleted = outcome.events(EventKind::pod_terminating);
    const auto gone = outcome.events(EventKind::pod_gone);
    ASSERT_EQ(gone.size(), 2U);
    for (const Event& end : gone) {
        const auto which = std::ranges::find(deleted, end.pod, &Event::pod) - deleted.begin();
        const double lingered = core::seconds(end.time) - 7800.0;
        EXPECT_NEAR(lingered,
                    service - elapsed(7800.0, victims.at(static_cast<std::size_t>(which))), 0.01);
        EXPECT_LE(lingered, service);
    }
}

TEST(LongJobsScaleIn, WastesAllThatALongerButTooShortGracePeriodRan) {
    const Outcome outcome = jobs({grace("300s"), "spec.assertions=[]"});

    double expected = 0.0;
    for (const std::int32_t partition : partitions_of_victims(outcome)) {
        expected += wasted(7800.0, partition, 300.0);
    }
    EXPECT_NEAR(outcome.metric("wastedWork"), expected, 1e-6);
}

TEST(LongJobsScaleIn, PollingDuringPreStopWastesMore) {
    const Sets base{"spec.consumers[0].serviceTime={distribution: lognormal, mean: 10m, cv: 1}",
                    grace("300s"),
                    "spec.consumers[0].shutdown.preStop=30s",
                    "spec.assertions=[]",
                    scale_in_at(3600, 2),
                    "spec.duration=3h"};
    double polling = 0.0;
    double not_polling = 0.0;
    for (std::uint32_t replication = 0; replication < 60; ++replication) {
        Sets quiet = base;
        quiet.emplace_back("spec.consumers[0].shutdown.preStopPolls=false");
        const double with = jobs(base, replication).metric("wastedWork");
        const double without = jobs(quiet, replication).metric("wastedWork");
        EXPECT_GE(with, without) << "replication " << replication;
        polling += with;
        not_polling += without;
    }
    EXPECT_GT(polling, not_polling);
}

TEST(LongJobsScaleIn, WithThePollLimitOfKafkaNoOffsetIsEverCommitted) {
    const Outcome outcome =
        jobs({"spec.consumers[0].protocol.maxPollInterval=5m", "spec.assertions=[]"});

    for (std::size_t lane = 0; lane < outcome.lanes(); ++lane) {
        EXPECT_EQ(outcome.committed(12h, lane), -1);
    }
    EXPECT_GT(outcome.metric("duplicates"), 0.0);
    EXPECT_EQ(outcome.lag(12h), 36);
}

/// The same group on KEDA: one pod a job that waits or runs.
Sets autoscaled(const std::string& counts) {
    return {"spec.manifests=[" LAGSIM_SOURCE_DIR "/scenarios/k8s/long-jobs.yaml]",
            "spec.assertions=[]", "spec.duration=3h", "spec.consumers[0].replicas=4",
            "spec.producers[0].publish=" + counts};
}
const std::string two_long_lanes =
    "[{at: 60s, partition: 0}, {at: 60s, partition: 1}, {at: 60s, count: 3, partition: 2}, "
    "{at: 60s, count: 3, partition: 3}]";

TEST(LongJobsScaleIn, TheHpaDoesNotAskWhoIsBusy) {
    int both_busy = 0;
    int none_busy = 0;
    for (std::uint32_t replication = 0; replication < 24; ++replication) {
        const Outcome outcome = jobs(autoscaled(two_long_lanes), replication);
        const auto deleted = outcome.events(EventKind::pod_terminating);
        ASSERT_GE(deleted.size(), 2U);
        std::size_t killed = 0;
        for (const Event& end : outcome.events(EventKind::pod_gone)) {
            const bool at_its_end = std::ranges::any_of(deleted, [&](const Event& event) {
                return event.pod == end.pod && end.time - event.time >= 29s;
            });
            killed += at_its_end ? 1 : 0;
        }
        both_busy += killed == 2 ? 1 : 0;
        none_busy += killed == 0 ? 1 : 0;
        EXPECT_EQ(outcome.metric("wastedWork") > 0.0, killed > 0);
    }

    // Two of four are busy and two go: 1/6 each by chance.
    EXPECT_GT(both_busy, 0);
    EXPECT_GT(none_busy, 0);
    EXPECT_LT(both_busy + none_busy, 24);
}

TEST(LongJobsScaleIn, NothingIsKilledWhereTheHpaMayNotScaleIn) {
    Sets sets = autoscaled(two_long_lanes);
    sets.emplace_back(
        "ScaledObject.spec.advanced={horizontalPodAutoscalerConfig: {behavior: {scaleDown: "
        "{selectPolicy: Disabled}}}}");
    const Outcome outcome = jobs(sets);

    EXPECT_EQ(outcome.metric("wastedWork"), 0.0);
    EXPECT_TRUE(outcome.events(EventKind::pod_terminating).empty());
    EXPECT_EQ(outcome.replicas(3h), 4);
}

}  // namespace
}  // namespace lagsim::library
