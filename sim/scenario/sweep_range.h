/// A range of one unit, as a sweep writes it: `{from: 1, to: 9, step: 2}`, `{from: 30s, to: 2m,
/// count: 4}`, `{from: 0.1%, to: 10%, count: 5, scale: log}`. Values are texts for `--set`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lagsim::sim {

/// Most values of an axis, and most points of a study.
inline constexpr std::int64_t most_sweep_values = 100'000;

struct SweepRange {
    enum class Unit : std::uint8_t { whole, duration, decimal } unit = Unit::whole;
    double low = 0.0;          ///< whole: 1; duration: ns; decimal: what stands before the suffix
    double high = 0.0;         ///< at least `low`
    std::string suffix = {};   ///< decimal: "%", "/s" ...
    bool logarithmic = false;  ///< equal ratios instead of equal steps; low > 0
};

/// None: not of one unit, or from > to, or a logarithm of what is not above 0.
[[nodiscard]] std::optional<SweepRange> parse_range(const std::string& from, const std::string& to,
                                                    bool logarithmic);

/// from, from + step ... up to and including `to`; empty: they do not make a range.
[[nodiscard]] std::vector<std::string> stepped_values(const std::string& from,
                                                      const std::string& to,
                                                      const std::string& step);

/// `count` >= 2 values from the first to the last; whole numbers and nanoseconds are rounded.
[[nodiscard]] std::vector<std::string> spaced_values(const SweepRange& range, std::int64_t count);

/// The value below which a part `x` of the range lies, 0 < x < 1, to five digits; each whole
/// number has an equal part.
[[nodiscard]] std::string value_at(const SweepRange& range, double x);

}  // namespace lagsim::sim
