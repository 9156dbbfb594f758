/// `lagsim bench`: what a scenario costs, in CPU time and instructions, and whether that has grown.
///
/// What is measured is `lagsim run` as a process of its own, so that reading, simulating and
/// writing count as they do for a user.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "sim/cli/child_process.h"
#include "sim/cli/commands.h"
#include "sim/cli/input.h"
#include "sim/cli/measurement.h"
#include "sim/cli/terminal.h"
#include "sim/scenario/units.h"

namespace lagsim::cli {
namespace {

enum class InstructionsWhen : std::uint8_t { automatic, always, never };

/// Callgrind takes some fifty times as long; without being asked, nobody waits ten minutes for it.
constexpr double automatic_seconds_max = 10.0;

struct Plan {
    std::uint64_t repetitions = 0;
    InstructionsWhen instructions = InstructionsWhen::automatic;
    Tolerances tolerances{};
    std::optional<std::string> baseline{};
    std::optional<std::string> out{};
};

/// An exit code that is not ok, its reason printed.
using Stopped = ExitCode;

Stopped fail(std::string_view message) {
    fmt::print(stderr, "lagsim bench: {}\n", message);
    return ExitCode::failure;
}

std::expected<double, UsageError> read_percentage(const Invocation& call, std::string_view name,
                                                  std::string_view fallback) {
    const std::string text = call.value(name).value_or(std::string(fallback));
    const auto parsed = sim::parse_percentage(text);
    if (!parsed || *parsed < 0.0) {
        return std::unexpected(
            UsageError{fmt::format("--{} takes a percentage from 0% on, e.g. 2%, not '{}'{}", name,
                                   text, parsed ? "" : ": " + parsed.error())});
    }
    return *parsed;
}

std::expected<Plan, UsageError> read_plan(const Invocation& call) {
    Plan plan{.baseline = call.value("baseline"), .out = call.value("out")};
    const auto repetitions =
        parse_whole_number(call.value("repetitions").value_or("5"), "--repetitions", 1, 1000);
    const auto tolerance = read_percentage(call, "tolerance", "2%");
    const auto time_tolerance = read_percentage(call, "time-tolerance", "20%");
    if (!repetitions) {
        return std::unexpected(repetitions.error());
    }
    if (!tolerance || !time_tolerance) {
        return std::unexpected(tolerance ? time_tolerance.error() : tolerance.error());
    }
    plan.repetitions = *repetitions;
    plan.tolerances = {.instructions = *tolerance, .cpu = *time_tolerance};
    const std::string when = call.value("instructions").value_or("auto");
    plan.instructions = when == "always"  ? InstructionsWhen::always
                        : when == "never" ? InstructionsWhen::never
                                          : InstructionsWhen::automatic;
    std::error_code ignored;
    if (plan.out && std::filesystem::exists(*plan.out, ignored) && !call.flag("force")) {
        return std::unexpected(UsageError{fmt::format(
            "{} exists; add --force to overwrite it, or give another --out", *plan.out)});
    }
    return plan;
}

/// Before anything is simulated, so that a wrong file costs no time.
std::expected<std::optional<Measurement>, Stopped> read_baseline(const CommonOptions& common,
                                                                 const Plan& plan,
                                                                 const std::string& scenario) {
    if (!plan.baseline) {
        return std::nullopt;
    }
    sim::Diagnostic diagnostic;
    diagnostic.file = *plan.baseline;
    std::error_code ignored;
    std::ifstream file(*plan.baseline, std::ios::binary);
    if (!file || !std::filesystem::is_regular_file(*plan.baseline, ignored)) {
        diagnostic.code = "unreadable-file";
        diagnostic.message = "no such file, or it cannot be read";
    } else {
        std::ostringstream text;
        text << file.rdbuf();
        auto measurement = read_measurement(text.str(), scenario);
        if (measurement) {
            return std::move(*measurement);
        }
        diagnostic.code = "bad-baseline";
        diagnostic.message = measurement.error();
    }
    print_diagnostics(common, std::span(&diagnostic, 1));
    return std::unexpected(code_of(std::span(&diagnostic, 1)));
}

/// The scenario as one self-contained file, and the program that runs it.
class Subject {
  public:
    Subject(const Invocation& call, const sim::ScenarioFile& file) {
        std::ofstream(directory_.file("scenario.yaml")) << file.scenario.provenance.resolved;
        command_ = {std::filesystem::read_symlink("/proc/self/exe").string(), "run",
                    directory_.file("scenario.yaml"), "--json", "--quiet", "--progress=never",
                    "--force", "-o" + directory_.file("result.h5"),
                    // Callgrind counts threads one after the other; one thread is what it sees.
                    "-j1"};
        verbose_ = call.common.verbose;
    }

