/// Who owned which partition when.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/report/causes.h"
#include "sim/report/decision_words.h"
#include "sim/report/html.h"
#include "sim/report/sections.h"
#include "sim/report/svg.h"
#include "sim/results/sparkline.h"

namespace lagsim::sim::report {
namespace {

constexpr std::size_t most_rows = 64;
constexpr std::size_t most_bars = 6000;
constexpr std::size_t most_pods = 100;
constexpr std::int32_t colors = 10;

struct Bar {
    Ownership owned;
    std::size_t row = 0;
};

struct Gantt {
    std::size_t rows = 0;
    std::vector<Bar> bars;
    double shortest = 0.0;  ///< [s] shorter ones are left out; 0 = none is
};

Gantt gantt_of(const Place& place) {
    const std::vector<std::size_t>& lanes = place.of().lanes;
    Gantt gantt;
    gantt.rows = std::min(lanes.size(), most_rows);
    std::vector<double> lengths;
    for (const Ownership& owned : ownership(place.input)) {
        const auto lane = static_cast<std::size_t>(owned.lane);
        const auto found = std::ranges::lower_bound(lanes, lane);
        const auto row = static_cast<std::size_t>(found - lanes.begin());
        if (row < gantt.rows && *found == lane) {
            gantt.bars.push_back({owned, row});
            lengths.push_back(owned.to - owned.from);
        }
    }
    if (lengths.size() > most_bars) {
        const auto limit = lengths.begin() + static_cast<std::ptrdiff_t>(most_bars);
        std::ranges::nth_element(lengths, limit, std::greater());
        gantt.shortest = *limit;
        std::erase_if(gantt.bars, [&](const Bar& bar) {
            return bar.owned.to - bar.owned.from <= gantt.shortest;
        });
    }
    return gantt;
}

std::string bars(const Place& place, const Gantt& gantt) {
    std::array<std::string, colors> paths;
    const double scale = plot_units / std::max(place.input.seconds(), 1e-9);
    const double height = plot_units / static_cast<double>(gantt.rows);
    for (const Bar& bar : gantt.bars) {
        const auto color = static_cast<std::size_t>(std::max(0, bar.owned.pod) % colors);
        paths[color] += fmt::format("M{} {}h{}", units(bar.owned.from * scale),
                                    units((static_cast<double>(bar.row) + 0.5) * height),
                                    units((bar.owned.to - bar.owned.from) * scale));
    }
    std::string text;
    for (std::size_t color = 0; color < paths.size(); ++color) {
        if (!paths[color].empty()) {
            text += fmt::format("<path class=\"owner owner{}\" stroke-width=\"{}\" d=\"{}\"/>\n",
                                color, units(height * 0.8), paths[color]);
        }
    }
    return text;
}

nlohmann::ordered_json data_of(const Place& place, const Gantt& gantt) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    nlohmann::ordered_json names = nlohmann::ordered_json::array();
    for (std::size_t row = 0; row < gantt.rows; ++row) {
        names.push_back(place.input.lane_name(place.of().lanes[row]));
        rows.push_back(nlohmann::ordered_json::array());
    }
    for (const Bar& bar : gantt.bars) {
        auto& row = rows[bar.row];
        row.push_back(bar.owned.pod);
        row.push_back(static_cast<std::int64_t>(bar.owned.from));
        row.push_back(static_cast<std::int64_t>(bar.owned.to));
    }
    return {{"seconds", place.input.seconds()}, {"names", names}, {"rows", rows}};
}

struct PodTime {
    std::int32_t pod = 0;
    double seconds = 0.0;  ///< partition-seconds
    double from = HUGE_VAL;
    double to = 0.0;
    std::int64_t times = 0;
};

std::string pods(const Place& place) {
    std::map<std::int32_t, PodTime> by_pod;
    for (const Ownership& owned : ownership(place.input)) {
        if (place.input.run.lanes[static_cast<std::size_t>(owned.lane)].group !=
            static_cast<std::int32_t>(place.group)) {
            continue;
        }
        PodTime& pod = by_pod[owned.pod];
        pod.pod = owned.pod;
        pod.seconds += owned.to - owned.from;
        pod.from = std::min(pod.from, owned.from);
        pod.to = std::max(pod.to, owned.to);
        ++pod.times;
    }
    Table table{.caption = fmt::format("Pods that owned partitions: {}", by_pod.size()),
                .head = {"pod", "first", "until", "partitions handed over", "partition time owned"},
                .rows = {},
                .kind = "numbers"};
    for (const auto& [number, pod] : by_pod) {
        if (table.rows.size() == most_pods) {
            break;
        }
        table.rows.push_back({fmt::format("{}", number), escaped(clock_time(std::round(pod.from))),
                              escaped(clock_time(std::round(pod.to))), fmt::format("{}", pod.times),
                              escaped(clock_time(std::round(pod.seconds)))});
    }
    const std::string rest =
        by_pod.size() > most_pods
            ? paragraph(fmt::format("The first {} are listed.", most_pods), "note")
            : "";
    return details("The pods as a table", html(table) + rest);
}

}  // namespace

std::string owners(const Place& place) {
    const Gantt gantt = gantt_of(place);
    const std::string id = place.id + "owners";
    if (gantt.bars.empty()) {
        return section(
            id, "Who owned which partition",
            paragraph("No partition was assigned to a member (share groups assign none)."));
    }
    Chart chart{.title = "Owner of each partition over time",
                .kind = "gantt",
                .height = static_cast<int>(std::clamp<std::size_t>(gantt.rows * 13, 60, 416)),
                .x = time_ticks(place.input.seconds()),
                .y = {},
                .plot = bars(place, gantt)};
    const std::size_t every = (gantt.rows + 7) / 8;
    for (std::size_t row = 0; row < gantt.rows; row += every) {
        chart.y.push_back(
            {.at = 1.0 - static_cast<double>(row + 1) / static_cast<double>(gantt.rows),
             .label = place.input.lane_name(place.of().lanes[row])});
    }
    std::string text =
        "A bar is the time between assigned and revoked or lost; gaps have no owner. "
        "Colours repeat every ten pods.";
    if (gantt.rows < place.of().lanes.size()) {
        text += fmt::format(" The first {} of {} partitions are drawn.", gantt.rows,
                            place.of().lanes.size());
    }
    if (gantt.shortest > 0.0) {
        text += fmt::format(" Bars of up to {} are left out.", readable_seconds(gantt.shortest));
    }
    return section(
        id, "Who owned which partition",
        paragraph(escaped(text), "note") +
            fmt::format("<div class=\"hover\" data-owners=\"{0}owners-data\">{1}</div>\n", place.id,
                        svg(chart)) +
            pods(place) + data_element(place.id + "owners-data", data_of(place, gantt)));
}

}  // namespace lagsim::sim::report
