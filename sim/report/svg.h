/// Charts that need no script. The plot is a nested SVG of 1000 units a side that stretches with
/// the page; texts and grid lines sit outside it in percent, so that they keep their size on a
/// phone.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lagsim::sim::report {

/// Units of the plot's width and height.
inline constexpr double plot_units = 1000.0;

struct Tick {
    double at = 0.0;  ///< 0 = left or bottom, 1 = right or top
    std::string label;
    bool minor = false;  ///< its label is dropped on small screens
};

struct Chart {
    std::string title;  ///< what it shows, for those who do not see it
    std::string kind;   ///< class
    int height = 220;   ///< [CSS px] of the plot
    std::vector<Tick> x;
    std::vector<Tick> y;
    std::string plot;  ///< SVG in plot units, y downwards
};
[[nodiscard]] std::string svg(const Chart& chart);

/// Round instants that cover 0 .. `seconds`: at most about nine.
[[nodiscard]] std::vector<Tick> time_ticks(double seconds);
/// Round values from 0 to at least `most` and the top of the axis they need.
struct ValueAxis {
    double top = 1.0;
    std::vector<Tick> ticks;
};
[[nodiscard]] ValueAxis value_axis(double most);

struct Point {
    double x = 0.0;  ///< plot units
    double y = 0.0;
};
/// A line through points; a NaN interrupts it.
[[nodiscard]] std::string line_path(std::span<const Point> points, std::string_view kind);
/// The same as steps: a value holds until the next point.
[[nodiscard]] std::string step_path(std::span<const Point> points, std::string_view kind);
/// The area between two lines of as many points.
[[nodiscard]] std::string area_path(std::span<const Point> upper, std::span<const Point> lower,
                                    std::string_view kind);
/// `12.3`: plot units to a tenth, the shortest spelling.
[[nodiscard]] std::string units(double value);

}  // namespace lagsim::sim::report