    /// One run from start to end, added to the measurement.
    std::expected<void, Stopped> time(Measurement& measurement) const {
        const auto child = run(command_);
        if (!child) {
            return std::unexpected(child.error());
        }
        const nlohmann::json json = nlohmann::json::parse(child->out);
        measurement.fingerprint = json.at("fingerprint").get<std::string>();
        measurement.records = json.at("records_simulated").get<std::int64_t>();
        measurement.cpu_ns.push_back(child->cpu_seconds * 1e9);
        measurement.wall_ns.push_back(child->wall_seconds * 1e9);
        measurement.rss_bytes_max =
            std::max(measurement.rss_bytes_max, std::int64_t{child->rss_kilobytes_max} * 1024);
        return {};
    }

    std::expected<std::int64_t, Stopped> count_instructions() const {
        const std::string file = directory_.file("callgrind.out");
        std::vector<std::string> command{"valgrind", "--tool=callgrind",
                                         "--callgrind-out-file=" + file};
        command.insert(command.end(), command_.begin(), command_.end());
        // Valgrind knows no AVX-512.
        const char* simd = std::getenv("LAGSIM_SIMD");
        const bool too_new = simd != nullptr && std::string_view(simd) == "avx3";
        const auto child = run(command, too_new ? std::vector<std::string>{"LAGSIM_SIMD=avx2"}
                                                : std::vector<std::string>{});
        if (!child) {
            return std::unexpected(child.error());
        }
        constexpr std::string_view label = "totals: ";
        std::ifstream totals(file);
        for (std::string line; std::getline(totals, line);) {
            if (line.starts_with(label)) {
                return std::atoll(line.c_str() + label.size());
            }
        }
        return std::unexpected(fail("callgrind wrote no totals"));
    }

  private:
    /// A breached assertion (4) is not this command's business.
    std::expected<ChildOutcome, Stopped> run(
        const std::vector<std::string>& command,
        const std::vector<std::string>& environment = {}) const {
        if (verbose_) {
            fmt::print(stderr, "lagsim bench: {}\n", fmt::join(command, " "));
        }
        auto child = run_child(command, environment);
        if (!child) {
            return std::unexpected(fail(child.error()));
        }
        if (child->code == static_cast<int>(ExitCode::interrupted)) {
            return std::unexpected(ExitCode::interrupted);
        }
        if (child->code != 0 && child->code != static_cast<int>(ExitCode::breached)) {
            fmt::print(stderr, "{}", child->err);
            return std::unexpected(
                fail(fmt::format("{} ended with code {}", command[0], child->code)));
        }
        return std::move(*child);
    }

