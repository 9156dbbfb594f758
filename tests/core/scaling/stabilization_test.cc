/// Recommendations, scale events and the policies over them.
#include <gtest/gtest.h>

#include "core/scaling/hpa_behavior.h"
#include "core/scaling/recommendations.h"
#include "core/scaling/scale_events.h"
#include "tests/core/scaling/broker_helper.h"

namespace lagsim::core {
namespace {

constexpr Duration five_minutes{300'000'000'000};
constexpr Duration a_minute{60'000'000'000};

TEST(Recommendations, WithoutBehaviorHoldTheMaximumIncludingTheEdgeOfTheWindow) {
    Recommendations recommendations;
    recommendations.seed(20, at_s(0));

    EXPECT_EQ(recommendations.stabilize_down(3, at_s(300), five_minutes), 20);
    EXPECT_EQ(recommendations.stabilize_down(3, at_ms(300'001), five_minutes), 3);
}

TEST(Recommendations, WithBehaviorExcludeTheEdgeOfTheWindow) {
    Recommendations recommendations;
    recommendations.seed(20, at_s(0));

    EXPECT_EQ(recommendations.stabilize(3, 20, at_ms(59'999), {.up = {}, .down = a_minute}), 20);
    EXPECT_EQ(recommendations.stabilize(3, 20, at_s(60), {.up = {}, .down = a_minute}), 3);
}

TEST(Recommendations, HoldTheMinimumOnTheWayUp) {
    Recommendations recommendations;
    recommendations.seed(2, at_s(0));

    EXPECT_EQ(recommendations.stabilize(9, 2, at_s(15), {.up = a_minute, .down = {}}), 2);
    EXPECT_EQ(recommendations.stabilize(9, 2, at_s(61), {.up = a_minute, .down = {}}), 9);
}

TEST(Recommendations, KeepTheCurrentCountBetweenTheTwoBounds) {
    Recommendations recommendations;
    recommendations.seed(2, at_s(0));
    std::ignore = recommendations.stabilize(9, 5, at_s(1), {.up = a_minute, .down = a_minute});

    EXPECT_EQ(recommendations.stabilize(7, 5, at_s(2), {.up = a_minute, .down = a_minute}), 5);
}

TEST(Recommendations, AreSeededOnce) {
    Recommendations recommendations;
    recommendations.seed(4, at_s(0));
    recommendations.seed(50, at_s(1));

    EXPECT_EQ(recommendations.stabilize_down(1, at_s(2), five_minutes), 4);
}

TEST(Recommendations, ReuseOnlyThePlaceOfAnOutdatedEntry) {
    Recommendations recommendations;
    recommendations.seed(9, at_s(0));
    std::ignore = recommendations.stabilize_down(8, at_s(290), five_minutes);
    std::ignore = recommendations.stabilize_down(1, at_s(301), five_minutes);

    EXPECT_EQ(recommendations.stabilize_down(1, at_s(302), five_minutes), 8)
        << "the entry of 9 was overwritten, that of 8 not";
}

ScalingRules rules(SelectPolicy select, std::vector<ScalingPolicyRule> policies) {
    ScalingRules result;
    result.select_policy = select;
    result.policies = std::move(policies);
    return result;
}

constexpr auto pods = ScalingPolicyRule::Type::pods;
constexpr auto percent = ScalingPolicyRule::Type::percent;

TEST(ScaleEvents, LimitsRoundGrowthUpAndShrinkingDown) {
    const ScaleEvents none_yet;
    const ScalingRules ten_percent =
        rules(SelectPolicy::max, {{.type = percent, .value = 10, .period_seconds = 60}});

    EXPECT_EQ(none_yet.up_limit(ten_percent, 11, at_s(100)), 13);
    EXPECT_EQ(none_yet.down_limit(ten_percent, 11, at_s(100)), 9);
}

TEST(ScaleEvents, SelectPolicyChoosesTheLargerOrTheSmallerChange) {
    const ScaleEvents none_yet;
    const std::vector<ScalingPolicyRule> both{
        {.type = pods, .value = 4, .period_seconds = 15},
        {.type = percent, .value = 100, .period_seconds = 15}};

    EXPECT_EQ(none_yet.up_limit(rules(SelectPolicy::max, both), 10, at_s(0)), 20);
    EXPECT_EQ(none_yet.up_limit(rules(SelectPolicy::min, both), 10, at_s(0)), 14);
    EXPECT_EQ(none_yet.up_limit(rules(SelectPolicy::disabled, both), 10, at_s(0)), 10);
    EXPECT_EQ(none_yet.down_limit(rules(SelectPolicy::max, both), 10, at_s(0)), 0);
    EXPECT_EQ(none_yet.down_limit(rules(SelectPolicy::min, both), 10, at_s(0)), 6);
    EXPECT_EQ(none_yet.down_limit(rules(SelectPolicy::disabled, both), 10, at_s(0)), 10);
}

ScalingBehavior four_pods_a_minute() {
    const ScalingRules four =
        rules(SelectPolicy::max, {{.type = pods, .value = 4, .period_seconds = 60}});
    return {.scale_up = four, .scale_down = four};
}

TEST(ScaleEvents, CountForOnePeriodAndNotAtItsVeryEnd) {
    ScaleEvents events;
    const ScalingBehavior behavior = four_pods_a_minute();
    events.record(behavior, 10, 13, at_s(0));

    EXPECT_EQ(events.up_limit(behavior.scale_up, 13, at_ms(59'999)), 14);
    EXPECT_EQ(events.up_limit(behavior.scale_up, 13, at_s(60)), 17);
}

TEST(ScaleEvents, OfBothDirectionsEnterBothLimits) {
    ScaleEvents events;
    const ScalingBehavior behavior = four_pods_a_minute();
    events.record(behavior, 10, 14, at_s(0));
    events.record(behavior, 14, 11, at_s(15));

    EXPECT_EQ(events.up_limit(behavior.scale_up, 11, at_s(30)), 11 - 4 + 3 + 4);
    EXPECT_EQ(events.down_limit(behavior.scale_down, 11, at_s(30)), 11 - 4 + 3 - 4);
}

TEST(ScaleEvents, OverwriteOutdatedOnesStrictlyOlderThanTheLongestPeriod) {
    ScaleEvents events;
    const ScalingBehavior behavior = four_pods_a_minute();
    const ScalingRules long_memory =
        rules(SelectPolicy::max, {{.type = pods, .value = 0, .period_seconds = 1000}});
    events.record(behavior, 1, 3, at_s(0));
    events.record(behavior, 3, 4, at_s(60));
    EXPECT_EQ(events.up_limit(long_memory, 10, at_s(61)), 10 - 3) << "at 60 s it is not older";

    events.record(behavior, 4, 9, at_ms(60'001));
    EXPECT_EQ(events.up_limit(long_memory, 10, at_s(61)), 10 - 6) << "the first was overwritten";
}

TEST(Behavior, DefaultsAreFourPodsOrDoubleUpAndEverythingDown) {
    const ScalingBehavior behavior = with_defaults({});

    EXPECT_EQ(behavior.scale_up.stabilization_window_seconds, 0);
    EXPECT_EQ(behavior.scale_up.policies.size(), 2U);
    EXPECT_EQ(behavior.scale_up.policies[0],
              (ScalingPolicyRule{.type = pods, .value = 4, .period_seconds = 15}));
    EXPECT_EQ(behavior.scale_up.policies[1],
              (ScalingPolicyRule{.type = percent, .value = 100, .period_seconds = 15}));
    EXPECT_FALSE(behavior.scale_down.stabilization_window_seconds.has_value())
        << "the controller's own window then";
    EXPECT_EQ(
        behavior.scale_down.policies,
        (std::vector{ScalingPolicyRule{.type = percent, .value = 100, .period_seconds = 15}}));
    EXPECT_TRUE(validate(behavior).empty());
}

TEST(Behavior, KeepsWhatIsWritten) {
    ScalingRulesSpec up;
    up.stabilization_window_seconds = 60;
    up.tolerance = 0.05;
    const ScalingBehavior behavior = with_defaults({.scale_up = up, .scale_down = std::nullopt});

    EXPECT_EQ(behavior.scale_up.stabilization_window_seconds, 60);
    EXPECT_EQ(behavior.scale_up.tolerance, 0.05);
    EXPECT_EQ(behavior.scale_up.policies.size(), 2U);
}

TEST(Behavior, MayHaveAWindowOfAnHourAndAPeriodOfHalf) {
    ScalingRulesSpec longest;
    longest.stabilization_window_seconds = 3600;
    longest.policies =
        std::vector<ScalingPolicyRule>{{.type = pods, .value = 1, .period_seconds = 1800}};
    longest.tolerance = 0.0;

    EXPECT_TRUE(accept_behavior({.scale_up = longest, .scale_down = longest}).has_value());
}

TEST(Behavior, IsRefusedOutsideTheApiServersRanges) {
    ScalingRulesSpec bad;
    bad.stabilization_window_seconds = 3601;
    bad.policies =
        std::vector<ScalingPolicyRule>{{.type = pods, .value = 0, .period_seconds = 0},
                                       {.type = pods, .value = 1, .period_seconds = 1801}};
    bad.tolerance = -0.1;

    const auto refused = accept_behavior({.scale_up = std::nullopt, .scale_down = bad});

    ASSERT_FALSE(refused.has_value());
    std::vector<std::string> paths;
    for (const BehaviorError& error : refused.error()) {
        paths.push_back(error.path);
    }
    EXPECT_EQ(paths, (std::vector<std::string>{
                         "scaleDown.stabilizationWindowSeconds", "scaleDown.policies[0].value",
                         "scaleDown.policies[0].periodSeconds",
                         "scaleDown.policies[1].periodSeconds", "scaleDown.tolerance"}));

    ScalingRulesSpec nothing;
    nothing.policies.emplace();
    const auto empty = accept_behavior({.scale_up = nothing, .scale_down = std::nullopt});
    ASSERT_FALSE(empty.has_value());
    EXPECT_EQ(empty.error().front().path, "scaleUp.policies");
}

}  // namespace
}  // namespace lagsim::core
