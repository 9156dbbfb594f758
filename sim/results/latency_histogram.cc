#include "sim/results/latency_histogram.h"

#include <array>
#include <cmath>
#include <limits>

#include "sim/results/latency_buckets.h"

namespace lagsim::sim {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
constexpr double ns_per_second = 1e9;

}  // namespace

void LatencyHistogram::record_each(const std::int64_t* finish, const std::int64_t* arrived,
                                   std::size_t count) {
    constexpr std::size_t at_once = 256;
    std::array<std::uint32_t, at_once> buckets;
    for (std::size_t begin = 0; begin < count; begin += at_once) {
        const std::size_t size = std::min(at_once, count - begin);
        const LatencyBatch batch =
            bucket_latencies(finish + begin, arrived + begin, {buckets.data(), size});
        if (!batch.ordinary) {
            for (std::size_t i = begin; i < begin + size; ++i) {
                record(core::Duration{finish[i] - arrived[i]});
            }
            continue;
        }
        const std::size_t needed = bucket_of(core::Duration{batch.max_ns}) + 1;
        if (needed > counts_.size()) {
            counts_.resize(needed, 0);
        }
        for (std::size_t i = 0; i < size; ++i) {
            ++counts_[buckets[i]];
        }
        total_ += static_cast<std::int64_t>(size);
        sum_ns_ += batch.sum_ns;
        max_ns_ = std::max(max_ns_, batch.max_ns);
    }
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
    if (other.counts_.size() > counts_.size()) {
        counts_.resize(other.counts_.size(), 0);
    }
    for (std::size_t bucket = 0; bucket < other.counts_.size(); ++bucket) {
        counts_[bucket] += other.counts_[bucket];
    }
    total_ += other.total_;
    sum_ns_ += other.sum_ns_;
    max_ns_ = std::max(max_ns_, other.max_ns_);
}

double LatencyHistogram::quantile(double q) const {
    if (total_ == 0) {
        return undefined;
    }
    const auto rank = std::clamp<std::int64_t>(
        static_cast<std::int64_t>(std::ceil(q * static_cast<double>(total_))), 1, total_);
    std::int64_t below = 0;
    std::size_t bucket = 0;
    while (below + counts_[bucket] < rank) {
        below += counts_[bucket];
        ++bucket;
    }
    const double middle_ns = 0.5 * (static_cast<double>(lower_bound_ns(bucket)) +
                                    static_cast<double>(lower_bound_ns(bucket + 1) - 1));
    // The last bucket's middle may lie above the largest latency, which is known exactly.
    return std::min(middle_ns, static_cast<double>(max_ns_)) / ns_per_second;
}

double LatencyHistogram::mean() const {
    return total_ == 0 ? undefined
                       : static_cast<double>(sum_ns_) / static_cast<double>(total_) / ns_per_second;
}

double LatencyHistogram::max() const {
    return total_ == 0 ? undefined : static_cast<double>(max_ns_) / ns_per_second;
}

}  // namespace lagsim::sim
