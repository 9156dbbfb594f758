/// "Did you mean ...?" for words of the command line.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace lagsim::cli {

/// `; did you mean '--seed'?` or nothing; the nearness of sim/scenario/diagnostics.h.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string_view> candidates,
                                       std::string_view prefix = "");

}  // namespace lagsim::cli
