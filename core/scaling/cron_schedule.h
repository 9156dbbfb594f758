/// Standard five-field cron schedules, in UTC: when one fires next.
/// Source: robfig/cron v3 parser.go and spec.go, as KEDA v2.21.0 pkg/scalers/cron_scaler.go uses
/// them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lagsim::core {

/// Bit k of a field = value k matches. Names (jan, mon), lists, ranges and steps are understood.
struct CronSchedule {
    std::uint64_t minutes = 0;
    std::uint64_t hours = 0;
    std::uint64_t days = 0;      ///< of the month, 1..31
    std::uint64_t months = 0;    ///< 1..12
    std::uint64_t weekdays = 0;  ///< 0 = Sunday
    bool any_day = false;        ///< the day-of-month field is * or ?
    bool any_weekday = false;
    friend bool operator==(const CronSchedule&, const CronSchedule&) = default;
};

[[nodiscard]] std::optional<CronSchedule> parse_cron_schedule(std::string_view text);

/// Seconds since 1970-01-01T00:00:00Z of the first match after `now_s`; none within five years.
[[nodiscard]] std::optional<std::int64_t> next_match(const CronSchedule& schedule,
                                                     std::int64_t now_s);

/// Whether the cron trigger is inside its interval: it will end before it starts again.
[[nodiscard]] bool inside_cron_interval(const CronSchedule& start, const CronSchedule& end,
                                        std::int64_t now_s);

}  // namespace lagsim::core
