#include "sim/results/sweep_file.h"

#include <cmath>
#include <cstring>
#include <exception>
#include <filesystem>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "sim/results/hdf5_driver.h"
#include "sim/results/hdf5_reader.h"
#include "sim/results/hdf5_writer.h"
#include "sim/results/partial_file.h"
#include "sim/results/result_columns.h"
#include "sim/results/result_file.h"
#include "sim/results/result_tables.h"
#include "sim/scenario/units.h"
#include "sim/study/confidence.h"

namespace lagsim::sim {
namespace {

using hdf5::Column;
using hdf5::ColumnType;

constexpr std::int32_t schema_version = 1;
constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

std::string content_checksum(const std::vector<SweepRow>& rows) {
    std::uint64_t hash = fingerprint_start;
    for (const SweepRow& row : rows) {
        hash = fold_fingerprint(hash, checksum(row));
    }
    return fingerprint_text(hash);
}

/// HDF5 wants chunks no longer than an axis that cannot grow.
hdf5::Axis axis_of(const std::string& name, std::size_t size) {
    return {.name = name, .size = size, .growing = size == 0};
}

void append_coordinate(Column column, const SweepCoordinate& axis,
                       const std::vector<std::string>& texts) {
    std::vector<double> numbers;
    std::vector<std::int64_t> integers;
    switch (axis.type) {
        case CoordinateType::text:
            column.append_text(texts);
            return;
        case CoordinateType::number:
            for (const std::string& text : texts) {
                numbers.push_back(coordinate_number(text, axis.units).value_or(undefined));
            }
            column.append(numbers);
            return;
        case CoordinateType::integer:
            for (const std::string& text : texts) {
                integers.push_back(parse_integer(text).value_or(0));
            }
            column.append(integers);
            return;
    }
}

ColumnType column_type(CoordinateType type) {
    return type == CoordinateType::text     ? ColumnType::text
           : type == CoordinateType::number ? ColumnType::f64
                                            : ColumnType::i64;
}

/// The group /sweep of one file.
class SweepTable {
  public:
    SweepTable(H5::H5File& file, const SweepPart& part)
        : part_(part), group_(file, "sweep"), over_points_() {
        group_.set_attribute("method", part.study.method);
        for (const SweepRow& row : part.rows) {
            replications_ = std::max(replications_, row.fingerprints.size());
        }
    }

    void write() {
        write_points();
        std::vector<std::int64_t> numbers(replications_);
        std::iota(numbers.begin(), numbers.end(), 0);
        group_
            .axis(axis_of("replication", replications_), ColumnType::i64,
                  {"1", "replication, an independent run"})
            .append(numbers);
        write_metrics();
        write_means();
        write_provenance();
    }

  private:
    /// Axes as dimensions where every combination is there, else one dimension `point`.
    void write_points() {
        const SweepStudy& study = part_.study;
        if (study.is_grid() && part_.rows.size() == study.points.size()) {
            for (const SweepCoordinate& axis : study.axes) {
                over_points_.push_back(variable_name(axis.name));
                append_coordinate(group_.axis(axis_of(over_points_.back(), axis.values.size()),
                                              column_type(axis.type), {axis.units, axis.path}),
                                  axis, axis.values);
            }
            group_.set_attribute("coordinates", std::string("unit"));
            return;
        }
        over_points_ = {"point"};
        std::vector<std::int64_t> numbers;
        for (const SweepRow& row : part_.rows) {
            numbers.push_back(row.point);
        }
        group_
            .axis(axis_of("point", numbers.size()), ColumnType::i64,
                  {"1", "point of the study, from 1"})
            .append(numbers);
        std::string coordinates = "unit";
        for (std::size_t a = 0; a < study.axes.size(); ++a) {
            std::vector<std::string> texts;
            for (const SweepRow& row : part_.rows) {
                texts.push_back(value_of_point(study, row.point, a));
            }
            const SweepCoordinate& axis = study.axes[a];
            const std::string name = variable_name(axis.name);
            append_coordinate(column(name, column_type(axis.type), {axis.units, axis.path}), axis,
                              texts);
            coordinates += " " + name;
        }
        group_.set_attribute("coordinates", coordinates);
    }

    Column column(const std::string& name, ColumnType type, const hdf5::Description& about,
                  const std::string& last_axis = "") {
        std::vector<std::string> axes = over_points_;
        if (!last_axis.empty()) {
            axes.push_back(last_axis);
        }
        return group_.variable(name, type, axes, about);
    }

    void write_metrics() {
        for (std::size_t m = 0; m < part_.study.metrics.size(); ++m) {
            const SweepMetric& metric = part_.study.metrics[m];
            std::vector<double> values;
            for (const SweepRow& row : part_.rows) {
                for (std::size_t r = 0; r < replications_; ++r) {
                    values.push_back(r < row.metrics.size() ? row.metrics[r].at(m) : undefined);
                }
            }
            column(variable_name(metric.name), ColumnType::f64, {metric.unit, metric.meaning},
                   "replication")
                .append(values);
        }
    }

