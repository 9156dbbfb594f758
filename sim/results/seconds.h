/// Nanoseconds as seconds for files: divided, not multiplied by 1e-9, so that 15 s is 15.0 and
/// `sel(time=15)` finds it.
#pragma once

#include "core/time.h"

namespace lagsim::sim {

[[nodiscard]] constexpr double exact_seconds(core::Duration duration) {
    return static_cast<double>(core::nanoseconds(duration)) / 1e9;
}
[[nodiscard]] constexpr double exact_seconds(core::Instant instant) {
    return exact_seconds(instant.time_since_epoch());
}

}  // namespace lagsim::sim
