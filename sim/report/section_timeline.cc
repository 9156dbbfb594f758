/// Lag and replicas on one time axis, with what happened marked below. Drawn twice: as SVG, which
/// is complete, and as data for the script, which can zoom.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/report/envelope.h"
#include "sim/report/html.h"
#include "sim/report/marks.h"
#include "sim/report/sections.h"
#include "sim/report/svg.h"
#include "sim/results/sparkline.h"

namespace lagsim::sim::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t columns = 500;        ///< of the SVG: two points each
constexpr std::size_t live_columns = 3000;  ///< of the data for the script
constexpr std::size_t most_marks = 6000;    ///< of a kind in the data
constexpr std::size_t row_count = 5;

/// One line of a chart.
struct Line {
    std::string name;
    std::string kind;            ///< class, also the script's
    std::vector<double> values;  ///< [sample]
    bool steps = false;
};

template <class T>
std::vector<double> column(const Place& place, const std::vector<T>& values) {
    std::vector<double> own;
    const std::size_t groups = place.input.groups.size();
    for (std::size_t at = place.group; at < values.size(); at += groups) {
        own.push_back(static_cast<double>(values[at]));
    }
    return own;
}

std::vector<Line> lag_lines(const Place& place) {
    const GroupSeries& series = place.input.drawn.groups;
    std::vector<Line> lines{{"lag", "lag", column(place, series.lag_total)}};
    std::vector<double> metric = column(place, series.metric_value);
    if (std::ranges::any_of(metric, [](double value) { return std::isfinite(value); })) {
        lines.push_back({"metric that KEDA reports", "metric", std::move(metric), true});
    }
    return lines;
}

std::vector<Line> replica_lines(const Place& place) {
    const GroupSeries& series = place.input.drawn.groups;
    return {{"ready pods", "ready", column(place, series.ready_replicas), true},
            {"pods", "pods", column(place, series.replicas), true},
            {"replicas asked for", "desired", column(place, series.desired_replicas), true}};
}

std::vector<double> sample_seconds(const ReportInput& input) {
    std::vector<double> seconds;
    for (const core::Instant time : input.drawn.sample_times) {
        seconds.push_back(core::seconds(time));
    }
    return seconds;
}

// ---- SVG

std::vector<Point> points(const Place& place, std::span<const double> times,
                          std::span<const double> values, double top) {
    const double length = std::max(place.input.seconds(), 1e-9);
    std::vector<Point> all;
    for (std::size_t i = 0; i < times.size(); ++i) {
        all.push_back({plot_units * times[i] / length, plot_units * (1.0 - values[i] / top)});
    }
    return all;
}

std::string static_chart(const Place& place, const std::string& title, const Band& band,
                         const std::vector<Line>& lines, double threshold) {
    const std::vector<double> seconds = sample_seconds(place.input);
    const std::vector<Stretch> parts = stretches(seconds.size(), columns);
    const std::vector<double> times = line_times(seconds, parts);
    double most = threshold;
    for (const double value : band.high) {
        most = std::max(most, value);
    }
    for (const Line& line : lines) {
        for (const double value : line.values) {
            most = std::fmax(most, value);
        }
    }
    const ValueAxis axis = value_axis(most);
    std::string plot;
    if (place.input.run.replications.size() > 1) {
        plot += area_path(points(place, times, line_values(band.high, parts), axis.top),
                          points(place, times, line_values(band.low, parts), axis.top), "band");
    }
    if (threshold > 0.0) {
        const double y = plot_units * (1.0 - threshold / axis.top);
        plot += fmt::format("<path class=\"threshold\" d=\"M0 {0}H1000\"/>\n", units(y));
    }
    for (const Line& line : lines) {
        const std::vector<Point> drawn =
            points(place, times, line_values(line.values, parts), axis.top);
        plot += line.steps ? step_path(drawn, "line " + line.kind)
                           : line_path(drawn, "line " + line.kind);
    }
    return svg({.title = title,
                .kind = "static",
                .height = 200,
                .x = time_ticks(place.input.seconds()),
                .y = axis.ticks,
                .plot = plot});
}

