/// `-f`, `--set` and `sweep`.
#include <gtest/gtest.h>

#include "sim/scenario/paths.h"
#include "tests/sim/scenario/reading.h"

namespace lagsim::sim {
namespace {

using Forms = std::vector<std::string>;

const std::string full =
    scenario_with("---\n" + std::string(scaled_object) + "---\n" + std::string(deployment));

ScenarioFile with_sets(std::vector<std::string> sets) {
    return read_well(full, {.overlays = {}, .sets = std::move(sets)});
}
std::vector<Diagnostic> refused(const std::string& set) {
    return complaints(full, {.overlays = {}, .sets = {set}});
}

TEST(Paths, AreKeysIndicesAndQuotedNames) {
    const auto segments = parse_path("spec.topics[\"a.b\"].x[12]").value();
    ASSERT_EQ(segments.size(), 5U);
    EXPECT_EQ(segments[2].key, "a.b");
    EXPECT_EQ(segments[4].index, 12U);
    EXPECT_EQ(segments[3].offset, 19U);
    for (const char* wrong : {"", ".", "a.", "a..b", "a[", "a[x]", "a[\"b]", "a[0]b", "a[-1]",
                              "a[99999999999999999999999]"}) {
        EXPECT_FALSE(parse_path(wrong)) << wrong;
    }
}

TEST(Set, ReachesEveryPartAndIsTypedByTheTable) {
    const auto file = with_sets(
        {"spec.seed=7", "spec.consumers[0].serviceTime=2ms", "spec.topics[\"orders\"].partitions=9",
         "spec.consumers[0].retry.backoff=[5s, 6s]", "spec.consumers[0].commit.when=mark-only",
         "ScaledObject.spec.triggers[0].metadata.lagThreshold=500",
         "ScaledObject/so.spec.maxReplicaCount=20",
         "Deployment.spec.template.spec.terminationGracePeriodSeconds=60"});

    const Scenario& scenario = file.scenario;
    EXPECT_EQ(scenario.seed, 7U);
    EXPECT_EQ(scenario.topics[0].partitions, 9);
    const ConsumerGroup& group = scenario.consumers[0];
    EXPECT_EQ(group.service_time.mean, core::Duration{2'000'000});
    EXPECT_EQ(group.retry.backoff.size(), 2U);
    EXPECT_EQ(group.commit.when, core::CommitWhen::mark_only);
    const auto& trigger = group.autoscaler->scaled_object->triggers[0];
    EXPECT_EQ(std::get<core::KafkaTriggerParameters>(trigger.spec).lag_threshold, 500);
    EXPECT_EQ(group.autoscaler->hpa.max_replicas, 20);
    EXPECT_EQ(group.shutdown.grace_period, core::Duration{60'000'000'000});
    EXPECT_TRUE(file.warnings.empty()) << "nobody has to quote a manifest's string twice";
}

TEST(Set, TheLastOneWins) {
    EXPECT_EQ(with_sets({"spec.seed=1", "spec.seed=2"}).scenario.seed, 2U);
}

TEST(Set, MayAddAnAnnotation) {
    const auto file =
        with_sets({"ScaledObject.metadata.annotations[\"autoscaling.keda.sh/paused\"]=true"});

    EXPECT_EQ(file.scenario.consumers[0].autoscaler->scaled_object->annotations.at(
                  "autoscaling.keda.sh/paused"),
              "true");
}

TEST(Set, UnknownPathsAreErrorsWithASuggestion) {
    struct Case {
        const char* set;
        const char* form;
        const char* suggestion;
    };
    for (const Case& c :
         {Case{"spec.seeed=1", "1:6 unknown-path", "seed"},
          Case{"spce.seed=1", "1:1 unknown-path", "spec"},
          Case{"spec.topics.order.partitions=1", "1:13 unknown-path", "orders"},
          Case{"spec.consumers[1].reset=latest", "1:15 unknown-path", ""},
          Case{"spec.consumers.reset=latest", "1:16 unknown-path", ""},
          Case{"spec.duration.x=1", "1:15 unknown-path", ""},
          Case{"spec.consumers[0].serviceTime.mean=1ms", "1:31 unknown-path", ""},
          Case{"ScaledObject.spec.minReplicas=1", "1:19 unknown-path", ""},
          Case{"ScaledObject/x.spec.minReplicaCount=1", "1:1 unknown-path", ""},
          Case{"HorizontalPodAutoscaler.spec.minReplicas=1", "1:1 unknown-path", ""},
          Case{"ScaledObject.spec.triggers[0].metadata.lagTreshold=1", "1:40 unknown-path",
               "lagThreshold"},
          Case{"ScaledObject=1", "1:1 unknown-path", ""},
          Case{"spec..seed=1", "1:1 unknown-path", ""}}) {
        const auto diagnostics = refused(c.set);
        ASSERT_EQ(diagnostics.size(), 1U) << c.set << render_diagnostics(diagnostics);
        EXPECT_EQ(short_forms(diagnostics)[0], c.form) << c.set;
        EXPECT_EQ(diagnostics[0].suggestion, c.suggestion) << c.set;
        EXPECT_EQ(diagnostics[0].file, "--set");
    }
}

TEST(Set, ValuesAreCheckedAndThePlaceIsInTheArgument) {
    EXPECT_EQ(short_forms(refused("spec.duration=90")), Forms{"1:15 wrong-type"});
    EXPECT_EQ(short_forms(refused("spec.duration=")), Forms{"1:15 bad-value"});
    EXPECT_EQ(short_forms(refused("spec.duration")), Forms{"1:1 bad-value"});
    EXPECT_EQ(short_forms(refused("spec.faults=[{at: 1m}")), Forms{"1:13 yaml-syntax"});
    EXPECT_EQ(short_forms(refused("spec.faults=[{at: 1m, kind: x}]")), Forms{"1:29 bad-value"});
    EXPECT_EQ(short_forms(refused("ScaledObject.spec.triggers[0].metadata.lagThreshold=0")),
              Forms{"1:53 bad-value"});
}

TEST(Overlay, MergesAsRfc7386Says) {
    const std::string overlay = write_file(
        "o.yaml",
        "spec:\n  warmup: 1m\n  topics: {orders: {retention: 1d}}\n  producers: [{topic: orders, "
        "rate: 7/s}]\n  seed: null\n");

    const auto file = read_well(scenario_with("  seed: 9\n"), {.overlays = {overlay}, .sets = {}});

    EXPECT_EQ(file.scenario.warmup, core::Duration{60'000'000'000}) << "maps merge";
    EXPECT_EQ(file.scenario.topics[0].partitions, 4);
    EXPECT_TRUE(file.scenario.topics[0].retention);
    ASSERT_EQ(file.scenario.producers.size(), 1U) << "lists replace";
    EXPECT_EQ(file.scenario.producers[0].traffic.rate[0].rate_begin, 7.0);
    EXPECT_EQ(file.scenario.seed, 1U) << "null deletes";
    EXPECT_EQ(file.scenario.provenance.overrides, Forms{"-f " + overlay});
}

TEST(Overlay, MistakesStandInTheOverlay) {
    const std::string overlay =
        write_file("o.yaml", "spec:\n  warmpu: 1m\n  sede: null\n  warmup: 3\n");

    const auto diagnostics = complaints(scenario_with(""), {.overlays = {overlay}, .sets = {}});

    EXPECT_EQ(short_forms(diagnostics),
              (Forms{"2:3 unknown-key", "3:3 unknown-key", "4:11 wrong-type"}));
    EXPECT_EQ(diagnostics[0].file, overlay);
}

TEST(Overlay, MustBeOneMap) {
    for (const char* text : {"", "[1]\n", "a: 1\n---\nb: 1\n"}) {
        const std::string overlay = write_file("o.yaml", text);
        EXPECT_EQ(complaints(scenario_with(""), {.overlays = {overlay}, .sets = {}}).at(0).code,
                  "bad-overlay")
            << text;
    }
}

TEST(Sweep, ListsAndRangesOfEveryUnit) {
    const auto file = read_well(scenario_with(
        "  sweep:\n    spec.consumers[0].commit.when: [auto, mark-only]\n    spec.seed: {from: 1, "
        "to: 10, step: 4}\n    spec.warmup: {from: 30s, to: 1m, step: 15s}\n    "
        "spec.consumers[0].failures.transient: {from: 0.1%, to: 0.3%, step: 0.1%}\n    "
        "spec.consumers[0].retry.backoff: [[], [1s, 2s]]\n"));

    ASSERT_EQ(file.sweep.size(), 5U);
    EXPECT_EQ(file.sweep[0].values, (Forms{"auto", "mark-only"}));
    EXPECT_EQ(file.sweep[1].values, (Forms{"1", "5", "9"}));
    EXPECT_EQ(file.sweep[2].values, (Forms{"30s", "45s", "1m"}));
    EXPECT_EQ(file.sweep[3].values, (Forms{"0.1%", "0.2%", "0.3%"}));
    EXPECT_EQ(file.sweep[4].values, (Forms{"[]", "[1s, 2s]"}));
}

TEST(Sweep, PathsMustResolveAndRangesMustBeOnes) {
    EXPECT_EQ(short_forms(complaints(scenario_with("  sweep: {spec.seeed: [1]}\n"))),
              Forms{"12:11 unknown-path"});
    EXPECT_EQ(short_forms(complaints(scenario_with("  sweep: {spec.seed: []}\n"))),
              Forms{"12:22 bad-value"});
    EXPECT_EQ(
        short_forms(complaints(scenario_with("  sweep: {spec.seed: {from: 5, to: 1, step: 1}}\n"))),
        Forms{"12:22 bad-value"});
    EXPECT_EQ(
        short_forms(complaints(scenario_with("  sweep: {spec.seed: {from: 1, to: 5, step: 0}}\n"))),
        Forms{"12:22 bad-value"});
    EXPECT_EQ(short_forms(complaints(
                  scenario_with("  sweep: {spec.seed: {from: 1, to: 9223372036854775807, step: "
                                "1}}\n"))),
              Forms{"12:22 bad-value"});
}

TEST(Sweep, RangesAreCountedOnAnyScale) {
    const auto file =
        read_well(scenario_with("  sweep:\n    spec.seed: {from: 1, to: 10, count: 4}\n    "
                                "spec.warmup: {from: 1s, to: 100s, "
                                "count: 3, scale: log}\n    spec.consumers[0].failures.transient: "
                                "{from: 1%, to: 2%, count: "
                                "3}\n"));

    ASSERT_EQ(file.sweep.size(), 3U);
    EXPECT_EQ(file.sweep[0].values, (Forms{"1", "4", "7", "10"}));
    EXPECT_EQ(file.sweep[1].values, (Forms{"1s", "10s", "1m40s"}));
    EXPECT_EQ(file.sweep[2].values, (Forms{"1%", "1.5%", "2%"}));
}

TEST(Sweep, AxesOfTheCommandLineJoinThoseOfTheFile) {
    ReadOptions options{.axes = {"spec.seed=3,4", "spec.topics[\"orders\"].partitions=[1, 2]"}};
    const std::string text = scenario_with("  sweep: {spec.seed: [1], spec.warmup: [1s]}\n");
    const auto file = read_well(text, options);

    ASSERT_EQ(file.sweep.size(), 3U);
    EXPECT_EQ(file.sweep[0].values, (Forms{"3", "4"})) << "instead of the file's";
    EXPECT_EQ(file.sweep[1].path, "spec.warmup");
    EXPECT_EQ(file.sweep[2].values, (Forms{"1", "2"}));
    options.without_sweep = true;
    const auto point = read_well(text, options);
    EXPECT_TRUE(point.sweep.empty());
    EXPECT_EQ(point.scenario.provenance.resolved.find("sweep"), std::string::npos);
}

TEST(Sweep, DesignsThatMakeNoSenseAreRefused) {
    const auto refusal = [](const std::string& sweep) {
        return short_forms(complaints(scenario_with(sweep)));
    };
    EXPECT_EQ(refusal("  sweep: {spec.seed: [1, 1]}\n"), Forms{"12:22 bad-value"});
    EXPECT_EQ(refusal("  sweep: {spec.seed: {from: 1, to: 3}}\n"), Forms{"12:22 bad-value"});
    EXPECT_EQ(refusal("  sweep: {spec.seed: {from: 0, to: 3, count: 2, scale: log}}\n"),
              Forms{"12:22 bad-value"});
    EXPECT_EQ(refusal("  sweep: {spec.seed: {from: 1, to: 3, step: 1, count: 2}}\n"),
              Forms{"12:22 bad-value"});
    EXPECT_EQ(refusal("  sweepDesign: {method: latin-hypercube}\n"), Forms{"12:16 missing-key"});
    EXPECT_EQ(refusal("  sweepDesign: {points: 3}\n"), Forms{"12:16 conflict"});
    EXPECT_EQ(refusal("  sweepDesign: {method: zip}\n  sweep: {spec.seed: [1, 2], spec.warmup: "
                      "[1s]}\n"),
              Forms{"13:10 conflict"});
    EXPECT_EQ(refusal("  sweep:\n    spec.seed: {from: 1, to: 9999, step: 1}\n    spec.warmup: "
                      "{from: 1s, to: 60s, step: 1s}\n"),
              Forms{"13:5 out-of-range"});
}

}  // namespace
}  // namespace lagsim::sim
