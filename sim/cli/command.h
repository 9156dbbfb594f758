/// A subcommand as data. One table of these drives dispatch, parsing, help and shell completion, so
/// that none of them can disagree with another.
///
/// A file of sim/cli defines one subcommand: `Command replay_command();` in replay.cc, listed in
/// commands.cc.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lagsim::cli {

/// What the shell learns; also printed by `lagsim --help`.
enum class ExitCode : std::uint8_t {
    ok = 0,             ///< done, and every assertion held
    failure = 1,        ///< run-time failure: disk full, unreadable file ...
    usage = 2,          ///< the command line is wrong
    invalid_input = 3,  ///< an input file is wrong
    breached = 4,       ///< an assertion was breached, a vector diverged, a lint error was found
    imprecise = 5,      ///< the asked precision was not reached
    interrupted = 130   ///< SIGINT; what was finished is written
};

/// One option. Its argument always arrives as text and is read by our own strict parsers:
/// Boost's lexical_cast would take -5 for an unsigned number.
struct Option {
    std::string_view name{};      ///< without dashes
    char letter = '\0';           ///< '\0' = no short form
    std::string_view argument{};  ///< placeholder in the help, e.g. "N"; empty = a flag
    std::string_view help{};
    bool repeatable = false;
    std::string_view choices{};  ///< `a|b|c`: the only values allowed; empty = any
};

/// The arguments without a dash.
struct Operands {
    std::string_view usage{};  ///< e.g. "SCENARIO", "FILE..."
    std::size_t least = 0;
    std::size_t most = 0;
    std::string_view choices{};  ///< `a|b|c`: the only words allowed; empty = any
    static constexpr std::size_t any_number = SIZE_MAX;
};

enum class ColorWhen : std::uint8_t { automatic, always, never };
enum class ProgressWhen : std::uint8_t { automatic, never, jsonl };

/// Options that every subcommand has, read once.
struct CommonOptions {
    bool quiet = false;
    bool verbose = false;
    bool json = false;
    ColorWhen color = ColorWhen::automatic;
    ProgressWhen progress = ProgressWhen::automatic;
    unsigned jobs = 0;  ///< threads; never 0 after parsing
};

/// A command line after parsing: syntax, names and counts are in order; values are not yet read.
class Invocation {
  public:
    CommonOptions common;
    std::vector<std::string> operands;

    [[nodiscard]] bool flag(std::string_view name) const { return values_.contains(name); }
    [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
    /// All values of a repeatable option, in order; empty if absent.
    [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
    void add(std::string name, std::vector<std::string> values);

  private:
    std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

/// A mistake in the command line: printed with a hint at --help, exit 2.
struct UsageError {
    std::string message;  ///< what is wrong and what to write instead
};
using CommandResult = std::expected<ExitCode, UsageError>;

struct Command {
    std::string_view name{};
    std::string_view summary{};  ///< one line, no full stop
    Operands operands{};
    std::vector<Option> options{};  ///< without the common ones
    std::string_view details{};     ///< more help: paragraphs below the options
    /// Results to stdout, everything else to stderr.
    CommandResult (*run)(const Invocation&) = nullptr;
};

/// All subcommands in the order of the help text.
[[nodiscard]] std::span<const Command> commands();

/// Options that every subcommand accepts.
[[nodiscard]] std::span<const Option> common_options();

/// `arguments` are those after the subcommand's name.
[[nodiscard]] std::expected<Invocation, UsageError> parse_arguments(
    const Command& command, const std::vector<std::string>& arguments);

/// A whole number without sign, from `least` on; `what` names it in the error, e.g. "--seed".
[[nodiscard]] std::expected<std::uint64_t, UsageError> parse_whole_number(
    std::string_view text, std::string_view what, std::uint64_t least = 0,
    std::uint64_t most = UINT64_MAX);

[[nodiscard]] std::string help_text(const Command& command);
[[nodiscard]] std::string overview_text();

/// The whole program: dispatch, run, exit code. Catches every exception.
[[nodiscard]] int run_program(const std::vector<std::string>& arguments);

}  // namespace lagsim::cli
