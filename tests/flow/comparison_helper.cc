#include "tests/flow/comparison_helper.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/engine/engine.h"
#include "sim/results/summary.h"
#include "tree_paths.h"

namespace lagsim::flow_tests {
namespace {

const std::string folder = std::string(LAGSIM_SOURCE_DIR) + "/";

void expect_conserved(const sim::ReplicationResult& result) {
    for (const sim::GroupTotals& totals : result.totals) {
        const sim::LedgerCounts& ledger = totals.ledger;
        EXPECT_EQ(ledger.finished + ledger.dead_lettered + ledger.waiting + ledger.lost,
                  ledger.produced);
        EXPECT_GE(std::min({ledger.finished, ledger.dead_lettered, ledger.waiting, ledger.lost}),
                  0);
    }
}

/// As a person writes it: enough digits to see a difference.
std::string figure(double value) {
    if (std::fabs(value) >= 1e6) {
        return fmt::format("{:.3f} M", value / 1e6);
    }
    return std::fabs(value) >= 100.0 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

std::string difference(const Row& row) {
    if (row.exact == 0.0) {
        return row.flow == 0.0 ? "0" : "+" + figure(row.flow);
    }
    const double percent = 100.0 * row.error() / row.exact;
    return fmt::format("{:+.1f} %", std::fabs(percent) < 0.05 ? 0.0 : percent);
}

}  // namespace

const std::vector<std::string>& scenario_names() {
    static const std::vector<std::string> names{"article",
                                                "cap-and-tolerance",
                                                "choice-of-metric",
                                                "crash-storm",
                                                "downstream-outage",
                                                "first-deploy-no-offsets",
                                                "flapping-constant-load",
                                                "hot-key-skew",
                                                "lag-that-is-not-messages",
                                                "long-jobs-scale-in",
                                                "mark-without-commit",
                                                "outages-and-fallback",
                                                "pods-that-buy-nothing",
                                                "poison-and-slow-messages",
                                                "retention-overtakes-lag",
                                                "retry-tax",
                                                "rolling-deploy-protocols",
                                                "scale-to-zero-batches",
                                                "settings-that-do-nothing",
                                                "slow-start-flash-crowd"};
    return names;
}

const std::vector<std::string>& compared_metrics() {
    static const std::vector<std::string> metrics{
        "lag.mean", "lag.p99",      "latency.mean", "latency.p99",
        "podHours", "replicas.max", "rebalances",   "throughput.finished",
        "lost",     "duplicates",   "deadLettered"};
    return metrics;
}

Reading read(const std::string& name, const std::string& resolution) {
    auto file = sim::read_scenario(folder + "scenarios/" + name + ".yaml",
                                   {.overlays = {}, .sets = {"spec.resolution=" + resolution}});
    if (!file) {
        return {.file = {}, .error = file.error().front().message};
    }
    return {.file = std::move(*file), .error = {}};
}

Figures run(const sim::Scenario& scenario, std::uint32_t count) {
    const std::vector<std::string> names = sim::metric_names(scenario);
    Figures figures;
    for (std::uint32_t replication = 0; replication < count; ++replication) {
        sim::RunControl control;
        const auto result =
            sim::run_replication(scenario, replication, sim::EngineKind::reference, control);
        expect_conserved(*result);
        const std::vector<double> values = sim::replication_metrics(scenario, *result);
        for (const std::string& metric : compared_metrics()) {
            const auto place = std::ranges::find(names, metric) - names.begin();
            figures[metric].push_back(values[static_cast<std::size_t>(place)]);
        }
    }
    return figures;
}

std::map<std::string, Figures> exact_figures() {
    std::ifstream file(folder + "tests/flow/exact.json");
    const nlohmann::json json = nlohmann::json::parse(file);
    std::map<std::string, Figures> all;
    for (const auto& [scenario, metrics] : json.items()) {
        for (const auto& [metric, values] : metrics.items()) {
            for (const nlohmann::json& value : values) {
                all[scenario][metric].push_back(value.is_null() ? std::nan("")
                                                                : value.get<double>());
            }
        }
    }
    return all;
}

void write_exact_figures(const std::map<std::string, Figures>& figures) {
    std::ofstream(folder + "tests/flow/exact.json") << nlohmann::json(figures).dump(1) << "\n";
}

bool Row::inside() const {
    if (std::isnan(exact) || std::isnan(flow)) {
        return std::isnan(exact) == std::isnan(flow);
    }
    return std::fabs(error()) <= std::max(bound.relative * std::fabs(exact), bound.absolute);
}

std::string page_section(const std::vector<Row>& rows,
                         const std::map<std::string, std::string>& refused) {
    std::string page = fmt::format(
        "\n## Expected numbers against records\n\n"
        "`--resolution flow` ([what it does](models/flow.md)) against the exact engine: every "
        "shipped scenario, means over replications 0 to {}, in brackets the exact replications' "
        "lowest and highest. The suite `flow` computes the flow's figures and fails where an error "
        "is beyond its bound; the exact ones are kept in `tests/flow/exact.json` "
        "(`LAGSIM_UPDATE_EXACT=1` runs them anew).\n\n"
        "| scenario | metric | exact | flow | error | bound | |\n|---|---|---|---|---|---|---|\n",
        replications - 1);
    for (const Row& row : rows) {
        if (std::isnan(row.exact) || (row.exact == 0.0 && row.flow == 0.0)) {
            continue;
        }
        page += fmt::format("| {} | {} | {} ({}..{}) | {} | {} | {:.0f} % or {} | {} |\n",
                            row.scenario, row.metric, figure(row.exact), figure(row.exact_low),
                            figure(row.exact_high), figure(row.flow), difference(row),
                            100.0 * row.bound.relative, figure(row.bound.absolute), row.bound.why);
    }
    page += "\nMetrics that are 0 in both are left out. Refused:\n\n";
    for (const auto& [scenario, why] : refused) {
        page += fmt::format("- {}: {}\n", scenario, why);
    }
    return page;
}

}  // namespace lagsim::flow_tests
