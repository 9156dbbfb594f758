#include "sim/scenario/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/core.h>

#include "core/int128.h"

namespace lagsim::sim {
namespace {

using core::int128;

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string quoted(std::string_view text) {
    constexpr std::size_t shown = 60;
    return text.size() > shown ? fmt::format("'{}...'", text.substr(0, shown))
                               : fmt::format("'{}'", text);
}

std::unexpected<std::string> refuse(std::string_view text, std::string_view expected,
                                    std::string_view why = {}) {
    return std::unexpected(why.empty()
                               ? fmt::format("{} is not {}", quoted(text), expected)
                               : fmt::format("{} is not {}: {}", quoted(text), expected, why));
}

/// `digits[.digits]`, at most 36 significant digits: value = number / 10^scale.
struct Decimal {
    int128 number = 0;
    int scale = 0;
    std::size_t length = 0;  ///< characters read; 0 = no number here
    bool leading_zero = false;
    bool too_long = false;
};

Decimal read_decimal(std::string_view text) {
    constexpr int128 limit = int128{1'000'000'000'000'000'000} * 1'000'000'000'000'000'000;
    Decimal result;
    std::size_t digits = 0;
    bool point = false;
    for (const char c : text) {
        if (c == '.' && !point) {
            point = true;
        } else if (is_digit(c)) {
            ++digits;
            if (result.number >= limit) {
                result.too_long = true;
            } else {
                result.number = result.number * 10 + (c - '0');
                result.scale += point ? 1 : 0;
            }
        } else {
            break;
        }
        ++result.length;
    }
    result.leading_zero = result.length > 1 && text[0] == '0' && is_digit(text[1]);
    if (digits == 0) {
        result.length = 0;
    }
    return result;
}

/// value * factor as an integer, if it is one and fits.
std::optional<int128> times(const Decimal& value, int128 factor) {
    int128 number = value.number;
    int scale = value.scale;
    while (scale > 0 && number % 10 == 0) {
        number /= 10;
        --scale;
    }
    while (scale > 0 && factor % 10 == 0) {
        factor /= 10;
        --scale;
    }
    constexpr int128 limit = int128{std::numeric_limits<std::int64_t>::max()} * 1'000'000'000;
    if (factor != 0 && number > limit / factor) {
        return scale > 0 ? std::nullopt : std::optional{limit};
    }
    number *= factor;
    for (; scale > 0; --scale) {
        if (number % 10 != 0) {
            return std::nullopt;
        }
        number /= 10;
    }
    return number;
}

/// Correctly rounded double of a decimal text (checked by read_decimal) times 10^exponent.
double to_double(std::string_view digits, int exponent) {
    const std::string text = fmt::format("{}e{}", digits, exponent);
    double value = std::numeric_limits<double>::quiet_NaN();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) {
        // from_chars leaves the value alone: too large, or so small that it is nothing.
        return std::numeric_limits<double>::infinity();
    }
    return value;
}

struct Unit {
    std::string_view name;
    std::int64_t factor;
};

constexpr std::array<Unit, 9> duration_units{{{"ns", 1},
                                              {"us", 1'000},
                                              {"\u00B5s", 1'000},
                                              {"\u03BCs", 1'000},
                                              {"ms", 1'000'000},
                                              {"s", 1'000'000'000},
                                              {"m", 60'000'000'000},
                                              {"h", 3'600'000'000'000},
                                              {"d", 86'400'000'000'000}}};

constexpr std::string_view a_duration = "a duration (such as 250ms, 1.5s, 1h30m)";

/// The unit at the start of `text`, letters up to the next digit.
const Unit* read_duration_unit(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && !is_digit(text[length]) && text[length] != '.') {
        ++length;
    }
    for (const Unit& unit : duration_units) {
        if (text.substr(0, length) == unit.name) {
            text.remove_prefix(length);
            return &unit;
        }
    }
    return nullptr;
}

/// Powers of ten of the suffixes k, M, G; 0 without one.
int read_decimal_suffix(std::string_view& text) {
    if (text.empty()) {
        return 0;
    }
    const int exponent = text[0] == 'k' ? 3 : text[0] == 'M' ? 6 : text[0] == 'G' ? 9 : 0;
    text.remove_prefix(exponent > 0 ? 1 : 0);
    return exponent;
}

bool is_not_finite_word(std::string_view text) {
    std::string lower;
    for (const char c : text) {
        lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    while (!lower.empty() && (lower[0] == '+' || lower[0] == '-' || lower[0] == '.')) {
        lower.erase(0, 1);
    }
    return lower == "nan" || lower == "inf" || lower == "infinity";
}

/// Reasons that all number types share; empty if none applies.
std::string_view common_reason(std::string_view text) {
    if (text.empty()) {
        return "it is empty";
    }
    if (is_not_finite_word(text)) {
        return "only finite numbers make sense here";
    }
    if (text[0] == '+') {
        return "write it without '+'";
    }
    return {};
}

}  // namespace

Parsed<core::Duration> parse_duration(std::string_view text) {
    if (const auto reason = common_reason(text); !reason.empty()) {
        return refuse(text, a_duration, reason);
    }
    if (text[0] == '-') {
        return refuse(text, a_duration, "it is negative");
    }
    int128 sum = 0;
    for (std::string_view rest = text; !rest.empty();) {
        const Decimal number = read_decimal(rest);
        if (number.length == 0) {
            return refuse(text, a_duration);
        }
        rest.remove_prefix(number.length);
        if (rest.empty()) {
            return refuse(text, a_duration, "the unit is missing");
        }
        const Unit* unit = read_duration_unit(rest);
        if (unit == nullptr) {
            return refuse(text, a_duration, "units are ns, us, ms, s, m, h, d");
        }
        const auto part = number.too_long ? std::nullopt : times(number, unit->factor);
        if (!part) {
            return refuse(text, a_duration, "it is no whole number of nanoseconds");
        }
        sum += *part;
        if (sum > std::numeric_limits<std::int64_t>::max()) {
            return refuse(text, a_duration, "the longest is 292 years");
        }
    }
    return core::Duration{static_cast<std::int64_t>(sum)};
}

Parsed<double> parse_number(std::string_view text) {
    constexpr std::string_view expected = "a number";
    if (const auto reason = common_reason(text); !reason.empty()) {
        return refuse(text, expected, reason);
    }
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) {
        return refuse(text, expected, "it is out of range");
    }
    // from_chars also reads words; a number starts and ends with a digit (or `5.`).
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
        return refuse(text, expected);
    }
    return value;
}

Parsed<double> parse_rate(std::string_view text) {
    constexpr std::string_view expected = "a rate (such as 200/s or 12.5k/min)";
    if (const auto reason = common_reason(text); !reason.empty()) {
        return refuse(text, expected, reason);
    }
    if (text[0] == '-') {
        return refuse(text, expected, "it is negative");
    }
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) {
        return refuse(text, expected, "the unit of time is missing");
    }
    const std::string_view per = text.substr(slash + 1);
    const double seconds = per == "s"     ? 1.0
                           : per == "min" ? 60.0
                           : per == "h"   ? 3600.0
                           : per == "d"   ? 86400.0
                                          : 0.0;
    if (seconds == 0.0) {
        return refuse(text, expected, "rates are per s, min, h or d");
    }
    std::string_view number = text.substr(0, slash);
    int exponent = 0;
    if (!number.empty() && !is_digit(number.back())) {
        std::string_view suffix = number.substr(number.size() - 1);
        exponent = read_decimal_suffix(suffix);
        number.remove_suffix(exponent > 0 ? 1 : 0);
    }
    const auto value = parse_number(number);
    if (!value || *value < 0.0) {
        return refuse(text, expected);
    }
    double scaled = *value;
    if (exponent > 0) {
        scaled = number.find_first_of("eE") == std::string_view::npos
                     ? to_double(number, exponent)
                     : *value * std::pow(10.0, exponent);
    }
    if (!std::isfinite(scaled)) {
        return refuse(text, expected, "it is out of range");
    }
    return scaled / seconds;
}

Parsed<double> parse_percentage(std::string_view text) {
    constexpr std::string_view expected = "a percentage (such as 5% or 0.01%)";
    if (const auto reason = common_reason(text); !reason.empty()) {
        return refuse(text, expected, reason);
    }
    if (text[0] == '-') {
        return refuse(text, expected, "it is negative");
    }
    if (text.back() != '%') {
        return refuse(text, expected, "the % is missing");
    }
    const std::string_view digits = text.substr(0, text.size() - 1);
    const Decimal number = read_decimal(digits);
    if (number.length == 0 || number.length != digits.size()) {
        return refuse(text, expected);
    }
    const double value = to_double(digits, -2);
    if (!std::isfinite(value)) {
        return refuse(text, expected, "it is out of range");
    }
    return value;
}

Parsed<std::int64_t> parse_integer(std::string_view text) {
    constexpr std::string_view expected = "a whole number (such as 24 or 100k)";
    if (const auto reason = common_reason(text); !reason.empty()) {
        return refuse(text, expected, reason);
    }
    const bool negative = text[0] == '-';
    std::string_view rest = text.substr(negative ? 1 : 0);
    const Decimal number = read_decimal(rest);
    if (number.length == 0) {
        return refuse(text, expected);
    }
    if (number.leading_zero) {
        return refuse(text, expected, "a leading zero means octal in some YAML; leave it out");
    }
    rest.remove_prefix(number.length);
    int128 factor = 1;
    for (int exponent = read_decimal_suffix(rest); exponent > 0; --exponent) {
        factor *= 10;
    }
    if (!rest.empty()) {
        return refuse(text, expected);
    }
    const auto value = number.too_long ? std::nullopt : times(number, factor);
    if (!value) {
        return refuse(text, expected);
    }
    if (*value > std::numeric_limits<std::int64_t>::max()) {
        return refuse(text, expected, "it is out of range");
    }
    return static_cast<std::int64_t>(negative ? -*value : *value);
}

Parsed<std::uint64_t> parse_seed(std::string_view text) {
    constexpr std::string_view expected = "a whole number from 0 to 18446744073709551615";
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
        return refuse(text, expected);
    }
    if (text.size() > 1 && text[0] == '0') {
        return refuse(text, expected, "a leading zero means octal in some YAML; leave it out");
    }
    return value;
}

namespace {

/// Factor of a Kubernetes suffix in units of 10^-9, as number and power of ten; nullopt if unknown.
struct QuantitySuffix {
    int exponent;    ///< power of ten
    int binary = 0;  ///< power of 1024
};

std::optional<QuantitySuffix> quantity_suffix(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, QuantitySuffix>, 16> table{{{"", {0}},
                                                                                 {"n", {-9}},
                                                                                 {"u", {-6}},
                                                                                 {"m", {-3}},
                                                                                 {"k", {3}},
                                                                                 {"M", {6}},
                                                                                 {"G", {9}},
                                                                                 {"T", {12}},
                                                                                 {"P", {15}},
                                                                                 {"E", {18}},
                                                                                 {"Ki", {0, 1}},
                                                                                 {"Mi", {0, 2}},
                                                                                 {"Gi", {0, 3}},
                                                                                 {"Ti", {0, 4}},
                                                                                 {"Pi", {0, 5}},
                                                                                 {"Ei", {0, 6}}}};
    for (const auto& [name, suffix] : table) {
        if (text == name) {
            return suffix;
        }
    }
    if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) {
        return std::nullopt;
    }
    std::string_view digits = text.substr(text[1] == '+' ? 2 : 1);
    int exponent = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (error != std::errc{} || end != digits.data() + digits.size() || exponent > 100 ||
        exponent < -100) {
        return std::nullopt;
    }
    return QuantitySuffix{exponent};
}

}  // namespace

