#include "sim/results/uncertain_number.h"

#include <limits>

#include <gtest/gtest.h>

namespace lagsim::sim {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

TEST(UncertainNumber, HasAsManyDecimalsAsItsUncertaintyAllows) {
    EXPECT_EQ(uncertain_number(3.14159, 0.4, {}), "3.1 ± 0.4");
    EXPECT_EQ(uncertain_number(3.14159, 0.123, {}), "3.14 ± 0.12");
    EXPECT_EQ(uncertain_number(-44.2, 31.7, {}), "-44 ± 32");
    EXPECT_EQ(uncertain_number(-44.26, 2.71, {}), "-44.3 ± 2.7");
    EXPECT_EQ(uncertain_number(1'623'941.7, 696.2, {}), "1,623,942 ± 696");
    EXPECT_EQ(uncertain_number(5.0, 1e-7, {}), "5.000000 ± 0.000000");
}

TEST(UncertainNumber, LeavesOutWhatIsNotThere) {
    EXPECT_EQ(uncertain_number(6.0, 0.0, {}), "6");
    EXPECT_EQ(uncertain_number(5.0, 1e-12, {}), "5");
    EXPECT_EQ(uncertain_number(12.345, undefined, {}), "12.3");
    EXPECT_EQ(uncertain_number(undefined, undefined, {}), "-");
}

TEST(UncertainNumber, WritesSignsAsAsked) {
    EXPECT_EQ(uncertain_number(3.1, 0.4, {.sign = true}), "+3.1 ± 0.4");
    EXPECT_EQ(uncertain_number(3.0, undefined, {.sign = true}), "+3");
    EXPECT_EQ(uncertain_number(-0.01, 0.4, {.sign = true}), "0.0 ± 0.4");
    EXPECT_EQ(uncertain_number(0.0, 0.0, {.sign = true}), "0");
    EXPECT_EQ(uncertain_number(3.1, 0.4, {.unicode = false}), "3.1 +- 0.4");
}

}  // namespace
}  // namespace lagsim::sim
