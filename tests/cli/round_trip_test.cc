/// Simulate, export, calibrate, simulate: the parameters come back within the bounds that
/// docs/calibrate.md states. The test prints the table that stands there.
#include <cmath>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "tests/cli/shell_helper.h"

namespace lagsim::tests {
namespace {

using Json = nlohmann::json;

/// Uneven partitions, a server each, scaled by a schedule.
constexpr const char* servers_a_partition = R"(apiVersion: lagsim/v1
kind: Scenario
metadata: {name: partitions}
spec:
  duration: 3h
  sampleInterval: 15s
  seed: 11
  topics:
    orders: {partitions: 6}
  producers:
    - topic: orders
      rate: [{for: 40m, hold: 60/s}, {for: 30m, hold: 150/s}, {for: rest, hold: 30/s}]
      partitioner: {weights: [3, 2, 2, 1, 1, 1]}
  consumers:
    - group: shop
      serviceTime: {distribution: gamma, mean: 40ms, cv: 0.5}
      podStartup: {distribution: gamma, mean: 40s, cv: 0.3}
      replicas: [{at: 0s, count: 2}, {at: 30m4s, count: 3}, {at: 45m7s, count: 6}, {at: 75m, count: 2},
                 {at: 90m11s, count: 5}, {at: 105m, count: 2}, {at: 120m2s, count: 6}]
)";

/// A loop a pod that serves its partitions in turn: more pods, more speed.
constexpr const char* servers_a_pod = R"(apiVersion: lagsim/v1
kind: Scenario
metadata: {name: pods}
spec:
  duration: 2h
  sampleInterval: 15s
  seed: 12
  topics:
    events: {partitions: 12}
  producers:
    - topic: events
      rate: [{for: 20m, hold: 60/s}, {for: 30m, hold: 420/s}, {for: rest, hold: 80/s}]
  consumers:
    - group: workers
      concurrency: pod
      serviceTime: {distribution: exponential, mean: 20ms}
      podStartup: {distribution: gamma, mean: 30s, cv: 0.4}
      replicas: [{at: 0s, count: 2}, {at: 25m4s, count: 3}, {at: 32m9s, count: 4}, {at: 40m6s, count: 6},
                 {at: 80m, count: 3}]
)";

/// OpenMetrics as Prometheus would answer a range query about it: a response a metric.
std::string range_responses(const std::string& exposition) {
    std::map<std::string, std::map<std::string, Json>> metrics;
    std::istringstream lines(exposition);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t brace = line.find('{');
        const std::size_t end = line.find("} ");
        if (line.starts_with('#') || brace == std::string::npos) {
            continue;
        }
        const std::string name = line.substr(0, brace);
        const std::string labels = line.substr(brace + 1, end - brace - 1);
        Json& series = metrics[name][labels];
        if (series.is_null()) {
            series["metric"] = {
                {"__name__", name}, {"instance", "exporter:9308"}, {"job", "kafka"}};
            std::istringstream pairs(labels);
            for (std::string pair; std::getline(pairs, pair, ',');) {
                const std::size_t equals = pair.find('=');
                series["metric"][pair.substr(0, equals)] =
                    pair.substr(equals + 2, pair.size() - equals - 3);
            }
        }
        std::istringstream sample(line.substr(end + 2));
        std::string value;
        double time = 0.0;
        sample >> value >> time;
        series["values"].push_back({time, value});
    }
    std::string responses;
    for (auto& [name, all] : metrics) {
        Json result = Json::array();
        for (auto& [labels, series] : all) {
            result.push_back(series);
        }
        responses +=
            Json{{"status", "success"}, {"data", {{"resultType", "matrix"}, {"result", result}}}}
                .dump() +
            "\n";
    }
    return responses;
}

class RoundTrip : public CommandLine {
  protected:
    /// Runs a scenario and returns its metrics.
    Json simulate(const std::string& scenario, const std::string& file) {
        const Outcome run = shell("lagsim run " + scenario + " --json -o " + file);
        EXPECT_EQ(run.code, 0) << run.err;
        return run.json()["metrics"];
    }

