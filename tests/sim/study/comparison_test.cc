#include "sim/study/comparison.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace lagsim::sim {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
const std::vector<double> five{10.0, 12.0, 11.0, 15.0, 12.0};

MetricSummary metric(const std::string& name, const std::vector<double>& values) {
    return {name, "1", "", mean_interval(values), values};
}

MetricComparison compared(const std::vector<double>& a, const std::vector<double>& b,
                          Pairing pairing = Pairing::by_replication) {
    return compare_metrics({metric("m", a)}, {metric("m", b)}, pairing).metrics.at(0);
}

// Expected values: numpy 2.4 and scipy 1.17 (ttest_rel, corrcoef), typed in.
TEST(Comparison, OfPairsAgreesWithScipy) {
    const MetricComparison result = compared(five, {9.0, 11.5, 9.0, 13.0, 11.5});

    EXPECT_DOUBLE_EQ(result.a.mean, 12.0);
    EXPECT_DOUBLE_EQ(result.b.mean, 10.8);
    EXPECT_NEAR(result.difference.mean, -1.2, 1e-14);
    EXPECT_NEAR(result.difference.half_width, 0.9415383441742191, 1e-12);
    EXPECT_EQ(result.difference.n, 5);
    EXPECT_NEAR(result.p, 0.024043528799373777, 1e-12);
    EXPECT_NEAR(result.correlation, 0.9144599137184252, 1e-12);
    EXPECT_NEAR(result.variance_ratio, 11.434782608695654, 1e-11);
    EXPECT_NEAR(result.relative.mean, -0.1, 1e-14);
    EXPECT_NEAR(result.relative.half_width, 0.07389378812892113, 1e-12);
    EXPECT_TRUE(result.differs());
}

TEST(Comparison, OfIndependentSetsIsWelchs) {
    const MetricComparison result = compared(five, {9.0, 11.5, 9.0, 30.0}, Pairing::independent);

    // 3.16 degrees of freedom, rounded down.
    EXPECT_NEAR(result.difference.mean, 2.875, 1e-14);
    EXPECT_NEAR(result.difference.half_width, 16.37201606706279, 1e-10);
    EXPECT_NEAR(result.p, 0.6152661250401765, 1e-12);
    EXPECT_EQ(result.difference.n, 9);
    EXPECT_TRUE(std::isnan(result.correlation));
    EXPECT_TRUE(std::isnan(result.variance_ratio));
    EXPECT_FALSE(result.differs());
}

TEST(Comparison, PairsByIndexAndLeavesTheRestOut) {
    const MetricComparison result = compared({1.0, 2.0, 3.0, 100.0}, {2.0, 4.0, 6.0});

    EXPECT_EQ(result.difference.n, 3);
    EXPECT_DOUBLE_EQ(result.a.mean, 2.0);
    EXPECT_DOUBLE_EQ(result.difference.mean, 2.0);
}

TEST(Comparison, CountsOnlyPairsThatBothSidesDefine) {
    const MetricComparison pairs = compared({1.0, undefined, 3.0, 5.0}, {2.0, 2.0, undefined, 7.0});
    EXPECT_EQ(pairs.difference.n, 2);
    EXPECT_DOUBLE_EQ(pairs.difference.mean, 1.5);
    EXPECT_DOUBLE_EQ(pairs.a.mean, 3.0) << "the means are those of the pairs";

    const MetricComparison none = compared({undefined, undefined}, {1.0, 2.0});
    EXPECT_EQ(none.difference.n, 0);
    EXPECT_TRUE(std::isnan(none.difference.mean));
    EXPECT_TRUE(std::isnan(none.p));
    EXPECT_FALSE(none.differs());
}

TEST(Comparison, OfOneReplicationHasADifferenceAndNoInterval) {
    for (const Pairing pairing : {Pairing::by_replication, Pairing::independent}) {
        const MetricComparison one = compared({4.0}, {5.0}, pairing);

        EXPECT_DOUBLE_EQ(one.difference.mean, 1.0);
        EXPECT_DOUBLE_EQ(one.relative.mean, 0.25);
        EXPECT_TRUE(std::isnan(one.difference.half_width));
        EXPECT_TRUE(std::isnan(one.p));
        EXPECT_FALSE(one.differs());
    }
}

TEST(Comparison, DifferencesThatNeverVaryAreCertain) {
    const MetricComparison same = compared({1.0, 2.0, 7.0}, {1.0, 2.0, 7.0});
    EXPECT_EQ(same.difference.mean, 0.0);
    EXPECT_EQ(same.difference.half_width, 0.0);
    EXPECT_EQ(same.p, 1.0);
    EXPECT_FALSE(same.differs());

    for (const Pairing pairing : {Pairing::by_replication, Pairing::independent}) {
        const MetricComparison one_more = compared({6.0, 6.0, 6.0}, {7.0, 7.0, 7.0}, pairing);
        EXPECT_EQ(one_more.difference.half_width, 0.0);
        EXPECT_EQ(one_more.p, 0.0);
        EXPECT_TRUE(one_more.differs());
        EXPECT_TRUE(std::isnan(one_more.correlation));
    }
}

