/// Files of a study: one JSON file a finished point, and the HDF5 file (valid netCDF-4) that joins
/// points, of a shard or of the whole study. docs/sweeps.md describes them for readers.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "sim/results/sweep_study.h"

namespace lagsim::sim {

/// Some or all points of a study.
struct SweepPart {
    SweepStudy study;
    std::string shard;           ///< "2/3"; empty: not of a shard
    std::vector<SweepRow> rows;  ///< in the order of the points
};

/// Replaces `path` when whole. With all points of a grid the axes are the dimensions, otherwise
/// there is one dimension `point`. The bytes depend on nothing but the argument.
[[nodiscard]] std::expected<void, std::string> write_sweep(const std::string& path,
                                                           const SweepPart& part);
/// The error says what is wrong: no such file, none of a sweep, damaged.
[[nodiscard]] std::expected<SweepPart, std::string> read_sweep(const std::string& path);

/// A finished point in the directory of a sweep; `study` is its `study_id`.
[[nodiscard]] std::expected<void, std::string> write_point(const std::string& path,
                                                           const std::string& study,
                                                           const SweepRow& row);
/// The error says why the file is no finished point of this study: damaged, or another study's.
[[nodiscard]] std::expected<SweepRow, std::string> read_point(const std::string& path,
                                                              const std::string& study);

}  // namespace lagsim::sim
