#include "sim/engine/flow/sojourn.h"

#include <algorithm>
#include <cmath>

#include "models/random/pinned_math.h"

namespace lagsim::sim::flow {
namespace {

/// Cells of an exponential distribution, each half as probable as the one two before, so that the
/// far quantiles are as fine as the median.
constexpr int tail_cells = 48;
constexpr double per_octave = 4.0;
constexpr int work_points = 16;

struct Point {
    double value = 0.0;
    double probability = 0.0;
};

core::Duration as_duration(double seconds) {
    constexpr double longest = 9e9;  // [s] what int64 nanoseconds hold
    return core::Duration{std::llround(std::min(longest, std::max(0.0, seconds)) * 1e9)};
}

/// Means of the cells of an exponential distribution of mean 1. A cell from a to b holds
/// (a e^-a - b e^-b) / (e^-a - e^-b) + 1 on average.
std::array<Point, tail_cells> exponential_cells() {
    std::array<Point, tail_cells> cells;
    const double ln_2 = models::pinned::ln_2_high + models::pinned::ln_2_low;
    double begin = 0.0;
    double above = 1.0;
    for (int i = 0; i < tail_cells; ++i) {
        const bool last = i + 1 == tail_cells;
        const double end = static_cast<double>(i + 1) / per_octave * ln_2;
        const double beyond = last ? 0.0 : models::pinned::exp(-end);
        const double weighted = begin * above - (last ? 0.0 : end * beyond);
        cells[static_cast<std::size_t>(i)] = {.value = weighted / (above - beyond) + 1.0,
                                              .probability = above - beyond};
        begin = end;
        above = beyond;
    }
    return cells;
}

/// Times from a record's first attempt to its success: quantiles of the work where it succeeds at
/// once, means where it needed more.
std::vector<Point> service_points(const Service& service,
                                  const models::DistributionParameters& parameters) {
    const models::Distribution work(parameters);
    const double mean = work.mean_seconds();
    const double slow_down = mean > 0.0 ? service.attempt / mean : 1.0;
    const double success = 1.0 - service.dead_lettered;
    std::vector<Point> points;
    for (const Course& course : service.courses) {
        if (course.dead_lettered || course.probability <= 0.0 || success <= 0.0) {
            continue;
        }
        const double probability = course.probability / success;
        if (course.attempts > 1.0) {
            points.push_back({course.backoff + course.attempts * service.attempt, probability});
            continue;
        }
        for (int i = 0; i < work_points; ++i) {
            const auto word =
                static_cast<std::uint32_t>((2.0 * i + 1.0) / (2.0 * work_points) * 4294967296.0);
            points.push_back({core::seconds(work.at(word)) * slow_down, probability / work_points});
        }
    }
    return points;
}

/// Expected numbers into a histogram of whole ones: what is left of one goes to the next.
class Rounding {
  public:
    explicit Rounding(LatencyHistogram& histogram) : histogram_(histogram) {}
    void add(double seconds, double records) {
        left_ += records;
        const double whole = std::floor(left_ + 0.5);
        if (whole >= 1.0) {
            histogram_.add(as_duration(seconds), static_cast<std::int64_t>(whole));
            left_ -= whole;
        }
    }

  private:
    LatencyHistogram& histogram_;
    double left_ = 0.0;
};

}  // namespace

void Sojourns::add_backlogged(double records, double first, double last) {
    constexpr int most_points = 16;
    const double longest = std::max(first, last);
    const double spread = longest > 0.0 ? std::fabs(first - last) / longest : 0.0;
    const int points = 1 + std::min(most_points - 1, static_cast<int>(spread * 100.0));
    for (int i = 0; i < points; ++i) {
        const double part = (i + 0.5) / points;
        const std::size_t bucket =
            LatencyHistogram::bucket_of(as_duration(first + part * (last - first)));
        if (bucket >= backlogged_.size()) {
            backlogged_.resize(bucket + 1, 0.0);
        }
        backlogged_[bucket] += records / points;
    }
}

void Sojourns::add_at_rest(double records, double mean, double load) {
    constexpr std::size_t coarser = 3;  // 16 cells an octave
    constexpr double load_cells = 32.0;
    const std::size_t cell = LatencyHistogram::bucket_of(as_duration(mean)) >> coarser;
    const double bounded = std::clamp(load, 0.0, 1.0);
    const auto key =
        static_cast<std::uint32_t>(cell << 6U) | static_cast<std::uint32_t>(bounded * load_cells);
    if (latest_ == nullptr || key != latest_key_) {
        latest_ = &at_rest_[key];
        latest_key_ = key;
    }
    AtRest& sum = *latest_;
    sum.records += records;
    sum.sojourn += records * mean;
    sum.load += records * bounded;
}

LatencyHistogram Sojourns::spread(const Service& service,
                                  const models::DistributionParameters& work) const {
    LatencyHistogram histogram;
    Rounding rounding(histogram);
    for (std::size_t bucket = 0; bucket < backlogged_.size(); ++bucket) {
        const double middle =
            0.5e-9 * (static_cast<double>(LatencyHistogram::lower_bound_ns(bucket)) +
                      static_cast<double>(LatencyHistogram::lower_bound_ns(bucket + 1)));
        rounding.add(middle, backlogged_[bucket]);
    }
    const std::vector<Point> points = service_points(service, work);
    double mean_service = 0.0;
    for (const Point& point : points) {
        mean_service += point.value * point.probability;
    }
    const std::array<Point, tail_cells> cells = exponential_cells();
    for (const auto& [key, sum] : at_rest_) {
        const double load = sum.load / sum.records;
        const double wait = std::max(0.0, sum.sojourn / sum.records - mean_service);
        const double waits = wait > 0.0 && load > 0.0 ? load : 0.0;
        for (const Point& point : points) {
            const double records = sum.records * point.probability;
            rounding.add(point.value, records * (1.0 - waits));
            for (const Point& cell : cells) {
                if (waits > 0.0) {
                    rounding.add(point.value + wait / waits * cell.value,
                                 records * waits * cell.probability);
                }
            }
        }
    }
    return histogram;
}

}  // namespace lagsim::sim::flow
