#include "sim/cli/run_record.h"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "sim/lint/lint.h"
#include "sim/study/assertions.h"

namespace lagsim::cli {
namespace {

/// Only errors: warnings are `lagsim lint`'s business.
std::vector<sim::Remark> remarks_on(const sim::ScenarioFile& file) {
    std::vector<sim::Remark> remarks;
    for (const sim::Diagnostic& finding : sim::lint_scenario(file)) {
        if (finding.severity == sim::Severity::error) {
            remarks.push_back({.code = finding.code,
                               .place = fmt::format("{}:{}", finding.file, finding.line),
                               .message = finding.message});
        }
    }
    return remarks;
}

}  // namespace

std::expected<void, UsageError> check_result_output(std::string_view option,
                                                    const std::optional<std::string>& output,
                                                    bool force) {
    if (!output) {
        return {};
    }
    if (output->empty() || *output == "-") {
        return std::unexpected(UsageError{fmt::format(
            "{} takes a file name: a result file cannot be a stream; for numbers use --json",
            option)});
    }
    std::error_code error;
    if (std::filesystem::is_directory(*output, error)) {
        return std::unexpected(UsageError{sim::unusable_output(*output)});
    }
    if (std::filesystem::exists(*output, error) && !force) {
        return std::unexpected(UsageError{fmt::format(
            "{} exists; add --force to overwrite it, or give another {}", *output, option)});
    }
    return {};
}

RunRecord::RunRecord(const sim::ScenarioFile& file, std::string output)
    : scenario_(file.scenario),
      output_(std::move(output)),
      summary_(file.scenario),
      courses_(file.scenario),
      remarks_(remarks_on(file)) {}

std::expected<void, std::string> RunRecord::open() {
    if (output_.empty()) {
        return {};
    }
    auto file = sim::ResultFile::create(output_, scenario_, LAGSIM_VERSION);
    if (!file) {
        return std::unexpected(file.error());
    }
    file_.emplace(std::move(*file));
    return {};
}

std::expected<void, std::string> RunRecord::add(const sim::ReplicationResult& result) {
    summary_.add(sim::replication_metrics(scenario_, result), result);
    courses_.add(result);
    return file_ ? file_->add(result) : std::expected<void, std::string>();
}

std::expected<void, std::string> RunRecord::finish() {
    return file_ ? file_->finish(summary_) : std::expected<void, std::string>();
}

sim::RunReport RunRecord::report(double wall_seconds) const {
    sim::RunReport report{.scenario = scenario_.name,
                          .seed = scenario_.seed,
                          .replications = summary_.replications(),
                          .planned = scenario_.replications,
                          .fingerprint = summary_.fingerprint(),
                          .wall_seconds = wall_seconds,
                          .duration_seconds = core::seconds(scenario_.duration),
                          .metrics = summary_.metrics(),
                          .ledgers = summary_.ledgers(),
                          .remarks = remarks_,
                          .courses = courses_.courses(),
                          .sample_seconds = courses_.sample_seconds(),
                          .output = output_};
    for (const sim::ConsumerGroup& group : scenario_.consumers) {
        report.groups.push_back(group.group);
    }
    report.records_simulated = report.ledger().produced;
    report.expectations = scenario_.resolution == sim::Resolution::flow;
    report.assertions = sim::judge(scenario_, report.metrics);
    return report;
}

}  // namespace lagsim::cli
