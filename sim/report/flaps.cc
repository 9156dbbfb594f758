#include "sim/report/flaps.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "sim/report/causes.h"

namespace lagsim::sim::report {
namespace {

constexpr double memory = 3600.0;  ///< [s] later it is the load that has changed
/// [s] The lag that a rebalance leaves is in the metric at once and stays for some minutes.
constexpr double echo = 300.0;

std::vector<Swing> swings_of(const ReportInput& input, std::size_t group) {
    std::vector<Swing> swings;
    for (const StoredDecision& decision : input.decisions) {
        const std::int64_t change = decision.after - decision.before;
        if (change == 0 || decision.group != input.groups[group].name) {
            continue;
        }
        if (swings.empty() || (swings.back().pods > 0) != (change > 0)) {
            swings.push_back({.from = decision.seconds, .to = decision.seconds});
        }
        Swing& swing = swings.back();
        swing.to = decision.seconds;
        swing.pods += change;
        swing.by_keda += decision.who == "keda" ? 1 : 0;
        ++swing.changes;
    }
    return swings;
}

/// Instants at which scaling took a partition from its owner.
std::vector<double> own_pauses(const ReportInput& input, std::size_t group) {
    const Causes causes(input);
    std::vector<double> times;
    for (const Pause& pause : pauses(input)) {
        const StoredLane& lane = input.run.lanes[static_cast<std::size_t>(pause.lane)];
        if (static_cast<std::size_t>(lane.group) == group && pause.event >= 0) {
            const std::string root = causes.root(pause.event);
            if (root == "scale-up" || root == "scale-down") {
                times.push_back(pause.from);
            }
        }
    }
    std::ranges::sort(times);
    return times;
}

double median(std::vector<double> values) {
    if (values.empty()) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

}  // namespace

Flaps flaps(const ReportInput& input, std::size_t group) {
    Flaps result;
    result.swings = swings_of(input, group);
    const std::vector<double> stops = own_pauses(input, group);
    std::vector<double> starts;
    std::vector<double> amplitudes;
    for (std::size_t i = 1; i < result.swings.size(); ++i) {
        const Swing& before = result.swings[i - 1];
        const Swing& after = result.swings[i];
        if (after.from - before.to > memory) {
            continue;
        }
        const std::int64_t undone = std::min(std::abs(before.pods), std::abs(after.pods));
        result.undone += undone;
        ++result.flaps;
        result.by_keda += 2 * after.by_keda > after.changes ? 1 : 0;
        starts.push_back(after.from);
        amplitudes.push_back(static_cast<double>(undone));
        if (after.pods > 0) {
            ++result.upwards;
            const auto stop = std::ranges::lower_bound(stops, after.from - echo);
            result.echoes += stop != stops.end() && *stop <= after.from ? 1 : 0;
        }
    }
    std::vector<double> periods;
    for (std::size_t i = 2; i < starts.size(); ++i) {
        periods.push_back(starts[i] - starts[i - 2]);
    }
    result.period = median(periods);
    result.amplitude = median(amplitudes);
    result.score = 3600.0 * static_cast<double>(result.undone) / std::max(input.seconds(), 1e-9);
    return result;
}

std::string loop_in_words(const Flaps& flaps) {
    if (flaps.flaps == 0) {
        return "Nothing that was scaled was undone within an hour.";
    }
    if (2 * flaps.by_keda > flaps.flaps) {
        return fmt::format(
            "KEDA's own loop, activation and scale to zero or minimum: it made most "
            "changes of {} of {} flaps.",
            flaps.by_keda, flaps.flaps);
    }
    if (2 * flaps.echoes > flaps.upwards && flaps.upwards > 0) {
        return fmt::format(
            "The HPA answers itself: {} of {} flaps upwards begin within 5 minutes "
            "after scaling took partitions from their owners, which leaves lag.",
            flaps.echoes, flaps.upwards);
    }
    return fmt::format(
        "The HPA follows the metric up and down: only {} of {} flaps upwards begin "
        "within 5 minutes of a rebalance that scaling caused.",
        flaps.echoes, flaps.upwards);
}

}  // namespace lagsim::sim::report
