/// A recorded lag series through the scaling core: the file's mistakes, and the lines.
#include "sim/autoscale/recorded.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/scaling/scaled_object.h"
#include "sim/autoscale/lag_series.h"

namespace lagsim::sim {
namespace {

constexpr const char* header = "time_s,partition,log_end_offset,committed_offset\n";

std::vector<std::string> messages(const std::string& text, const std::string& topic = "orders") {
    const auto series = read_lag_series(text, "lag.csv", topic);
    std::vector<std::string> lines;
    if (!series) {
        for (const Diagnostic& diagnostic : series.error()) {
            lines.push_back(std::to_string(diagnostic.line) + ":" +
                            std::to_string(diagnostic.column) + " " + diagnostic.code);
        }
    }
    return lines;
}

using Lines = std::vector<std::string>;

TEST(LagSeries, ReadsRowsInAnyColumnOrderWithOrWithoutATopic) {
    const auto plain =
        read_lag_series(std::string(header) + "0,0,10,\r\n1.5,1,20,15\r\n", "lag.csv", "orders");
    ASSERT_TRUE(plain.has_value());
    EXPECT_EQ(plain->topics, Lines{"orders"});
    EXPECT_FALSE(plain->rows[0].partition.committed.has_value());
    EXPECT_EQ(plain->rows[1].at, core::at_nanoseconds(1'500'000'000));
    EXPECT_EQ(plain->rows[1].partition.committed, core::Offset{15});

    const auto topics = read_lag_series(
        "\xEF\xBB\xBFtopic,time_s,log_end_offset,committed_offset,partition\na,0,1,1,0\nb,0,2,1,0",
        "lag.csv", "");
    ASSERT_TRUE(topics.has_value());
    EXPECT_EQ(topics->topics, (Lines{"a", "b"}));
}

TEST(LagSeries, SaysWhereAndWhatIsWrong) {
    const std::string start = header;
    EXPECT_EQ(messages(""), Lines{"0:0 missing-header"});
    EXPECT_EQ(messages(start), Lines{"1:1 no-rows"});
    EXPECT_EQ(messages("time_s,partition,log_end_ofset,committed_offset\n0,0,1,1\n"),
              (Lines{"1:18 unknown-column", "1:1 missing-column"}));
    EXPECT_EQ(messages(start + "0,0,1,1\n", ""), Lines{"1:1 missing-column"});
    EXPECT_EQ(messages(start + "0,0,1\n"), Lines{"2:1 bad-row"});
    EXPECT_EQ(messages(start + "x,0,y,1\n"), (Lines{"2:1 bad-value", "2:5 bad-value"}));
    EXPECT_EQ(messages(start + "0,-1,1,1\n"), Lines{"2:3 bad-value"});
    EXPECT_EQ(messages(start + "0,0,1,-1\n"), Lines{"2:7 bad-value"});
    EXPECT_EQ(messages(start + "nan,0,1,1\n"), Lines{"2:1 bad-value"});
    EXPECT_EQ(messages(start + "5,0,1,1\n4,0,1,1\n"), Lines{"3:1 bad-order"});
}

TEST(LagSeries, SuggestsTheColumnThatWasMeant) {
    const auto series =
        read_lag_series("time_s,partition,log_end_ofset,committed_offset\n", "lag.csv", "orders");

    ASSERT_FALSE(series.has_value());
    EXPECT_EQ(series.error().front().suggestion, "log_end_offset");
}

TEST(LagSeries, StopsAfterTwentyMistakes) {
    std::string text = header;
    for (int i = 0; i < 100; ++i) {
        text += "x,0,1,1\n";
    }
    EXPECT_EQ(messages(text).size(), 20U);
}

core::ScaledObjectParameters article() {
    core::KafkaTriggerParameters kafka;
    kafka.consumer_group = "g";
    kafka.topic = "orders";
    kafka.lag_threshold = 1000;
    kafka.activation_lag_threshold = 100;
    core::TriggerParameters trigger;
    trigger.spec = kafka;
    core::ScaledObjectParameters parameters;
    parameters.name = "so";
    parameters.triggers.push_back(trigger);
    parameters.min_replica_count = 6;
    parameters.max_replica_count = 30;
    return parameters;
}

std::vector<nlohmann::json> play(const core::ScaledObjectParameters& parameters,
                                 const std::string& rows, const RecordedOptions& options = {}) {
    const auto series = read_lag_series(header + rows, "lag.csv", "orders");
    std::vector<nlohmann::json> lines;
    play_recorded(parameters, core::hpa_of(parameters), *series, options,
                  [&](std::string_view line) { lines.push_back(nlohmann::json::parse(line)); });
    return lines;
}

std::string rows_of(const char* time, std::int64_t lag) {
    std::string rows;
    for (int i = 0; i < 24; ++i) {
        rows += std::string(time) + "," + std::to_string(i) + "," +
                std::to_string(1000 + lag / 24) + ",1000\n";
    }
    return rows;
}

TEST(Recorded, PutsThePollBeforeTheSyncAndTheRowsBeforeBoth) {
    const auto lines = play(article(), rows_of("0", 24000) + rows_of("30", 0));

    ASSERT_EQ(lines.size(), 5U);
    EXPECT_EQ(lines[0], nlohmann::json::parse(
                            R"({"t":0.0,"who":"keda","active":true,"lag":24000,"metric":24000,
                                "before":6,"replicas":6,"action":"none"})"));
    EXPECT_EQ(lines[1], nlohmann::json::parse(
                            R"({"t":0.0,"who":"hpa","metric":24000,"raw":24,"before":6,
                                "replicas":12,"limited_by":"ScaleUpLimit"})"));
    EXPECT_EQ(lines[2]["t"], 15.0);
    EXPECT_EQ(lines[3]["who"], "keda");
    EXPECT_EQ(lines[3]["lag"], 24000) << "the HPA's record, reused";
    EXPECT_EQ(lines[4]["metric"], 0);
    EXPECT_EQ(lines[4]["limited_by"], "ScaleDownStabilized");
}

TEST(Recorded, HonoursPhasesReplicasAndUntil) {
    const auto lines = play(article(), rows_of("0", 2400),
                            {.replicas = 0,
                             .keda_phase = core::Duration{2'000'000'000},
                             .hpa_phase = core::Duration{1'000'000'000},
                             .until = core::Duration{20'000'000'000}});

    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0]["who"], "hpa");
    EXPECT_EQ(lines[0]["replicas"], 0);
    EXPECT_TRUE(lines[0]["metric"].is_null());
    EXPECT_TRUE(lines[0]["raw"].is_null());
    EXPECT_EQ(lines[1]["action"], "activate");
    EXPECT_EQ(lines[1]["replicas"], 6);
    EXPECT_EQ(lines[2]["t"], 16.0);
}

TEST(Recorded, HasNoMetricBeforeTheFirstRow) {
    RecordedOptions options;
    options.until = core::Duration{0};
    const auto lines = play(article(), rows_of("60", 2400), options);

    EXPECT_EQ(lines[0]["action"], "error");
    EXPECT_TRUE(lines[0]["lag"].is_null());
    EXPECT_TRUE(lines[1]["metric"].is_null());
}

TEST(Recorded, RefusesTriggersThatALagSeriesCannotDrive) {
    ScaledObjectManifest manifest;
    manifest.parameters = article();
    EXPECT_TRUE(not_modelled(manifest).empty());

    core::TriggerParameters cpu;
    cpu.spec = core::ResourceTriggerParameters{};
    manifest.parameters.triggers.push_back(cpu);
    manifest.header.positions["spec.triggers[1].type"].line = 12;

    ASSERT_EQ(not_modelled(manifest).size(), 1U);
    EXPECT_EQ(not_modelled(manifest).front().code, "not-modelled");
    EXPECT_EQ(not_modelled(manifest).front().line, 12);
}

TEST(Recorded, KnowsTheOnlyTopic) {
    core::ScaledObjectParameters parameters = article();
    EXPECT_EQ(only_topic(parameters), "orders");
    parameters.triggers.push_back(parameters.triggers.front());
    EXPECT_EQ(only_topic(parameters), "orders");
    std::get<core::KafkaTriggerParameters>(parameters.triggers[1].spec).topic = "other";
    EXPECT_EQ(only_topic(parameters), "");
}

}  // namespace
}  // namespace lagsim::sim
