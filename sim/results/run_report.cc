#include "sim/results/run_report.h"

#include <algorithm>

#include <Eigen/Core>
#include <fmt/format.h>

#include "core/check.h"
#include "sim/scenario/lanes.h"

namespace lagsim::sim {
namespace {

constexpr core::Duration minute{60'000'000'000};

/// Adds one group's column of a `[sample * groups + group]` series to its sum.
template <class T>
void add_column(std::vector<double>& sum, const std::vector<T>& values, std::size_t group,
                std::size_t groups) {
    const auto samples = static_cast<Eigen::Index>(sum.size());
    const Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, 1>, 0, Eigen::InnerStride<>> column(
        values.data() + group, samples, Eigen::InnerStride<>(static_cast<Eigen::Index>(groups)));
    Eigen::Map<Eigen::VectorXd>(sum.data(), samples) += column.template cast<double>();
}

}  // namespace

double lag_allowed(const ReplicationResult& result, std::size_t group, std::size_t groups) {
    const std::size_t samples = result.sample_times.size();
    if (samples == 0) {
        return 0.0;
    }
    const auto from =
        std::ranges::lower_bound(result.sample_times, result.sample_times.back() - minute);
    const auto first = static_cast<std::size_t>(from - result.sample_times.begin());
    const std::vector<std::int64_t>& produced = result.groups.produced;
    const std::int64_t lately =
        produced[(samples - 1) * groups + group] - produced[first * groups + group];
    return std::max(static_cast<double>(lately), result.totals[group].drain_threshold);
}

bool kept_up(const ReplicationResult& result, std::size_t group, std::size_t groups) {
    if (result.sample_times.empty()) {
        return true;
    }
    const std::size_t last = (result.sample_times.size() - 1) * groups + group;
    return static_cast<double>(result.groups.lag_total[last]) <= lag_allowed(result, group, groups);
}

namespace {

bool has_committed(const ReplicationResult& result, std::int32_t first_lane,
                   std::int32_t end_lane) {
    const std::vector<std::int64_t>& committed = result.lanes.committed_offset;
    const std::size_t lanes = committed.size() / result.sample_times.size();
    const auto last = committed.end() - static_cast<std::ptrdiff_t>(lanes);
    return std::any_of(last + first_lane, last + end_lane,
                       [](std::int64_t offset) { return offset >= 0; });
}

}  // namespace

CourseRecorder::CourseRecorder(const Scenario& scenario)
    : first_lane_(LaneMap(scenario).first_lane) {
    for (const ConsumerGroup& group : scenario.consumers) {
        sums_.push_back({.group = group.group, .lag = {}, .replicas = {}});
    }
}

void CourseRecorder::add(const ReplicationResult& result) {
    const std::size_t samples = result.sample_times.size();
    if (replications_ == 0) {
        for (const core::Instant time : result.sample_times) {
            sample_seconds_.push_back(core::seconds(time));
        }
        for (GroupCourse& sum : sums_) {
            sum.lag.assign(samples, 0.0);
            sum.replicas.assign(samples, 0.0);
        }
    }
    LAGSIM_CHECK(samples == sample_seconds_.size(), "every replication has the same samples");
    ++replications_;
    const std::size_t groups = sums_.size();
    for (std::size_t group = 0; group < groups && samples > 0; ++group) {
        GroupCourse& sum = sums_[group];
        add_column(sum.lag, result.groups.lag_total, group, groups);
        add_column(sum.replicas, result.groups.replicas, group, groups);
        sum.kept_up += kept_up(result, group, groups) ? 1 : 0;
        sum.lag_at_end +=
            static_cast<double>(result.groups.lag_total[(samples - 1) * groups + group]);
        sum.lag_allowed += lag_allowed(result, group, groups);
        sum.uncommitted +=
            has_committed(result, first_lane_[group], first_lane_[group + 1]) ? 0 : 1;
    }
}

std::vector<GroupCourse> CourseRecorder::courses() const {
    std::vector<GroupCourse> means = sums_;
    const double n = std::max(1.0, static_cast<double>(replications_));
    for (GroupCourse& course : means) {
        for (std::vector<double>* values : {&course.lag, &course.replicas}) {
            std::ranges::transform(*values, values->begin(), [n](double sum) { return sum / n; });
        }
        course.lag_at_end /= n;
        course.lag_allowed /= n;
    }
    return means;
}

const MetricSummary& RunReport::metric(std::size_t group, std::string_view name) const {
    const std::size_t a_group = metric_definitions().size();
    const auto found = std::ranges::find(metric_definitions(), name, &MetricDefinition::name);
    LAGSIM_CHECK(found != metric_definitions().end(), "a metric of the table");
    return metrics[group * a_group +
                   static_cast<std::size_t>(found - metric_definitions().begin())];
}

LedgerCounts RunReport::ledger() const {
    LedgerCounts sum;
    for (const LedgerCounts& counts : ledgers) {
        sum += counts;
    }
    return sum;
}

}  // namespace lagsim::sim
