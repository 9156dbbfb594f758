/// `lagsim run`: what it prints, what it writes, and how it fails.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "tests/cli/shell_helper.h"
#include "tree_paths.h"

namespace lagsim::tests {
namespace {

class Run : public CommandLine {
  protected:
    [[nodiscard]] Outcome run(const std::string& options) const {
        return shell(fmt::format("lagsim run {} {}", small_scenario(), options));
    }
    /// A run that would take many minutes.
    static constexpr const char* endless =
        "--set spec.duration=240h --set spec.replications=4000 --set 'spec.faults=[]' -j 1";
};

TEST_F(Run, AnswersFirst) {
    const Outcome outcome = run("");

    EXPECT_EQ(outcome.code, 0);
    EXPECT_NE(outcome.out.find("Kept up       yes"), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find("seed 7"), std::string::npos);
    EXPECT_NE(outcome.out.find("▁"), std::string::npos);
    EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos) << "no colour without a terminal";
    EXPECT_EQ(outcome.err, "");
}

TEST_F(Run, JsonHasTheKeysThatScriptsRelyOn) {
    const auto names = [](const nlohmann::json& object) {
        std::set<std::string> all;
        for (const auto& [name, value] : object.items()) {
            all.insert(name);
        }
        return all;
    };
    using Names = std::set<std::string>;
    const nlohmann::json json = run("--json").json();

    const Names top{"schema",       "scenario",          "seed",    "replications", "fingerprint",
                    "wall_seconds", "records_simulated", "metrics", "ledger",       "assertions"};
    EXPECT_TRUE(std::ranges::includes(names(json), top)) << json;
    EXPECT_EQ(names(json["ledger"]),
              (Names{"produced", "finished", "dead_lettered", "waiting", "lost", "duplicates",
                     "dead_letter_duplicates", "dead_lettered_and_finished"}));
    EXPECT_EQ(names(json["assertions"][0]), (Names{"text", "held", "value"}));
    for (const auto& [name, metric] : json["metrics"].items()) {
        EXPECT_EQ(names(metric), (Names{"mean", "half_width", "n", "confidence", "unit"})) << name;
    }
    EXPECT_TRUE(json["metrics"]["timeToDrain"]["mean"].is_null()) << "no trigger, no threshold";
    EXPECT_EQ(json["fingerprint"].get<std::string>().size(), 16U);
}

TEST_F(Run, JsonIsOneObjectWithAConsistentLedger) {
    const nlohmann::json json = run("--json").json();

    EXPECT_EQ(json["schema"], "lagsim.run/1");
    EXPECT_EQ(json["scenario"], "small");
    EXPECT_EQ(json["replications"], 2);
    const nlohmann::json& ledger = json["ledger"];
    EXPECT_EQ(ledger["produced"].get<std::int64_t>(),
              ledger["finished"].get<std::int64_t>() + ledger["dead_lettered"].get<std::int64_t>() +
                  ledger["waiting"].get<std::int64_t>() + ledger["lost"].get<std::int64_t>());
    EXPECT_EQ(json["metrics"]["lag.max"]["n"], 2);
    EXPECT_TRUE(json["assertions"][0]["held"].get<bool>());
}

TEST_F(Run, DependsOnTheSeedButNotOnTheThreads) {
    const auto fingerprint = [&](const char* options) {
        return run(std::string("--json --replications 6 ") + options).json()["fingerprint"];
    };

    EXPECT_EQ(fingerprint("-j 1"), fingerprint("-j 3"));
    EXPECT_NE(fingerprint("-j 1"), fingerprint("-j 1 --seed 8"));
    EXPECT_EQ(fingerprint("--seed 8"), fingerprint("--set spec.seed=8"));
}

TEST_F(Run, OneReplicationHasNoHalfWidth) {
    const nlohmann::json json = run("--json --replications 1").json();

    EXPECT_TRUE(json["metrics"]["lag.max"]["half_width"].is_null());
}

TEST_F(Run, ABreachedAssertionIsExitFourAndTheResultIsWritten) {
    const Outcome outcome = run("--set 'spec.assertions=[\"lost > 1000000\"]' -o run.h5");

    EXPECT_EQ(outcome.code, 4) << outcome.err;
    EXPECT_NE(outcome.out.find("BREACHED  lost > 1000000"), std::string::npos) << outcome.out;
    EXPECT_EQ(shell("lagsim inspect run.h5 --json").json()["complete"], true);
}

TEST_F(Run, DryRunPrintsAScenarioThatRunsTheSame) {
    const Outcome resolved = run("--dry-run -o run.h5");
    write("resolved.yaml", resolved.out);

    EXPECT_EQ(resolved.code, 0);
    EXPECT_FALSE(exists("run.h5"));
    EXPECT_EQ(shell("lagsim run resolved.yaml --json").json()["fingerprint"],
              run("--json").json()["fingerprint"]);
}

TEST_F(Run, ReadsTheScenarioFromStdinAndOverlaysInOrder) {
    write("overlay.yaml", "spec: {seed: 99}\n");
    const Outcome outcome =
        shell(fmt::format("lagsim run - -f overlay.yaml --json < {}", small_scenario()));

    EXPECT_EQ(outcome.json()["seed"], 99) << outcome.err;
}

TEST_F(Run, MistakesInTheScenarioAreExitThreeAllAtOnce) {
    const Outcome text = run("--set spec.sed=3 --set spec.replicatons=3");
    EXPECT_EQ(text.code, 3);
    EXPECT_NE(text.err.find("did you mean 'seed'?"), std::string::npos) << text.err;
    EXPECT_NE(text.err.find("did you mean 'replications'?"), std::string::npos) << text.err;

    const Outcome json = run("--set spec.sed=3 --json");
    EXPECT_EQ(json.code, 3);
    EXPECT_EQ(json.json()[0]["suggestion"], "seed") << json.out;
}

TEST_F(Run, AFileThatIsNotThereIsExitOne) {
    const Outcome outcome = shell("lagsim run none.yaml");

    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find("none.yaml"), std::string::npos);
}

