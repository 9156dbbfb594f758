#include "sim/scenario/sweep_range.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/core.h>

#include "models/random/pinned_math.h"
#include "sim/scenario/units.h"

namespace lagsim::sim {
namespace {

std::optional<std::int64_t> read_whole(const std::string& text) {
    const auto value = parse_integer(text);
    return value ? std::optional(*value) : std::nullopt;
}
std::optional<std::int64_t> read_duration(const std::string& text) {
    const auto value = parse_duration(text);
    return value ? std::optional(core::nanoseconds(*value)) : std::nullopt;
}

/// A number and what stands behind it.
struct Decimal {
    double value = 0.0;
    std::string suffix;
};
std::optional<Decimal> read_decimal(const std::string& text) {
    const std::size_t digit = text.find_last_of("0123456789.");
    const std::size_t end = digit == std::string::npos ? 0 : digit + 1;
    const auto value = parse_number(text.substr(0, end));
    return value ? std::optional(Decimal{*value, text.substr(end)}) : std::nullopt;
}

double nine_decimals(double value) {
    return std::round(value * 1e9) / 1e9;
}
/// Shortest decimal of five significant digits; printing is exact, so every platform agrees.
double five_digits(double value) {
    return parse_number(fmt::format("{:.4e}", value)).value_or(value);
}

std::string text_of_value(const SweepRange& range, double value) {
    const double inside = std::clamp(value, range.low, range.high);
    switch (range.unit) {
        case SweepRange::Unit::whole:
            return fmt::format("{}", std::llround(inside));
        case SweepRange::Unit::duration:
            return format_duration(core::Duration{std::llround(inside)});
        case SweepRange::Unit::decimal:
            break;
    }
    return format_number(inside) + range.suffix;
}

/// Where a part `x` of [low, high] ends, on the range's scale.
double between(double low, double high, bool logarithmic, double x) {
    if (!logarithmic) {
        return low + (high - low) * x;
    }
    const double first = models::pinned::log(low);
    return models::pinned::exp(first + (models::pinned::log(high) - first) * x);
}

std::vector<std::string> stepped_integers(std::int64_t first, std::int64_t last, std::int64_t width,
                                          const std::function<std::string(std::int64_t)>& write) {
    std::vector<std::string> values;
    if (width < 1 || last < first) {
        return values;
    }
    for (std::int64_t value = first; static_cast<std::int64_t>(values.size()) < most_sweep_values;
         value += width) {
        values.push_back(write(value));
        if (last - value < width) {
            break;
        }
    }
    return values;
}

/// Numbers with a common suffix ("%", "/s", "" ...): from + i * step, to nine decimals.
std::vector<std::string> stepped_decimals(const Decimal& from, const Decimal& to,
                                          const Decimal& step) {
    std::vector<std::string> values;
    if (to.suffix != from.suffix || step.suffix != from.suffix || !(step.value > 0.0) ||
        to.value < from.value) {
        return values;
    }
    const double count = std::floor((to.value - from.value) / step.value + 1e-9);
    for (double i = 0.0; i <= count && i < static_cast<double>(most_sweep_values); i += 1.0) {
        values.push_back(format_number(nine_decimals(from.value + i * step.value)) + from.suffix);
    }
    return values;
}

}  // namespace

std::optional<SweepRange> parse_range(const std::string& from, const std::string& to,
                                      bool logarithmic) {
    SweepRange range{.logarithmic = logarithmic};
    const auto bounds = [&](SweepRange::Unit unit, double low, double high) {
        range.unit = unit;
        range.low = low;
        range.high = high;
        return low <= high && (!logarithmic || low > 0.0) ? std::optional(range) : std::nullopt;
    };
    using enum SweepRange::Unit;
    if (const auto low = read_whole(from), high = read_whole(to); low && high) {
        return bounds(whole, static_cast<double>(*low), static_cast<double>(*high));
    }
    if (const auto low = read_duration(from), high = read_duration(to); low && high) {
        return bounds(duration, static_cast<double>(*low), static_cast<double>(*high));
    }
    const auto low = read_decimal(from);
    const auto high = read_decimal(to);
    if (!low || !high || low->suffix != high->suffix) {
        return std::nullopt;
    }
    range.suffix = low->suffix;
    return bounds(decimal, low->value, high->value);
}

std::vector<std::string> stepped_values(const std::string& from, const std::string& to,
                                        const std::string& step) {
    if (const auto first = read_whole(from), last = read_whole(to), width = read_whole(step);
        first && last && width) {
        return stepped_integers(*first, *last, *width,
                                [](std::int64_t value) { return fmt::format("{}", value); });
    }
    if (const auto first = read_duration(from), last = read_duration(to),
        width = read_duration(step);
        first && last && width) {
        return stepped_integers(*first, *last, *width, [](std::int64_t value) {
            return format_duration(core::Duration{value});
        });
    }
    const auto first = read_decimal(from);
    const auto last = read_decimal(to);
    const auto width = read_decimal(step);
    return first && last && width ? stepped_decimals(*first, *last, *width)
                                  : std::vector<std::string>();
}

std::vector<std::string> spaced_values(const SweepRange& range, std::int64_t count) {
    std::vector<std::string> values;
    for (std::int64_t i = 0; i < count; ++i) {
        if (i == 0 || i == count - 1) {
            values.push_back(text_of_value(range, i == 0 ? range.low : range.high));
            continue;
        }
        const double x = static_cast<double>(i) / static_cast<double>(count - 1);
        const double value = between(range.low, range.high, range.logarithmic, x);
        values.push_back(
            text_of_value(range, range.logarithmic ? five_digits(value) : nine_decimals(value)));
    }
    return values;
}

std::string value_at(const SweepRange& range, double x) {
    if (range.unit != SweepRange::Unit::whole) {
        return text_of_value(range,
                             five_digits(between(range.low, range.high, range.logarithmic, x)));
    }
    // Half a unit more at both ends, so that the first and the last are as likely as the others.
    const double low = range.logarithmic ? range.low - 0.499 : range.low - 0.5;
    return text_of_value(range, between(low, range.high + 0.5, range.logarithmic, x));
}

}  // namespace lagsim::sim
