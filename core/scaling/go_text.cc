#include "core/scaling/go_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <system_error>

namespace lagsim::core {
namespace {

/// UTF-8 of unicode.IsSpace beyond ASCII: NEL, NBSP, Ogham, en quad to hair space, separators, ...
constexpr std::array<std::string_view, 19> wide_spaces{
    "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
    "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
    "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

[[nodiscard]] bool is_ascii_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/// Bytes of the white space at the start of `text`, 0 if none.
[[nodiscard]] std::size_t leading_space(std::string_view text) {
    if (!text.empty() && is_ascii_space(text.front())) {
        return 1;
    }
    const auto* found = std::ranges::find_if(
        wide_spaces, [&](std::string_view space) { return text.starts_with(space); });
    return found == wide_spaces.end() ? 0 : found->size();
}

[[nodiscard]] std::size_t trailing_space(std::string_view text) {
    if (!text.empty() && is_ascii_space(text.back())) {
        return 1;
    }
    const auto* found = std::ranges::find_if(
        wide_spaces, [&](std::string_view space) { return text.ends_with(space); });
    return found == wide_spaces.end() ? 0 : found->size();
}

[[nodiscard]] bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Digits with an optional minus, nothing else.
[[nodiscard]] std::optional<std::int64_t> parse_digits(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

}  // namespace

std::string_view trim_space(std::string_view text) {
    while (const std::size_t bytes = leading_space(text)) {
        text.remove_prefix(bytes);
    }
    while (const std::size_t bytes = trailing_space(text)) {
        text.remove_suffix(bytes);
    }
    return text;
}

std::optional<bool> parse_go_bool(std::string_view text) {
    constexpr std::array<std::string_view, 6> yes{"1", "t", "T", "TRUE", "true", "True"};
    constexpr std::array<std::string_view, 6> no{"0", "f", "F", "FALSE", "false", "False"};
    if (std::ranges::find(yes, text) != yes.end()) {
        return true;
    }
    if (std::ranges::find(no, text) != no.end()) {
        return false;
    }
    return std::nullopt;
}

std::optional<std::int64_t> parse_go_int(std::string_view text) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.empty() || !is_digit(text.front())) {
            return std::nullopt;
        }
    }
    return parse_digits(text);
}

std::optional<std::int32_t> parse_go_int32(std::string_view text) {
    const std::optional<std::int64_t> value = parse_go_int(text);
    if (!value || *value < std::numeric_limits<std::int32_t>::min() ||
        *value > std::numeric_limits<std::int32_t>::max()) {
        return std::nullopt;
    }
    return static_cast<std::int32_t>(*value);
}

std::optional<std::int64_t> parse_json_int(std::string_view text) {
    std::string_view digits = text;
    if (digits.starts_with('-')) {
        digits.remove_prefix(1);
    }
    const bool leading_zero = digits.size() > 1 && digits.front() == '0';
    if (digits.empty() || leading_zero || !std::ranges::all_of(digits, is_digit)) {
        return std::nullopt;
    }
    return parse_digits(text);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    while (true) {
        const std::size_t end = text.find(separator);
        pieces.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return pieces;
        }
        text.remove_prefix(end + 1);
    }
}

}  // namespace lagsim::core
