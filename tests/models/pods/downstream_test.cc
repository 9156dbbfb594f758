#include "models/pods/downstream.h"

#include <gtest/gtest.h>

namespace lagsim::models {
namespace {

TEST(Downstream, SlowsNothingDownUpToItsCapacity) {
    Downstream downstream({.capacity = 12, .exponent = 2.0});

    EXPECT_EQ(downstream.slow_down(1), 1.0);
    EXPECT_EQ(downstream.slow_down(12), 1.0);
}

TEST(Downstream, SlowsDownByThePowerOfTheRelativeExcess) {
    Downstream square({.capacity = 12, .exponent = 2.0});
    Downstream root({.capacity = 4, .exponent = 0.5});

    EXPECT_DOUBLE_EQ(square.slow_down(24), 2.0);
    EXPECT_DOUBLE_EQ(square.slow_down(18), 1.25);
    EXPECT_DOUBLE_EQ(square.slow_down(36), 5.0);
    EXPECT_DOUBLE_EQ(root.slow_down(5), 1.5);
}

TEST(Downstream, WithExponentZeroIsTwiceAsSlowBeyondItsCapacity) {
    Downstream step({.capacity = 1, .exponent = 0.0});

    EXPECT_EQ(step.slow_down(1), 1.0);
    EXPECT_EQ(step.slow_down(2), 2.0);
    EXPECT_EQ(step.slow_down(50), 2.0);
}

}  // namespace
}  // namespace lagsim::models
