#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "models/random/philox.h"
#include "models/traffic/arrivals.h"
#include "models/traffic/rate_curve.h"
#include "tests/models/random/simd_helper.h"

namespace lagsim::models {
namespace {

core::Instant at_s(double seconds) {
    return core::at_nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

struct State {
    UnitCount count = 0;
    std::size_t hint = 0;
    core::Instant last{};
    friend bool operator==(const State&, const State&) = default;
};

std::vector<std::int64_t> reach_one_by_one(const RateCurve& curve,
                                           const std::vector<UnitCount>& gaps, State& state) {
    std::vector<std::int64_t> times;
    for (const UnitCount gap : gaps) {
        state.count += gap;
        state.last = std::max(state.last, curve.reaches(state.count, state.hint));
        times.push_back(core::nanoseconds(state.last));
    }
    return times;
}

std::vector<UnitCount> poisson_gaps(std::size_t count) {
    std::vector<UnitCount> gaps;
    const RandomStreams streams(42, 0);
    for (std::size_t i = 0; i < count; ++i) {
        gaps.push_back(unit_gap(streams.block(i, 3, Purpose::record)[0]));
    }
    return gaps;
}

/// The whole of `gaps` in calls of 1, 2, 3 ... of them, compared after each.
void expect_equal(const RateCurve& curve, const std::vector<UnitCount>& gaps, State begin = {}) {
    with_each_simd([&] {
        State expected = begin;
        State actual = begin;
        std::size_t size = 0;
        for (std::size_t i = 0; i < gaps.size(); i += size) {
            size = std::min(size + 1, gaps.size() - i);
            const std::vector<UnitCount> some(gaps.begin() + static_cast<std::ptrdiff_t>(i),
                                              gaps.begin() + static_cast<std::ptrdiff_t>(i + size));
            const auto times = reach_one_by_one(curve, some, expected);
            std::vector<std::int64_t> reached(size);
            curve.reach_each(actual.count, some, actual.hint, actual.last, reached.data());
            ASSERT_EQ(reached, times);
            ASSERT_EQ(actual, expected);
        }
    });
}

TEST(ReachEach, OneConstantRateToItsEndAndBeyond) {
    expect_equal(RateCurve({{at_s(0), at_s(100), 100.0, 100.0}}), poisson_gaps(12'000));
    expect_equal(RateCurve({{at_s(0), at_s(100), 100.0, 100.0}}, 1e-3), poisson_gaps(50));
}

TEST(ReachEach, ManyPiecesOfAllSlopes) {
    std::vector<RateSegment> segments;
    for (int i = 0; i < 300; ++i) {
        const double rate = i % 5 == 3 ? 0.0 : 10.0 * (i % 7);
        const double end = i % 4 == 0 ? rate : 10.0 * ((i + 1) % 7);
        segments.push_back({at_s(i * 0.7), at_s((i + 1) * 0.7), rate, end});
    }
    expect_equal(RateCurve(segments), poisson_gaps(8'000));
}

TEST(ReachEach, ExtremeRates) {
    for (const double rate : {1e-9, 1e-3, 1e9, 1e15}) {
        expect_equal(RateCurve({{at_s(0), at_s(1000), rate, rate}}), poisson_gaps(700));
    }
}

TEST(ReachEach, PiecesTooLongForTheFastWay) {
    const core::Instant end = core::at_nanoseconds(std::int64_t{1} << 60);
    expect_equal(RateCurve({{core::Instant{}, end, 3.0, 3.0}}), poisson_gaps(700));
    expect_equal(RateCurve({{core::Instant{}, end, 3.0, 3.0}}),
                 std::vector<UnitCount>(100, UnitCount{1} << 54));
}

TEST(ReachEach, CountsBeyondTheDigitsOfADouble) {
    const core::Instant end = core::at_nanoseconds(std::int64_t{1} << 52);
    std::vector<UnitCount> gaps = poisson_gaps(2'000);
    for (UnitCount& gap : gaps) {
        gap = (gap << 22) + 1;
    }
    expect_equal(RateCurve({{core::Instant{}, end, 3000.0, 3000.0}}), gaps);
}

TEST(ReachEach, GapsOfZeroAndNeverAtAll) {
    expect_equal(RateCurve({{at_s(0), at_s(10), 5.0, 5.0}}), std::vector<UnitCount>(40, 0));
    expect_equal(RateCurve(), poisson_gaps(40));
    expect_equal(RateCurve({{at_s(0), at_s(10), 0.0, 0.0}}), poisson_gaps(40));
}

TEST(ReachEach, NeverBeforeTheLast) {
    expect_equal(RateCurve({{at_s(0), at_s(100), 100.0, 100.0}}), poisson_gaps(3'000),
                 {.count = 0, .hint = 0, .last = at_s(7.5)});
}

}  // namespace
}  // namespace lagsim::models
