#include "sim/results/json.h"

#include <cmath>

#include <nlohmann/json.hpp>

namespace lagsim::sim {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json ledger_json(const LedgerCounts& counts) {
    return {{"produced", counts.produced},
            {"finished", counts.finished},
            {"dead_lettered", counts.dead_lettered},
            {"waiting", counts.waiting},
            {"lost", counts.lost},
            {"duplicates", counts.duplicates}};
}

Json metrics_json(const RunReport& report) {
    Json metrics = Json::object();
    for (const MetricSummary& metric : report.metrics) {
        metrics[metric.name] = {{"mean", number(metric.interval.mean)},
                                {"half_width", number(metric.interval.half_width)},
                                {"n", metric.interval.n},
                                {"confidence", metric.interval.confidence},
                                {"unit", metric.unit}};
    }
    return metrics;
}

Json assertions_json(const RunReport& report) {
    Json assertions = Json::array();
    for (const AssertionOutcome& outcome : report.assertions) {
        assertions.push_back(
            {{"text", outcome.text}, {"held", outcome.held}, {"value", number(outcome.value)}});
    }
    return assertions;
}

}  // namespace

std::string run_json(const RunReport& report) {
    Json object = {{"schema", "lagsim.run/1"},
                   {"scenario", report.scenario},
                   {"seed", report.seed},
                   {"replications", report.replications},
                   {"fingerprint", fingerprint_text(report.fingerprint)},
                   {"wall_seconds", report.wall_seconds},
                   {"records_simulated", report.records_simulated},
                   {"metrics", metrics_json(report)},
                   {"ledger", ledger_json(report.ledger())},
                   {"assertions", assertions_json(report)}};
    if (report.groups.size() > 1) {
        Json groups = Json::object();
        for (std::size_t group = 0; group < report.groups.size(); ++group) {
            groups[report.groups[group]] = ledger_json(report.ledgers[group]);
        }
        object["ledgers"] = groups;
    }
    if (!report.output.empty()) {
        object["output"] = report.output;
    }
    // A name may hold bytes that are not UTF-8 only if it came from the command line.
    return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lagsim::sim
