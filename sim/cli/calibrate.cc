/// `lagsim calibrate`: a recording of a real consumer group in, a scenario out.
#include <filesystem>

#include <fmt/format.h>

#include "sim/autoscale/text_file.h"
#include "sim/calibrate/calibration_report.h"
#include "sim/calibrate/scenario_text.h"
#include "sim/cli/commands.h"
#include "sim/cli/input.h"
#include "sim/cli/terminal.h"
#include "sim/results/partial_file.h"

namespace lagsim::cli {
namespace {

namespace fs = std::filesystem;

/// Where everything goes.
struct Outputs {
    fs::path scenario;
    fs::path page;
    sim::ScenarioNaming naming;
};

/// FILE.yaml gets FILE-rate.csv and FILE-calibration.html beside it; a directory gets
/// scenario.yaml, rate.csv and calibration.html.
Outputs outputs_at(const std::string& option, const std::vector<std::string>& manifests) {
    fs::path path(option);
    Outputs outputs;
    const bool is_file = path.extension() == ".yaml" || path.extension() == ".yml";
    const fs::path directory = is_file ? path.parent_path() : path;
    const std::string stem = path.stem().string();
    outputs.scenario = is_file ? path : path / "scenario.yaml";
    outputs.page = directory / (is_file ? stem + "-calibration.html" : "calibration.html");
    outputs.naming.name = is_file ? stem : "calibrated";
    outputs.naming.trace_stem = is_file ? stem + "-rate" : "rate";
    for (const std::string& manifest : manifests) {
        std::error_code error;
        const fs::path relative =
            fs::relative(manifest, directory.empty() ? fs::path(".") : directory, error);
        outputs.naming.manifests.push_back(error || relative.empty() ? manifest
                                                                     : relative.string());
    }
    return outputs;
}

std::expected<sim::RawRecording, std::vector<sim::Diagnostic>> read_files(
    const std::vector<std::string>& paths) {
    sim::RawRecording raw;
    std::vector<sim::Diagnostic> problems;
    for (const std::string& path : paths) {
        const auto text = sim::read_text_file(path);
        if (!text) {
            sim::Diagnostic diagnostic;
            diagnostic.file = path;
            diagnostic.code = "unreadable-file";
            diagnostic.message = text.error();
            problems.push_back(std::move(diagnostic));
            continue;
        }
        const std::size_t first = text->find_first_not_of(" \t\r\n");
        const bool json =
            first != std::string::npos && ((*text)[first] == '{' || (*text)[first] == '[');
        const std::vector<sim::Diagnostic> found = json
                                                       ? sim::read_prometheus_json(*text, path, raw)
                                                       : sim::read_recording_csv(*text, path, raw);
        problems.insert(problems.end(), found.begin(), found.end());
    }
    if (!problems.empty()) {
        return std::unexpected(std::move(problems));
    }
    return raw;
}

/// What the recording as a whole lacks: about no line of it.
ExitCode refuse_recording(const Invocation& call, const std::vector<std::string>& errors) {
    std::vector<sim::Diagnostic> problems;
    for (const std::string& error : errors) {
        sim::Diagnostic diagnostic;
        diagnostic.file = call.operands.front();
        diagnostic.code = "bad-recording";
        diagnostic.message = error;
        problems.push_back(std::move(diagnostic));
    }
    print_diagnostics(call.common, problems);
    return code_of(problems);
}

std::optional<sim::ServedBy> asked_server(const Invocation& call) {
    const auto value = call.value("concurrency");
    return !value ? std::nullopt
                  : std::optional(*value == "pod" ? sim::ServedBy::pod : sim::ServedBy::partition);
}

/// Looked at before anything is written.
std::expected<void, UsageError> check_outputs(const Outputs& outputs,
                                              const sim::ScenarioFiles& files, bool force) {
    std::vector<fs::path> all{outputs.scenario, outputs.page};
    for (const auto& [name, text] : files.traces) {
        all.push_back(outputs.scenario.parent_path() / name);
    }
    for (const fs::path& path : all) {
        std::error_code error;
        if (fs::exists(path, error) && !force) {
            return std::unexpected(UsageError{fmt::format(
                "{} exists; add --force to overwrite it, or give another -o", path.string())});
        }
    }
    return {};
}

std::expected<void, std::string> write_all(const Outputs& outputs, const sim::ScenarioFiles& files,
                                           const sim::Calibration& calibration) {
    const fs::path directory = outputs.scenario.parent_path();
    std::error_code error;
    if (!directory.empty() && !fs::is_directory(directory, error) &&
        !fs::create_directory(directory, error)) {
        return std::unexpected(
            fmt::format("cannot make {}: {}", directory.string(), error.message()));
    }
    for (const auto& [name, text] : files.traces) {
        if (auto written = sim::write_text_file((directory / name).string(), text); !written) {
            return written;
        }
    }
    if (auto written =
            sim::write_text_file(outputs.page.string(), sim::calibration_html(calibration));
        !written) {
        return written;
    }
    return sim::write_text_file(outputs.scenario.string(), files.scenario);
}

CommandResult finish(const Invocation& call, const sim::Calibration& calibration) {
    const auto output = call.value("output");
    if (output) {
        const Outputs outputs = outputs_at(*output, call.values("manifest"));
        const sim::ScenarioFiles files = sim::write_scenario(calibration, outputs.naming);
        if (auto checked = check_outputs(outputs, files, call.flag("force")); !checked) {
            return std::unexpected(checked.error());
        }
        if (auto written = write_all(outputs, files, calibration); !written) {
            fmt::print(stderr, "lagsim calibrate: {}\n", written.error());
            return ExitCode::failure;
        }
        if (!call.common.json && !call.common.quiet) {
            fmt::print(stderr, "wrote {} and {}\n", outputs.scenario.string(),
                       outputs.page.string());
        }
    }
    if (call.common.json) {
        fmt::print("{}\n", sim::calibration_json(calibration));
    } else {
        fmt::print("{}", sim::calibration_words(calibration));
    }
    return ExitCode::ok;
}

CommandResult run_calibrate(const Invocation& call) {
    if (const auto output = call.value("output"); output && (output->empty() || *output == "-")) {
        return std::unexpected(
            UsageError{"-o takes FILE.yaml or a directory: a scenario comes with its trace"});
    }
    const auto raw = read_files(call.operands);
    if (!raw) {
        print_diagnostics(call.common, raw.error());
        return code_of(raw.error());
    }
    if (!call.common.quiet && !raw->warnings.empty()) {
        fmt::print(
            stderr, "{}",
            sim::render_diagnostics(raw->warnings, use_color(call.common.color, STDERR_FILENO)));
    }
    auto recording =
        sim::clean_recording(*raw, {.group = call.value("group").value_or(""),
                                    .deployment = call.value("deployment").value_or("")});
    if (!recording) {
        return refuse_recording(call, recording.error());
    }
    sim::Calibration calibration;
    calibration.recording = std::move(*recording);
    calibration.arrivals = sim::fit_arrivals(calibration.recording);
    calibration.service = sim::fit_service(calibration.recording, asked_server(call));
    calibration.startup = sim::fit_startup(calibration.recording);
    return finish(call, calibration);
}

}  // namespace

Command calibrate_command() {
    return {.name = "calibrate",
            .summary = "a scenario from recorded offsets and replicas",
            .operands = {.usage = "FILE...", .least = 1, .most = Operands::any_number},
            .options = {{.name = "output",
                         .letter = 'o',
                         .argument = "OUT",
                         .help = "FILE.yaml or a directory; trace and calibration.html beside it"},
                        {.name = "force", .help = "overwrite what is there"},
                        {.name = "group",
                         .argument = "NAME",
                         .help = "consumer group, where the files have several"},
                        {.name = "deployment",
                         .argument = "NAME",
                         .help = "whose replicas, where the files have several"},
                        {.name = "concurrency",
                         .argument = "KIND",
                         .help = "what serves, where the recording cannot tell",
                         .choices = "partition|pod"},
                        {.name = "manifest",
                         .argument = "FILE",
                         .help = "KEDA or Kubernetes manifest for the scenario, instead of the "
                                 "recorded replicas",
                         .repeatable = true}},
            .details =
                "FILEs are responses of Prometheus' /api/v1/query_range (JSON) or CSV as `lagsim "
                "export csv`\nwrites it; docs/calibrate.md lists metrics, columns and methods.",
            .run = run_calibrate};
}

}  // namespace lagsim::cli
