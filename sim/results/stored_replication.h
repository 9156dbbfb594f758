/// One replication out of a result file, as the engine left it: for whatever draws, exports or
/// compares what happened within a run.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "sim/results/replication_result.h"

namespace lagsim::sim {

/// Replication number `replication` (a value of the axis `replication`) of the file at `path`.
///
/// Everything that the file holds comes back as it was written: samples of lanes and groups, events
/// (causes index the replication's own list again), decisions, intervals, the fingerprint and, in
/// `totals`, each group's ledger and latency counts (mean and maximum of the histogram are
/// then those of its buckets, at most 1 % off). The rest of GroupTotals is in the file only as
/// metrics (/summary) and stays zero; a decision without a reason comes back with `none`.
///
/// The error says whether the file is missing, no result file, damaged, or without that
/// replication.
[[nodiscard]] std::expected<ReplicationResult, std::string> read_replication(
    const std::string& path, std::int64_t replication);

}  // namespace lagsim::sim
