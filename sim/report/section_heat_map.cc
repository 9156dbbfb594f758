/// Partitions × time: where the lag sits. Each cell shows the highest sample in it.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/report/envelope.h"
#include "sim/report/html.h"
#include "sim/report/sections.h"
#include "sim/report/svg.h"
#include "sim/results/sparkline.h"

namespace lagsim::sim::report {
namespace {

constexpr std::size_t most_rows = 64;
constexpr std::size_t most_columns = 240;
constexpr std::size_t levels = 8;

struct Grid {
    std::vector<Stretch> rows;        ///< of the group's lanes
    std::vector<Stretch> columns;     ///< of samples
    std::vector<std::int64_t> cells;  ///< [row * columns + column] records
    std::int64_t most = 0;
};

Grid grid_of(const Place& place) {
    const ReplicationResult& result = place.input.drawn;
    const std::vector<std::size_t>& lanes = place.of().lanes;
    const std::size_t width = place.input.run.lanes.size();
    Grid grid{.rows = stretches(lanes.size(), most_rows),
              .columns = stretches(result.sample_times.size(), most_columns),
              .cells = {},
              .most = 0};
    for (const Stretch& row : grid.rows) {
        for (const Stretch& column : grid.columns) {
            std::int64_t most = 0;
            for (std::size_t sample = column.first; sample <= column.last; ++sample) {
                for (std::size_t lane = row.first; lane <= row.last; ++lane) {
                    most = std::max(most, result.lanes.lag.at(sample * width + lanes[lane]));
                }
            }
            grid.cells.push_back(most);
            grid.most = std::max(grid.most, most);
        }
    }
    return grid;
}

/// 0 = no lag; 1 .. levels on a logarithmic scale up to the highest.
std::size_t level_of(std::int64_t value, std::int64_t most) {
    if (value <= 0) {
        return 0;
    }
    const double part =
        most <= 1 ? 1.0
                  : std::log(static_cast<double>(value)) / std::log(static_cast<double>(most));
    return 1 + std::min(levels - 1, static_cast<std::size_t>(part * levels));
}

/// Neighbours of one level are one stroke; a level is one path.
std::string cells(const Grid& grid) {
    std::array<std::string, levels + 1> paths;
    const double width = plot_units / static_cast<double>(grid.columns.size());
    const double height = plot_units / static_cast<double>(grid.rows.size());
    for (std::size_t row = 0; row < grid.rows.size(); ++row) {
        const auto level = [&](std::size_t column) {
            return level_of(grid.cells[row * grid.columns.size() + column], grid.most);
        };
        for (std::size_t begin = 0, end = 0; begin < grid.columns.size(); begin = end) {
            for (end = begin + 1; end < grid.columns.size() && level(end) == level(begin);) {
                ++end;
            }
            paths[level(begin)] +=
                fmt::format("M{} {}h{}", units(static_cast<double>(begin) * width),
                            units((static_cast<double>(row) + 0.5) * height),
                            units(static_cast<double>(end - begin) * width));
        }
    }
    std::string text;
    for (std::size_t level = 1; level <= levels; ++level) {
        if (!paths[level].empty()) {
            text += fmt::format("<path class=\"heat heat{}\" stroke-width=\"{}\" d=\"{}\"/>\n",
                                level, units(height * 0.96), paths[level]);
        }
    }
    return text;
}

std::string legend(std::int64_t most) {
    std::string items;
    for (std::size_t level = 1; level <= levels; ++level) {
        const double from = std::pow(static_cast<double>(most),
                                     static_cast<double>(level - 1) / static_cast<double>(levels));
        items += fmt::format("<li><span class=\"key heat{}\"></span>{}</li>", level,
                             escaped(readable_number(std::floor(from))));
    }
    return "<ul class=\"legend\"><li>from, records:</li>" + items + "</ul>\n";
}

std::vector<std::string> row_names(const Place& place, const Grid& grid) {
    std::vector<std::string> names;
    for (const Stretch& row : grid.rows) {
        const std::string first = place.input.lane_name(place.of().lanes[row.first]);
        names.push_back(row.first == row.last
                            ? first
                            : first + " to " + place.input.lane_name(place.of().lanes[row.last]));
    }
    return names;
}

}  // namespace

std::string heat_map(const Place& place) {
    const Grid grid = grid_of(place);
    if (grid.most == 0) {
        return section(place.id + "heat", "Lag by partition",
                       paragraph("No partition had any lag at any sample."));
    }
    const std::vector<std::string> names = row_names(place, grid);
    Chart chart{.title = "Lag of each partition over time",
                .kind = "heat-map",
                .height = static_cast<int>(std::clamp<std::size_t>(names.size() * 13, 60, 416)),
                .x = time_ticks(place.input.seconds()),
                .y = {},
                .plot = cells(grid)};
    const std::size_t every = (names.size() + 7) / 8;
    for (std::size_t row = 0; row < names.size(); row += every) {
        chart.y.push_back(
            {.at = 1.0 - static_cast<double>(row + 1) / static_cast<double>(names.size()),
             .label = names[row]});
    }
    const nlohmann::ordered_json data{{"seconds", place.input.seconds()},
                                      {"rows", names},
                                      {"columns", grid.columns.size()},
                                      {"cells", grid.cells}};
    std::string text = fmt::format(
        "Each cell is the highest of its samples; the highest of all is {} "
        "records. The scale is logarithmic.",
        readable_number(static_cast<double>(grid.most)));
    if (grid.rows.size() < place.of().lanes.size()) {
        text +=
            fmt::format(" {} partitions share {} rows.", place.of().lanes.size(), grid.rows.size());
    }
    return section(place.id + "heat", "Lag by partition",
                   paragraph(escaped(text), "note") + legend(grid.most) +
                       fmt::format("<div class=\"hover\" data-heat=\"{0}heat-data\">{1}</div>\n",
                                   place.id, svg(chart)) +
                       data_element(place.id + "heat-data", data));
}

}  // namespace lagsim::sim::report
