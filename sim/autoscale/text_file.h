/// A whole text file, or standard input, in memory.
#pragma once

#include <expected>
#include <string>

namespace lagsim::sim {

/// `-` is standard input. The error is the system's reason.
[[nodiscard]] std::expected<std::string, std::string> read_text_file(const std::string& path);

}  // namespace lagsim::sim
