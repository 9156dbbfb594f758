#include "models/random/record_batch.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "models/traffic/arrivals.h"
#include "tests/models/random/simd_helper.h"

namespace lagsim::models {
namespace {

using core::Duration;
using enum DistributionKind;

constexpr std::uint64_t certain = std::uint64_t{1} << 32;

struct Expected {
    std::vector<UnitCount> gaps;
    std::vector<std::int64_t> works;
};

/// One by one, as the reference engine draws.
Expected draw_one_by_one(const RandomStreams& streams, std::uint32_t entity, std::uint64_t first,
                         std::size_t count, const Distribution& service,
                         std::uint64_t transient_below, std::uint64_t poison_below) {
    Expected expected;
    for (std::uint64_t i = first; i < first + count; ++i) {
        const Block block = streams.block(i, entity, Purpose::record);
        const std::int64_t work = std::max<std::int64_t>(1, service.at(block[1]).count());
        const bool fails = block[2] < transient_below || block[3] < poison_below;
        expected.gaps.push_back(unit_gap(block[0]));
        expected.works.push_back(fails ? ~work : work);
    }
    return expected;
}

void expect_equal(const DistributionParameters& parameters, std::uint64_t first, std::size_t count,
                  std::uint64_t transient_below, std::uint64_t poison_below) {
    const Distribution service(parameters);
    const RandomStreams streams(0x9E3779B97F4A7C15U ^ first, 17);
    const std::uint32_t entity = 0xFFFFFFF0U + static_cast<std::uint32_t>(count % 32);
    const Expected expected =
        draw_one_by_one(streams, entity, first, count, service, transient_below, poison_below);
    constexpr std::int64_t untouched = std::numeric_limits<std::int64_t>::min();
    std::vector<UnitCount> gaps(count + 1, untouched);
    std::vector<std::int64_t> works(count + 1, untouched);
    draw_records(streams, entity, first, count, service, transient_below, poison_below, gaps.data(),
                 works.data());
    EXPECT_EQ(gaps.back(), untouched);
    EXPECT_EQ(works.back(), untouched);
    gaps.pop_back();
    works.pop_back();
    EXPECT_EQ(gaps, expected.gaps);
    EXPECT_EQ(works, expected.works);

    std::vector<std::int64_t> without_gaps(count, untouched);
    draw_records(streams, entity, first, count, service, transient_below, poison_below, nullptr,
                 without_gaps.data());
    EXPECT_EQ(without_gaps, expected.works);
}

const std::vector<DistributionParameters>& parameters_of_all_kinds() {
    static const std::vector<DistributionParameters> parameters{
        {constant, Duration{0}, 0.0},
        {constant, Duration{6'250'000}, 0.0},
        {constant, Duration{std::int64_t{1} << 61}, 0.0},
        {exponential, Duration{1}, 1.0},
        {exponential, Duration{6'250'000}, 1.0},
        {exponential, Duration{std::int64_t{1} << 46}, 1.0},
        {exponential, Duration{std::int64_t{1} << 59}, 1.0},
        {uniform, Duration{3}, 0.577},
        {uniform, Duration{6'250'000}, 0.3},
        {uniform, Duration{std::int64_t{1} << 52}, 0.577},
        {lognormal, Duration{6'250'000}, 0.5},
        {lognormal, Duration{6'250'000}, 100.0},
        {lognormal, Duration{2}, 5.0},
        {gamma, Duration{6'250'000}, 0.5},
        {gamma, Duration{6'250'000}, 50.0},
        {gamma, Duration{1'000}, 1.0},
        {weibull, Duration{6'250'000}, 0.5},
        {weibull, Duration{6'250'000}, 100.0},
        {pareto, Duration{6'250'000}, 2.0},
        {pareto, Duration{std::int64_t{1} << 58}, 2.0},
    };
    return parameters;
}

TEST(RecordBatch, DrawsWhatTheRecordsDrawOneByOne) {
    with_each_simd([] {
        for (const DistributionParameters& parameters : parameters_of_all_kinds()) {
            SCOPED_TRACE(static_cast<int>(parameters.kind));
            SCOPED_TRACE(parameters.mean.count());
            expect_equal(parameters, 1'000, 20'003, 42'949'672, 429'496);
        }
    });
}

TEST(RecordBatch, CountsNeedNotFillAVector) {
    with_each_simd([] {
        for (std::size_t count = 0; count < 70; ++count) {
            expect_equal({exponential, Duration{6'250'000}, 1.0}, 7 * count, count, certain / 4,
                         certain / 8);
            expect_equal({lognormal, Duration{6'250'000}, 0.5}, 7 * count, count, certain / 4,
                         certain / 8);
        }
    });
}

TEST(RecordBatch, FailuresMayBeCertainOrImpossible) {
    with_each_simd([] {
        for (const std::uint64_t transient : {std::uint64_t{0}, std::uint64_t{1}, certain}) {
            for (const std::uint64_t poison : {std::uint64_t{0}, certain - 1, certain}) {
                expect_equal({exponential, Duration{6'250'000}, 1.0}, 5, 999, transient, poison);
            }
        }
    });
}

TEST(RecordBatch, IndicesCrossTheCountersFirstWord) {
    with_each_simd([] {
        expect_equal({exponential, Duration{6'250'000}, 1.0}, (std::uint64_t{1} << 32) - 13, 64,
                     certain / 2, 0);
        expect_equal({exponential, Duration{6'250'000}, 1.0}, (std::uint64_t{1} << 48) - 64, 64,
                     certain / 2, 0);
    });
}

TEST(RecordBatch, GapsOfEveryProducer) {
    with_each_simd([] {
        const RandomStreams streams(42, 3);
        for (const std::uint32_t producer : {0U, 1U, 2U, producers_max - 1}) {
            for (const std::size_t count : {0U, 1U, 15U, 16U, 17U, 5'001U}) {
                std::vector<UnitCount> expected;
                for (std::size_t i = 0; i < count; ++i) {
                    expected.push_back(unit_gap(gap_block(streams, producer, 23, 100 + i)[0]));
                }
                std::vector<UnitCount> gaps(count);
                draw_gaps(streams, producer, 23, 100, count, gaps.data());
                EXPECT_EQ(gaps, expected) << "producer " << producer;
            }
        }
    });
}

TEST(SimdTargets, RefusesUnknownNamesAndChangesNothing) {
    const std::string_view before = chosen_simd();
    EXPECT_FALSE(restrict_simd("avx1024"));
    EXPECT_FALSE(restrict_simd(""));
    EXPECT_EQ(chosen_simd(), before);
}

TEST(SimdTargets, ARestrictionRestricts) {
    ASSERT_TRUE(restrict_simd("sse2"));
    EXPECT_EQ(chosen_simd(), "sse2");
    ASSERT_TRUE(restrict_simd("avx3"));
}

}  // namespace
}  // namespace lagsim::models
