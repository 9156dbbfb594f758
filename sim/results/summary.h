/// The metrics of a run: what each replication measured, and their means with confidence intervals.
///
/// One table defines every metric's name, unit and formula; the summary, the JSON, the result file
/// and the assertions all read it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/results/replication_result.h"
#include "sim/scenario/scenario.h"
#include "sim/study/confidence.h"

namespace lagsim::sim {

struct MetricDefinition {
    std::string_view name;
    std::string_view unit;  ///< as in the result file: "s", "1", "s-1", "h"
    std::string_view meaning;
};

/// Metrics of one consumer group, in the order of every table.
[[nodiscard]] std::span<const MetricDefinition> metric_definitions();

/// Names for this scenario: bare with one consumer group, else `GROUP.name`, group after group.
[[nodiscard]] std::vector<std::string> metric_names(const Scenario& scenario);

/// Values of one replication in the order of `metric_names`. NaN = undefined (a latency without
/// records, a drain time without a kafka trigger).
[[nodiscard]] std::vector<double> replication_metrics(const Scenario& scenario,
                                                      const ReplicationResult& result);

struct MetricSummary {
    std::string name;
    std::string unit;
    std::string meaning;
    MeanInterval interval;
    std::vector<double> values;  ///< [replication]
};

/// Sample values (lag at the samples) have no weight: the smallest value that at least a part q of
/// them does not exceed. NaN when empty. Reorders its argument.
[[nodiscard]] double sample_quantile(std::vector<std::int64_t>& values, double q);

/// Collects replications in index order.
class Summary {
  public:
    explicit Summary(const Scenario& scenario);
    void add(const std::vector<double>& metrics, const ReplicationResult& result);

    [[nodiscard]] std::vector<MetricSummary> metrics() const;
    /// One row a replication, in the order of `metric_names`.
    [[nodiscard]] const std::vector<std::vector<double>>& rows() const { return rows_; }
    [[nodiscard]] std::uint32_t replications() const {
        return static_cast<std::uint32_t>(rows_.size());
    }
    /// Summed over replications, one a group.
    [[nodiscard]] const std::vector<LedgerCounts>& ledgers() const { return ledgers_; }
    /// Replications' fingerprints folded in index order.
    [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }

  private:
    std::vector<std::string> names_;
    std::vector<std::vector<double>> rows_;
    std::vector<LedgerCounts> ledgers_;
    std::uint64_t fingerprint_;
};

/// FNV-1a over the bytes of the fingerprints, lowest byte first, so that the order matters.
inline constexpr std::uint64_t fingerprint_start = 0xcbf29ce484222325U;
[[nodiscard]] std::uint64_t fold_fingerprint(std::uint64_t folded, std::uint64_t next);
/// 16 hex digits.
[[nodiscard]] std::string fingerprint_text(std::uint64_t fingerprint);

LedgerCounts& operator+=(LedgerCounts& sum, const LedgerCounts& counts);

}  // namespace lagsim::sim
