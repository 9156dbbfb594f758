/// No. 10 of the library: which of the article's settings matter.
#include <chrono>
#include <cmath>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/lint/lint.h"
#include "tests/library/library_helper.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;

/// A fiftieth of the traffic, of the threshold and of a pod's speed: the same pods at the same
/// times, in a tenth of a second.
Sets smaller(Sets sets) {
    const Sets scale = {
        "spec.producers[0].rate=[{for: 5m, hold: 18.26/s}, {for: 3m, ramp: [18.26/s, 64/s]}, "
        "{for: 10m, hold: 64/s}, {for: 3m, ramp: [64/s, 14/s]}, {for: rest, hold: 14/s}]",
        "spec.consumers[0].serviceTime=312.5ms", "spec.consumers[0].revoke.bufferedRecords=5",
        "ScaledObject.spec.triggers[0].metadata.lagThreshold=\"20\""};
    sets.insert(sets.begin(), scale.begin(), scale.end());
    return sets;
}

Outcome play_smaller(const Sets& sets = {}, std::uint32_t replication = 0) {
    return play("settings-that-do-nothing", smaller(sets), replication);
}

bool is_same(const Outcome& a, const Outcome& b) {
    return a.result.groups.desired_replicas == b.result.groups.desired_replicas &&
           a.result.groups.replicas == b.result.groups.replicas &&
           a.result.lanes.lag == b.result.lanes.lag &&
           a.totals().lag_integral == b.totals().lag_integral &&
           a.totals().latency.counts() == b.totals().latency.counts();
}

TEST(SettingsThatDoNothing, AllOneHundredEightCombinationsGiveTheSameReplicasLagAndLatencies) {
    const Outcome article = play_smaller();
    ASSERT_GE(article.metric("replicas.max"), 22.0);

    for (const char* polling : {"5", "30", "300"}) {
        for (const char* cooldown : {"0", "60", "300", "3600"}) {
            for (const char* activation : {"0", "2", "20"}) {
                for (const char* most : {"25", "30", "100"}) {
                    const Sets sets = {std::string("ScaledObject.spec.pollingInterval=") + polling,
                                       std::string("ScaledObject.spec.cooldownPeriod=") + cooldown,
                                       fmt::format("ScaledObject.spec.triggers[0].metadata."
                                                   "activationLagThreshold=\"{}\"",
                                                   activation),
                                       std::string("ScaledObject.spec.maxReplicaCount=") + most};
                    EXPECT_TRUE(is_same(article, play_smaller(sets)))
                        << fmt::format("{} {} {} {}", polling, cooldown, activation, most);
                }
            }
        }
    }
}

TEST(SettingsThatDoNothing, AMaximumOfTwentyFourTakesAwayTheTwentyFifthPodAndNothingElse) {
    std::optional<std::uint32_t> with_twenty_five;
    for (std::uint32_t replication = 0; replication < 20; ++replication) {
        const Outcome run = play_smaller({}, replication);
        const Outcome limited = play_smaller({"ScaledObject.spec.maxReplicaCount=24"}, replication);
        const bool surplus = run.metric("replicas.max") > 24.0;
        with_twenty_five = surplus ? replication : with_twenty_five;
        EXPECT_EQ(is_same(run, limited), !surplus) << "replication " << replication;
        EXPECT_LE(limited.metric("replicas.max"), 24.0);
    }
    EXPECT_TRUE(with_twenty_five.has_value());
}

TEST(SettingsThatDoNothing, WithAMinimumOfZeroTheCooldownDecides) {
    const Sets zero = {"ScaledObject.spec.minReplicaCount=0",
                       "spec.producers[0].rate=[{for: 10m, hold: 18.26/s}, {for: rest, hold: 0/s}]",
                       "spec.duration=1h"};
    Sets patient = zero;
    patient.emplace_back("ScaledObject.spec.cooldownPeriod=3600");
    const Outcome article = play_smaller(zero);
    const Outcome waiting = play_smaller(patient);

    EXPECT_FALSE(is_same(article, waiting));
    EXPECT_EQ(article.replicas(1h), 0);
    EXPECT_EQ(waiting.replicas(1h), 1);
}

double first_scaling(const Outcome& run) {
    return core::seconds(run.scalings().at(0).time);
}

TEST(SettingsThatDoNothing, CachedMetricsDelayTheFirstDecisionByUpToAPollFifteenSecondsOnAverage) {
    constexpr int runs = 60;
    double sum = 0.0;
    for (std::uint32_t replication = 0; replication < runs; ++replication) {
        // The lag is there long before the first sync that could see it: no pod starts in time.
        const Sets late = {
            "spec.duration=6m", "spec.consumers[0].podStartup=1000h",
            "spec.producers[0].rate=[{for: 3m, hold: 0/s}, {for: rest, hold: 200/s}]"};
        Sets cached = late;
        cached.emplace_back("ScaledObject.spec.triggers[0].useCachedMetrics=true");
        const double delay = first_scaling(play_smaller(cached, replication)) -
                             first_scaling(play_smaller(late, replication));
        EXPECT_GE(delay, 0.0);
        EXPECT_LE(delay, 30.1);
        sum += delay;
    }
    EXPECT_NEAR(sum / runs, 15.0, 4.5);  // 3 sigma of a delay spread over 30 s
}

double first_scale_down(const Outcome& run) {
    const auto downs = run.events(sim::EventKind::scale_down);
    return core::seconds(downs.at(0).time);
}

TEST(SettingsThatDoNothing, AWindowOfSixtySecondsTakesThePodsTwoHundredFortySecondsEarlier) {
    const Outcome article = play_smaller();
    const Outcome hasty =
        play_smaller({"ScaledObject.spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown."
                      "stabilizationWindowSeconds=60"});

    EXPECT_NEAR(first_scale_down(article) - first_scale_down(hasty), 240.0, 15.1);
}

TEST(SettingsThatDoNothing, LintNamesThemAndFindsNoError) {
    const auto file = sim::read_scenario(scenario_path("settings-that-do-nothing"));
    ASSERT_TRUE(file.has_value());

    std::set<std::string> codes;
    for (const sim::Diagnostic& finding : sim::lint_scenario(*file)) {
        codes.insert(finding.code);
        EXPECT_NE(finding.severity, sim::Severity::error) << finding.message;
    }
    for (const char* code : {"cooldown-inert", "activation-inert", "polling-inert",
                             "max-above-partitions", "cap-integer-division"}) {
        EXPECT_TRUE(codes.contains(code)) << code;
    }
}

}  // namespace
}  // namespace lagsim::library
