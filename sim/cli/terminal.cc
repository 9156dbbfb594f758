#include "sim/cli/terminal.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace lagsim::cli {
namespace {

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? std::string_view(value) : std::string_view();
}

bool is_terminal(int descriptor) {
    return isatty(descriptor) == 1 && environment("TERM") != "dumb";
}

/// The variable that decides about letters, by POSIX precedence.
bool utf8_locale() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        std::string value(environment(name));
        if (value.empty()) {
            continue;
        }
        std::ranges::transform(value, value.begin(), [](char letter) {
            return static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
        });
        return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
    }
    return false;
}

/// Lock-free, so that the signal handler may touch it.
std::atomic<int> interrupts{0};
static_assert(std::atomic<int>::is_always_lock_free);

void on_interrupt(int signal) {
    const int count = interrupts.fetch_add(1) + 1;
    constexpr std::string_view first =
        "\nlagsim: finishing the replications that run; press Ctrl-C again to drop them\n";
    constexpr std::string_view second = "\nlagsim: stopping now; what was finished is written\n";
    if (count > 2) {
        std::signal(signal, SIG_DFL);
        std::raise(signal);
        return;
    }
    const std::string_view message = count == 1 ? first : second;
    // Nothing to do about a closed stderr.
    [[maybe_unused]] const ssize_t written = write(2, message.data(), message.size());
}

using Json = nlohmann::ordered_json;

/// At the pace so far; nothing while that means little.
std::optional<double> seconds_left(std::chrono::duration<double> elapsed, double part) {
    constexpr double least_part = 0.01;
    constexpr double least_seconds = 1.0;
    if (part >= 1.0) {
        return 0.0;
    }
    return part < least_part || elapsed.count() < least_seconds
               ? std::nullopt
               : std::optional(elapsed.count() * (1.0 - part) / part);
}

/// `12s`, `3m20s`, `2h05m`
std::string short_time(double seconds) {
    const auto whole = static_cast<std::int64_t>(std::ceil(seconds));
    constexpr std::int64_t minute = 60;
    constexpr std::int64_t hour = 3600;
    return whole < minute ? fmt::format("{}s", whole)
           : whole < hour ? fmt::format("{}m{:02}s", whole / minute, whole % minute)
                          : fmt::format("{}h{:02}m", whole / hour, whole % hour / minute);
}

}  // namespace

bool use_color(ColorWhen when, int descriptor) {
    if (when != ColorWhen::automatic) {
        return when == ColorWhen::always;
    }
    if (!environment("NO_COLOR").empty()) {
        return false;
    }
    const std::string_view force = environment("CLICOLOR_FORCE");
    return (!force.empty() && force != "0") || is_terminal(descriptor);
}

sim::PictureStyle picture_style(const CommonOptions& common) {
    return {.unicode = utf8_locale(), .color = use_color(common.color, STDOUT_FILENO)};
}

ProgressDisplay::ProgressDisplay(const CommonOptions& common) {
    if (common.progress == ProgressWhen::jsonl) {
        form_ = Form::jsonl;
    } else if (common.progress == ProgressWhen::automatic && !common.quiet &&
               is_terminal(STDERR_FILENO) && environment("CI").empty()) {
        form_ = Form::line;
    }
}

void ProgressDisplay::show(const sim::Progress& progress) {
    const double part = progress.total_seconds > 0.0
                            ? std::min(1.0, progress.simulated_seconds / progress.total_seconds)
                            : 0.0;
    const auto left = seconds_left(std::chrono::steady_clock::now() - started_, part);
    if (form_ == Form::jsonl) {
        const nlohmann::ordered_json line{{"schema", "lagsim.progress/1"},
                                          {"part", part},
                                          {"seconds_left", left ? Json(*left) : Json(nullptr)},
                                          {"simulated_seconds", progress.simulated_seconds},
                                          {"replications_finished", progress.finished},
                                          {"replications", progress.total}};
        fmt::print(stderr, "{}\n", line.dump());
    } else if (form_ == Form::line) {
        constexpr int width = 30;
        const auto full = static_cast<std::size_t>(std::lround(part * width));
        fmt::print(stderr, "\r[{}{}] {:3.0f} %  {} of {} replications{}\x1b[K",
                   std::string(full, '#'), std::string(width - full, ' '), part * 100.0,
                   progress.finished, progress.total,
                   left ? ", " + short_time(*left) + " left" : "");
        drawn_ = true;
    }
    std::fflush(stderr);
}

void ProgressDisplay::clear() {
    if (drawn_) {
        std::fputs("\r\x1b[K", stderr);
        std::fflush(stderr);
        drawn_ = false;
    }
}

InterruptCounter::InterruptCounter() {
    interrupts = 0;
    std::signal(SIGINT, on_interrupt);
}

InterruptCounter::~InterruptCounter() {
    std::signal(SIGINT, SIG_DFL);
}

const std::atomic<int>& InterruptCounter::count() const {
    return interrupts;
}

}  // namespace lagsim::cli
