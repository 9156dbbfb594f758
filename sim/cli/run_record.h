/// What a command keeps of a scenario's replications: the summary, the course of the day and, where
/// asked for, the result file.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/command.h"
#include "sim/results/result_file.h"
#include "sim/results/run_report.h"
#include "sim/results/summary.h"
#include "sim/scenario/reader.h"

namespace lagsim::cli {

/// May a result file be written where `option` (with its dashes) says? Asked before anything is
/// simulated: nobody waits an hour for a refusal.
[[nodiscard]] std::expected<void, UsageError> check_result_output(
    std::string_view option, const std::optional<std::string>& output, bool force);

/// Of one scenario, which must outlive it. Errors are those of the result file.
class RunRecord {
  public:
    /// `output` is the result file; empty = none.
    RunRecord(const sim::ScenarioFile& file, std::string output);

    /// Creates the result file.
    [[nodiscard]] std::expected<void, std::string> open();
    /// In index order.
    [[nodiscard]] std::expected<void, std::string> add(const sim::ReplicationResult& result);
    /// Completes the result file; of a record that is not finished nothing is left there.
    [[nodiscard]] std::expected<void, std::string> finish();

    [[nodiscard]] const sim::Summary& summary() const { return summary_; }
    [[nodiscard]] sim::RunReport report(double wall_seconds) const;

  private:
    const sim::Scenario& scenario_;
    std::string output_;
    sim::Summary summary_;
    sim::CourseRecorder courses_;
    std::vector<sim::Remark> remarks_;
    std::optional<sim::ResultFile> file_;
};

}  // namespace lagsim::cli