TEST(Comparison, HasNoRelativeDifferenceToNothing) {
    const MetricComparison result = compared({0.0, 0.0}, {1.0, 3.0});

    EXPECT_TRUE(std::isnan(result.relative.mean));
    EXPECT_DOUBLE_EQ(result.difference.mean, 2.0);
}

TEST(Comparison, JoinsByNameAndListsTheRest) {
    const RunComparison comparison = compare_metrics(
        {metric("x", {1.0, 2.0}), metric("y", {1.0, 2.0})},
        {metric("z", {1.0, 2.0}), metric("y", {2.0, 5.0})}, Pairing::by_replication);

    ASSERT_EQ(comparison.metrics.size(), 1U);
    EXPECT_EQ(comparison.metrics[0].name, "y");
    EXPECT_EQ(comparison.only_a, std::vector<std::string>{"x"});
    EXPECT_EQ(comparison.only_b, std::vector<std::string>{"z"});
    EXPECT_EQ(comparison.intervals(), 1);
}

TEST(Comparison, HolmAdjustsStepByStep) {
    // By hand: 3 x 0.01, 2 x 0.02 = 0.04, 1 x 0.03, which may not be less than the one before.
    const std::vector<double> adjusted = holm_adjusted({0.03, 0.01, undefined, 0.02});

    EXPECT_DOUBLE_EQ(adjusted[1], 0.03);
    EXPECT_DOUBLE_EQ(adjusted[3], 0.04);
    EXPECT_DOUBLE_EQ(adjusted[0], 0.04);
    EXPECT_TRUE(std::isnan(adjusted[2]));
    EXPECT_EQ(holm_adjusted({0.9, 0.8}), (std::vector<double>{1.0, 1.0}));
}

/// Two normal variables with a common part, of a generator and a transformation that the standard
/// fixes: the same on every library.
class Normal {
  public:
    double operator()() {
        const double u = (static_cast<double>(engine_() >> 11U) + 0.5) * 0x1p-53;
        const double v = static_cast<double>(engine_() >> 11U) * 0x1p-53;
        return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
    }

  private:
    std::mt19937_64 engine_{20261124};
};

struct Coverage {
    int covered = 0;
    int relative_covered = 0;
    int called_different = 0;
    double width = 0.0;
};

/// Of 4,000 comparisons of A = 10 + c + a against B = 11 + c + b with c, a, b normal.
Coverage coverage(Pairing pairing, double common, double of_a, double of_b, double effect) {
    Normal normal;
    Coverage result;
    for (int experiment = 0; experiment < 4000; ++experiment) {
        std::vector<double> a, b;
        for (int i = 0; i < 10; ++i) {
            const double shared = common * normal();
            const double own = common * normal();
            a.push_back(10.0 + shared + of_a * normal());
            b.push_back(10.0 + effect + (pairing == Pairing::by_replication ? shared : own) +
                        of_b * normal());
        }
        const MetricComparison one = compared(a, b, pairing);
        const auto covers = [](const MeanInterval& interval, double truth) {
            return std::abs(interval.mean - truth) <= interval.half_width ? 1 : 0;
        };
        result.covered += covers(one.difference, effect);
        result.relative_covered += covers(one.relative, effect / 10.0);
        result.called_different += one.differs() ? 1 : 0;
        result.width += one.difference.half_width / 4000.0;
    }
    return result;
}

// Three standard errors of a proportion of 0.95 in 4,000 are 0.0103.
TEST(Comparison, IntervalsCoverTheTruthAsOftenAsTheySay) {
    const Coverage paired = coverage(Pairing::by_replication, 2.0, 0.5, 0.3, 1.0);
    EXPECT_NEAR(paired.covered / 4000.0, 0.95, 0.0103);
    EXPECT_NEAR(paired.relative_covered / 4000.0, 0.95, 0.0103);

    // Degrees rounded down: a little wide, never narrow.
    const Coverage unequal = coverage(Pairing::independent, 0.5, 0.5, 3.0, 1.0);
    EXPECT_GT(unequal.covered / 4000.0, 0.95 - 0.0103);
    EXPECT_LT(unequal.covered / 4000.0, 0.97);
    EXPECT_GT(unequal.relative_covered / 4000.0, 0.95 - 0.0103);
}

TEST(Comparison, WithoutADifferenceOneInTwentyIsCalledDifferent) {
    const Coverage nothing = coverage(Pairing::by_replication, 2.0, 0.5, 0.3, 0.0);

    EXPECT_EQ(nothing.called_different, 4000 - nothing.covered);
    EXPECT_NEAR(nothing.called_different / 4000.0, 0.05, 0.0103);
}

TEST(Comparison, PairingNarrowsTheIntervalOfCorrelatedSides) {
    const double paired = coverage(Pairing::by_replication, 2.0, 0.5, 0.3, 1.0).width;
    const double independent = coverage(Pairing::independent, 2.0, 0.5, 0.3, 1.0).width;

    // sqrt((2² + 0.5² + 2² + 0.3²) / (0.5² + 0.3²)) = 5.0; and t of 9 degrees against about 18.
    EXPECT_NEAR(independent / paired, 5.0 * 2.10 / 2.26, 0.15);
}

}  // namespace
}  // namespace lagsim::sim
