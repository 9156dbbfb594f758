#include "sim/cli/input.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "sim/cli/terminal.h"
#include "sim/scenario/units.h"

namespace lagsim::cli {

void print_diagnostics(const CommonOptions& common, std::span<const sim::Diagnostic> diagnostics) {
    if (common.json) {
        fmt::print("{}\n", sim::render_diagnostics_json(diagnostics));
    } else {
        fmt::print(stderr, "{}",
                   sim::render_diagnostics(diagnostics, use_color(common.color, STDERR_FILENO)));
    }
}

ExitCode code_of(std::span<const sim::Diagnostic> diagnostics) {
    if (!sim::has_errors(diagnostics)) {
        return ExitCode::ok;
    }
    const bool only_unreadable =
        std::ranges::all_of(diagnostics, [](const sim::Diagnostic& diagnostic) {
            return diagnostic.severity != sim::Severity::error ||
                   // A file that a scenario names and that is not there is the scenario's mistake.
                   (diagnostic.code == "unreadable-file" && diagnostic.line == 0);
        });
    return only_unreadable ? ExitCode::failure : ExitCode::invalid_input;
}

std::vector<Option> scenario_options() {
    return {{.name = "seed", .argument = "N", .help = "seed of all randomness"},
            {.name = "replications", .argument = "N", .help = "independent runs"},
            {.name = "set",
             .argument = "PATH=VALUE",
             .help = "override one key, e.g. spec.duration=1h",
             .repeatable = true},
            {.name = "overlay",
             .letter = 'f',
             .argument = "FILE",
             .help = "YAML merged into the scenario (RFC 7386)",
             .repeatable = true},
            {.name = "force", .help = "overwrite an existing output"},
            {.name = "dry-run", .help = "print the resolved scenario and run nothing"}};
}

std::expected<void, UsageError> check_sets(std::string_view option,
                                           std::span<const std::string> sets) {
    for (const std::string& set : sets) {
        if (set.find('=') == std::string::npos || set.starts_with('=')) {
            return std::unexpected(UsageError{
                fmt::format("{} takes PATH=VALUE, e.g. spec.duration=1h, not '{}'", option, set)});
        }
    }
    return {};
}

std::expected<sim::ReadOptions, UsageError> read_options(const Invocation& call) {
    sim::ReadOptions options{.overlays = call.values("overlay"), .sets = call.values("set")};
    if (auto checked = check_sets("--set", options.sets); !checked) {
        return std::unexpected(checked.error());
    }
    if (const auto seed = call.value("seed")) {
        if (const auto parsed = sim::parse_seed(*seed); !parsed) {
            return std::unexpected(UsageError{fmt::format("--seed: {}", parsed.error())});
        }
        options.sets.push_back("spec.seed=" + *seed);
    }
    if (const auto replications = call.value("replications")) {
        constexpr std::uint64_t most = 1'000'000;
        if (const auto parsed = parse_whole_number(*replications, "--replications", 1, most);
            !parsed) {
            return std::unexpected(parsed.error());
        }
        options.sets.push_back("spec.replications=" + *replications);
    }
    return options;
}

std::expected<sim::ScenarioFile, ExitCode> load_scenario(const CommonOptions& common,
                                                         const std::string& path,
                                                         const sim::ReadOptions& options) {
    auto file = sim::read_scenario(path, options);
    if (!file) {
        print_diagnostics(common, file.error());
        return std::unexpected(code_of(file.error()));
    }
    if (!common.quiet && !file->warnings.empty()) {
        // With --json stdout holds one object, so warnings are text on stderr.
        fmt::print(stderr, "{}",
                   sim::render_diagnostics(file->warnings, use_color(common.color, STDERR_FILENO)));
    }
    return std::move(*file);
}

bool is_result_file(const std::string& path) {
    if (path.ends_with(".h5")) {
        return true;
    }
    constexpr std::string_view signature = "\x89HDF\r\n\x1a\n";
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) {
        return false;  // reading from a pipe would take its bytes away
    }
    std::array<char, signature.size()> beginning{};
    std::ifstream(path, std::ios::binary).read(beginning.data(), beginning.size());
    return std::string_view(beginning.data(), beginning.size()) == signature;
}

sim::Diagnostic bad_result(const std::string& path, std::string_view error) {
    const std::string beginning = fmt::format("cannot read {}: ", path);
    if (error.starts_with(beginning)) {
        error.remove_prefix(beginning.size());
    }
    std::error_code ignored;
    const bool opens = std::filesystem::is_regular_file(path, ignored) && std::ifstream(path);
    sim::Diagnostic diagnostic;
    diagnostic.file = path;
    diagnostic.code = opens ? "bad-result-file" : "unreadable-file";
    diagnostic.message = error;
    return diagnostic;
}

ExitCode refuse_result(const CommonOptions& common, const std::string& path,
                       std::string_view error) {
    const sim::Diagnostic diagnostic = bad_result(path, error);
    print_diagnostics(common, std::span(&diagnostic, 1));
    return code_of(std::span(&diagnostic, 1));
}

}  // namespace lagsim::cli
