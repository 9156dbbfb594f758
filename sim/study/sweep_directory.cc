#include "sim/study/sweep_directory.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "sim/results/partial_file.h"
#include "sim/results/sweep_file.h"

namespace lagsim::sim {
namespace {

namespace fs = std::filesystem;

std::string text_of_file(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// Why the directory is not this study's; empty = it is, or nobody's yet.
std::string foreign(const std::string& file, const SweepStudy& study) {
    std::error_code error;
    if (!fs::exists(file, error)) {
        return {};
    }
    const auto there = study_of_json(text_of_file(file));
    return there ? difference(*there, study) : there.error();
}

}  // namespace

std::string SweepShard::text() const {
    return fmt::format("{}/{}", index % count == 0 ? count : index % count, count);
}

SweepDirectory::SweepDirectory(std::string path, const SweepStudy& study, const SweepShard& shard)
    : path_(std::move(path)), study_(&study), id_(study_id(study)), shard_(shard) {}

std::expected<SweepDirectory, std::string> SweepDirectory::open(const std::string& path,
                                                                const SweepStudy& study,
                                                                const SweepShard& shard,
                                                                bool force) {
    std::error_code error;
    if (fs::exists(path, error) && !fs::is_directory(path, error)) {
        return std::unexpected(
            fmt::format("{} is no directory; -o names the directory of the sweep", path));
    }
    const std::string file = path + "/study.json";
    const std::string why = foreign(file, study);
    if (!why.empty() && !force) {
        return std::unexpected(fmt::format(
            "{} holds another study: {}; give another -o, or --force to discard what is there",
            path, why));
    }
    SweepDirectory directory(path, study, shard);
    fs::create_directories(path + "/points", error);
    if (error) {
        return std::unexpected(fmt::format("cannot create {}: {}", path, error.message()));
    }
    if (force) {
        directory.forget();
    }
    if (!why.empty() || !fs::exists(file, error)) {
        // Shards that begin together write the same bytes.
        if (auto written = write_text_file(file, study_json(study)); !written) {
            return std::unexpected(written.error());
        }
    }
    return directory;
}

void SweepDirectory::forget() const {
    std::error_code ignored;
    for (std::int64_t point = 1; point <= static_cast<std::int64_t>(study_->points.size());
         ++point) {
        if (shard_.has(point)) {
            fs::remove(point_path(point), ignored);
        }
    }
    fs::remove(output(), ignored);
}

std::vector<SweepRow> SweepDirectory::found(std::vector<std::string>& remarks) const {
    std::vector<SweepRow> rows;
    std::error_code error;
    for (std::int64_t point = 1; point <= static_cast<std::int64_t>(study_->points.size());
         ++point) {
        const std::string file = point_path(point);
        if (!shard_.has(point) || !fs::exists(file, error)) {
            continue;
        }
        auto row = read_point(file, id_);
        const bool fits = row && row->point == point;
        if (fits) {
            rows.push_back(std::move(*row));
        } else {
            remarks.push_back(fmt::format("{} is not used: {}; its point is simulated again", file,
                                          row ? "it is of another point" : row.error()));
        }
    }
    return rows;
}

std::expected<void, std::string> SweepDirectory::add(const SweepRow& row) const {
    return write_point(point_path(row.point), id_, row);
}

std::expected<void, std::string> SweepDirectory::write(const std::vector<SweepRow>& rows) const {
    return write_sweep(output(), {.study = *study_, .shard = shard_.text(), .rows = rows});
}

std::string SweepDirectory::output() const {
    if (shard_.is_whole()) {
        return path_ + "/sweep.h5";
    }
    const std::string text = shard_.text();
    return fmt::format("{}/shard-{}-of-{}.h5", path_, text.substr(0, text.find('/')), shard_.count);
}

std::string SweepDirectory::point_path(std::int64_t point) const {
    return fmt::format("{}/points/point-{:05}.json", path_, point);
}

}  // namespace lagsim::sim
