#include "core/scaling/horizontal_pod_autoscaler.h"

#include <gtest/gtest.h>

#include "core/scaling/hpa_behavior.h"
#include "tests/core/scaling/broker_helper.h"

namespace lagsim::core {
namespace {

/// Answers every external metric from a list; none = an error.
class Metrics final : public ExternalMetricSource {
  public:
    explicit Metrics(std::vector<std::optional<std::int64_t>> milli) : milli_(std::move(milli)) {}
    ExternalMetric read(std::size_t index) override {
        ++reads;
        if (!milli_[index]) {
            return {.values = {}, .failed = true};
        }
        return {.values = std::span(&*milli_[index], 1)};
    }
    int reads = 0;

  private:
    std::vector<std::optional<std::int64_t>> milli_;
};

HpaParameters parameters(std::int32_t min, std::int32_t max, std::size_t metrics = 1) {
    HpaParameters hpa;
    hpa.min_replicas = min;
    hpa.max_replicas = max;
    for (std::size_t i = 0; i < metrics; ++i) {
        HpaMetric metric;
        metric.target = 1'000'000;
        hpa.metrics.push_back(metric);
    }
    return hpa;
}

ScaleObservation replicas(std::int32_t count) {
    return {.spec = Replicas{count},
            .status = Replicas{count},
            .listed = Replicas{count},
            .ready = Replicas{count},
            .pods = {}};
}

struct Controller {
    explicit Controller(HpaParameters hpa) : autoscaler(std::move(hpa)) {}
    HorizontalPodAutoscaler::Decision sync(std::int64_t second, std::int32_t count,
                                           std::vector<std::optional<std::int64_t>> thousands) {
        for (std::optional<std::int64_t>& value : thousands) {
            value = value ? std::optional(*value * 1'000'000) : value;
        }
        Metrics metrics(std::move(thousands));
        const auto decision = autoscaler.sync(at_s(second), replicas(count), metrics);
        reads = metrics.reads;
        return decision;
    }
    HorizontalPodAutoscaler autoscaler;
    int reads = 0;
};

TEST(Hpa, IsDisabledAtZeroReplicas) {
    Controller controller(parameters(1, 30));

    EXPECT_FALSE(controller.sync(15, 0, {9}).rescale.has_value());
    EXPECT_EQ(controller.autoscaler.conditions().scaling_active,
              (Condition{.status = ConditionStatus::no, .reason = "ScalingDisabled"}));
    EXPECT_EQ(controller.reads, 0);
}

TEST(Hpa, ReturnsIntoItsRangeWithoutAskingForMetrics) {
    Controller controller(parameters(6, 30));

    const auto above = controller.sync(15, 31, {9});
    EXPECT_EQ(above.rescale, 30);
    EXPECT_EQ(above.limited_by, "TooManyReplicas");
    const auto below = controller.sync(30, 5, {9});
    EXPECT_EQ(below.rescale, 6);
    EXPECT_EQ(below.limited_by, "TooFewReplicas");
    EXPECT_EQ(controller.reads, 0);
    EXPECT_EQ(controller.autoscaler.conditions().scaling_active.status, ConditionStatus::absent)
        << "these conditions keep their old values";
}

TEST(Hpa, DoublesAtMostInOneSyncButReachesFourAtOnce) {
    Controller controller(parameters(1, 30));

    const auto first = controller.sync(15, 1, {24});
    EXPECT_EQ(first.rescale, 4);
    EXPECT_EQ(first.limited_by, "ScaleUpLimit");
    EXPECT_EQ(controller.sync(30, 4, {24}).rescale, 8);
    EXPECT_EQ(controller.sync(45, 8, {24}).rescale, 16);
    EXPECT_EQ(controller.sync(60, 16, {24}).rescale, 24);
}

TEST(Hpa, StopsAtTheMaximumAndSaysSo) {
    Controller controller(parameters(1, 10));

    const auto decision = controller.sync(15, 8, {24});

    EXPECT_EQ(decision.proposal, 24);
    EXPECT_EQ(decision.rescale, 10);
    EXPECT_EQ(decision.limited_by, "TooManyReplicas");
    EXPECT_EQ(controller.autoscaler.conditions().scaling_limited,
              (Condition{.status = ConditionStatus::yes, .reason = "TooManyReplicas"}));
}

TEST(Hpa, ScalesDownOnlyAfterTheHighestRecommendationIsOlderThanTheWindow) {
    Controller controller(parameters(1, 30));
    EXPECT_EQ(controller.sync(0, 24, {24}).rescale, std::nullopt);

    const auto held = controller.sync(300, 24, {3});
    EXPECT_EQ(held.rescale, std::nullopt);
    EXPECT_EQ(held.proposal, 3);
    EXPECT_EQ(held.stabilized, 24);
    EXPECT_EQ(held.limited_by, "ScaleDownStabilized");

    EXPECT_EQ(controller.sync(315, 24, {3}).rescale, 3);
}

TEST(Hpa, TakesTheLargestOfSeveralMetrics) {
    Controller controller(parameters(1, 30, 2));

    EXPECT_EQ(controller.sync(15, 8, {3, 11}).proposal, 11);
    EXPECT_EQ(controller.sync(30, 8, {12, 1}).proposal, 12);
}

TEST(Hpa, AnInvalidMetricBlocksScalingDownOnly) {
    Controller controller(parameters(1, 30, 2));

    EXPECT_EQ(controller.sync(15, 8, {std::nullopt, 12}).proposal, 12);
    EXPECT_EQ(controller.autoscaler.conditions().scaling_active.reason, "ValidMetricFound");
    EXPECT_EQ(controller.sync(30, 8, {std::nullopt, 3}).proposal, std::nullopt);
    EXPECT_EQ(controller.autoscaler.conditions().scaling_active,
              (Condition{.status = ConditionStatus::no, .reason = "FailedGetExternalMetric"}));
    EXPECT_EQ(controller.sync(45, 8, {std::nullopt, 8}).proposal, 8) << "8 is not below 8";
}

TEST(Hpa, RecordsNothingAndKeepsItsStatusWhenTheMetricsFail) {
    Controller controller(parameters(1, 30));
    std::ignore = controller.sync(15, 4, {4});

    const auto failed = controller.sync(30, 4, {std::nullopt});

    EXPECT_FALSE(failed.rescale.has_value());
    EXPECT_FALSE(failed.stabilized.has_value());
    EXPECT_EQ(controller.autoscaler.desired_replicas(), 4);
    EXPECT_EQ(controller.autoscaler.conditions().able_to_scale.reason, "SucceededGetScale");
}

TEST(Hpa, TakesANegativeProposalForZero) {
    HpaParameters hpa = parameters(1, 30);
    hpa.metrics[0].target_type = MetricTargetType::value;
    Controller controller(hpa);
    std::ignore = controller.sync(0, 4, {1});

    const auto decision = controller.sync(400, 4, {-2});

    EXPECT_EQ(decision.proposal, -8);
    EXPECT_EQ(decision.stabilized, 0);
    EXPECT_EQ(decision.rescale, 1);
    EXPECT_EQ(decision.limited_by, "TooFewReplicas");
}

HpaParameters with_behavior(std::int32_t min, std::int32_t max, ScalingBehaviorSpec spec) {
    HpaParameters hpa = parameters(min, max);
    hpa.behavior = with_defaults(spec);
    return hpa;
}

TEST(HpaBehavior, WithDefaultsAddsFourPodsOrDoublesIn15Seconds) {
    Controller controller(with_behavior(1, 100, {}));

    EXPECT_EQ(controller.sync(15, 1, {90}).rescale, 5);
    EXPECT_EQ(controller.sync(30, 5, {90}).rescale, 10);
    EXPECT_EQ(controller.sync(45, 10, {90}).rescale, 20);
}

TEST(HpaBehavior, DisabledHoldsTheCount) {
    ScalingRulesSpec disabled;
    disabled.select_policy = SelectPolicy::disabled;
    disabled.stabilization_window_seconds = 0;
    Controller controller(with_behavior(1, 100, {.scale_up = disabled, .scale_down = disabled}));

    const auto up = controller.sync(15, 5, {90});
    EXPECT_EQ(up.rescale, std::nullopt);
    EXPECT_EQ(up.limited_by, "ScaleUpLimit");
    const auto down = controller.sync(30, 5, {1});
    EXPECT_EQ(down.rescale, std::nullopt);
    EXPECT_EQ(down.limited_by, "ScaleDownLimit");
}

TEST(HpaBehavior, UpWindowHoldsTheLowestRecommendation) {
    ScalingRulesSpec up;
    up.stabilization_window_seconds = 60;
    Controller controller(with_behavior(1, 100, {.scale_up = up, .scale_down = std::nullopt}));
    std::ignore = controller.sync(0, 5, {5});

    const auto held = controller.sync(15, 5, {9});
    EXPECT_EQ(held.rescale, std::nullopt);
    EXPECT_EQ(held.limited_by, "ScaleUpStabilized");
    EXPECT_EQ(controller.sync(75, 5, {9}).rescale, 9);
}

TEST(HpaBehavior, ToleranceOverridesTheControllersInItsDirection) {
    ScalingRulesSpec up;
    up.tolerance = 0.0;
    Controller controller(with_behavior(1, 100, {.scale_up = up, .scale_down = std::nullopt}));

    Metrics slightly_more({10'001'000});
    EXPECT_EQ(controller.autoscaler.sync(at_s(15), replicas(10), slightly_more).rescale, 11);
}

TEST(HpaBehavior, AfterARestartRemembersNeitherRecommendationsNorEvents) {
    Controller controller(parameters(1, 30));
    std::ignore = controller.sync(0, 24, {24});

    controller.autoscaler.forget();

    EXPECT_EQ(controller.sync(15, 24, {3}).stabilized, 24) << "seeded with the current count";
    controller.autoscaler.forget();
    EXPECT_EQ(controller.sync(30, 12, {3}).stabilized, 12);
}

}  // namespace
}  // namespace lagsim::core
