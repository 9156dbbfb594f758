#include "sim/cli/command.h"

#include <algorithm>
#include <charconv>
#include <thread>
#include <utility>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "sim/cli/suggest.h"

namespace lagsim::cli {
namespace {

namespace po = boost::program_options;

constexpr unsigned jobs_max = 1024;

std::vector<Option> all_options(const Command& command) {
    std::vector<Option> options = command.options;
    options.insert(options.end(), common_options().begin(), common_options().end());
    return options;
}

po::options_description describe(const std::vector<Option>& options) {
    po::options_description description;
    for (const Option& option : options) {
        std::string names(option.name);
        if (option.letter != '\0') {
            names += fmt::format(",{}", option.letter);
        }
        if (option.argument.empty()) {
            description.add_options()(names.c_str(), "");
        } else {
            description.add_options()(names.c_str(), po::value<std::string>(), "");
        }
    }
    return description;
}

UsageError unknown_option(std::string token, const std::vector<Option>& options) {
    std::string word = token.substr(std::min(token.find_first_not_of('-'), token.size()));
    word = word.substr(0, word.find('='));
    std::vector<std::string_view> names;
    names.reserve(options.size());
    for (const Option& option : options) {
        names.push_back(option.name);
    }
    return {fmt::format("unknown option '{}'{}", token.starts_with('-') ? token : "--" + token,
                        did_you_mean(word, names, "--"))};
}

/// `what` names the option or argument in the message.
std::expected<void, UsageError> check_choice(std::string_view what, std::string_view allowed,
                                             const std::string& value) {
    if (allowed.empty()) {
        return {};
    }
    std::vector<std::string_view> choices;
    for (std::string_view rest = allowed; !rest.empty();) {
        const std::size_t bar = std::min(rest.find('|'), rest.size());
        choices.push_back(rest.substr(0, bar));
        rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
    if (std::ranges::find(choices, value) != choices.end()) {
        return {};
    }
    return std::unexpected(
        UsageError{fmt::format("{} is one of {}, not '{}'{}", what, fmt::join(choices, ", "), value,
                               did_you_mean(value, choices))});
}

std::expected<void, UsageError> check_operands(const Command& command, const Invocation& call) {
    if (call.operands.size() < command.operands.least) {
        return std::unexpected(
            UsageError{fmt::format("{} is missing; usage: lagsim {} {}", command.operands.usage,
                                   command.name, command.operands.usage)});
    }
    if (call.operands.size() > command.operands.most) {
        return std::unexpected(UsageError{fmt::format(
            "unexpected argument '{}'; options start with '-'; usage: lagsim {} {}",
            call.operands[command.operands.most], command.name, command.operands.usage)});
    }
    for (const std::string& operand : call.operands) {
        if (auto checked = check_choice("the argument", command.operands.choices, operand);
            !checked) {
            return checked;
        }
    }
    return {};
}

/// What the common options say; their values have passed check_choice.
std::expected<CommonOptions, UsageError> read_common(const Invocation& call) {
    CommonOptions common{
        .quiet = call.flag("quiet"), .verbose = call.flag("verbose"), .json = call.flag("json")};
    const std::string color = call.value("color").value_or("auto");
    common.color = color == "always"  ? ColorWhen::always
                   : color == "never" ? ColorWhen::never
                                      : ColorWhen::automatic;
    const std::string progress = call.value("progress").value_or("auto");
    common.progress = progress == "jsonl"   ? ProgressWhen::jsonl
                      : progress == "never" ? ProgressWhen::never
                                            : ProgressWhen::automatic;
    const auto jobs = parse_whole_number(call.value("jobs").value_or("0"), "--jobs", 0, jobs_max);
    if (!jobs) {
        return std::unexpected(jobs.error());
    }
    common.jobs = *jobs > 0 ? static_cast<unsigned>(*jobs)
                            : std::max(1U, std::thread::hardware_concurrency());
    return common;
}

std::expected<Invocation, UsageError> collect(const Command& command,
                                              const std::vector<Option>& options,
                                              const po::parsed_options& parsed) {
    Invocation call;
    for (const po::option& found : parsed.options) {
        if (found.position_key != -1) {
            call.operands.insert(call.operands.end(), found.value.begin(), found.value.end());
            continue;
        }
        const auto option = std::ranges::find(options, found.string_key, &Option::name);
        if (!option->argument.empty() && !option->repeatable && call.flag(option->name)) {
            return std::unexpected(
                UsageError{fmt::format("--{} is given twice; keep one of them", option->name)});
        }
        for (const std::string& value : found.value) {
            if (auto checked =
                    check_choice(fmt::format("--{}", option->name), option->choices, value);
                !checked) {
                return std::unexpected(checked.error());
            }
        }
        call.add(found.string_key, found.value);
    }
    auto common = read_common(call);
    if (!common) {
        return std::unexpected(common.error());
    }
    call.common = *common;
    if (!call.flag("help")) {
        if (auto checked = check_operands(command, call); !checked) {
            return std::unexpected(checked.error());
        }
    }
    return call;
}

std::string option_line(const Option& option) {
    const std::string letter =
        option.letter != '\0' ? fmt::format("-{},", option.letter) : std::string("   ");
    std::string names = fmt::format("  {} --{}", letter, option.name);
    if (!option.argument.empty()) {
        names += fmt::format(" {}", option.argument);
    }
    return fmt::format("{:<30}  {}{}\n", names, option.help,
                       option.repeatable ? " (repeatable)" : "");
}

}  // namespace

std::optional<std::string> Invocation::value(std::string_view name) const {
    const auto found = values_.find(name);
    if (found == values_.end() || found->second.empty()) {
        return std::nullopt;
    }
    return found->second.front();
}

std::vector<std::string> Invocation::values(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::vector<std::string>() : found->second;
}

void Invocation::add(std::string name, std::vector<std::string> values) {
    std::vector<std::string>& all = values_[std::move(name)];
    all.insert(all.end(), values.begin(), values.end());
}

std::span<const Option> common_options() {
    static const std::vector<Option> options{
        {.name = "help", .letter = 'h', .help = "this text"},
        {.name = "quiet", .letter = 'q', .help = "only results and errors"},
        {.name = "verbose", .letter = 'v', .help = "more messages on stderr"},
        {.name = "json", .help = "results as JSON on stdout"},
        {.name = "color",
         .argument = "WHEN",
         .help = "auto, always or never (NO_COLOR is heeded)",
         .choices = "auto|always|never"},
        {.name = "progress",
         .argument = "WHEN",
         .help = "auto (a terminal only), never or jsonl; on stderr",
         .choices = "auto|never|jsonl"},
        {.name = "jobs", .letter = 'j', .argument = "N", .help = "threads; 0 = all cores"}};
    return options;
}

std::expected<Invocation, UsageError> parse_arguments(const Command& command,
                                                      const std::vector<std::string>& arguments) {
    const std::vector<Option> options = all_options(command);
    const po::options_description description = describe(options);
    // Guessing off: else `--see 3` means `--seed 3` until another option with that beginning comes.
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    try {
        return collect(command, options,
                       po::command_line_parser(arguments).options(description).style(style).run());
    } catch (const po::unknown_option& error) {
        return std::unexpected(unknown_option(error.get_option_name(), options));
    } catch (const po::error& error) {
        return std::unexpected(UsageError{error.what()});
    }
}

std::expected<std::uint64_t, UsageError> parse_whole_number(std::string_view text,
                                                            std::string_view what,
                                                            std::uint64_t least,
                                                            std::uint64_t most) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc() && stopped == end && number >= least && number <= most) {
        return number;
    }
    return std::unexpected(UsageError{
        fmt::format("{} takes a whole number from {} to {}, not '{}'", what, least, most, text)});
}

