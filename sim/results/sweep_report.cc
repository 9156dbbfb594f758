#include "sim/results/sweep_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lagsim::sim {
namespace {

using Json = nlohmann::ordered_json;
using Table = std::vector<std::vector<std::string>>;

constexpr std::size_t most_lines = 40;
constexpr std::array<std::string_view, 5> shown_metrics{"lag.p99", "latency.p99", "podHours",
                                                        "lost", "duplicates"};

Json number(double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json overrides_of(const SweepStudy& study, std::int64_t point) {
    return Json::parse(study.points.at(static_cast<std::size_t>(point - 1)));
}

std::string folded_fingerprint(const SweepRow& row) {
    std::uint64_t folded = fingerprint_start;
    for (const std::uint64_t one : row.fingerprints) {
        folded = fold_fingerprint(folded, one);
    }
    return fingerprint_text(folded);
}

Json row_json(const SweepStudy& study, const SweepRow& row) {
    Json metrics = Json::object();
    for (std::size_t m = 0; m < study.metrics.size(); ++m) {
        const MeanInterval interval = interval_of(row, m);
        metrics[study.metrics[m].name] = {{"mean", number(interval.mean)},
                                          {"half_width", number(interval.half_width)},
                                          {"n", interval.n},
                                          {"confidence", interval.confidence},
                                          {"unit", study.metrics[m].unit}};
    }
    return {{"point", row.point},
            {"overrides", overrides_of(study, row.point)},
            {"replications", row.fingerprints.size()},
            {"fingerprint", folded_fingerprint(row)},
            {"assertions_held", row.assertions_held},
            {"metrics", metrics}};
}

/// The metrics of the table; with several consumer groups those of the first.
std::vector<std::size_t> columns_of(const SweepStudy& study) {
    std::vector<std::size_t> columns;
    for (const std::string_view wanted : shown_metrics) {
        const auto found = std::ranges::find_if(study.metrics, [wanted](const SweepMetric& metric) {
            const std::string_view name = metric.name;
            return name == wanted ||
                   (name.ends_with(wanted) && name[name.size() - wanted.size() - 1] == '.');
        });
        if (found != study.metrics.end()) {
            columns.push_back(static_cast<std::size_t>(found - study.metrics.begin()));
        }
    }
    return columns;
}

std::string short_number(double value) {
    return std::isnan(value)           ? "-"
           : std::abs(value) >= 1000.0 ? fmt::format("{:.0f}", value)
                                       : fmt::format("{:.4g}", value);
}

std::string shortened(const std::string& text) {
    constexpr std::size_t most = 32;
    return text.size() <= most ? text : text.substr(0, most - 3) + "...";
}

std::string aligned(const Table& table) {
    std::vector<std::size_t> widths(table.front().size(), 0);
    for (const auto& line : table) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            widths[i] = std::max(widths[i], line[i].size());
        }
    }
    std::string text;
    for (const auto& line : table) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            text += fmt::format("{}{:>{}}", i == 0 ? "" : "  ", line[i], widths[i]);
        }
        text += '\n';
    }
    return text;
}

Table table_of(const SweepReport& report) {
    const SweepStudy& study = *report.study;
    const std::vector<std::size_t> columns = columns_of(study);
    std::vector<std::string> head{"point"};
    for (const SweepCoordinate& axis : study.axes) {
        head.push_back(shortened(axis.name));
    }
    for (const std::size_t metric : columns) {
        const SweepMetric& about = study.metrics[metric];
        head.push_back(about.unit.empty() || about.unit == "1"
                           ? about.name
                           : fmt::format("{} [{}]", about.name, about.unit));
    }
    if (report.breached() > 0) {
        head.emplace_back("assertions");
    }
    Table table{head};
    for (std::size_t i = 0; i < std::min(report.rows->size(), most_lines); ++i) {
        const SweepRow& row = (*report.rows)[i];
        std::vector<std::string> line{fmt::format("{}", row.point)};
        for (std::size_t a = 0; a < study.axes.size(); ++a) {
            line.push_back(shortened(value_of_point(study, row.point, a)));
        }
        for (const std::size_t metric : columns) {
            line.push_back(short_number(interval_of(row, metric).mean));
        }
        if (report.breached() > 0) {
            line.emplace_back(row.assertions_held ? "held" : "breached");
        }
        table.push_back(std::move(line));
    }
    return table;
}

