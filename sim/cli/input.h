/// Reading the user's files for a subcommand: messages where they belong, the right exit code.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "sim/cli/command.h"
#include "sim/scenario/diagnostics.h"
#include "sim/scenario/reader.h"

namespace lagsim::cli {

/// Text to stderr, or with --json the array to stdout.
void print_diagnostics(const CommonOptions& common, std::span<const sim::Diagnostic> diagnostics);

/// 0 without an error; 1 if nothing is wrong but that files could not be read; else 3.
[[nodiscard]] ExitCode code_of(std::span<const sim::Diagnostic> diagnostics);

/// The options that `run`, `sweep` and `compare` share.
[[nodiscard]] std::vector<Option> scenario_options();

/// Values of `option` (`--set` and its like, with the dashes): is each of them PATH=VALUE?
[[nodiscard]] std::expected<void, UsageError> check_sets(std::string_view option,
                                                         std::span<const std::string> sets);

/// --set, -f, --seed and --replications of the command line.
[[nodiscard]] std::expected<sim::ReadOptions, UsageError> read_options(const Invocation& call);

/// A scenario, or its mistakes printed and the exit code. Warnings are printed unless --quiet.
[[nodiscard]] std::expected<sim::ScenarioFile, ExitCode> load_scenario(
    const CommonOptions& common, const std::string& path, const sim::ReadOptions& options);

/// Is the file a result, rather than a scenario? By its name (.h5) or its first bytes.
[[nodiscard]] bool is_result_file(const std::string& path);

/// Why a result file could not be read, as a message about it; `error` is that of
/// sim/results/result_reader.h.
[[nodiscard]] sim::Diagnostic bad_result(const std::string& path, std::string_view error);

/// Prints that: 1 where it cannot be opened, 3 where its contents are wrong.
[[nodiscard]] ExitCode refuse_result(const CommonOptions& common, const std::string& path,
                                     std::string_view error);

}  // namespace lagsim::cli
