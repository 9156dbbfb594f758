/// Joins the shards of a study.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "sim/results/sweep_file.h"
#include "sim/scenario/diagnostics.h"

namespace lagsim::sim {

/// All points of the study, or everything that is wrong with the files at once: unreadable, no
/// file of a sweep or damaged (`bad-result-file`), of another study than most (`foreign-shard`),
/// points that two files have (`doubled-shard`), points that none has (`missing-shard`).
[[nodiscard]] std::expected<SweepPart, std::vector<Diagnostic>> merge_sweeps(
    const std::vector<std::string>& files);

}  // namespace lagsim::sim
