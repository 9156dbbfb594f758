/// The resolved scenario: every default written out, manifests inline; it reads back to itself.
#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "sim/scenario/field_walk.h"
#include "tests/sim/scenario/reading.h"
#include "tree_paths.h"

namespace lagsim::sim {
namespace {

std::vector<std::string> shipped_scenarios() {
    std::vector<std::string> paths;
    const std::filesystem::path folder = std::filesystem::path(LAGSIM_SOURCE_DIR) / "scenarios";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".yaml") {
            paths.push_back(entry.path().string());
        }
    }
    std::ranges::sort(paths);
    return paths;
}

TEST(Resolved, EveryShippedScenarioIsRightAndReadsBackToItself) {
    const auto paths = shipped_scenarios();
    ASSERT_GE(paths.size(), 6U);
    for (const std::string& path : paths) {
        SCOPED_TRACE(path);
        const auto file = read_scenario(path);
        ASSERT_TRUE(file) << render_diagnostics(file.error());
        EXPECT_TRUE(file->warnings.empty()) << render_diagnostics(file->warnings);
        EXPECT_FALSE(file->scenario.description.empty());
        EXPECT_FALSE(file->scenario.assertions.empty());

        const std::string& resolved = file->scenario.provenance.resolved;
        const auto again = read_scenario_text(resolved, "elsewhere.yaml", "/nowhere");

        ASSERT_TRUE(again) << render_diagnostics(again.error());
        EXPECT_EQ(again->scenario.provenance.resolved, resolved);
        EXPECT_EQ(again->scenario.name, file->scenario.name);
        ASSERT_EQ(again->scenario.consumers.size(), file->scenario.consumers.size());
        const ConsumerGroup& first = file->scenario.consumers[0];
        const ConsumerGroup& second = again->scenario.consumers[0];
        EXPECT_EQ(second.service_time, first.service_time);
        EXPECT_EQ(second.protocol, first.protocol);
        EXPECT_EQ(second.commit, first.commit);
        EXPECT_EQ(second.pod_startup, first.pod_startup);
        EXPECT_EQ(second.cpu.limit, first.cpu.limit);
        EXPECT_EQ(second.cpu.request, first.cpu.request);
        ASSERT_EQ(second.autoscaler.has_value(), first.autoscaler.has_value());
        if (first.autoscaler) {
            EXPECT_EQ(second.autoscaler->scaled_object, first.autoscaler->scaled_object);
            EXPECT_EQ(second.autoscaler->hpa, first.autoscaler->hpa);
        }
        for (std::size_t i = 0; i < file->scenario.producers.size(); ++i) {
            EXPECT_EQ(again->scenario.producers[i].traffic.rate,
                      file->scenario.producers[i].traffic.rate);
        }
    }
}

TEST(Resolved, ProvenanceKeepsTheTextsAsRead) {
    const auto file = read_scenario(std::string(LAGSIM_SOURCE_DIR) + "/scenarios/article.yaml",
                                    {.overlays = {}, .sets = {"spec.replications=2"}});

    ASSERT_TRUE(file);
    const Provenance& provenance = file->scenario.provenance;
    EXPECT_TRUE(provenance.scenario_text.starts_with("# The deployment of the article"));
    ASSERT_EQ(provenance.manifests.size(), 2U);
    EXPECT_EQ(provenance.manifests[0].first, "k8s/scaledobject.yaml");
    EXPECT_EQ(provenance.overrides, std::vector<std::string>{"--set spec.replications=2"});
    EXPECT_NE(provenance.resolved.find("replications: 2"), std::string::npos);
}

TEST(Resolved, WritesOutEveryDefaultOfTheTable) {
    const std::string resolved = read_well(scenario_with("")).scenario.provenance.resolved;

    for (const char* line : {"warmup: 0s",
                             "sampleInterval: 15s",
                             "seed: 1",
                             "replications: 1",
                             "resolution: exact",
                             "arrivals: poisson",
                             "partitioner: uniform",
                             "concurrency: partition",
                             "backoff: [1s, 2s, 4s]",
                             "when: after-success",
                             "every: 1s",
                             "sessionTimeout: 45s",
                             "rebalanceTimeout: 5m",
                             "kedaVersion: 2.21",
                             "hpaSync: 15s",
                             "deadLetter: none",
                             "limit: none",
                             "gracePeriod: 30s",
                             "retention: none",
                             "replicas: 1",
                             "name: s"}) {
        EXPECT_NE(resolved.find(line), std::string::npos) << line << "\n" << resolved;
    }
}

TEST(Resolved, DefaultsOfTheTableAreValidValues) {
    // Each default is read by the same parsers as what users write: a scenario that writes all of
    // them out must read without a complaint.
    const std::string resolved = read_well(scenario_with("")).scenario.provenance.resolved;

    EXPECT_TRUE(complaints(resolved).empty());
}

TEST(Resolved, AShareGroupsTextReadsAgainAlthoughItNamesWhatItCannotHave) {
    const std::string text = scenario_with("      protocol: {kind: share}\n");
    const std::string resolved = read_well(text).scenario.provenance.resolved;

    EXPECT_NE(resolved.find("staticMembership: false"), std::string::npos);
    EXPECT_TRUE(complaints(resolved).empty());
}

TEST(Resolved, PositionsOfWrittenKeysOnly) {
    const auto file = read_well(scenario_with("      reset: latest\n"));

    EXPECT_EQ(file.positions.at("spec.consumers[0].reset").line, first_tail_line);
    EXPECT_EQ(file.positions.count("spec.consumers[0].retry"), 0U);
}

}  // namespace
}  // namespace lagsim::sim
