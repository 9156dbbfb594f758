/// `lagsim export`: that spreadsheets, Prometheus and Perfetto take what it writes.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "tests/cli/shell_helper.h"
#include "tree_paths.h"

namespace lagsim::tests {
namespace {

using Json = nlohmann::json;

/// Scaled by KEDA from two pods upwards, with a crash.
constexpr const char* autoscaled = R"(apiVersion: lagsim/v1
kind: Scenario
metadata: {name: autoscaled}
spec:
  duration: 20m
  seed: 5
  manifests: [)" LAGSIM_SOURCE_DIR R"(/scenarios/k8s/scaledobject.yaml]
  topics:
    high-volume-events: {partitions: 24}
  producers:
    - {topic: high-volume-events, rate: 2500/s}
  consumers:
    - group: data-processing-group
      serviceTime: {distribution: exponential, mean: 10ms}
      podStartup: 20s
  faults:
    - {at: 10m, kind: pod-crash, count: 1}
)";

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

class Export : public CommandLine {
  protected:
    void simulate() {
        write("scenario.yaml", autoscaled);
        const Outcome run = shell("lagsim run scenario.yaml -q -o run.h5");
        ASSERT_EQ(run.code, 0) << run.err;
    }
    Outcome run_export(const std::string& line) const { return shell("lagsim export " + line); }
};

TEST_F(Export, CsvHasEveryTable) {
    ASSERT_EQ(shell("lagsim run " + small_scenario() + " -q -o small.h5").code, 0);
    const std::map<std::string, std::string> headers{
        {"timeseries", "time_s,consumer_group,lag_total,"},
        {"partitions", "time_s,consumer_group,topic,partition,log_end_offset,"},
        {"lag", "time_s,topic,partition,log_end_offset,committed_offset"},
        {"events", "event,time_s,kind,"},
        {"decisions", "time_s,who,"},
        {"summary", "metric,mean,half_width,n,confidence,unit"},
        {"ledger", "fate,consumer_group,topic,partition,first,last,records,time_s,cause"}};
    for (const auto& [table, header] : headers) {
        const Outcome outcome = run_export("csv small.h5 --table " + table);
        ASSERT_EQ(outcome.code, 0) << outcome.err;
        const std::vector<std::string> lines = lines_of(outcome.out);
        EXPECT_TRUE(lines.front().starts_with(header)) << lines.front();
        const auto commas = std::ranges::count(lines.front(), ',');
        for (const std::string& line : lines) {
            EXPECT_TRUE(line.ends_with('\r')) << line;  // RFC 4180
            EXPECT_EQ(std::ranges::count(line, ','), commas) << line;
        }
    }
    // 21 samples of 4 partitions.
    EXPECT_EQ(lines_of(run_export("csv small.h5 --table partitions").out).size(), 1U + 21U * 4U);
    // The same numbers as the summary of the run.
    EXPECT_NE(run_export("csv small.h5 --table ledger").out.find("committed_before_processing"),
              std::string::npos);
}

TEST_F(Export, CsvOfLagIsWhatAutoscaleReads) {
    simulate();
    ASSERT_EQ(run_export("csv run.h5 --table lag -o lag.csv").code, 0);
    const Outcome played = shell("lagsim autoscale " LAGSIM_SOURCE_DIR
                                 "/scenarios/k8s/scaledobject.yaml --lag lag.csv");
    EXPECT_EQ(played.code, 0) << played.err;
    EXPECT_FALSE(played.out.empty());
}

TEST_F(Export, OpenMetricsIsTakenByPromtool) {
    const Outcome found = shell(LAGSIM_SOURCE_DIR "/script/promtool");
    if (found.code != 0) {
        GTEST_SKIP() << "NO PROMTOOL: nothing checks the exposition. " << found.err;
    }
    const std::string promtool = lines_of(found.out).front();
    simulate();
    ASSERT_EQ(run_export("openmetrics run.h5 -o run.txt").code, 0);
    const Outcome blocks = shell(promtool + " tsdb create-blocks-from openmetrics run.txt data");
    ASSERT_EQ(blocks.code, 0) << blocks.err << blocks.out;

    // What went in is in the database: every sample line, 2026-01-01 onwards.
    const auto samples = std::ranges::count_if(
        lines_of(read("run.txt")), [](const std::string& line) { return !line.starts_with('#'); });
    const std::vector<std::string> dumped =
        lines_of(shell("mkdir -p data/wal && " + promtool + " tsdb dump data").out);
    ASSERT_EQ(static_cast<std::ptrdiff_t>(dumped.size()), samples);
    EXPECT_TRUE(std::ranges::any_of(dumped, [](const std::string& line) {
        return line.starts_with(
                   "{__name__=\"kafka_consumergroup_lag\", "
                   "consumergroup=\"data-processing-group\", partition=\"0\", "
                   "topic=\"high-volume-events\"}") &&
               line.ends_with(" 1767225600000");
    })) << dumped.front();

    // The linter reads one scrape: the last sample of each series, without its time.
    std::map<std::string, std::string> last;
    std::string scrape;
    std::string family;
    const auto flush = [&] {
        for (const auto& [series, value] : last) {
            scrape += series + " " + value + "\n";
        }
        last.clear();
    };
    for (std::string line : lines_of(read("run.txt"))) {
        if (line.starts_with("# HELP ")) {
            flush();
            family = line;
            continue;
        }
        if (line.starts_with("# TYPE ")) {
            // In the older text format a counter's family has its samples' name.
            const bool counter = line.ends_with(" counter");
            const std::size_t name_end = line.find(' ', 7);
            const std::string name = line.substr(7, name_end - 7);
            const std::string total = counter ? "_total" : "";
            scrape += "# HELP " + name + total + family.substr(7 + name.size()) + "\n# TYPE " +
                      name + total + line.substr(name_end) + "\n";
        } else if (!line.starts_with('#')) {
            const std::size_t brace = line.rfind('}');
            const std::size_t blank = line.find(' ', brace + 2);
            last[line.substr(0, brace + 1)] = line.substr(brace + 2, blank - brace - 2);
        }
    }
    flush();
    write("scrape.txt", scrape);
    const Outcome lint = shell(promtool + " check metrics < scrape.txt");
    for (const std::string& finding : lines_of(lint.err + lint.out)) {
        // KEDA's own labels are what they are.
        EXPECT_TRUE(finding.starts_with("keda_") &&
                    finding.ends_with("'snake_case' not 'camelCase'"))
            << finding;
    }
}

TEST_F(Export, OpenMetricsHasTheNamesThatDashboardsChart) {
    simulate();
    const std::string text = run_export("openmetrics run.h5 --start 1767225600").out;
    for (const char* sample :
         {"kafka_topic_partition_current_offset{partition=\"3\",topic=\"high-volume-events\"} 0 "
          "1767225600.000\n",
          "kafka_consumergroup_current_offset{consumergroup=\"data-processing-group\","
          "partition=\"23\",topic=\"high-volume-events\"} -1 1767225600.000\n",
          "kube_deployment_status_replicas_ready{deployment=\"",
          "kube_horizontalpodautoscaler_status_desired_replicas{horizontalpodautoscaler=\"keda-"
          "hpa-",
          "keda_scaler_metrics_value{metric=\"s0-kafka-high-volume-events\",namespace=\"",
          "lagsim_records_finished_total{consumergroup=\"data-processing-group\"}"}) {
        EXPECT_NE(text.find(sample), std::string::npos) << sample;
    }
    EXPECT_TRUE(text.ends_with("# EOF\n"));
}

TEST_F(Export, TraceIsWellFormed) {
    simulate();
    const Outcome outcome = run_export("trace run.h5");
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const Json trace = outcome.json();
    const std::set<std::string> known{"M", "X", "i", "C", "s", "f"};
    double last = 0.0;
    std::map<int, int> flows;
    std::map<std::pair<int, int>, double> busy_until;
    std::set<std::string> threads, slices;
    for (const Json& event : trace["traceEvents"]) {
        const std::string phase = event["ph"];
        ASSERT_TRUE(known.contains(phase)) << event;
        if (phase == "M") {
            threads.insert(event["args"]["name"]);
            continue;
        }
        EXPECT_GE(event["ts"].get<double>(), last) << event;
        last = event["ts"];
        if (phase == "s") {
            EXPECT_EQ(flows[event["id"]]++, 0) << event;
        } else if (phase == "f") {
            EXPECT_EQ(flows[event["id"]]++, 1) << event;
        } else if (phase == "X") {
            slices.insert(event["name"]);
            // Slices of a thread follow each other.
            double& free = busy_until[{event["pid"], event["tid"]}];
            EXPECT_GE(event["ts"].get<double>(), free - 1e-3) << event;
            free = event["ts"].get<double>() + event["dur"].get<double>();
        }
    }
    EXPECT_GT(flows.size(), 5U);
    EXPECT_TRUE(std::ranges::all_of(flows, [](const auto& flow) { return flow.second == 2; }));
    for (const char* name : {"HPA", "KEDA", "rebalances", "pod 0", "high-volume-events/0"}) {
        EXPECT_TRUE(threads.contains(name)) << name;
    }
    for (const char* name : {"Ready", "Crashed", "rebalance"}) {
        EXPECT_TRUE(slices.contains(name)) << name;
    }
}

TEST_F(Export, RefusesWhatItCannotDo) {
    ASSERT_EQ(shell("lagsim run " + small_scenario() + " -q -o small.h5").code, 0);
    write("there.csv", "mine");
    for (const char* line :
         {"xls small.h5", "csv", "trace small.h5 --table lag", "csv small.h5 --start now",
          "openmetrics small.h5 --start yesterday", "csv small.h5 -o there.csv",
          "csv small.h5 --replication -1", "openmetrics small.h5 --start 2026-02-30T00:00:00Z"}) {
        EXPECT_EQ(run_export(line).code, 2) << line;
    }
    EXPECT_EQ(read("there.csv"), "mine");
    EXPECT_EQ(run_export("csv small.h5 -o there.csv --force").code, 0);
    EXPECT_EQ(run_export("csv nowhere.h5").code, 1);
    EXPECT_EQ(run_export("csv there.csv").code, 3);
    EXPECT_NE(run_export("csv small.h5 --replication 7").code, 0);
    EXPECT_EQ(run_export("csv small.h5 > /dev/full").code, 1);
}

TEST_F(Export, AReplicationIsItsOwn) {
    ASSERT_EQ(shell("lagsim run " + small_scenario() + " -q -o small.h5").code, 0);
    const std::string first = run_export("csv small.h5").out;
    EXPECT_EQ(first, run_export("csv small.h5 --replication 0").out);
    EXPECT_NE(first, run_export("csv small.h5 --replication 1").out);
}

}  // namespace
}  // namespace lagsim::tests
