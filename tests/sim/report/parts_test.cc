/// What the page's parts compute.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/report/envelope.h"
#include "sim/report/flaps.h"
#include "sim/report/html.h"
#include "sim/report/marks.h"
#include "sim/report/svg.h"

namespace lagsim::sim::report {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(ReportHtml, TextStaysText) {
    EXPECT_EQ(escaped("<a href=\"x\">'&'</a>"),
              "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
    EXPECT_EQ(escaped(std::string_view("a\0b\x1b\x7f\tc\nd", 9)), "a�b��\tc\nd");
    EXPECT_EQ(escaped("größer \u202Egnp.exe"), "größer �gnp.exe") << "no direction is turned";
}

TEST(ReportHtml, DataCannotEndItsElement) {
    const std::string element = data_element("x", {{"name", "</script><!--<script>\xff"}});

    EXPECT_EQ(element.find('<', 1), element.rfind("</script>")) << element;
    EXPECT_NE(element.find("\\u003c/script>"), std::string::npos) << element;
}

TEST(ReportEnvelope, KeepsTheLowestAndTheHighestOfAStretch) {
    const std::vector<double> values{1, 9, 2, 0, 5, 5, nan, 7};
    const std::vector<Stretch> parts = stretches(values.size(), 3);
    const Extremes found = extremes(values, parts);

    ASSERT_EQ(parts.size(), 3U);
    EXPECT_EQ(parts.back().last, values.size() - 1);
    EXPECT_EQ(found.high, (std::vector<double>{9, 5, 7}));
    EXPECT_EQ(found.low, (std::vector<double>{1, 0, 5}));
    EXPECT_EQ(line_values(values, parts).size(), line_times(values, parts).size());
    const std::vector<double> line = line_values(std::span(values).first(5), stretches(5, 2));
    EXPECT_EQ(line, (std::vector<double>{1, 9, 0, 5})) << "in the order in which they come";
}

TEST(ReportEnvelope, AllOfAFewSamplesAreDrawn) {
    const std::vector<double> values{3, 1, 2};

    EXPECT_EQ(line_values(values, stretches(3, 100)), values);
    EXPECT_TRUE(stretches(0, 100).empty());
}

TEST(ReportMarks, AtMostOneInEachPart) {
    const std::vector<double> times{0, 1, 2, 30, 31, 99};

    EXPECT_EQ(thinned(times, 100, 10), (std::vector<double>{0, 30, 99}));
    EXPECT_EQ(thinned(times, 100, 1000), times);
}

TEST(ReportSvg, AxesCoverTheirValues) {
    EXPECT_DOUBLE_EQ(value_axis(91'798).top, 100'000.0);
    EXPECT_DOUBLE_EQ(value_axis(0.0).top, value_axis(0.0).top) << "nothing is no reason to fail";
    EXPECT_EQ(time_ticks(86'400).back().label, "24h");
    EXPECT_TRUE(time_ticks(0.0).empty());
    EXPECT_EQ(units(-0.04), "0");
    EXPECT_EQ(line_path(std::vector<Point>{{0, 1}, {1, nan}, {2, 3}}, "x"),
              "<path class=\"x\" d=\"M0 1M2 3\"/>\n");
}

/// Decisions of the HPA at these seconds to these counts, from 2.
ReportInput scaled(const std::vector<std::pair<double, int>>& changes) {
    ReportInput input;
    input.run.result.last_sample_seconds = 7200.0;
    input.groups.resize(1);
    input.groups[0].name = "g";
    std::int64_t before = 2;
    for (const auto& [seconds, after] : changes) {
        StoredDecision decision;
        decision.seconds = seconds;
        decision.who = "hpa";
        decision.group = "g";
        decision.before = before;
        decision.after = after;
        input.decisions.push_back(decision);
        before = after;
    }
    return input;
}

TEST(ReportFlaps, CountWhatIsUndoneWithinAnHour) {
    // Up 8 in two steps, down 6, up 3; then, more than an hour later, down 5.
    const Flaps found = flaps(scaled({{0, 6}, {60, 10}, {600, 4}, {1200, 7}, {5000, 2}}), 0);

    EXPECT_EQ(found.swings.size(), 4U);
    EXPECT_EQ(found.swings[0].pods, 8);
    EXPECT_EQ(found.flaps, 2);
    EXPECT_EQ(found.undone, 6 + 3);
    EXPECT_DOUBLE_EQ(found.score, 4.5);
    EXPECT_TRUE(std::isnan(found.period)) << "two flaps have no period";
    EXPECT_EQ(found.by_keda, 0);
}

TEST(ReportFlaps, AnOscillationHasItsPeriodAndAmplitude) {
    std::vector<std::pair<double, int>> changes;
    for (int i = 0; i < 12; ++i) {
        changes.emplace_back(300.0 * i, i % 2 == 0 ? 7 : 2);
    }
    const Flaps found = flaps(scaled(changes), 0);

    EXPECT_DOUBLE_EQ(found.period, 600.0);
    EXPECT_DOUBLE_EQ(found.amplitude, 5.0);
    EXPECT_EQ(found.flaps, 11);
}

TEST(ReportFlaps, OneDirectionIsNoFlap) {
    EXPECT_EQ(flaps(scaled({{0, 3}, {15, 5}, {30, 9}}), 0).flaps, 0);
    EXPECT_EQ(loop_in_words(flaps(scaled({}), 0)),
              "Nothing that was scaled was undone within an hour.");
}

}  // namespace
}  // namespace lagsim::sim::report
