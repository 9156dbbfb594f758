// The flow's error on every shipped scenario, each within a stated bound, and the section of
// docs/validation.md that shows it.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/flow/comparison_helper.h"
#include "tree_paths.h"

namespace lagsim::flow_tests {
namespace {

double mean_of(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

struct Comparison {
    std::vector<Row> rows;
    std::map<std::string, std::string> refused;
};

void compare(const std::string& name, const Figures& exact, const Figures& flow,
             std::vector<Row>& rows) {
    for (const std::string& metric : compared_metrics()) {
        const std::vector<double>& values = exact.at(metric);
        rows.push_back({.scenario = name,
                        .metric = metric,
                        .exact = mean_of(values),
                        .exact_low = *std::ranges::min_element(values),
                        .exact_high = *std::ranges::max_element(values),
                        .flow = mean_of(flow.at(metric)),
                        .bound = bound_of(name, metric)});
    }
}

const Comparison& comparison() {
    static const Comparison all = [] {
        Comparison made;
        const std::map<std::string, Figures> exact = exact_figures();
        for (const std::string& name : scenario_names()) {
            const Reading reading = read(name, "flow");
            if (reading.error.empty()) {
                compare(name, exact.at(name), run(reading.file.scenario, replications), made.rows);
            } else {
                made.refused.emplace(name, reading.error);
            }
        }
        return made;
    }();
    return all;
}

/// First, so that the others see what it writes.
TEST(AaExactFigures, AreWrittenWhereAskedFor) {
    if (std::getenv("LAGSIM_UPDATE_EXACT") == nullptr) {
        GTEST_SKIP() << "LAGSIM_UPDATE_EXACT is not set";
    }
    std::map<std::string, Figures> figures;
    for (const std::string& name : scenario_names()) {
        if (read(name, "flow").error.empty()) {
            figures[name] = run(read(name, "exact").file.scenario, replications);
        }
    }
    write_exact_figures(figures);
}

TEST(ExactFigures, AreThoseOfTheEngineAsItIs) {
    const std::map<std::string, Figures> kept = exact_figures();
    for (const char* const name : {"cap-and-tolerance", "first-deploy-no-offsets",
                                   "rolling-deploy-protocols", "scale-to-zero-batches"}) {
        const Figures now = run(read(name, "exact").file.scenario, 1);
        for (const std::string& metric : compared_metrics()) {
            const double expected = kept.at(name).at(metric)[0];
            const double seen = now.at(metric)[0];
            EXPECT_TRUE(seen == expected || (seen != seen && expected != expected))
                << name << " " << metric << ": " << seen << ", kept " << expected
                << "; run with LAGSIM_UPDATE_EXACT=1";
        }
    }
}

TEST(Library, EveryErrorIsWithinItsBound) {
    for (const Row& row : comparison().rows) {
        EXPECT_TRUE(row.inside()) << row.scenario << " " << row.metric << ": exact " << row.exact
                                  << " (" << row.exact_low << ".." << row.exact_high << "), flow "
                                  << row.flow;
    }
}

TEST(Library, WhatIsAboutSingleRecordsIsRefused) {
    std::vector<std::string> refused;
    for (const auto& [name, why] : comparison().refused) {
        refused.push_back(name);
    }
    EXPECT_EQ(refused, (std::vector<std::string>{"lag-that-is-not-messages", "long-jobs-scale-in",
                                                 "poison-and-slow-messages"}));
}

TEST(ValidationPage, ShowsTheErrorsThatTheTestsSaw) {
    const std::string path = std::string(LAGSIM_SOURCE_DIR) + "/docs/validation.md";
    const std::string marker = "\n<!-- From here on: tests/flow -->\n";
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    const std::string page = text.str();
    const std::size_t end = std::min(page.find(marker), page.size());
    const std::string expected = marker + page_section(comparison().rows, comparison().refused);
    if (std::getenv("LAGSIM_UPDATE_VALIDATION") != nullptr) {
        std::ofstream(path) << page.substr(0, end) << expected;
        return;
    }
    EXPECT_EQ(page.substr(end), expected)
        << "run with LAGSIM_UPDATE_VALIDATION=1 to write the section anew";
}

}  // namespace
}  // namespace lagsim::flow_tests
