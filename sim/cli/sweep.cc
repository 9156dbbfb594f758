/// `lagsim sweep`: every point of a study, resumable, in shards.
#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "sim/cli/commands.h"
#include "sim/cli/input.h"
#include "sim/cli/shard.h"
#include "sim/cli/terminal.h"
#include "sim/results/sweep_report.h"
#include "sim/study/sweep_runner.h"

namespace lagsim::cli {
namespace {

ExitCode fail(const std::string& message) {
    fmt::print(stderr, "lagsim sweep: {}\n", message);
    return ExitCode::failure;
}

/// Those of `run`, and the axes.
std::expected<sim::ReadOptions, UsageError> read_study_options(const Invocation& call) {
    auto options = read_options(call);
    if (!options) {
        return options;
    }
    for (const std::string& axis : call.values("axis")) {
        if (axis.find('=') == std::string::npos || axis.starts_with('=')) {
            return std::unexpected(UsageError{
                fmt::format("--axis takes PATH=VALUES, e.g. spec.seed=1,2,3, not '{}'", axis)});
        }
        options->axes.push_back(axis);
    }
    if (const auto method = call.value("method")) {
        options->sets.push_back("spec.sweepDesign.method=" + *method);
    }
    if (const auto points = call.value("points")) {
        const auto parsed =
            parse_whole_number(*points, "--points", 1, std::uint64_t{sim::most_sweep_values});
        if (!parsed) {
            return std::unexpected(parsed.error());
        }
        options->sets.push_back("spec.sweepDesign.points=" + *points);
        if (!call.value("method")) {
            options->sets.push_back("spec.sweepDesign.method=latin-hypercube");
        }
    }
    if (const auto resolution = call.value("resolution")) {
        options->sets.push_back("spec.resolution=" + *resolution);
    }
    return options;
}

/// One sweep from its plan to its report.
class SweepCall {
  public:
    SweepCall(const Invocation& call, const sim::SweepPlan& plan, const sim::SweepShard& shard)
        : call_(call), plan_(plan), shard_(shard) {}

    ExitCode list_points() const {
        std::vector<std::int64_t> points;
        for (std::int64_t point = 1; point <= plan_.points(); ++point) {
            if (shard_.has(point)) {
                points.push_back(point);
            }
        }
        fmt::print("{}", sim::points_text(plan_.study(), points, call_.common.json));
        return ExitCode::ok;
    }

    CommandResult execute() {
        const auto started = std::chrono::steady_clock::now();
        std::vector<sim::SweepRow> found;
        if (const auto output = call_.value("output")) {
            auto directory =
                sim::SweepDirectory::open(*output, plan_.study(), shard_, call_.flag("force"));
            if (!directory) {
                return std::unexpected(UsageError{directory.error()});
            }
            directory_.emplace(std::move(*directory));
            found = finished_before();
        }
        const InterruptCounter interrupts;
        const auto outcome = simulate(std::move(found), interrupts);
        if (!outcome) {
            return fail(outcome.error());
        }
        const bool whole = static_cast<std::int64_t>(outcome->rows.size()) == outcome->planned;
        if (directory_ && whole) {
            if (auto written = directory_->write(outcome->rows); !written) {
                return fail(written.error());
            }
        }
        const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - started;
        return report(*outcome, whole, wall.count());
    }

  private:
    std::vector<sim::SweepRow> finished_before() const {
        std::vector<std::string> remarks;
        std::vector<sim::SweepRow> found = directory_->found(remarks);
        for (const std::string& remark : remarks) {
            fmt::print(stderr, "lagsim sweep: {}\n", remark);
        }
        const auto finished = std::ranges::count_if(
            found, [this](const sim::SweepRow& row) { return plan_.is_finished(row); });
        if (!found.empty() && !call_.common.quiet) {
            fmt::print(stderr, "lagsim sweep: {} finished points found in {}, not run again{}\n",
                       finished, call_.value("output").value_or(""),
                       static_cast<std::size_t>(finished) < found.size()
                           ? fmt::format("; {} more are begun",
                                         found.size() - static_cast<std::size_t>(finished))
                           : "");
        }
        return found;
    }

    std::expected<sim::SweepOutcome, std::string> simulate(std::vector<sim::SweepRow> found,
                                                           const InterruptCounter& interrupts) {
        ProgressDisplay display(call_.common);
        const sim::SweepRunOptions options{
            .jobs = call_.common.jobs,
            .engine = call_.value("engine") == "reference" ? sim::EngineKind::reference
                                                           : sim::default_engine,
            .shard = shard_,
            .directory = directory_ ? &*directory_ : nullptr,
            .progress = [&display](const sim::Progress& progress) { display.show(progress); },
            .interrupts = &interrupts.count()};
        return sim::run_sweep(plan_, std::move(found), options);
    }