constexpr std::array<const char*, row_count> row_names{"faults", "rebalances", "replicas changed",
                                                       "HPA syncs", "KEDA polls"};
constexpr std::array<const char*, row_count> row_kinds{"fault", "rebalance", "change", "sync",
                                                       "poll"};

double row_top(std::size_t row) {
    return plot_units / row_count * (static_cast<double>(row) + 0.45);
}
constexpr double row_height = plot_units / row_count * 0.5;

std::string span_row(const Place& place, std::size_t row, const std::vector<Span>& spans) {
    std::string text;
    const double scale = plot_units / std::max(place.input.seconds(), 1e-9);
    for (const Span& span : spans) {
        const double x = span.from * scale;
        text += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\">{}</rect>\n",
                            units(x), units(row_top(row)),
                            units(std::max(1.0, span.to * scale - x)), units(row_height),
                            span.what.empty() ? "" : "<title>" + escaped(span.what) + "</title>");
    }
    return fmt::format("<g class=\"{}\">\n{}</g>\n", row_kinds[row], text);
}

std::string tick_row(const Place& place, std::size_t row, const std::vector<double>& times) {
    std::string commands;
    const double scale = plot_units / std::max(place.input.seconds(), 1e-9);
    for (const double time : thinned(times, place.input.seconds(), columns)) {
        commands +=
            fmt::format("M{} {}v{}", units(time * scale), units(row_top(row)), units(row_height));
    }
    return fmt::format("<path class=\"ticks {}\" d=\"{}\"/>\n", row_kinds[row], commands);
}

/// Rebalances that touch on the picture are one rectangle there.
std::vector<Span> merged(const std::vector<Span>& spans, double seconds) {
    std::vector<Span> all;
    for (const Span& span : spans) {
        if (!all.empty() && span.what.empty() &&
            span.from - all.back().to < seconds / static_cast<double>(2 * columns)) {
            all.back().to = span.to;
        } else {
            all.push_back(span);
        }
    }
    return all;
}

std::string static_marks(const Place& place, const Marks& all) {
    Chart chart{.title = "Faults, rebalances, changes of the replicas, HPA syncs and KEDA polls",
                .kind = "static marks",
                .height = 130,
                .x = time_ticks(place.input.seconds()),
                .y = {},
                .plot = span_row(place, 0, all.faults) +
                        span_row(place, 1, merged(all.rebalances, place.input.seconds())) +
                        tick_row(place, 2, all.changes) + tick_row(place, 3, all.syncs) +
                        tick_row(place, 4, all.polls)};
    for (std::size_t row = 0; row < row_count; ++row) {
        chart.y.push_back(
            {.at = 1.0 - (static_cast<double>(row) + 0.5) / row_count, .label = row_names[row]});
    }
    return svg(chart);
}

// ---- data for the script

/// Whole numbers without a fraction, others to a thousandth; NaN is null.
Json numbers(const std::vector<double>& values) {
    Json list = Json::array();
    for (const double value : values) {
        if (!std::isfinite(value)) {
            list.push_back(nullptr);
        } else if (value == std::floor(value) && std::abs(value) < 1e15) {
            list.push_back(static_cast<std::int64_t>(value));
        } else {
            list.push_back(std::round(value * 1000.0) / 1000.0);
        }
    }
    return list;
}

Json spans(const std::vector<Span>& all) {
    Json list = Json::array();
    for (const Span& span : all) {
        Json item = numbers({span.from, span.to});
        if (!span.what.empty()) {
            item.push_back(span.what);
        }
        list.push_back(item);
    }
    return list;
}

