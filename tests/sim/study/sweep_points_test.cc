#include "sim/study/sweep_points.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace lagsim::sim {
namespace {

TEST(SweepPoints, OfAGridAreAllCombinationsWithTheLastAxisFastest) {
    const auto points = sweep_points(
        {{.path = "a", .values = {"1", "2"}}, {.path = "b", .values = {"x", "y", "z"}}}, {}, 1);

    ASSERT_EQ(points.size(), 6U);
    EXPECT_EQ(points[1], (SweepValues{"1", "y"}));
    EXPECT_EQ(points[3], (SweepValues{"2", "x"}));
}

TEST(SweepPoints, OfALatinHypercubeUseEveryPartOfEveryAxisOnce) {
    const SweepDesign design{.method = SweepMethod::latin_hypercube, .points = 20};
    const std::vector<SweepAxis> axes{{.path = "n", .range = parse_range("1", "20", false)},
                                      {.path = "x", .range = parse_range("0.5", "1.5", false)},
                                      {.path = "l", .values = {"a", "b", "c", "d"}}};
    const auto points = sweep_points(axes, design, 7);

    ASSERT_EQ(points.size(), 20U);
    std::set<std::string> whole;
    std::set<int> parts;
    for (const SweepValues& point : points) {
        whole.insert(point[0]);
        parts.insert(static_cast<int>((std::stod(point[1]) - 0.5) * 20.0));
    }
    EXPECT_EQ(whole.size(), 20U) << "each whole number has an equal part";
    EXPECT_EQ(parts.size(), 20U);
    for (const char* word : {"a", "b", "c", "d"}) {
        EXPECT_EQ(std::ranges::count(points, word, [](const auto& point) { return point[2]; }), 5)
            << word;
    }
    EXPECT_EQ(points, sweep_points(axes, design, 7));
    EXPECT_NE(points, sweep_points(axes, design, 8));
}

TEST(SweepPoints, OfALatinHypercubeAreTheSameOnEveryMachine) {
    const auto points = sweep_points({{.path = "x", .range = parse_range("1ms", "1s", true)},
                                      {.path = "n", .range = parse_range("10", "90", false)}},
                                     {.method = SweepMethod::latin_hypercube, .points = 3}, 42);

    EXPECT_EQ(points, (std::vector<SweepValues>{
                          {"1.5343ms", "10"}, {"18.455ms", "39"}, {"139.04ms", "84"}}));
}

}  // namespace
}  // namespace lagsim::sim
