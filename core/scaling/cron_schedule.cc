#include "core/scaling/cron_schedule.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "core/scaling/go_text.h"

namespace lagsim::core {
namespace {

struct Bounds {
    std::uint32_t least;
    std::uint32_t most;
    std::span<const std::string_view> names;  ///< names[k] stands for least + k
};

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed",
                                                        "thu", "fri", "sat"};

[[nodiscard]] std::optional<std::uint32_t> parse_value(std::string_view text,
                                                       const Bounds& bounds) {
    std::string lower(text);
    for (char& c : lower) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    for (std::size_t i = 0; i < bounds.names.size(); ++i) {
        if (bounds.names[i] == lower) {
            return bounds.least + static_cast<std::uint32_t>(i);
        }
    }
    const std::optional<std::int64_t> number = parse_go_int(text);
    if (!number || *number < 0 || *number > 1'000'000) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(*number);
}

struct Range {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    bool star = false;
    bool single = false;
};

[[nodiscard]] std::optional<Range> parse_span(std::string_view text, const Bounds& bounds) {
    if (text == "*" || text == "?") {
        return Range{.first = bounds.least, .last = bounds.most, .star = true};
    }
    const std::vector<std::string_view> ends = split(text, '-');
    const std::optional<std::uint32_t> first = parse_value(ends.front(), bounds);
    const std::optional<std::uint32_t> last = parse_value(ends.back(), bounds);
    if (ends.size() > 2 || !first || !last) {
        return std::nullopt;
    }
    return Range{.first = *first, .last = *last, .single = ends.size() == 1};
}

/// One comma-separated piece: `*`, `a`, `a-b`, any of them with `/step`. Adds to the bits.
[[nodiscard]] bool parse_piece(std::string_view text, const Bounds& bounds, std::uint64_t& bits,
                               bool& star) {
    const std::vector<std::string_view> parts = split(text, '/');
    std::optional<Range> range = parse_span(parts.front(), bounds);
    if (!range || parts.size() > 2) {
        return false;
    }
    std::uint32_t step = 1;
    if (parts.size() == 2) {
        const std::optional<std::uint32_t> parsed = parse_value(parts.back(), {0, 0, {}});
        if (!parsed || *parsed == 0) {
            return false;
        }
        step = *parsed;
        range->last = range->single ? bounds.most : range->last;
        range->star = range->star && step == 1;
    }
    if (range->first < bounds.least || range->last > bounds.most || range->first > range->last) {
        return false;
    }
    for (std::uint32_t value = range->first; value <= range->last; value += step) {
        bits |= std::uint64_t{1} << value;
    }
    star = star || range->star;
    return true;
}

[[nodiscard]] bool parse_field(std::string_view text, const Bounds& bounds, std::uint64_t& bits,
                               bool& star) {
    for (const std::string_view piece : split(text, ',')) {
        if (!piece.empty() && !parse_piece(piece, bounds, bits, star)) {
            return false;
        }
    }
    return true;
}

[[nodiscard]] bool has(std::uint64_t bits, std::uint32_t value) {
    return (bits >> value & 1U) != 0;
}

/// dayMatches: either day field, unless one of them is free.
[[nodiscard]] bool day_matches(const CronSchedule& s, std::chrono::sys_days day) {
    const std::chrono::year_month_day date(day);
    const bool by_day = has(s.days, static_cast<unsigned>(date.day()));
    const bool by_weekday = has(s.weekdays, std::chrono::weekday(day).c_encoding());
    const bool day_ok = s.any_day || s.any_weekday ? by_day && by_weekday : by_day || by_weekday;
    return day_ok && has(s.months, static_cast<unsigned>(date.month()));
}

constexpr std::int64_t day_s = 86'400;

/// First matching minute of the day at or after `from_s` [s of day].
[[nodiscard]] std::optional<std::int64_t> match_in_day(const CronSchedule& s, std::int64_t from_s) {
    for (std::int64_t minute = (from_s + 59) / 60; minute < 1440; ++minute) {
        if (has(s.hours, static_cast<std::uint32_t>(minute / 60)) &&
            has(s.minutes, static_cast<std::uint32_t>(minute % 60))) {
            return minute * 60;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<CronSchedule> parse_cron_schedule(std::string_view text) {
    std::vector<std::string_view> fields;
    for (const std::string_view field : split(trim_space(text), ' ')) {
        if (!field.empty()) {
            fields.push_back(field);
        }
    }
    if (fields.size() != 5) {
        return std::nullopt;
    }
    CronSchedule s;
    bool star = false;
    if (!parse_field(fields[0], {0, 59, {}}, s.minutes, star) ||
        !parse_field(fields[1], {0, 23, {}}, s.hours, star) ||
        !parse_field(fields[2], {1, 31, {}}, s.days, s.any_day) ||
        !parse_field(fields[3], {1, 12, month_names}, s.months, star) ||
        !parse_field(fields[4], {0, 6, weekday_names}, s.weekdays, s.any_weekday)) {
        return std::nullopt;
    }
    return s;
}

std::optional<std::int64_t> next_match(const CronSchedule& schedule, std::int64_t now_s) {
    constexpr std::int64_t horizon_days = 5 * 366;
    std::int64_t day = (now_s >= 0 ? now_s : now_s - day_s + 1) / day_s;
    std::int64_t from = now_s - day * day_s + 1;
    for (std::int64_t i = 0; i < horizon_days; ++i, ++day, from = 0) {
        const std::chrono::sys_days date{std::chrono::days(day)};
        if (!day_matches(schedule, date)) {
            continue;
        }
        if (const std::optional<std::int64_t> second = match_in_day(schedule, from)) {
            return day * day_s + *second;
        }
    }
    return std::nullopt;
}

bool inside_cron_interval(const CronSchedule& start, const CronSchedule& end, std::int64_t now_s) {
    const std::optional<std::int64_t> next_start = next_match(start, now_s);
    const std::optional<std::int64_t> next_end = next_match(end, now_s);
    // Both lie in the future, so of GetMetricsAndActivity's comparisons only this one is left.
    return next_end && (!next_start || *next_end <= *next_start);
}

}  // namespace lagsim::core
