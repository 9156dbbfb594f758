/// Text files that are whole or not there: an existing one is replaced in one step at the end.
#pragma once

#include <cstdio>
#include <expected>
#include <string>
#include <string_view>

namespace lagsim::sim {

/// Where an export goes, piece by piece: a day of many partitions is more than one string.
class TextOutput {
  public:
    /// `-` is stdout; else PATH.partial until `finish`. The error is a sentence.
    [[nodiscard]] static std::expected<TextOutput, std::string> open(const std::string& path);
    TextOutput(TextOutput&& other) noexcept;
    TextOutput(const TextOutput&) = delete;
    TextOutput& operator=(const TextOutput&) = delete;
    TextOutput& operator=(TextOutput&&) = delete;
    /// Removes what was not finished.
    ~TextOutput();

    void write(std::string_view text);
    /// Renames the file; says so if anything since `open` could not be written.
    [[nodiscard]] std::expected<void, std::string> finish();

  private:
    TextOutput(std::string path, std::FILE* file);
    std::string path_;
    std::FILE* file_ = nullptr;  ///< null: finished or moved from
    int error_ = 0;              ///< errno of the first failure
};

}  // namespace lagsim::sim
