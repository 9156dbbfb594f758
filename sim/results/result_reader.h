/// Reading result files back: what `inspect` and `explain decision` show.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "sim/results/summary.h"

namespace lagsim::sim {

struct StoredResult {
    std::string scenario;
    std::string version;
    std::string seed;       ///< decimal
    bool complete = false;  ///< false: left by a run that was killed
    std::int64_t replications = 0;
    std::uint64_t fingerprint = 0;  ///< folded, as `run` prints it
    std::int64_t samples = 0;
    double last_sample_seconds = 0.0;
    std::vector<std::string> groups;
    std::int64_t partitions = 0;
    std::vector<std::string> manifests;  ///< paths
    std::vector<std::string> overrides;
    std::string resolved;                ///< the scenario with every default
    std::vector<MetricSummary> metrics;  ///< without meanings; empty unless complete
    LedgerCounts ledger;                 ///< summed over replications and groups
    std::vector<std::pair<std::string, std::int64_t>> events;      ///< kind, how often
    std::vector<std::pair<std::string, std::int64_t>> lost;        ///< cause, records
    std::vector<std::pair<std::string, std::int64_t>> duplicates;  ///< cause, records
    std::int64_t decisions = 0;
};

/// The error says whether the file is missing, no result file, or damaged.
[[nodiscard]] std::expected<StoredResult, std::string> read_result(const std::string& path);

/// One row of /decisions.
struct StoredDecision {
    double seconds = 0.0;
    std::string who;
    std::int64_t replication = 0;
    std::string group;
    std::int64_t lag = -1;
    double metric = 0.0;
    bool active = false;
    bool error = false;
    std::int64_t before = 0;
    std::int64_t status = 0;
    std::int64_t ready = 0;
    std::int64_t proposed = -1;
    std::int64_t stabilized = -1;
    std::int64_t after = 0;
    std::string limited_by;
    std::int64_t min_replicas = 0;
    std::int64_t max_replicas = 0;
    double target = 0.0;
    double tolerance_down = 0.0;
    double tolerance_up = 0.0;
};

[[nodiscard]] std::expected<std::vector<StoredDecision>, std::string> read_decisions(
    const std::string& path, std::int64_t replication);

}  // namespace lagsim::sim
