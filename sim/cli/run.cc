/// `lagsim run`: simulate all replications, write the result file, print the summary.
#include <chrono>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "sim/cli/commands.h"
#include "sim/cli/input.h"
#include "sim/cli/terminal.h"
#include "sim/engine/engine.h"
#include "sim/lint/lint.h"
#include "sim/results/json.h"
#include "sim/results/picture.h"
#include "sim/results/result_file.h"
#include "sim/results/run_report.h"
#include "sim/study/assertions.h"
#include "sim/study/runner.h"

namespace lagsim::cli {
namespace {

/// A refusal before anything is simulated: nobody waits an hour for it.
std::expected<void, UsageError> check_output(const Invocation& call) {
    const std::optional<std::string> output = call.value("output");
    if (!output) {
        return {};
    }
    if (output->empty() || *output == "-") {
        return std::unexpected(UsageError{
            "-o takes a file name: a result file cannot be a stream; for numbers use --json"});
    }
    std::error_code error;
    if (std::filesystem::is_directory(*output, error)) {
        return std::unexpected(UsageError{sim::unusable_output(*output)});
    }
    if (std::filesystem::exists(*output, error) && !call.flag("force")) {
        return std::unexpected(UsageError{
            fmt::format("{} exists; add --force to overwrite it, or give another -o", *output)});
    }
    return {};
}

ExitCode fail(const std::string& message) {
    fmt::print(stderr, "lagsim run: {}\n", message);
    return ExitCode::failure;
}

/// One run from the scenario to its report; what differs between runs is only the wall clock.
class Run {
  public:
    Run(const Invocation& call, const sim::ScenarioFile& file)
        : call_(call),
          scenario_(file.scenario),
          summary_(file.scenario),
          courses_(file.scenario),
          remarks_(remarks_on(file)) {}

    ExitCode execute() {
        const auto started = std::chrono::steady_clock::now();
        if (const auto output = call_.value("output")) {
            auto file = sim::ResultFile::create(*output, scenario_, LAGSIM_VERSION);
            if (!file) {
                return fail(file.error());
            }
            file_.emplace(std::move(*file));
        }
        const InterruptCounter interrupts;
        if (auto simulated = simulate(interrupts); !simulated) {
            return fail(simulated.error());
        }
        const bool interrupted = interrupts.count() > 0;
        if (summary_.replications() == 0) {
            fmt::print(stderr, "lagsim run: no replication was finished, nothing is written\n");
            return ExitCode::interrupted;
        }
        if (file_) {
            if (auto finished = file_->finish(summary_); !finished) {
                return fail(finished.error());
            }
        }
        const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - started;
        const sim::RunReport report = make_report(wall.count());
        print(report);
        return interrupted                        ? ExitCode::interrupted
               : sim::all_held(report.assertions) ? ExitCode::ok
                                                  : ExitCode::breached;
    }

  private:
    /// Only errors: warnings are `lagsim lint`'s business.
    static std::vector<sim::Remark> remarks_on(const sim::ScenarioFile& file) {
        std::vector<sim::Remark> remarks;
        for (const sim::Diagnostic& finding : sim::lint_scenario(file)) {
            if (finding.severity == sim::Severity::error) {
                remarks.push_back({.code = finding.code,
                                   .place = fmt::format("{}:{}", finding.file, finding.line),
                                   .message = finding.message});
            }
        }
        return remarks;
    }

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
            .consume = [this](const sim::ReplicationResult& result) { return take(result); },
            .progress = [&display](const sim::Progress& progress) { display.show(progress); },
            .interrupts = &interrupts.count()};
        const auto outcome = sim::run_units(plan);
        if (!outcome) {
            return std::unexpected(outcome.error());
        }
        return {};
    }

    std::expected<void, std::string> take(const sim::ReplicationResult& result) {
        summary_.add(sim::replication_metrics(scenario_, result), result);
        courses_.add(result);
        return file_ ? file_->add(result) : std::expected<void, std::string>();
    }

    [[nodiscard]] sim::RunReport make_report(double wall_seconds) const {
        sim::RunReport report{.scenario = scenario_.name,
                              .seed = scenario_.seed,
                              .replications = summary_.replications(),
                              .planned = scenario_.replications,
                              .fingerprint = summary_.fingerprint(),
                              .wall_seconds = wall_seconds,
                              .duration_seconds = core::seconds(scenario_.duration),
                              .metrics = summary_.metrics(),
                              .ledgers = summary_.ledgers(),
                              .remarks = remarks_,
                              .courses = courses_.courses(),
                              .sample_seconds = courses_.sample_seconds(),
                              .output = call_.value("output").value_or("")};
        for (const sim::ConsumerGroup& group : scenario_.consumers) {
            report.groups.push_back(group.group);
        }
        report.records_simulated = report.ledger().produced;
        report.expectations = scenario_.resolution == sim::Resolution::flow;
        report.assertions = sim::judge(scenario_, report.metrics);
        return report;
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
    sim::Summary summary_;
    sim::CourseRecorder courses_;
    std::vector<sim::Remark> remarks_;
    std::optional<sim::ResultFile> file_;
};

CommandResult run_run(const Invocation& call) {
    if (auto checked = check_output(call); !checked) {
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
