#include "sim/study/sweep_merge.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace lagsim::sim {
namespace {

Diagnostic complaint(const std::string& file, const char* code, std::string message) {
    Diagnostic diagnostic;
    diagnostic.file = file;
    diagnostic.code = code;
    diagnostic.message = std::move(message);
    return diagnostic;
}

struct NamedPart {
    std::string file;
    std::string id;
    SweepPart part;
};

/// "2/3" as a pair; nothing where it is no shard.
std::optional<std::pair<std::int64_t, std::int64_t>> shard_of(const std::string& text) {
    std::pair<std::int64_t, std::int64_t> shard;
    const char* end = text.data() + text.size();
    const auto [slash, error] = std::from_chars(text.data(), end, shard.first);
    if (error != std::errc{} || slash == end || *slash != '/' ||
        std::from_chars(slash + 1, end, shard.second).ec != std::errc{} || shard.second < 1) {
        return std::nullopt;
    }
    return shard;
}

class Merge {
  public:
    explicit Merge(const std::vector<std::string>& files) {
        for (const std::string& file : files) {
            auto part = read_sweep(file);
            if (part) {
                std::string id = study_id(part->study);
                parts_.push_back({file, std::move(id), std::move(*part)});
                continue;
            }
            std::error_code ignored;
            const bool is_file = std::filesystem::is_regular_file(file, ignored);
            complaints_.push_back(
                complaint(file, is_file ? "bad-result-file" : "unreadable-file", part.error()));
        }
    }

    std::expected<SweepPart, std::vector<Diagnostic>> join() {
        if (parts_.empty()) {
            return std::unexpected(std::move(complaints_));
        }
        const NamedPart& reference = most_common();
        SweepPart whole{.study = reference.part.study, .shard = "", .rows = {}};
        for (const NamedPart& part : parts_) {
            if (part.id != reference.id) {
                complaints_.push_back(
                    complaint(part.file, "foreign-shard",
                              fmt::format("it belongs to another study than {}: {}", reference.file,
                                          difference(part.part.study, reference.part.study))));
                continue;
            }
            add_rows(part, whole);
        }
        complain_of_missing(whole, reference);
        if (!complaints_.empty()) {
            return std::unexpected(std::move(complaints_));
        }
        std::ranges::sort(whole.rows, {}, &SweepRow::point);
        return whole;
    }

  private:
    /// What most files are of is what the user meant; of equals the first.
    [[nodiscard]] const NamedPart& most_common() const {
        std::map<std::string, std::size_t> counts;
        for (const NamedPart& part : parts_) {
            ++counts[part.id];
        }
        return *std::ranges::max_element(
            parts_, {}, [&counts](const NamedPart& part) { return counts[part.id]; });
    }

    void add_rows(const NamedPart& part, SweepPart& whole) {
        std::map<std::string, std::vector<std::int64_t>> doubled;
        for (const SweepRow& row : part.part.rows) {
            const auto [owner, is_new] = owner_.try_emplace(row.point, part.file);
            if (is_new) {
                whole.rows.push_back(row);
            } else {
                doubled[owner->second].push_back(row.point);
            }
        }
        shards_.push_back(part.part.shard);
        for (const auto& [file, points] : doubled) {
            complaints_.push_back(complaint(
                part.file, "doubled-shard",
                file == part.file
                    ? fmt::format("the file is given twice, or has points {} twice",
                                  list_of_points(points))
                    : fmt::format("points {} are in {} already", list_of_points(points), file)));
        }
    }

    void complain_of_missing(const SweepPart& whole, const NamedPart& reference) {
        std::vector<std::int64_t> missing;
        for (std::size_t i = 0; i < whole.study.points.size(); ++i) {
            const auto point = static_cast<std::int64_t>(i) + 1;
            if (!owner_.contains(point)) {
                missing.push_back(point);
            }
        }
        if (missing.empty()) {
            return;
        }
        complaints_.push_back(
            complaint(std::filesystem::path(reference.file).parent_path().string(), "missing-shard",
                      fmt::format("of the {} points of '{}' there is no file with {}{}",
                                  whole.study.points.size(), whole.study.scenario,
                                  list_of_points(missing), missing_shards(missing))));
        if (complaints_.back().file.empty()) {
            complaints_.back().file = ".";
        }
    }

    /// Names shards, where all files are shards of equally many.
    [[nodiscard]] std::string missing_shards(const std::vector<std::int64_t>& missing) const {
        std::optional<std::int64_t> count;
        for (const std::string& text : shards_) {
            const auto shard = shard_of(text);
            if (!shard || (count && *count != shard->second)) {
                return {};
            }
            count = shard->second;
        }
        std::vector<std::int64_t> absent;
        for (std::int64_t index = 1; count && index <= *count; ++index) {
            const bool given =
                std::ranges::find(shards_, fmt::format("{}/{}", index, *count)) != shards_.end();
            const bool needed = std::ranges::any_of(
                missing, [&](std::int64_t point) { return point % *count == index % *count; });
            if (!given && needed) {
                absent.push_back(index);
            }
        }
        return absent.empty() ? std::string()
                              : fmt::format(": of its shards 1 to {1} there is no {0}",
                                            list_of_points(absent), *count);
    }

    std::vector<NamedPart> parts_;
    std::vector<Diagnostic> complaints_;
    std::map<std::int64_t, std::string> owner_;  ///< of each point: its file
    std::vector<std::string> shards_;
};

}  // namespace

std::expected<SweepPart, std::vector<Diagnostic>> merge_sweeps(
    const std::vector<std::string>& files) {
    return Merge(files).join();
}

}  // namespace lagsim::sim
