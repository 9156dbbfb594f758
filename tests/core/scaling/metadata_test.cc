#include "core/scaling/metadata.h"

#include <gtest/gtest.h>

namespace lagsim::core {
namespace {

TriggerMetadata kafka(std::map<std::string, std::string> values) {
    values.try_emplace("bootstrapServers", "broker:9092");
    values.try_emplace("consumerGroup", "g");
    values.try_emplace("topic", "orders");
    return {.values = std::move(values), .environment = {}};
}

std::vector<std::string> keys(const MetadataErrors& errors) {
    std::vector<std::string> names;
    for (const MetadataError& error : errors) {
        names.push_back(error.key);
    }
    return names;
}

using Keys = std::vector<std::string>;

TEST(KafkaMetadata, HasKedasDefaults) {
    const auto parsed = parse_kafka_metadata(kafka({}));

    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->lag_threshold, 10);
    EXPECT_EQ(parsed->activation_lag_threshold, 0);
    EXPECT_EQ(parsed->offset_reset_policy, OffsetResetPolicy::latest);
    EXPECT_FALSE(parsed->allow_idle_consumers);
    EXPECT_TRUE(parsed->full_metadata);
    EXPECT_FALSE(parsed->partition_limitation.has_value());
}

TEST(KafkaMetadata, ReadsIntegersAsJson) {
    for (const char* text : {"010", "+5", "1e3", "10.0", "0x10", "1_000", "ten", "null", "\"5\"",
                             "9223372036854775808", "5 5"}) {
        const auto parsed = parse_kafka_metadata(kafka({{"lagThreshold", text}}));
        ASSERT_FALSE(parsed.has_value()) << text;
        EXPECT_EQ(keys(parsed.error()), (Keys{"lagThreshold", "lagThreshold"}))
            << text << ": the field fails, and so does validation with 0";
    }
    EXPECT_EQ(parse_kafka_metadata(kafka({{"lagThreshold", " 12 "}}))->lag_threshold, 12);
}

TEST(KafkaMetadata, ReadsABlankValueAsAbsent) {
    EXPECT_EQ(parse_kafka_metadata(kafka({{"lagThreshold", " \u00a0"}}))->lag_threshold, 10);
    const auto parsed = parse_kafka_metadata(kafka({{"consumerGroup", "  "}}));
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error().front().message,
              "missing required parameter \"consumerGroup\" in [triggerMetadata resolvedEnv]");
}

TEST(KafkaMetadata, LooksUpTheEnvironmentForFromEnvKeys) {
    TriggerMetadata metadata = kafka({{"topic", ""}, {"topicFromEnv", "TOPIC"}});
    metadata.environment = {{"TOPIC", "payments"}};

    EXPECT_EQ(parse_kafka_metadata(metadata)->topic, "payments");
}

TEST(KafkaMetadata, ReadsBooleansAsGoDoes) {
    for (const char* text : {"1", "t", "T", "TRUE", "true", "True"}) {
        EXPECT_TRUE(
            parse_kafka_metadata(kafka({{"allowIdleConsumers", text}}))->allow_idle_consumers)
            << text;
    }
    for (const char* text : {"yes", "tRUE", "2", "on"}) {
        EXPECT_FALSE(parse_kafka_metadata(kafka({{"allowIdleConsumers", text}})).has_value())
            << text;
    }
}

TEST(KafkaMetadata, LetsAListOfPoliciesPassTheEnumAndThenMatchesNeither) {
    EXPECT_EQ(parse_kafka_metadata(kafka({{"offsetResetPolicy", "latest,earliest"}}))
                  ->offset_reset_policy,
              OffsetResetPolicy::neither);
    const auto parsed = parse_kafka_metadata(kafka({{"offsetResetPolicy", "none"}}));
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error().front().message,
              "parameter \"offsetResetPolicy\" value \"none\" must be one of [latest earliest]");
}

TEST(KafkaMetadata, ReadsPartitionLimitations) {
    const std::pair<const char*, std::vector<std::int32_t>> good[]{
        {"0", {0}}, {"1-3", {1, 2, 3}}, {" 0 - 1 , 5", {0, 1, 5}}, {"5-3", {}}, {"+1", {1}}};
    for (const auto& [text, expected] : good) {
        EXPECT_EQ(
            parse_kafka_metadata(kafka({{"partitionLimitation", text}}))->partition_limitation,
            expected)
            << text;
    }
    for (const char* text : {"1,,2", "-1", "1-2-3", "a", "1-", "2147483648", ","}) {
        EXPECT_FALSE(parse_kafka_metadata(kafka({{"partitionLimitation", text}})).has_value())
            << text;
    }
    EXPECT_FALSE(parse_kafka_metadata(kafka({{"topic", ""}, {"partitionLimitation", "1-3"}}))
                     ->partition_limitation.has_value())
        << "dropped without a topic";
}

struct Refusal {
    std::map<std::string, std::string> values;
    const char* key;
};

