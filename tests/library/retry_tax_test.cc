// Scenario 6: the price of blocking retries at small failure rates.
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "tests/library/library_helper.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;

constexpr const char* name = "retry-tax";
constexpr double service = 0.005;  // [s]
constexpr double partitions = 24.0;

Sets poison(const std::string& percent) {
    return {"spec.consumers[0].failures.poison=" + percent};
}

struct Row {
    const char* percent;
    double fraction;
    double capacity;       ///< [records/s] of a partition, from the library's table
    const char* rate;      ///< [records/s] of the topic, above its capacity
    const char* duration;  ///< long enough for 4,000 poison records
};

/// The saturated partitions' time is spent on 5 ms a record and 7 s + 15 ms more a poison one; what
/// they do a second follows.
void expect_capacity(const Row& row) {
    SCOPED_TRACE(row.percent);
    const Outcome outcome =
        play(name, poison(row.percent) + Sets{std::string("spec.producers[0].rate=") + row.rate,
                                              std::string("spec.duration=") + row.duration,
                                              "spec.assertions=[]"});
    const double seconds = core::seconds(outcome.scenario().duration) - 6.0;  // the first join
    const auto finished = static_cast<double>(outcome.totals().ledger.finished);
    const auto given_up = static_cast<double>(outcome.totals().ledger.dead_lettered);
    const double busy = finished * service + given_up * (7.0 + 4.0 * service);

    EXPECT_NEAR(busy / (partitions * seconds), 1.0, 0.01) << "nobody was idle, nothing is missing";
    const double capacity = (finished + given_up) / (partitions * seconds);
    const double expected = 1.0 / (service + row.fraction * (7.0 + 3.0 * service));
    EXPECT_NEAR(row.capacity / expected, 1.0, 0.002) << "the table of the library";
    EXPECT_NEAR(capacity / expected, 1.0, 0.02);
}

TEST(RetryTax, WithoutFailuresIsNothing) {
    expect_capacity({"0%", 0.0, 200.0, "5000/s", "2m"});
}
TEST(RetryTax, OfOneRecordInAThousandIsMoreThanHalf) {
    expect_capacity({"0.1%", 0.001, 83.2, "2600/s", "30m"});
}
TEST(RetryTax, OfOneRecordInAHundredIsFourteenFifteenths) {
    expect_capacity({"1%", 0.01, 13.3, "600/s", "60m"});
}

TEST(RetryTax, IsBearableUpToThreeInAThousandAndNotFromThreeAndAHalfOn) {
    const Outcome below = play(name, poison("0.3%") + Sets{"spec.assertions=[]"});
    const Outcome above = play(name, poison("0.35%") + Sets{"spec.assertions=[]"});

    // Offered work a second of a partition: 36.25 (5 ms + p 7.015 s) = 0.944 and 1.071.
    EXPECT_LT(below.lag_slope(15min, 30min), 0.5 * above.lag_slope(15min, 30min));
    EXPECT_NEAR(above.lag_slope(15min, 30min), 870.0 * (1.0 - 1.0 / 1.071), 40.0);
    EXPECT_LT(below.metric("lag.max"), above.metric("lag.max"));
}

TEST(RetryTax, IsNotPaidWithRetryTopicsWhereTheRecordsWaitInstead) {
    const Outcome outcome =
        play(name, poison("1%") + Sets{"spec.consumers[0].retry={topics: [1s, 2s, 4s]}",
                                       "spec.duration=10m", "spec.assertions=[]"});

    // 8.7 records a second wait for 7 s in three topics of 24 partitions; nobody else waits.
    EXPECT_NEAR(outcome.metric("retryLag.mean"), 8.7 * 7.0, 15.0);
    EXPECT_LT(outcome.lag(10min), 150);
    EXPECT_NEAR(static_cast<double>(outcome.totals().ledger.dead_lettered), 8.7 * 593.0, 250.0);
    EXPECT_EQ(outcome.totals().ledger.duplicates, 0);
    EXPECT_EQ(outcome.totals().ledger.lost, 0);
}

TEST(RetryTax, IsNotPaidByMorePods) {
    const Sets shorter = poison("0.35%") + Sets{"spec.duration=10m", "spec.assertions=[]"};
    const Outcome enough = play(name, shorter);
    const Outcome twice = play(name, shorter + Sets{"spec.consumers[0].replicas=48"});

    EXPECT_EQ(enough.totals().ledger.finished, twice.totals().ledger.finished);
    EXPECT_EQ(enough.totals().ledger.dead_lettered, twice.totals().ledger.dead_lettered);
    EXPECT_EQ(enough.lag(10min), twice.lag(10min));
}

}  // namespace
}  // namespace lagsim::library
