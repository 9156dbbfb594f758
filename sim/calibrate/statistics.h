/// The statistics that fits share: medians, ratios over clusters, slopes, distances between
/// distributions.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "sim/calibrate/estimate.h"

namespace lagsim::sim {

/// NaN of nothing.
[[nodiscard]] double median(std::vector<double> values);

struct Ratio {
    double above = 0.0;
    double below = 0.0;
    std::size_t cluster = 0;  ///< ratios of one cluster may depend on each other
};

/// sum(above) / sum(below) with a t interval over clusters (over single ratios where there are
/// fewer than four clusters). Source: the usual linearised ratio estimator.
[[nodiscard]] Estimate ratio_of(std::span<const Ratio> ratios);

/// Least squares y = a + b x; nothing without two x that differ by a fifth of a unit.
[[nodiscard]] std::optional<Estimate> slope_of(std::span<const std::pair<double, double>> points);

/// Kolmogorov-Smirnov: the largest distance of the ascending values' distribution from `cdf`; NaN
/// with fewer than five.
[[nodiscard]] double distance_of(std::span<const double> ascending,
                                 const std::function<double(double)>& cdf);

}  // namespace lagsim::sim
