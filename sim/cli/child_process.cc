#include "sim/cli/child_process.h"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lagsim::cli {
namespace {

std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string_view name_of(std::string_view variable) {
    return variable.substr(0, variable.find('='));
}

std::vector<std::string> changed_environment(const std::vector<std::string>& changes) {
    std::vector<std::string> variables = changes;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        bool replaced = false;
        for (const std::string& change : changes) {
            replaced = replaced || name_of(change) == name_of(*variable);
        }
        if (!replaced) {
            variables.emplace_back(*variable);
        }
    }
    return variables;
}

/// As the exec functions want it: pointers that end with a null one.
std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts) {
        all.push_back(text.data());
    }
    all.push_back(nullptr);
    return all;
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
    path_ = (std::filesystem::temp_directory_path() / "lagsim-bench-XXXXXX").string();
    if (mkdtemp(path_.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), "cannot make " + path_);
    }
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::expected<ChildOutcome, std::string> run_child(const std::vector<std::string>& command,
                                                   const std::vector<std::string>& environment) {
    // Files, not pipes: nobody has to read while the child runs.
    const TemporaryDirectory directory;
    std::vector<std::string> arguments = command;
    std::vector<std::string> variables = changed_environment(environment);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, directory.file("out").c_str(),
                                     O_WRONLY | O_CREAT, 0600);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, directory.file("err").c_str(),
                                     O_WRONLY | O_CREAT, 0600);
    const auto started = std::chrono::steady_clock::now();
    pid_t child = 0;
    const int error = posix_spawnp(&child, arguments[0].c_str(), &actions, nullptr,
                                   pointers(arguments).data(), pointers(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        return std::unexpected("cannot start " + command[0] + ": " + std::strerror(error));
    }
    int status = 0;
    rusage usage{};
    while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
    }
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - started;
    return ChildOutcome{.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                        .out = text_of(directory.file("out")),
                        .err = text_of(directory.file("err")),
                        .cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime),
                        .wall_seconds = wall.count(),
                        .rss_kilobytes_max = usage.ru_maxrss};
}

}  // namespace lagsim::cli