std::string help_text(const Command& command) {
    std::string text = fmt::format(
        "lagsim {}: {}\n\nUsage: lagsim {} [options]{}{}\n\n", command.name, command.summary,
        command.name, command.operands.usage.empty() ? "" : " ", command.operands.usage);
    if (!command.options.empty()) {
        text += "Options:\n";
        for (const Option& option : command.options) {
            text += option_line(option);
        }
        text += '\n';
    }
    text += "Common options:\n";
    for (const Option& option : common_options()) {
        text += option_line(option);
    }
    if (!command.details.empty()) {
        text += fmt::format("\n{}\n", command.details);
    }
    return text;
}

std::string overview_text() {
    std::string text =
        "lagsim: what a Kafka consumer group scaled by KEDA and the HPA does, simulated\n\n"
        "Usage: lagsim COMMAND [options] [arguments]\n\nCommands:\n";
    for (const Command& command : commands()) {
        text += fmt::format("  {:<12}{}\n", command.name, command.summary);
    }
    text +=
        "\n`lagsim COMMAND --help` explains a command.\n\n"
        "Exit codes: 0 done and every assertion held; 1 run-time failure; 2 usage error; 3 "
        "invalid\n"
        "input file; 4 an assertion was breached, a vector diverged or a lint error was found; 5 "
        "the\n"
        "asked precision was not reached; 130 interrupted, what was finished is written.\n";
    return text;
}

}  // namespace lagsim::cli