Parsed<std::int64_t> parse_quantity_milli(std::string_view text) {
    constexpr std::string_view expected = "a Kubernetes quantity (such as 500m, 2, 1Gi)";
    if (const auto reason = common_reason(text); !reason.empty() && !text.starts_with('+')) {
        return refuse(text, expected, reason);
    }
    const bool negative = text[0] == '-';
    std::string_view rest = text.substr(negative || text[0] == '+' ? 1 : 0);
    const Decimal number = read_decimal(rest);
    const auto suffix = quantity_suffix(rest.substr(number.length));
    if (number.length == 0 || !suffix || number.too_long) {
        return refuse(text, expected);
    }
    // milli = number * 1024^b * 10^(e + 3 - scale), rounded up in magnitude (Quantity.ScaledValue).
    constexpr int128 limit = std::numeric_limits<std::int64_t>::max();
    int128 value = number.number;
    const auto grow = [&value](int128 factor) {
        value = value > limit * 1'000'000'000'000'000'000 / factor
                    ? limit * 1'000'000'000'000'000'000
                    : value * factor;
    };
    for (int i = 0; i < suffix->binary; ++i) {
        grow(1024);
    }
    int exponent = suffix->exponent + 3 - number.scale;
    for (; exponent > 0; --exponent) {
        grow(10);
    }
    bool inexact = false;
    for (; exponent < 0; ++exponent) {
        inexact = inexact || value % 10 != 0;
        value /= 10;
    }
    value += inexact ? 1 : 0;
    if (value > limit) {
        return refuse(text, expected, "it is out of range");
    }
    return static_cast<std::int64_t>(negative ? -value : value);
}

