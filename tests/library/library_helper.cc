#include "tests/library/library_helper.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <stdexcept>
#include <utility>

#include <gtest/gtest.h>

#include "sim/engine/engine.h"
#include "sim/results/summary.h"
#include "sim/study/assertions.h"
#include "tests/library/invariants_helper.h"
#include "tree_paths.h"

namespace lagsim::library {

using core::Duration;

std::string scenario_path(const std::string& name) {
    return std::string(LAGSIM_SOURCE_DIR) + "/scenarios/" + name + ".yaml";
}

Outcome play(const std::string& name, const Sets& sets, std::uint32_t replication) {
    std::string trace = "lagsim run scenarios/" + name + ".yaml";
    for (const std::string& set : sets) {
        trace += " --set '" + set + "'";
    }
    const testing::ScopedTrace context(__FILE__, __LINE__, trace);
    auto file = sim::read_scenario(scenario_path(name), {.overlays = {}, .sets = sets});
    if (!file) {
        throw std::runtime_error(trace + "\n" + sim::render_diagnostics(file.error(), false));
    }
    sim::RunControl control;
    auto result =
        sim::run_replication(file->scenario, replication, sim::EngineKind::lanes, control);
    Outcome outcome{.file = std::move(*file), .result = std::move(result.value())};
    expect_global_invariants(outcome);
    return outcome;
}

std::vector<std::string> breached_assertions(const Outcome& outcome) {
    sim::Summary summary(outcome.scenario());
    summary.add(sim::replication_metrics(outcome.scenario(), outcome.result), outcome.result);
    std::vector<std::string> breached;
    for (const sim::AssertionOutcome& assertion :
         sim::judge(outcome.scenario(), summary.metrics())) {
        if (!assertion.held) {
            breached.push_back(assertion.text + ", but " + std::to_string(assertion.value));
        }
    }
    return breached;
}

double Outcome::metric(const std::string& name) const {
    const std::vector<std::string> names = sim::metric_names(scenario());
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) {
        throw std::out_of_range("no metric " + name);
    }
    return sim::replication_metrics(scenario(),
                                    result)[static_cast<std::size_t>(found - names.begin())];
}

std::size_t Outcome::sample(Duration time) const {
    const auto found = std::ranges::lower_bound(result.sample_times, core::Instant{time});
    if (found == result.sample_times.end()) {
        throw std::out_of_range("no sample so late");
    }
    return static_cast<std::size_t>(found - result.sample_times.begin());
}

std::size_t Outcome::lanes() const {
    return result.lanes.lag.size() / result.sample_times.size();
}

std::int64_t Outcome::lag(Duration time) const {
    return result.groups.lag_total[sample(time) * result.totals.size()];
}
std::int64_t Outcome::lag(Duration time, std::size_t lane) const {
    return result.lanes.lag[sample(time) * lanes() + lane];
}
std::int64_t Outcome::committed(Duration time, std::size_t lane) const {
    return result.lanes.committed_offset[sample(time) * lanes() + lane];
}
std::int32_t Outcome::replicas(Duration time) const {
    return result.groups.desired_replicas[sample(time) * result.totals.size()];
}
std::int64_t Outcome::finished(Duration time) const {
    return result.groups.finished[sample(time) * result.totals.size()];
}

double Outcome::lag_slope(Duration from, Duration to, std::size_t lane) const {
    return static_cast<double>(lag(to, lane) - lag(from, lane)) / core::seconds(to - from);
}
double Outcome::lag_slope(Duration from, Duration to) const {
    return static_cast<double>(lag(to) - lag(from)) / core::seconds(to - from);
}
double Outcome::throughput(Duration from, Duration to) const {
    return static_cast<double>(finished(to) - finished(from)) / core::seconds(to - from);
}

std::set<std::int32_t> Outcome::replicas_since(Duration time) const {
    std::set<std::int32_t> counts;
    for (std::size_t i = sample(time); i < result.sample_times.size(); ++i) {
        counts.insert(result.groups.desired_replicas[i * result.totals.size()]);
    }
    return counts;
}

std::vector<sim::Event> Outcome::events(sim::EventKind kind) const {
    std::vector<sim::Event> found;
    std::ranges::copy_if(result.events, std::back_inserter(found),
                         [kind](const sim::Event& event) { return event.kind == kind; });
    return found;
}

std::vector<sim::Event> Outcome::scalings() const {
    std::vector<sim::Event> found;
    std::ranges::copy_if(result.events, std::back_inserter(found), [](const sim::Event& event) {
        return event.kind == sim::EventKind::scale_up || event.kind == sim::EventKind::scale_down;
    });
    return found;
}

std::vector<sim::Decision> Outcome::syncs() const {
    std::vector<sim::Decision> found;
    std::ranges::copy_if(
        result.decisions, std::back_inserter(found),
        [](const sim::Decision& decision) { return decision.who == sim::DecisionMaker::hpa; });
    return found;
}

namespace {
std::int64_t offsets_blamed_on(const std::vector<sim::LedgerInterval>& intervals,
                               std::uint8_t cause) {
    std::int64_t sum = 0;
    for (const sim::LedgerInterval& interval : intervals) {
        sum += interval.cause == cause ? interval.last - interval.first + 1 : 0;
    }
    return sum;
}
}  // namespace

std::int64_t Outcome::lost_by(sim::LossCause cause) const {
    return offsets_blamed_on(result.lost, static_cast<std::uint8_t>(cause));
}
std::int64_t Outcome::duplicates_by(sim::DuplicateCause cause) const {
    return offsets_blamed_on(result.duplicates, static_cast<std::uint8_t>(cause));
}

std::vector<std::vector<std::int32_t>> Outcome::owned(Duration time) const {
    std::map<std::int32_t, std::vector<std::int32_t>> lanes_of_pod;
    for (const sim::Event& event : result.events) {
        if (event.time > core::Instant{time}) {
            break;
        }
        if (event.kind == sim::EventKind::partition_assigned) {
            lanes_of_pod[event.pod].push_back(event.lane);
        } else if (event.kind == sim::EventKind::partition_revoked ||
                   event.kind == sim::EventKind::partition_lost) {
            std::erase(lanes_of_pod[event.pod], event.lane);
        }
    }
    std::vector<std::vector<std::int32_t>> owned;
    for (auto& [pod, lanes] : lanes_of_pod) {
        if (!lanes.empty()) {
            owned.push_back(std::move(lanes));
        }
    }
    return owned;
}

}  // namespace lagsim::library
