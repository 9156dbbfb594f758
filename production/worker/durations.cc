#include "production/worker/durations.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace lagsim::production {

std::optional<core::Duration> parse_duration(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, double>, 6> units{
        {{"ns", 1.0}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
    double number = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) {
        return std::nullopt;
    }
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const auto& [name, nanoseconds] : units) {
        if (unit == name) {
            const double value = number * nanoseconds;
            if (!(value >= 0.0 && value < 0x1p62)) {
                return std::nullopt;
            }
            return core::Duration{std::llround(value)};
        }
    }
    return std::nullopt;
}

}  // namespace lagsim::production
