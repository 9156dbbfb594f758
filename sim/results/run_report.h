/// What a run has to say at its end: the JSON object and the picture for people are two spellings
/// of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/results/replication_result.h"
#include "sim/results/summary.h"
#include "sim/scenario/scenario.h"

namespace lagsim::sim {

struct AssertionOutcome {
    std::string text;
    bool held = false;
    /// What was compared: the mean, or the value of the replication that is farthest on the wrong
    /// side. NaN = undefined, which holds nothing.
    double value = 0.0;
};

/// One consumer group over the run, mean over replications at each sample.
struct GroupCourse {
    std::string group;
    std::vector<double> lag;       ///< [sample]
    std::vector<double> replicas;  ///< [sample]
    std::int64_t kept_up = 0;      ///< replications in which it did; see `kept_up`
    double lag_at_end = 0.0;       ///< [records] mean over replications
    double lag_allowed = 0.0;      ///< [records] mean over replications
    std::int64_t uncommitted = 0;  ///< replications that end without any committed offset
};

/// Adds up series in index order, so that the means do not depend on the number of threads.
class CourseRecorder {
  public:
    explicit CourseRecorder(const Scenario& scenario);
    void add(const ReplicationResult& result);
    [[nodiscard]] std::vector<GroupCourse> courses() const;
    [[nodiscard]] const std::vector<double>& sample_seconds() const { return sample_seconds_; }

  private:
    std::vector<double> sample_seconds_;
    std::vector<GroupCourse> sums_;
    std::vector<std::int32_t> first_lane_;  ///< by group, and one past the end
    std::int64_t replications_ = 0;
};

/// How far behind a group may be and still be said to keep up, at the last sample [records]: the
/// autoscaler's own target (lagThreshold x partitions) or what was produced in the last minute,
/// whichever is more. The second part is there since a healthy group is behind by what arrives
/// between two commits.
[[nodiscard]] double lag_allowed(const ReplicationResult& result, std::size_t group,
                                 std::size_t groups);
[[nodiscard]] bool kept_up(const ReplicationResult& result, std::size_t group, std::size_t groups);

/// What the linter knows about the scenario and the figures cannot say.
struct Remark {
    std::string code;
    std::string place;  ///< file:line
    std::string message;
};

struct RunReport {
    std::string scenario;
    std::uint64_t seed = 0;
    std::uint32_t replications = 0;  ///< finished
    std::uint32_t planned = 0;
    std::uint64_t fingerprint = 0;
    double wall_seconds = 0.0;
    double duration_seconds = 0.0;
    std::int64_t records_simulated = 0;  ///< produced, summed over groups and replications
    bool expectations = false;           ///< they are expected numbers (resolution `flow`)
    std::vector<std::string> groups{};
    std::vector<MetricSummary> metrics;
    std::vector<LedgerCounts> ledgers;  ///< [group], summed over replications
    std::vector<AssertionOutcome> assertions{};
    std::vector<Remark> remarks{};
    std::vector<GroupCourse> courses;  ///< [group]
    std::vector<double> sample_seconds;
    std::string output;  ///< result file; empty = none

    /// The metric of a group by its bare name.
    [[nodiscard]] const MetricSummary& metric(std::size_t group, std::string_view name) const;
    [[nodiscard]] LedgerCounts ledger() const;  ///< summed over groups
};

}  // namespace lagsim::sim
