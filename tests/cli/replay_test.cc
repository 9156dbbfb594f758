/// `lagsim replay`: recorded decisions in, the first divergence of each out.
#include <algorithm>

#include <fmt/format.h>

#include "tests/cli/shell_helper.h"
#include "tree_paths.h"

namespace lagsim::tests {
namespace {

class Replay : public CommandLine {
  protected:
    [[nodiscard]] static std::string vectors(const std::string& glob) {
        return LAGSIM_SOURCE_DIR "/tests/vectors/data/" + glob;
    }
    /// behavior-01 with the tenth of its results one higher, or without any.
    void write_tampered() const {
        nlohmann::json vector = recorded();
        nlohmann::json& sync = vector["expect"]["syncs"][9];
        sync["result"] = sync["result"].get<int>() + 1;
        write("tampered.json", vector.dump());
        vector.erase("expect");
        write("bare.json", vector.dump());
    }
    [[nodiscard]] nlohmann::json recorded() const {
        return nlohmann::json::parse(shell("cat " + vectors("hpa/behavior-01.json")).out);
    }
};

TEST_F(Replay, ARecordedVectorIsEqual) {
    const Outcome outcome = shell("lagsim replay " + vectors("hpa/behavior-01.json"));

    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.out, "1 of 1 vectors equal\n");
    EXPECT_EQ(outcome.err, "");
    EXPECT_NE(shell("lagsim replay " + vectors("{hpa,e2e}/*.json")).out.find("vectors equal"),
              std::string::npos);
}

TEST_F(Replay, JsonIsOneLineAVectorInTheShapeOfItsExpectation) {
    const Outcome outcome = shell("lagsim replay --json " + vectors("hpa/behavior-01.json ") +
                                  vectors("e2e/article.json"));

    EXPECT_EQ(std::ranges::count(outcome.out, '\n'), 2);
    const auto line = nlohmann::json::parse(outcome.out.substr(0, outcome.out.find('\n')));
    EXPECT_EQ(line["name"], "behavior-01");
    EXPECT_EQ(line["diverged"], false);
    EXPECT_EQ(line["actual"], recorded()["expect"]);
}

TEST_F(Replay, ATamperedVectorDivergesAtTheFieldThatWasTamperedWith) {
    write_tampered();
    const Outcome outcome = shell("lagsim replay tampered.json " + vectors("hpa/behavior-02.json"));

    EXPECT_EQ(outcome.code, 4);
    EXPECT_NE(outcome.out.find("behavior-01: diverged at "), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find("result"), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find("1 of 2 vectors equal\n"), std::string::npos) << outcome.out;

    const Outcome json = shell("lagsim replay --json tampered.json");
    EXPECT_EQ(json.code, 4);
    EXPECT_EQ(json.json()["diverged"], true);
    EXPECT_EQ(json.json()["actual"], recorded()["expect"]);
}

TEST_F(Replay, WithoutAnExpectationItOnlyComputes) {
    write_tampered();
    const Outcome outcome = shell("lagsim replay --json bare.json");

    EXPECT_EQ(outcome.code, 0);
    EXPECT_TRUE(outcome.json()["diverged"].is_null());
    EXPECT_EQ(outcome.json()["actual"], recorded()["expect"]);
}

TEST_F(Replay, FilesThatAreNoVectorsAreNamedAndTheOthersStillReplayed) {
    write("text.json", "{}");
    const Outcome outcome =
        shell("lagsim replay none.json text.json " + vectors("hpa/behavior-01.json"));

    EXPECT_EQ(outcome.code, 3);
    EXPECT_NE(outcome.err.find("none.json: error[unreadable-file]"), std::string::npos);
    EXPECT_NE(outcome.err.find("text.json: error[bad-vector]"), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "1 of 1 vectors equal\n");
    EXPECT_EQ(shell("lagsim replay none.json").code, 1);
}

}  // namespace
}  // namespace lagsim::tests
