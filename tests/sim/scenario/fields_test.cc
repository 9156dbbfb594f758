/// The one table: every key explained, in the schema, and in the reference.
#include "sim/scenario/fields.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/scenario/field_walk.h"
#include "sim/scenario/schema_check.h"
#include "tree_paths.h"

namespace lagsim::sim {
namespace {

TEST(Fields, EveryKeyHasAMeaningAndDefaultsThatParse) {
    visit_fields(scenario_kind(), "", [](const FieldVisit& visit) {
        SCOPED_TRACE(visit.path);
        const Field& field = *visit.field;
        EXPECT_FALSE(field.doc.empty());
        EXPECT_FALSE(describe_type(field).empty());
        EXPECT_FALSE(field.required && !field.fallback.empty()) << "required, yet a default";
        if (field.fallback.empty() || has_word(field.words, field.fallback)) {
            return;
        }
        const YamlNode node = node_of_text(field.fallback);
        if (node.is_scalar()) {
            const auto value = scalar_value(field.scalar, node.text);
            ASSERT_TRUE(value) << value.error();
            EXPECT_GE(*value, field.minimum);
            EXPECT_LE(*value, field.maximum);
        } else {
            EXPECT_TRUE(node.is_map() ? field.map != nullptr : field.element != nullptr);
        }
    });
}

TEST(Fields, EveryKeyOfTheInterfaceIsThere) {
    const auto paths = all_paths();
    for (const char* path : {"spec.duration",
                             "spec.warmup",
                             "spec.sampleInterval",
                             "spec.seed",
                             "spec.replications",
                             "spec.replications.until.relativeHalfWidth",
                             "spec.resolution",
                             "spec.manifests",
                             "spec.topics.NAME.partitions",
                             "spec.topics.NAME.retention",
                             "spec.topics.NAME.segmentRoll",
                             "spec.topics.NAME.compactionKeeps",
                             "spec.producers[].topic",
                             "spec.producers[].arrivals.batch.size",
                             "spec.producers[].rate.trace",
                             "spec.producers[].rate.scale",
                             "spec.producers[].rate.interpolate",
                             "spec.producers[].rate.after",
                             "spec.producers[].rate[].for",
                             "spec.producers[].rate[].hold",
                             "spec.producers[].rate[].ramp",
                             "spec.producers[].publish[].partition",
                             "spec.producers[].transactions.records",
                             "spec.producers[].partitioner.keys.hash",
                             "spec.producers[].partitioner.weights",
                             "spec.consumers[].group",
                             "spec.consumers[].topics",
                             "spec.consumers[].replicas[].count",
                             "spec.consumers[].concurrency.workersPerPartition",
                             "spec.consumers[].serviceTime.cv",
                             "spec.consumers[].cpu.share",
                             "spec.consumers[].downstream.exponent",
                             "spec.consumers[].failures.poison",
                             "spec.consumers[].retry.jitter",
                             "spec.consumers[].retry.topics",
                             "spec.consumers[].deadLetter.produceTime",
                             "spec.consumers[].deadLetter.failures",
                             "spec.consumers[].commit.every",
                             "spec.consumers[].reset",
                             "spec.consumers[].protocol.initialRebalanceDelay",
                             "spec.consumers[].protocol.staticMembership",
                             "spec.consumers[].protocol.client",
                             "spec.consumers[].overheads.commitMode",
                             "spec.consumers[].podStartup",
                             "spec.consumers[].podScheduling",
                             "spec.consumers[].readinessDelay",
                             "spec.consumers[].shutdown.drain",
                             "spec.autoscaler.kedaVersion",
                             "spec.autoscaler.hpaSync",
                             "spec.autoscaler.hpaTolerance",
                             "spec.autoscaler.downscaleStabilization",
                             "spec.autoscaler.syncLatency",
                             "spec.autoscaler.kedaPhase",
                             "spec.autoscaler.hpaPhase",
                             "spec.faults[].at",
                             "spec.faults[].restart",
                             "spec.faults[].replaceAfter",
                             "spec.faults[].factor",
                             "spec.faults[].every",
                             "spec.faults[].lose",
                             "spec.assertions",
                             "spec.sweep.NAME.step"}) {
        EXPECT_TRUE(std::ranges::count(paths, path) == 1) << path;
    }
}

TEST(Explain, KnowsEveryPathOfTheTable) {
    for (const std::string& path : all_paths()) {
        const auto text = explain_key(path);
        ASSERT_TRUE(text) << path;
        EXPECT_TRUE(text->starts_with(path)) << path << " gave " << *text;
    }
}

TEST(Explain, TakesPathsAsUsersWriteThem) {
    for (const char* path :
         {"spec.consumers[0].serviceTime.mean", "consumers.serviceTime.mean", "serviceTime.mean",
          "spec.topics[\"a.b\"].partitions", "spec.topics.partitions", "topics.orders.partitions",
          "ScaledObject/x.spec.triggers[0].metadata.lagThreshold", "lagThreshold", "spec", ""}) {
        EXPECT_TRUE(explain_key(path)) << path;
    }
}

TEST(Explain, SaysTypeUnitDefaultRangeAndSource) {
    const std::string text = explain_key("spec.autoscaler.hpaSync").value();

    EXPECT_NE(text.find("type     a duration"), std::string::npos) << text;
    EXPECT_NE(text.find("unit     s"), std::string::npos);
    EXPECT_NE(text.find("default  15s"), std::string::npos);
    EXPECT_NE(text.find("range    above 0"), std::string::npos);
    EXPECT_NE(text.find("--horizontal-pod-autoscaler-sync-period"), std::string::npos);
}

TEST(Explain, SuggestsWhatWasMeant) {
    EXPECT_EQ(explain_key("spec.sampleIntervall").error(),
              "there is no key 'spec.sampleIntervall'; did you mean 'sampleInterval'?");
    EXPECT_FALSE(explain_key("..."));
}

/// The schema of a path such as `spec.consumers[].commit`, through any form that has it.
bool schema_has(const nlohmann::json& schema, const std::string& path) {
    if (path.empty()) {
        return true;
    }
    if (schema.contains("anyOf")) {
        return std::ranges::any_of(schema["anyOf"], [&path](const nlohmann::json& form) {
            return schema_has(form, path);
        });
    }
    if (path.starts_with("[]")) {
        const bool dot = path.size() > 2 && path[2] == '.';
        return schema.contains("items") && schema_has(schema["items"], path.substr(dot ? 3 : 2));
    }
    const std::size_t end = std::min(path.find_first_of(".["), path.size());
    const std::string key = path.substr(0, end);
    const std::string rest =
        end < path.size() && path[end] == '.' ? path.substr(end + 1) : path.substr(end);
    if (key == "NAME" && schema.contains("additionalProperties")) {
        return schema_has(schema["additionalProperties"], rest);
    }
    return schema.contains("properties") && schema["properties"].contains(key) &&
           schema_has(schema["properties"][key], rest);
}

TEST(JsonSchema, IsValidJsonAndHasEveryKeyThatTheReaderTakes) {
    const nlohmann::json schema = nlohmann::json::parse(json_schema());

    EXPECT_EQ(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    std::vector<std::string> refused;
    visit_fields(scenario_kind(), "", [&](const FieldVisit& visit) {
        const bool below_refused = std::ranges::any_of(refused, [&](const std::string& prefix) {
            return visit.path.starts_with(prefix + ".");
        });
        if (visit.field->status == FieldStatus::not_modelled ||
            visit.field->map_status == FieldStatus::not_modelled) {
            refused.push_back(visit.path);
        }
        if (!below_refused && visit.field->status == FieldStatus::built) {
            EXPECT_TRUE(schema_has(schema, visit.path)) << visit.path;
        }
    });
}

TEST(Reference, TheCommittedFileIsCurrent) {
    const std::string path = std::string(LAGSIM_SOURCE_DIR) + "/docs/scenario-reference.md";
    std::ifstream stream(path);
    const std::string text{std::istreambuf_iterator<char>(stream),
                           std::istreambuf_iterator<char>()};

    const bool current = text == reference_markdown();

    if (const char* update = std::getenv("LAGSIM_UPDATE_REFERENCE");
        update != nullptr && !current) {
        std::ofstream(path) << reference_markdown();
    }
    EXPECT_TRUE(current) << "run this test once with LAGSIM_UPDATE_REFERENCE=1 and commit " << path;
}

}  // namespace
}  // namespace lagsim::sim
