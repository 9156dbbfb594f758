/// The functions that define one subcommand each; commands.cc lists them.
#pragma once

#include "sim/cli/command.h"

namespace lagsim::cli {

[[nodiscard]] Command run_command();
[[nodiscard]] Command compare_command();
[[nodiscard]] Command sweep_command();
[[nodiscard]] Command merge_command();
[[nodiscard]] Command validate_command();
[[nodiscard]] Command lint_command();
[[nodiscard]] Command explain_command();
[[nodiscard]] Command inspect_command();
[[nodiscard]] Command report_command();
[[nodiscard]] Command replay_command();
[[nodiscard]] Command autoscale_command();
[[nodiscard]] Command bench_command();
[[nodiscard]] Command calibrate_command();
[[nodiscard]] Command export_command();
[[nodiscard]] Command schema_command();
[[nodiscard]] Command version_command();
[[nodiscard]] Command completion_command();

}  // namespace lagsim::cli
