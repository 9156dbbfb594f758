/// What one page is made from: a result file, read whole.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "sim/results/replication_result.h"
#include "sim/results/run_report.h"
#include "sim/results/stored_run.h"
#include "sim/scenario/reader.h"

namespace lagsim::sim::report {

/// Lowest and highest over all replications.
struct Band {
    std::vector<double> low;   ///< [sample]
    std::vector<double> high;  ///< [sample]
};

/// One consumer group.
struct GroupInput {
    std::string name;
    std::vector<std::size_t> lanes;  ///< its lanes, in order
    Band lag;
    Band replicas;
    LatencyHistogram latency;       ///< over all replications
    LedgerCounts ledger;            ///< summed over replications
    std::int64_t kept_up = 0;       ///< replications in which it did
    double lag_at_end = 0.0;        ///< [records] mean over replications
    double lag_allowed = 0.0;       ///< [records] mean over replications
    double drain_threshold = -1.0;  ///< [records]; -1 = no kafka trigger, or not known
};

struct ReportInput {
    std::string file;  ///< name without its folder: a page does not depend on where it is made
    StoredRun run;
    ReplicationResult drawn;                ///< the replication that is shown in detail
    std::vector<StoredDecision> decisions;  ///< of the drawn replication
    std::vector<GroupInput> groups;
    std::optional<ScenarioFile> scenario;  ///< the resolved scenario read again
    std::string scenario_error;            ///< why there is none
    std::vector<AssertionOutcome> assertions;
    std::vector<Diagnostic> findings;  ///< of lint

    [[nodiscard]] double seconds() const;  ///< length of the run
    /// The metric of a group by its bare name; null = the file has none.
    [[nodiscard]] const MetricSummary* metric(std::size_t group, std::string_view name) const;
    /// "topic 3", or "topic 3 of group" parts as the reader needs them.
    [[nodiscard]] std::string lane_name(std::size_t lane) const;
};

/// `replication`: the one to show in detail. The error is that of stored_run.h.
[[nodiscard]] std::expected<ReportInput, std::string> load_report(const std::string& path,
                                                                  std::int64_t replication);

}  // namespace lagsim::sim::report
