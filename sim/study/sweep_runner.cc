#include "sim/study/sweep_runner.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "sim/study/assertions.h"

namespace lagsim::sim {
namespace {

struct Unit {
    std::int64_t point = 0;
    std::uint32_t replication = 0;
};

/// Scenarios of the points in work. Those of a whole study would not fit into memory where each
/// holds a trace, so a point's is read when its first replication starts.
class OpenScenarios {
  public:
    explicit OpenScenarios(const SweepPlan& plan) : plan_(plan) {}

    /// Throws where the files have changed.
    std::shared_ptr<const Scenario> get(std::int64_t point) {
        const std::lock_guard lock(mutex_);
        std::shared_ptr<const Scenario>& scenario = open_[point];
        if (!scenario) {
            auto read = plan_.scenario(point);
            if (!read) {
                throw std::runtime_error(read.error());
            }
            scenario = std::make_shared<const Scenario>(std::move(*read));
        }
        return scenario;
    }
    void close(std::int64_t point) {
        const std::lock_guard lock(mutex_);
        open_.erase(point);
    }

  private:
    const SweepPlan& plan_;
    std::mutex mutex_;
    std::map<std::int64_t, std::shared_ptr<const Scenario>> open_;
};

/// A point with so many replications can be long: its file is written before it is finished, but
/// not so often that the disk would decide about the pace.
constexpr std::chrono::seconds between_writes{5};

/// The replications of one point, in order.
class PointCollector {
  public:
    PointCollector(std::shared_ptr<const Scenario> scenario, const SweepStudy& study, SweepRow row)
        : scenario_(std::move(scenario)), study_(study), row_(std::move(row)) {}

    void add(const ReplicationResult& result) {
        std::vector<double> metrics = replication_metrics(*scenario_, result);
        // Files of JSON know no infinity, and a point must not depend on whether it was one.
        std::ranges::replace_if(
            metrics, [](double value) { return !std::isfinite(value); },
            std::numeric_limits<double>::quiet_NaN());
        row_.fingerprints.push_back(result.fingerprint);
        row_.metrics.push_back(std::move(metrics));
    }
    [[nodiscard]] SweepRow finish() {
        std::vector<MetricSummary> metrics;
        for (std::size_t m = 0; m < study_.metrics.size(); ++m) {
            const SweepMetric& metric = study_.metrics[m];
            metrics.push_back({metric.name, metric.unit, metric.meaning, interval_of(row_, m), {}});
            for (const std::vector<double>& replication : row_.metrics) {
                metrics.back().values.push_back(replication[m]);
            }
        }
        row_.assertions_held = all_held(judge(*scenario_, metrics));
        return std::move(row_);
    }
    [[nodiscard]] const SweepRow& row() const { return row_; }

  private:
    std::shared_ptr<const Scenario> scenario_;
    const SweepStudy& study_;
    SweepRow row_;
};

class SweepRun {
  public:
    SweepRun(const SweepPlan& plan, std::vector<SweepRow> found, const SweepRunOptions& options)
        : plan_(plan), options_(options), scenarios_(plan) {
        for (SweepRow& row : found) {
            if (plan.is_finished(row)) {
                outcome_.rows.push_back(std::move(row));
            } else {
                const std::int64_t point = row.point;
                begun_.emplace(point, std::move(row));
            }
        }
        outcome_.found = static_cast<std::int64_t>(outcome_.rows.size());
        for (std::int64_t point = 1; point <= plan.points(); ++point) {
            if (!options.shard.has(point)) {
                continue;
            }
            ++outcome_.planned;
            if (!std::ranges::binary_search(outcome_.rows, point, {}, &SweepRow::point)) {
                add_units(point);
            }
        }
    }

    std::expected<SweepOutcome, std::string> execute() {
        if (units_.empty()) {
            return std::move(outcome_);
        }
        const RunnerPlan plan{
            .units = static_cast<std::uint32_t>(units_.size()),
            .jobs = options_.jobs,
            .unit_seconds = seconds_ / static_cast<double>(units_.size()),
            .work =
                [this](std::uint32_t index, RunControl& control) {
                    const Unit unit = units_[index];
                    const auto scenario = scenarios_.get(unit.point);
                    return run_replication(*scenario, unit.replication, options_.engine, control);
                },
            .consume = [this](const ReplicationResult& result) { return take(result); },
            .progress = options_.progress,
            .interrupts = options_.interrupts};
        const auto ran = run_units(plan);
        // Whatever ended the run, replications of the last point may be there.
        const auto kept = collector_ ? keep(collector_->row()) : std::expected<void, std::string>();
        if (!ran || !kept) {
            return std::unexpected(ran ? kept.error() : ran.error());
        }
        std::ranges::sort(outcome_.rows, {}, &SweepRow::point);
        return std::move(outcome_);
    }

  private:
    void add_units(std::int64_t point) {
        const PlannedPoint& planned = plan_.planned(point);
        const auto begun = begun_.find(point);
        const std::size_t done = begun == begun_.end() ? 0 : begun->second.fingerprints.size();
        for (auto replication = static_cast<std::uint32_t>(done);
             replication < planned.replications; ++replication) {
            units_.push_back({point, replication});
            seconds_ += planned.seconds;
        }
    }

    /// Results come in the order of the units.
    std::expected<void, std::string> take(const ReplicationResult& result) {
        const std::int64_t point = units_[taken_++].point;
        if (!collector_) {
            const auto begun = begun_.find(point);
            collector_ = std::make_unique<PointCollector>(
                scenarios_.get(point), plan_.study(),
                begun == begun_.end() ? SweepRow{.point = point} : std::move(begun->second));
        }
        collector_->add(result);
        if (!plan_.is_finished(collector_->row())) {
            const bool late = std::chrono::steady_clock::now() - written_ >= between_writes;
            return late ? keep(collector_->row()) : std::expected<void, std::string>();
        }
        outcome_.rows.push_back(collector_->finish());
        collector_.reset();
        scenarios_.close(point);
        return keep(outcome_.rows.back());
    }
    std::expected<void, std::string> keep(const SweepRow& row) {
        written_ = std::chrono::steady_clock::now();
        return options_.directory != nullptr ? options_.directory->add(row)
                                             : std::expected<void, std::string>();
    }

    const SweepPlan& plan_;
    const SweepRunOptions& options_;
    OpenScenarios scenarios_;
    std::map<std::int64_t, SweepRow> begun_;  ///< points of before that lack replications
    std::vector<Unit> units_;
    double seconds_ = 0.0;  ///< simulated time of all units
    std::size_t taken_ = 0;
    std::unique_ptr<PointCollector> collector_;
    std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now();
    SweepOutcome outcome_;
};

}  // namespace

std::expected<SweepOutcome, std::string> run_sweep(const SweepPlan& plan,
                                                   std::vector<SweepRow> found,
                                                   const SweepRunOptions& options) {
    return SweepRun(plan, std::move(found), options).execute();
}

}  // namespace lagsim::sim
