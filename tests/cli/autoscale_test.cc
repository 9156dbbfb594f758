/// `lagsim autoscale`: a recorded lag series in, one decision a line out.
#include <sstream>

#include <fmt/format.h>

#include "tests/cli/shell_helper.h"
#include "tree_paths.h"

namespace lagsim::tests {
namespace {

/// The keys of a line in the order in which they are written.
std::vector<std::string> keys(const std::string& line) {
    std::vector<std::string> names;
    const auto json = nlohmann::ordered_json::parse(line);
    for (const auto& [name, value] : json.items()) {
        names.push_back(name);
    }
    return names;
}

class Autoscale : public CommandLine {
  protected:
    Autoscale() {
        // 24 partitions with 1,000 records each from 20 s on.
        std::string csv = "time_s,partition,log_end_offset,committed_offset\n";
        for (int partition = 0; partition < 24; ++partition) {
            csv += fmt::format("0,{},0,0\n", partition);
        }
        for (int partition = 0; partition < 24; ++partition) {
            csv += fmt::format("20,{},1000,0\n", partition);
        }
        write("lag.csv", csv);
    }
    [[nodiscard]] Outcome autoscale(const std::string& options) const {
        return shell("lagsim autoscale " LAGSIM_SOURCE_DIR "/scenarios/k8s/scaledobject.yaml " +
                     options);
    }
    [[nodiscard]] static std::vector<std::string> lines(const Outcome& outcome) {
        std::vector<std::string> all;
        std::istringstream text(outcome.out);
        for (std::string line; std::getline(text, line);) {
            all.push_back(line);
        }
        return all;
    }
};

TEST_F(Autoscale, PrintsEveryDecisionInTimeOrder) {
    const std::vector<std::string> printed =
        lines(autoscale("--lag lag.csv --until 1m --phase-hpa 5s"));

    // KEDA at 0, 30 and 60 s, the HPA at 5, 20, 35 and 50 s.
    ASSERT_EQ(printed.size(), 7U);
    double last = 0.0;
    for (const std::string& line : printed) {
        const auto json = nlohmann::json::parse(line);
        EXPECT_GE(json["t"].get<double>(), last);
        last = json["t"].get<double>();
        EXPECT_EQ(keys(line), json["who"] == "keda"
                                  ? (std::vector<std::string>{"t", "who", "active", "lag", "metric",
                                                              "before", "replicas", "action"})
                                  : (std::vector<std::string>{"t", "who", "metric", "raw", "before",
                                                              "replicas", "limited_by"}));
    }
    // KEDA asks Kafka anew when the HPA does: the lag of 20 s is seen at 20 s.
    const auto scaled = nlohmann::json::parse(printed[2]);
    EXPECT_EQ(scaled["t"], 20.0);
    EXPECT_EQ(scaled["metric"], 24'000);
    EXPECT_EQ(scaled["raw"], 24);
    EXPECT_EQ(scaled["before"], 6);
    EXPECT_EQ(scaled["replicas"], 12);
    EXPECT_EQ(scaled["limited_by"], "ScaleUpLimit");
}

TEST_F(Autoscale, StartsFromTheReplicasGiven) {
    const std::vector<std::string> printed = lines(autoscale("--lag lag.csv --replicas 20"));

    EXPECT_EQ(nlohmann::json::parse(printed.at(0))["before"], 20);
}

TEST_F(Autoscale, ReadsTheSeriesOnlyWhereItIsOne) {
    struct Case {
        const char* text;
        const char* said;
    };
    for (const Case& series :
         {Case{"", "series.csv"}, Case{"time_s,partition\n0,0\n", "missing-column"},
          Case{"time_s,partition,log_end_offset,commited_offset\n", "unknown-column"},
          Case{"time_s,partition,log_end_offset,committed_offset\n5,0,1,0\n4,0,1,0\n",
               "series.csv:3:1: error[bad-order]"},
          Case{"time_s,partition,log_end_offset,committed_offset\nnan,0,1,0\n",
               "series.csv:2:1: error[bad-value]"},
          Case{"time_s,partition,log_end_offset,committed_offset\n0,0,x,0\n",
               "series.csv:2:5: error[bad-value]"}}) {
        write("series.csv", series.text);
        const Outcome outcome = autoscale("--lag series.csv");

        EXPECT_EQ(outcome.code, 3) << series.text;
        EXPECT_NE(outcome.err.find(series.said), std::string::npos) << outcome.err;
        EXPECT_EQ(outcome.out, "");
        EXPECT_EQ(autoscale("--json --lag series.csv").json()[0]["file"], "series.csv");
    }
}

TEST_F(Autoscale, AManifestThatNeedsMoreThanLagIsNotModelled) {
    write("cpu.yaml",
          "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: a}\n"
          "spec:\n  scaleTargetRef: {name: a}\n  triggers:\n"
          "    - {type: cpu, metricType: Utilization, metadata: {value: '60'}}\n");
    const Outcome outcome = shell("lagsim autoscale cpu.yaml --lag lag.csv");

    EXPECT_EQ(outcome.code, 3) << outcome.err;
    EXPECT_NE(outcome.err.find("error[not-modelled]"), std::string::npos) << outcome.err;
}

TEST_F(Autoscale, MistakesInTheCommandLineAreExitTwo) {
    for (const char* options :
         {"", "--lag lag.csv --replicas -1", "--lag lag.csv --until 30",
          "--lag lag.csv --phase-hpa -5s", "--lag lag.csv --phase-keda nan"}) {
        EXPECT_EQ(autoscale(options).code, 2) << options;
    }
    EXPECT_EQ(autoscale("--lag none.csv").code, 1);
}

}  // namespace
}  // namespace lagsim::tests
