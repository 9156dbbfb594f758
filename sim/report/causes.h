/// Why consumption stopped, and who had which partition: read off the events.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/report/report_input.h"

namespace lagsim::sim::report {

/// Finds the first cause of an event that someone could change: a scaling decision, a fault, a
/// crash, a session that ran out, or the start of the group.
///
/// It follows `cause` back. A partition that a member gives up only because its group rebalances
/// names that member's own history as its cause; there, and at rebalances, it goes on at what made
/// the group rebalance: the last member that joined, left or was thrown out before it started.
class Causes {
  public:
    explicit Causes(const ReportInput& input);
    /// In words. `event` indexes the drawn replication's events; -1 gives the group's start.
    [[nodiscard]] std::string root(std::int64_t event) const;

  private:
    [[nodiscard]] std::int64_t before(std::int64_t event) const;

    const ReportInput& input_;
    std::vector<std::int64_t> trigger_;  ///< [event] of its group's last rebalance; -1 = none
};

/// A stretch in which a partition had one owner.
struct Ownership {
    std::int32_t lane = 0;
    std::int32_t pod = -1;
    double from = 0.0;  ///< [s]
    double to = 0.0;    ///< [s]
};
/// In the order of their ends; what is owned at the end of the run ends there.
[[nodiscard]] std::vector<Ownership> ownership(const ReportInput& input);

/// A stretch in which a partition had no owner that consumes it.
struct Pause {
    std::int32_t lane = 0;
    double from = 0.0;        ///< [s]
    double to = 0.0;          ///< [s]
    std::int64_t event = -1;  ///< that took it from its owner; -1 = it had none yet
};
[[nodiscard]] std::vector<Pause> pauses(const ReportInput& input);

/// One line of the rebalance bill of a group.
struct BillLine {
    std::string cause;
    double seconds = 0.0;    ///< partition-seconds
    double longest = 0.0;    ///< [s] one partition at a stretch
    std::int64_t times = 0;  ///< partitions stopped
};
/// Largest first.
[[nodiscard]] std::vector<BillLine> rebalance_bill(const ReportInput& input, std::size_t group);

}  // namespace lagsim::sim::report
