/// A worker's history: every event that its adapter was given and every command that it answered
/// with, one JSON object a line, in order. What the README calls the black box: it can be played
/// again.
#pragma once

#include <expected>
#include <fstream>
#include <iosfwd>
#include <string>

#include "production/worker/worker_events.h"
#include "production/worker/worker_settings.h"

namespace lagsim::production {

/// Writes a history; a new line is in the file when flush() has returned, so that it survives the
/// process's death.
class HistoryWriter {
  public:
    HistoryWriter() = default;  ///< writes nothing
    /// The first line holds the settings.
    HistoryWriter(const std::string& path, const WorkerSettings& settings, core::Instant start);
    void write(const Event& event, core::Instant now);
    void write(const Command& command, core::Instant now);
    void flush();
    [[nodiscard]] bool failed() const { return open_ && !file_; }

  private:
    std::ofstream file_;
    bool open_ = false;
};

struct Replay {
    std::int64_t events = 0;
    std::int64_t commands = 0;
    std::int64_t commits = 0;  ///< partitions of recorded commits
};

/// Gives the recorded events to a fresh adapter, which must answer with the recorded commands, and
/// in a second pass to bare leases of core/commit, of which each recorded commit must be the
/// committable offset at its time. A last line that was cut off is no mistake. The error names the
/// line.
[[nodiscard]] std::expected<Replay, std::string> replay_history(std::istream& history);

}  // namespace lagsim::production
