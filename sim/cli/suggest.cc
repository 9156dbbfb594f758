#include "sim/cli/suggest.h"

#include <fmt/format.h>

#include "sim/scenario/diagnostics.h"

namespace lagsim::cli {

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates,
                         std::string_view prefix) {
    const std::string_view nearest = sim::did_you_mean(word, candidates);
    return nearest.empty() ? std::string() : fmt::format("; did you mean '{}{}'?", prefix, nearest);
}

}  // namespace lagsim::cli
