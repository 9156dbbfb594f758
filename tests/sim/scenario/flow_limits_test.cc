// What expected numbers cannot stand for is refused where the scenario says it.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sim/scenario/reader.h"

namespace lagsim::sim {
namespace {

constexpr const char* frame = R"(apiVersion: lagsim/v1
kind: Scenario
spec:
  duration: 1h
  resolution: flow
  topics:
    t: {partitions: 2TOPIC}
  producers:
    - {topic: t, rate: 100/sPRODUCER}
  consumers:
    - group: g
      serviceTime: SERVICECONSUMER
REST)";

struct Case {
    const char* what;
    std::string topic, producer, consumer, rest;
    std::string service = "10ms";
    std::string place{};  ///< line:column
};

std::string text_of(const Case& row) {
    std::string text = frame;
    for (const auto& [word, value] : {std::pair<std::string, std::string>{"TOPIC", row.topic},
                                      {"PRODUCER", row.producer},
                                      {"SERVICE", row.service},
                                      {"CONSUMER", row.consumer},
                                      {"REST", row.rest}}) {
        text.replace(text.find(word), word.size(), value);
    }
    return text;
}

std::vector<std::string> complaints(const std::string& text) {
    const auto read = read_scenario_text(text, "s.yaml", "", {});
    std::vector<std::string> found;
    if (!read) {
        for (const Diagnostic& diagnostic : read.error()) {
            found.push_back(std::to_string(diagnostic.line) + ":" +
                            std::to_string(diagnostic.column) + " " + diagnostic.code);
            EXPECT_NE(diagnostic.message.find("'flow'"), std::string::npos) << diagnostic.message;
        }
    }
    return found;
}

TEST(FlowLimits, AnOrdinaryScenarioIsTaken) {
    const auto read = read_scenario_text(text_of({.what = "plain"}), "s.yaml", "", {});
    ASSERT_TRUE(read);
    EXPECT_EQ(read->scenario.resolution, Resolution::flow);
}

TEST(FlowLimits, WhatIsAboutSingleRecordsIsRefusedInItsPlace) {
    const std::string consumer = "\n      ";
    for (const Case& row :
         {Case{.what = "compaction", .topic = ", compactionKeeps: 10%", .place = "7:41"},
          Case{.what = "transactions", .producer = ", transactions: {records: 5}", .place = "9:45"},
          Case{.what = "a poison record",
               .producer = ", publish: [{at: 1s, poison: true}]",
               .place = "9:58"},
          Case{.what = "a slow record",
               .producer = ", publish: [{at: 1s, serviceTime: 5s}]",
               .place = "9:63"},
          Case{.what = "share groups",
               .consumer = consumer + "protocol: {kind: share}",
               .place = "13:17"},
          Case{.what = "workers a partition",
               .consumer = consumer + "concurrency: {workersPerPartition: 4}",
               .place = "13:20"},
          Case{.what = "jobs", .service = "30m", .place = "12:20"},
          Case{.what = "downstream coupling",
               .consumer = consumer + "downstream: {capacity: 5}",
               .place = "13:19"},
          Case{.what = "retry topics",
               .consumer = consumer + "retry: {topics: [10s]}",
               .place = "13:14"},
          Case{.what = "poison that blocks for ever",
               .consumer = consumer + "failures: {poison: 1%}",
               .place = "13:17"},
          Case{.what = "a dead-letter topic that is down",
               .consumer = consumer + "deadLetter: {topic: d}",
               .rest = "  faults: [{at: 1m, kind: dead-letter-down, for: 1m}]\n",
               .place = "14:27"},
          Case{.what = "a log that is cut off",
               .rest = "  faults: [{at: 1m, kind: truncate, partition: 0, to: 5}]\n",
               .place = "13:27"}}) {
        EXPECT_EQ(complaints(text_of(row)), std::vector<std::string>{row.place + " not-modelled"})
            << row.what;
        std::string exact = text_of(row);
        exact.replace(exact.find("flow"), 4, "exact");
        EXPECT_TRUE(read_scenario_text(exact, "s.yaml", "", {})) << row.what;
    }
}

TEST(FlowLimits, MoreRecordsThanAnExactRunMayHave) {
    std::string text = text_of({.what = "much"});
    text.replace(text.find("100/s"), 5, "1000M/s");
    EXPECT_TRUE(read_scenario_text(text, "s.yaml", "", {}));
    text.replace(text.find("flow"), 4, "exact");
    EXPECT_FALSE(read_scenario_text(text, "s.yaml", "", {}));
}

}  // namespace
}  // namespace lagsim::sim
