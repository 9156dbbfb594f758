#include "sim/results/uncertain_number.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/results/sparkline.h"

namespace lagsim::sim {
namespace {

constexpr int most_decimals = 6;
constexpr double rounding_noise = 1e-9;

int decimals_of(double half_width) {
    const double power = std::floor(std::log10(half_width));
    const double leading = half_width / std::pow(10.0, power);
    const int decimals = static_cast<int>(-power) + (leading < 3.0 ? 1 : 0);
    return std::clamp(decimals, 0, most_decimals);
}

std::string with_decimals(double value, int decimals) {
    const double size = std::abs(value);
    // Commas where there is something to separate: then nobody needs the decimals.
    return decimals == 0 || size >= 1000.0 ? readable_number(std::round(size))
                                           : fmt::format("{:.{}f}", size, decimals);
}

}  // namespace

std::string uncertain_number(double value, double half_width, const NumberStyle& style) {
    if (!std::isfinite(value)) {
        return "-";
    }
    // What rounding leaves of equal differences is no uncertainty.
    const bool is_certain =
        !std::isfinite(half_width) || half_width <= rounding_noise * std::abs(value);
    const int decimals = is_certain ? 0 : decimals_of(half_width);
    const std::string digits =
        is_certain ? readable_number(std::abs(value)) : with_decimals(value, decimals);
    // What is written as 0 has no sign.
    const bool is_zero = digits.find_first_of("123456789") == std::string::npos;
    const char* sign = is_zero ? "" : value < 0.0 ? "-" : style.sign ? "+" : "";
    if (is_certain) {
        return sign + digits;
    }
    return fmt::format("{}{} {} {}", sign, digits, style.unicode ? "±" : "+-",
                       with_decimals(half_width, decimals));
}

}  // namespace lagsim::sim
