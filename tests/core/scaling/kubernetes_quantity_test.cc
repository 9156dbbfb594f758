#include "core/scaling/kubernetes_quantity.h"

#include <limits>

#include <gtest/gtest.h>

namespace lagsim::core {
namespace {

TEST(Quantity, ReadsSuffixesAndRoundsUpToAMilliUnit) {
    EXPECT_EQ(quantity_milli("24k"), 24'000'000);
    EXPECT_EQ(quantity_milli("1500m"), 1500);
    EXPECT_EQ(quantity_milli("1Ki"), 1'024'000);
    EXPECT_EQ(quantity_milli("2e2"), 200'000);
    EXPECT_EQ(quantity_milli("0.0001"), 1);
    EXPECT_EQ(quantity_milli("-0.0001"), -1);
    EXPECT_EQ(quantity_milli("1."), 1000);
    EXPECT_EQ(quantity_milli("+1.5"), 1500);
    EXPECT_EQ(quantity_milli("100n"), 1);
}

TEST(Quantity, RefusesWhatIsNone) {
    for (const char* text : {"", "k", "1kk", "1 k", "1KI", "--1", "1e", "0x1", "1.2.3"}) {
        EXPECT_FALSE(quantity_milli(text).has_value()) << text;
    }
}

TEST(Quantity, WritesTheCanonicalForm) {
    EXPECT_EQ(quantity_text(0), "0");
    EXPECT_EQ(quantity_text(24'000'000), "24k");
    EXPECT_EQ(quantity_text(2'500'000), "2500");
    EXPECT_EQ(quantity_text(1500), "1500m");
    EXPECT_EQ(quantity_text(-3'000'000), "-3k");
    EXPECT_EQ(quantity_text(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808m");
}

TEST(Quantity, HasTheDoubleOfItsDigitsTimesAPowerOfTen) {
    EXPECT_EQ(quantity_double("0.1"), 0.1);
    EXPECT_EQ(quantity_double("50m"), 50 * 0.001);
    EXPECT_EQ(quantity_double("1Ki"), 1024.0);
    EXPECT_EQ(quantity_double("-2"), -2.0);
    EXPECT_FALSE(quantity_double("x").has_value());
}

TEST(ReportedMetric, IsZeroForANegativeTotal) {
    EXPECT_EQ(reported_milli(-5), 0);
    EXPECT_EQ(reported_text(-5), "0");
}

TEST(ReportedMetric, GoesThroughADouble) {
    EXPECT_EQ(reported_text((std::int64_t{1} << 53) + 1), "9007199254740992");
}

TEST(ReportedMetric, WrapsWhereMilliUnitsDoNotFit) {
    constexpr std::int64_t total = std::int64_t{1} << 60;
    EXPECT_EQ(reported_milli(total),
              static_cast<std::int64_t>(static_cast<std::uint64_t>(total) * 1000U));
    EXPECT_EQ(transmitted_milli(24000), 24'000'000);
    EXPECT_EQ(transmitted_milli(20'000'000'000'000'000), 0)
        << "20P: multiplied in a loop, which notices";
}

}  // namespace
}  // namespace lagsim::core
