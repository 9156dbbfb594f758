#include "sim/results/latency_buckets.h"

#include <algorithm>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/results/latency_buckets.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/random/pinned_simd-inl.h"
#include "sim/results/latency_histogram.h"

HWY_BEFORE_NAMESPACE();
namespace lagsim::sim::HWY_NAMESPACE {

#if LAGSIM_HAS_VECTORS

namespace hn = LAGSIM_VECTORS;
using models::HWY_NAMESPACE::doubles;
using models::HWY_NAMESPACE::integers;
using models::HWY_NAMESPACE::VDouble;
using models::HWY_NAMESPACE::VInteger;
using models::HWY_NAMESPACE::VWord;
using models::HWY_NAMESPACE::words;

/// The bucket of a latency in [0, 2^52) ns. As a double, exponent and first mantissa bits of the
/// latency number its bucket; the smallest latencies, which have a bucket each, number themselves.
HWY_INLINE VWord bucket_of(VInteger latency) {
    constexpr int sub_bits = LatencyHistogram::sub_bits;
    const VDouble value = models::HWY_NAMESPACE::double_of_small(hn::BitCast(words, latency));
    const VWord wide = hn::ShiftRight<52 - sub_bits>(hn::BitCast(words, value)) -
                       hn::Set(words, std::uint64_t{1023 + sub_bits - 1} << sub_bits);
    const auto small = hn::Lt(value, hn::Set(doubles, 1U << sub_bits));
    return hn::BitCast(
        words, hn::IfThenElse(small, hn::BitCast(doubles, latency), hn::BitCast(doubles, wide)));
}

#endif

/// None of the latencies that were joined by "or" is negative or above 52 days.
bool ordinary(std::int64_t all_bits) {
    return (all_bits >> 52) == 0;
}

LatencyBatch batch_of(const std::int64_t* finish, const std::int64_t* arrived,
                      std::span<std::uint32_t> buckets) {
    LatencyBatch batch;
    std::size_t i = 0;
#if LAGSIM_HAS_VECTORS
    constexpr std::size_t lanes = hn::MaxLanes(words);
    VInteger bits = hn::Zero(integers);
    VInteger sum = hn::Zero(integers);
    VDouble most = hn::Zero(doubles);
    HWY_ALIGN std::uint64_t numbers[lanes];
    for (; i + lanes <= buckets.size(); i += lanes) {
        const VInteger latency = hn::LoadU(integers, finish + i) - hn::LoadU(integers, arrived + i);
        bits = hn::Or(bits, latency);
        sum = sum + latency;
        most = hn::Max(most, models::HWY_NAMESPACE::double_of_small(hn::BitCast(words, latency)));
        hn::Store(bucket_of(latency), words, numbers);
        for (std::size_t k = 0; k < lanes; ++k) {
            buckets[i + k] = static_cast<std::uint32_t>(numbers[k]);
        }
    }
    HWY_ALIGN std::int64_t seen[lanes];
    HWY_ALIGN std::int64_t sums[lanes];
    HWY_ALIGN double highest[lanes];
    hn::Store(bits, integers, seen);
    hn::Store(sum, integers, sums);
    hn::Store(most, doubles, highest);
    for (std::size_t k = 0; k < lanes; ++k) {
        if (!ordinary(seen[k])) {
            return {.ordinary = false};
        }
        batch.sum_ns += sums[k];
        batch.max_ns = std::max(batch.max_ns, static_cast<std::int64_t>(highest[k]));
    }
#endif
    for (; i < buckets.size(); ++i) {
        const std::int64_t latency = finish[i] - arrived[i];
        if (!ordinary(latency)) {
            return {.ordinary = false};
        }
        batch.sum_ns += latency;
        batch.max_ns = std::max(batch.max_ns, latency);
        buckets[i] =
            static_cast<std::uint32_t>(LatencyHistogram::bucket_of(core::Duration{latency}));
    }
    return batch;
}

}  // namespace lagsim::sim::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lagsim::sim {

HWY_EXPORT(batch_of);

LatencyBatch bucket_latencies(const std::int64_t* finish, const std::int64_t* arrived,
                              std::span<std::uint32_t> buckets) {
    return HWY_DYNAMIC_DISPATCH(batch_of)(finish, arrived, buckets);
}

}  // namespace lagsim::sim
#endif
