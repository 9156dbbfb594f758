/// The parts of the page, one file each; docs/report.md says what a reader sees in them.
#pragma once

#include <cstddef>
#include <string>

#include "sim/report/report_input.h"

namespace lagsim::sim::report {

/// Where a section stands: whose it is, and what its ids begin with.
struct Place {
    const ReportInput& input;
    std::size_t group = 0;
    std::string id;

    [[nodiscard]] const GroupInput& of() const { return input.groups[group]; }
};

// Of the run.
[[nodiscard]] std::string answer(const Place& place);
[[nodiscard]] std::string ledger(const Place& place);
[[nodiscard]] std::string lint_findings(const Place& place);
[[nodiscard]] std::string all_metrics(const Place& place);
[[nodiscard]] std::string scenario_and_command(const Place& place);

// Of one consumer group.
[[nodiscard]] std::string timeline(const Place& place);
[[nodiscard]] std::string heat_map(const Place& place);
[[nodiscard]] std::string latency(const Place& place);
[[nodiscard]] std::string decisions(const Place& place);
[[nodiscard]] std::string owners(const Place& place);
[[nodiscard]] std::string rebalances(const Place& place);
[[nodiscard]] std::string flapping(const Place& place);

}  // namespace lagsim::sim::report