Json live_chart(const Place& place, const std::string& title, const Band& band,
                const std::vector<Line>& lines, double threshold,
                const std::vector<Stretch>& parts) {
    Json chart{{"title", title}, {"threshold", threshold > 0.0 ? Json(threshold) : Json(nullptr)}};
    chart["lines"] = Json::array();
    for (const Line& line : lines) {
        chart["lines"].push_back({{"name", line.name},
                                  {"kind", line.kind},
                                  {"steps", line.steps},
                                  {"values", numbers(line_values(line.values, parts))}});
    }
    if (place.input.run.replications.size() > 1) {
        chart["low"] = numbers(line_values(band.low, parts));
        chart["high"] = numbers(line_values(band.high, parts));
    }
    return chart;
}

std::string note(const Place& place, std::size_t samples) {
    std::string text = fmt::format("Lines: replication {}.", place.input.drawn.replication);
    if (place.input.run.replications.size() > 1) {
        text += fmt::format(" Band: lowest to highest of all {} replications.",
                            place.input.run.replications.size());
    }
    if (samples > live_columns * 2) {
        text += fmt::format(
            " {} samples are drawn as the lowest and the highest of each of {} stretches.", samples,
            live_columns);
    }
    return text;
}

std::string legend(const std::vector<Line>& lines) {
    std::string items;
    for (const Line& line : lines) {
        items +=
            fmt::format("<li><span class=\"key {}\"></span>{}</li>", line.kind, escaped(line.name));
    }
    return "<ul class=\"legend static\">" + items + "</ul>\n";
}

}  // namespace

std::string timeline(const Place& place) {
    const std::vector<double> seconds = sample_seconds(place.input);
    const std::vector<Stretch> parts = seconds.size() <= live_columns * 2
                                           ? stretches(seconds.size(), seconds.size())
                                           : stretches(seconds.size(), live_columns);
    const Marks all = marks(place);
    const double threshold = place.of().drain_threshold;
    const std::vector<Line> lag = lag_lines(place);
    const std::vector<Line> replicas = replica_lines(place);
    const std::string lag_title = "Lag over all partitions [records]";
    const std::string replica_title = "Replicas [pods]";
    const double length = place.input.seconds();

    Json data{{"seconds", length}, {"time", numbers(line_times(seconds, parts))}};
    data["charts"] = {live_chart(place, lag_title, place.of().lag, lag, threshold, parts),
                      live_chart(place, replica_title, place.of().replicas, replicas, -1.0, parts)};
    data["marks"] = {{"faults", spans(all.faults)},
                     {"rebalances", spans(all.rebalances)},
                     {"changes", numbers(thinned(all.changes, length, most_marks))},
                     {"syncs", numbers(thinned(all.syncs, length, most_marks))},
                     {"polls", numbers(thinned(all.polls, length, most_marks))}};

    std::string body =
        paragraph(escaped(note(place, seconds.size())) +
                      "<span class=\"live\"> Drag to zoom in; double-click, or "
                      "Escape, to see all again. The arrow keys move the cursor.</span>",
                  "note");
    const std::string normal = threshold > 0.0 ? fmt::format(
                                                     " Dashed: {}, what the trigger calls normal "
                                                     "(lagThreshold × partitions).",
                                                     readable_number(threshold))
                                               : "";
    body += "<h3>" + escaped(lag_title) + "</h3>\n" + paragraph(escaped(normal), "note");
    body += legend(lag) + static_chart(place, lag_title, place.of().lag, lag, threshold);
    body += fmt::format(
        "<div class=\"live\" data-chart=\"0\" data-source=\"{}timeline-data\"></div>\n", place.id);
    body += "<h3>" + escaped(replica_title) + "</h3>\n" + legend(replicas) +
            static_chart(place, replica_title, place.of().replicas, replicas, -1.0);
    body += fmt::format(
        "<div class=\"live\" data-chart=\"1\" data-source=\"{}timeline-data\"></div>\n", place.id);
    body += "<h3>What happened</h3>\n" + static_marks(place, all);
    body += fmt::format(
        "<div class=\"live\" data-marks=\"1\" data-source=\"{}timeline-data\"></div>\n", place.id);
    return section(place.id + "timeline", "Lag and replicas",
                   body + data_element(place.id + "timeline-data", data));
}

}  // namespace lagsim::sim::report
