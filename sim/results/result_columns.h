/// Which member of a replication's result is which variable of the file; writer and reader share
/// it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/results/replication_result.h"

namespace lagsim::sim {

/// A sampled column: its name in the file and where the engine keeps it.
struct LaneColumn {
    const char* name;
    const char* long_name;
    std::vector<std::int64_t> LaneSeries::* values;
};
inline constexpr std::array<LaneColumn, 5> lane_columns{
    {{"log_end_offset", "next offset that will be appended", &LaneSeries::log_end_offset},
     {"committed_offset", "committed offset; -1 = none", &LaneSeries::committed_offset},
     {"position", "lowest offset not yet finished or dead-lettered by its present owner",
      &LaneSeries::position},
     {"lag", "consumer lag in records as KEDA's trigger reads it: log end - committed, uncapped",
      &LaneSeries::lag},
     {"backlog", "records from position to log end", &LaneSeries::backlog}}};

template <class T>
struct GroupColumn {
    const char* name;
    const char* long_name;
    std::vector<T> GroupSeries::* values;
};
inline constexpr std::array<GroupColumn<std::int64_t>, 7> count_columns{
    {{"lag_total", "lag summed over partitions [records]", &GroupSeries::lag_total},
     {"produced", "records produced since 0 s", &GroupSeries::produced},
     {"finished", "records finished at least once since 0 s", &GroupSeries::finished},
     {"duplicates", "completed processings beyond the first since 0 s", &GroupSeries::duplicates},
     {"dead_lettered", "records given up to the dead-letter topic since 0 s",
      &GroupSeries::dead_lettered},
     {"lost", "records that will never be processed, since 0 s", &GroupSeries::lost},
     {"retries", "attempts after the first since 0 s", &GroupSeries::retries}}};
inline constexpr std::array<GroupColumn<std::int32_t>, 4> replica_columns{
    {{"desired_replicas", "pods asked for: spec.replicas", &GroupSeries::desired_replicas},
     {"replicas", "pods that exist and are not terminating", &GroupSeries::replicas},
     {"ready_replicas", "pods that are Ready", &GroupSeries::ready_replicas},
     {"members", "members of the consumer group", &GroupSeries::members}}};
inline constexpr std::array<GroupColumn<double>, 2> real_columns{
    {{"metric_value", "value that KEDA reported last [records]; NaN = none yet",
      &GroupSeries::metric_value},
     {"utilization", "used part of the running pods' capacity since the last sample",
      &GroupSeries::utilization}}};
/// Only in files of expectations.
inline constexpr std::array<GroupColumn<double>, 2> deviation_columns{
    {{"produced_deviation", "standard deviation of produced, an expectation [records]",
      &GroupSeries::produced_deviation},
     {"lag_total_deviation", "standard deviation of lag_total, an expectation [records]",
      &GroupSeries::lag_total_deviation}}};

struct LedgerColumn {
    const char* name;
    const char* long_name;
    std::int64_t LedgerCounts::* count;
};
inline constexpr std::array<LedgerColumn, 8> ledger_columns{
    {{"produced", "records produced", &LedgerCounts::produced},
     {"finished", "records finished at least once", &LedgerCounts::finished},
     {"dead_lettered", "records given up to the dead-letter topic, never finished",
      &LedgerCounts::dead_lettered},
     {"waiting", "records without a fate at the end", &LedgerCounts::waiting},
     {"lost", "records that the group will never process", &LedgerCounts::lost},
     {"duplicates", "completed processings beyond the first of a record",
      &LedgerCounts::duplicates},
     {"dead_letter_duplicates", "copies in the dead-letter topic beyond the first of a record",
      &LedgerCounts::dead_letter_duplicates},
     {"dead_lettered_and_finished", "finished records with a copy in the dead-letter topic",
      &LedgerCounts::dead_lettered_and_finished}}};

/// A metric's or an axis' name as a variable. HDF5 splits names at '/', netCDF forbids
/// some first letters; Kafka allows any group name.
[[nodiscard]] std::string variable_name(const std::string& metric);

}  // namespace lagsim::sim
