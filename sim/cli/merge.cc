/// `lagsim merge`: the shards of a sweep as one file.
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cli/commands.h"
#include "sim/cli/input.h"
#include "sim/results/result_file.h"
#include "sim/study/sweep_merge.h"

namespace lagsim::cli {
namespace {

/// A refusal before anything is read.
std::expected<std::string, UsageError> output_of(const Invocation& call) {
    const std::string output = call.value("output").value_or("");
    if (output.empty() || output == "-") {
        return std::unexpected(UsageError{"-o FILE is missing: where the joined file goes"});
    }
    std::error_code error;
    if (std::filesystem::exists(output, error) && !call.flag("force")) {
        return std::unexpected(UsageError{
            fmt::format("{} exists; add --force to overwrite it, or give another -o", output)});
    }
    if (const std::string why = sim::unusable_output(output); !why.empty()) {
        return std::unexpected(UsageError{why});
    }
    return output;
}

CommandResult run_merge(const Invocation& call) {
    const auto output = output_of(call);
    if (!output) {
        return std::unexpected(output.error());
    }
    const auto whole = sim::merge_sweeps(call.operands);
    if (!whole) {
        print_diagnostics(call.common, whole.error());
        return code_of(whole.error());
    }
    if (auto written = sim::write_sweep(*output, *whole); !written) {
        fmt::print(stderr, "lagsim merge: {}\n", written.error());
        return ExitCode::failure;
    }
    if (call.common.json) {
        const nlohmann::ordered_json object{
            {"schema", "lagsim.merge/1"},        {"files", call.operands},
            {"scenario", whole->study.scenario}, {"study", sim::study_id(whole->study)},
            {"points", whole->rows.size()},      {"output", *output}};
        fmt::print("{}\n",
                   object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    } else {
        fmt::print("{} points of '{}' from {} files are in {}\n", whole->rows.size(),
                   whole->study.scenario, call.operands.size(), *output);
    }
    return ExitCode::ok;
}

}  // namespace

Command merge_command() {
    return {.name = "merge",
            .summary = "join the shards of a sweep to one file",
            .operands = {.usage = "FILE...", .least = 1, .most = Operands::any_number},
            .options = {{.name = "output",
                         .letter = 'o',
                         .argument = "FILE",
                         .help = "the joined file (HDF5, netCDF-4)"},
                        {.name = "force", .help = "overwrite an existing output"}},
            .details =
                "All points of the study must be there once. The result has the bytes of the file "
                "that one\nrun without --shard writes. Results of `lagsim run` are not merged.",
            .run = run_merge};
}

}  // namespace lagsim::cli