TEST(KafkaMetadata, RefusesCombinations) {
    const Refusal refusals[]{
        {{{"lagThreshold", "0"}}, "lagThreshold"},
        {{{"lagThreshold", "-5"}}, "lagThreshold"},
        {{{"activationLagThreshold", "-1"}}, "activationLagThreshold"},
        {{{"allowIdleConsumers", "true"}, {"limitToPartitionsWithLag", "true"}},
         "limitToPartitionsWithLag"},
        {{{"topic", ""}, {"limitToPartitionsWithLag", "true"}}, "limitToPartitionsWithLag"},
        {{{"limitToPartitionsWithLag", "true"}, {"ensureEvenDistributionOfPartitions", "true"}},
         "ensureEvenDistributionOfPartitions"},
        {{{"topic", ""}, {"ensureEvenDistributionOfPartitions", "true"}},
         "ensureEvenDistributionOfPartitions"},
        {{{"topic", ""}, {"fullMetadata", "false"}}, "fullMetadata"},
        {{{"version", "2.0"}}, "version"},
        {{{"version", "1.0.0.0"}}, "version"},
        {{{"version", "0.9.0.1"}}, "version"},
        {{{"sasl", "plaintext"}}, "sasl"},
        {{{"sasl", "bogus"}}, "sasl"},
        {{{"tls", "yes"}}, "tls"},
    };
    for (const Refusal& refusal : refusals) {
        const auto parsed = parse_kafka_metadata(kafka(refusal.values));
        ASSERT_FALSE(parsed.has_value()) << refusal.key;
        EXPECT_EQ(keys(parsed.error()), Keys{refusal.key});
    }
}

TEST(KafkaMetadata, OfKeda220DoesNotKnowFullMetadata) {
    const TriggerMetadata metadata = kafka({{"topic", ""}, {"fullMetadata", "false"}});

    EXPECT_FALSE(parse_kafka_metadata(metadata, KedaVersion::v2_21).has_value());
    EXPECT_TRUE(parse_kafka_metadata(metadata, KedaVersion::v2_20).has_value());
}

TEST(KafkaMetadata, MarksVersionsThatChangeTheNumbers) {
    EXPECT_TRUE(parse_kafka_metadata(kafka({{"version", "0.10.0.1"}}))->pre_0_10_1);
    EXPECT_FALSE(parse_kafka_metadata(kafka({{"version", "0.10.1.0"}}))->pre_0_10_1);
    EXPECT_TRUE(parse_kafka_metadata(kafka({{"version", "0.10.1.0"}}))->pre_0_10_2);
    EXPECT_FALSE(parse_kafka_metadata(kafka({{"version", "0.10.2.0"}}))->pre_0_10_2);
    EXPECT_FALSE(parse_kafka_metadata(kafka({}))->pre_0_10_2);
}

TEST(MetricType, ForExternalMetricsIsAverageValueOrValue) {
    EXPECT_EQ(external_target_type(""), MetricTargetType::average_value);
    EXPECT_EQ(external_target_type("Value"), MetricTargetType::value);
    EXPECT_FALSE(external_target_type("Utilization").has_value());
    EXPECT_FALSE(external_target_type("value").has_value());
}

TEST(ResourceMetadata, NeedsAMetricTypeAndAValue) {
    using Resource = ResourceTriggerParameters::Resource;
    const TriggerMetadata sixty{.values = {{"value", "60"}}, .environment = {}};
    const TriggerMetadata half{.values = {{"value", "500m"}, {"containerName", "app"}},
                               .environment = {}};

    EXPECT_EQ(parse_resource_metadata(Resource::cpu, sixty, "Utilization")->target, 60);
    EXPECT_EQ(parse_resource_metadata(Resource::cpu, half, "AverageValue")->target, 500);
    EXPECT_EQ(parse_resource_metadata(Resource::cpu, half, "AverageValue")->container_name, "app");
    EXPECT_FALSE(parse_resource_metadata(Resource::cpu, half, "Utilization").has_value());
    EXPECT_FALSE(parse_resource_metadata(Resource::cpu, sixty, "").has_value());
    EXPECT_FALSE(parse_resource_metadata(Resource::memory, {}, "Utilization").has_value());
    EXPECT_FALSE(parse_resource_metadata(
                     Resource::cpu,
                     {.values = {{"value", "60"}, {"type", "Utilization"}}, .environment = {}},
                     "Utilization")
                     .has_value())
        << "`type` went with KEDA 2.18";
}

TEST(CronMetadata, RefusesWhatKedaRefuses) {
    const std::map<std::string, std::string> good{{"start", "0 8 * * 1-5"},
                                                  {"end", "0 18 * * 1-5"},
                                                  {"timezone", "UTC"},
                                                  {"desiredReplicas", "7"}};
    EXPECT_EQ(parse_cron_metadata({.values = good, .environment = {}})->desired_replicas, 7);
    for (const auto& [key, value] : std::map<std::string, std::string>{{"start", "0 25 * * *"},
                                                                       {"end", "0 8 * * 1-5"},
                                                                       {"timezone", ""},
                                                                       {"desiredReplicas", "0"}}) {
        auto values = good;
        values[key] = value;
        EXPECT_FALSE(parse_cron_metadata({.values = values, .environment = {}}).has_value()) << key;
    }
}

TEST(ParseTrigger, PutsTheTypedPartsTogether) {
    TriggerSpec spec;
    spec.type = "kafka";
    spec.name = "lag";
    spec.metric_type = "Value";
    spec.use_cached_metrics = true;
    spec.metadata = kafka({{"lagThreshold", "50"}});

    const auto trigger = parse_trigger(spec);

    ASSERT_TRUE(trigger.has_value());
    EXPECT_EQ(trigger->name, "lag");
    EXPECT_EQ(trigger->target_type, MetricTargetType::value);
    EXPECT_TRUE(trigger->use_cached_metrics);
    EXPECT_EQ(std::get<KafkaTriggerParameters>(trigger->spec).lag_threshold, 50);

    spec.type = "rabbitmq";
    EXPECT_EQ(parse_trigger(spec).error().front().key, "type");
}

}  // namespace
}  // namespace lagsim::core
