/// What the terminal can show: colour, block characters, a progress line.
#pragma once

#include <chrono>

#include "sim/cli/command.h"
#include "sim/results/picture.h"
#include "sim/study/runner.h"

namespace lagsim::cli {

/// Colour on this file descriptor? An option beats NO_COLOR, which beats CLICOLOR_FORCE, which
/// beats whether it is a terminal.
[[nodiscard]] bool use_color(ColorWhen when, int descriptor);

/// For pictures on stdout.
[[nodiscard]] sim::PictureStyle picture_style(const CommonOptions& common);

/// Progress on stderr: a line redrawn in place for people, JSON lines for programs, or nothing.
class ProgressDisplay {
  public:
    explicit ProgressDisplay(const CommonOptions& common);
    ProgressDisplay(const ProgressDisplay&) = delete;
    ProgressDisplay& operator=(const ProgressDisplay&) = delete;
    /// Removes the line, so that results start on a clean one.
    ~ProgressDisplay() { clear(); }

    void show(const sim::Progress& progress);
    void clear();

  private:
    enum class Form : std::uint8_t { none, line, jsonl } form_ = Form::none;
    bool drawn_ = false;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

/// Counts SIGINT while it lives: the first lets running work finish, the second drops it, the third
/// ends the program.
class InterruptCounter {
  public:
    InterruptCounter();
    InterruptCounter(const InterruptCounter&) = delete;
    InterruptCounter& operator=(const InterruptCounter&) = delete;
    ~InterruptCounter();
    [[nodiscard]] const std::atomic<int>& count() const;
};

}  // namespace lagsim::cli