    TemporaryDirectory directory_;
    std::vector<std::string> command_;
    bool verbose_ = false;
};

/// Why instructions are not counted; empty = they are.
std::string why_uncounted(const Plan& plan, const std::optional<Measurement>& baseline,
                          const Measurement& measurement) {
    if (plan.instructions == InstructionsWhen::never) {
        return "--instructions never";
    }
    if (const auto valgrind = run_child({"valgrind", "--version"});
        !valgrind || valgrind->code != 0) {
        return "valgrind is not installed";
    }
    const double seconds = measurement.cpu_ns_median() * 1e-9;
    const bool wanted =
        plan.instructions == InstructionsWhen::always || (baseline && baseline->instructions);
    if (!wanted && seconds > automatic_seconds_max) {
        return fmt::format(
            "a run takes {:.0f} s, under callgrind some fifty times that; --instructions always "
            "counts them all the same",
            seconds);
    }
    return "";
}

struct Report {
    Measurement measurement;
    std::string uncounted;  ///< why there are no instructions
    std::optional<Measurement> baseline{};
    std::optional<Comparison> comparison{};
};

std::expected<Report, Stopped> measure(const Plan& plan, const Subject& subject,
                                       const std::string& name,
                                       std::optional<Measurement> baseline) {
    Report report{.measurement = {.name = name}, .uncounted = {}, .baseline = std::move(baseline)};
    Measurement& measurement = report.measurement;
    for (std::uint64_t i = 0; i < plan.repetitions; ++i) {
        if (auto timed = subject.time(measurement); !timed) {
            return std::unexpected(timed.error());
        }
    }
    report.uncounted = why_uncounted(plan, report.baseline, measurement);
    if (report.uncounted.empty()) {
        const auto counted = subject.count_instructions();
        if (!counted) {
            return std::unexpected(counted.error());
        }
        measurement.instructions = *counted;
    } else if (plan.instructions == InstructionsWhen::always) {
        return std::unexpected(fail("cannot count instructions: " + report.uncounted));
    }
    if (report.baseline) {
        report.comparison = compare(measurement, *report.baseline, plan.tolerances);
    }
    return report;
}

void print_words(const Report& report) {
    const auto line = [](std::string_view label, const std::string& value) {
        fmt::print("{:<14}{}\n", label, value);
    };
    const Measurement& now = report.measurement;
    const auto [least, most] = std::ranges::minmax(now.cpu_ns);
    line("Scenario",
         fmt::format("{}, {} records, fingerprint {}", now.name, now.records, now.fingerprint));
    line("CPU time", fmt::format("{:.3f} s, median of {} ({:.3f} to {:.3f} s); {:.1f} ns a record",
                                 now.cpu_ns_median() * 1e-9, now.cpu_ns.size(), least * 1e-9,
                                 most * 1e-9, now.per_record(now.cpu_ns_median())));
    line("Instructions", now.instructions
                             ? fmt::format("{}; {:.1f} a record", *now.instructions,
                                           now.per_record(static_cast<double>(*now.instructions)))
                             : fmt::format("not measured: {}", report.uncounted));
    line("Memory", fmt::format("{:.1f} MB at most", static_cast<double>(now.rss_bytes_max) / 1e6));
    if (!report.comparison) {
        return;
    }
    const Comparison& comparison = *report.comparison;
    line("Baseline",
         fmt::format("{:+.2f} % {} a record, allowed +{:g} %: {}", comparison.change * 100,
                     comparison.by_instructions ? "instructions" : "CPU time",
                     comparison.tolerance * 100, comparison.regressed() ? "REGRESSION" : "ok"));
    if (!comparison.same_results) {
        line("", fmt::format("results differ: the baseline's fingerprint is {}",
                             report.baseline->fingerprint));
    }
}

std::string json_text(const Report& report) {
    nlohmann::ordered_json json = nlohmann::ordered_json::parse(benchmark_json(report.measurement));
    if (report.comparison) {
        const Comparison& comparison = *report.comparison;
        json["comparison"] = {{"by", comparison.by_instructions ? "instructions" : "cpu_time"},
                              {"change", comparison.change},
                              {"tolerance", comparison.tolerance},
                              {"regressed", comparison.regressed()},
                              {"same_results", comparison.same_results}};
    }
    return json.dump(2);
}

CommandResult run_bench(const Invocation& call) {
    const auto plan = read_plan(call);
    if (!plan) {
        return std::unexpected(plan.error());
    }
    auto options = read_options(call);
    if (!options) {
        return std::unexpected(options.error());
    }
    // First, so that --replications and --set still decide.
    options->sets.insert(options->sets.begin(), "spec.replications=1");
    const auto file = load_scenario(call.common, call.operands[0], *options);
    if (!file) {
        return file.error();
    }
    if (call.flag("dry-run")) {
        fmt::print("{}", file->scenario.provenance.resolved);
        return ExitCode::ok;
    }
    auto baseline = read_baseline(call.common, *plan, file->scenario.name);
    if (!baseline) {
        return baseline.error();
    }
    // A first Ctrl-C ends the run that is measured, and that ends this.
    const InterruptCounter interrupts;
    const auto report =
        measure(*plan, Subject(call, *file), file->scenario.name, std::move(*baseline));
    if (!report) {
        return report.error();
    }
    if (plan->out) {
        std::ofstream out(*plan->out, std::ios::binary);
        out << benchmark_json(report->measurement) << '\n';
        if (!out.flush()) {
            return fail(fmt::format("cannot write {}", *plan->out));
        }
    }
    if (call.common.json) {
        fmt::print("{}\n", json_text(*report));
    } else {
        print_words(*report);
    }
    return report->comparison && report->comparison->regressed() ? ExitCode::breached
                                                                 : ExitCode::ok;
}

}  // namespace

Command bench_command() {
    std::vector<Option> options{
        {.name = "repetitions", .argument = "N", .help = "timed runs, 1 to 1000 (5)"},
        {.name = "baseline", .argument = "OLD.json", .help = "compare with this; exit 4 if worse"},
        {.name = "out", .argument = "NEW.json", .help = "write the measurement"},
        {.name = "tolerance",
         .argument = "PERCENT",
         .help = "more instructions a record that are no regression (2%)"},
        {.name = "time-tolerance",
         .argument = "PERCENT",
         .help = "the same of CPU time, where one side has no instructions (20%)"},
        {.name = "instructions",
         .argument = "WHEN",
         .help = "auto (with valgrind, if a run takes up to 10 s), always, never",
         .choices = "auto|always|never"}};
    for (const Option& option : scenario_options()) {
        options.push_back(option);
    }
    return {
        .name = "bench",
        .summary = "what a scenario costs in CPU time and instructions",
        .operands = {.usage = "SCENARIO", .least = 1, .most = 1},
        .options = options,
        .details =
            "Runs `lagsim run` on one thread as a process of its own: 1 replication unless "
            "--replications\nor --set says otherwise, with a temporary result file. Instructions "
            "are callgrind's. The JSON is\nGoogle Benchmark's, so its compare.py reads it.",
        .run = run_bench};
}

}  // namespace lagsim::cli
