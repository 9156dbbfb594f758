#include "sim/calibrate/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "models/random/pinned_math.h"
#include "sim/study/confidence.h"

namespace lagsim::sim {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

}  // namespace

double median(std::vector<double> values) {
    if (values.empty()) {
        return none;
    }
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

Estimate ratio_of(std::span<const Ratio> ratios) {
    double above = 0.0;
    double below = 0.0;
    std::map<std::size_t, Ratio> clusters;
    for (const Ratio& ratio : ratios) {
        above += ratio.above;
        below += ratio.below;
        clusters[ratio.cluster].above += ratio.above;
        clusters[ratio.cluster].below += ratio.below;
    }
    constexpr std::size_t least = 4;
    std::vector<Ratio> units(ratios.begin(), ratios.end());
    if (clusters.size() >= least) {
        units.clear();
        for (const auto& [number, cluster] : clusters) {
            units.push_back(cluster);
        }
    }
    Estimate estimate{
        .mean = above / below, .half_width = none, .n = static_cast<std::int64_t>(units.size())};
    if (units.size() >= 2) {
        double squares = 0.0;
        for (const Ratio& unit : units) {
            const double off = unit.above - estimate.mean * unit.below;
            squares += off * off;
        }
        const double n = static_cast<double>(units.size());
        const double deviation = std::sqrt(squares * n / (n - 1.0)) / below;
        estimate.half_width = student_t_two_sided(0.95, estimate.n - 1) * deviation;
    }
    return estimate;
}

std::optional<Estimate> slope_of(std::span<const std::pair<double, double>> points) {
    constexpr double span_least = 0.2;
    constexpr std::size_t least = 6;
    if (points.size() < least) {
        return std::nullopt;
    }
    double x_mean = 0.0, y_mean = 0.0;
    double low = points.front().first, high = low;
    for (const auto& [x, y] : points) {
        x_mean += x / static_cast<double>(points.size());
        y_mean += y / static_cast<double>(points.size());
        low = std::fmin(low, x);
        high = std::fmax(high, x);
    }
    if (high - low < span_least) {
        return std::nullopt;
    }
    double xx = 0.0, xy = 0.0;
    for (const auto& [x, y] : points) {
        xx += (x - x_mean) * (x - x_mean);
        xy += (x - x_mean) * (y - y_mean);
    }
    const double slope = xy / xx;
    double squares = 0.0;
    for (const auto& [x, y] : points) {
        const double off = y - y_mean - slope * (x - x_mean);
        squares += off * off;
    }
    const auto degrees = static_cast<std::int64_t>(points.size()) - 2;
    return Estimate{.mean = slope,
                    .half_width = student_t_two_sided(0.95, degrees) *
                                  std::sqrt(squares / static_cast<double>(degrees) / xx),
                    .n = degrees + 2};
}

double distance_of(std::span<const double> ascending, const std::function<double(double)>& cdf) {
    constexpr std::size_t least = 5;
    if (ascending.size() < least) {
        return none;
    }
    double distance = 0.0;
    const double n = static_cast<double>(ascending.size());
    for (std::size_t i = 0; i < ascending.size(); ++i) {
        const double at = cdf(ascending[i]);
        distance = std::fmax(distance, std::fmax(at - static_cast<double>(i) / n,
                                                 static_cast<double>(i + 1) / n - at));
    }
    return distance;
}

double normal_cdf(double mean, double deviation, double x) {
    return 0.5 * std::erfc((mean - x) / (deviation * std::sqrt(2.0)));
}

double gamma_cdf(double mean, double cv, double x) {
    if (x <= 0.0) {
        return 0.0;
    }
    if (cv < 1e-6) {
        return x >= mean ? 1.0 : 0.0;
    }
    namespace pinned = models::pinned;
    const double shape = 1.0 / (cv * cv);
    return pinned::exp(
        pinned::incomplete_gamma(shape, pinned::log(x * shape / mean), pinned::lgamma(shape))
            .log_lower);
}

}  // namespace lagsim::sim
