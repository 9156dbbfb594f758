#include "sim/results/compare_sentence.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "sim/results/compare_picture.h"

namespace lagsim::sim {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

struct Row {
    const char* name;
    std::vector<double> a;
    std::vector<double> b;
};

/// Two sides with these metrics, one seed.
CompareReport report_of(const std::vector<Row>& rows, std::uint64_t seed_of_b = 1) {
    ComparedSide a;
    a.seed = 1;
    a.source = "a.yaml";
    a.fingerprint = 1;
    a.groups = {"g"};
    ComparedSide b = a;
    b.seed = seed_of_b;
    b.source = "b.yaml";
    b.fingerprint = 2;
    for (const Row& row : rows) {
        const auto metric = [&row](const std::vector<double>& values) {
            const char* unit = std::string_view(row.name).ends_with("podHours") ? "h" : "s";
            return MetricSummary{row.name, unit, "", mean_interval(values), values};
        };
        a.metrics.push_back(metric(row.a));
        b.metrics.push_back(metric(row.b));
        a.replications = static_cast<std::uint32_t>(row.a.size());
        b.replications = static_cast<std::uint32_t>(row.b.size());
    }
    return compare_sides(std::move(a), std::move(b));
}

std::string sentence(const std::vector<Row>& rows) {
    return compare_sentence(report_of(rows));
}

const Row fewer_pods{"podHours", {10.0, 10.2, 9.8, 10.0}, {8.6, 8.8, 8.4, 8.6}};
const Row same_pods{"podHours", {16.0, 16.0, 16.0, 16.0}, {16.0, 16.0, 16.0, 16.0}};
const Row unsure_pods{"podHours", {10.0, 10.2, 9.8, 10.0}, {10.2, 10.0, 9.9, 10.1}};
const Row slower{"latency.p99", {1.0, 1.2, 1.1, 0.9}, {4.2, 4.1, 4.0, 4.3}};
const Row unsure_latency{"latency.p99", {1.0, 1.2, 1.1, 0.9}, {1.2, 1.0, 1.2, 0.9}};

TEST(CompareSentence, SaysCostAndLatency) {
    EXPECT_EQ(sentence({fewer_pods, slower}),
              "B needs 14.0 ± 0.4 % fewer pod-hours and its p99 latency is 3.1 ± 0.4 s longer.");
    EXPECT_EQ(
        sentence({same_pods, slower}),
        "B's p99 latency is 3.1 ± 0.4 s longer; pod-hours are the same in every replication.");
}

TEST(CompareSentence, DoesNotCallChanceADifference) {
    EXPECT_EQ(
        sentence({unsure_pods, unsure_latency}),
        "No difference that 4 replications can show in pod-hours (+0.05 ± 0.28) or p99 latency "
        "(+25 ± 272 ms).");
    EXPECT_EQ(sentence({fewer_pods, unsure_latency}),
              "B needs 14.0 ± 0.4 % fewer pod-hours; no difference that 4 replications can show in "
              "p99 latency (+25 ± 272 ms).");
    EXPECT_EQ(sentence({same_pods, {"latency.p99", {1.0, 2.0}, {1.0, 2.0}}}),
              "Pod-hours and p99 latency are the same in every replication.");
}

TEST(CompareSentence, NamesLossesAndDuplicatesWhereTheyDiffer) {
    const std::string text =
        sentence({fewer_pods,
                  slower,
                  {"lost", {0.0, 0.0, 0.0, 0.0}, {5.0, 7.0, 6.0, 6.0}},
                  {"duplicates", {9.0, 9.0, 9.0, 9.0}, {1.0, 1.0, 1.0, 1.0}},
                  {"deadLettered", {0.0, 0.0, 0.0, 0.0}, {0.0, 0.0, 0.0, 1.0}}});

    EXPECT_NE(text.find("it loses 6.0 ± 1.3 more records and it does 8 fewer records twice"),
              std::string::npos)
        << text;
    EXPECT_NE(
        text.find("no difference that 4 replications can show in records given up (+0.2 ± 0.8)"),
        std::string::npos)
        << text;
    EXPECT_EQ(sentence({fewer_pods, slower, {"lost", {0.0, 0.0}, {0.0, 0.0}}}).find("los"),
              std::string::npos);
}

TEST(CompareSentence, TellsOfRecordsThatAreInNoLatencySinceTheyWait) {
    const Row produced{"produced", {1000.0, 1000.0}, {1000.0, 1000.0}};

    EXPECT_NE(sentence({produced, {"waiting", {0.0, 2.0}, {400.0, 402.0}}})
                  .find("400 more records wait at B's end"),
              std::string::npos);
    EXPECT_EQ(sentence({produced, {"waiting", {0.0, 0.0}, {4.0, 4.0}}}), "Nothing to compare.");
}

TEST(CompareSentence, OfOneReplicationSaysSo) {
    const CompareReport report =
        report_of({{"podHours", {10.0}, {8.6}}, {"latency.p99", {0.1}, {0.05}}});

    EXPECT_EQ(compare_sentence(report),
              "In one replication B needs 14.0 % fewer pod-hours and its p99 latency is 50 ms "
              "shorter.");
    ASSERT_EQ(report.notes.size(), 1U);
    EXPECT_EQ(report.notes[0].code, "one-replication");
}

TEST(CompareSentence, SaysWhatIsUndefined) {
    EXPECT_EQ(sentence({same_pods, {"latency.p99", {undefined, undefined}, {1.0, 2.0}}}),
              "Pod-hours are the same in every replication; p99 latency cannot be compared: in no "
              "replication did both finish a record.");
}

TEST(CompareSentence, HasALineForEachGroup) {
    EXPECT_EQ(sentence({{"one.podHours", {1.0, 1.0}, {1.0, 1.0}},
                        {"two.podHours", {1.0, 1.0}, {2.0, 2.0}}}),
              "one: Pod-hours are the same in every replication.\n"
              "two: B needs 100 % more pod-hours.");
}

TEST(CompareReport, NotesWhatIsNotAlike) {
    CompareReport report = report_of({fewer_pods}, 2);
    EXPECT_FALSE(report.paired());
    EXPECT_FALSE(report.same_traffic);
    ASSERT_FALSE(report.notes.empty());
    EXPECT_EQ(report.notes[0].code, "unpaired");

    const std::string spec = "spec:\n  duration: 5m\n  producers:\n    - topic: orders\n";
    ComparedSide a = report.a;
    ComparedSide b = report.b;
    a.resolved = spec;
    b.resolved = spec;
    b.seed = a.seed;
    EXPECT_TRUE(compare_sides(a, b).same_traffic);
    EXPECT_TRUE(compare_sides(a, b).notes.empty());
    b.resolved = "spec:\n  duration: 10m\n  producers:\n    - topic: orders\n";
    b.version = "9";
    b.groups = {"h"};
    std::vector<std::string> codes;
    for (const CompareNote& note : compare_sides(a, b).notes) {
        codes.push_back(note.code);
    }
    EXPECT_EQ(codes, (std::vector<std::string>{"other-traffic", "other-duration", "other-version",
                                               "other-group"}));
}

TEST(CompareReport, JoinsAGroupThatStandsAloneWithItsNamesakeAmongSeveral) {
    CompareReport report = report_of({{"podHours", {1.0, 1.0}, {2.0, 2.0}}});
    ComparedSide many = report.b;
    many.groups = {"f", "g"};
    many.metrics = {report.b.metrics[0], report.b.metrics[0]};
    many.metrics[0].name = "f.podHours";
    many.metrics[1].name = "g.podHours";
    const CompareReport joined = compare_sides(report.a, many);

    ASSERT_EQ(joined.comparison.metrics.size(), 1U);
    EXPECT_EQ(joined.comparison.metrics[0].name, "g.podHours");
    ASSERT_FALSE(joined.notes.empty());
    EXPECT_EQ(joined.notes.back().text, "Only B has consumer group f.");
}

TEST(CompareReport, FindsTheGroupOfAMetricWhateverItsName) {
    EXPECT_EQ(place_of_metric("lag.mean").group, "");
    EXPECT_EQ(place_of_metric("retryLag.mean").name, "retryLag.mean");
    EXPECT_EQ(place_of_metric("a.b.lag.mean").group, "a.b");
    EXPECT_EQ(place_of_metric("a.b.lag.mean").name, "lag.mean");
}

TEST(ComparePicture, IsNoWiderThanATerminalAndMarksWhatDiffers) {
    const CompareReport report = report_of(
        {fewer_pods, slower, {"throughput.finished", {1.0, 1.1, 1.0, 1.2}, {1.1, 1.1, 1.0, 1.1}}});
    const std::string text =
        compare_picture(report, {.unicode = false}, CompareDetail::differences);

    EXPECT_NE(text.find("podHours [h]             **"), std::string::npos) << text;
    EXPECT_NE(text.find("No difference shown (-v has the numbers): throughput.finished."),
              std::string::npos)
        << text;
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = text.find('\n', start);
        EXPECT_LE(end - start, 80U) << text.substr(start, end - start);
        start = end + 1;
    }
    EXPECT_EQ(compare_picture(report, {}, CompareDetail::sentence).find("podHours"),
              std::string::npos);
    EXPECT_NE(compare_picture(report, {}, CompareDetail::everything).find("without pairing"),
              std::string::npos);
}

}  // namespace
}  // namespace lagsim::sim
