#include "sim/scenario/units.h"

#include <cmath>

#include <gtest/gtest.h>

namespace lagsim::sim {
namespace {

using core::Duration;

TEST(Units, DurationsAreGoStyleWithDaysAndExact) {
    struct Case {
        const char* text;
        std::int64_t nanoseconds;
    };
    for (const Case& c :
         {Case{"0s", 0}, Case{"1h30m", 5'400'000'000'000}, Case{"250ms", 250'000'000},
          Case{"160us", 160'000}, Case{"160\u00B5s", 160'000}, Case{"1.5s", 1'500'000'000},
          Case{"6.25ms", 6'250'000}, Case{"7d", 604'800'000'000'000},
          Case{"500m", 30'000'000'000'000}, Case{".5s", 500'000'000}, Case{"0.000000001s", 1},
          Case{"1.0000000000s", 1'000'000'000},
          Case{"9223372036854775807ns", 9'223'372'036'854'775'807}}) {
        const auto parsed = parse_duration(c.text);
        ASSERT_TRUE(parsed) << c.text << ": " << parsed.error();
        EXPECT_EQ(parsed->count(), c.nanoseconds) << c.text;
    }
}

TEST(Units, DurationsSayWhatIsWrong) {
    struct Case {
        const char* text;
        const char* reason;
    };
    for (const Case& c :
         {Case{"", "empty"}, Case{"90", "the unit is missing"}, Case{"1h30", "the unit is missing"},
          Case{"5 m", "units are"}, Case{"5min", "units are"}, Case{"-5s", "negative"},
          Case{"+5s", "without '+'"}, Case{"nan", "finite"}, Case{"inf", "finite"},
          Case{"-.inf", "finite"}, Case{"1e3s", "units are"},
          Case{"0.5ns", "no whole number of nanoseconds"}, Case{"293y", "units are"},
          Case{"107000d", "292 years"},
          Case{"99999999999999999999999999999999999999999h", "nanoseconds"},
          Case{"s", "is not a duration"}, Case{".", "is not a duration"},
          Case{"1..5s", "units are"}}) {
        const auto parsed = parse_duration(c.text);
        ASSERT_FALSE(parsed) << c.text;
        EXPECT_NE(parsed.error().find(c.reason), std::string::npos) << parsed.error();
        EXPECT_NE(parsed.error().find("duration"), std::string::npos) << parsed.error();
    }
}

TEST(Units, DurationsAreWrittenAsTheyAreRead) {
    for (const std::int64_t ns :
         {std::int64_t{0}, std::int64_t{1}, std::int64_t{999}, std::int64_t{1'500},
          std::int64_t{6'250'000}, std::int64_t{1'000'000'000}, std::int64_t{60'000'000'000},
          std::int64_t{90'000'000'001}, std::int64_t{86'400'000'000'000},
          std::int64_t{604'800'000'000'000}, std::int64_t{9'223'372'036'854'775'807}}) {
        const std::string text = format_duration(Duration{ns});
        const auto parsed = parse_duration(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(parsed->count(), ns) << text;
    }
    EXPECT_EQ(format_duration(Duration{5'400'000'000'000}), "1h30m");
    EXPECT_EQ(format_duration(Duration{6'250'000}), "6.25ms");
    EXPECT_EQ(format_duration(Duration{86'400'000'000'000}), "24h");
    EXPECT_EQ(format_duration(Duration{604'800'000'000'000}), "7d");
}

TEST(Units, RatesAreRecordsPerTime) {
    EXPECT_EQ(parse_rate("200/s").value(), 200.0);
    EXPECT_EQ(parse_rate("12.5k/min").value(), 12'500.0 / 60.0);
    EXPECT_EQ(parse_rate("1M/h").value(), 1e6 / 3600.0);
    EXPECT_EQ(parse_rate("0/s").value(), 0.0);
    EXPECT_EQ(parse_rate("0.1/s").value(), 0.1);
    for (const char* text : {"200", "200/", "/s", "-1/s", "nan/s", "inf/s", "1/min/s", "1/m",
                             "1e999/s", "k/s", "2 /s", "1x/s", "+1/s", ""}) {
        const auto parsed = parse_rate(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_NE(parsed.error().find("rate"), std::string::npos) << parsed.error();
    }
    for (const double rate : {1.0 / 3.0, 276.455, 1e-9, 1e20}) {
        EXPECT_EQ(parse_rate(format_rate(rate)).value(), rate);
    }
}

TEST(Units, PercentagesNeedTheirSign) {
    EXPECT_EQ(parse_percentage("5%").value(), 0.05);
    EXPECT_EQ(parse_percentage("0.01%").value(), 0.0001);
    EXPECT_EQ(parse_percentage("0.0001%").value(), 0.000001);
    EXPECT_EQ(parse_percentage("100%").value(), 1.0);
    for (const char* text : {"5", "-5%", "%", "5%%", "nan%", "inf", "5 %", ""}) {
        EXPECT_FALSE(parse_percentage(text)) << text;
    }
    EXPECT_NE(parse_percentage("5").error().find("% is missing"), std::string::npos);
}

TEST(Units, IntegersAreDecimalAndNeverOctal) {
    EXPECT_EQ(parse_integer("24").value(), 24);
    EXPECT_EQ(parse_integer("100k").value(), 100'000);
    EXPECT_EQ(parse_integer("1.5M").value(), 1'500'000);
    EXPECT_EQ(parse_integer("-5").value(), -5);
    EXPECT_EQ(parse_integer("2.0").value(), 2);
    EXPECT_EQ(parse_integer("9223372036854775807").value(), 9'223'372'036'854'775'807);
    for (const char* text : {"010", "1e3", "0x10", "1_000", "1.5", "9223372036854775808", "10G10",
                             "", "+5", "nan", "yes", "99999999999999999999999999999999999999999"}) {
        EXPECT_FALSE(parse_integer(text)) << text;
    }
    EXPECT_NE(parse_integer("010").error().find("octal"), std::string::npos);
}

TEST(Units, SeedsHaveSixtyFourBits) {
    EXPECT_EQ(parse_seed("18446744073709551615").value(), 18'446'744'073'709'551'615U);
    EXPECT_FALSE(parse_seed("18446744073709551616"));
    EXPECT_FALSE(parse_seed("-5")) << "not 2^64 - 5";
    EXPECT_FALSE(parse_seed("007"));
}

TEST(Units, QuantitiesAreKubernetesOwn) {
    struct Case {
        const char* text;
        std::int64_t milli;
    };
    for (const Case& c :
         {Case{"500m", 500}, Case{"2", 2'000}, Case{"0.5", 500}, Case{"1Gi", 1'073'741'824'000},
          Case{"100k", 100'000'000}, Case{"1e3", 1'000'000}, Case{"1E3", 1'000'000}, Case{"1n", 1},
          Case{"1500u", 2}, Case{"-500m", -500}, Case{"+2", 2'000}, Case{"0.1Ki", 102'400},
          Case{"1P", 1'000'000'000'000'000'000}}) {
        const auto parsed = parse_quantity_milli(c.text);
        ASSERT_TRUE(parsed) << c.text;
        EXPECT_EQ(*parsed, c.milli) << c.text;
    }
    for (const char* text : {"", "m", "1K", "1ki", "1 Gi", "nan", "1E", "1e", "1e999", "0x2"}) {
        EXPECT_FALSE(parse_quantity_milli(text)) << text;
    }
}

TEST(Units, TheFieldDecidesWhat500mMeans) {
    EXPECT_EQ(parse_duration("500m").value(), Duration{30'000'000'000'000});
    EXPECT_EQ(parse_quantity_milli("500m").value(), 500);
}

TEST(Units, NumbersAreFiniteDecimals) {
    EXPECT_EQ(parse_number("1.1").value(), 1.1);
    EXPECT_EQ(parse_number("2e3").value(), 2000.0);
    EXPECT_EQ(parse_number("-3").value(), -3.0);
    for (const char* text : {"nan", "inf", ".inf", "-infinity", "1e999", "0x10", "1,5", "", "+1"}) {
        EXPECT_FALSE(parse_number(text)) << text;
    }
}

TEST(Units, BooleansAreTwoWords) {
    EXPECT_TRUE(parse_boolean("true").value());
    EXPECT_FALSE(parse_boolean("false").value());
    for (const char* text : {"yes", "no", "on", "True", "1", ""}) {
        EXPECT_FALSE(parse_boolean(text)) << text;
    }
}

TEST(Units, RecordsAreCounted) {
    EXPECT_EQ(parse_records("1 records")->value(), 1);
    EXPECT_EQ(parse_records("1 record")->value(), 1);
    EXPECT_EQ(parse_records("10k records")->value(), 10'000);
    for (const char* text :
         {"0 records", "-1 records", "1", "records", "1.5 records", "1  records"}) {
        EXPECT_FALSE(parse_records(text)) << text;
    }
}

}  // namespace
}  // namespace lagsim::sim
