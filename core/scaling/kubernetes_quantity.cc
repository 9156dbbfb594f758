#include "core/scaling/kubernetes_quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <system_error>

#include "core/int128.h"
#include "core/scaling/go_arithmetic.h"
#include "core/scaling/go_text.h"

namespace lagsim::core {
namespace {

struct Suffix {
    std::string_view text;
    int base;
    int exponent;
};
constexpr std::array<Suffix, 16> suffixes{{{"n", 10, -9},
                                           {"u", 10, -6},
                                           {"m", 10, -3},
                                           {"", 10, 0},
                                           {"k", 10, 3},
                                           {"M", 10, 6},
                                           {"G", 10, 9},
                                           {"T", 10, 12},
                                           {"P", 10, 15},
                                           {"E", 10, 18},
                                           {"Ki", 2, 10},
                                           {"Mi", 2, 20},
                                           {"Gi", 2, 30},
                                           {"Ti", 2, 40},
                                           {"Pi", 2, 50},
                                           {"Ei", 2, 60}}};

[[nodiscard]] std::optional<Suffix> parse_suffix(std::string_view text) {
    for (const Suffix& suffix : suffixes) {
        if (suffix.text == text) {
            return suffix;
        }
    }
    if (text.size() > 1 && (text.front() == 'e' || text.front() == 'E')) {
        const std::optional<std::int32_t> exponent = parse_go_int32(text.substr(1));
        if (exponent) {
            return Suffix{.text = text, .base = 10, .exponent = *exponent};
        }
    }
    return std::nullopt;
}

[[nodiscard]] bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// digits * 10^-decimals * base^exponent, negated if so.
struct Parts {
    bool negative = false;
    std::string digits;  ///< without leading zeros; empty = 0
    int decimals = 0;
    Suffix suffix{};
};

/// parseQuantityString.
[[nodiscard]] std::optional<Parts> parse_parts(std::string_view text) {
    Parts parts;
    if (text.empty()) {
        return std::nullopt;
    }
    std::size_t at = 0;
    if (text[at] == '-' || text[at] == '+') {
        parts.negative = text[at] == '-';
        ++at;
    }
    bool point = false;
    bool digit = false;
    for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && !point)); ++at) {
        if (text[at] == '.') {
            point = true;
            continue;
        }
        digit = true;
        parts.decimals += point ? 1 : 0;
        if (!parts.digits.empty() || text[at] != '0') {
            parts.digits += text[at];
        }
    }
    const std::optional<Suffix> suffix = parse_suffix(text.substr(at));
    if (!digit || !suffix) {
        return std::nullopt;
    }
    parts.suffix = *suffix;
    return parts;
}

constexpr int128 int128_max = ~(int128{1} << 127);

[[nodiscard]] int128 times_saturating(int128 value, int factor) {
    return value > int128_max / factor ? int128_max : value * factor;
}

/// Milli-units of the absolute value, rounded up (away from zero), saturating far beyond int64.
[[nodiscard]] int128 absolute_milli(const Parts& parts) {
    int128 value = 0;
    for (const char c : parts.digits) {
        value = times_saturating(value, 10);
        value += value < int128_max - 9 ? c - '0' : 0;
    }
    int tens = 3 - parts.decimals;
    if (parts.suffix.base == 10) {
        tens += std::clamp(parts.suffix.exponent, -1000, 1000);
    } else {
        for (int i = 0; i < parts.suffix.exponent; ++i) {
            value = times_saturating(value, 2);
        }
    }
    for (; tens > 0 && value != 0 && value != int128_max; --tens) {
        value = times_saturating(value, 10);
    }
    bool rest = false;
    for (; tens < 0 && (value != 0 || rest); ++tens) {
        rest = rest || value % 10 != 0;
        value /= 10;
        if (value == 0) {
            break;
        }
    }
    return value + (rest ? 1 : 0);
}

/// MilliValue beyond int64. Most paths of Quantity.ScaledValue then give the low 64 bits; only a
/// short number that positiveScaleInt64 multiplies in a loop gives 0.
[[nodiscard]] std::int64_t to_milli_value(int128 milli, const Parts& parts) {
    constexpr std::size_t fast_path_digits = 18;
    constexpr std::array<int, 6> direct_scales{0, 1, 2, 3, 6, 9};
    const bool fits = milli <= std::numeric_limits<std::int64_t>::max() &&
                      milli >= std::numeric_limits<std::int64_t>::min();
    const int scale = 3 + parts.suffix.exponent - parts.decimals;
    const bool in_loop = parts.suffix.base == 10 && parts.digits.size() <= fast_path_digits &&
                         std::ranges::find(direct_scales, scale) == direct_scales.end();
    return !fits && in_loop ? 0 : static_cast<std::int64_t>(static_cast<std::uint64_t>(milli));
}

/// The double nearest to 10^exponent, without asking libm.
[[nodiscard]] double power_of_ten(int exponent) {
    const std::string text = "1e" + std::to_string(std::clamp(exponent, -400, 400));
    double value = 0.0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc{}) {
        return exponent > 0 ? std::numeric_limits<double>::infinity() : 0.0;
    }
    return value;
}

[[nodiscard]] std::string decimal_text(int128 value) {
    std::string text;
    for (; value != 0; value /= 10) {
        text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
    }
    return text;
}

/// CanonicalizeBytes in DecimalSI: an integer mantissa and the largest fitting suffix.
[[nodiscard]] std::string canonical_text(int128 milli) {
    if (milli == 0) {
        return "0";
    }
    const bool negative = milli < 0;
    int128 mantissa = negative ? -milli : milli;
    std::size_t suffix = 2;  // m
    while (mantissa % 1000 == 0 && suffix < 9) {
        mantissa /= 1000;
        ++suffix;
    }
    return (negative ? "-" : "") + decimal_text(mantissa) + std::string(suffixes[suffix].text);
}

/// The double that KEDA prints with "%.3f"; a whole number below 2^64.
[[nodiscard]] int128 reported_total(std::int64_t total) {
    return total < 0 ? 0 : static_cast<int128>(static_cast<double>(total));
}

}  // namespace

std::optional<std::int64_t> quantity_milli(std::string_view text) {
    const std::optional<Parts> parts = parse_parts(text);
    if (!parts) {
        return std::nullopt;
    }
    const int128 milli = absolute_milli(*parts);
    return to_milli_value(parts->negative ? -milli : milli, *parts);
}

std::optional<double> quantity_double(std::string_view text) {
    const std::optional<Parts> parts = parse_parts(text);
    if (!parts) {
        return std::nullopt;
    }
    double value = 0.0;
    std::from_chars(parts->digits.data(), parts->digits.data() + parts->digits.size(), value);
    if (parts->suffix.base == 2) {
        value = std::ldexp(value, parts->suffix.exponent);
    }
    const int tens = (parts->suffix.base == 10 ? parts->suffix.exponent : 0) - parts->decimals;
    // base * math.Pow10(exponent): one rounding more than the text's own double.
    value *= power_of_ten(tens);
    return parts->negative ? -value : value;
}

std::string quantity_text(std::int64_t milli) {
    return canonical_text(milli);
}

std::int64_t reported_milli(std::int64_t total) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(reported_total(total) * 1000));
}

std::string reported_text(std::int64_t total) {
    return canonical_text(reported_total(total) * 1000);
}

std::int64_t transmitted_milli(std::int64_t total) {
    constexpr std::int64_t exact = std::numeric_limits<std::int64_t>::max() / 1000;
    return total <= exact ? reported_milli(total) : *quantity_milli(reported_text(total));
}

}  // namespace lagsim::core
