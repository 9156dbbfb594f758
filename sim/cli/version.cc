#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cli/commands.h"

namespace lagsim::cli {
namespace {

CommandResult run_version(const Invocation& call) {
    if (call.common.json) {
        const nlohmann::ordered_json object{
            {"schema", "lagsim.version/1"}, {"version", LAGSIM_VERSION}, {"compiler", __VERSION__}};
        fmt::print("{}\n", object.dump());
    } else {
        fmt::print("lagsim {}\n", LAGSIM_VERSION);
    }
    return ExitCode::ok;
}

}  // namespace

Command version_command() {
    return {.name = "version", .summary = "print the version", .run = run_version};
}

}  // namespace lagsim::cli
