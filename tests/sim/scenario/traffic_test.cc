/// Rates, traces, partitioners and publications.
#include <gtest/gtest.h>

#include "tests/sim/scenario/reading.h"

namespace lagsim::sim {
namespace {

using models::RateSegment;

/// A scenario of one hour whose producer says `producer`.
std::string with_producer(std::string_view producer) {
    std::string text = scenario_with("");
    const std::string_view old = "{topic: orders, rate: 100/s}";
    text.replace(text.find(old), old.size(), producer);
    return text;
}
std::string with_rate(std::string_view rate) {
    return with_producer(fmt::format("{{topic: orders, rate: {}}}", rate));
}

RateSegment segment(double begin_s, double end_s, double rate_begin, double rate_end) {
    const auto at = [](double s) {
        return core::Instant{core::Duration{static_cast<std::int64_t>(s * 1e9)}};
    };
    return {.begin = at(begin_s), .end = at(end_s), .rate_begin = rate_begin, .rate_end = rate_end};
}

std::vector<RateSegment> rate_of_file(const ScenarioFile& file) {
    return file.scenario.producers.empty() ? std::vector<RateSegment>()
                                           : file.scenario.producers.at(0).traffic.rate;
}

TEST(Rates, APlainRateHoldsForTheWholeRun) {
    EXPECT_EQ(rate_of_file(read_well(with_rate("700/s"))), std::vector{segment(0, 3600, 700, 700)});
}

TEST(Rates, StepsHoldRampAndRest) {
    const auto file = read_well(with_rate(
        "[{for: 10m, hold: 700/s}, {for: 20m, ramp: [700/s, 3400/s]}, {for: rest, hold: 0/s}]"));

    EXPECT_EQ(rate_of_file(file),
              (std::vector{segment(0, 600, 700, 700), segment(600, 1800, 700, 3400),
                           segment(1800, 3600, 0, 0)}));
}

TEST(Rates, StepsMustCoverTheRunExactly) {
    struct Case {
        const char* rate;
        const char* expected;
    };
    for (const Case& c :
         {Case{"[{for: 2h, hold: 1/s}]", "8:36 rate-exceeds-duration"},
          Case{"[{for: 1h, hold: 1/s}, {for: rest, hold: 1/s}]", "8:58 rate-exceeds-duration"},
          Case{"[{for: 30m, hold: 1/s}]", "8:29 rate-too-short"}, Case{"[]", "8:29 rate-too-short"},
          Case{"[{for: rest, hold: 1/s}, {for: 1m, hold: 1/s}]", "8:36 bad-value"},
          Case{"[{for: 1h}]", "8:30 bad-value"},
          Case{"[{for: 1h, hold: 1/s, ramp: [1/s, 2/s]}]", "8:30 bad-value"},
          Case{"[{for: 1h, ramp: [1/s]}]", "8:46 bad-value"},
          Case{"[{hold: 1/s}]", "8:30 missing-key"},
          Case{"[{for: 0s, hold: 1/s}]", "8:36 out-of-range"}, Case{"-1/s", "8:29 wrong-type"},
          Case{"200", "8:29 wrong-type"}, Case{"1G/s", "8:29 out-of-range"}}) {
        const auto found = short_forms(complaints(with_rate(c.rate)));
        ASSERT_FALSE(found.empty()) << c.rate;
        EXPECT_EQ(found[0], c.expected) << c.rate;
    }
}

/// Two rows a minute apart: the second one lasts a minute, too.
std::string trace_rate(const std::string& csv, const std::string& more = "") {
    return fmt::format("{{trace: \"{}\"{}}}", write_file("t.csv", csv), more);
}

TEST(Traces, ARowHoldsUntilTheNextAndTheLastAsLongAsTheOneBefore) {
    const auto file =
        read_well(with_rate(trace_rate("time_s,rate_per_s\n0,10\n1800,20\n", ", scale: 2.5")));

    EXPECT_EQ(rate_of_file(file),
              (std::vector{segment(0, 1800, 25, 25), segment(1800, 3600, 50, 50)}));
}

TEST(Traces, LinearInterpolationJoinsTheRows) {
    const auto file = read_well(
        with_rate(trace_rate("time_s,rate_per_s\n0,10\n1800,20\n", ", interpolate: linear")));

    EXPECT_EQ(rate_of_file(file),
              (std::vector{segment(0, 1800, 10, 20), segment(1800, 3600, 20, 20)}));
}

TEST(Traces, WhatComesAfterIsSaid) {
    const std::string csv = "time_s,rate_per_s\n0,10\n900,20\n";
    EXPECT_EQ(short_forms(complaints(with_rate(trace_rate(csv)))),
              std::vector<std::string>{"8:37 rate-too-short"});
    EXPECT_EQ(rate_of_file(read_well(with_rate(trace_rate(csv, ", after: zero")))).back(),
              segment(1800, 3600, 0, 0));
    EXPECT_EQ(rate_of_file(read_well(with_rate(trace_rate(csv, ", after: hold")))).back(),
              segment(1800, 3600, 20, 20));
    EXPECT_EQ(rate_of_file(read_well(with_rate(trace_rate(csv, ", after: repeat")))),
              (std::vector{segment(0, 900, 10, 10), segment(900, 1800, 20, 20),
                           segment(1800, 2700, 10, 10), segment(2700, 3600, 20, 20)}));
}

TEST(Traces, WhatIsBeyondTheRunIsCutOnTheLine) {
    const auto file = read_well(with_rate(
        trace_rate("time_s,rate_per_s\n0,0\n7200,200\n9000,0\n", ", interpolate: linear")));

    EXPECT_EQ(rate_of_file(file), std::vector{segment(0, 3600, 0, 100)});
}

TEST(Traces, MistakesHaveAPlaceInTheCsv) {
    struct Case {
        const char* csv;
        const char* expected;
    };
    for (const Case& c : {Case{"", "1:1 bad-trace"}, Case{"time,rate\n0,1\n", "1:1 bad-trace"},
                          Case{"time_s,rate_per_s\n0,1\n", "3:1 bad-trace"},
                          Case{"time_s,rate_per_s\n5,1\n6,1\n", "2:1 bad-trace"},
                          Case{"time_s,rate_per_s\n0,1\n0,1\n", "3:1 bad-trace"},
                          Case{"time_s,rate_per_s\n0,1\n9,x\n", "3:3 bad-trace"},
                          Case{"time_s,rate_per_s\n0,1\n9,-1\n", "3:3 bad-trace"},
                          Case{"time_s,rate_per_s\n0,1\n9,nan\n", "3:3 bad-trace"},
                          Case{"time_s,rate_per_s\n0,1\n9\n", "3:1 bad-trace"},
                          Case{"time_s,rate_per_s\n0,1\nnan,1\n", "3:1 bad-trace"},
                          Case{"time_s,rate_per_s\n0,1,2\n", "2:1 bad-trace"},
                          Case{"time_s,rate_per_s\n0,1\n\n9,1\n", "3:1 bad-trace"}}) {
        EXPECT_EQ(short_forms(complaints(with_rate(trace_rate(c.csv)))),
                  std::vector<std::string>{c.expected})
            << c.csv;
    }
    EXPECT_EQ(short_forms(complaints(with_rate("{trace: nowhere.csv}"))),
              std::vector<std::string>{"8:37 unreadable-file"});
}

TEST(Traces, WindowsLineEndsAreFine) {
    const auto file = read_well(with_rate(trace_rate("time_s,rate_per_s\r\n0,10\r\n1800,20\r\n")));

    EXPECT_EQ(rate_of_file(file).size(), 2U);
}

TEST(Traces, TheResolvedScenarioHoldsThemAsStepsAndStandsAlone) {
    const auto file = read_well(with_rate(
        trace_rate("time_s,rate_per_s\n0,0.1\n1234.5,0.3\n", ", after: repeat, scale: 1.7")));

    const auto again = read_well(file.scenario.provenance.resolved);

    EXPECT_EQ(rate_of_file(again), rate_of_file(file));
    EXPECT_EQ(file.scenario.provenance.resolved.find("t.csv"), std::string::npos);
}

TEST(Producers, ArrivalsAndPartitioners) {
    const auto file = read_well(with_producer(
        "{topic: orders, rate: 1/s, arrivals: {batch: {size: 1k}}, partitioner: {keys: "
        "{distribution: zipf, exponent: 1.1, count: 100k, hash: fnv1a}}}"));

    const models::ProducerParameters& traffic = file.scenario.producers.at(0).traffic;
    EXPECT_EQ(traffic.kind, models::ArrivalKind::batch);
    EXPECT_EQ(traffic.batch_size, 1000);
    EXPECT_EQ(traffic.partitions, 4);
    EXPECT_EQ(traffic.partitioner.kind, models::PartitionerKind::keys);
    EXPECT_EQ(traffic.partitioner.zipf_exponent, 1.1);
    EXPECT_EQ(traffic.partitioner.key_count, 100'000);
    EXPECT_EQ(traffic.partitioner.hash, models::KeyHash::fnv1a);
}

TEST(Producers, WeightsAreOneAPartition) {
    const auto file = read_well(
        with_producer("{topic: orders, rate: 1/s, partitioner: {weights: [0, 1, 2.5, 1]}}"));
    EXPECT_EQ(file.scenario.producers.at(0).traffic.partitioner.weights,
              (std::vector{0.0, 1.0, 2.5, 1.0}));
    EXPECT_EQ(short_forms(complaints(
                  with_producer("{topic: orders, rate: 1/s, partitioner: {weights: [1, 2]}}"))),
              std::vector<std::string>{"8:57 bad-value"});
    EXPECT_EQ(short_forms(complaints(with_producer(
                  "{topic: orders, rate: 1/s, partitioner: {weights: [0, 0, 0, 0]}}"))),
              std::vector<std::string>{"8:57 bad-value"});
    EXPECT_EQ(short_forms(complaints(with_producer("{topic: orders, rate: 1/s, partitioner: {}}"))),
              std::vector<std::string>{"8:47 bad-value"});
}

TEST(Producers, PublicationsComeInOrderOfTime) {
    const auto file = read_well(
        with_producer("{topic: orders, publish: [{at: 2m, count: 5k, partition: 3}, {at: 1m}]}"));

    const auto& publish = file.scenario.producers.at(0).publish;
    ASSERT_EQ(publish.size(), 2U);
    EXPECT_EQ(publish[0].at, core::Instant{core::Duration{60'000'000'000}});
    EXPECT_EQ(publish[0].count, 1);
    EXPECT_EQ(publish[0].partition, std::nullopt);
    EXPECT_EQ(publish[1].count, 5000);
    EXPECT_EQ(publish[1].partition, 3);
    EXPECT_FALSE(publish[1].poison);
    EXPECT_FALSE(publish[1].service_time);
    EXPECT_TRUE(rate_of_file(file).empty());
}

TEST(Traffic, PublicationsMayBePoisonOrSlow) {
    const ScenarioFile file = read_well(with_producer(
        "{topic: orders, publish: [{at: 1m, poison: true}, {at: 2m, serviceTime: 7m}]}"));

    const auto& publish = file.scenario.producers.at(0).publish;
    ASSERT_EQ(publish.size(), 2U);
    EXPECT_TRUE(publish[0].poison);
    EXPECT_EQ(publish[1].service_time, core::Duration{420'000'000'000});
}

TEST(Producers, MistakesAreRefused) {
    struct Case {
        const char* producer;
        const char* expected;
    };
    for (const Case& c :
         {Case{"{topic: order, rate: 1/s}", "8:15 unresolved-name"},
          Case{"{topic: orders}", "8:7 missing-key"},
          Case{"{topic: orders, publish: [{at: 1m, partition: 4}]}", "8:53 out-of-range"},
          Case{"{topic: orders, publish: [{at: 2h}]}", "8:38 after-end"},
          Case{"{topic: orders, rate: 1/s, arrivals: {batch: {size: 0}}}", "8:59 out-of-range"},
          Case{"{topic: orders, rate: 1/s, arrivals: {}}", "8:44 missing-key"},
          Case{"{topic: orders, rate: 1/s, partitioner: zipf}", "8:47 bad-value"}}) {
        const auto found = short_forms(complaints(with_producer(c.producer)));
        ASSERT_FALSE(found.empty()) << c.producer;
        EXPECT_EQ(found[0], c.expected) << c.producer;
    }
}

}  // namespace
}  // namespace lagsim::sim
