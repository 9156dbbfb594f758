/// `lagsim calibrate`: what it reads, what it refuses, and how it says so.
#include <fmt/format.h>

#include "tests/cli/shell_helper.h"

namespace lagsim::tests {
namespace {

using Json = nlohmann::json;

class Calibrate : public CommandLine {
  protected:
    /// Two partitions, one a second each, read as fast as they come.
    static std::string steady() {
        std::string csv = "time_s,partition,log_end_offset,committed_offset\n";
        for (int t = 0; t <= 600; t += 15) {
            csv += fmt::format("{0},0,{1},{1}\n{0},1,{1},{1}\n", t, 100 + t);
        }
        return csv;
    }

    /// A response with one series of a metric.
    static Json response(const std::string& metric, const Json& labels, const Json& values) {
        Json named = labels;
        named["__name__"] = metric;
        Json one{{"metric", named}, {"values", values}};
        return {{"status", "success"},
                {"data", {{"resultType", "matrix"}, {"result", Json::array({one})}}}};
    }

    /// `count` samples from 0 s, 15 s apart, `each` more from one to the next.
    static Json rising(int count, int each) {
        Json values = Json::array();
        for (int i = 0; i < count; ++i) {
            values.push_back({1767225600.0 + 15.0 * i, fmt::format("{}", each * i)});
        }
        return values;
    }
};

TEST_F(Calibrate, SaysThatOnlyABoundIsKnownWhereNothingWaited) {
    write("steady.csv", steady());
    const Outcome words = shell("lagsim calibrate steady.csv");
    EXPECT_EQ(words.code, 0) << words.err;
    EXPECT_NE(words.out.find("no partition was ever busy"), std::string::npos) << words.out;
    EXPECT_FALSE(exists("scenario.yaml"));

    const Json found = shell("lagsim calibrate steady.csv --json").json();
    EXPECT_EQ(found["service"]["upper_bound_only"], true);
    EXPECT_DOUBLE_EQ(found["service"]["seconds"]["mean"], 1.0);
    EXPECT_DOUBLE_EQ(found["arrivals"][0]["mean_rate"], 2.0);
    EXPECT_EQ(found["startup"]["seconds"]["n"], 0);
}

TEST_F(Calibrate, WritesAScenarioThatRuns) {
    write("steady.csv", steady());
    ASSERT_EQ(shell("lagsim calibrate steady.csv -o out").code, 0);
    EXPECT_NE(read("out/calibration.html").find("<svg"), std::string::npos);
    EXPECT_TRUE(read("out/rate.csv").starts_with("time_s,rate_per_s\n0,2\n15,2\n"));
    EXPECT_EQ(shell("lagsim validate out/scenario.yaml").code, 0);
    const Outcome run = shell("lagsim run out/scenario.yaml --json");
    ASSERT_EQ(run.code, 0) << run.err;
    // Clockwork: as many records as were recorded.
    EXPECT_EQ(run.json()["ledger"]["produced"], 1200);
}

TEST_F(Calibrate, DamagesNoExistingFile) {
    write("steady.csv", steady());
    write("mine.yaml", "mine");
    const Outcome refused = shell("lagsim calibrate steady.csv -o mine.yaml");
    EXPECT_EQ(refused.code, 2);
    EXPECT_EQ(read("mine.yaml"), "mine");
    EXPECT_FALSE(exists("mine-rate.csv"));
    EXPECT_EQ(shell("lagsim calibrate steady.csv -o mine.yaml --force").code, 0);
    EXPECT_TRUE(exists("mine-rate.csv"));
}

TEST_F(Calibrate, MendsGapsResetsAndDisorderAndSaysSo) {
    std::string csv = "time_s,partition,log_end_offset,committed_offset\n";
    for (int t = 0; t <= 600; t += 15) {
        // The log is made anew at 300 s; nothing is known from 400 s to 500 s.
        if (t < 400 || t > 500) {
            csv += fmt::format("{0},0,{1},{1}\n", t, t < 300 ? 1000 + 10 * t : 10 * (t - 300));
        }
    }
    csv += "150,0,2500,2500\n";  // there before, and late
    csv += "0,2,0,\n600,2,0,\n";
    write("messy.csv", csv);
    const Json found = shell("lagsim calibrate messy.csv --json").json();
    std::string notes;
    for (const auto& note : found["notes"]) {
        notes += note.get<std::string>() + "\n";
    }
    for (const char* what : {"repeat an instant", "out of time order", "gaps in log end offsets",
                             "a log end offset fell", "Partitions 1 of"}) {
        EXPECT_NE(notes.find(what), std::string::npos) << what << " in\n" << notes;
    }
    // 10 a second, but for the step of the reset, of which nothing is known.
    EXPECT_NEAR(found["arrivals"][0]["records"].get<double>(), 10.0 * 585.0, 1e-6);
    EXPECT_EQ(found["arrivals"][0]["weights"], Json({1.0, 0.0, 0.0}));
}

TEST_F(Calibrate, ReadsEveryExportersNames) {
    const Json labels{{"topic", "orders"}, {"partition", "0"}};
    const auto calibrate = [&](const Json& end, const Json& other) {
        write("range.json", Json::array({end, other}).dump(1));
        return shell("lagsim calibrate range.json --json");
    };
    const auto check = [](const Outcome& outcome, const std::string& group) {
        ASSERT_EQ(outcome.code, 0) << outcome.err;
        EXPECT_EQ(outcome.json()["group"], group);
        EXPECT_EQ(outcome.json()["arrivals"][0]["topic"], "orders");
        EXPECT_NEAR(outcome.json()["arrivals"][0]["mean_rate"].get<double>(), 2.0, 1e-9);
    };
    check(calibrate(response("kafka_topic_partition_current_offset", labels, rising(20, 30)),
                    response("kafka_consumergroup_lag",
                             {{"consumergroup", "shop"}, {"topic", "orders"}, {"partition", "0"}},
                             rising(20, 0))),
          "shop");
    check(
        calibrate(response("kminion_kafka_topic_partition_high_water_mark",
                           {{"topic_name", "orders"}, {"partition_id", "0"}}, rising(20, 30)),
                  response("kminion_kafka_consumer_group_topic_partition_lag",
                           {{"group_id", "shop"}, {"topic_name", "orders"}, {"partition_id", "0"}},
                           rising(20, 0))),
        "shop");
    check(calibrate(response("kafka_partition_latest_offset", labels, rising(20, 30)),
                    response("kafka_consumergroup_group_offset",
                             {{"group", "shop"}, {"topic", "orders"}, {"partition", "0"}},
                             rising(20, 30))),
          "shop");
    // The Java client knows no group, and its lag moves from client to client.
    check(calibrate(response("kafka_topic_partition_current_offset", labels, rising(20, 30)),
                    response("kafka_consumer_fetch_manager_records_lag",
                             {{"client_id", "c-1"}, {"topic", "orders"}, {"partition", "0"}},
                             rising(20, 0))),
          "recorded-group");
}

TEST_F(Calibrate, RefusesWrongJsonWithItsPlace) {
    const auto refused = [&](const std::string& text) {
        write("range.json", text);
        const Outcome outcome = shell("lagsim calibrate range.json");
        EXPECT_EQ(outcome.code, 3) << text;
        return outcome.err;
    };
    EXPECT_NE(refused("{\"status\":\"success\",\n\"data\": oops}").find("range.json:2:"),
              std::string::npos);
    EXPECT_NE(refused("{\"status\":\n\"error\",\"error\":\"timeout\"}")
                  .find("range.json:2:7: error[failed-query]"),
              std::string::npos);
    EXPECT_NE(refused(R"({"status":"success","data":{"resultType":"vector","result":[]}})")
                  .find("error[not-a-range]"),
              std::string::npos);
    EXPECT_NE(refused(R"({"status":"success","data":{"resultType":"matrix","result":[
{"metric":{},"values":[[1,"2"]]},
{"metric":{"__name__":"kafka_consumergroup_lag","consumergroup":"g","topic":"t"},"values":[[1,"x"]]},
{"metric":{"__name__":"kafka_consumergroup_lag"},"values":[[1]]}]}})")
                  .find("range.json:2:"),
              std::string::npos);
    const std::string all = refused(read("range.json"));
    for (const char* code : {"2:32: error[unnamed-series]", "3:", "error[bad-value]",
                             "error[missing-label]", "error[bad-response]"}) {
        EXPECT_NE(all.find(code), std::string::npos) << code << " in\n" << all;
    }
    EXPECT_NE(refused("[]").find("error[no-response]"), std::string::npos);
    EXPECT_NE(refused("[1]").find("error[bad-response]"), std::string::npos);
}

