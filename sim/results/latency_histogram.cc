#include "sim/results/latency_histogram.h"

#include <cmath>
#include <limits>

namespace lagsim::sim {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
constexpr double ns_per_second = 1e9;

}  // namespace

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
