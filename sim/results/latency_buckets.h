/// Buckets of LatencyHistogram for many latencies at once, by SIMD.
#pragma once

#include <cstdint>
#include <span>

namespace lagsim::sim {

struct LatencyBatch {
    bool ordinary = true;  ///< no latency is negative or above 52 days; else nothing else counts
    std::int64_t sum_ns = 0;
    std::int64_t max_ns = 0;
};

/// buckets[i] = LatencyHistogram::bucket_of(finish[i] - arrived[i]) [ns]; at most 2048 at a time.
[[nodiscard]] LatencyBatch bucket_latencies(const std::int64_t* finish, const std::int64_t* arrived,
                                            std::span<std::uint32_t> buckets);

}  // namespace lagsim::sim