TEST_F(Run, AnExistingOutputIsKeptWithoutForce) {
    write("run.h5", "precious");

    EXPECT_EQ(run("-o run.h5").code, 2);
    EXPECT_EQ(read("run.h5"), "precious");
    EXPECT_EQ(run("-o run.h5 --force").code, 0);
    EXPECT_EQ(read("run.h5").substr(1, 3), "HDF");
}

TEST_F(Run, AnOlderResultSurvivesAFullDisk) {
    write("run.h5", "precious");
    for (const int kibibytes : {1, 40, 100}) {
        const Outcome outcome = shell(fmt::format("ulimit -f {}; lagsim run {} -o run.h5 --force",
                                                  kibibytes, small_scenario()));

        EXPECT_EQ(outcome.code, 1) << kibibytes;
        EXPECT_NE(outcome.err.find("cannot write run.h5: File too large"), std::string::npos)
            << outcome.err;
        EXPECT_EQ(read("run.h5"), "precious");
        EXPECT_FALSE(exists("run.h5.partial"));
    }
}

TEST_F(Run, PlacesThatTakeNoFileAreFailuresBeforeAnythingIsSimulated) {
    write("file", "");
    const std::string slow = endless;

    EXPECT_EQ(run(slow + " -o file/run.h5").code, 1);
    EXPECT_EQ(run(slow + " -o none/run.h5").code, 1);
    EXPECT_EQ(run(slow + " -o /proc/run.h5").code, 1);
    EXPECT_EQ(run(slow + " -o /dev/null --force").code, 1);
    EXPECT_EQ(shell("test -c /dev/null").code, 0) << "the device is still there";
}

TEST_F(Run, AKilledRunLeavesOnlyThePartialFile) {
    write("run.h5", "precious");
    const Outcome outcome =
        shell(fmt::format("'{}' run {} {} -o run.h5 --force & sleep 2; kill -9 $!; wait $!",
                          LAGSIM_BINARY, small_scenario(), endless));

    EXPECT_EQ(outcome.code, 137) << outcome.err;
    EXPECT_EQ(read("run.h5"), "precious");
    EXPECT_TRUE(exists("run.h5.partial"));
    EXPECT_EQ(shell("lagsim inspect run.h5.partial --json").json()["complete"], false);
}

