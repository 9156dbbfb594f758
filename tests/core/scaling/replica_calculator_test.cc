#include "core/scaling/replica_calculator.h"

#include <limits>

#include <gtest/gtest.h>

#include "tests/core/scaling/broker_helper.h"

namespace lagsim::core {
namespace {

constexpr Tolerances tenth{};

std::int32_t average(std::int64_t milli, std::int64_t target, std::int32_t status) {
    return external_average_replicas(std::span(&milli, 1), target, status, tenth);
}

TEST(ExternalAverage, RoundsUpToWholeReplicas) {
    EXPECT_EQ(average(24'001'000, 1'000'000, 6), 25);
    EXPECT_EQ(average(0, 1'000'000, 6), 0);
}

TEST(ExternalAverage, StaysAtStatusReplicasWithinTolerance) {
    EXPECT_EQ(average(11'000'000, 1'000'000, 10), 10) << "1.1 is within";
    EXPECT_EQ(average(11'001'000, 1'000'000, 10), 12);
    EXPECT_EQ(average(9'000'000, 1'000'000, 10), 10) << "0.9 is within";
    EXPECT_EQ(average(8'999'000, 1'000'000, 10), 9);
}

TEST(ExternalAverage, IsNeverWithinToleranceAtZeroStatusReplicas) {
    EXPECT_EQ(average(3'000'000, 1'000'000, 0), 3);
    EXPECT_EQ(average(0, 1'000'000, 0), 0);
}

TEST(ExternalAverage, SaturatesInsteadOfOverflowing) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    const std::int64_t two[]{most, most};