    ExitCode report(const sim::SweepOutcome& outcome, bool whole, double wall_seconds) const {
        const sim::SweepReport report{.study = &plan_.study(),
                                      .rows = &outcome.rows,
                                      .shard = shard_.text(),
                                      .planned = outcome.planned,
                                      .found = outcome.found,
                                      .shares_seed = plan_.shares_seed(),
                                      .wall_seconds = wall_seconds,
                                      .directory = call_.value("output").value_or(""),
                                      .output = directory_ && whole ? directory_->output() : ""};
        fmt::print("{}",
                   call_.common.json ? sim::sweep_json(report) + "\n" : sim::sweep_text(report));
        if (!whole) {
            fmt::print(stderr, "lagsim sweep: interrupted with {} of {} points finished{}\n",
                       outcome.rows.size(), outcome.planned,
                       directory_ ? "; the same command goes on from here" : "");
            return ExitCode::interrupted;
        }
        return report.breached() > 0 ? ExitCode::breached : ExitCode::ok;
    }

    const Invocation& call_;
    const sim::SweepPlan& plan_;
    sim::SweepShard shard_;
    std::optional<sim::SweepDirectory> directory_;
};

CommandResult run_sweep_command(const Invocation& call) {
    const auto options = read_study_options(call);
    if (!options) {
        return std::unexpected(options.error());
    }
    sim::SweepShard shard;
    if (const auto text = call.value("shard")) {
        const auto parsed = parse_shard(*text);
        if (!parsed) {
            return std::unexpected(parsed.error());
        }
        shard = *parsed;
    }
    const auto output = call.value("output");
    if (output && (output->empty() || *output == "-")) {
        return std::unexpected(UsageError{"-o takes a directory; for numbers use --json"});
    }
    if (!shard.is_whole() && !output && !call.flag("dry-run")) {
        return std::unexpected(UsageError{"a shard needs -o DIR, where `lagsim merge` finds it"});
    }
    const auto plan =
        sim::SweepPlan::read(call.operands[0], *options, LAGSIM_VERSION, call.common.jobs);
    if (!plan) {
        print_diagnostics(call.common, plan.error());
        return code_of(plan.error());
    }
    if (!call.common.quiet && !plan->warnings().empty()) {
        fmt::print(
            stderr, "{}",
            sim::render_diagnostics(plan->warnings(), use_color(call.common.color, STDERR_FILENO)));
    }
    SweepCall sweep(call, *plan, shard);
    return call.flag("dry-run") ? CommandResult(sweep.list_points()) : sweep.execute();
}

}  // namespace

Command sweep_command() {
    std::vector<Option> options{
        {.name = "output",
         .letter = 'o',
         .argument = "DIR",
         .help = "directory of the study; the same command goes on where it was interrupted"},
        {.name = "axis",
         .argument = "PATH=VALUES",
         .help = "a,b,c or {from: A, to: B, step: S} or {from, to, count, scale: log}",
         .repeatable = true},
        {.name = "method",
         .argument = "NAME",
         .help = "how axes make points: grid (all), zip (k-th of each), latin-hypercube",
         .choices = "grid|zip|latin-hypercube"},
        {.name = "points", .argument = "N", .help = "of a latin-hypercube"},
        {.name = "shard",
         .argument = "I/N",
         .help = "every N-th point; or auto, /N: from SLURM or a Kubernetes Indexed Job"}};
    for (Option option : scenario_options()) {
        if (option.name == "force") {
            option.help = "discard what DIR holds and start over";
        } else if (option.name == "dry-run") {
            option.help = "list the points and run nothing";
        }
        options.push_back(option);
    }
    options.push_back({.name = "engine",
                       .argument = "NAME",
                       .help = "lanes: fast; reference: every record an event, same results",
                       .choices = "lanes|reference"});
    options.push_back({.name = "resolution",
                       .argument = "NAME",
                       .help = "exact: record by record; flow: expected counts",
                       .choices = "exact|flow"});
    return {.name = "sweep",
            .summary = "simulate a scenario at every point of a study",
            .operands = {.usage = "SCENARIO", .least = 1, .most = 1},
            .options = options,
            .details =
                "The axes are those of spec.sweep and of --axis. All points are checked before the "
                "first\nis simulated, and all use the same seed. Shards are counted from 1 to N or "
                "from 0 to N - 1;\n`lagsim merge DIR/shard-*.h5 -o FILE` joins them to the bytes "
                "of DIR/sweep.h5 of one run.\nCtrl-C finishes what runs. See docs/sweeps.md.",
            .run = run_sweep_command};
}

}  // namespace lagsim::cli
