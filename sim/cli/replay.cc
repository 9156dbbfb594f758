/// `lagsim replay`: recorded decisions of the real controllers through our core.
#include "sim/autoscale/replay.h"

#include <fmt/format.h>

#include "sim/autoscale/text_file.h"
#include "sim/cli/commands.h"

namespace lagsim::cli {
namespace {

struct Tally {
    std::size_t equal = 0;
    std::size_t diverged = 0;
    std::size_t computed = 0;  ///< vectors without an expectation
    std::size_t invalid = 0;
    std::size_t unreadable = 0;
};

void print_json(const sim::ReplayResult& result) {
    const nlohmann::ordered_json diverged =
        result.diverged ? nlohmann::ordered_json(*result.diverged) : nlohmann::ordered_json();
    nlohmann::ordered_json line{
        {"name", result.name}, {"actual", result.actual}, {"diverged", diverged}};
    if (!result.first_divergence.empty()) {
        line["divergence"] = result.first_divergence;
    }
    fmt::print("{}\n", line.dump());
}

void print_text(const CommonOptions& common, const sim::ReplayResult& result) {
    if (!result.diverged) {
        fmt::print("{}\n", result.actual.dump());
    } else if (*result.diverged) {
        fmt::print("{}/{}: diverged at {}\n", result.kind, result.name, result.first_divergence);
    } else if (common.verbose) {
        fmt::print("{}/{}: equal\n", result.kind, result.name);
    }
}

void replay_file(const CommonOptions& common, const std::string& path, Tally& tally) {
    const auto text = sim::read_text_file(path);
    if (!text) {
        fmt::print(stderr, "{}: error[unreadable-file]: {}\n", path, text.error());
        ++tally.unreadable;
        return;
    }
    const auto result = sim::replay_vector(*text, path);
    if (!result) {
        fmt::print(stderr, "{}: error[bad-vector]: {}\n", path, result.error());
        ++tally.invalid;
        return;
    }
    ++(!result->diverged ? tally.computed : *result->diverged ? tally.diverged : tally.equal);
    common.json ? print_json(*result) : print_text(common, *result);
}

CommandResult run_replay(const Invocation& call) {
    Tally tally;
    for (const std::string& path : call.operands) {
        replay_file(call.common, path, tally);
    }
    if (!call.common.json && !call.common.quiet && tally.equal + tally.diverged > 0) {
        fmt::print("{} of {} vectors equal\n", tally.equal, tally.equal + tally.diverged);
    }
    if (tally.invalid > 0) {
        return ExitCode::invalid_input;
    }
    if (tally.unreadable > 0) {
        return ExitCode::failure;
    }
    return tally.diverged > 0 ? ExitCode::breached : ExitCode::ok;
}

}  // namespace

Command replay_command() {
    return {.name = "replay",
            .summary = "replay recorded decisions of the real KEDA and HPA, and compare",
            .operands = {.usage = "VECTOR...", .least = 1, .most = Operands::any_number},
            .details =
                "A vector is a JSON file {kind, name, scenario, expect} as tests/vectors holds "
                "them.\nPrinted is the first field in which a vector and lagsim differ. A vector "
                "without `expect`\nis only computed. With --json one object a line: name, actual, "
                "diverged (null without\n`expect`), and divergence where there is one.",
            .run = run_replay};
}

}  // namespace lagsim::cli