    /// A row of the table; true if within the bound.
    bool close(const std::string& what, double truth, double found, double bound) {
        const double off = found / truth - 1.0;
        fmt::print("| {} | {:.4g} | {:.4g} | {:+.1f} % | {:.1f} % |\n", what, truth, found,
                   off * 100.0, bound * 100.0);
        return std::abs(off) <= bound;
    }

    void compare_runs(const Json& before, const Json& after) {
        for (const auto& [metric, bound] :
             {std::pair{"throughput.finished", 0.02}, {"lag.mean", 0.05}, {"lag.max", 0.05}}) {
            EXPECT_TRUE(close(metric, before[metric]["mean"], after[metric]["mean"], bound))
                << metric;
        }
    }
};

TEST_F(RoundTrip, ServersAPartitionThroughCsv) {
    write("before.yaml", servers_a_partition);
    const Json before = simulate("before.yaml", "before.h5");
    ASSERT_EQ(shell("lagsim export csv before.h5 --table partitions -o partitions.csv && "
                    "lagsim export csv before.h5 --table timeseries -o pods.csv")
                  .code,
              0);
    const Outcome calibrated = shell("lagsim calibrate partitions.csv pods.csv --json -o after");
    ASSERT_EQ(calibrated.code, 0) << calibrated.err;
    const Json found = calibrated.json();

    EXPECT_EQ(found["service"]["served_by"], "partition");
    EXPECT_TRUE(close("mean service time [ms]", 40.0,
                      found["service"]["seconds"]["mean"].get<double>() * 1e3, 0.02));
    EXPECT_TRUE(close("cv of the service time", 0.5, found["service"]["cv_at_most"], 0.15));
    EXPECT_TRUE(close("mean rate [records/s]", before["throughput.produced"]["mean"].get<double>(),
                      found["arrivals"][0]["mean_rate"], 0.005));
    EXPECT_TRUE(close("share of partition 0", 0.3, found["arrivals"][0]["weights"][0], 0.02));
    EXPECT_TRUE(close("share of partition 5", 0.1, found["arrivals"][0]["weights"][5], 0.03));
    EXPECT_TRUE(close("pod start-up [s]", 40.0, found["startup"]["seconds"]["mean"], 0.25));
    EXPECT_FALSE(found["arrivals"][0]["even"]);
    EXPECT_NEAR(found["arrivals"][0]["dispersion"].get<double>(), 1.0, 0.1);

    compare_runs(before, simulate("after/scenario.yaml", "after.h5"));
}

TEST_F(RoundTrip, ServersAPodThroughPrometheus) {
    write("before.yaml", servers_a_pod);
    const Json before = simulate("before.yaml", "before.h5");
    const Outcome exported = shell("lagsim export openmetrics before.h5 --start 1767225600");
    ASSERT_EQ(exported.code, 0) << exported.err;
    write("range.json", range_responses(exported.out));
    const Outcome calibrated = shell("lagsim calibrate range.json --json -o after.yaml");
    ASSERT_EQ(calibrated.code, 0) << calibrated.err;
    const Json found = calibrated.json();

    EXPECT_EQ(found["group"], "workers");
    EXPECT_EQ(found["service"]["served_by"], "pod");
    EXPECT_EQ(found["service"]["told_apart"], true);
    EXPECT_TRUE(close("mean service time [ms]", 20.0,
                      found["service"]["seconds"]["mean"].get<double>() * 1e3, 0.03));
    EXPECT_TRUE(close("cv of the service time", 1.0, found["service"]["cv_at_most"], 0.25));
    EXPECT_TRUE(close("mean rate [records/s]", before["throughput.produced"]["mean"].get<double>(),
                      found["arrivals"][0]["mean_rate"], 0.005));
    EXPECT_EQ(found["arrivals"][0]["even"], true);
    EXPECT_TRUE(close("pod start-up [s]", 30.0, found["startup"]["seconds"]["mean"], 0.5));

    compare_runs(before, simulate("after.yaml", "after.h5"));
}

}  // namespace
}  // namespace lagsim::tests
