#include "sim/results/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace lagsim::sim {
namespace {

constexpr std::array<std::string_view, 8> blocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 8> ascii{"_", ".", ":", "-", "=", "+", "*", "#"};

std::string with_commas(double whole) {
    std::string digits = fmt::format("{:.0f}", std::abs(whole));
    for (std::size_t end = digits.size(); end > 3; end -= 3) {
        digits.insert(end - 3, ",");
    }
    return (std::signbit(whole) && whole != 0.0 ? "-" : "") + digits;
}

}  // namespace

std::vector<double> stretch_maxima(std::span<const double> values, std::size_t width) {
    std::vector<double> maxima(values.empty() ? 0 : width, 0.0);
    for (std::size_t column = 0; column < maxima.size(); ++column) {
        const std::size_t first = column * values.size() / width;
        const std::size_t end = std::max(first + 1, (column + 1) * values.size() / width);
        for (std::size_t i = first; i < end; ++i) {
            maxima[column] = std::fmax(maxima[column], values[i]);
        }
    }
    return maxima;
}

std::string sparkline(std::span<const double> values, std::size_t width, bool unicode) {
    const std::vector<double> columns = stretch_maxima(values, width);
    const double top = columns.empty() ? 0.0 : *std::ranges::max_element(columns);
    const auto& levels = unicode ? blocks : ascii;
    std::string line;
    for (const double value : columns) {
        const double level = top > 0.0 ? std::ceil(value / top * 8.0) - 1.0 : 0.0;
        line += levels[static_cast<std::size_t>(std::clamp(level, 0.0, 7.0))];
    }
    return line;
}

std::string readable_number(double value) {
    if (!std::isfinite(value)) {
        return "-";
    }
    const double size = std::abs(value);
    if (size >= 100.0 || value == std::round(value)) {
        return with_commas(std::round(value));
    }
    return size >= 1.0 ? fmt::format("{:.1f}", value) : fmt::format("{:.2g}", value);
}

std::string readable_seconds(double seconds) {
    if (!std::isfinite(seconds)) {
        return "-";
    }
    if (seconds < 0.9995) {
        return fmt::format("{:.3g} ms", seconds * 1e3);
    }
    if (seconds < 119.5) {
        return fmt::format("{:.3g} s", seconds);
    }
    const auto whole = static_cast<long long>(std::llround(seconds));
    if (whole < 2 * 3600) {
        return fmt::format("{}m{:02}s", whole / 60, whole % 60);
    }
    return fmt::format("{}h{:02}m", whole / 3600, whole % 3600 / 60);
}

std::string short_seconds(double seconds) {
    const auto whole = static_cast<long long>(std::llround(seconds));
    if (whole < 120) {
        return fmt::format("{}s", whole);
    }
    if (whole < 7200) {
        return whole % 60 == 0 ? fmt::format("{}m", whole / 60)
                               : fmt::format("{}m{:02}s", whole / 60, whole % 60);
    }
    return whole % 3600 < 60 ? fmt::format("{}h", whole / 3600)
                             : fmt::format("{}h{:02}m", whole / 3600, whole % 3600 / 60);
}

}  // namespace lagsim::sim
