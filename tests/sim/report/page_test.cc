#include "sim/report/page.h"

#include <array>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/engine/engine.h"
#include "sim/report/causes.h"
#include "sim/results/result_file.h"
#include "tests/sim/report/report_helper.h"

namespace lagsim::sim::report {
namespace {

class PageTest : public tests::ReportFiles {
  protected:
    static std::string page_of(const ReportInput& input) { return page({&input, 1}); }
};

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST_F(PageTest, SaysTheAnswerAndWhyInOneFile) {
    const ReportInput input = load(run(tests::report_scenario()));
    const std::string text = page_of(input);

    for (const char* title :
         {"The answer", "Lag and replicas", "Lag by partition", "Latency", "Decisions",
          "The rebalance bill", "Flapping", "Who owned which partition", "The ledger",
          "What lint finds", "All metrics", "Scenario, and how to reproduce this"}) {
        EXPECT_TRUE(holds(text, fmt::format("\">{}</h2>", title))) << title;
    }
    EXPECT_TRUE(holds(text, "<strong>yes</strong>"));
    EXPECT_TRUE(holds(text, "✓ held</b> <code>lost == 0</code>, it is 0"));
    EXPECT_TRUE(holds(text, fingerprint_text(input.run.result.fingerprint)));
    EXPECT_TRUE(holds(text, "Copyright (c) 2022 Leon Sorokin")) << "uPlot's licence";
    EXPECT_FALSE(holds(text, "{{")) << "a part of the template was not filled in";
    EXPECT_FALSE(holds(text, " style=")) << "the page's policy forbids styles within elements";
}

TEST_F(PageTest, NothingIsLoaded) {
    const std::string text = page_of(load(run(tests::report_scenario())));
    const std::string body = text.substr(text.find("<body>"));

    EXPECT_TRUE(holds(text, "content=\"default-src 'none'; script-src 'sha256-"));
    for (const char* part : {" src=", " href=", "url(", "@import"}) {
        EXPECT_FALSE(holds(body.substr(0, body.find("<script>")), part)) << part;
    }
}

TEST_F(PageTest, TheSameFileGivesTheSameBytes) {
    const std::string path = run(tests::report_scenario());

    EXPECT_EQ(page_of(load(path)), page_of(load(path)));
}

TEST_F(PageTest, HostileNamesAreText) {
    const std::string group = "</script><script>alert(1)</script>' \\\"<svg onload=x>";
    const std::string text = page_of(load(run(tests::report_scenario(group))));

    EXPECT_FALSE(holds(text, "<script>alert"));
    EXPECT_FALSE(holds(text, "<svg onload"));
    EXPECT_TRUE(
        holds(text, "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39; &quot;&lt;svg"));
}

TEST_F(PageTest, ShowsTheReplicationThatIsAskedFor) {
    const std::string path = run(tests::report_scenario());
    const auto other = load_report(path, 1);

    ASSERT_TRUE(other) << other.error();
    EXPECT_EQ(other->drawn.replication, 1U);
    EXPECT_TRUE(holds(page_of(*other), "Lines: replication 1."));
    EXPECT_NE(load_report(path, 2).error().find("it has no replication 2"), std::string::npos);
}

TEST_F(PageTest, TwoFilesStandSideBySideWithoutSharedNames) {
    const std::array<ReportInput, 2> inputs{load(run(tests::report_scenario("a"), "a.h5")),
                                            load(run(tests::report_scenario("b"), "b.h5"))};
    const std::string text = page(inputs);
    std::set<std::string> ids;
    for (std::size_t at = text.find(" id=\""); at < text.find("<script>/* uPlot");
         at = text.find(" id=\"", at + 1)) {
        const std::string id = text.substr(at + 5, text.find('"', at + 5) - at - 5);
        EXPECT_TRUE(ids.insert(id).second) << id << " is there twice";
    }
    EXPECT_GT(ids.size(), 40U);
    EXPECT_TRUE(holds(text, "1: a.h5"));
    EXPECT_TRUE(holds(text, "2: b.h5"));
}

TEST_F(PageTest, AKilledRunsFileHasAPage) {
    const auto read = read_scenario_text(tests::report_scenario(), "s.yaml", "");
    ASSERT_TRUE(read);
    auto file = ResultFile::create(directory_ / "killed.h5", read->scenario, "0.0.1");
    RunControl control;
    ASSERT_TRUE(file->add(*run_replication(read->scenario, 0, default_engine, control)));
    std::filesystem::copy(directory_ / "killed.h5.partial", directory_ / "left.h5");

    EXPECT_TRUE(holds(page_of(load(directory_ / "left.h5")), "The run was killed before its end"));
}

TEST_F(PageTest, TheBillIsTheMetricUpToTheFirstFetch) {
    const ReportInput input = load(run(tests::report_scenario()));
    double total = 0.0;
    std::set<std::string> causes;
    for (const BillLine& line : rebalance_bill(input, 0)) {
        total += line.seconds;
        causes.insert(line.cause);
    }
    const double metric = input.metric(0, "rebalancePause")->values[0];
    std::int64_t assigned = 0;
    for (const Event& event : input.drawn.events) {
        assigned += event.kind == EventKind::partition_assigned ? 1 : 0;
    }
    // From assigned to the first fetch is one round trip, 1 ms by default.
    EXPECT_NEAR(metric, total + 0.001 * static_cast<double>(assigned), 1e-6);
    EXPECT_EQ(causes, (std::set<std::string>{"fault pod-crash", "scale-down", "scale-up",
                                             "start of the group"}));
}

TEST_F(PageTest, EveryInstantOfAPartitionIsOwnedOrPaused) {
    const ReportInput input = load(run(tests::report_scenario()));
    std::vector<double> covered(input.run.lanes.size(), 0.0);
    for (const Ownership& owned : ownership(input)) {
        covered[static_cast<std::size_t>(owned.lane)] += owned.to - owned.from;
    }
    for (const Pause& pause : pauses(input)) {
        covered[static_cast<std::size_t>(pause.lane)] += pause.to - pause.from;
    }
    for (const double seconds : covered) {
        EXPECT_NEAR(seconds, input.seconds(), 1e-6);
    }
}

}  // namespace
}  // namespace lagsim::sim::report
