#include "sim/report/svg.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "sim/report/html.h"
#include "sim/results/sparkline.h"

namespace lagsim::sim::report {
namespace {

std::string percent(double part) {
    return units(100.0 * part) + "%";
}

std::string x_axis(const Chart& chart) {
    std::string text;
    for (const Tick& tick : chart.x) {
        const std::string_view anchor = tick.at < 0.04   ? "start"
                                        : tick.at > 0.96 ? "end"
                                                         : "middle";
        text += fmt::format(
            "<line class=\"grid\" x1=\"{0}\" x2=\"{0}\" y1=\"0\" y2=\"{1}\"/>"
            "<text class=\"tick{4}\" x=\"{0}\" y=\"{2}\" text-anchor=\"{5}\">{3}</text>\n",
            percent(tick.at), chart.height, chart.height + 15, escaped(tick.label),
            tick.minor ? " minor" : "", anchor);
    }
    return text;
}

std::string y_lines(const Chart& chart) {
    std::string text;
    for (const Tick& tick : chart.y) {
        const double y = (1.0 - tick.at) * chart.height;
        text += fmt::format("<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{0}\" y2=\"{0}\"/>\n",
                            units(y));
    }
    return text;
}

/// Within the plot, above their lines: no margin is lost to them on a phone.
std::string y_labels(const Chart& chart) {
    std::string text;
    for (const Tick& tick : chart.y) {
        const double y = std::max(12.0, (1.0 - tick.at) * chart.height - 3.0);
        text += fmt::format("<text class=\"tick halo\" x=\"3\" y=\"{}\">{}</text>\n", units(y),
                            escaped(tick.label));
    }
    return text;
}

/// 1, 2 or 5 times a power of ten, at least `least`.
double round_step(double least) {
    const double power = std::pow(10.0, std::floor(std::log10(least)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= least) {
            return factor * power;
        }
    }
    return 10.0 * power;
}

template <class Step>
std::string path(std::span<const Point> points, std::string_view kind, const Step& step) {
    std::string commands;
    bool drawing = false;
    for (const Point& point : points) {
        if (std::isnan(point.y)) {
            drawing = false;
            continue;
        }
        commands += drawing ? step(point) : fmt::format("M{} {}", units(point.x), units(point.y));
        drawing = true;
    }
    return fmt::format("<path class=\"{}\" d=\"{}\"/>\n", kind, commands);
}

}  // namespace

std::string units(double value) {
    const double rounded = std::round(value * 10.0) / 10.0;
    return fmt::format("{}", rounded == 0.0 ? 0.0 : rounded);
}

std::string svg(const Chart& chart) {
    return fmt::format(
        "<svg class=\"chart {0}\" role=\"img\" width=\"100%\" height=\"{1}\" "
        "aria-label=\"{2}\"><title>{2}</title>\n"
        "{3}{4}<svg x=\"0\" y=\"0\" width=\"100%\" height=\"{5}\" viewBox=\"0 0 1000 1000\" "
        "preserveAspectRatio=\"none\">\n{6}</svg>\n{7}</svg>\n",
        chart.kind, chart.height + (chart.x.empty() ? 2 : 20), escaped(chart.title), y_lines(chart),
        x_axis(chart), chart.height, chart.plot, y_labels(chart));
}

std::vector<Tick> time_ticks(double seconds) {
    constexpr std::array<double, 21> steps{1,     2,     5,     10,    15,     30,     60,
                                           120,   300,   600,   900,   1800,   3600,   7200,
                                           10800, 21600, 43200, 86400, 172800, 604800, 2592000};
    const auto step = std::ranges::find_if(steps, [&](double s) { return seconds / s <= 9.0; });
    std::vector<Tick> ticks;
    if (step == steps.end() || seconds <= 0.0) {
        return ticks;
    }
    const auto count = static_cast<int>(std::floor(seconds / *step + 1e-9));
    for (int i = 0; i <= count; ++i) {
        ticks.push_back({.at = i * *step / seconds,
                         .label = i == 0 ? "0" : short_seconds(i * *step),
                         .minor = i % 2 == 1 && count > 4});
    }
    return ticks;
}

ValueAxis value_axis(double most) {
    ValueAxis axis;
    const double step = round_step(std::max(most, 1e-9) / 4.0);
    const auto count = static_cast<int>(std::max(1.0, std::ceil(most / step - 1e-9)));
    axis.top = step * count;
    for (int i = 1; i <= count; ++i) {
        axis.ticks.push_back(
            {.at = static_cast<double>(i) / count, .label = readable_number(step * i)});
    }
    return axis;
}

std::string line_path(std::span<const Point> points, std::string_view kind) {
    return path(points, kind, [](const Point& point) {
        return fmt::format("L{} {}", units(point.x), units(point.y));
    });
}

std::string step_path(std::span<const Point> points, std::string_view kind) {
    return path(points, kind, [](const Point& point) {
        return fmt::format("H{}V{}", units(point.x), units(point.y));
    });
}

std::string area_path(std::span<const Point> upper, std::span<const Point> lower,
                      std::string_view kind) {
    std::vector<Point> outline(upper.begin(), upper.end());
    outline.insert(outline.end(), lower.rbegin(), lower.rend());
    return line_path(outline, kind);
}

}  // namespace lagsim::sim::report
