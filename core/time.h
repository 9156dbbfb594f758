/// Time as the core sees it: it is told the time and cannot ask. All times are int64 nanoseconds.
#pragma once

#include <chrono>
#include <cstdint>

namespace lagsim::core {

/// A clock without `now()`: decisions that ask for the time do not compile.
struct Clock {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = std::chrono::duration<rep, period>;
    using time_point = std::chrono::time_point<Clock>;
    static constexpr bool is_steady = true;
};

using Duration = Clock::duration;  ///< [ns]
using Instant =
    Clock::time_point;  ///< [ns] since the start of the run (or since the worker's epoch)

/// Later than anything that happens: "no such event".
inline constexpr Instant never = Instant::max();

[[nodiscard]] constexpr std::int64_t nanoseconds(Duration duration) {
    return duration.count();
}
[[nodiscard]] constexpr std::int64_t nanoseconds(Instant instant) {
    return instant.time_since_epoch().count();
}
[[nodiscard]] constexpr Instant at_nanoseconds(std::int64_t value) {
    return Instant{Duration{value}};
}
/// For output and statistics only; decisions stay in integers.
[[nodiscard]] constexpr double seconds(Duration duration) {
    return static_cast<double>(duration.count()) / 1e9;  // times 1e-9 would not give 15.0 for 15 s
}
[[nodiscard]] constexpr double seconds(Instant instant) {
    return seconds(instant.time_since_epoch());
}

}  // namespace lagsim::core
