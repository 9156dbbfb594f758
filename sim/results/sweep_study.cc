#include "sim/results/sweep_study.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/scenario/paths.h"
#include "sim/scenario/units.h"

namespace lagsim::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, 3> type_words{"integer", "number", "text"};

std::string last_key(const std::string& path) {
    const auto segments = parse_path(path);
    std::string key = path;
    if (segments) {
        for (const PathSegment& segment : *segments) {
            key = segment.is_index ? key : segment.key;
        }
    }
    return key;
}

SweepStudy study_of(const Json& json) {
    SweepStudy study{.version = json.at("version"),
                     .scenario = json.at("scenario"),
                     .resolved = json.at("resolved"),
                     .seed = json.at("seed"),
                     .method = json.at("method"),
                     .axes = {},
                     .points = {},
                     .metrics = {}};
    for (const Json& axis : json.at("axes")) {
        const auto word = std::ranges::find(type_words, axis.at("type").get<std::string>());
        study.axes.push_back({.path = axis.at("path"),
                              .name = axis.at("name"),
                              .type = static_cast<CoordinateType>(word - type_words.begin()),
                              .units = axis.at("units"),
                              .values = axis.at("values")});
    }
    for (const Json& point : json.at("points")) {
        study.points.push_back(point.dump());
    }
    for (const Json& metric : json.at("metrics")) {
        study.metrics.push_back({.name = metric.at("name"),
                                 .unit = metric.at("unit"),
                                 .meaning = metric.at("meaning")});
    }
    return study;
}

bool same_axes(const SweepStudy& a, const SweepStudy& b) {
    return a.method == b.method && a.points == b.points &&
           std::ranges::equal(a.axes, b.axes, {}, &SweepCoordinate::path, &SweepCoordinate::path);
}

}  // namespace