Parsed<bool> parse_boolean(std::string_view text) {
    if (text == "true") {
        return true;
    }
    if (text == "false") {
        return false;
    }
    return refuse(text, "true or false");
}

Parsed<core::Records> parse_records(std::string_view text) {
    constexpr std::string_view expected = "a number of records (such as '10 records')";
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) {
        return refuse(text, expected);
    }
    const std::string_view word = text.substr(space + 1);
    if (word != "records" && word != "record") {
        return refuse(text, expected);
    }
    const auto count = parse_integer(text.substr(0, space));
    if (!count || *count < 1) {
        return refuse(text, expected, "at least 1");
    }
    return core::Records{*count};
}

std::string format_duration(core::Duration duration) {
    std::int64_t rest = core::nanoseconds(duration);
    constexpr std::int64_t day = 86'400'000'000'000;
    if (rest >= 2 * day && rest % day == 0) {
        return fmt::format("{}d", rest / day);
    }
    const auto decimal = [](std::int64_t value, std::int64_t unit, std::string_view name) {
        std::string text = fmt::format("{}", value / unit);
        if (value % unit != 0) {
            std::string fraction = fmt::format("{}", unit + value % unit).substr(1);
            fraction.erase(fraction.find_last_not_of('0') + 1);
            text += "." + fraction;
        }
        return text + std::string(name);
    };
    if (rest == 0) {
        return "0s";
    }
    if (rest < 1'000) {
        return decimal(rest, 1, "ns");
    }
    if (rest < 1'000'000) {
        return decimal(rest, 1'000, "us");
    }
    if (rest < 1'000'000'000) {
        return decimal(rest, 1'000'000, "ms");
    }
    std::string text;
    for (const Unit unit : {Unit{"h", 3'600'000'000'000}, Unit{"m", 60'000'000'000}}) {
        if (rest >= unit.factor) {
            text += fmt::format("{}{}", rest / unit.factor, unit.name);
            rest %= unit.factor;
        }
    }
    return rest == 0 ? text : text + decimal(rest, 1'000'000'000, "s");
}

std::string format_number(double value) {
    return fmt::format("{}", value);  // shortest text that reads back to the same bits
}

std::string format_rate(double per_second) {
    return format_number(per_second) + "/s";
}

}  // namespace lagsim::sim
