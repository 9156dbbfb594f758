/// `lagsim run`: simulate all replications, write the result file, print the summary.
#include <chrono>

#include <fmt/format.h>

#include "sim/cli/commands.h"
#include "sim/cli/input.h"
#include "sim/cli/run_record.h"
#include "sim/cli/terminal.h"
#include "sim/engine/engine.h"
#include "sim/results/json.h"
#include "sim/results/picture.h"
#include "sim/study/assertions.h"
#include "sim/study/runner.h"

namespace lagsim::cli {
namespace {

ExitCode fail(const std::string& message) {
    fmt::print(stderr, "lagsim run: {}\n", message);
    return ExitCode::failure;
}

/// One run from the scenario to its report; what differs between runs is only the wall clock.
class Run {
  public:
    Run(const Invocation& call, const sim::ScenarioFile& file)
        : call_(call), scenario_(file.scenario), record_(file, call.value("output").value_or("")) {}

    ExitCode execute() {
        const auto started = std::chrono::steady_clock::now();
        if (auto opened = record_.open(); !opened) {
            return fail(opened.error());
        }
        const InterruptCounter interrupts;
        if (auto simulated = simulate(interrupts); !simulated) {
            return fail(simulated.error());
        }
        const bool interrupted = interrupts.count() > 0;
        if (record_.summary().replications() == 0) {
            fmt::print(stderr, "lagsim run: no replication was finished, nothing is written\n");
            return ExitCode::interrupted;
        }
        if (auto finished = record_.finish(); !finished) {
            return fail(finished.error());
        }
        const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - started;
        const sim::RunReport report = record_.report(wall.count());
        print(report);
        return interrupted                        ? ExitCode::interrupted
               : sim::all_held(report.assertions) ? ExitCode::ok
                                                  : ExitCode::breached;
    }

  private:
    std::expected<void, std::string> simulate(const InterruptCounter& interrupts) {
        ProgressDisplay display(call_.common);
        const sim::RunnerPlan plan{
            .units = scenario_.replications,
            .jobs = call_.common.jobs,
            .unit_seconds = core::seconds(scenario_.duration),
            .work =
                [this](std::uint32_t replication, sim::RunControl& control) {
                    return sim::run_replication(scenario_, replication, engine_, control);
                },
            .consume = [this](const sim::ReplicationResult& result) { return record_.add(result); },
            .progress = [&display](const sim::Progress& progress) { display.show(progress); },
            .interrupts = &interrupts.count()};
        const auto outcome = sim::run_units(plan);
        if (!outcome) {
            return std::unexpected(outcome.error());
        }
        return {};
    }

    void print(const sim::RunReport& report) const {
        if (call_.common.json) {
            fmt::print("{}\n", sim::run_json(report));
        } else {
            fmt::print("{}", sim::picture(report, picture_style(call_.common)));
        }
    }

    const Invocation& call_;
    sim::EngineKind engine_ =
        call_.value("engine") == "reference" ? sim::EngineKind::reference : sim::default_engine;
    const sim::Scenario& scenario_;
    RunRecord record_;
};

CommandResult run_run(const Invocation& call) {
    if (auto checked = check_result_output("-o", call.value("output"), call.flag("force"));
        !checked) {
        return std::unexpected(checked.error());
    }
    auto options = read_options(call);
    if (!options) {
        return std::unexpected(options.error());
    }
    if (const auto resolution = call.value("resolution")) {
        options->sets.push_back("spec.resolution=" + *resolution);
    }
    const auto file = load_scenario(call.common, call.operands[0], *options);
    if (!file) {
        return file.error();
    }
    if (call.flag("dry-run")) {
        fmt::print("{}", file->scenario.provenance.resolved);
        return ExitCode::ok;
    }
    if (call.common.verbose) {
        const bool is_flow = file->scenario.resolution == sim::Resolution::flow;
        const std::string engine = call.value("engine").value_or("lanes") + " engine";
        fmt::print(stderr, "lagsim run: {} replications on {} threads, {}\n",
                   file->scenario.replications, call.common.jobs,
                   is_flow ? "expected counts" : engine);
    }
    return Run(call, *file).execute();
}

}  // namespace

Command run_command() {
    std::vector<Option> options{
        {.name = "output", .letter = 'o', .argument = "FILE", .help = "result file (HDF5)"}};
    for (const Option& option : scenario_options()) {
        options.push_back(option);
    }
    options.push_back({.name = "engine",
                       .argument = "NAME",
                       .help = "lanes: fast; reference: every record an event, same results",
                       .choices = "lanes|reference"});
    options.push_back(
        {.name = "resolution",
         .argument = "NAME",
         .help = "exact: record by record; flow: expected counts (docs/models/flow.md)",
         .choices = "exact|flow"});
    return {.name = "run",
            .summary = "simulate all replications and print the summary",
            .operands = {.usage = "SCENARIO", .least = 1, .most = 1},
            .options = options,
            .details =
                "SCENARIO is a YAML file, or - for stdin. Without -o no file is written. Ctrl-C "
                "once\nfinishes the replications that run and writes them, twice drops them.",
            .run = run_run};
}

}  // namespace lagsim::cli
