#include "tests/real/measured_helper.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <tuple>

#include <nlohmann/json.hpp>

#include "tree_paths.h"

namespace lagsim::sim {
namespace {

using Json = nlohmann::json;

Json read(const std::string& name) {
    std::ifstream file(std::string{LAGSIM_SOURCE_DIR} + "/tests/real/measured/" + name);
    return Json::parse(file);
}

void add(Pauses& pauses, const Json& run) {
    if (run.is_object() && run.value("n", 0) > 0) {
        pauses.add_run(run.at("p50"), run.at("min"), run.at("max"), run.at("n"));
    }
}

void add_run(SetupRuns& runs, const Json& run) {
    ++runs.runs;
    runs.random_phase += run.value("randomized_event_phase", false) ? 1 : 0;
    runs.lost += run.at("accounting").at("lost_offsets_below_final_commit").get<std::int64_t>();
    for (std::size_t i = 0; i < phase_names.size(); ++i) {
        const Json& phase = run.at("phases").at(i);
        add(runs.phases[i].moved, phase.at("pause_moved"));
        add(runs.phases[i].kept, phase.at("pause_kept"));
        const auto duplicates = phase.at("duplicates").get<std::int64_t>();
        if (phase.at("what") == "sigkill") {
            runs.duplicates.push_back(static_cast<double>(duplicates));
        } else {
            runs.duplicates_elsewhere += duplicates;
        }
    }
}

void add_file(std::map<Setup, SetupRuns>& by_setup, const std::string& name,
              const std::string& broker) {
    const Json file = read(name);
    for (const Json& run : file.at("runs")) {
        const Json& parameters = run.contains("params") ? run.at("params") : run;
        const Setup setup{.broker = broker,
                          .mode = parameters.at("mode"),
                          .commit = parameters.at("commit"),
                          .session_ms = parameters.at("session_ms"),
                          .heartbeat_ms = parameters.at("hb_ms"),
                          .members = parameters.at("n")};
        add_run(by_setup[setup], run);
    }
}

}  // namespace

double median_of(std::vector<double> values) {
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2.0;
}

void Pauses::add_run(double median, double lowest, double highest, std::int64_t pauses) {
    low = medians.empty() ? lowest : std::min(low, lowest);
    high = medians.empty() ? highest : std::max(high, highest);
    medians.push_back(median);
    count += pauses;
}

std::vector<SetupRuns> measured_runs() {
    std::map<Setup, SetupRuns> by_setup;
    add_file(by_setup, "rebalance_summary.json", "4.0.0");
    add_file(by_setup, "kafka44.json", "4.4.0");
    std::vector<SetupRuns> all;
    for (auto& [setup, runs] : by_setup) {
        runs.setup = setup;
        all.push_back(std::move(runs));
    }
    return all;
}

std::vector<Detection> measured_detections() {
    std::map<std::tuple<std::string, std::int32_t, std::int32_t>, Detection> by_settings;
    const Json file = read("crash_detection.json");
    for (const Json& sample : file.at("samples")) {
        const std::string mode = sample.at("mode");
        const std::int32_t session = sample.at("S");
        const std::int32_t heartbeat = sample.at("hb");
        Detection& detection = by_settings[{mode, session, heartbeat}];
        detection.mode = mode;
        detection.session_ms = session;
        detection.heartbeat_ms = heartbeat;
        detection.removed_after_kill.push_back(sample.at("removed_after_kill"));
        detection.removed_after_commit.push_back(sample.at("removed_after_last_commit"));
        detection.reaction.push_back(sample.at("survivor_after_removed"));
    }
    std::vector<Detection> all;
    for (auto& [settings, detection] : by_settings) {
        all.push_back(std::move(detection));
    }
    return all;
}

SaramaRun measured_sarama(const std::string& name) {
    const Json file = read("sarama.json");
    const auto run = std::ranges::find_if(file.at("runs"),
                                          [&](const Json& one) { return one.at("run") == name; });
    const Json& accounting = run->at("accounting");
    SaramaRun result{.name = name,
                     .executions = accounting.at("finished_executions"),
                     .duplicates = accounting.at("duplicate_executions"),
                     .lost = accounting.at("lost_offsets_below_final_commit"),
                     .snapshot_times = {},
                     .committed = {},
                     .lag = {}};
    for (const Json& snapshot : run->at("snapshots")) {
        result.snapshot_times.push_back(snapshot.at("t"));
        result.committed.push_back(snapshot.at("committed_minus_start"));
        result.lag.push_back(snapshot.at("lag"));
    }
    return result;
}

}  // namespace lagsim::sim
