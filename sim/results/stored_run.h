/// What a result file holds about the run as a whole, beyond what `inspect` shows: whose each
/// partition is, every replication's metrics, and the texts that it was made from.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "sim/results/result_reader.h"
#include "sim/results/stored_names.h"
#include "sim/scenario/scenario.h"

namespace lagsim::sim {

struct StoredRun {
    StoredResult result;  ///< its metrics with the values of each replication
    std::vector<StoredLane> lanes;
    Provenance provenance;                   ///< without `scenario_path`, which no file holds
    std::string resolution;                  ///< `exact` or `flow`
    std::vector<std::int64_t> replications;  ///< their numbers
};

/// The error says whether the file is missing, no result file, or damaged.
[[nodiscard]] std::expected<StoredRun, std::string> read_run(const std::string& path);

}  // namespace lagsim::sim
