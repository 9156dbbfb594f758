/// A small picture of lines over two axes, as inline SVG: enough to judge a fit by eye.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace lagsim::sim {

struct PlotLine {
    std::string label;
    std::vector<std::pair<double, double>> points;  ///< x ascending
    bool stairs = false;                            ///< a value holds until the next point
};

struct Plot {
    std::string title;
    std::string x_label;
    std::string y_label;
    std::vector<PlotLine> lines;  ///< at most three, by classes line0 to line2
};

/// Empty if nothing is to be drawn. At most some thousand points a line are drawn: of more, the
/// lowest and highest of each pixel's.
[[nodiscard]] std::string svg_plot(const Plot& plot);

/// With &, <, > and quotes as entities.
[[nodiscard]] std::string html_text(const std::string& text);

}  // namespace lagsim::sim