std::string study_json(const SweepStudy& study) {
    Json axes = Json::array(), points = Json::array(), metrics = Json::array();
    for (const SweepCoordinate& axis : study.axes) {
        axes.push_back({{"path", axis.path},
                        {"name", axis.name},
                        {"type", type_words.at(static_cast<std::size_t>(axis.type))},
                        {"units", axis.units},
                        {"values", axis.values}});
    }
    for (const std::string& point : study.points) {
        points.push_back(Json::parse(point));
    }
    for (const SweepMetric& metric : study.metrics) {
        metrics.push_back(
            {{"name", metric.name}, {"unit", metric.unit}, {"meaning", metric.meaning}});
    }
    const Json json{
        {"schema", "lagsim.study/1"}, {"version", study.version}, {"scenario", study.scenario},
        {"seed", study.seed},         {"method", study.method},   {"axes", axes},
        {"points", points},           {"metrics", metrics},       {"resolved", study.resolved}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string study_id(const SweepStudy& study) {
    std::uint64_t hash = fingerprint_start;
    for (const char letter : study_json(study)) {
        hash = fold_fingerprint(hash, static_cast<unsigned char>(letter));
    }
    return fingerprint_text(hash);
}

std::string value_of_point(const SweepStudy& study, std::int64_t point, std::size_t axis) {
    const Json overrides = Json::parse(study.points.at(static_cast<std::size_t>(point - 1)));
    return overrides.at(study.axes.at(axis).path);
}

std::optional<double> coordinate_number(const std::string& text, const std::string& units) {
    if (units == "s") {
        const auto duration = parse_duration(text);
        return duration ? std::optional(core::seconds(*duration)) : std::nullopt;
    }
    if (units == "s-1") {
        const auto rate = parse_rate(text);
        return rate ? std::optional(*rate) : std::nullopt;
    }
    if (const auto number = parse_number(text)) {
        return *number;
    }
    if (const auto integer = parse_integer(text)) {
        return static_cast<double>(*integer);
    }
    if (const auto percentage = parse_percentage(text)) {
        return *percentage;
    }
    const auto milli = parse_quantity_milli(text);
    return milli ? std::optional(static_cast<double>(*milli) / 1000.0) : std::nullopt;
}

std::uint64_t checksum(const SweepRow& row) {
    std::uint64_t hash = fold_fingerprint(fingerprint_start, static_cast<std::uint64_t>(row.point));
    hash = fold_fingerprint(hash, row.assertions_held ? 1 : 0);
    for (std::size_t i = 0; i < row.fingerprints.size(); ++i) {
        hash = fold_fingerprint(hash, row.fingerprints[i]);
        for (const double value : row.metrics.at(i)) {
            // One NaN is as good as another; files keep no more.
            hash = fold_fingerprint(
                hash, std::isnan(value) ? ~std::uint64_t{0} : std::bit_cast<std::uint64_t>(value));
        }
    }
    return hash;
}

std::expected<SweepStudy, std::string> study_of_json(const std::string& text) {
    try {
        const Json json = Json::parse(text);
        if (json.value("schema", "") != "lagsim.study/1") {
            return std::unexpected(std::string("it describes no study of this version"));
        }
        return study_of(json);
    } catch (const Json::exception& error) {
        return std::unexpected(
            fmt::format("the description of the study is damaged ({})", error.what()));
    }
}

std::string difference(const SweepStudy& other, const SweepStudy& expected) {
    if (study_json(other) == study_json(expected)) {
        return {};
    }
    std::vector<std::string> found;
    if (other.version != expected.version) {
        found.push_back(fmt::format("it is of lagsim {}, not {}", other.version, expected.version));
    }
    if (other.scenario != expected.scenario) {
        found.push_back(
            fmt::format("the scenario is '{}', not '{}'", other.scenario, expected.scenario));
    }
    if (other.seed != expected.seed) {
        found.push_back(fmt::format("the seed is {}, not {}", other.seed, expected.seed));
    } else if (other.scenario == expected.scenario && other.resolved != expected.resolved) {
        // The seed stands in the scenario, too, and was named.
        found.emplace_back("the scenario's contents differ");
    }
    if (!same_axes(other, expected)) {
        found.emplace_back("the axes or their values differ");
    }
    if (found.empty()) {
        found.emplace_back("its metrics or coordinates differ");
    }
    return fmt::format("{}", fmt::join(found, "; "));
}

std::vector<std::string> coordinate_names(const std::vector<std::string>& paths,
                                          const std::vector<std::string>& taken) {
    std::vector<std::string> keys;
    std::ranges::transform(paths, std::back_inserter(keys), last_key);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const bool free = std::ranges::count(keys, keys[i]) == 1 &&
                          std::ranges::find(taken, keys[i]) == taken.end();
        names.push_back(free ? keys[i] : paths[i]);
    }
    return names;
}

MeanInterval interval_of(const SweepRow& row, std::size_t metric) {
    std::vector<double> values;
    for (const std::vector<double>& replication : row.metrics) {
        values.push_back(replication.at(metric));
    }
    return mean_interval(values);
}

std::string list_of_points(const std::vector<std::int64_t>& points) {
    constexpr std::size_t most_stretches = 8;
    std::vector<std::string> stretches;
    for (std::size_t i = 0; i < points.size();) {
        std::size_t end = i + 1;
        while (end < points.size() && points[end] == points[end - 1] + 1) {
            ++end;
        }
        if (stretches.size() == most_stretches) {
            return fmt::format("{} ... ({} in all)", fmt::join(stretches, ", "), points.size());
        }
        stretches.push_back(end - i == 1   ? fmt::format("{}", points[i])
                            : end - i == 2 ? fmt::format("{}, {}", points[i], points[i + 1])
                                           : fmt::format("{} to {}", points[i], points[end - 1]));
        i = end;
    }
    return fmt::format("{}", fmt::join(stretches, ", "));
}

}  // namespace lagsim::sim
