/// `lagsim validate`: every mistake of scenarios and manifests, run nothing.
#include <fmt/format.h>

#include "sim/cli/commands.h"
#include "sim/cli/input.h"

namespace lagsim::cli {
namespace {

CommandResult run_validate(const Invocation& call) {
    const std::vector<sim::Diagnostic> diagnostics = sim::validate_files(call.operands);
    print_diagnostics(call.common, diagnostics);
    const ExitCode code = code_of(diagnostics);
    if (code == ExitCode::ok && !call.common.json && !call.common.quiet) {
        const std::string remark =
            diagnostics.empty() ? std::string() : fmt::format(" ({} warnings)", diagnostics.size());
        fmt::print("{} {}: no mistakes{}\n", call.operands.size(),
                   call.operands.size() == 1 ? "file" : "files", remark);
    }
    return code;
}

}  // namespace

Command validate_command() {
    return {.name = "validate",
            .summary = "report every mistake in scenarios and manifests",
            .operands = {.usage = "FILE...", .least = 1, .most = Operands::any_number},
            .run = run_validate};
}

}  // namespace lagsim::cli
