/// How every output gets its name: written beside it as `FILE.partial`, flushed, renamed.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace lagsim::sim {

/// "cannot write PATH: REASON; free space or ...".
[[nodiscard]] std::string cannot_write(const std::string& path, const std::string& reason);

/// Flushes `partial` to the disk and renames it to `path`, which then holds all of it or what it
/// held before.
[[nodiscard]] std::expected<void, std::string> give_name(const std::string& partial,
                                                         const std::string& path);

/// The same for a text.
[[nodiscard]] std::expected<void, std::string> write_text_file(const std::string& path,
                                                               std::string_view text);

}  // namespace lagsim::sim
