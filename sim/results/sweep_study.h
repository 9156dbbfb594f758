/// What a study is: equal in all its files, so that a file of another study is seen to be one.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "sim/results/summary.h"

namespace lagsim::sim {

/// How the values of an axis stand in a file.
enum class CoordinateType : std::uint8_t { integer, number, text };

struct SweepCoordinate {
    std::string path;  ///< as written, e.g. `spec.consumers[0].serviceTime.mean`
    std::string name;  ///< of the dimension: the path's last key, or the path where that is taken
    CoordinateType type = CoordinateType::text;
    std::string units = {};                ///< of integers and numbers: "s", "s-1", "1"
    std::vector<std::string> values = {};  ///< of a grid, in order; else each point has its own
};

struct SweepMetric {
    std::string name;
    std::string unit;
    std::string meaning;
};

struct SweepStudy {
    std::string version;   ///< of lagsim
    std::string scenario;  ///< its name
    std::string resolved;  ///< YAML with every default, manifests inside, without the sweep
    std::string seed;      ///< decimal
    std::string method;    ///< grid, zip, latin-hypercube
    std::vector<SweepCoordinate> axes;
    std::vector<std::string> points;  ///< [point] overrides as JSON, `{"path": "value"}`
    std::vector<SweepMetric> metrics;

    [[nodiscard]] bool is_grid() const { return method == "grid"; }
};

/// One line of JSON, schema `lagsim.study/1`; equal texts = equal studies.
[[nodiscard]] std::string study_json(const SweepStudy& study);
[[nodiscard]] std::expected<SweepStudy, std::string> study_of_json(const std::string& text);

/// 16 hex digits of that text: files of points name their study by it.
[[nodiscard]] std::string study_id(const SweepStudy& study);

/// The text that an axis has at a point (from 1).
[[nodiscard]] std::string value_of_point(const SweepStudy& study, std::int64_t point,
                                         std::size_t axis);

/// Numbers in base units: `1m` with units "s" is 60, `5%` is 0.05. None: no number.
[[nodiscard]] std::optional<double> coordinate_number(const std::string& text,
                                                      const std::string& units);

/// What differs, in words (`the seed is 7, not 8; the axes differ`); empty = the same study.
[[nodiscard]] std::string difference(const SweepStudy& other, const SweepStudy& expected);

/// Dimensions' names for paths: the last key of each (`lagThreshold`), the whole path where that
/// would be two of them or one of `taken`.
[[nodiscard]] std::vector<std::string> coordinate_names(const std::vector<std::string>& paths,
                                                        const std::vector<std::string>& taken);

/// One finished point.
struct SweepRow {
    std::int64_t point = 0;  ///< from 1
    bool assertions_held = true;
    std::vector<std::uint64_t> fingerprints = {};   ///< [replication]
    std::vector<std::vector<double>> metrics = {};  ///< [replication][metric]; NaN = undefined
};

/// FNV-1a over the numbers of a row, to see damage.
[[nodiscard]] std::uint64_t checksum(const SweepRow& row);

/// Means with confidence intervals of one metric at one point.
[[nodiscard]] MeanInterval interval_of(const SweepRow& row, std::size_t metric);

/// Numbers as people list them: "2, 5 to 8, 11"; long lists end in "... (20 in all)".
[[nodiscard]] std::string list_of_points(const std::vector<std::int64_t>& points);

}  // namespace lagsim::sim
