/// How long records took, from produced to first finish: the bulk, and the tail that the bulk
/// hides.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/report/html.h"
#include "sim/report/sections.h"
#include "sim/report/svg.h"
#include "sim/results/sparkline.h"

namespace lagsim::sim::report {
namespace {

constexpr int bars_an_octave = 4;
constexpr double fastest_ns = 1e3;  ///< all below share the first bar

struct Bar {
    double from_ns = 0.0;
    double to_ns = 0.0;
    std::int64_t records = 0;
};

int bar_of(std::int64_t latency_ns) {
    return static_cast<int>(std::floor(
        bars_an_octave * std::log2(std::max(fastest_ns, static_cast<double>(latency_ns)))));
}

std::vector<Bar> bars_of(const LatencyHistogram& histogram) {
    std::vector<Bar> bars;
    const std::vector<std::int64_t>& counts = histogram.counts();
    int first = 0;
    for (std::size_t bucket = 0; bucket < counts.size(); ++bucket) {
        if (counts[bucket] == 0) {
            continue;
        }
        const int bar = bar_of(LatencyHistogram::lower_bound_ns(bucket));
        if (bars.empty()) {
            first = bar;
        }
        while (bars.size() <= static_cast<std::size_t>(bar - first)) {
            const double number = first + static_cast<double>(bars.size());
            bars.push_back(
                {std::exp2(number / bars_an_octave), std::exp2((number + 1) / bars_an_octave), 0});
        }
        bars[static_cast<std::size_t>(bar - first)].records += counts[bucket];
    }
    return bars;
}

/// Where a latency is on the axis, 0 to 1.
double place_on_axis(const std::vector<Bar>& bars, double nanoseconds) {
    const double from = std::log(bars.front().from_ns);
    const double to = std::log(bars.back().to_ns);
    return std::clamp((std::log(std::max(nanoseconds, 1.0)) - from) / (to - from), 0.0, 1.0);
}

std::vector<Tick> decades(const std::vector<Bar>& bars) {
    std::vector<Tick> ticks;
    for (const double seconds :
         {1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, 36000.0, 360000.0}) {
        if (seconds * 1e9 >= bars.front().from_ns && seconds * 1e9 <= bars.back().to_ns) {
            ticks.push_back(
                {.at = place_on_axis(bars, seconds * 1e9),
                 .label = seconds < 1.0 ? readable_seconds(seconds) : short_seconds(seconds)});
        }
    }
    return ticks;
}

std::string percentile_lines(const LatencyHistogram& histogram, const std::vector<Bar>& bars) {
    std::string text;
    for (const double q : {0.5, 0.95, 0.99, 0.999}) {
        const double seconds = histogram.quantile(q);
        text += fmt::format(
            "<path class=\"percentile\" d=\"M{} 0V1000\"><title>{:g} % of the records took up to {}"
            "</title></path>\n",
            units(plot_units * place_on_axis(bars, seconds * 1e9)), 100.0 * q,
            escaped(readable_seconds(seconds)));
    }
    return text;
}

std::string bulk(const LatencyHistogram& histogram, const std::vector<Bar>& bars) {
    const auto total = static_cast<double>(histogram.total());
    const std::int64_t most = std::ranges::max_element(bars, {}, &Bar::records)->records;
    const ValueAxis axis = value_axis(100.0 * static_cast<double>(most) / total);
    std::string plot;
    const double width = plot_units / static_cast<double>(bars.size());
    for (std::size_t i = 0; i < bars.size(); ++i) {
        const double share = 100.0 * static_cast<double>(bars[i].records) / total;
        const double height = plot_units * share / axis.top;
        plot += fmt::format(
            "<rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{} to {}: {} "
            "records, {:.3g} %</title></rect>\n",
            units(width * static_cast<double>(i)), units(plot_units - height), units(width * 0.92),
            units(height), escaped(readable_seconds(bars[i].from_ns / 1e9)),
            escaped(readable_seconds(bars[i].to_ns / 1e9)),
            readable_number(static_cast<double>(bars[i].records)), share);
    }
    std::vector<Tick> shares = axis.ticks;
    for (Tick& tick : shares) {
        tick.label += " %";
    }
    return svg({.title = "Share of the records by latency",
                .kind = "latency",
                .height = 180,
                .x = decades(bars),
                .y = shares,
                .plot = plot + percentile_lines(histogram, bars)});
}

/// Share of the records that took longer, on a logarithmic scale.
std::string tail(const LatencyHistogram& histogram, const std::vector<Bar>& bars) {
    const auto total = static_cast<double>(histogram.total());
    const double lowest = std::floor(std::log10(1.0 / total));
    const auto height = [&](double share) {
        return share <= 0.0 ? 0.0 : 1.0 - std::log10(share) / lowest;
    };
    std::vector<Point> points{{0.0, 0.0}};
    std::int64_t slower = histogram.total();
    for (const Bar& bar : bars) {
        slower -= bar.records;
        points.push_back({plot_units * place_on_axis(bars, bar.to_ns),
                          plot_units * (1.0 - height(static_cast<double>(slower) / total))});
    }
    std::vector<Tick> ticks;
    const double step = std::ceil(-lowest / 5.0);
    for (double power = -step; power >= lowest; power -= step) {
        ticks.push_back({.at = height(std::pow(10.0, power)),
                         .label = fmt::format("{:.{}f} %", 100.0 * std::pow(10.0, power),
                                              static_cast<int>(std::max(0.0, -power - 2.0)))});
    }
    return svg({.title = "Share of the records that took longer",
                .kind = "latency",
                .height = 180,
                .x = decades(bars),
                .y = ticks,
                .plot = line_path(points, "line lag") + percentile_lines(histogram, bars)});
}

std::string percentiles(const LatencyHistogram& histogram) {
    std::vector<std::string> row;
    for (const double q : {0.5, 0.9, 0.95, 0.99, 0.999, 0.9999}) {
        row.push_back(escaped(readable_seconds(histogram.quantile(q))));
    }
    return html(Table{.caption = "Latency that this part of the records does not exceed",
                      .head = {"50 %", "90 %", "95 %", "99 %", "99.9 %", "99.99 %"},
                      .rows = {row},
                      .kind = "numbers"});
}

}  // namespace

std::string latency(const Place& place) {
    const LatencyHistogram& histogram = place.of().latency;
    if (histogram.total() == 0) {
        return section(place.id + "latency", "Latency",
                       paragraph("No record that was produced after the warm-up was finished."));
    }
    const std::vector<Bar> bars = bars_of(histogram);
    const std::string note = fmt::format(
        "{} records of all replications, from produced to first finish; dashed: 50, 95, 99 and "
        "99.9 %. The time axis is logarithmic.",
        readable_number(static_cast<double>(histogram.total())));
    return section(place.id + "latency", "Latency",
                   paragraph(escaped(note), "note") + percentiles(histogram) +
                       "<h3>Share of the records</h3>\n" + bulk(histogram, bars) +
                       "<h3>Share that took longer</h3>\n" + tail(histogram, bars));
}

}  // namespace lagsim::sim::report
