#include "models/random/distribution.h"

#include <array>
#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "models/random/philox.h"

namespace lagsim::models {
namespace {

using core::Duration;
using enum DistributionKind;

constexpr Duration mean{6'250'000};
constexpr std::array<std::uint32_t, 9> words{
    0, 1, 12345, 0x10000000, 0x7fffffff, 0x80000000, 0xC0000000, 0xfffffff0, 0xffffffff};

TEST(Distribution, MatchesQuantilesComputedWithFortyDigits) {
    // mpmath 1.3, 40 digits: the quantile function at (word + 0.5) / 2^32 [ns].
    struct Case {
        DistributionParameters parameters;
        std::array<double, words.size()> quantiles;
    };
    const std::vector<Case> cases{
        {{.kind = exponential, .mean = mean, .cv = 1.0},
         {0.00072759576146069424, 0.0021827872846361926, 17.965092764720202, 403365.75788592197,
          4332169.8770444667, 4332169.8799548497, 8664339.7599096994, 121499185.96245656,
          142961605.99048872}},
        {{.kind = lognormal, .mean = mean, .cv = 0.6},
         {159511.2158115734, 175428.03125741161, 433392.32388035005, 2289078.3834582785,
          5359330.7848361949, 5359330.7865706074, 7790090.4335383529, 132572329.6724082,
          180065246.97622089}},
        {{.kind = lognormal, .mean = mean, .cv = 3.0},
         {131.55308173591731, 170.66320166727863, 2027.6361447058909, 192698.74523838627,
          1976423.5367300761, 1976423.538480398, 5500164.2930005702, 12845969283.171043,
          29693337080.780034}},
        {{.kind = gamma, .mean = mean, .cv = 0.4},
         {80428.934537678689, 96092.30253464784, 425396.15219636591, 2940795.8065663549,
          5920013.5989130189, 5920013.6003262735, 7707690.7953433722, 32697134.022415154,
          36721208.797592643}},
        {{.kind = gamma, .mean = mean, .cv = 1.5},
         {4.7644624315772147e-16, 5.6433466726984934e-15, 3.6410440709307039e-6, 20925.142520348598,
          2541836.3842538833, 2541836.3872763129, 8088058.2808088078, 241050716.98754533,
          288016255.29939981}},
        {{.kind = gamma, .mean = mean, .cv = 5.0},
         {4.0495672302017149e-241, 3.4311521873235521e-229, 2.6355763401467131e-131,
          7.1475218233430486e-23, 2.7002573029427558, 2.7002573343778888, 68213.276329047254,
          2135692874.3702731, 2642113975.2277121}},
        {{.kind = uniform, .mean = mean, .cv = 0.5},
         {837341.22760749128, 837341.23012795694, 837372.34275596889, 1513923.574314084,
          6249999.9987397672, 6250000.0012602328, 8956329.3880866036, 11662658.734585524,
          11662658.772392509}},
        {{.kind = weibull, .mean = mean, .cv = 0.5},
         {132.17947094747031, 222.95578268594834, 16274.456786666304, 1915178.9231417375,
          5927200.3325832988, 5927200.3344782415, 8243377.5686978287, 28964621.846283374,
          31295885.278104946}},
        {{.kind = weibull, .mean = mean, .cv = 2.0},
         {1.7812778208571776e-12, 1.3486702574334391e-11, 0.00022115936457928597,
          23047.973501287465, 1829915.8932817044, 1829915.8955469846, 6563390.4410272673,
          851853759.90698718, 1149587338.5749637}},
        {{.kind = pareto, .mean = mean, .cv = 0.7},
         {3972131.918285037, 3972131.9186221009, 3972136.0793481204, 4066670.4592214029,
          5113717.3819551269, 5113717.3828229983, 6583393.0016568744, 4742579050.5949908,
          16578857959.212921}},
    };
    for (const Case& c : cases) {
        const Distribution distribution(c.parameters);
        for (std::size_t i = 0; i < words.size(); ++i) {
            const auto ns = static_cast<double>(distribution.at(words[i]).count());
            EXPECT_NEAR(ns, c.quantiles[i], 0.5 + 2e-8 * c.quantiles[i])
                << "kind " << static_cast<int>(c.parameters.kind) << " cv " << c.parameters.cv
                << " word " << words[i];
        }
    }
}

/// Every kind, from nearly constant to heavy.
std::vector<DistributionParameters> all_kinds() {
    return {{constant, mean, 0.0},  {exponential, mean, 1.0}, {lognormal, mean, 0.1},
            {lognormal, mean, 2.0}, {gamma, mean, 0.005},     {gamma, mean, 0.4},
            {gamma, mean, 1.0},     {gamma, mean, 3.0},       {uniform, mean, 0.3},
            {uniform, mean, 0.577}, {weibull, mean, 0.001},   {weibull, mean, 0.5},
            {weibull, mean, 1.5},   {pareto, mean, 0.2},      {pareto, mean, 0.6}};
}

TEST(Distribution, GivesTheseNanosecondsOnEveryMachine) {
    std::vector<std::uint64_t> hashes;
    for (const auto& parameters : all_kinds()) {
        const Distribution distribution(parameters);
        std::uint64_t hash = 0;
        for (std::uint32_t i = 0; i < 100'000; ++i) {
            const auto ns = distribution.at(philox4x32_10({i, 0, 0, 0}, 5)[0]).count();
            hash = hash * 0x9E3779B97F4A7C15U + static_cast<std::uint64_t>(ns);
        }
        hashes.push_back(hash);
    }
    EXPECT_EQ(hashes, (std::vector<std::uint64_t>{
                          8332897165715031552U, 15289334895381134985U, 17511899709585693995U,
                          13057088173899935640U, 3805438056845629455U, 6389968004639017697U,
                          10178171158955589300U, 16362111234081735635U, 2252227219124622736U,
                          16956977687678211631U, 7243221841985875107U, 92612844307368854U,
                          3391454304769605875U, 17320492204066215482U, 2120344045858300524U}));
}

TEST(Distribution, HasTheMeanAndTheSpreadItWasAskedFor) {
    constexpr std::uint32_t n = 1'000'000;
    for (const auto& parameters : all_kinds()) {
        const Distribution distribution(parameters);
        const double expected = distribution.mean_seconds() * 1e9;
        const double expected_square = distribution.second_moment() * 1e18;
        double sum = 0.0;
        double sum_square = 0.0;
        double sum_fourth = 0.0;
        for (std::uint32_t i = 0; i < n; ++i) {
            const auto ns =
                static_cast<double>(distribution.at(philox4x32_10({i, 0, 0, 0}, 11)[0]).count());
            sum += ns;
            sum_square += ns * ns;
            sum_fourth += ns * ns * ns * ns;
        }
        const double error = std::sqrt((expected_square - expected * expected) / n);
        EXPECT_NEAR(sum / n, expected, 4.0 * error + 1e-3) << static_cast<int>(parameters.kind);
        // The fourth moment of heavy tails is estimated from the sample itself.
        const double square = sum_square / n;
        const double error_square = std::sqrt(std::max(0.0, sum_fourth / n - square * square) / n);
        EXPECT_NEAR(square / expected_square, 1.0, 5.0 * error_square / expected_square + 1e-7)
            << static_cast<int>(parameters.kind) << " cv " << parameters.cv;
    }
}

TEST(Distribution, LargerWordsNeverGiveShorterDurations) {
    for (const auto& parameters : all_kinds()) {
        const Distribution distribution(parameters);
        for (std::uint32_t i = 0; i < 100'000; ++i) {
            const Block random = philox4x32_10({i, 0, 0, 0}, 13);
            // Any scale: neighbours, and words at both ends and across the table's joints.
            std::uint32_t word = random[0] >> random[1] % 32;
            word = random[2] % 2 == 0 ? word : ~word;
            word = random[2] % 5 == 0 ? std::bit_floor(word | 1U) : word;
            const std::uint32_t lower = word - (word > 0 ? 1 : 0);
            ASSERT_LE(distribution.at(lower), distribution.at(word)) << word;
        }
        ASSERT_LE(distribution.at(0x7fffffff), distribution.at(0x80000000));
        ASSERT_GE(distribution.at(0).count(), 0);
    }
}

TEST(Distribution, StaysBelowTwoToThe62EvenForAYearsMean) {
    const Duration year{std::int64_t{365} * 24 * 3600 * 1'000'000'000};
    const Distribution distribution({lognormal, year, 50.0});
    EXPECT_LT(distribution.at(0xffffffff).count(), std::int64_t{1} << 62);
    EXPECT_GT(distribution.at(0xffffffff).count(), 1'000'000'000'000'000'000);
}

TEST(Distribution, ACvOfZeroMakesAnyKindConstant) {
    for (const auto kind : {lognormal, gamma, uniform, weibull, pareto}) {
        const Distribution distribution({kind, mean, 0.0});
        EXPECT_TRUE(distribution.is_constant());
        EXPECT_EQ(distribution.at(0), mean);
        EXPECT_EQ(distribution.at(0xffffffff), mean);
    }
}

TEST(Distribution, KnowsItsMomentsForQueueingTheory) {
    EXPECT_DOUBLE_EQ(Distribution({constant, mean, 0.7}).second_moment(), 0.00625 * 0.00625);
    EXPECT_DOUBLE_EQ(Distribution({exponential, mean, 0.7}).second_moment(), 2 * 0.00625 * 0.00625);
    EXPECT_DOUBLE_EQ(Distribution({gamma, mean, 0.5}).second_moment(), 1.25 * 0.00625 * 0.00625);
    EXPECT_DOUBLE_EQ(Distribution({gamma, mean, 0.5}).mean_seconds(), 0.00625);
}

TEST(Distribution, RefusesParametersThatMakeNone) {
    const auto reason = [](DistributionParameters parameters) {
        const char* text = invalid_distribution(parameters);
        return std::string(text == nullptr ? "" : text);
    };
    EXPECT_EQ(reason({constant, Duration{0}, 0.0}), "");
    EXPECT_EQ(reason({exponential, mean, 0.0}), "");
    EXPECT_EQ(reason({constant, Duration{-1}, 0.0}), "the mean of a duration cannot be negative");
    EXPECT_EQ(reason({gamma, Duration{0}, 1.0}),
              "a distribution needs a mean above 0 (write 0s alone for no time at all)");
    EXPECT_EQ(reason({gamma, mean, -0.1}),
              "cv, the standard deviation divided by the mean, cannot be negative");
    EXPECT_NE(reason({gamma, mean, std::nan("")}), "");
    EXPECT_EQ(reason({uniform, mean, 0.6}),
              "a uniform distribution with cv above 0.577 (1/sqrt(3)) would be negative");
    EXPECT_EQ(reason({uniform, mean, 0.57735}), "");
    EXPECT_EQ(reason({pareto, mean, 1000.0}),
              "cv above 100 would rest on values rarer than one in 2^32, which are never drawn");
}

}  // namespace
}  // namespace lagsim::models