std::string head_text(const SweepReport& report) {
    const SweepStudy& study = *report.study;
    std::string text = fmt::format("Sweep         {}: {}, {} points", study.scenario, study.method,
                                   study.points.size());
    if (report.is_shard()) {
        text += fmt::format("; shard {} has {} of them", report.shard, report.planned);
    }
    text += fmt::format("\nFinished      {} of {} points", report.rows->size(), report.planned);
    if (report.found > 0) {
        text += fmt::format(", {} of them before this call", report.found);
    }
    text += report.shares_seed
                ? fmt::format(
                      "\nSeed          {} at every point: replication k meets the same "
                      "arrivals everywhere, differences are paired\n",
                      study.seed)
                : "\nSeed          an axis of the study: points are independent where it differs\n";
    return text;
}

}  // namespace

std::int64_t SweepReport::breached() const {
    return std::ranges::count(*rows, false, &SweepRow::assertions_held);
}

std::string sweep_text(const SweepReport& report) {
    std::string text = head_text(report);
    if (!report.rows->empty()) {
        text += "\n" + aligned(table_of(report));
        text += "Means over replications";
        text += report.study->metrics.size() > metric_definitions().size()
                    ? "; of the first consumer group only.\n"
                    : ".\n";
    }
    if (report.rows->size() > most_lines) {
        text += fmt::format("{} more points are not shown{}\n", report.rows->size() - most_lines,
                            report.output.empty() ? "; --json has all" : ", but in the file");
    }
    text += "\n";
    if (report.breached() > 0) {
        text += fmt::format("Assertions    breached at {} of {} points\n", report.breached(),
                            report.rows->size());
    }
    if (!report.output.empty()) {
        text += fmt::format("Result file   {}\n", report.output);
    }
    return text;
}

std::string sweep_json(const SweepReport& report) {
    const SweepStudy& study = *report.study;
    Json axes = Json::array(), rows = Json::array();
    for (const SweepCoordinate& axis : study.axes) {
        axes.push_back({{"name", axis.name}, {"path", axis.path}});
    }
    for (const SweepRow& row : *report.rows) {
        rows.push_back(row_json(study, row));
    }
    Json object{{"schema", "lagsim.sweep/1"},
                {"scenario", study.scenario},
                {"seed", study.seed},
                {"study", study_id(study)},
                {"method", study.method},
                {"axes", axes},
                {"points", study.points.size()},
                {"shard", report.is_shard() ? Json(report.shard) : Json(nullptr)},
                {"planned", report.planned},
                {"finished", report.rows->size()},
                {"skipped", report.found},
                {"common_random_numbers", report.shares_seed},
                {"breached", report.breached()},
                {"wall_seconds", report.wall_seconds},
                {"output", report.output.empty() ? Json(nullptr) : Json(report.output)},
                {"results", rows}};
    return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string points_text(const SweepStudy& study, const std::vector<std::int64_t>& points,
                        bool json) {
    if (json) {
        Json all = Json::array();
        for (const std::int64_t point : points) {
            all.push_back({{"point", point}, {"overrides", overrides_of(study, point)}});
        }
        const Json object{{"schema", "lagsim.sweep-points/1"},
                          {"scenario", study.scenario},
                          {"study", study_id(study)},
                          {"method", study.method},
                          {"points", all}};
        return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    }
    Table table{{"point"}};
    for (const SweepCoordinate& axis : study.axes) {
        table.front().push_back(axis.path);
    }
    for (const std::int64_t point : points) {
        table.push_back({fmt::format("{}", point)});
        for (std::size_t a = 0; a < study.axes.size(); ++a) {
            table.back().push_back(value_of_point(study, point, a));
        }
    }
    return aligned(table);
}

}  // namespace lagsim::sim
