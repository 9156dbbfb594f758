/// Integer log-linear histogram of latencies: buckets at most 1 % wide, counts merge exactly in any
/// order.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/int128.h"
#include "core/time.h"

namespace lagsim::sim {

class LatencyHistogram {
  public:
    static constexpr int sub_bits =
        7;  ///< 128 buckets an octave: width <= 1/128 of the lower bound

    void record(core::Duration latency) { add(latency, 1); }
    void add(core::Duration latency, std::int64_t count) {
        const std::size_t index = bucket_of(latency);
        if (index >= counts_.size()) {
            counts_.resize(index + 1, 0);
        }
        counts_[index] += count;
        total_ += count;
        sum_ns_ += static_cast<core::int128>(core::nanoseconds(latency)) * count;
        max_ns_ = std::max(max_ns_, core::nanoseconds(latency));
    }
    /// record(finish[i] - arrived[i]) for each i below `count` [ns].
    void record_each(const std::int64_t* finish, const std::int64_t* arrived, std::size_t count);
    [[nodiscard]] static constexpr std::size_t bucket_of(core::Duration latency) {
        const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(0, latency.count()));
        if (value < (1U << sub_bits)) {
            return static_cast<std::size_t>(value);
        }
        const int shift = static_cast<int>(std::bit_width(value)) - 1 - sub_bits;
        return (static_cast<std::size_t>(shift) << sub_bits) +
               static_cast<std::size_t>(value >> shift);
    }
    /// Smallest latency [ns] that falls into the bucket.
    [[nodiscard]] static constexpr std::int64_t lower_bound_ns(std::size_t bucket) {
        if (bucket < (2U << sub_bits)) {
            return static_cast<std::int64_t>(bucket);
        }
        const std::size_t shift = (bucket >> sub_bits) - 1;
        return static_cast<std::int64_t>(((bucket & ((1U << sub_bits) - 1)) | (1U << sub_bits))
                                         << shift);
    }
    void merge(const LatencyHistogram& other);
    /// Latency [s] not exceeded by a fraction q of the records (midpoint of its bucket); NaN when
    /// empty.
    [[nodiscard]] double quantile(double q) const;
    [[nodiscard]] double mean() const;  ///< [s], exact; NaN when empty
    [[nodiscard]] double max() const;   ///< [s], exact; NaN when empty
    [[nodiscard]] std::int64_t total() const { return total_; }
    [[nodiscard]] const std::vector<std::int64_t>& counts() const { return counts_; }

  private:
    std::vector<std::int64_t> counts_;
    std::int64_t total_ = 0;
    core::int128 sum_ns_ = 0;
    std::int64_t max_ns_ = 0;
};

}  // namespace lagsim::sim
