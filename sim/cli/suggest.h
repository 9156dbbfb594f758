/// "Did you mean ...?" for words of the command line.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lagsim::cli {

/// The candidate nearest to `word` by Damerau-Levenshtein distance, if it is near enough to be a
/// slip of the finger: at most max(2, length / 3) edits.
[[nodiscard]] std::optional<std::string> nearest_word(std::string_view word,
                                                      std::span<const std::string_view> candidates);

/// `; did you mean 'run'?` or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string_view> candidates,
                                       std::string_view prefix = "");

}  // namespace lagsim::cli