TEST_F(Run, AnInterruptWritesWhatIsFinished) {
    // env --default-signal: a shell starts background jobs with SIGINT ignored.
    const Outcome outcome = shell(fmt::format(
        "env --default-signal=INT '{}' run {} {} --set spec.duration=24h -o run.h5 --json & "
        "sleep 2; kill -INT $!; wait $!",
        LAGSIM_BINARY, small_scenario(), endless));

    EXPECT_EQ(outcome.code, 130) << outcome.err;
    EXPECT_NE(outcome.err.find("finishing the replications"), std::string::npos) << outcome.err;
    const std::int64_t finished = outcome.json()["replications"].get<std::int64_t>();
    EXPECT_GE(finished, 1);
    EXPECT_LT(finished, 4000);
    const nlohmann::json stored = shell("lagsim inspect run.h5 --json").json();
    EXPECT_EQ(stored["replications"], finished);
    EXPECT_EQ(stored["complete"], true);
    EXPECT_FALSE(exists("run.h5.partial"));
}

TEST_F(Run, ASecondInterruptDropsWhatRuns) {
    const Outcome outcome =
        shell(fmt::format("env --default-signal=INT '{}' run {} {} --set spec.duration=1000d --set "
                          "spec.sampleInterval=1d -o run.h5 & "
                          "sleep 1; kill -INT $!; sleep 0.5; kill -INT $!; wait $!",
                          LAGSIM_BINARY, small_scenario(), endless));

    EXPECT_EQ(outcome.code, 130) << outcome.err;
    EXPECT_FALSE(exists("run.h5"));
    EXPECT_FALSE(exists("run.h5.partial"));
}

TEST_F(Run, ProgressIsJsonLinesOnStderrWhenAsked) {
    const Outcome outcome = run("--progress jsonl --json");
    const auto last = nlohmann::json::parse(
        outcome.err.substr(outcome.err.rfind('\n', outcome.err.size() - 2) + 1));

    EXPECT_EQ(last["replications_finished"], 2);
    EXPECT_NEAR(last["part"].get<double>(), 1.0, 0.01);
    EXPECT_EQ(outcome.json()["replications"], 2);
}

TEST_F(Run, ColourFollowsOptionThenEnvironment) {
    const auto coloured = [](const Outcome& outcome) {
        return outcome.out.find('\x1b') != std::string::npos;
    };
    const std::string line = "lagsim run " + small_scenario();

    EXPECT_TRUE(coloured(shell(line + " --color always")));
    EXPECT_TRUE(coloured(shell("CLICOLOR_FORCE=1 " + line)));
    EXPECT_FALSE(coloured(shell("CLICOLOR_FORCE=1 NO_COLOR=1 " + line)));
    EXPECT_FALSE(coloured(shell(line + " --json --color always")));
    EXPECT_EQ(shell("LC_ALL=C " + line).out.find("▁"), std::string::npos);
}

TEST_F(Run, FlowIsAboutTheSameScenario) {
    const nlohmann::json exact = run("--json --replications 1").json()["metrics"];
    const Outcome outcome = run("--json --replications 1 --resolution flow -o flow.h5");

    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(exists("flow.h5"));
    const nlohmann::json flow = outcome.json()["metrics"];
    const auto mean = [](const nlohmann::json& metrics, const char* name) {
        return metrics[name]["mean"].get<double>();
    };
    EXPECT_NEAR(mean(flow, "produced"), 12000.0, 1.0);
    EXPECT_NEAR(mean(flow, "throughput.finished") / mean(exact, "throughput.finished"), 1.0, 0.02);
    EXPECT_EQ(mean(flow, "rebalances"), mean(exact, "rebalances"));
    EXPECT_NE(run("--resolution flow").out.find("; expected numbers of "), std::string::npos);
    EXPECT_EQ(run("--resolution flow --dry-run").out,
              run("--set spec.resolution=flow --dry-run").out);
}

TEST_F(Run, FlowRefusesWhatItCannotRepresent) {
    const Outcome outcome = run("--resolution flow --set spec.producers[0].transactions.records=5");

    EXPECT_EQ(outcome.code, 3);
    EXPECT_NE(outcome.err.find("error[not-modelled]: resolution 'flow' has no transaction markers"),
              std::string::npos)
        << outcome.err;
    EXPECT_EQ(run("--resolution fine").code, 2);
}

}  // namespace
}  // namespace lagsim::tests
