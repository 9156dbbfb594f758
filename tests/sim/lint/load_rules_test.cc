/// What is offered against what can be served: closed forms on both sides of each limit.
#include <cmath>

#include "sim/lint/capacity.h"
#include "tests/sim/lint/linting.h"

namespace lagsim::sim::linting {
namespace {

std::string rate(std::string_view text) {
    return "spec.producers[0].rate=" + std::string(text);
}

TEST(UnderProvisioned, PartitionsTimesAWorkersRate) {
    // Four partitions, 5 ms a record: 800/s.
    EXPECT_EQ(only(findings_with({rate("801/s")}), "under-provisioned").severity, Severity::error);
    EXPECT_FALSE(has(findings_with({rate("800/s")}), "under-provisioned"));
}

TEST(UnderProvisioned, PodsTimesTheirCores) {
    const std::vector<std::string> cpu{"spec.consumers[0].cpu={share: 50%, limit: 0.25}",
                                       "ScaledObject.spec.maxReplicaCount=3"};
    // A record takes 2.5 ms of CPU; three quarters of a core do 300/s.
    auto sets = cpu;
    sets.push_back(rate("301/s"));
    EXPECT_TRUE(has(findings_with(sets), "under-provisioned"));
    sets.back() = rate("299/s");
    EXPECT_FALSE(has(findings_with(sets), "under-provisioned"));
}

TEST(UnderProvisioned, PodsTimesTheirWorkers) {
    const std::string workers = "spec.consumers[0].concurrency={workers: 1}";
    const std::string three = "ScaledObject.spec.maxReplicaCount=3";
    EXPECT_TRUE(has(findings_with({workers, three, rate("601/s")}), "under-provisioned"));
    EXPECT_FALSE(has(findings_with({workers, three, rate("599/s")}), "under-provisioned"));
}

TEST(UnderProvisioned, PodsBeyondThePartitionsCountInAShareGroup) {
    const std::vector<std::string> sets{rate("1500/s"), "ScaledObject.spec.maxReplicaCount=8",
                                        "spec.consumers[0].concurrency=pod",
                                        "spec.consumers[0].protocol.kind=share"};
    for (const auto* const code : {"under-provisioned", "hot-partition", "max-above-partitions"}) {
        EXPECT_FALSE(has(findings_with(sets), code)) << code;
    }
}

TEST(UnderProvisioned, PodsBeyondThePartitionsDoNotCount) {
    EXPECT_TRUE(has(findings_with({rate("801/s"), "ScaledObject.spec.maxReplicaCount=30"}),
                    "under-provisioned"));
}

TEST(UnderProvisioned, CountsFailedAttemptsAndTheirWaits) {
    // A quarter of the attempts fail; back-off 15 ms, one retry: 5 ms + 0.25 * 20 ms + 1/16 * 5 ms.
    const std::vector<std::string> fails{"spec.consumers[0].failures.transient=25%",
                                         "spec.consumers[0].retry.backoff=[15ms]"};
    const double least = 4.0 / 0.0103125;
    auto sets = fails;
    sets.push_back(rate(fmt::format("{:.1f}/s", least + 1.0)));
    EXPECT_TRUE(has(findings_with(sets), "under-provisioned"));
    sets.back() = rate(fmt::format("{:.1f}/s", least - 1.0));
    EXPECT_FALSE(has(findings_with(sets), "under-provisioned"));
}

TEST(UnderProvisioned, APeakAloneIsNone) {
    EXPECT_FALSE(has(findings_with({rate("[{for: 10m, hold: 2000/s}, {for: rest, hold: 100/s}]")}),
                     "under-provisioned"));
    EXPECT_TRUE(has(findings_with({rate("[{for: 1h, hold: 2000/s}, {for: rest, hold: 100/s}]")}),
                    "under-provisioned"));
}

TEST(UnderProvisioned, WithoutAnAutoscalerTheScheduleCounts) {
    const std::string text = scenario_text + "      replicas: 1\n      concurrency: pod\n";
    EXPECT_EQ(codes(findings(text)), std::vector<std::string>{}) << "200/s, just enough";
    const Diagnostic finding = only(findings(with(text, "200/s", "201/s")), "under-provisioned");
    EXPECT_EQ(finding.path, "spec.consumers[0].replicas");
    EXPECT_EQ(finding.line, 13);
}

TEST(HotPartition, AShareAboveOneWorker) {
    const auto weights = [](std::string_view first) {
        return "spec.producers[0].partitioner={weights: [" + std::string(first) + ", 1, 1, 1]}";
    };
    // 400/s: the first gets a half and two parts in 403.
    const Diagnostic finding =
        only(findings_with({rate("400/s"), weights("3.1")}), "hot-partition");
    EXPECT_NE(finding.message.find("partition 0"), std::string::npos) << finding.message;
    EXPECT_EQ(finding.severity, Severity::warning);
    EXPECT_FALSE(has(findings_with({rate("400/s"), weights("2.9")}), "hot-partition"));
}

TEST(HotPartition, CountsAllProducersOfTheTopicAtTheSameTime) {
    const std::string half = "[{for: 1h, hold: 450/s}, {for: rest, hold: 0/s}]";
    const std::string other = "[{for: 1h, hold: 0/s}, {for: rest, hold: 450/s}]";
    const auto both = [&](const std::string& second) {
        return findings(with(
            all_text, "{topic: orders, rate: 200/s}",
            "{topic: orders, rate: " + half + "}\n    - {topic: orders, rate: " + second + "}"));
    };
    EXPECT_TRUE(has(both(half), "hot-partition")) << "900/s on four partitions";
    EXPECT_FALSE(has(both(other), "hot-partition"));
}

TEST(RetentionShorterThanDrain, TheOldestRecordWaitsLongerThanItIsKept) {
    // 1,600/s for half an hour at 800/s: 1.44 M records wait, the last of them 1,800 s.
    const std::string surge = rate("[{for: 30m, hold: 1600/s}, {for: rest, hold: 0/s}]");
    const auto kept = [](std::string_view duration) {
        return "spec.topics.orders.retention=" + std::string(duration);
    };
    const std::string roll = "spec.topics.orders.segmentRoll=1m";
    const Diagnostic finding =
        only(findings_with({surge, roll, kept("28m")}), "retention-shorter-than-drain");
    EXPECT_EQ(finding.severity, Severity::error);
    EXPECT_EQ(finding.path, "spec.topics.orders.retention");
    EXPECT_FALSE(has(findings_with({surge, roll, kept("29m")}), "retention-shorter-than-drain"));
}

TEST(RetentionShorterThanDrain, NotWhatTheRunIsTooShortToShow) {
    const std::string forever = rate("1600/s");
    const std::string day = "spec.topics.orders.retention=1d";
    EXPECT_FALSE(has(findings_with({forever, day}), "retention-shorter-than-drain"));
    EXPECT_TRUE(
        has(findings_with({forever, day, "spec.duration=72h"}), "retention-shorter-than-drain"));
}

TEST(RetentionShorterThanDrain, InOneHotPartition) {
    const std::vector<std::string> sets{rate("400/s"),
                                        "spec.producers[0].partitioner={weights: [97, 1, 1, 1]}",
                                        "spec.topics.orders.retention=10m"};
    EXPECT_NE(only(findings_with(sets), "retention-shorter-than-drain").message.find("partition 0"),
              std::string::npos);
}

TEST(RetentionShorterThanDrain, InAnOutageWithoutADeadLetterTopic) {
    const std::string text =
        with(with(all_text, "      deadLetter: {topic: dlq, produceTime: 5ms}\n",
                  "  faults: [{at: 10m, kind: downstream-down, for: 40m}]\n"),
             "retention: 1h", "retention: 30m");
    EXPECT_TRUE(has(findings(text), "retention-shorter-than-drain"));
    EXPECT_FALSE(has(findings(with(text, "retention: 30m", "retention: 35m")),
                     "retention-shorter-than-drain"))
        << "40 m of outage, kept for 35 m and the roll of 5 m";
    EXPECT_FALSE(has(findings(with(text, "serviceTime: 5ms",
                                   "serviceTime: 5ms\n      deadLetter: {topic: dlq, produceTime: "
                                   "5ms}")),
                     "retention-shorter-than-drain"));
}

TEST(LongestWait, OfARampThroughTheCapacity) {
    const auto at = [](std::int64_t s) { return core::Instant{core::Duration{s * 1'000'000'000}}; };
    // 0 to 200/s in 100 s at 100/s: half way the queue is empty, then it grows to 2,500.
    const std::vector<models::RateSegment> ramp{{at(0), at(100), 0.0, 200.0}};
    EXPECT_DOUBLE_EQ(longest_wait(ramp, 100.0, at(100)), 25.0);
    EXPECT_DOUBLE_EQ(longest_wait(ramp, 100.0, at(50)), 0.0);
    EXPECT_DOUBLE_EQ(longest_wait(ramp, 200.0, at(100)), 0.0);
    EXPECT_TRUE(std::isinf(longest_wait(ramp, 0.0, at(100))));
}

}  // namespace
}  // namespace lagsim::sim::linting
