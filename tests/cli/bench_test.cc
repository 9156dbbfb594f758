/// `lagsim bench`: what it measures, how it compares, and how it fails.
#include <fmt/format.h>

#include "tests/cli/shell_helper.h"
#include "tree_paths.h"

namespace lagsim::tests {
namespace {

class Bench : public CommandLine {
  protected:
    [[nodiscard]] Outcome bench(const std::string& options) const {
        return shell(fmt::format("lagsim bench {} {}", small_scenario(), options));
    }
    /// Without callgrind, which costs seconds.
    [[nodiscard]] Outcome timed(const std::string& options) const {
        return bench("--instructions never --repetitions 2 " + options);
    }
    /// Writes NAME with one number of the measurement `new.json` multiplied.
    void scale(const std::string& key, double factor, const std::string& name) const {
        nlohmann::json json = nlohmann::json::parse(read("new.json"));
        for (nlohmann::json& benchmark : json["benchmarks"]) {
            benchmark[key] = key == "instructions"
                                 ? nlohmann::json(static_cast<std::int64_t>(
                                       benchmark[key].get<double>() * factor))
                                 : nlohmann::json(benchmark[key].get<double>() * factor);
        }
        write(name, json.dump());
    }
};

TEST_F(Bench, WritesWhatGoogleBenchmarksToolsRead) {
    const Outcome outcome = timed("--json --out new.json");

    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const nlohmann::json json = outcome.json();
    EXPECT_EQ(json, nlohmann::json::parse(read("new.json")));
    ASSERT_EQ(json["benchmarks"].size(), 3U) << "two repetitions and their median";
    for (const nlohmann::json& benchmark : json["benchmarks"]) {
        EXPECT_EQ(benchmark["run_name"], "small");
        EXPECT_EQ(benchmark["time_unit"], "ns");
        EXPECT_GT(benchmark["real_time"], 0.0);
        EXPECT_FALSE(benchmark.contains("instructions"));
        EXPECT_DOUBLE_EQ(benchmark["ns_per_record"].get<double>(),
                         benchmark["cpu_time"].get<double>() / benchmark["records"].get<double>());
    }
    EXPECT_EQ(json["benchmarks"][1]["run_type"], "iteration");
    EXPECT_EQ(json["benchmarks"][2]["run_type"], "aggregate");
    EXPECT_EQ(json["context"]["library_build_type"].get<std::string>().empty(), false);
}

TEST_F(Bench, MeasuresOneReplicationOfTheSameRun) {
    const nlohmann::json run =
        shell(fmt::format("lagsim run {} --replications 1 --json", small_scenario())).json();
    const nlohmann::json one = timed("--json").json();
    const nlohmann::json two = timed("--json --replications 2").json();

    EXPECT_EQ(one["context"]["fingerprint"], run["fingerprint"]);
    EXPECT_EQ(one["benchmarks"][0]["records"], run["records_simulated"]);
    EXPECT_GT(two["benchmarks"][0]["records"], one["benchmarks"][0]["records"]);
    EXPECT_EQ(shell(fmt::format("lagsim bench - --instructions never --repetitions 1 --json <{}",
                                small_scenario()))
                  .json()["context"]["fingerprint"],
              run["fingerprint"]);
}

TEST_F(Bench, CountsInstructionsAndExitsFourWhenTheyGrow) {
    if (shell("valgrind --version").code != 0) {
        GTEST_SKIP() << "no valgrind";
    }
    const Outcome first = bench("--instructions always --repetitions 1 --out new.json");
    ASSERT_EQ(first.code, 0) << first.err;
    EXPECT_EQ(first.out.find("not measured"), std::string::npos) << first.out;
    scale("instructions", 1.0 / 1.05, "smaller.json");

    const Outcome worse = bench("--repetitions 1 --baseline smaller.json");
    EXPECT_EQ(worse.code, 4) << worse.err;
    EXPECT_NE(worse.out.find("instructions a record, allowed +2 %: REGRESSION"), std::string::npos)
        << worse.out;

    const Outcome allowed = bench("--repetitions 1 --baseline smaller.json --tolerance 6% --json");
    EXPECT_EQ(allowed.code, 0) << allowed.err;
    const nlohmann::json comparison = allowed.json()["comparison"];
    EXPECT_EQ(comparison["by"], "instructions");
    EXPECT_NEAR(comparison["change"].get<double>(), 0.05, 0.01);
    EXPECT_TRUE(comparison["same_results"].get<bool>());
}

TEST_F(Bench, ComparesTimeWithAWiderToleranceWhereOneSideHasNoInstructions) {
    ASSERT_EQ(timed("--out new.json").code, 0);
    scale("cpu_time", 0.1, "faster.json");
    scale("cpu_time", 10.0, "slower.json");

    const Outcome worse = timed("--baseline faster.json");
    EXPECT_EQ(worse.code, 4) << worse.out << worse.err;
    EXPECT_NE(worse.out.find("CPU time a record, allowed +20 %: REGRESSION"), std::string::npos)
        << worse.out;
    EXPECT_EQ(timed("--baseline slower.json").code, 0);
    EXPECT_EQ(timed("--baseline faster.json --time-tolerance 100000%").code, 0);
}

TEST_F(Bench, SaysThatResultsDifferWithoutCallingItARegression) {
    ASSERT_EQ(timed("--out new.json").code, 0);
    const Outcome outcome = timed("--baseline new.json --seed 8 --time-tolerance 10000%");

    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("results differ"), std::string::npos) << outcome.out;
    EXPECT_EQ(timed("--baseline new.json --time-tolerance 10000%").out.find("results differ"),
              std::string::npos);
}

TEST_F(Bench, SaysWhyInstructionsAreNotMeasured) {
    EXPECT_NE(timed("").out.find("not measured: --instructions never"), std::string::npos);
    const std::string without =
        fmt::format("PATH=/nowhere '{}' bench {} --repetitions 1", LAGSIM_BINARY, small_scenario());
    const Outcome outcome = shell(without);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("not measured: valgrind is not installed"), std::string::npos)
        << outcome.out;
    EXPECT_EQ(shell(without + " --instructions always").code, 1);
}

