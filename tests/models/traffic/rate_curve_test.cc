#include "models/traffic/rate_curve.h"

#include <gtest/gtest.h>

#include "models/random/philox.h"

namespace lagsim::models {
namespace {

core::Instant at_s(double seconds) {
    return core::at_nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

RateSegment hold(double begin, double end, double rate) {
    return {at_s(begin), at_s(end), rate, rate};
}

core::Instant reaches(const RateCurve& curve, double records) {
    std::size_t hint = 0;
    return curve.reaches(static_cast<UnitCount>(records * static_cast<double>(one_record)), hint);
}

TEST(RateCurve, AConstantRateReachesCountsAtEvenSteps) {
    const RateCurve curve({hold(0, 10, 10)});
    EXPECT_EQ(curve.total(), 100.0);
    EXPECT_EQ(reaches(curve, 0), at_s(0));
    EXPECT_EQ(reaches(curve, 1), at_s(0.1));
    EXPECT_EQ(reaches(curve, 99), at_s(9.9));
}

TEST(RateCurve, NeverReachesItsTotal) {
    const RateCurve curve({hold(0, 10, 10)});
    EXPECT_EQ(reaches(curve, 100), core::never);
    EXPECT_EQ(reaches(curve, 1e6), core::never);
    EXPECT_EQ(reaches(RateCurve({hold(0, 10, 0)}), 0), core::never);
    EXPECT_EQ(reaches(RateCurve(), 0), core::never);
}

TEST(RateCurve, NothingHappensWhileTheRateIsZero) {
    const RateCurve curve(
        {hold(0, 100, 0), hold(100, 110, 2), hold(110, 200, 0), hold(200, 300, 1)});
    EXPECT_EQ(reaches(curve, 0), at_s(100));
    EXPECT_EQ(reaches(curve, 19), at_s(109.5));
    EXPECT_EQ(reaches(curve, 20), at_s(200)) << "passed only when the rate leaves zero again";
    EXPECT_EQ(curve.total(), 120.0);
}

TEST(RateCurve, RampsFollowTheSquareRoot) {
    const RateCurve up({{at_s(0), at_s(10), 0, 20}});
    EXPECT_EQ(up.total(), 100.0);
    EXPECT_EQ(reaches(up, 0), at_s(0));
    EXPECT_EQ(reaches(up, 1), at_s(1));
    EXPECT_EQ(reaches(up, 25), at_s(5));
    EXPECT_EQ(reaches(up, 81), at_s(9));

    const RateCurve down({{at_s(0), at_s(10), 20, 0}});
    EXPECT_EQ(reaches(down, 19), at_s(1));
    EXPECT_EQ(reaches(down, 75), at_s(5));
    EXPECT_EQ(reaches(down, 99), at_s(9));
}

TEST(RateCurve, ANearlyFlatRampIsAsExactAsAConstantRate) {
    const RateCurve flat({hold(0, 86'400, 1000)});
    const RateCurve ramp({{at_s(0), at_s(86'400), 1000, 1000.0000001}});
    for (const double records : {1.0, 1000.0, 1e6, 8e7}) {
        const auto difference = reaches(flat, records) - reaches(ramp, records);
        EXPECT_LE(std::abs(difference.count()), 10'000) << records;
    }
}

TEST(RateCurve, AShareScalesTheRate) {
    const std::vector<RateSegment> segments{hold(0, 10, 10), {at_s(10), at_s(20), 10, 30}};
    const RateCurve whole(segments);
    const RateCurve quarter(segments, 0.25);
    EXPECT_EQ(quarter.total(), whole.total() / 4);
    EXPECT_EQ(reaches(quarter, 50), reaches(whole, 200));
}

TEST(RateCurve, IsMonotoneAndHintsDoNotMatter) {
    std::vector<RateSegment> segments;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        const Block words = philox4x32_10({i, 0, 0, 0}, 17);
        const double first = words[0] % 3 == 0 ? 0.0 : words[0] % 4000;
        const double last = words[1] % 2 == 0 ? first : words[1] % 4000;
        segments.push_back({at_s(i * 60.0), at_s(i * 60.0 + 60.0), first, last});
    }
    const RateCurve curve(segments, 1.0 / 24.0);
    std::size_t hint = 0;
    core::Instant last{};
    UnitCount count = 0;
    for (std::uint32_t i = 0; last != core::never; ++i) {
        const core::Instant time = curve.reaches(count, hint);
        ASSERT_GE(time, last - core::Duration{1});
        std::size_t fresh = 0;
        ASSERT_EQ(curve.reaches(count, fresh), time);
        std::size_t wrong = 999;
        ASSERT_EQ(curve.reaches(count, wrong), time);
        last = time;
        count += philox4x32_10({i, 1, 0, 0}, 17)[0] % (one_record * 8);
    }
    EXPECT_GT(count,
              static_cast<UnitCount>(curve.total() * 0.999 * static_cast<double>(one_record)));
}

TEST(RateCurve, ATraceRowIsReachedWithinTheRow) {
    // Rows as in shared/traces: 60 s steps with a rate of six decimals.
    std::vector<RateSegment> rows;
    for (int i = 0; i < 1440; ++i) {
        rows.push_back(hold(i * 60.0, i * 60.0 + 60.0, 850.123457 + i % 7));
    }
    const RateCurve curve(rows);
    double sum = 0.0;
    for (const RateSegment& row : rows) {
        const core::Instant first = reaches(curve, sum + 0.001);
        EXPECT_GE(first, row.begin);
        EXPECT_LT(first, row.end);
        sum += row.rate_begin * 60.0;
    }
    EXPECT_NEAR(curve.total(), sum, 1e-4);
}

TEST(RateCurve, MoreThanTheCounterHoldsIsCutOff) {
    const RateCurve curve({hold(0, 1e6, 1e9)});
    EXPECT_EQ(curve.total(), 0x1p34);
    EXPECT_EQ(reaches(curve, 0x1p34), core::never);
}

}  // namespace
}  // namespace lagsim::models
