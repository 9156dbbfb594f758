/// Fewer points that hide no peak: of each stretch of samples its lowest and its highest.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace lagsim::sim::report {

struct Stretch {
    std::size_t first = 0;  ///< sample
    std::size_t last = 0;   ///< sample, included
};

/// At most `most` stretches of the samples 0 .. samples-1, even and in order; as many as samples if
/// those are fewer.
[[nodiscard]] std::vector<Stretch> stretches(std::size_t samples, std::size_t most);

struct Extremes {
    std::vector<double> low;   ///< [stretch]; NaN where no sample is defined
    std::vector<double> high;  ///< [stretch]
};
[[nodiscard]] Extremes extremes(std::span<const double> values, std::span<const Stretch> parts);

/// What a line through the stretches is drawn from: a lone sample as it is, of several the lowest
/// and the highest in the order in which they come, at the times of the stretch's two halves.
[[nodiscard]] std::vector<double> line_times(std::span<const double> times,
                                             std::span<const Stretch> parts);
[[nodiscard]] std::vector<double> line_values(std::span<const double> values,
                                              std::span<const Stretch> parts);

}  // namespace lagsim::sim::report
