#include "sim/cli/compared.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "sim/cli/input.h"
#include "sim/cli/run_record.h"
#include "sim/cli/terminal.h"
#include "sim/results/result_reader.h"

namespace lagsim::cli {
namespace {

/// What the command line says about one side.
struct Request {
    char letter = 'a';
    std::string path;
    sim::ReadOptions own;  ///< for this side alone
    std::string output;

    [[nodiscard]] std::string option(std::string_view name) const {
        return fmt::format("--{}-{}", name, letter);
    }
    [[nodiscard]] bool changes() const { return !own.sets.empty() || !own.overlays.empty(); }
};

Request request_of(const Invocation& call, char letter, const std::string& path) {
    const auto name = [letter](std::string_view option) {
        return fmt::format("{}-{}", option, letter);
    };
    return {.letter = letter,
            .path = path,
            .own = {.overlays = call.values(name("overlay")), .sets = call.values(name("set"))},
            .output = call.value(name("output")).value_or("")};
}

/// As a shell takes it.
std::string quoted(const std::string& word) {
    constexpr std::string_view harmless =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=:%,+@-";
    if (!word.empty() && word.find_first_not_of(harmless) == std::string::npos) {
        return word;
    }
    std::string text = "'";
    for (const char letter : word) {
        text += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
    }
    return text + "'";
}

std::string source_of(const Request& request, const sim::ReadOptions& options, bool is_stored) {
    std::string source = quoted(request.path);
    for (const std::string& overlay : options.overlays) {
        source += is_stored ? "" : " -f " + quoted(overlay);
    }
    for (const std::string& set : options.sets) {
        source += is_stored ? "" : " --set " + quoted(set);
    }
    return source;
}

/// What both share, then what is this side's: the latter wins.
sim::ReadOptions options_of(const Request& request, sim::ReadOptions options) {
    const auto append = [](std::vector<std::string>& all, const std::vector<std::string>& more) {
        all.insert(all.end(), more.begin(), more.end());
    };
    append(options.overlays, request.own.overlays);
    append(options.sets, request.own.sets);
    return options;
}

std::expected<void, UsageError> check_request(const Request& request, bool force) {
    if (auto checked = check_sets(request.option("set"), request.own.sets); !checked) {
        return checked;
    }
    const bool is_stored = is_result_file(request.path);
    if (is_stored && (request.changes() || !request.output.empty())) {
        return std::unexpected(UsageError{fmt::format(
            "{} is a result file: it is compared as it is, without {}", request.path,
            request.output.empty() ? request.option("set") : request.option("output"))});
    }
    const bool writes = !request.output.empty();
    return check_result_output(request.option("output"),
                               writes ? std::optional(request.output) : std::nullopt, force);
}

std::expected<void, UsageError> check_both(const Request& a, const Request& b,
                                           const sim::ReadOptions& shared, bool only_one) {
    if (only_one && !a.changes() && !b.changes()) {
        return std::unexpected(UsageError{
            "B is missing; give a second file, or say what is different with --set-b PATH=VALUE"});
    }
    if (a.path == "-" && b.path == "-") {
        return std::unexpected(
            UsageError{"- can be one side only: standard input is there once; use a file"});
    }
    if (!a.output.empty() && a.output == b.output) {
        return std::unexpected(
            UsageError{"--output-a and --output-b are the same file; give two names"});
    }
    if (is_result_file(a.path) && is_result_file(b.path) &&
        (!shared.sets.empty() || !shared.overlays.empty())) {
        return std::unexpected(UsageError{
            "both are result files: --set, -f, --seed, --replications and --resolution need a "
            "scenario"});
    }
    return {};
}

std::expected<Operand, std::vector<sim::Diagnostic>> read_operand(const Request& request,
                                                                  const sim::ReadOptions& shared) {
    const sim::ReadOptions options = options_of(request, shared);
    const bool is_stored = is_result_file(request.path);
    const std::string source = source_of(request, options, is_stored);
    if (!is_stored) {
        auto file = sim::read_scenario(request.path, options);
        if (!file) {
            return std::unexpected(std::move(file.error()));
        }
        return Operand{.source = source, .output = request.output, .what = std::move(*file)};
    }
    const auto bad = [&request](const std::string& error) {
        return std::unexpected(std::vector<sim::Diagnostic>{bad_result(request.path, error)});
    };
    const auto result = sim::read_result(request.path);
    if (!result) {
        return bad(result.error());
    }
    auto side = sim::compared_side(*result, source);
    if (!side) {
        return bad(side.error());
    }
    return Operand{.source = source, .output = {}, .what = std::move(*side)};
}

/// Without what is there already: both sides are often one file.
void append_new(std::vector<sim::Diagnostic>& all, const std::vector<sim::Diagnostic>& more) {
    for (const sim::Diagnostic& diagnostic : more) {
        if (std::ranges::find(all, diagnostic) == all.end()) {
            all.push_back(diagnostic);
        }
    }
}

std::expected<OperandPair, ExitCode> read_both(const CommonOptions& common, const Request& a,
                                               const Request& b, const sim::ReadOptions& shared) {
    auto left = read_operand(a, shared);
    auto right = read_operand(b, shared);
    std::vector<sim::Diagnostic> mistakes, warnings;
    for (auto* side : {&left, &right}) {
        if (!*side) {
            append_new(mistakes, side->error());
        } else if ((*side)->scenario() != nullptr) {
            append_new(warnings, (*side)->scenario()->warnings);
        }
    }
    if (!mistakes.empty()) {
        print_diagnostics(common, mistakes);
        return std::unexpected(code_of(mistakes));
    }
    if (!common.quiet && !warnings.empty()) {
        // With --json stdout holds one object, so warnings are text on stderr.
        fmt::print(stderr, "{}",
                   sim::render_diagnostics(warnings, use_color(common.color, STDERR_FILENO)));
    }
    return OperandPair{std::move(*left), std::move(*right)};
}

}  // namespace

std::vector<std::string> Operand::groups() const {
    if (const sim::ComparedSide* side = stored()) {
        return side->groups;
    }
    std::vector<std::string> names;
    for (const sim::ConsumerGroup& group : scenario()->scenario.consumers) {
        names.push_back(group.group);
    }
    return names;
}

const std::string& Operand::resolved() const {
    return stored() != nullptr ? stored()->resolved : scenario()->scenario.provenance.resolved;
}

std::vector<Option> side_options() {
    return {{.name = "set-a",
             .argument = "PATH=VALUE",
             .help = "override one key of A only",
             .repeatable = true},
            {.name = "set-b",
             .argument = "PATH=VALUE",
             .help = "override one key of B only",
             .repeatable = true},
            {.name = "overlay-a",
             .argument = "FILE",
             .help = "YAML merged into A only",
             .repeatable = true},
            {.name = "overlay-b",
             .argument = "FILE",
             .help = "YAML merged into B only",
             .repeatable = true},
            {.name = "output-a", .argument = "FILE", .help = "result file of A (HDF5)"},
            {.name = "output-b", .argument = "FILE", .help = "result file of B (HDF5)"}};
}

std::expected<std::expected<OperandPair, ExitCode>, UsageError> read_operands(
    const Invocation& call) {
    auto shared = read_options(call);
    if (!shared) {
        return std::unexpected(shared.error());
    }
    if (const auto resolution = call.value("resolution")) {
        shared->sets.push_back("spec.resolution=" + *resolution);
    }
    const Request a = request_of(call, 'a', call.operands.front());
    const Request b = request_of(call, 'b', call.operands.back());
    for (const Request* request : {&a, &b}) {
        if (auto checked = check_request(*request, call.flag("force")); !checked) {
            return std::unexpected(checked.error());
        }
    }
    if (auto checked = check_both(a, b, *shared, call.operands.size() == 1); !checked) {
        return std::unexpected(checked.error());
    }
    return read_both(call.common, a, b, *shared);
}

}  // namespace lagsim::cli
