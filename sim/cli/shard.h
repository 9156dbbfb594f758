/// `--shard`: which part of a study this process runs.
#pragma once

#include <expected>
#include <string>

#include "sim/cli/command.h"
#include "sim/study/sweep_directory.h"

namespace lagsim::cli {

/// `i/n` with 0 <= i <= n; or `auto`, from the environment: SLURM_ARRAY_TASK_ID with _MIN, _STEP
/// and _COUNT, else JOB_COMPLETION_INDEX (counted from 0) with LAGSIM_SHARDS; or `/n`, where n is
/// said and the environment says i.
[[nodiscard]] std::expected<sim::SweepShard, UsageError> parse_shard(const std::string& text);

}  // namespace lagsim::cli
