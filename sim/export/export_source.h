/// One replication of a result file with all names that other programs want to see.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "sim/results/replication_result.h"
#include "sim/results/stored_names.h"
#include "sim/results/summary.h"

namespace lagsim::sim {

/// What stands behind a consumer group in Kubernetes, from the manifests in the file; without
/// them the group's own name.
struct ExportGroup {
    std::string name;
    std::string name_space = "default";
    std::string deployment;
    std::string scaled_object;  ///< empty = not autoscaled by KEDA
    std::string hpa;            ///< empty = no HPA
    std::string metric;         ///< KEDA's name of the external metric; empty = none
};

struct ExportSource {
    ReplicationResult run;
    StoredNames names;
    std::vector<ExportGroup> groups;  ///< in the order of names.groups
    std::vector<MetricSummary> metrics;
};

/// The error is a sentence about the file.
[[nodiscard]] std::expected<ExportSource, std::string> read_export_source(const std::string& path,
                                                                          std::int64_t replication);

}  // namespace lagsim::sim
