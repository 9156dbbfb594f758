#include "sim/results/json.h"

#include <cmath>

#include <nlohmann/json.hpp>

#include "sim/results/compare_sentence.h"

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
            {"duplicates", counts.duplicates},
            {"dead_letter_duplicates", counts.dead_letter_duplicates},
            {"dead_lettered_and_finished", counts.dead_lettered_and_finished}};
}

Json metrics_json(const std::vector<MetricSummary>& all) {
    Json metrics = Json::object();
    for (const MetricSummary& metric : all) {
        metrics[metric.name] = {{"mean", number(metric.interval.mean)},
                                {"half_width", number(metric.interval.half_width)},
                                {"n", metric.interval.n},
                                {"confidence", metric.interval.confidence},
                                {"unit", metric.unit}};
    }
    return metrics;
}

Json assertions_json(const std::vector<AssertionOutcome>& outcomes) {
    Json assertions = Json::array();
    for (const AssertionOutcome& outcome : outcomes) {
        assertions.push_back(
            {{"text", outcome.text}, {"held", outcome.held}, {"value", number(outcome.value)}});
    }
    return assertions;
}

Json counts_json(const std::vector<std::pair<std::string, std::int64_t>>& counts) {
    Json object = Json::object();
    for (const auto& [word, count] : counts) {
        object[word] = count;
    }
    return object;
}

Json interval_json(const MeanInterval& interval) {
    return {{"mean", number(interval.mean)},
            {"half_width", number(interval.half_width)},
            {"n", interval.n}};
}

Json comparison_json(const MetricComparison& metric) {
    const double without_pairing =
        std::ceil(metric.variance_ratio * static_cast<double>(metric.difference.n));
    return {{"unit", metric.unit},
            {"a", interval_json(metric.a)},
            {"b", interval_json(metric.b)},
            {"difference", interval_json(metric.difference)},
            {"relative", interval_json(metric.relative)},
            {"correlation", number(metric.correlation)},
            {"variance_ratio", number(metric.variance_ratio)},
            {"replications_without_pairing", number(without_pairing)},
            {"p", number(metric.p)},
            {"p_holm", number(metric.p_holm)},
            {"differs", metric.differs()},
            {"surely_differs", metric.surely_differs()}};
}

Json side_json(const ComparedSide& side) {
    return {{"source", side.source},
            {"stored", side.stored},
            {"scenario", side.scenario},
            {"version", side.version},
            {"seed", side.seed},
            {"replications", side.replications},
            {"fingerprint", fingerprint_text(side.fingerprint)},
            {"groups", side.groups},
            {"overrides", side.overrides},
            {"resolved", side.resolved},
            {"ledger", ledger_json(side.ledger)},
            {"assertions", side.assertions ? assertions_json(*side.assertions) : Json(nullptr)}};
}

/// A name may hold bytes that are not UTF-8 where it came from the command line.
std::string on_one_line(const Json& object) {
    return object.dump(-1, ' ', false, Json::error_handler_t::replace);
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
                   {"metrics", metrics_json(report.metrics)},
                   {"ledger", ledger_json(report.ledger())},
                   {"assertions", assertions_json(report.assertions)}};
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
    return on_one_line(object);
}

std::string inspect_json(const std::string& path, const StoredResult& result) {
    return on_one_line({{"schema", "lagsim.inspect/1"},
                        {"file", path},
                        {"complete", result.complete},
                        {"scenario", result.scenario},
                        {"version", result.version},
                        {"seed", result.seed},
                        {"replications", result.replications},
                        {"fingerprint", fingerprint_text(result.fingerprint)},
                        {"groups", result.groups},
                        {"partitions", result.partitions},
                        {"samples", result.samples},
                        {"last_sample_seconds", result.last_sample_seconds},
                        {"manifests", result.manifests},
                        {"overrides", result.overrides},
                        {"metrics", metrics_json(result.metrics)},
                        {"ledger", ledger_json(result.ledger)},
                        {"events", counts_json(result.events)},
                        {"decisions", result.decisions},
                        {"lost", counts_json(result.lost)},
                        {"duplicates", counts_json(result.duplicates)}});
}

std::string compare_json(const CompareReport& report) {
    Json notes = Json::array();
    for (const CompareNote& note : report.notes) {
        notes.push_back({{"code", note.code}, {"text", note.text}});
    }
    Json metrics = Json::object();
    for (const MetricComparison& metric : report.comparison.metrics) {
        metrics[metric.name] = comparison_json(metric);
    }
    return on_one_line({{"schema", "lagsim.compare/1"},
                        {"sentence", compare_sentence(report)},
                        {"paired", report.paired()},
                        {"same_traffic", report.same_traffic},
                        {"replications", report.pairs},
                        {"confidence", report.comparison.confidence},
                        {"intervals", report.comparison.intervals()},
                        {"interrupted", report.interrupted},
                        {"wall_seconds", report.wall_seconds},
                        {"a", side_json(report.a)},
                        {"b", side_json(report.b)},
                        {"notes", notes},
                        {"metrics", metrics},
                        {"only_a", report.comparison.only_a},
                        {"only_b", report.comparison.only_b}});
}

}  // namespace lagsim::sim
