#include "sim/results/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "models/random/philox.h"
#include "tests/models/random/simd_helper.h"

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

/// Latencies of all magnitudes up to 2^bits; `first` stands before them.
void expect_batches_equal_single_records(int bits, std::vector<std::int64_t> first) {
    models::with_each_simd([&] {
        for (const std::size_t count : {0U, 1U, 2U, 7U, 16U, 17U, 255U, 256U, 257U, 3000U}) {
            std::vector<std::int64_t> arrived;
            std::vector<std::int64_t> finish;
            LatencyHistogram one_by_one;
            LatencyHistogram batch;
            for (std::size_t i = 0; i < count; ++i) {
                const models::Block random =
                    models::philox4x32_10({static_cast<std::uint32_t>(i), 0, 0, 0}, 9);
                const std::uint64_t value = std::uint64_t{random[0]} << 32 | random[1];
                arrived.push_back(random[2]);
                finish.push_back(arrived.back() +
                                 (i < first.size() ? first[i]
                                                   : static_cast<std::int64_t>(
                                                         value >> (64 - bits) >> random[3] % 64)));
                one_by_one.record(core::Duration{finish.back() - arrived.back()});
            }
            batch.record_each(finish.data(), arrived.data(), count);
            EXPECT_EQ(batch.counts(), one_by_one.counts());
            EXPECT_EQ(batch.total(), one_by_one.total());
            if (count > 0) {
                EXPECT_EQ(batch.mean(), one_by_one.mean());
                EXPECT_EQ(batch.max(), one_by_one.max());
            }
        }
    });
}

TEST(LatencyHistogram, ABatchCountsAsItsRecordsDo) {
    expect_batches_equal_single_records(20, {});
    expect_batches_equal_single_records(52, {0, 1, 126, 127, 128, 129, 255, 256, 257, 511, 512});
    expect_batches_equal_single_records(
        52, {(std::int64_t{1} << 52) - 1, (std::int64_t{1} << 44) - 1, std::int64_t{1} << 44});
}

TEST(LatencyHistogram, ABatchMayHoldWhatTheFastWayCannot) {
    expect_batches_equal_single_records(40, {-1});
    expect_batches_equal_single_records(40, {5, 6, std::int64_t{1} << 52});
    expect_batches_equal_single_records(62,
                                        {(std::int64_t{1} << 62) - 1, -(std::int64_t{1} << 40)});
}

TEST(LatencyHistogram, AnEmptyOneHasNoLatency) {
    const LatencyHistogram empty;

    EXPECT_TRUE(std::isnan(empty.quantile(0.5)));
    EXPECT_TRUE(std::isnan(empty.mean()));
    EXPECT_TRUE(std::isnan(empty.max()));
}

}  // namespace
}  // namespace lagsim::sim
