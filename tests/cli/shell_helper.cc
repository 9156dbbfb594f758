#include "tests/cli/shell_helper.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <sys/wait.h>

#include "tree_paths.h"

namespace lagsim::tests {

namespace fs = std::filesystem;

CommandLine::CommandLine() {
    std::string name = (fs::temp_directory_path() / "lagsim-cli-XXXXXX").string();
    directory_ = mkdtemp(name.data());
}

CommandLine::~CommandLine() {
    fs::remove_all(directory_);
}

Outcome CommandLine::shell(const std::string& line) const {
    // A function, so that lines read as typed; no terminal and no settings of the caller's.
    write("line.sh", fmt::format("cd '{}'\nlagsim() {{ '{}' \"$@\"; }}\n{}\n", directory_.string(),
                                 LAGSIM_BINARY, line));
    const std::string command = fmt::format(
        "env -u NO_COLOR -u CLICOLOR_FORCE -u CI LC_ALL=C.UTF-8 bash '{0}/line.sh' "
        ">'{0}/line.out' 2>'{0}/line.err' </dev/null",
        directory_.string());
    const int status = std::system(command.c_str());
    return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            .out = read("line.out"),
            .err = read("line.err")};
}

void CommandLine::write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name) << text;
}

std::string CommandLine::read(const std::string& name) const {
    std::ifstream file(directory_ / name, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

bool CommandLine::exists(const std::string& name) const {
    return fs::exists(directory_ / name);
}

std::string small_scenario() {
    return LAGSIM_SOURCE_DIR "/tests/results_file/small.yaml";
}

}  // namespace lagsim::tests
