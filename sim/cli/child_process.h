/// Another program run to its end, and what it cost: for `lagsim bench`, which runs itself.
#pragma once

#include <expected>
#include <string>
#include <vector>

namespace lagsim::cli {

struct ChildOutcome {
    int code = 0;  ///< exit code; 128 + signal where it was killed
    std::string out;
    std::string err;
    double cpu_seconds = 0.0;   ///< user and system, of this child
    double wall_seconds = 0.0;  ///< from its start to its end
    long rss_kilobytes_max = 0;
};

/// `command[0]` is looked up in PATH; `environment` holds NAME=VALUE that replace the caller's own.
/// The error says why it could not be started.
[[nodiscard]] std::expected<ChildOutcome, std::string> run_child(
    const std::vector<std::string>& command, const std::vector<std::string>& environment = {});

/// A directory of its own that is gone with its contents when the object is.
class TemporaryDirectory {
  public:
    /// Throws std::system_error where none can be made.
    TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory();
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

}  // namespace lagsim::cli
