/// Durations as scenario files write them: 5ms, 1.5s, 2m.
#pragma once

#include <optional>
#include <string_view>

#include "core/time.h"

namespace lagsim::production {

/// A number >= 0 with one of the units ns, us, ms, s, m, h; nothing for anything else.
[[nodiscard]] std::optional<core::Duration> parse_duration(std::string_view text);

}  // namespace lagsim::production
