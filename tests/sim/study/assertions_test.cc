#include "sim/study/assertions.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace lagsim::sim {
namespace {

AssertionOutcome judged(Comparison comparison, double value, bool every,
                        std::vector<double> values) {
    Scenario scenario;
    scenario.assertions = {{.text = "lag.max op value",
                            .metric = "lag.max",
                            .comparison = comparison,
                            .value = value,
                            .every_replication = every}};
    const MeanInterval interval = mean_interval(values);
    return judge(scenario, {{"lag.max", "1", "", interval, std::move(values)}}).at(0);
}

TEST(Assertions, CompareTheMeanUnlessEveryReplicationIsAsked) {
    EXPECT_TRUE(judged(Comparison::less, 10.0, false, {5.0, 14.0}).held);
    EXPECT_FALSE(judged(Comparison::less, 10.0, true, {5.0, 14.0}).held);
    EXPECT_DOUBLE_EQ(judged(Comparison::less, 10.0, false, {5.0, 14.0}).value, 9.5);
    EXPECT_DOUBLE_EQ(judged(Comparison::less, 10.0, true, {5.0, 14.0}).value, 14.0);
}

TEST(Assertions, KnowEveryOperator) {
    EXPECT_FALSE(judged(Comparison::less, 5.0, false, {5.0}).held);
    EXPECT_TRUE(judged(Comparison::less_equal, 5.0, false, {5.0}).held);
    EXPECT_FALSE(judged(Comparison::greater, 5.0, false, {5.0}).held);
    EXPECT_TRUE(judged(Comparison::greater_equal, 5.0, false, {5.0}).held);
    EXPECT_TRUE(judged(Comparison::equal, 5.0, false, {5.0}).held);
    EXPECT_FALSE(judged(Comparison::equal, 0.0, true, {0.0, 3.0}).held);
    EXPECT_DOUBLE_EQ(judged(Comparison::equal, 0.0, true, {0.0, 3.0, 1.0}).value, 3.0);
    EXPECT_DOUBLE_EQ(judged(Comparison::greater, 0.0, true, {4.0, 3.0}).value, 3.0);
}

TEST(Assertions, AnUndefinedValueBreaches) {
    const double undefined = std::numeric_limits<double>::quiet_NaN();

    EXPECT_FALSE(judged(Comparison::less, 5.0, false, {undefined}).held);
    EXPECT_FALSE(judged(Comparison::less, 5.0, true, {1.0, undefined}).held);
    EXPECT_TRUE(std::isnan(judged(Comparison::less, 5.0, true, {1.0, undefined}).value));
}

}  // namespace
}  // namespace lagsim::sim
