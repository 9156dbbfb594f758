/// `lagsim autoscale`: a recorded lag series through the scaling core, without simulated consumers.
#include <limits>

#include <fmt/format.h>

#include "sim/autoscale/recorded.h"
#include "sim/autoscale/text_file.h"
#include "sim/cli/commands.h"
#include "sim/cli/input.h"
#include "sim/scenario/units.h"

namespace lagsim::cli {
namespace {

[[nodiscard]] std::expected<std::optional<core::Duration>, UsageError> duration_option(
    const Invocation& call, const char* name) {
    const std::optional<std::string> text = call.value(name);
    if (!text) {
        return std::nullopt;
    }
    const auto duration = sim::parse_duration(*text);
    if (!duration) {
        return std::unexpected(
            UsageError{fmt::format("--{} '{}': {}", name, *text, duration.error())});
    }
    return *duration;
}

[[nodiscard]] std::expected<sim::RecordedOptions, UsageError> recorded_options(
    const Invocation& call) {
    sim::RecordedOptions options;
    if (const std::optional<std::string> text = call.value("replicas")) {
        const auto replicas =
            parse_whole_number(*text, "--replicas", 0, std::numeric_limits<std::int32_t>::max());
        if (!replicas) {
            return std::unexpected(replicas.error());
        }
        options.replicas = static_cast<std::int32_t>(*replicas);
    }
    const auto keda_phase = duration_option(call, "phase-keda");
    const auto hpa_phase = duration_option(call, "phase-hpa");
    const auto until = duration_option(call, "until");
    for (const auto* option : {&keda_phase, &hpa_phase, &until}) {
        if (!*option) {
            return std::unexpected(option->error());
        }
    }
    options.keda_phase = keda_phase->value_or(core::Duration{0});
    options.hpa_phase = hpa_phase->value_or(core::Duration{0});
    options.until = *until;
    return options;
}

[[nodiscard]] sim::Diagnostic about_file(const std::string& file, std::string code,
                                         std::string message) {
    sim::Diagnostic diagnostic;
    diagnostic.file = file;
    diagnostic.code = std::move(code);
    diagnostic.message = std::move(message);
    return diagnostic;
}

[[nodiscard]] std::expected<sim::ScaledObjectManifest, std::vector<sim::Diagnostic>> load_manifest(
    const std::string& path) {
    auto manifests = sim::read_manifest_files({path});
    if (!manifests) {
        return std::unexpected(std::move(manifests.error()));
    }
    if (manifests->scaled_objects.size() != 1) {
        return std::unexpected(
            std::vector{about_file(path, "no-scaled-object",
                                   fmt::format("needs exactly one ScaledObject, {} found",
                                               manifests->scaled_objects.size()))});
    }
    std::vector<sim::Diagnostic> problems = sim::not_modelled(manifests->scaled_objects.front());
    if (!problems.empty()) {
        return std::unexpected(std::move(problems));
    }
    return std::move(manifests->scaled_objects.front());
}

[[nodiscard]] std::expected<sim::LagSeries, std::vector<sim::Diagnostic>> load_series(
    const std::string& path, const core::ScaledObjectParameters& parameters) {
    const auto text = sim::read_text_file(path);
    if (!text) {
        return std::unexpected(std::vector{about_file(path, "unreadable-file", text.error())});
    }
    return sim::read_lag_series(*text, path, sim::only_topic(parameters));
}

CommandResult run_autoscale(const Invocation& call) {
    const auto options = recorded_options(call);
    if (!options) {
        return std::unexpected(options.error());
    }
    const std::optional<std::string> lag = call.value("lag");
    if (!lag) {
        return std::unexpected(UsageError{"--lag FILE.csv is needed: the recorded lag series"});
    }
    const auto manifest = load_manifest(call.operands.front());
    if (!manifest) {
        print_diagnostics(call.common, manifest.error());
        return code_of(manifest.error());
    }
    const auto series = load_series(*lag, manifest->parameters);
    if (!series) {
        print_diagnostics(call.common, series.error());
        return code_of(series.error());
    }
    sim::play_recorded(manifest->parameters, manifest->hpa, *series, *options,
                       [](std::string_view line) { fmt::print("{}\n", line); });
    return ExitCode::ok;
}

}  // namespace

Command autoscale_command() {
    return {.name = "autoscale",
            .summary = "feed a recorded lag series to KEDA and the HPA, print every decision",
            .operands = {.usage = "SCALEDOBJECT", .least = 1, .most = 1},
            .options = {{.name = "lag",
                         .argument = "FILE.csv",
                         .help = "time_s,[topic,]partition,log_end_offset,committed_offset"},
                        {.name = "replicas",
                         .argument = "N",
                         .help = "at the start (default: minReplicaCount)"},
                        {.name = "phase-keda",
                         .argument = "DURATION",
                         .help = "instant of the first poll (default: 0s)"},
                        {.name = "phase-hpa",
                         .argument = "DURATION",
                         .help = "instant of the first sync (default: 0s)"},
                        {.name = "until",
                         .argument = "DURATION",
                         .help = "last instant (default: the last row's)"}},
            .details =
                "One JSON object a line, in time order. Nothing answers the decisions: the series "
                "stays\nas recorded. Between rows the last value holds; pods are ready at once; "
                "syncs take no time.",
            .run = run_autoscale};
}

}  // namespace lagsim::cli
