#include "sim/scenario/diagnostics.h"

#include <array>

#include <gtest/gtest.h>

namespace lagsim::sim {
namespace {

Diagnostic misspelled() {
    return {.file = "k8s/scaledobject.yaml",
            .line = 17,
            .column = 9,
            .path = "spec.triggers[0].metadata.lagTreshold",
            .severity = Severity::error,
            .code = "unknown-key",
            .message = "'lagTreshold' is not a key of the kafka trigger",
            .suggestion = "lagThreshold",
            .source_line = "        lagTreshold: \"50\"",
            .width = 11};
}

TEST(Diagnostics, TextIsWhatEveryEditorReadsThenTheLineAndACaret) {
    const std::array all{misspelled()};

    EXPECT_EQ(render_diagnostics(all),
              "k8s/scaledobject.yaml:17:9: error[unknown-key]: 'lagTreshold' is not a key of the "
              "kafka trigger; did you mean 'lagThreshold'?\n"
              "   17 |         lagTreshold: \"50\"\n"
              "      |         ^~~~~~~~~~~\n");
}

TEST(Diagnostics, CaretCountsCharactersAndKeepsTabs) {
    Diagnostic d = misspelled();
    d.source_line = "\t\u00E9\u00FC: x";
    d.column = 6;
    d.width = 1;

    const std::string text = render_diagnostics(std::array{d});

    EXPECT_NE(text.find("      | \t    ^\n"), std::string::npos) << text;
}

TEST(Diagnostics, ControlCharactersDoNotReachTheTerminal) {
    Diagnostic d = misspelled();
    d.message = "\033[2J gone";
    d.source_line = "\033[2J";

    EXPECT_EQ(render_diagnostics(std::array{d}).find('\033'), std::string::npos);
}

TEST(Diagnostics, OfAVeryLongLineTheNeighbourhoodIsShown) {
    Diagnostic d = misspelled();
    d.source_line = std::string(100'000, 'x');
    d.column = 50'000;

    EXPECT_LT(render_diagnostics(std::array{d}).size(), 600U);
}

TEST(Diagnostics, JsonHasTheFixedKeysAndNullForNoSuggestion) {
    EXPECT_EQ(render_diagnostics_json({}), "[]");
    Diagnostic d = misspelled();
    d.suggestion.clear();
    EXPECT_EQ(render_diagnostics_json(std::array{d}),
              R"([{"file":"k8s/scaledobject.yaml","line":17,"column":9,)"
              R"("path":"spec.triggers[0].metadata.lagTreshold","severity":"error",)"
              R"("code":"unknown-key","message":"'lagTreshold' is not a key of the kafka trigger",)"
              R"("suggestion":null}])");
}

TEST(Diagnostics, JsonSurvivesFileNamesThatAreNotUtf8) {
    Diagnostic d = misspelled();
    d.file = "\xFF.yaml";

    EXPECT_NE(render_diagnostics_json(std::array{d}).find(".yaml"), std::string::npos);
}

TEST(DidYouMean, ToleratesTwoSlipsOrAThirdOfTheWord) {
    constexpr std::array<std::string_view, 4> keys{"duration", "warmup", "seed", "sampleInterval"};
    EXPECT_EQ(did_you_mean("duraton", keys), "duration");
    EXPECT_EQ(did_you_mean("warmpu", keys), "warmup") << "a swap is one slip";
    EXPECT_EQ(did_you_mean("sampelIntervall", keys), "sampleInterval");
    EXPECT_EQ(did_you_mean("Seed", keys), "seed");
    EXPECT_EQ(did_you_mean("replicas", keys), "");
    EXPECT_EQ(did_you_mean("xy", keys), "") << "a word is not replaced as a whole";
    EXPECT_EQ(did_you_mean(std::string(100'000, 'a'), keys), "");
}

}  // namespace
}  // namespace lagsim::sim