    void write_means() {
        std::vector<std::string> names, units;
        std::vector<double> means, half_widths;
        std::vector<std::int64_t> counts;
        for (const SweepMetric& metric : part_.study.metrics) {
            names.push_back(metric.name);
            units.push_back(metric.unit);
        }
        for (const SweepRow& row : part_.rows) {
            for (std::size_t m = 0; m < names.size(); ++m) {
                const MeanInterval interval = interval_of(row, m);
                means.push_back(interval.mean);
                half_widths.push_back(interval.half_width);
                counts.push_back(interval.n);
            }
        }
        group_.axis(axis_of("metric", names.size()), ColumnType::text, {"", "name of the metric"})
            .append_text(names);
        group_.variable("unit", ColumnType::text, {"metric"}, {"", "unit of mean and half_width"})
            .append_text(units);
        column("mean", ColumnType::f64, {"", "mean over replications, in `unit`"}, "metric")
            .append(means);
        column("half_width", ColumnType::f64,
               {"", "half-width of the confidence interval; NaN if n < 2"}, "metric")
            .append(half_widths);
        column("n", ColumnType::i64, {"1", "replications that define it"}, "metric").append(counts);
        std::vector<double> confidences(names.size(), MeanInterval{}.confidence);
        group_
            .variable("confidence", ColumnType::f64, {"metric"},
                      {"1", "confidence of the interval"})
            .append(confidences);
    }

    void write_provenance() {
        std::vector<std::uint64_t> fingerprints;
        std::vector<std::uint8_t> held;
        std::vector<std::int64_t> counts;
        std::vector<std::string> overrides;
        for (const SweepRow& row : part_.rows) {
            for (std::size_t r = 0; r < replications_; ++r) {
                fingerprints.push_back(r < row.fingerprints.size() ? row.fingerprints[r] : 0);
            }
            held.push_back(row.assertions_held ? 1 : 0);
            counts.push_back(static_cast<std::int64_t>(row.fingerprints.size()));
            overrides.push_back(part_.study.points.at(static_cast<std::size_t>(row.point - 1)));
        }
        column("event_fingerprint", ColumnType::u64,
               {"1", "hash of everything that happened, in order; 0: no such replication"},
               "replication")
            .append(fingerprints);
        column("assertions_held", ColumnType::u8, {"1", "no assertion was breached"}).append(held);
        column("replication_count", ColumnType::i64, {"1", "replications of the point"})
            .append(counts);
        column("overrides", ColumnType::text, {"", "what the point sets, path to value, as JSON"})
            .append_text(overrides);
    }