TEST_F(Bench, MistakesAreRefusedBeforeAnythingRuns) {
    write("precious.json", "precious");
    write("other.json", R"({"context": {"fingerprint": "0"}, "benchmarks": [
        {"run_name": "other", "run_type": "iteration"}]})");
    write("negative.json", R"({"context": {"fingerprint": "0"}, "benchmarks": [
        {"run_name": "small", "run_type": "iteration", "time_unit": "ns", "records": -1,
         "cpu_time": 1, "real_time": 1}]})");
    const std::string slow = "--set spec.duration=2400h ";

    EXPECT_EQ(timed(slow + "--out precious.json").code, 2);
    EXPECT_EQ(read("precious.json"), "precious");
    EXPECT_EQ(timed(slow + "--tolerance 2").code, 2);
    EXPECT_EQ(timed(slow + "--tolerance=-2%").code, 2);
    EXPECT_EQ(bench(slow + "--repetitions 0").code, 2);
    EXPECT_EQ(timed(slow + "--baseline none.json").code, 1);
    EXPECT_EQ(timed(slow + "--set spec.sed=3").code, 3);
    for (const char* baseline : {"precious.json", "other.json", "negative.json"}) {
        const Outcome outcome = timed(slow + "--baseline " + baseline);
        EXPECT_EQ(outcome.code, 3) << baseline;
        EXPECT_NE(outcome.err.find("error[bad-baseline]"), std::string::npos) << outcome.err;
    }
    EXPECT_NE(timed(slow + "--baseline other.json").err.find("'small', but 'other'"),
              std::string::npos);
    EXPECT_EQ(timed(slow + "--baseline none.json --json").json()[0]["code"], "unreadable-file");
}

}  // namespace
}  // namespace lagsim::tests
