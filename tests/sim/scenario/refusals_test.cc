/// Every refusal with its place and code: what the reader must not let pass.
#include <gtest/gtest.h>

#include "tests/sim/scenario/reading.h"

namespace lagsim::sim {
namespace {

struct Refusal {
    const char* because;
    std::string text;
    std::vector<std::string> expected;  ///< `line:column code`
    const char* says = "";              ///< part of the rendered report
};

void expect_all(const std::vector<Refusal>& refusals) {
    for (const Refusal& refusal : refusals) {
        SCOPED_TRACE(refusal.because);
        const auto diagnostics = complaints(refusal.text);
        const std::string rendered = render_diagnostics(diagnostics);
        EXPECT_EQ(short_forms(diagnostics), refusal.expected) << rendered;
        EXPECT_NE(rendered.find(refusal.says), std::string::npos) << rendered;
    }
}

TEST(Refusals, TheSpoiledScenarioIsRightBeforeItIsSpoiled) {
    EXPECT_TRUE(complaints(scenario_with("")).empty());
}

TEST(Refusals, Documents) {
    expect_all({
        {"an empty file", "", {"0:0 empty-file"}, "s.yaml: error[empty-file]"},
        {"comments only", "# x\n", {"0:0 empty-file"}},
        {"no map", "- a\n", {"1:1 wrong-type"}},
        {"no kind", "a: 1\n", {"1:1 missing-key"}, "'kind'"},
        {"unknown kind", "kind: Scenaro\n", {"1:7 unknown-kind"}, "did you mean 'Scenario'"},
        {"a further document of an unknown kind",
         scenario_with("---\nkind: ConfigMap\n"),
         {"13:7 unknown-kind"}},
        {"two scenarios", scenario_with("") + "---\n" + scenario_with(""), {"14:7 unknown-kind"}},
        {"another version",
         "apiVersion: lagsim/v2\nkind: Scenario\nspec: {}\n",
         {"1:13 bad-value", "3:7 missing-key", "3:7 missing-key", "3:7 missing-key",
          "3:7 missing-key"},
         "expected 'lagsim/v1', not 'lagsim/v2'"},
        {"no spec", "apiVersion: lagsim/v1\nkind: Scenario\n", {"1:1 missing-key"}, "'spec'"},
        {"a spec that is a list",
         "apiVersion: lagsim/v1\nkind: Scenario\nspec: [1]\n",
         {"3:7 wrong-type"}},
        {"manifests only", std::string(deployment), {"0:0 missing-scenario"}},
    });
}

TEST(Refusals, KeysAndTypes) {
    expect_all({
        {"an unknown key",
         scenario_with("  warmpu: 1m\n"),
         {"12:3 unknown-key"},
         "'warmpu' is not a key of 'spec'; did you mean 'warmup'?"},
        {"a duplicate key",
         scenario_with("  duration: 2h\n"),
         {"12:3 duplicate-key"},
         "'duration' is already set at 4:3"},
        {"a merge key", scenario_with("  <<: {seed: 1}\n"), {"12:3 merge-key"}},
        {"a bare number as a duration",
         scenario_with("  warmup: 90\n"),
         {"12:11 wrong-type"},
         "'90' is not a duration (such as 250ms, 1.5s, 1h30m): the unit is missing"},
        {"a list as a duration",
         scenario_with("  warmup: [1s]\n"),
         {"12:11 wrong-type"},
         "expected a duration (250ms, 1h30m), not a list"},
        {"no value", scenario_with("  warmup:\n"), {"12:3 wrong-type"}, "'warmup' has no value"},
        {"NaN", scenario_with("  sampleInterval: .nan\n"), {"12:19 wrong-type"}},
        {"infinity", scenario_with("  warmup: inf\n"), {"12:11 wrong-type"}, "finite"},
        {"a negative duration", scenario_with("  warmup: -1s\n"), {"12:11 wrong-type"}, "negative"},
        {"zero where senseless",
         scenario_with("  sampleInterval: 0s\n"),
         {"12:19 out-of-range"},
         "must be above 0 s"},
        {"octal", scenario_with("  replications: 010\n"), {"12:17 wrong-type"}, "octal"},
        {"floating point as an integer",
         scenario_with("  replications: 1e3\n"),
         {"12:17 wrong-type"}},
        {"no replications", scenario_with("  replications: 0\n"), {"12:17 out-of-range"}},
        {"a negative seed", scenario_with("  seed: -5\n"), {"12:9 out-of-range"}},
        {"a fractional seed", scenario_with("  seed: 1.5\n"), {"12:9 wrong-type"}},
        {"a seed beyond 64 bits",
         scenario_with("  seed: 18446744073709551616\n"),
         {"12:9 wrong-type"}},
        {"a warm-up as long as the run", scenario_with("  warmup: 1h\n"), {"12:11 conflict"}},
        {"too many samples", scenario_with("  sampleInterval: 1us\n"), {"12:19 out-of-range"}},
        {"a misspelled word",
         scenario_with("      reset: earlyest\n"),
         {"12:14 bad-value"},
         "did you mean 'earliest'?"},
        {"a percentage without its sign",
         scenario_with("      failures: {poison: 0.5}\n"),
         {"12:26 wrong-type"},
         "the % is missing"},
        {"more than everything",
         scenario_with("      failures: {transient: 101%}\n"),
         {"12:29 out-of-range"}},
        {"yes as a boolean",
         scenario_with("      shutdown: {drain: yes}\n"),
         {"12:25 wrong-type"},
         "'yes' is not true or false"},
        {"a quoted boolean",
         scenario_with("      shutdown: {drain: \"true\"}\n"),
         {"12:25 wrong-type"},
         "without quotes"},
        {"a control character in a name",
         scenario_with("      deadLetter: {topic: \"a\\x07\"}\n"),
         {"12:27 invalid-name"},
         "control characters"},
        {"an empty name",
         scenario_with("      deadLetter: {topic: \"\"}\n"),
         {"12:27 invalid-name"}},
        {"zero pods' cores", scenario_with("      cpu: {limit: 0}\n"), {"12:20 out-of-range"}},
        {"bytes that are not UTF-8", scenario_with("  seed: \xFE\n"), {"12:9 not-utf8"}},
    });
}

TEST(Refusals, WhatIsNotModelledIsSaidAndNeverIgnored) {
    expect_all({
        {"replications until precise",
         scenario_with("  replications: {min: 5, max: 9, until: {metric: lag.max, "
                       "relativeHalfWidth: 5%}}\n"),
         {"12:17 not-modelled"}},
        {"commits of a share group that expire",
         scenario_with("      protocol: {kind: share}\n      offsetsRetention: 1h\n"),
         {"13:25 not-modelled"}},
        {"static members of a share group",
         scenario_with("      protocol: {kind: share, staticMembership: true}\n"),
         {"12:49 not-modelled"}},
        {"a window of a share group, which has maxRecordLocks",
         scenario_with("      protocol: {kind: share}\n      commit: {maxWindow: 5 records}\n"),
         {"13:27 not-modelled"}},
        {"retry topics of a share group",
         scenario_with("      protocol: {kind: share}\n      retry: {topics: [1s]}\n"),
         {"13:23 not-modelled"}},
        {"jitter in retry topics",
         scenario_with("      retry: {topics: [1s], jitter: 10%}\n"),
         {"12:37 not-modelled"}},
    });
    std::string text = scenario_with("  faults: [{at: 1m, kind: add-partitions, to: 6}]\n");
    text.replace(text.find("rate: 100/s"), 11, "rate: 100/s, partitioner: {weights: [1, 2, 3, 4]}");
    EXPECT_EQ(short_forms(complaints(text)), std::vector<std::string>{"12:12 not-modelled"});
}

TEST(Refusals, Consumers) {
    expect_all({
        {"a group twice",
         scenario_with("    - {group: g, serviceTime: 1ms}\n"),
         {"12:15 duplicate-name"}},
        {"an unknown topic",
         scenario_with("      topics: [order]\n"),
         {"12:16 unresolved-name"},
         "did you mean 'orders'?"},
        {"a topic twice",
         scenario_with("      topics: [orders, orders]\n"),
         {"12:24 duplicate-name"}},
        {"no topic", scenario_with("      topics: []\n"), {"12:15 bad-value"}},
        {"two forms of concurrency",
         scenario_with("      concurrency: {workers: 1, workersPerPartition: 2}\n"),
         {"12:20 bad-value"}},
        {"no form of concurrency", scenario_with("      concurrency: {}\n"), {"12:20 bad-value"}},
        {"no worker", scenario_with("      concurrency: {workers: 0}\n"), {"12:30 out-of-range"}},
        {"a downstream without a capacity",
         scenario_with("      downstream: {exponent: 2}\n"),
         {"12:19 missing-key"}},
        {"a downstream that serves nothing",
         scenario_with("      downstream: {capacity: 0}\n"),
         {"12:30 out-of-range"}},
        {"tries of who blocks for ever",
         scenario_with("      deadLetter: {topic: d, attempts: 3}\n"),
         {"12:40 conflict"},
         "'attempts' needs 'whenDown: stop' or 'drop'"},
        {"waits in place and in topics",
         scenario_with("      retry: {backoff: [1s], topics: [1s]}\n"),
         {"12:38 conflict"},
         "one of 'backoff' and 'topics'"},
        {"a retry topic twice",
         scenario_with("      retry: {topics: [1s, 1000ms]}\n"),
         {"12:28 duplicate-name"},
         "there is already a topic 'g-retry-1s'"},
        {"a window of a duration",
         scenario_with("      commit: {maxWindow: 5s}\n"),
         {"12:27 wrong-type"}},
        {"auto commits by count",
         scenario_with("      commit: {when: auto, every: 5 records}\n"),
         {"12:35 bad-value"}},
        {"a commit every 0 records",
         scenario_with("      commit: {every: 0 records}\n"),
         {"12:23 wrong-type"}},
        {"a heartbeat slower than the session",
         scenario_with("      protocol: {client: sarama, heartbeatInterval: 10s}\n"),
         {"12:53 conflict"},
         "heartbeatInterval 10s must be below sessionTimeout 10s"},
        {"a schedule that starts late",
         scenario_with("      replicas: [{at: 5s, count: 1}]\n"),
         {"12:23 bad-value"}},
        {"a schedule out of order",
         scenario_with("      replicas: [{at: 0s, count: 1}, {at: 9s, count: 2}, {at: 9s, count: "
                       "3}]\n"),
         {"12:63 bad-value"}},
        {"a schedule after the end",
         scenario_with("      replicas: [{at: 0s, count: 1}, {at: 2h, count: 2}]\n"),
         {"12:43 after-end"}},
    });
}

TEST(Refusals, Distributions) {
    expect_all({
        {"no mean",
         scenario_with("      podStartup: {distribution: gamma, cv: 1}\n"),
         {"12:19 missing-key"}},
        {"no cv",
         scenario_with("      podStartup: {distribution: gamma, mean: 1s}\n"),
         {"12:19 missing-key"},
         "needs the key 'cv'"},
        {"an unknown family",
         scenario_with("      podStartup: {distribution: normal, mean: 1s}\n"),
         {"12:34 bad-value"}},
        {"an exponential with a cv of 2",
         scenario_with("      podStartup: {distribution: exponential, mean: 1s, cv: 2}\n"),
         {"12:61 bad-value"}},
        {"a uniform that would be negative",
         scenario_with("      podStartup: {distribution: uniform, mean: 1s, cv: 0.6}\n"),
         {"12:57 bad-value"}},
        {"a negative cv",
         scenario_with("      podStartup: {distribution: gamma, mean: 1s, cv: -1}\n"),
         {"12:55 out-of-range"}},
    });
    std::string text = scenario_with("");
    text.replace(text.find("5ms"), 3, "{distribution: gamma, mean: 0s, cv: 1}");
    EXPECT_EQ(short_forms(complaints(text)), std::vector<std::string>{"11:48 bad-value"});
    text = scenario_with("");
    text.replace(text.find("5ms"), 3, "0s");
    EXPECT_EQ(short_forms(complaints(text)), std::vector<std::string>{"11:20 out-of-range"});
}

TEST(Refusals, Faults) {
    expect_all({
        {"after the end",
         scenario_with("  faults: [{at: 2h, kind: pod-crash}]\n"),
         {"12:17 after-end"},
         "the run ends at 1h"},
        {"no time", scenario_with("  faults: [{kind: pod-crash}]\n"), {"12:12 missing-key"}},
        {"an unknown kind",
         scenario_with("  faults: [{at: 1m, kind: pod-crsh}]\n"),
         {"12:27 bad-value"},
         "did you mean 'pod-crash'?"},
        {"a key of another kind",
         scenario_with("  faults: [{at: 1m, kind: pod-crash, factor: 2}]\n"),
         {"12:38 unknown-key"},
         "'factor' is not a key of the fault pod-crash"},
        {"no length",
         scenario_with("  faults: [{at: 1m, kind: broker-down}]\n"),
         {"12:12 missing-key"},
         "needs the key 'for'"},
        {"an unknown group",
         scenario_with("  faults: [{at: 1m, kind: pod-crash, group: h}]\n"),
         {"12:45 unresolved-name"}},
        {"nobody",
         scenario_with("  faults: [{at: 1m, kind: pod-crash, count: 0}]\n"),
         {"12:45 out-of-range"}},
        {"fewer partitions",
         scenario_with("  faults: [{at: 1m, kind: add-partitions, to: 4}]\n"),
         {"12:12 out-of-range"},
         "'orders' has 4 partitions then; it can only get more"},
        {"fewer than after another fault",
         scenario_with("  faults:\n    - {at: 9m, kind: add-partitions, to: 6}\n"
                       "    - {at: 1m, kind: add-partitions, to: 8}\n"),
         {"13:7 out-of-range"}},
        {"a partition that is not there",
         scenario_with("  faults: [{at: 1m, kind: unclean-election, partition: 4, lose: 5}]\n"),
         {"12:56 out-of-range"},
         "'orders' has the partitions 0 to 3"},
        {"nothing lost",
         scenario_with("  faults: [{at: 1m, kind: unclean-election, partition: 3, lose: 0}]\n"),
         {"12:65 out-of-range"}},
        {"no end",
         scenario_with("  faults: [{at: 1m, kind: truncate, partition: 0}]\n"),
         {"12:12 missing-key"}},
        {"an unknown topic",
         scenario_with("  faults: [{at: 1m, kind: truncate, topic: o, partition: 0, to: 1}]\n"),
         {"12:44 unresolved-name"}},
        {"without a leader: which?",
         scenario_with("  faults: [{at: 1m, kind: broker-down, for: 5s, partitions: [0, 7]}]\n"),
         {"12:61 out-of-range"}},
        {"which group?",
         scenario_with("    - {group: h, serviceTime: 1ms}\n  faults: [{at: 1m, kind: "
                       "pod-crash}]\n"),
         {"13:12 missing-key"}},
    });
}

TEST(Refusals, Assertions) {
    expect_all({
        {"an unknown metric",
         scenario_with("  assertions: [lag.p98 < 5]\n"),
         {"12:16 unknown-metric"},
         "there is no metric 'lag.p98'; did you mean"},
        {"no operator", scenario_with("  assertions: [lag.p99 5]\n"), {"12:16 bad-value"}},
        {"another operator", scenario_with("  assertions: [lag.p99 != 5]\n"), {"12:16 bad-value"}},
        {"no number", scenario_with("  assertions: [lag.p99 < five]\n"), {"12:16 bad-value"}},
        {"a duration of records",
         scenario_with("  assertions: [lag.p99 < 5s]\n"),
         {"12:16 bad-value"}},
        {"NaN", scenario_with("  assertions: [lag.p99 < nan]\n"), {"12:16 bad-value"}},
        {"a map by accident",
         scenario_with("  assertions: [every replication: lost == 0]\n"),
         {"12:16 wrong-type"}},
        {"no prefix with two groups",
         scenario_with("    - {group: h, serviceTime: 1ms}\n  assertions: [lost == 0]\n"),
         {"13:16 unknown-metric"},
         "with several groups write GROUP.lost"},
    });
}

TEST(Refusals, EveryMistakeIsReportedInOneGo) {
    const auto diagnostics =
        complaints(scenario_with("  warmpu: 1m\n  seed: x\n  faults: [{at: 3h, kind: nothing}]\n"));

    EXPECT_EQ(short_forms(diagnostics),
              (std::vector<std::string>{"12:3 unknown-key", "13:9 wrong-type", "14:27 bad-value"}));
    EXPECT_EQ(diagnostics[0].path, "spec.warmpu");
    EXPECT_EQ(diagnostics[0].suggestion, "warmup");
    EXPECT_EQ(diagnostics[2].path, "spec.faults[0].kind");
}

TEST(Refusals, DeepAndHugeFilesFailCleanly) {
    EXPECT_EQ(short_forms(complaints(std::string(100'000, '['))).size(), 1U);
    EXPECT_EQ(complaints(std::string(std::size_t{17} << 20U, 'a')).at(0).code, "too-large");
}

}  // namespace
}  // namespace lagsim::sim
