/// The commands that read and tell: validate, explain, schema, inspect.
#include <fmt/format.h>

#include "tests/cli/shell_helper.h"
#include "tree_paths.h"

namespace lagsim::tests {
namespace {

class Reading : public CommandLine {};

TEST_F(Reading, ValidateSaysThatAllIsWell) {
    const Outcome outcome = shell("lagsim validate " + small_scenario());

    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.out, "1 file: no mistakes\n");
    EXPECT_EQ(shell("lagsim validate --json " + small_scenario()).out, "[]\n");
}

TEST_F(Reading, ValidateReportsEveryFileAndExitsThree) {
    write("a.yaml", "apiVersion: lagsim/v1\nkind: Scenario\nspec: {durration: 1h}\n");
    write("b.yaml", "a: 1\na: 2\n");
    const Outcome outcome = shell("lagsim validate a.yaml b.yaml none.yaml");

    EXPECT_EQ(outcome.code, 3);
    EXPECT_NE(outcome.err.find("a.yaml:3:8: error[unknown-key]"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("b.yaml:2:1: error["), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("none.yaml"), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(shell("lagsim validate none.yaml").code, 1);
}

TEST_F(Reading, ExplainKnowsAKeyByTheEndOfItsPath) {
    const Outcome outcome = shell("lagsim explain serviceTime.mean");

    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("serviceTime.mean"), std::string::npos);
    EXPECT_EQ(shell("lagsim explain --json serviceTime.mean").json()["schema"], "lagsim.explain/1");
    EXPECT_EQ(shell("lagsim explain").code, 0);
}

TEST_F(Reading, SchemaIsJson) {
    EXPECT_EQ(shell("lagsim schema").json()["type"], "object");
}

TEST_F(Reading, InspectTellsWhatRunWrote) {
    const Outcome run =
        shell(fmt::format("lagsim run {} -o run.h5 --json --set spec.seed=11", small_scenario()));
    const nlohmann::json printed = run.json();
    const nlohmann::json stored = shell("lagsim inspect run.h5 --json").json();

    EXPECT_EQ(stored["fingerprint"], printed["fingerprint"]);
    EXPECT_EQ(stored["metrics"], printed["metrics"]);
    EXPECT_EQ(stored["ledger"], printed["ledger"]);
    EXPECT_EQ(stored["seed"], "11");
    const Outcome words = shell("lagsim inspect run.h5");
    EXPECT_NE(words.out.find("Scenario      small"), std::string::npos) << words.out;
    EXPECT_NE(words.out.find("spec.seed=11"), std::string::npos) << words.out;
}

TEST_F(Reading, InspectSaysWhatIsWrongWithAFile) {
    write("text.h5", "no HDF5");

    EXPECT_EQ(shell("lagsim inspect none.h5").code, 1);
    for (const char* command : {"inspect text.h5", "explain decision text.h5 --at 5m"}) {
        const Outcome outcome = shell(std::string("lagsim ") + command);
        EXPECT_EQ(outcome.code, 3) << command;
        EXPECT_EQ(outcome.err.rfind("text.h5: error[bad-result-file]: it is no HDF5 file", 0), 0U)
            << outcome.err;
    }
    const Outcome json = shell("lagsim inspect text.h5 --json");
    EXPECT_EQ(json.code, 3);
    EXPECT_EQ(json.json()[0]["code"], "bad-result-file");
    EXPECT_EQ(shell("lagsim inspect none.h5 --json").json()[0]["code"], "unreadable-file");
}

TEST_F(Reading, ExplainDecisionNamesTheRuleThatLimitedTheReplicas) {
    const std::string article = LAGSIM_SOURCE_DIR "/scenarios/article.yaml";
    // The rate in the first hour alone; the trace goes on behind it.
    const Outcome run =
        shell(fmt::format("lagsim run {} -o run.h5 -q --replications 1 --set 'spec.assertions=[]' "
                          "--set 'spec.producers[0].rate=1500/s' --set spec.duration=20m",
                          article));
    ASSERT_EQ(run.code, 0) << run.err;
    const Outcome words = shell("lagsim explain decision run.h5 --at 20m");
    const nlohmann::json json = shell("lagsim explain decision run.h5 --at 20m --json").json();

    EXPECT_NE(words.out.find("Last HPA sync"), std::string::npos) << words.out << words.err;
    EXPECT_EQ(json["last_hpa"]["who"], "hpa");
    EXPECT_TRUE(json["last_hpa"]["limited_by"].is_string());
    EXPECT_FALSE(json["last_change"].is_null());
}

}  // namespace
}  // namespace lagsim::tests