    const SweepPart& part_;
    hdf5::Group group_;
    std::vector<std::string> over_points_;
    std::size_t replications_ = 0;
};

void write_file(H5::H5File& file, const SweepPart& part) {
    const SweepStudy& study = part.study;
    const H5::Group root = file.openGroup("/");
    const bool whole = part.rows.size() == study.points.size();
    hdf5::set_attribute(root, "Conventions", std::string("CF-1.10"));
    hdf5::set_attribute(root, "title", study.scenario);
    hdf5::set_attribute(root, "source", "lagsim " + study.version);
    hdf5::set_attribute(root, "history", std::string("written by lagsim sweep or merge"));
    hdf5::set_attribute(root, "lagsim_filetype", std::string("sweep"));
    hdf5::set_attribute(root, "schema_version", schema_version);
    hdf5::set_attribute(root, "lagsim_version", study.version);
    hdf5::set_attribute(root, "seed", std::uint64_t{parse_seed(study.seed).value_or(0)});
    hdf5::set_attribute(root, "seed_text", study.seed);
    hdf5::set_attribute(root, "complete", std::int32_t{whole ? 1 : 0});
    hdf5::set_attribute(root, "shard", whole ? std::string("1/1") : part.shard);
    hdf5::set_attribute(root, "study", study_id(study));
    hdf5::set_attribute(root, "content", content_checksum(part.rows));
    SweepTable(file, part).write();
    hdf5::Group provenance(file, "provenance");
    provenance.set_attribute("lagsim_version", study.version);
    provenance.set_attribute("rng", std::string("philox4x32-10"));
    provenance.text("scenario_resolved_yaml", study.resolved,
                    "the scenario with every default, without the sweep");
    provenance.text("study_json", study_json(study), "axes, points and metrics of the study");
    file.flush(H5F_SCOPE_GLOBAL);
}

/// The rows of a file that says what study it is of.
std::vector<SweepRow> read_rows(const hdf5::Reader& reader, const SweepStudy& study) {
    const auto held = reader.integers("/sweep/assertions_held");
    const auto counts = reader.integers("/sweep/replication_count");
    const auto fingerprints = reader.unsigned_integers("/sweep/event_fingerprint");
    std::vector<std::int64_t> points(held.size());
    std::iota(points.begin(), points.end(), 1);
    if (reader.has("/sweep/point")) {
        points = reader.integers("/sweep/point");
    }
    const std::size_t width = held.empty() ? 0 : fingerprints.size() / held.size();
    std::vector<SweepRow> rows;
    for (std::size_t i = 0; i < held.size(); ++i) {
        SweepRow row{.point = points.at(i), .assertions_held = held[i] != 0};
        if (row.point < 1 || row.point > static_cast<std::int64_t>(study.points.size()) ||
            counts.at(i) < 0 || static_cast<std::size_t>(counts[i]) > width) {
            throw std::runtime_error("its points do not fit its study");
        }
        const auto first = fingerprints.begin() + static_cast<std::ptrdiff_t>(i * width);
        row.fingerprints.assign(first, first + counts[i]);
        row.metrics.assign(row.fingerprints.size(), {});
        rows.push_back(std::move(row));
    }
    for (const SweepMetric& metric : study.metrics) {
        const auto values = reader.numbers("/sweep/" + variable_name(metric.name));
        for (std::size_t i = 0; i < rows.size(); ++i) {
            for (std::size_t r = 0; r < rows[i].metrics.size(); ++r) {
                rows[i].metrics[r].push_back(values.at(i * width + r));
            }
        }
    }
    return rows;
}

std::expected<SweepPart, std::string> read_open(const hdf5::Reader& reader) {
    const std::string type = reader.text_attribute("/", "lagsim_filetype", "");
    if (type == "results") {
        return std::unexpected(
            "it is the result of one `lagsim run`, not a file of a sweep; replications are not "
            "merged: give --replications to one run, they are the same for any number");
    }
    if (type != "sweep") {
        return std::unexpected("it is HDF5, but no file of `lagsim sweep`");
    }
    if (const auto schema = reader.integer_attribute("/", "schema_version", 0);
        schema != schema_version) {
        return std::unexpected(
            fmt::format("it has schema version {}, this program reads {}", schema, schema_version));
    }
    auto study = study_of_json(reader.texts("/provenance/study_json").at(0));
    if (!study) {
        return std::unexpected(study.error());
    }
    SweepPart part{
        .study = std::move(*study), .shard = reader.text_attribute("/", "shard", ""), .rows = {}};
    part.rows = read_rows(reader, part.study);
    if (content_checksum(part.rows) != reader.text_attribute("/", "content", "") ||
        study_id(part.study) != reader.text_attribute("/", "study", "")) {
        return std::unexpected("damaged: its contents do not fit their checksum");
    }
    return part;
}

}  // namespace

std::expected<void, std::string> write_sweep(const std::string& path, const SweepPart& part) {
    if (const std::string why = unusable_output(path); !why.empty()) {
        return std::unexpected(why);
    }
    const std::string partial = path + ".partial";
    std::string fault;
    hdf5::record_errors();
    try {
        H5::H5File file = hdf5::create_file(partial);
        try {
            write_file(file, part);
        } catch (const std::exception& error) {
            fault = error.what();
        } catch (const H5::Exception& error) {
            fault = hdf5::error_text(error);
        }
        if (const int error = hdf5::write_error(file); error != 0) {
            fault = std::strerror(error);
        }
        if (!fault.empty()) {
            hdf5::drop_writes(file);
        }
    } catch (const H5::Exception& error) {
        return std::unexpected(cannot_write(path, hdf5::error_text(error)));
    }
    if (!fault.empty()) {
        std::error_code ignored;
        std::filesystem::remove(partial, ignored);
        return std::unexpected(cannot_write(path, fault));
    }
    return give_name(partial, path);
}

std::expected<SweepPart, std::string> read_sweep(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        return std::unexpected("there is no such file");
    }
    if (std::filesystem::is_directory(path, error)) {
        return std::unexpected(fmt::format("it is a directory; give {}/shard-*.h5", path));
    }
    hdf5::record_errors();
    try {
        return read_open(hdf5::Reader(path));
    } catch (const H5::FileIException& failure) {
        return std::unexpected(
            fmt::format("it is no HDF5 file, or damaged ({})", hdf5::error_text(failure)));
    } catch (const H5::Exception& failure) {
        return std::unexpected(fmt::format("damaged ({})", hdf5::error_text(failure)));
    } catch (const std::exception& failure) {
        return std::unexpected(fmt::format("damaged ({})", failure.what()));
    }
}

}  // namespace lagsim::sim