    EXPECT_EQ(external_average_replicas(two, 1000, 1, tenth),
              std::numeric_limits<std::int32_t>::max());
    EXPECT_EQ(average(-1, 1000, 1), std::numeric_limits<std::int32_t>::max())
        << "upstream takes a negative sum for an overflow";
}

TEST(ExternalAverage, ToleranceIsPerDirection) {
    const Tolerances uneven{.up = 0.5, .down = 0.0};
    const std::int64_t more = 14'000'000;
    const std::int64_t less = 9'999'000;

    EXPECT_EQ(external_average_replicas(std::span(&more, 1), 1'000'000, 10, uneven), 10);
    EXPECT_EQ(external_average_replicas(std::span(&less, 1), 1'000'000, 9, uneven), 9)
        << "1.11 up is within 0.5";
    EXPECT_EQ(external_average_replicas(std::span(&less, 1), 1'000'000, 11, uneven), 10);
}

ScaleObservation scale(std::int32_t spec, std::int32_t ready, std::int32_t listed) {
    return {.spec = Replicas{spec},
            .status = Replicas{spec},
            .listed = Replicas{listed},
            .ready = Replicas{ready},
            .pods = {}};
}

std::optional<std::int32_t> by_value(std::int64_t milli, const ScaleObservation& observed) {
    return external_value_replicas(std::span(&milli, 1), 1000, observed, tenth);
}

TEST(ExternalValue, MultipliesTheReadyPods) {
    EXPECT_EQ(by_value(1500, scale(6, 4, 6)), 6);
    EXPECT_EQ(by_value(1501, scale(6, 4, 6)), 7);
    EXPECT_EQ(by_value(1100, scale(6, 4, 6)), 6) << "within tolerance: spec, not the ready ones";
    EXPECT_EQ(by_value(1500, scale(6, 0, 0)), std::nullopt) << "no pods listed";
    EXPECT_EQ(by_value(1100, scale(6, 0, 0)), 6) << "pods are not asked for within tolerance";
    EXPECT_EQ(by_value(-1500, scale(6, 4, 6)), -6) << "here a negative sum stays";
}

TEST(ExternalValue, EqualsAverageValueWhereEveryPodIsReadyAndNothingIsTolerated) {
    const Tolerances exact{.up = 0.0, .down = 0.0};
    for (std::int32_t pods = 1; pods <= 40; ++pods) {
        for (std::int64_t lag = 1; lag < 60'000; lag += 977) {
            const std::int64_t total = lag * 1000;
            const std::int64_t each = 1'000'000;
            // Value counts the average itself: target times pods is the same question.
            const std::int64_t target = each * pods;
            const auto value = external_value_replicas(std::span(&total, 1), target,
                                                       scale(pods, pods, pods), exact);
            const std::int32_t by_average =
                external_average_replicas(std::span(&total, 1), each, pods, exact);
            ASSERT_LE(std::abs(*value - by_average), 1) << pods << " pods, lag " << lag;
        }
    }
}

// ---- resource metrics

PodObservation pod(std::int64_t request, std::optional<std::int64_t> usage) {
    PodObservation result;
    result.started = at_s(-3600);
    result.ready_changed = at_s(-3590);
    result.sampled = at_s(-5);
    result.sample_window = Duration{15'000'000'000};
    result.cpu = {.request = request, .usage = usage};
    return result;
}

std::optional<std::int32_t> cpu(const std::vector<PodObservation>& pods, std::int32_t current,
                                std::int64_t target = 50) {
    const ResourceTarget utilization{.target = target};
    return resource_replicas(utilization, pods, current, at_s(0), tenth);
}

TEST(ResourceUtilization, IsCutToWholePercentBeforeTheRatio) {
    EXPECT_EQ(cpu({pod(1000, 559), pod(1000, 559)}, 2), 2)
        << "55.9 % is 55 %: ratio 1.1, within tolerance";
    EXPECT_EQ(cpu({pod(1000, 560), pod(1000, 560)}, 2), 3) << "56 %: ratio 1.12";
}

TEST(ResourceUtilization, NeedsSamplesPodsAndRequests) {
    EXPECT_EQ(cpu({}, 2), std::nullopt);
    EXPECT_EQ(cpu({pod(1000, std::nullopt)}, 1), std::nullopt);
    PodObservation without = pod(1000, 500);
    without.cpu.request = std::nullopt;
    EXPECT_EQ(cpu({pod(1000, 500), without}, 2), std::nullopt);
    EXPECT_EQ(cpu({pod(0, 500)}, 1), std::nullopt);
}

TEST(ResourceUtilization, IgnoresDeletedAndFailedPodsButWantsTheirRequests) {
    PodObservation deleted = pod(1000, 5000);
    deleted.deleted = true;
    PodObservation failed = pod(1000, 5000);
    failed.phase = PodPhase::failed;

    EXPECT_EQ(cpu({pod(1000, 500), deleted, failed}, 1), 1);

    deleted.cpu.request = std::nullopt;
    EXPECT_EQ(cpu({pod(1000, 500), deleted}, 1), std::nullopt);
}

TEST(ResourceUtilization, TakesMissingPodsForFullOnTheWayDownAndForIdleOnTheWayUp) {
    EXPECT_EQ(cpu({pod(1000, 100), pod(1000, std::nullopt)}, 2), 2)
        << "(100 + 1000) / 2000 = 55 %: 1.1, within tolerance";
    EXPECT_EQ(cpu({pod(1000, 900), pod(1000, std::nullopt)}, 2), 2)
        << "(900 + 0) / 2000 = 45 %: the direction flips";
    EXPECT_EQ(cpu({pod(1000, 2000), pod(1000, std::nullopt)}, 2), 4);
}

TEST(ResourceUtilization, TakesUnreadyPodsForIdleOnTheWayUpAndLeavesThemOutOnTheWayDown) {
    PodObservation pending = pod(1000, 900);
    pending.phase = PodPhase::pending;

    EXPECT_EQ(cpu({pod(1000, 2000), pending}, 2), 4);
    EXPECT_EQ(cpu({pod(1000, 100), pod(1000, 100), pending}, 3), 1);
}

TEST(ResourceUtilization, NeverScalesAgainstItsOwnRatio) {
    EXPECT_EQ(cpu({pod(1000, 700), pod(1000, std::nullopt), pod(1000, 700)}, 9), 9)
        << "fewer pods counted than there are: growth would shrink";
}

TEST(CpuReadiness, NeedsAFullWindowSinceTheLastTransitionWhileStarting) {
    PodObservation starting = pod(1000, 200);
    starting.started = at_s(-299);
    starting.ready_changed = at_s(-20);
    starting.sampled = at_s(-5);
    const std::vector<PodObservation> with{pod(1000, 1000), starting};

    EXPECT_EQ(cpu(with, 2), 3) << "sampled 15 s after, window 15 s: counts, 60 % over two";

    std::vector<PodObservation> early = with;
    early[1].sampled = at_ms(-5001);
    EXPECT_EQ(cpu(early, 2), 2) << "unready: (1000 + 0) / 2000 = 50 %";
}

TEST(CpuReadiness, AfterFiveMinutesDropsOnlyPodsThatNeverWereReady) {
    PodObservation never = pod(1000, 0);
    never.ready = ReadyCondition::no;
    never.started = at_s(-300);
    never.ready_changed = at_ms(-270'001);

    EXPECT_EQ(cpu({pod(1000, 400), never}, 2), 1) << "80 % of target over one pod";
    never.ready_changed = at_s(-270);
    EXPECT_EQ(cpu({pod(1000, 400), never}, 2), 1) << "30 s after the start: it was ready once";
    never.cpu.usage = 1000;
    EXPECT_EQ(cpu({pod(1000, 400), never}, 2), 3) << "and counts: 70 %";
    never.ready_changed = at_ms(-270'001);
    EXPECT_EQ(cpu({pod(1000, 400), never}, 2), 1);
}

TEST(MemoryReadiness, HasNoStartUpRules) {
    PodObservation starting = pod(0, std::nullopt);
    starting.memory = {.request = 1000, .usage = 1000};
    starting.ready = ReadyCondition::no;
    starting.started = at_s(-1);
    const ResourceTarget memory{.memory = true, .target = 50};

    EXPECT_EQ(resource_replicas(memory, std::vector{starting}, 1, at_s(0), tenth), 2);
}

TEST(ResourceAverageValue, IsPlainUsagePerPod) {
    const ResourceTarget raw{.type = MetricTargetType::average_value, .target = 250};
    EXPECT_EQ(resource_replicas(raw, std::vector{pod(1, 500), pod(1, 501)}, 2, at_s(0), tenth), 4)
        << "1001 / 2 is 500";
    EXPECT_EQ(
        resource_replicas(raw, std::vector{pod(1, 100), pod(1, std::nullopt)}, 2, at_s(0), tenth),
        2)
        << "a missing pod counts as exactly the target: (100 + 250) / 2 = 175";
}

TEST(ContainerResource, CountsOnlyTheNamedContainer) {
    PodObservation app = pod(1000, 900);
    app.container = "app";
    const ResourceTarget of_app{.target = 50, .container = "app"};
    const ResourceTarget of_sidecar{.target = 50, .container = "sidecar"};

    EXPECT_EQ(resource_replicas(of_app, std::vector{app}, 1, at_s(0), tenth), 2);
    EXPECT_EQ(resource_replicas(of_sidecar, std::vector{app}, 1, at_s(0), tenth), std::nullopt);
}

}  // namespace
}  // namespace lagsim::core