TEST_F(Calibrate, RefusesWrongCsvWithItsPlace) {
    write("bad.csv",
          "time_s,partition,log_end_offset\n0,0,10\nlater,0,20\n30,x,20\n45,0,many\n60,0\n");
    const Outcome outcome = shell("lagsim calibrate bad.csv");
    EXPECT_EQ(outcome.code, 3);
    for (const char* place : {"bad.csv:3:1: error[bad-value]", "bad.csv:4:4: error[bad-value]",
                              "bad.csv:5:6: error[bad-value]", "bad.csv:6:1: error[bad-row]"}) {
        EXPECT_NE(outcome.err.find(place), std::string::npos) << place << " in\n" << outcome.err;
    }
    write("bad.csv", "time,partition,log_end_offset\n0,0,10\n");
    EXPECT_NE(shell("lagsim calibrate bad.csv").err.find("did you mean"), std::string::npos);
    EXPECT_EQ(shell("lagsim calibrate nowhere.csv").code, 1);
}

TEST_F(Calibrate, AsksWhichGroupWhereThereAreSeveral) {
    std::string csv = "time_s,consumer_group,topic,partition,log_end_offset,committed_offset\n";
    for (int t = 0; t <= 150; t += 15) {
        csv += fmt::format("{0},a,\"x,y\",0,{1},{1}\n{0},b,z,0,{2},{2}\n", t, t, 3 * t);
    }
    write("two.csv", csv);
    const Outcome asked = shell("lagsim calibrate two.csv");
    EXPECT_EQ(asked.code, 3);
    EXPECT_NE(asked.err.find("choose with --group: a, b"), std::string::npos) << asked.err;
    const Json found = shell("lagsim calibrate two.csv --group a --json").json();
    ASSERT_EQ(found["arrivals"].size(), 1U);
    EXPECT_EQ(found["arrivals"][0]["topic"], "x,y");
    EXPECT_EQ(shell("lagsim calibrate two.csv --group c").code, 3);
}

TEST_F(Calibrate, NamesAreTextInEveryOutput) {
    std::string csv = "time_s,consumer_group,topic,partition,log_end_offset,committed_offset\n";
    for (int t = 0; t <= 150; t += 15) {
        csv += fmt::format("{0},\"<script>: '\"\"\",t,0,{0},{0}\n", t);
    }
    write("hostile.csv", csv);
    ASSERT_EQ(shell("lagsim calibrate hostile.csv -o out").code, 0);
    EXPECT_EQ(read("out/calibration.html").find("<script"), std::string::npos);
    EXPECT_EQ(shell("lagsim validate out/scenario.yaml").code, 0);
}

}  // namespace
}  // namespace lagsim::tests
