// Simulations with the parameters of measurements on a real broker, and docs/validation.md, which
// shows them side by side.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "tests/real/comparison_helper.h"
#include "tests/real/known_deviations.h"
#include "tree_paths.h"

namespace lagsim::sim {
namespace {

void expect_as_known(const std::string& name, Verdict verdict, const std::string& measured,
                     const std::string& simulated) {
    const auto known = known_deviations().find(name);
    const Verdict expected =
        known == known_deviations().end() ? Verdict::inside : known->second.verdict;
    EXPECT_EQ(verdict, expected) << name << " (0 inside, 1 phase, 2 outside)\n  measured  "
                                 << measured << "\n  simulated " << simulated;
}

void expect_as_known(const std::vector<PauseComparison>& comparisons) {
    const auto text = [](const Pauses& pauses) {
        return fmt::format("{:.3f} ({:.3f}..{:.3f})", median_of(pauses.medians), pauses.low,
                           pauses.high);
    };
    for (const PauseComparison& row : comparisons) {
        if (!row.measured.medians.empty()) {
            expect_as_known(row.name, row.verdict(), text(row.measured), text(row.simulated));
        }
    }
}

void expect_as_known(const std::vector<Figure>& figures) {
    for (const Figure& figure : figures) {
        expect_as_known(figure.what, figure.verdict, figure.measured, figure.simulated);
    }
}

TEST(RealBroker, PausesLieWithinTheMeasuredSpreadForEveryProtocolMemberCountAndEvent) {
    expect_as_known(validation().rows);
    expect_as_known(validation().pooled);
}

TEST(RealBroker, RemovesADeadMemberWhenTheEngineDoes) {
    expect_as_known(validation().detections);
}

TEST(RealBroker, RepeatsWhatWasFinishedSinceTheLastCommitAndNothingElse) {
    EXPECT_EQ(validation().duplicates_elsewhere, 0);
    EXPECT_LE(validation().most_duplicates, 49);
    expect_as_known(validation().duplicates);
}

TEST(RealBroker, LosesNothingUnlessTheCommitComesFirst) {
    EXPECT_EQ(validation().lost, 0);
    expect_as_known(validation().losses);
}

TEST(RealBroker, NeverHearsACommitOfSaramaThatOnlyMarks) {
    expect_as_known(validation().sarama);
}

TEST(ValidationPage, ShowsWhatTheTestsSaw) {
    const std::string path = std::string{LAGSIM_SOURCE_DIR} + "/docs/validation.md";
    const std::string page = validation_page(validation(), known_deviations());
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    // What the suite `flow` writes comes behind.
    const std::string whole = text.str();
    const std::size_t end =
        std::min(whole.find("\n<!-- From here on: tests/flow -->"), whole.size());
    if (std::getenv("LAGSIM_UPDATE_VALIDATION") != nullptr) {
        std::ofstream(path) << page << whole.substr(end);
        return;
    }
    EXPECT_EQ(whole.substr(0, end), page)
        << "run with LAGSIM_UPDATE_VALIDATION=1 to write the page anew";
}

}  // namespace
}  // namespace lagsim::sim
