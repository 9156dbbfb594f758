/// A series as one line of text, and numbers as people read them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace lagsim::sim {

/// `width` block characters from 0 to the largest value; a column shows the largest value of its
/// stretch, so that no peak is lost. Values are not negative; NaN counts as nothing.
[[nodiscard]] std::string sparkline(std::span<const double> values, std::size_t width,
                                    bool unicode);

/// Largest value of each of `width` even stretches; values are repeated where there are fewer.
[[nodiscard]] std::vector<double> stretch_maxima(std::span<const double> values, std::size_t width);

/// `1,204,331`; fractions only where they say something: 12.4, 0.031.
[[nodiscard]] std::string readable_number(double value);
/// `850 ms`, `3.21 s`, `2m05s`, `1h02m`.
[[nodiscard]] std::string readable_seconds(double seconds);

/// Without what is zero: `6h`, `1h30m`, `90s`.
[[nodiscard]] std::string short_seconds(double seconds);

}  // namespace lagsim::sim
