#include "sim/results/latency_histogram.h"

#include <cmath>

#include <gtest/gtest.h>

namespace lagsim::sim {
namespace {

core::Duration milliseconds(std::int64_t count) {
    return core::Duration{count * 1'000'000};
}

TEST(LatencyHistogram, BucketsAreAtMostOnePercentWide) {
    for (std::size_t bucket = 256; bucket < 5000; ++bucket) {
        const auto lower = static_cast<double>(LatencyHistogram::lower_bound_ns(bucket));
        const auto upper = static_cast<double>(LatencyHistogram::lower_bound_ns(bucket + 1));

        ASSERT_LE((upper - lower) / lower, 0.01) << bucket;
    }
}

TEST(LatencyHistogram, AValueFallsBetweenItsBucketsBounds) {
    for (const std::int64_t ns : {0L, 1L, 127L, 128L, 255L, 256L, 999'999L, 123'456'789'012L}) {
        const std::size_t bucket = LatencyHistogram::bucket_of(core::Duration{ns});

        EXPECT_LE(LatencyHistogram::lower_bound_ns(bucket), ns);
        EXPECT_GT(LatencyHistogram::lower_bound_ns(bucket + 1), ns);
    }
}

TEST(LatencyHistogram, QuantilesAreWithinHalfABucketAndNeverAboveTheMaximum) {
    LatencyHistogram histogram;
    for (std::int64_t i = 1; i <= 1000; ++i) {
        histogram.record(milliseconds(i));
    }

    EXPECT_NEAR(histogram.quantile(0.50), 0.500, 0.500 * 0.005);
    EXPECT_NEAR(histogram.quantile(0.99), 0.990, 0.990 * 0.005);
    EXPECT_LE(histogram.quantile(1.0), histogram.max());
    EXPECT_DOUBLE_EQ(histogram.max(), 1.0);
    EXPECT_DOUBLE_EQ(histogram.mean(), 0.5005);
}

TEST(LatencyHistogram, MergingInAnyOrderGivesTheSameCounts) {
    LatencyHistogram early;
    LatencyHistogram late;
    early.add(milliseconds(3), 5);
    late.add(milliseconds(400), 7);
    LatencyHistogram one = early;
    one.merge(late);
    LatencyHistogram other = late;
    other.merge(early);

    EXPECT_EQ(one.counts(), other.counts());
    EXPECT_EQ(one.total(), 12);
    EXPECT_DOUBLE_EQ(one.mean(), other.mean());
    EXPECT_DOUBLE_EQ(one.max(), 0.4);
}

TEST(LatencyHistogram, AnEmptyOneHasNoLatency) {
    const LatencyHistogram empty;

    EXPECT_TRUE(std::isnan(empty.quantile(0.5)));
    EXPECT_TRUE(std::isnan(empty.mean()));
    EXPECT_TRUE(std::isnan(empty.max()));
}

}  // namespace
}  // namespace lagsim::sim
