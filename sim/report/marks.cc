#include "sim/report/marks.h"

#include <algorithm>
#include <map>

#include "sim/report/causes.h"

namespace lagsim::sim::report {
namespace {

void add_decisions(const Place& place, Marks& marks) {
    for (const StoredDecision& decision : place.input.decisions) {
        if (decision.group != place.of().name) {
            continue;
        }
        (decision.who == "hpa" ? marks.syncs : marks.polls).push_back(decision.seconds);
        if (decision.before != decision.after) {
            marks.changes.push_back(decision.seconds);
        }
    }
}

void add_events(const Place& place, Marks& marks) {
    const std::vector<Event>& events = place.input.drawn.events;
    std::map<std::int64_t, std::size_t> faults;  // fault -> its span
    const Causes causes(place.input);
    bool rebalancing = false;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const Event& event = events[i];
        const double now = core::seconds(event.time);
        const bool own = event.group < 0 || static_cast<std::size_t>(event.group) == place.group;
        if (event.kind == EventKind::fault_started && own) {
            faults[event.value] = marks.faults.size();
            marks.faults.push_back({now, now, causes.root(static_cast<std::int64_t>(i))});
        } else if (event.kind == EventKind::fault_ended && faults.contains(event.value)) {
            marks.faults[faults[event.value]].to = now;
        } else if (event.kind == EventKind::rebalance_started && own && !rebalancing) {
            rebalancing = true;
            marks.rebalances.push_back({now, place.input.seconds()});
        } else if (event.kind == EventKind::rebalance_completed && own && rebalancing) {
            rebalancing = false;
            marks.rebalances.back().to = now;
        }
    }
}

}  // namespace

Marks marks(const Place& place) {
    Marks all;
    add_decisions(place, all);
    add_events(place, all);
    return all;
}

std::vector<double> thinned(const std::vector<double>& times, double seconds, std::size_t most) {
    std::vector<double> kept;
    std::size_t next = 0;
    for (const double time : times) {
        const auto part = static_cast<std::size_t>(
            std::max(0.0, time / std::max(seconds, 1e-9) * static_cast<double>(most)));
        if (part >= next) {
            kept.push_back(time);
            next = part + 1;
        }
    }
    return kept;
}

}  // namespace lagsim::sim::report
