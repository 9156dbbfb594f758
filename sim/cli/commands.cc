#include "sim/cli/commands.h"

#include <vector>

namespace lagsim::cli {

std::span<const Command> commands() {
    static const std::vector<Command> table{
        run_command(),        compare_command(), sweep_command(),   merge_command(),
        validate_command(),   lint_command(),    explain_command(), inspect_command(),
        export_command(),     report_command(),  replay_command(),  autoscale_command(),
        calibrate_command(),  bench_command(),   schema_command(),  version_command(),
        completion_command(),
    };
    return table;
}

}  // namespace lagsim::cli
