/// The shipped scenarios, run in this process as `lagsim run scenarios/NAME.yaml --set ...` runs
/// them, and questions to what comes out. Every run is checked against the global invariants.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/time.h"
#include "sim/results/replication_result.h"
#include "sim/scenario/reader.h"

namespace lagsim::library {

using Sets = std::vector<std::string>;
[[nodiscard]] inline Sets operator+(Sets sets, const Sets& more) {
    sets.insert(sets.end(), more.begin(), more.end());
    return sets;
}

/// One replication of one scenario.
struct Outcome {
    sim::ScenarioFile file;
    sim::ReplicationResult result;

    [[nodiscard]] const sim::Scenario& scenario() const { return file.scenario; }
    [[nodiscard]] const sim::ConsumerGroup& group(std::size_t index = 0) const {
        return file.scenario.consumers[index];
    }
    [[nodiscard]] const sim::GroupTotals& totals(std::size_t index = 0) const {
        return result.totals[index];
    }
    /// By its name in the summary.
    [[nodiscard]] double metric(const std::string& name) const;
    /// The first sample not before an instant.
    [[nodiscard]] std::size_t sample(core::Duration time) const;

    // Of the first group, at a sample:
    [[nodiscard]] std::int64_t lag(core::Duration time) const;
    [[nodiscard]] std::int64_t lag(core::Duration time, std::size_t lane) const;
    [[nodiscard]] std::int64_t committed(core::Duration time, std::size_t lane) const;
    [[nodiscard]] std::int32_t replicas(core::Duration time) const;  ///< spec.replicas
    [[nodiscard]] std::int64_t finished(core::Duration time) const;

    /// Mean growth [records/s] between two samples.
    [[nodiscard]] double lag_slope(core::Duration from, core::Duration to, std::size_t lane) const;
    [[nodiscard]] double lag_slope(core::Duration from, core::Duration to) const;
    [[nodiscard]] double throughput(core::Duration from, core::Duration to) const;

    [[nodiscard]] std::size_t lanes() const;
    /// spec.replicas at every sample from an instant on.
    [[nodiscard]] std::set<std::int32_t> replicas_since(core::Duration time) const;
    /// Instants and new values of spec.replicas, in order.
    [[nodiscard]] std::vector<sim::Event> scalings() const;
    [[nodiscard]] std::vector<sim::Event> events(sim::EventKind kind) const;
    [[nodiscard]] std::vector<sim::Decision> syncs() const;
    [[nodiscard]] std::int64_t lost_by(sim::LossCause cause) const;
    [[nodiscard]] std::int64_t duplicates_by(sim::DuplicateCause cause) const;
    /// Partitions of each pod at an instant, by pod; pods without one are absent.
    [[nodiscard]] std::vector<std::vector<std::int32_t>> owned(core::Duration time) const;
};

/// Reads and runs scenarios/NAME.yaml and expects the global invariants to hold.
[[nodiscard]] Outcome play(const std::string& name, const Sets& sets = {},
                           std::uint32_t replication = 0);

/// Path of scenarios/NAME.yaml.
[[nodiscard]] std::string scenario_path(const std::string& name);

/// The texts of the file's own assertions that do not hold over this one replication.
[[nodiscard]] std::vector<std::string> breached_assertions(const Outcome& outcome);

}  // namespace lagsim::library
