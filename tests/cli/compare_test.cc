/// `lagsim compare`: what it says of two scenarios or results, and how it fails.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tests/cli/shell_helper.h"
#include "tree_paths.h"

namespace lagsim::tests {
namespace {

class Compare : public CommandLine {
  protected:
    /// The small scenario, and itself with what `options` change.
    [[nodiscard]] Outcome compare(const std::string& options) const {
        return shell(fmt::format("lagsim compare {} {}", small_scenario(), options));
    }
    [[nodiscard]] Outcome run(const std::string& options) const {
        return shell(fmt::format("lagsim run {} {}", small_scenario(), options));
    }
    static constexpr const char* fewer_pods = "--set-b 'spec.consumers[0].replicas=2'";
};

nlohmann::json difference(const nlohmann::json& report, const char* metric) {
    return report["metrics"][metric]["difference"];
}

TEST_F(Compare, AnswersInASentenceFirst) {
    const Outcome outcome = compare(std::string(fewer_pods) + " --replications 6");

    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    EXPECT_NE(outcome.out.find("\nB needs 33.3"), std::string::npos) << outcome.out;
    EXPECT_NE(
        outcome.out.find("6 pairs of replications with seed 7: the same traffic and work on both "
                         "sides"),
        std::string::npos)
        << outcome.out;
    EXPECT_NE(outcome.out.find("B  " + small_scenario()), std::string::npos);
    EXPECT_NE(outcome.out.find("--set 'spec.consumers[0].replicas=2'"), std::string::npos);

    const Outcome quiet = compare(std::string(fewer_pods) + " --replications 6 -q");
    EXPECT_TRUE(quiet.out.starts_with("B needs 33.3")) << quiet.out;
    EXPECT_EQ(quiet.out.find("Metric"), std::string::npos);
    EXPECT_FALSE(quiet.out.ends_with("\n\n"));
}

TEST_F(Compare, PairsWhatTwoRunsWouldHaveGiven) {
    const nlohmann::json report =
        compare(std::string(fewer_pods) + " --replications 5 --json").json();
    const nlohmann::json a = run("--replications 5 --json").json();
    const nlohmann::json b =
        run("--replications 5 --json --set 'spec.consumers[0].replicas=2'").json();

    EXPECT_EQ(report["schema"], "lagsim.compare/1");
    EXPECT_EQ(report["a"]["fingerprint"], a["fingerprint"]);
    EXPECT_EQ(report["b"]["fingerprint"], b["fingerprint"]);
    EXPECT_EQ(report["b"]["ledger"], b["ledger"]);
    EXPECT_EQ(report["a"]["assertions"], a["assertions"]);
    EXPECT_TRUE(report["paired"].get<bool>());
    EXPECT_TRUE(report["same_traffic"].get<bool>());
    EXPECT_EQ(report["metrics"].size(), a["metrics"].size());
    for (const auto& [name, metric] : report["metrics"].items()) {
        if (!a["metrics"][name]["mean"].is_null()) {
            EXPECT_EQ(metric["a"]["mean"], a["metrics"][name]["mean"]) << name;
            EXPECT_EQ(metric["b"]["half_width"], b["metrics"][name]["half_width"]) << name;
        }
    }
    EXPECT_EQ(difference(report, "produced")["mean"], 0.0);
    EXPECT_TRUE(report["metrics"]["podHours"]["surely_differs"].get<bool>());
    EXPECT_TRUE(report["metrics"]["timeToDrain"]["difference"]["mean"].is_null());
}

TEST_F(Compare, DoesNotDependOnTheThreads) {
    auto one = compare(std::string(fewer_pods) + " --replications 6 --json -j 1").json();
    auto three = compare(std::string(fewer_pods) + " --replications 6 --json -j 3").json();
    one.erase("wall_seconds");
    three.erase("wall_seconds");

    EXPECT_EQ(one, three);
}

TEST_F(Compare, AScenarioWithItselfIsTheSameEventByEvent) {
    const Outcome outcome = compare(small_scenario());

    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("A and B are the same, event by event."), std::string::npos);
    EXPECT_EQ(outcome.out.find("Metric"), std::string::npos);
}

TEST_F(Compare, OneReplicationHasDifferencesAndNoIntervals) {
    const Outcome outcome = compare(std::string(fewer_pods) + " --replications 1");

    EXPECT_NE(outcome.out.find("In one replication B needs 33.3 % fewer pod-hours"),
              std::string::npos)
        << outcome.out;
    EXPECT_NE(outcome.out.find("One replication has no interval"), std::string::npos);
    const nlohmann::json json =
        compare(std::string(fewer_pods) + " --replications 1 --json").json();
    EXPECT_LT(difference(json, "podHours")["mean"].get<double>(), 0.0);
    EXPECT_TRUE(difference(json, "podHours")["half_width"].is_null());
    EXPECT_EQ(json["notes"][0]["code"], "one-replication");
}

TEST_F(Compare, ResultFilesGiveTheSameAnswerAsScenarios) {
    const nlohmann::json run_now =
        compare(std::string(fewer_pods) +
                " --replications 4 --json --output-a a.h5 --output-b b.h5")
            .json();
    const nlohmann::json stored = shell("lagsim compare a.h5 b.h5 --json").json();
    const nlohmann::json mixed =
        shell(fmt::format("lagsim compare a.h5 {} {} --replications 4 --json", small_scenario(),
                          fewer_pods))
            .json();

    EXPECT_EQ(stored["metrics"], run_now["metrics"]);
    EXPECT_EQ(mixed["metrics"], run_now["metrics"]);
    EXPECT_EQ(stored["sentence"], run_now["sentence"]);
    EXPECT_TRUE(stored["same_traffic"].get<bool>());
    EXPECT_EQ(stored["b"]["fingerprint"], run_now["b"]["fingerprint"]);
    EXPECT_TRUE(stored["a"]["assertions"].is_null()) << "who ran it has judged them";
}

TEST_F(Compare, OtherSeedsAreNotPaired) {
    const nlohmann::json json = compare("--set-b spec.seed=8 --replications 5 --json").json();

    EXPECT_FALSE(json["paired"].get<bool>());
    EXPECT_FALSE(json["same_traffic"].get<bool>());
    EXPECT_EQ(json["notes"][0]["code"], "unpaired");
    EXPECT_TRUE(json["metrics"]["lag.mean"]["correlation"].is_null());
    EXPECT_EQ(difference(json, "lag.mean")["n"], 10);
    EXPECT_TRUE(std::isfinite(difference(json, "lag.mean")["half_width"].get<double>()));
}

TEST_F(Compare, OtherTrafficIsSaid) {
    const nlohmann::json json =
        compare("--set-b 'spec.producers[0].rate=50/s' --replications 2 --json").json();

    EXPECT_TRUE(json["paired"].get<bool>());
    EXPECT_FALSE(json["same_traffic"].get<bool>());
    EXPECT_EQ(json["notes"][0]["code"], "other-traffic");
}

TEST_F(Compare, MoreReplicationsOnOneSideAreLeftOut) {
    ASSERT_EQ(run("--replications 3 -o a.h5").code, 0);
    ASSERT_EQ(run("--replications 2 -o b.h5 --set spec.consumers[0].replicas=2").code, 0);
    const nlohmann::json json = shell("lagsim compare a.h5 b.h5 --json").json();

    EXPECT_EQ(json["replications"], 2);
    EXPECT_EQ(json["a"]["replications"], 3);
    EXPECT_EQ(difference(json, "podHours")["n"], 2);
    EXPECT_EQ(json["notes"][0]["code"], "left-over");
}

TEST_F(Compare, BothAreChangedBySetAndOneByItsOwn) {
    write("b.yaml", "spec: {consumers: [{group: shop, replicas: 1, serviceTime: 1ms}]}\n");
    const Outcome outcome = compare(
        "--set spec.duration=2m --set-a spec.warmup=1m --overlay-b b.yaml "
        "--seed 5 --dry-run --set 'spec.faults=[]'");

    EXPECT_EQ(outcome.code, 0) << outcome.err;
    const std::size_t second = outcome.out.find("# B: ");
    ASSERT_NE(second, std::string::npos);
    const std::string a = outcome.out.substr(0, second);
    const std::string b = outcome.out.substr(second);
    for (const std::string* side : {&a, &b}) {
        EXPECT_NE(side->find("\n  duration: 2m"), std::string::npos) << *side;
        EXPECT_NE(side->find("\n  seed: 5"), std::string::npos);
    }
    EXPECT_NE(a.find("\n  warmup: 1m"), std::string::npos);
    EXPECT_EQ(b.find("\n  warmup: 1m"), std::string::npos);
    EXPECT_NE(b.find("replicas: 1"), std::string::npos);
    EXPECT_EQ(a.find("replicas: 1"), std::string::npos);
}

TEST_F(Compare, ABreachedAssertionOfEitherIsExitFour) {
    const Outcome outcome = compare("--set-b 'spec.assertions=[\"lost > 1000000\"]'");

    EXPECT_EQ(outcome.code, 4) << outcome.err;
    EXPECT_NE(outcome.out.find("B  BREACHED  lost > 1000000"), std::string::npos) << outcome.out;
}

TEST_F(Compare, MistakesOfBothAreExitThreeAllAtOnce) {
    const Outcome outcome = compare("--set spec.sed=3 --set-b spec.replicatons=3 --json");

    EXPECT_EQ(outcome.code, 3);
    std::vector<std::string> suggestions;
    for (const nlohmann::json& mistake : outcome.json()) {
        suggestions.push_back(mistake["suggestion"]);
    }
    EXPECT_EQ(suggestions, (std::vector<std::string>{"seed", "replications"}))
        << "one of both sides is said once";
}

TEST_F(Compare, WhatCannotBeReadIsSaid) {
    write("text.h5", "no result");
    EXPECT_EQ(shell("lagsim compare none.h5 none.yaml").code, 1);
    EXPECT_EQ(compare("text.h5").code, 3);
    ASSERT_EQ(run("-o a.h5").code, 0);
    EXPECT_EQ(shell("lagsim compare a.h5 text.h5 --json").json()[0]["code"], "bad-result-file");
    EXPECT_EQ(shell("cp a.h5 a.data && lagsim compare a.h5 a.data").code, 0)
        << "a result file is known by its first bytes";
}

TEST_F(Compare, WhatMakesNoSenseIsAUsageError) {
    ASSERT_EQ(run("-o a.h5").code, 0);
    const std::string scenario = small_scenario();
    for (const std::string& line : std::vector<std::string>{
             scenario, "a.h5 a.h5 --seed 3", "a.h5 a.h5 --set-b spec.seed=3",
             "a.h5 " + scenario + " --output-a b.h5", "- -", scenario + " --set-b spec.seed",
             scenario + " --set-b spec.seed=3 --output-b a.h5",
             scenario + " --set-b spec.seed=3 --output-a b.h5 --output-b b.h5",
             scenario + " --set-b spec.seed=3 --replications 0"}) {
        const Outcome outcome = shell("lagsim compare " + line + " < /dev/null");
        EXPECT_EQ(outcome.code, 2) << line << '\n' << outcome.err;
    }
    EXPECT_NE(compare("").err.find("--set-b PATH=VALUE"), std::string::npos);
}

TEST_F(Compare, AnInterruptComparesThePairsThatAreFinished) {
    const Outcome outcome = shell(fmt::format(
        "env --default-signal=INT '{}' compare {} {} --set spec.duration=24h --set spec.faults=[] "
        "--replications 4000 -j 1 --output-b b.h5 --json & sleep 3; kill -INT $!; wait $!",
        LAGSIM_BINARY, small_scenario(), fewer_pods));

    EXPECT_EQ(outcome.code, 130) << outcome.err;
    const nlohmann::json json = outcome.json();
    EXPECT_TRUE(json["interrupted"].get<bool>());
    const int pairs = json["replications"].get<int>();
    EXPECT_GE(pairs, 1);
    EXPECT_LT(pairs, 4000);
    EXPECT_LE(json["a"]["replications"].get<int>() - json["b"]["replications"].get<int>(), 1);
    EXPECT_EQ(shell("lagsim inspect b.h5 --json").json()["replications"],
              json["b"]["replications"]);
}

TEST_F(Compare, ASecondInterruptDropsWhatRuns) {
    const Outcome outcome = shell(fmt::format(
        "env --default-signal=INT '{}' compare {} {} --set spec.duration=1000d --set "
        "spec.sampleInterval=1d --set spec.faults=[] --output-a a.h5 & sleep 1; kill -INT $!; "
        "sleep 0.5; kill -INT $!; wait $!",
        LAGSIM_BINARY, small_scenario(), fewer_pods));

    EXPECT_EQ(outcome.code, 130) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_FALSE(exists("a.h5"));
    EXPECT_FALSE(exists("a.h5.partial"));
}

TEST_F(Compare, AFileOfAKilledRunIsRefused) {
    shell(
        fmt::format("'{}' run {} --set spec.duration=240h --set spec.replications=4000 --set "
                    "spec.faults=[] -j 1 -o a.h5 & sleep 1; kill -9 $!; wait $!",
                    LAGSIM_BINARY, small_scenario()));
    const Outcome outcome = compare("a.h5.partial");

    EXPECT_EQ(outcome.code, 3);
    EXPECT_NE(outcome.err.find("it is incomplete: the run that wrote it was killed"),
              std::string::npos)
        << outcome.err;
}

TEST_F(Compare, ProgressCountsBothSides) {
    const Outcome outcome = compare(std::string(fewer_pods) + " --progress jsonl --json");
    const auto last = nlohmann::json::parse(
        outcome.err.substr(outcome.err.rfind('\n', outcome.err.size() - 2) + 1));

    EXPECT_EQ(last["replications_finished"], 4);
    EXPECT_NEAR(last["part"].get<double>(), 1.0, 0.01);
}

}  // namespace
}  // namespace lagsim::tests
