#include "sim/report/report_input.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "sim/engine/drain_threshold.h"
#include "sim/lint/lint.h"
#include "sim/results/stored_replication.h"
#include "sim/study/assertions.h"

namespace lagsim::sim::report {
namespace {

void widen(Band& band, std::size_t sample, double value) {
    band.low[sample] = std::min(band.low[sample], value);
    band.high[sample] = std::max(band.high[sample], value);
}

void start(Band& band, std::size_t samples) {
    band.low.assign(samples, HUGE_VAL);
    band.high.assign(samples, -HUGE_VAL);
}

/// Takes one replication into what is shown over all of them.
void add(std::vector<GroupInput>& groups, ReplicationResult& result) {
    const std::size_t samples = result.sample_times.size();
    for (std::size_t g = 0; g < groups.size(); ++g) {
        GroupInput& group = groups[g];
        if (group.lag.low.empty()) {
            start(group.lag, samples);
            start(group.replicas, samples);
        }
        for (std::size_t sample = 0; sample < samples; ++sample) {
            const std::size_t at = sample * groups.size() + g;
            widen(group.lag, sample, static_cast<double>(result.groups.lag_total.at(at)));
            widen(group.replicas, sample, static_cast<double>(result.groups.replicas.at(at)));
        }
        result.totals[g].drain_threshold = group.drain_threshold;
        group.latency.merge(result.totals[g].latency);
        group.ledger += result.totals[g].ledger;
        group.kept_up += kept_up(result, g, groups.size()) ? 1 : 0;
        group.lag_allowed += lag_allowed(result, g, groups.size());
        group.lag_at_end += samples == 0 ? 0.0
                                         : static_cast<double>(result.groups.lag_total.at(
                                               (samples - 1) * groups.size() + g));
    }
}

std::vector<GroupInput> groups_of(const StoredRun& run, const ScenarioFile* file) {
    std::vector<GroupInput> groups;
    for (const std::string& name : run.result.groups) {
        GroupInput group;
        group.name = name;
        for (std::size_t lane = 0; lane < run.lanes.size(); ++lane) {
            if (run.lanes[lane].group == static_cast<std::int32_t>(groups.size())) {
                group.lanes.push_back(lane);
            }
        }
        if (file != nullptr && groups.size() < file->scenario.consumers.size()) {
            group.drain_threshold =
                static_cast<double>(drain_threshold(file->scenario.consumers[groups.size()],
                                                    static_cast<std::int32_t>(group.lanes.size())));
        }
        groups.push_back(group);
    }
    return groups;
}

/// The resolved text stands for itself: no file of this machine is read.
void read_scenario_again(ReportInput& input) {
    auto file = read_scenario_text(input.run.provenance.resolved, "resolved.yaml", "");
    if (!file) {
        input.scenario_error = file.error().empty() ? "unreadable" : file.error()[0].message;
        return;
    }
    input.findings = lint_scenario(*file);
    if (!input.run.result.metrics.empty()) {
        input.assertions = judge(file->scenario, input.run.result.metrics);
    }
    input.scenario.emplace(std::move(*file));
}

std::expected<void, std::string> read_replications(ReportInput& input, const std::string& path,
                                                   std::int64_t drawn) {
    for (const std::int64_t number : input.run.replications) {
        auto result = read_replication(path, number);
        if (!result) {
            return std::unexpected(result.error());
        }
        add(input.groups, *result);
        if (number == drawn) {
            input.drawn = std::move(*result);
        }
    }
    const double n = std::max<double>(1.0, static_cast<double>(input.run.replications.size()));
    for (GroupInput& group : input.groups) {
        group.lag_at_end /= n;
        group.lag_allowed /= n;
    }
    return {};
}

}  // namespace

double ReportInput::seconds() const {
    return scenario ? core::seconds(scenario->scenario.duration) : run.result.last_sample_seconds;
}

const MetricSummary* ReportInput::metric(std::size_t group, std::string_view name) const {
    const std::string full =
        groups.size() == 1 ? std::string(name) : fmt::format("{}.{}", groups[group].name, name);
    const auto found = std::ranges::find(run.result.metrics, full, &MetricSummary::name);
    return found == run.result.metrics.end() ? nullptr : &*found;
}

std::string ReportInput::lane_name(std::size_t lane) const {
    return fmt::format("{} {}", run.lanes[lane].topic, run.lanes[lane].partition);
}

std::expected<ReportInput, std::string> load_report(const std::string& path,
                                                    std::int64_t replication) {
    auto run = read_run(path);
    if (!run) {
        return std::unexpected(run.error());
    }
    ReportInput input;
    input.file = std::filesystem::path(path).filename().string();
    input.run = std::move(*run);
    if (std::ranges::find(input.run.replications, replication) == input.run.replications.end()) {
        return std::unexpected(read_replication(path, replication).error());
    }
    read_scenario_again(input);
    input.groups = groups_of(input.run, input.scenario ? &*input.scenario : nullptr);
    if (auto read = read_replications(input, path, replication); !read) {
        return std::unexpected(read.error());
    }
    auto decisions = read_decisions(path, replication);
    if (!decisions) {
        return std::unexpected(decisions.error());
    }
    input.decisions = std::move(*decisions);
    return input;
}

}  // namespace lagsim::sim::report
