#include "sim/study/sweep_runner.h"

#include <algorithm>
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

/// The replications of one point, in order.
class PointCollector {
  public:
    explicit PointCollector(std::shared_ptr<const Scenario> scenario)
        : scenario_(std::move(scenario)), summary_(*scenario_) {}

    void add(const ReplicationResult& result) {
        std::vector<double> metrics = replication_metrics(*scenario_, result);
        summary_.add(metrics, result);
        // Files of JSON know no infinity, and a point must not depend on whether it was one.
        std::ranges::replace_if(
            metrics, [](double value) { return !std::isfinite(value); },
            std::numeric_limits<double>::quiet_NaN());
        row_.fingerprints.push_back(result.fingerprint);
        row_.metrics.push_back(std::move(metrics));
    }
    [[nodiscard]] SweepRow finish(std::int64_t point) {
        row_.point = point;
        row_.assertions_held = all_held(judge(*scenario_, summary_.metrics()));
        return std::move(row_);
    }
    [[nodiscard]] std::size_t replications() const { return row_.fingerprints.size(); }

  private:
    std::shared_ptr<const Scenario> scenario_;
    Summary summary_;
    SweepRow row_;
};

class SweepRun {
  public:
    SweepRun(const SweepPlan& plan, std::vector<SweepRow> found, const SweepRunOptions& options)
        : plan_(plan), options_(options), scenarios_(plan) {
        outcome_.found = static_cast<std::int64_t>(found.size());
        outcome_.rows = std::move(found);
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
        if (const auto ran = run_units(plan); !ran) {
            return std::unexpected(ran.error());
        }
        std::ranges::sort(outcome_.rows, {}, &SweepRow::point);
        return std::move(outcome_);
    }

  private:
    void add_units(std::int64_t point) {
        const PlannedPoint& planned = plan_.planned(point);
        for (std::uint32_t replication = 0; replication < planned.replications; ++replication) {
            units_.push_back({point, replication});
        }
        seconds_ += planned.seconds * planned.replications;
    }

    /// Results come in the order of the units.
    std::expected<void, std::string> take(const ReplicationResult& result) {
        const std::int64_t point = units_[taken_++].point;
        if (!collector_) {
            collector_ = std::make_unique<PointCollector>(scenarios_.get(point));
        }
        collector_->add(result);
        if (collector_->replications() < plan_.planned(point).replications) {
            return {};
        }
        outcome_.rows.push_back(collector_->finish(point));
        collector_.reset();
        scenarios_.close(point);
        return options_.directory != nullptr ? options_.directory->add(outcome_.rows.back())
                                             : std::expected<void, std::string>();
    }

    const SweepPlan& plan_;
    const SweepRunOptions& options_;
    OpenScenarios scenarios_;
    std::vector<Unit> units_;
    double seconds_ = 0.0;  ///< simulated time of all units
    std::size_t taken_ = 0;
    std::unique_ptr<PointCollector> collector_;
    SweepOutcome outcome_;
};

}  // namespace

std::expected<SweepOutcome, std::string> run_sweep(const SweepPlan& plan,
                                                   std::vector<SweepRow> found,
                                                   const SweepRunOptions& options) {
    return SweepRun(plan, std::move(found), options).execute();
}

}  // namespace lagsim::sim
