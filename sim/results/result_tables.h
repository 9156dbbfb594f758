/// The groups of a result file, one class each: what is created at the start and appended when a
/// replication is done. docs/results-file.md describes them for readers.
#pragma once

#include <string>
#include <vector>

#include "sim/results/hdf5_writer.h"
#include "sim/results/replication_result.h"
#include "sim/results/summary.h"
#include "sim/scenario/scenario.h"

namespace lagsim::sim {

inline constexpr hsize_t usual_replications = 32;

/// What every table needs to know before the first replication.
struct TableShape {
    std::vector<std::string> groups;       ///< consumer groups' names
    std::vector<std::string> lane_group;   ///< [lane]
    std::vector<std::string> lane_topic;   ///< [lane]
    std::vector<std::int32_t> lane_index;  ///< [lane] partition within its topic
    std::vector<double> sample_seconds;    ///< [sample]
    bool expectations = false;             ///< counts are expected ones, with deviations

    [[nodiscard]] bool several_groups() const { return groups.size() > 1; }
};

[[nodiscard]] TableShape table_shape(const Scenario& scenario,
                                     const std::vector<core::Instant>& sample_times);

/// /timeseries
class SeriesTable {
  public:
    SeriesTable(H5::H5File& file, const TableShape& shape);
    void add(const ReplicationResult& result);

  private:
    hdf5::Group group_;
    hdf5::Column replication_;
    std::vector<hdf5::Column> lane_columns_;
    std::vector<hdf5::Column> group_columns_;
};

/// /events
class EventTable {
  public:
    explicit EventTable(H5::H5File& file);
    void add(const ReplicationResult& result);

  private:
    hdf5::Group group_;
    hdf5::Column event_, time_, kind_, replication_, consumer_group_, pod_, partition_, value_,
        cause_;
};

/// /decisions
class DecisionTable {
  public:
    explicit DecisionTable(H5::H5File& file);
    void add(const ReplicationResult& result);

  private:
    hdf5::Group group_;
    hdf5::Column decision_, time_, who_, replication_, consumer_group_, lag_, metric_, active_,
        error_, before_, status_, ready_, proposed_, stabilized_, after_, limited_by_, min_, max_,
        target_, tolerance_down_, tolerance_up_;
};

/// /histograms
class HistogramTable {
  public:
    HistogramTable(H5::H5File& file, const TableShape& shape);
    void add(const ReplicationResult& result);
    /// Buckets are known when the longest latency is.
    void finish();

  private:
    hdf5::Group group_;
    hdf5::Column replication_, bucket_, lower_, upper_, count_;
    hsize_t buckets_ = 0;
};

/// /ledger
class LedgerTable {
  public:
    LedgerTable(H5::H5File& file, const TableShape& shape);
    void add(const ReplicationResult& result);

  private:
    /// Stretches of offsets with one cause, as a ragged array over replications.
    struct Intervals {
        hdf5::Column index, replication, partition, first, last, time, cause;
    };
    Intervals create(const std::string& word, const std::string& meaning, hdf5::Flags causes);
    static void append(Intervals& columns, const std::vector<LedgerInterval>& intervals,
                       std::uint32_t replication);

    hdf5::Group group_;
    hdf5::Column replication_;
    std::vector<hdf5::Column> counts_;
    Intervals lost_, duplicate_;
};

/// /summary, written at the end.
void write_summary(H5::H5File& file, const std::vector<MetricSummary>& metrics);

/// /provenance, written at the start but for the fingerprints.
class ProvenanceTable {
  public:
    ProvenanceTable(H5::H5File& file, const Scenario& scenario, const std::string& version);
    void add(const ReplicationResult& result);

  private:
    hdf5::Group group_;
    hdf5::Column replication_, fingerprint_;
};

/// Words of `limited_by`: HPA's limiting reasons and KEDA's actions, index = flag value.
[[nodiscard]] std::span<const char* const> decision_reasons();

}  // namespace lagsim::sim
