#include "sim/calibrate/svg_plot.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/results/sparkline.h"

namespace lagsim::sim {
namespace {

constexpr double width = 720.0;
constexpr double height = 240.0;
constexpr double left = 64.0;
constexpr double right = 8.0;
constexpr double top = 8.0;
constexpr double bottom = 36.0;

struct Axes {
    double x_low = 0.0, x_high = 1.0, y_high = 1.0;
    [[nodiscard]] double x(double value) const {
        return left + (value - x_low) / (x_high - x_low) * (width - left - right);
    }
    [[nodiscard]] double y(double value) const {
        return height - bottom - value / y_high * (height - top - bottom);
    }
};

Axes axes_of(const Plot& plot) {
    Axes axes{.x_low = INFINITY, .x_high = -INFINITY, .y_high = 0.0};
    for (const PlotLine& line : plot.lines) {
        for (const auto& [x, y] : line.points) {
            axes.x_low = std::fmin(axes.x_low, x);
            axes.x_high = std::fmax(axes.x_high, x);
            axes.y_high = std::fmax(axes.y_high, y);
        }
    }
    if (axes.x_high <= axes.x_low) {
        axes.x_low -= 0.5;
        axes.x_high = axes.x_low + 1.0;
    }
    axes.y_high = axes.y_high > 0.0 ? axes.y_high : 1.0;
    return axes;
}

/// Lowest and highest of each pixel's column.
std::vector<std::pair<double, double>> thinned(const std::vector<std::pair<double, double>>& all) {
    constexpr std::size_t columns = 700;
    if (all.size() <= 4 * columns) {
        return all;
    }
    std::vector<std::pair<double, double>> kept;
    for (std::size_t column = 0; column < columns; ++column) {
        const auto begin = all.begin() + static_cast<std::ptrdiff_t>(all.size() * column / columns);
        const auto end =
            all.begin() + static_cast<std::ptrdiff_t>(all.size() * (column + 1) / columns);
        auto [low, high] = std::minmax_element(
            begin, end, [](const auto& a, const auto& b) { return a.second < b.second; });
        kept.push_back(*std::min(low, high));
        kept.push_back(*std::max(low, high));
    }
    return kept;
}

std::string path_of(const PlotLine& line, const Axes& axes) {
    std::string path;
    for (const auto& [x, y] : thinned(line.points)) {
        if (path.empty()) {
            path = fmt::format("M{:.1f} {:.1f}", axes.x(x), axes.y(y));
        } else if (line.stairs) {
            path += fmt::format("H{:.1f}V{:.1f}", axes.x(x), axes.y(y));
        } else {
            path += fmt::format("L{:.1f} {:.1f}", axes.x(x), axes.y(y));
        }
    }
    return path;
}

}  // namespace

std::string html_text(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        switch (c) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            default:
                escaped += c;
        }
    }
    return escaped;
}

std::string svg_plot(const Plot& plot) {
    if (std::ranges::all_of(plot.lines, [](const PlotLine& l) { return l.points.empty(); })) {
        return {};
    }
    const Axes axes = axes_of(plot);
    const auto text = [](double x, double y, const char* anchor, const std::string& words) {
        return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>", x, y,
                           anchor, html_text(words));
    };
    std::string svg = fmt::format(
        "<figure><figcaption>{}</figcaption><svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" "
        "aria-label=\"{}\"><path class=\"axis\" d=\"M{:.1f} {:.1f}V{:.1f}H{:.1f}\"/>",
        html_text(plot.title), width, height, html_text(plot.title), left, top, height - bottom,
        width - right);
    svg += text(left - 4.0, axes.y(axes.y_high) + 8.0, "end", readable_number(axes.y_high));
    svg += text(left - 4.0, axes.y(0.0), "end", "0");
    svg += text(left, height - bottom + 14.0, "start", readable_number(axes.x_low));
    svg += text(width - right, height - bottom + 14.0, "end", readable_number(axes.x_high));
    svg += text((left + width) / 2.0, height - 6.0, "middle", plot.x_label + " → " + plot.y_label);
    for (std::size_t i = 0; i < plot.lines.size(); ++i) {
        svg += fmt::format("<path class=\"line{}\" d=\"{}\"/>", i, path_of(plot.lines[i], axes));
        if (plot.lines.size() > 1) {
            svg += fmt::format("<text class=\"line{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", i,
                               left + 8.0, top + 14.0 + 14.0 * static_cast<double>(i),
                               html_text(plot.lines[i].label));
        }
    }
    return svg + "</svg></figure>\n";
}

}  // namespace lagsim::sim
