/// A study before it runs: its points, every one of them read and found in order.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "sim/results/sweep_study.h"
#include "sim/scenario/reader.h"
#include "sim/study/sweep_points.h"

namespace lagsim::sim {

/// What is known of a point without keeping its scenario, which can be large.
struct PlannedPoint {
    std::uint32_t replications = 1;
    double seconds = 0.0;        ///< simulated, of one replication
    std::uint64_t resolved = 0;  ///< hash of the scenario with every default
};

class SweepPlan {
  public:
    /// Reads the scenario (`path` may be `-`) at every point, `jobs` at a time; all mistakes of all
    /// points come at once, each with the first point that has it.
    [[nodiscard]] static std::expected<SweepPlan, std::vector<Diagnostic>> read(
        const std::string& path, const ReadOptions& options, const std::string& version,
        unsigned jobs);

    [[nodiscard]] const SweepStudy& study() const { return study_; }
    [[nodiscard]] std::int64_t points() const { return static_cast<std::int64_t>(planned_.size()); }
    /// Points count from 1.
    [[nodiscard]] const PlannedPoint& planned(std::int64_t point) const {
        return planned_.at(static_cast<std::size_t>(point - 1));
    }
    /// All replications of its point are there.
    [[nodiscard]] bool is_finished(const SweepRow& row) const {
        return row.fingerprints.size() >= planned(row.point).replications;
    }
    /// `lagThreshold=500, partitions=12`
    [[nodiscard]] std::string label(std::int64_t point) const;
    /// Read again; the error says that the files have changed since.
    [[nodiscard]] std::expected<Scenario, std::string> scenario(std::int64_t point) const;
    /// Of the scenario itself, without any axis.
    [[nodiscard]] const std::vector<Diagnostic>& warnings() const { return warnings_; }
    /// All points meet the same arrivals: none of the axes is the seed.
    [[nodiscard]] bool shares_seed() const;

  private:
    SweepPlan() = default;
    [[nodiscard]] ReadOptions options_of(std::int64_t point) const;
    [[nodiscard]] std::expected<ScenarioFile, std::vector<Diagnostic>> read_file(
        const ReadOptions& options) const;
    [[nodiscard]] std::vector<Diagnostic> read_points(unsigned jobs);
    void describe(const ScenarioFile& base, const std::string& version);

    std::string path_;
    std::string text_;  ///< of stdin, which can be read only once
    ReadOptions options_;
    std::vector<SweepAxis> axes_;
    std::vector<SweepValues> values_;
    SweepStudy study_;
    std::vector<PlannedPoint> planned_;
    std::vector<Diagnostic> warnings_;
};

}  // namespace lagsim::sim
