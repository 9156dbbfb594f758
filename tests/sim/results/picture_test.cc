#include "sim/results/picture.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/results/json.h"
#include "sim/results/sparkline.h"
#include "tests/sim/results/synthetic_helper.h"

namespace lagsim::sim {
namespace {

RunReport report_of(const tests::SyntheticShape& shape) {
    const Scenario scenario = tests::synthetic_scenario(shape);
    Summary summary(scenario);
    CourseRecorder courses(scenario);
    for (std::uint32_t i = 0; i < shape.replications; ++i) {
        const ReplicationResult result = tests::synthetic_result(scenario, i, shape);
        summary.add(replication_metrics(scenario, result), result);
        courses.add(result);
    }
    RunReport report{.scenario = scenario.name,
                     .seed = 42,
                     .replications = shape.replications,
                     .planned = shape.replications,
                     .fingerprint = summary.fingerprint(),
                     .wall_seconds = 1.5,
                     .duration_seconds = 600.0,
                     .metrics = summary.metrics(),
                     .ledgers = summary.ledgers(),
                     .courses = courses.courses(),
                     .sample_seconds = courses.sample_seconds(),
                     .output = ""};
    for (const ConsumerGroup& group : scenario.consumers) {
        report.groups.push_back(group.group);
    }
    report.records_simulated = report.ledger().produced;
    return report;
}

std::size_t letters(const std::string& line) {
    std::size_t count = 0;
    for (const char byte : line) {
        count += (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U ? 1U : 0U;
    }
    return count;
}

TEST(Picture, StartsWithTheAnswerAndFitsEightyColumns) {
    const std::string text = picture(report_of({.groups = 2, .replications = 4}), {});
    std::istringstream lines(text);

    EXPECT_LT(text.find("Kept up"), text.find("Pod hours"));
    EXPECT_NE(text.find("Kept up       yes: lag at the end"), std::string::npos) << text;
    EXPECT_NE(text.find("Lost          7 records"), std::string::npos) << text;
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(letters(line), 80U) << line;
    }
}

TEST(Picture, UsesOnlyAsciiWhereTheTerminalHasNoBlocks) {
    const std::string text = picture(report_of({.replications = 3}), {.unicode = false});

    EXPECT_TRUE(std::ranges::all_of(text, [](char letter) {
        return letter == '\n' || (letter >= ' ' && letter <= '~');
    })) << text;
    EXPECT_NE(text.find("+-"), std::string::npos);
}

TEST(Picture, ColoursOnlyWhenAsked) {
    EXPECT_EQ(picture(report_of({}), {}).find('\x1b'), std::string::npos);
    EXPECT_NE(picture(report_of({}), {.color = true}).find('\x1b'), std::string::npos);
}

TEST(Picture, ShowsAssertionsWithTheirValues) {
    RunReport report = report_of({});
    report.assertions = {{.text = "lost == 0", .held = false, .value = 7.0}};

    EXPECT_NE(picture(report, {}).find("BREACHED  lost == 0  it is 7"), std::string::npos);
}

TEST(Picture, SaysWhereNothingWasCommitted) {
    const Scenario scenario = tests::synthetic_scenario();
    ReplicationResult result = tests::synthetic_result(scenario, 0);
    RunReport report = report_of({.replications = 1});
    EXPECT_EQ(picture(report, {}).find("Committed"), std::string::npos);

    std::ranges::fill(result.lanes.committed_offset, -1);
    CourseRecorder courses(scenario);
    courses.add(result);
    report.courses = courses.courses();

    EXPECT_NE(picture(report, {}).find("Committed     nothing"), std::string::npos);
}

TEST(Picture, GivesTheLintersReasonInLinesOfTheScreen) {
    RunReport report = report_of({});
    report.remarks = {{.code = "mark-without-commit",
                       .place = "a.yaml:7",
                       .message = "nothing is ever committed: MarkMessage only notes the offset in "
                                  "memory and neither a timer nor Close sends it"}};

    EXPECT_NE(picture(report, {})
                  .find("  mark-without-commit at a.yaml:7\n"
                        "    nothing is ever committed: MarkMessage only notes the "
                        "offset in memory and\n"
                        "    neither a timer nor Close sends it\n"),
              std::string::npos)
        << picture(report, {});
}

TEST(KeptUp, IsAQuestionOfTheLagAtTheEnd) {
    const Scenario scenario = tests::synthetic_scenario();
    ReplicationResult result = tests::synthetic_result(scenario, 0);
    result.totals[0].drain_threshold = 150.0;

    // 300 records are produced every 15 s, 1,200 in the last minute.
    EXPECT_DOUBLE_EQ(lag_allowed(result, 0, 1), 1200.0);
    result.groups.lag_total.back() = 1200;
    EXPECT_TRUE(kept_up(result, 0, 1));
    result.groups.lag_total.back() = 1201;
    EXPECT_FALSE(kept_up(result, 0, 1));
    result.totals[0].drain_threshold = 5000.0;
    EXPECT_TRUE(kept_up(result, 0, 1)) << "the autoscaler's own target allows more";
}

TEST(RunJson, HasTheKeysOfTheContractAndNullForWhatIsUndefined) {
    const auto json = nlohmann::json::parse(run_json(report_of({.replications = 1})));

    EXPECT_EQ(json["schema"], "lagsim.run/1");
    EXPECT_EQ(json["seed"], 42);
    EXPECT_EQ(json["replications"], 1);
    EXPECT_EQ(json["fingerprint"].get<std::string>().size(), 16U);
    EXPECT_EQ(json["records_simulated"], 1000);
    EXPECT_EQ(json["metrics"]["lost"]["mean"], 7.0);
    EXPECT_TRUE(json["metrics"]["lost"]["half_width"].is_null());
    EXPECT_EQ(json["metrics"]["latency.p99"]["unit"], "s");
    EXPECT_EQ(json["ledger"]["waiting"], 10);
    EXPECT_TRUE(json["ledger"]["waiting"].is_number_integer());
    EXPECT_TRUE(json["assertions"].is_array());
}

TEST(RunJson, SumsTheLedgerOverGroups) {
    const auto json = nlohmann::json::parse(run_json(report_of({.groups = 2, .replications = 2})));

    EXPECT_EQ(json["ledger"]["produced"], 4002);
    EXPECT_EQ(json["ledgers"]["shop/1"]["produced"], 2001);
    EXPECT_TRUE(json["metrics"].contains("shop/0.lag.max"));
}

TEST(Sparkline, KeepsEveryPeak) {
    std::vector<double> values(1000, 0.0);
    values[517] = 8.0;

    EXPECT_EQ(sparkline(values, 10, false), "_____#____");
    EXPECT_EQ(sparkline(std::vector<double>{0.0, 4.0, 8.0}, 3, true), "▁▄█");
    EXPECT_EQ(sparkline(std::vector<double>{}, 3, true), "");
    EXPECT_EQ(sparkline(std::vector<double>{1.0, 8.0}, 4, false), "__##");
}

TEST(ReadableNumbers, AreShortAndHonest) {
    EXPECT_EQ(readable_number(1204331.0), "1,204,331");
    EXPECT_EQ(readable_number(0.0), "0");
    EXPECT_EQ(readable_number(12.44), "12.4");
    EXPECT_EQ(readable_number(-1234.0), "-1,234");
    EXPECT_EQ(readable_number(std::nan("")), "-");
    EXPECT_EQ(readable_seconds(0.85), "850 ms");
    EXPECT_EQ(readable_seconds(3.214), "3.21 s");
    EXPECT_EQ(readable_seconds(125.0), "2m05s");
    EXPECT_EQ(readable_seconds(86400.0), "24h00m");
    EXPECT_EQ(short_seconds(86400.0), "24h");
    EXPECT_EQ(short_seconds(5400.0), "90m");
}

}  // namespace
}  // namespace lagsim::sim
