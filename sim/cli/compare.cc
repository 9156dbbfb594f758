/// `lagsim compare`: two scenarios or results, replication by replication, and what differs.
#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>

#include "sim/cli/commands.h"
#include "sim/cli/compared.h"
#include "sim/cli/input.h"
#include "sim/cli/run_record.h"
#include "sim/cli/terminal.h"
#include "sim/engine/engine.h"
#include "sim/results/compare_picture.h"
#include "sim/results/json.h"
#include "sim/study/assertions.h"
#include "sim/study/runner.h"

namespace lagsim::cli {
namespace {

ExitCode fail(const std::string& message) {
    fmt::print(stderr, "lagsim compare: {}\n", message);
    return ExitCode::failure;
}

/// Simulates what is not stored yet. Replications of A and B take turns, so that what is finished
/// at an interrupt are pairs.
class Compare {
  public:
    Compare(const Invocation& call, const OperandPair& operands)
        : call_(call), operands_(operands) {
        for (std::size_t side = 0; side < 2; ++side) {
            if (const sim::ScenarioFile* file = operands_[side].scenario()) {
                records_[side].emplace(*file, operands_[side].output);
            }
        }
        plan_units();
    }

    ExitCode execute() {
        const auto started = std::chrono::steady_clock::now();
        for (auto& record : records_) {
            if (auto opened = record ? record->open() : std::expected<void, std::string>();
                !opened) {
                return fail(opened.error());
            }
        }
        const InterruptCounter interrupts;
        if (auto simulated = simulate(interrupts); !simulated) {
            return fail(simulated.error());
        }
        const bool interrupted = interrupts.count() > 0;
        if (std::ranges::any_of(records_, [](auto& record) {
                return record && record->summary().replications() == 0;
            })) {
            fmt::print(
                stderr,
                "lagsim compare: no pair of replications was finished, nothing is written\n");
            return ExitCode::interrupted;
        }
        for (auto& record : records_) {
            if (auto finished = record ? record->finish() : std::expected<void, std::string>();
                !finished) {
                return fail(finished.error());
            }
        }
        const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - started;
        sim::CompareReport report = sim::compare_sides(side(0), side(1));
        report.interrupted = interrupted;
        report.wall_seconds = wall.count();
        print(report);
        return interrupted                        ? ExitCode::interrupted
               : held(report.a) && held(report.b) ? ExitCode::ok
                                                  : ExitCode::breached;
    }

  private:
    struct Unit {
        std::size_t side;
        std::uint32_t replication;
    };

    [[nodiscard]] const sim::Scenario& scenario(std::size_t side) const {
        return operands_[side].scenario()->scenario;
    }

    void plan_units() {
        const auto planned = [this](std::size_t side) {
            return records_[side] ? scenario(side).replications : 0;
        };
        for (std::uint32_t replication = 0; replication < std::max(planned(0), planned(1));
             ++replication) {
            for (std::size_t side = 0; side < 2; ++side) {
                if (replication < planned(side)) {
                    units_.push_back({side, replication});
                }
            }
        }
    }

    /// Of simulated time, for the progress.
    [[nodiscard]] double mean_unit_seconds() const {
        double sum = 0.0;
        for (const Unit& unit : units_) {
            sum += core::seconds(scenario(unit.side).duration);
        }
        return units_.empty() ? 0.0 : sum / static_cast<double>(units_.size());
    }

    std::expected<void, std::string> simulate(const InterruptCounter& interrupts) {
        if (units_.empty()) {
            return {};
        }
        ProgressDisplay display(call_.common);
        std::size_t consumed = 0;
        const sim::RunnerPlan plan{
            .units = static_cast<std::uint32_t>(units_.size()),
            .jobs = call_.common.jobs,
            .unit_seconds = mean_unit_seconds(),
            .work =
                [this](std::uint32_t index, sim::RunControl& control) {
                    const Unit& unit = units_[index];
                    return sim::run_replication(scenario(unit.side), unit.replication,
                                                sim::default_engine, control);
                },
            .consume =
                [this, &consumed](const sim::ReplicationResult& result) {
                    return records_[units_[consumed++].side]->add(result);
                },
            .progress = [&display](const sim::Progress& progress) { display.show(progress); },
            .interrupts = &interrupts.count()};
        const auto outcome = sim::run_units(plan);
        if (!outcome) {
            return std::unexpected(outcome.error());
        }
        return {};
    }

    [[nodiscard]] sim::ComparedSide side(std::size_t side) const {
        if (const sim::ComparedSide* stored = operands_[side].stored()) {
            return *stored;
        }
        return sim::compared_side(records_[side]->report(0.0), scenario(side),
                                  operands_[side].source, LAGSIM_VERSION);
    }

    static bool held(const sim::ComparedSide& side) {
        return !side.assertions || sim::all_held(*side.assertions);
    }

    void print(const sim::CompareReport& report) const {
        if (call_.common.json) {
            fmt::print("{}\n", sim::compare_json(report));
            return;
        }
        const sim::CompareDetail detail = call_.common.quiet     ? sim::CompareDetail::sentence
                                          : call_.common.verbose ? sim::CompareDetail::everything
                                                                 : sim::CompareDetail::differences;
        fmt::print("{}", sim::compare_picture(report, picture_style(call_.common), detail));
    }

    const Invocation& call_;
    const OperandPair& operands_;
    std::array<std::optional<RunRecord>, 2> records_;
    std::vector<Unit> units_;
};

/// Several groups on one side and one of another name on the other have nothing to compare.
std::expected<void, UsageError> check_groups(const OperandPair& operands) {
    const std::vector<std::string> a = operands[0].groups();
    const std::vector<std::string> b = operands[1].groups();
    const bool both_alone = a.size() == 1 && b.size() == 1;
    if (both_alone || std::ranges::find_first_of(a, b) != a.end()) {
        return {};
    }
    return std::unexpected(
        UsageError{fmt::format("A and B have no consumer group in common: {} and {}",
                               fmt::join(a, ", "), fmt::join(b, ", "))});
}

CommandResult run_compare(const Invocation& call) {
    const auto read = read_operands(call);
    if (!read) {
        return std::unexpected(read.error());
    }
    if (!*read) {
        return read->error();
    }
    const OperandPair& operands = **read;
    if (auto checked = check_groups(operands); !checked) {
        return std::unexpected(checked.error());
    }
    if (call.flag("dry-run")) {
        fmt::print("# A: {}\n{}---\n# B: {}\n{}", operands[0].source, operands[0].resolved(),
                   operands[1].source, operands[1].resolved());
        return ExitCode::ok;
    }
    return Compare(call, operands).execute();
}

}  // namespace

Command compare_command() {
    std::vector<Option> options = side_options();
    for (const Option& option : scenario_options()) {
        options.push_back(option);
    }
    options.push_back(
        {.name = "resolution",
         .argument = "NAME",
         .help = "exact: record by record; flow: expected counts (docs/models/flow.md)",
         .choices = "exact|flow"});
    return {.name = "compare",
            .summary = "what differs between two scenarios or results, and how sure that is",
            .operands = {.usage = "A [B]", .least = 1, .most = 2},
            .options = options,
            .details =
                "A and B are scenarios (YAML, or - for stdin) or result files (.h5). Without B it "
                "is A\nwith what --set-b and --overlay-b change. Scenarios with one seed meet the "
                "same\ntraffic and work, replication by replication; docs/compare.md says more.",
            .run = run_compare};
}

}  // namespace lagsim::cli
