/// Dispatch: argv[1] names a subcommand of the table, the rest is its own.
#include <csignal>
#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "sim/cli/command.h"
#include "sim/cli/suggest.h"

namespace lagsim::cli {
namespace {

int exit_code(ExitCode code) {
    return static_cast<int>(code);
}

int usage_error(std::string_view command, const UsageError& error) {
    const std::string name = command.empty() ? "lagsim" : fmt::format("lagsim {}", command);
    fmt::print(stderr, "{0}: {1}\nTry '{0} --help'.\n", name, error.message);
    return exit_code(ExitCode::usage);
}

const Command* find_command(std::string_view name) {
    for (const Command& command : commands()) {
        if (command.name == name) {
            return &command;
        }
    }
    return nullptr;
}

UsageError unknown_command(std::string_view name) {
    std::vector<std::string_view> names;
    for (const Command& command : commands()) {
        names.push_back(command.name);
    }
    return {fmt::format("unknown command '{}'{}", name, did_you_mean(name, names))};
}

int run_command(const Command& command, const std::vector<std::string>& arguments) {
    const auto call = parse_arguments(command, arguments);
    if (!call) {
        return usage_error(command.name, call.error());
    }
    if (call->flag("help")) {
        fmt::print("{}", help_text(command));
        return exit_code(ExitCode::ok);
    }
    const CommandResult result = command.run(*call);
    return result ? exit_code(*result) : usage_error(command.name, result.error());
}

int dispatch(const std::vector<std::string>& arguments) {
    if (arguments.empty()) {
        fmt::print(stderr, "{}", overview_text());
        return exit_code(ExitCode::usage);
    }
    std::string name = arguments[0];
    std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
    if (name == "--version") {
        name = "version";
    }
    if (name == "help" && !rest.empty()) {
        name = rest[0];
        rest = {"--help"};
    }
    if (name == "help" || name == "--help" || name == "-h") {
        fmt::print("{}", overview_text());
        return exit_code(ExitCode::ok);
    }
    const Command* command = find_command(name);
    return command != nullptr ? run_command(*command, rest)
                              : usage_error("", unknown_command(name));
}

}  // namespace

int run_program(const std::vector<std::string>& arguments) {
    // A file size limit is a full disk like any other: an error of the write, not a signal.
    std::signal(SIGXFSZ, SIG_IGN);
    int code = exit_code(ExitCode::failure);
    try {
        code = dispatch(arguments);
    } catch (const std::exception& error) {
        fmt::print(stderr, "lagsim: {}\n", error.what());
    } catch (...) {
        fmt::print(stderr, "lagsim: an exception of unknown type; please report this\n");
    }
    // A full disk behind `> file` shows only now; results that did not arrive are a failure.
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        std::fputs("lagsim: cannot write to standard output\n", stderr);
        return exit_code(ExitCode::failure);
    }
    return code;
}

}  // namespace lagsim::cli
