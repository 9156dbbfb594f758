#include "models/random/pinned_math.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "models/random/philox.h"

namespace lagsim::models {
namespace {

/// Error of `value` in units of the last place of the (more precise) truth.
double ulps(double value, long double truth) {
    const auto nearest = static_cast<double>(truth);
    const double ulp = std::nextafter(std::abs(nearest), std::numeric_limits<double>::infinity()) -
                       std::abs(nearest);
    return static_cast<double>(std::abs(static_cast<long double>(value) - truth)) / ulp;
}

double unit(std::uint32_t word) {
    return (static_cast<double>(word) + 0.5) * 0x1p-32;
}

TEST(PinnedMath, LogIsWithinOneUnitInTheLastPlace) {
    double worst = 0.0;
    for (std::uint32_t i = 0; i < 500'000; ++i) {
        const Block words = philox4x32_10({i, 0, 0, 0}, 1);
        const double wide =
            std::ldexp(1.0 + unit(words[0]), static_cast<int>(words[1] % 2000) - 1000);
        const double near_one =
            1.0 + (unit(words[2]) - 0.5) * std::ldexp(1.0, -static_cast<int>(words[3] % 30));
        for (const double x : {wide, near_one, unit(words[3])}) {
            worst = std::max(worst, ulps(pinned::log(x), std::log(static_cast<long double>(x))));
        }
    }
    EXPECT_LT(worst, 1.0);
}

TEST(PinnedMath, ExpIsWithinOneUnitInTheLastPlace) {
    double worst = 0.0;
    for (std::uint32_t i = 0; i < 500'000; ++i) {
        const Block words = philox4x32_10({i, 0, 0, 0}, 2);
        for (const double x : {(unit(words[0]) - 0.5) * 1400.0, (unit(words[1]) - 0.5) * 2.0,
                               (unit(words[2]) - 0.5) * 1e-6}) {
            worst = std::max(worst, ulps(pinned::exp(x), std::exp(static_cast<long double>(x))));
        }
    }
    EXPECT_LT(worst, 1.0);
}

TEST(PinnedMath, HasTheseBitsOnEveryMachine) {
    EXPECT_EQ(pinned::log(10.0), 0x1.26bb1bbb55516p+1);
    EXPECT_EQ(pinned::log(0.1), -0x1.26bb1bbb55515p+1);
    EXPECT_EQ(pinned::log(1.0 - 0x1p-33), -0x1.000000004p-33);
    EXPECT_EQ(pinned::exp(1.0), 0x1.5bf0a8b14576ap+1);
    EXPECT_EQ(pinned::exp(-20.5), 0x1.57a3afeed00abp-30);
    std::uint64_t hash = 0;
    for (std::uint32_t i = 0; i < 200'000; ++i) {
        const Block words = philox4x32_10({i, 0, 0, 0}, 3);
        const double x = unit(words[0]);
        for (const double value : {pinned::log(x), pinned::exp(40.0 * x - 20.0),
                                   pinned::normal_quantile(x), pinned::lgamma(30.0 * x)}) {
            hash = hash * 0x9E3779B97F4A7C15U + std::bit_cast<std::uint64_t>(value);
        }
    }
    EXPECT_EQ(hash, 12779962250430760098U);
}

TEST(PinnedMath, HandlesTheEndsOfTheRange) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    EXPECT_EQ(pinned::log(1.0), 0.0);
    EXPECT_EQ(pinned::log(0.0), -infinity);
    EXPECT_EQ(pinned::log(infinity), infinity);
    EXPECT_TRUE(std::isnan(pinned::log(-1.0)));
    EXPECT_NEAR(pinned::log(0x1p-1074), -744.44007192138126, 1e-12);
    EXPECT_EQ(pinned::exp(0.0), 1.0);
    EXPECT_EQ(pinned::exp(1000.0), infinity);
    EXPECT_EQ(pinned::exp(-1000.0), 0.0);
    EXPECT_EQ(pinned::exp(-745.0), 0x1p-1074);
    EXPECT_TRUE(std::isnan(pinned::exp(std::numeric_limits<double>::quiet_NaN())));
}

TEST(PinnedMath, LogGammaAgreesWithTheLibrary) {
    for (double x = 1e-4; x < 1e6; x *= 1.01) {
        const double truth = std::lgamma(x);
        EXPECT_NEAR(pinned::lgamma(x), truth, 1e-14 * std::max(1.0, std::abs(truth))) << x;
    }
}

TEST(PinnedMath, NormalQuantileInvertsTheErrorFunction) {
    for (const double p : {1e-300, 1e-20, 1e-10, 1e-5, 0.01, 0.07, 0.0751, 0.3, 0.5, 0.9, 0.999}) {
        const double z = pinned::normal_quantile(p);
        EXPECT_NEAR(0.5 * std::erfc(-z / std::sqrt(2.0)) / p, 1.0, 2e-13 * std::max(1.0, z * z))
            << p;
    }
    EXPECT_EQ(pinned::normal_quantile(0.5), 0.0);
    EXPECT_EQ(pinned::normal_quantile(0.96875), -pinned::normal_quantile(0.03125));
}

TEST(PinnedMath, IncompleteGammaOfAWholeShapeIsAPoissonTail) {
    // Q(n, x) = e^-x Σ x^k / k! over k < n.
    for (const int n : {1, 2, 5, 40}) {
        for (const double x : {0.01, 0.5, 1.0, 7.0, 60.0}) {
            double term = std::exp(-x);
            double sum = 0.0;
            for (int k = 0; k < n; ++k) {
                sum += term;
                term *= x / (k + 1);
            }
            const auto gamma = pinned::incomplete_gamma(n, std::log(x), std::lgamma(n));
            EXPECT_NEAR(std::exp(gamma.log_upper) / sum, 1.0, 1e-11) << n << ' ' << x;
        }
    }
}

}  // namespace
}  // namespace lagsim::models
