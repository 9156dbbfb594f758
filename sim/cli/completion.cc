/// Shell completion, written out from the command table: a static script, nothing runs at Tab.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "sim/cli/commands.h"

namespace lagsim::cli {
namespace {

std::vector<Option> options_of(const Command& command) {
    std::vector<Option> options = command.options;
    options.insert(options.end(), common_options().begin(), common_options().end());
    return options;
}

std::string spaced(std::string_view choices) {
    std::string words(choices);
    for (char& letter : words) {
        letter = letter == '|' ? ' ' : letter;
    }
    return words;
}

std::string command_names() {
    std::string names;
    for (const Command& command : commands()) {
        names += fmt::format("{}{}", names.empty() ? "" : " ", command.name);
    }
    return names;
}

/// What follows an option that takes one of a few words, as `case` branches of bash.
std::string bash_choices() {
    std::string branches;
    std::vector<std::string_view> seen;
    for (const Command& command : commands()) {
        for (const Option& option : options_of(command)) {
            if (option.choices.empty() ||
                std::find(seen.begin(), seen.end(), option.name) != seen.end()) {
                continue;
            }
            seen.push_back(option.name);
            branches += fmt::format(
                "        --{}) COMPREPLY=($(compgen -W '{}' -- \"$word\")); return ;;\n",
                option.name, spaced(option.choices));
        }
    }
    return branches;
}

std::string bash_script() {
    std::string cases;
    for (const Command& command : commands()) {
        std::string words;
        for (const Option& option : options_of(command)) {
            words += fmt::format("{}--{}", words.empty() ? "" : " ", option.name);
            if (option.letter != '\0') {
                words += fmt::format(" -{}", option.letter);
            }
        }
        if (!command.operands.choices.empty()) {
            words += ' ' + spaced(command.operands.choices);
        }
        cases += fmt::format("        {}) words='{}' ;;\n", command.name, words);
    }
    return fmt::format(
        R"(# bash completion for lagsim; load it with: source <(lagsim completion bash)
_lagsim() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" words=''
    case "${{COMP_WORDS[COMP_CWORD-1]}}" in
{}    esac
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W '{} help' -- "$word"))
        return
    fi
    case "${{COMP_WORDS[1]}}" in
        help) words='{}' ;;
{}    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o default -F _lagsim lagsim
)",
        bash_choices(), command_names(), command_names(), cases);
}

/// Text inside single quotes and zsh's `[...]`.
std::string zsh_text(std::string_view text) {
    std::string quoted;
    for (const char letter : text) {
        if (letter == '\'') {
            quoted += "'\\''";
        } else if (letter == '[' || letter == ']' || letter == ':') {
            quoted += fmt::format("\\{}", letter);
        } else {
            quoted += letter;
        }
    }
    return quoted;
}

std::string zsh_option(const Option& option) {
    std::string action;
    if (!option.choices.empty()) {
        action = fmt::format(":{}:({})", option.argument, spaced(option.choices));
    } else if (!option.argument.empty()) {
        action = fmt::format(":{}:_files", option.argument);
    }
    const std::string help = fmt::format("[{}]{}", zsh_text(option.help), action);
    const std::string star = option.repeatable ? "*" : "";
    std::string lines = fmt::format("                '{}--{}{}' \\\n", star, option.name, help);
    if (option.letter != '\0') {
        lines += fmt::format("                '{}-{}{}' \\\n", star, option.letter, help);
    }
    return lines;
}

std::string zsh_script() {
    std::string names;
    std::string cases;
    for (const Command& command : commands()) {
        names += fmt::format("        '{}:{}'\n", command.name, zsh_text(command.summary));
        std::string lines;
        for (const Option& option : options_of(command)) {
            lines += zsh_option(option);
        }
        const std::string rest = command.operands.choices.empty()
                                     ? "_files"
                                     : fmt::format("({})", spaced(command.operands.choices));
        cases += fmt::format(
            "        {})\n            _arguments \\\n{}                '*:argument:{}' ;;\n",
            command.name, lines, rest);
    }
    return fmt::format(R"(#compdef lagsim
# zsh completion for lagsim; save it as _lagsim in a directory of $fpath
_lagsim() {{
    local -a commands
    commands=(
{}    )
    if (( CURRENT == 2 )); then
        _describe 'command' commands
        return
    fi
    local command="$words[2]"
    shift words
    (( CURRENT-- ))
    case "$command" in
{}    esac
}}
_lagsim "$@"
)",
                       names, cases);
}

std::string fish_quoted(std::string_view text) {
    std::string quoted = "'";
    for (const char letter : text) {
        quoted += letter == '\'' ? std::string("\\'") : std::string(1, letter);
    }
    return quoted + "'";
}

std::string fish_script() {
    std::string script =
        "# fish completion for lagsim; save it as ~/.config/fish/completions/lagsim.fish\n";
    for (const Command& command : commands()) {
        script += fmt::format("complete -c lagsim -n __fish_use_subcommand -f -a {} -d {}\n",
                              command.name, fish_quoted(command.summary));
    }
    for (const Command& command : commands()) {
        const std::string when =
            fmt::format("complete -c lagsim -n '__fish_seen_subcommand_from {}'", command.name);
        if (!command.operands.choices.empty()) {
            script += fmt::format("{} -f -a '{}'\n", when, spaced(command.operands.choices));
        }
        for (const Option& option : options_of(command)) {
            script += fmt::format("{} -l {}", when, option.name);
            if (option.letter != '\0') {
                script += fmt::format(" -s {}", option.letter);
            }
            if (!option.choices.empty()) {
                script += fmt::format(" -x -a '{}'", spaced(option.choices));
            } else if (!option.argument.empty()) {
                script += " -r";
            }
            script += fmt::format(" -d {}\n", fish_quoted(option.help));
        }
    }
    return script;
}

CommandResult run_completion(const Invocation& call) {
    const std::string& shell = call.operands[0];
    if (shell == "bash") {
        fmt::print("{}", bash_script());
    } else if (shell == "zsh") {
        fmt::print("{}", zsh_script());
    } else {
        fmt::print("{}", fish_script());
    }
    return ExitCode::ok;
}

}  // namespace

Command completion_command() {
    return {
        .name = "completion",
        .summary = "print a completion script for a shell",
        .operands = {.usage = "bash|zsh|fish", .least = 1, .most = 1, .choices = "bash|zsh|fish"},
        .run = run_completion};
}

}  // namespace lagsim::cli
