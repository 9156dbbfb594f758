#include "sim/calibrate/scenario_text.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lagsim::sim {
namespace {

/// A JSON text is a YAML text, whatever the name holds.
std::string quoted(const std::string& name) {
    return nlohmann::json(name).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string trace_csv(const ArrivalFit& fit) {
    std::string csv = "time_s,rate_per_s\n";
    for (const RateRow& row : fit.rate) {
        csv += fmt::format("{:.10g},{:.8g}\n", row.seconds, row.rate);
    }
    if (fit.rate.size() == 1) {  // a trace needs two rows
        csv += fmt::format("{:.10g},{:.8g}\n", fit.rate[0].seconds + 1.0, fit.rate[0].rate);
    }
    return csv;
}

std::string partitioner(const ArrivalFit& fit) {
    // Independent records give 1; dealt in turn they give nearly 0.
    constexpr double dealt = 0.3;
    if (fit.even && fit.dispersion < dealt) {
        return "round-robin";
    }
    if (fit.even) {
        return "uniform";
    }
    std::string weights;
    for (const double weight : fit.weights) {
        weights += fmt::format("{}{:.6g}", weights.empty() ? "" : ", ", weight);
    }
    return fmt::format("{{weights: [{}]}}", weights);
}

std::string producer(const ArrivalFit& fit, const std::string& trace) {
    constexpr double clockwork = 0.3;
    std::string text = fmt::format(
        "    - topic: {}\n      arrivals: {}\n      rate: {{trace: {}}}\n"
        "      partitioner: {}\n",
        quoted(fit.topic), fit.steadiness < clockwork ? "constant" : "poisson", quoted(trace),
        partitioner(fit));
    std::string waiting;
    for (std::size_t p = 0; p < fit.backlog.size(); ++p) {
        if (fit.backlog[p] > 0.0) {
            waiting += fmt::format("        - {{at: 0s, count: {:.0f}, partition: {}}}\n",
                                   fit.backlog[p], p);
        }
    }
    if (!waiting.empty()) {
        text += "      publish:  # what waited when the recording began\n" + waiting;
    }
    return text;
}

std::string distribution(double mean, double cv) {
    // Below this a count of the recorded kind cannot be told from clockwork.
    constexpr double constant = 0.05;
    const std::string duration =
        mean < 1.0 ? fmt::format("{:.5g}ms", mean * 1e3) : fmt::format("{:.5g}s", mean);
    return cv >= constant
               ? fmt::format("{{distribution: gamma, mean: {}, cv: {:.3g}}}", duration, cv)
               : duration;
}

/// What was asked for, where it changed.
std::string schedule(const Recording& recording) {
    const std::vector<double>& asked = !recording.desired_replicas.empty()
                                           ? recording.desired_replicas
                                       : !recording.replicas.empty() ? recording.replicas
                                                                     : recording.ready_replicas;
    std::string text;
    double before = std::nan("");
    for (std::size_t k = 0; k + 1 < asked.size(); ++k) {
        if (!std::isnan(asked[k]) && asked[k] != before) {
            text += fmt::format("        - {{at: {:.10g}s, count: {:.0f}}}\n",
                                std::isnan(before) ? 0.0 : recording.step * static_cast<double>(k),
                                asked[k]);
            before = asked[k];
        }
    }
    return text.empty() ? "      replicas: 1  # not recorded\n" : "      replicas:\n" + text;
}

std::string service(const ServiceFit& fit) {
    std::string text = fmt::format("      concurrency: {}\n",
                                   fit.served_by == ServedBy::pod ? "pod" : "partition");
    if (std::isnan(fit.seconds.mean)) {
        return text + "      serviceTime: 1ms  # not recorded: nothing was committed\n";
    }
    return text + fmt::format("      serviceTime: {}{}\n", distribution(fit.seconds.mean, fit.cv),
                              fit.busy ? ""
                                       : "  # at most: no partition was ever busy, so this is the "
                                         "slowest that fits");
}

}  // namespace

ScenarioFiles write_scenario(const Calibration& calibration, const ScenarioNaming& naming) {
    const Recording& recording = calibration.recording;
    ScenarioFiles files;
    std::string topics, producers;
    for (const ArrivalFit& fit : calibration.arrivals) {
        const std::string file =
            calibration.arrivals.size() == 1
                ? naming.trace_stem + ".csv"
                : fmt::format("{}-{}.csv", naming.trace_stem, files.traces.size() + 1);
        files.traces.emplace_back(file, trace_csv(fit));
        topics +=
            fmt::format("    {}: {{partitions: {}}}\n", quoted(fit.topic), fit.weights.size());
        producers += producer(fit, file);
    }
    std::string pods = naming.manifests.empty() ? schedule(recording) : "";
    if (calibration.startup.seconds.n > 0 && calibration.startup.seconds.mean > 0.0) {
        pods += fmt::format("      podStartup: {}\n",
                            distribution(calibration.startup.seconds.mean, calibration.startup.cv));
    }
    std::string manifests;
    for (const std::string& path : naming.manifests) {
        manifests += fmt::format("{}{}", manifests.empty() ? "" : ", ", quoted(path));
    }
    files.scenario = fmt::format(
        "# Written by lagsim calibrate; the figures' uncertainty: see calibration.html.\n"
        "apiVersion: lagsim/v1\nkind: Scenario\n"
        "metadata: {{name: {}, description: Calibrated from a recording}}\n"
        "spec:\n  duration: {:.10g}s\n  sampleInterval: {:.10g}s\n{}"
        "  topics:\n{}  producers:\n{}  consumers:\n    - group: {}\n{}{}",
        quoted(naming.name), recording.step * static_cast<double>(recording.instants - 1),
        recording.step, manifests.empty() ? "" : fmt::format("  manifests: [{}]\n", manifests),
        topics, producers, quoted(recording.group), service(calibration.service), pods);
    return files;
}

}  // namespace lagsim::sim
