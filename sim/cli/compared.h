/// What `lagsim compare` is asked to compare: the two operands with what is set for each.
#pragma once

#include <array>
#include <expected>
#include <string>
#include <variant>
#include <vector>

#include "sim/cli/command.h"
#include "sim/results/compare_report.h"
#include "sim/scenario/reader.h"

namespace lagsim::cli {

/// One of the two before anything is simulated.
struct Operand {
    std::string source;  ///< path and options, as one would type them
    std::string output;  ///< result file to write; empty = none
    /// A scenario to simulate, or a result that is there.
    std::variant<sim::ScenarioFile, sim::ComparedSide> what;

    [[nodiscard]] const sim::ScenarioFile* scenario() const {
        return std::get_if<sim::ScenarioFile>(&what);
    }
    [[nodiscard]] const sim::ComparedSide* stored() const {
        return std::get_if<sim::ComparedSide>(&what);
    }
    [[nodiscard]] std::vector<std::string> groups() const;
    [[nodiscard]] const std::string& resolved() const;
};
using OperandPair = std::array<Operand, 2>;

/// The options of `compare` that belong to one side, beside those that both share.
[[nodiscard]] std::vector<Option> side_options();

/// Reads both. An exit code means that their mistakes, all of both, have been printed.
[[nodiscard]] std::expected<std::expected<OperandPair, ExitCode>, UsageError> read_operands(
    const Invocation& call);

}  // namespace lagsim::cli
