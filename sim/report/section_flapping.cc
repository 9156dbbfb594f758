/// The flap score: see flaps.h.
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "sim/report/flaps.h"
#include "sim/report/html.h"
#include "sim/report/sections.h"
#include "sim/results/sparkline.h"

namespace lagsim::sim::report {
namespace {

struct Tally {
    std::int64_t up = 0;
    std::int64_t down = 0;
    std::int64_t pods = 0;
};

std::string who_changed(const Place& place) {
    std::map<std::pair<std::string, std::string>, Tally> tallies;
    for (const StoredDecision& decision : place.input.decisions) {
        const std::int64_t change = decision.after - decision.before;
        if (change != 0 && decision.group == place.of().name) {
            Tally& tally = tallies[{decision.who, decision.limited_by}];
            ++(change > 0 ? tally.up : tally.down);
            tally.pods += std::abs(change);
        }
    }
    Table table{.caption = "Who changed the replicas",
                .head = {"who", "limited by", "up", "down", "pods moved"},
                .rows = {},
                .kind = "numbers"};
    for (const auto& [who, tally] : tallies) {
        table.rows.push_back({who.first == "hpa" ? "HPA" : "KEDA", escaped(who.second),
                              fmt::format("{}", tally.up), fmt::format("{}", tally.down),
                              fmt::format("{}", tally.pods)});
    }
    return table.rows.empty() ? "" : html(table);
}

}  // namespace

std::string flapping(const Place& place) {
    const Flaps found = flaps(place.input, place.group);
    const std::string id = place.id + "flapping";
    if (found.swings.empty()) {
        return section(id, "Flapping", paragraph("The replicas were never changed."));
    }
    Table table{
        .caption = "Flap score",
        .head = {"score", "flaps", "pods undone", "amplitude, median", "period, median"},
        .rows = {{readable_number(found.score) + " pods/h", fmt::format("{}", found.flaps),
                  fmt::format("{}", found.undone),
                  std::isnan(found.amplitude) ? "–" : readable_number(found.amplitude) + " pods",
                  std::isnan(found.period) ? "–" : escaped(short_seconds(found.period))}},
        .kind = "numbers"};
    return section(
        id, "Flapping",
        paragraph("A flap is a change of direction within an hour; the score is the pods an hour "
                  "that were started and stopped again, or the reverse.",
                  "note") +
            html(table) + paragraph(escaped(loop_in_words(found))) + who_changed(place));
}

}  // namespace lagsim::sim::report
