/// No. 19 of the library: offset distance against real work.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/library/library_helper.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;

constexpr const char* name = "lag-that-is-not-messages";
const Sets activation_of_zero{
    "ScaledObject.spec.triggers[0].metadata.activationLagThreshold=\"0\""};

Sets transactions_of(int records) {
    return {fmt::format("spec.producers[0].transactions.records={}", records)};
}

std::int64_t log_end(const Outcome& outcome) {
    const auto& ends = outcome.result.lanes.log_end_offset;
    return std::accumulate(ends.end() - static_cast<std::ptrdiff_t>(outcome.lanes()), ends.end(),
                           std::int64_t{0});
}

TEST(LagThatIsNotMessages, HoldsWhatTheFileAsserts) {
    EXPECT_TRUE(breached_assertions(play(name)).empty());
}

TEST(LagThatIsNotMessages, ALogHasOneOffsetMoreForEachTransaction) {
    for (const int records : {1, 10, 100}) {
        const Outcome run = play(name, transactions_of(records));

        EXPECT_EQ(run.totals().ledger.finished, 300'000);
        EXPECT_EQ(log_end(run), 300'000 + 300'000 / records);
    }
}

TEST(LagThatIsNotMessages, AnIdleGroupKeepsALagOfOneAPartitionAndGoesToZeroOnlyWithAThreshold) {
    for (const int records : {1, 10, 100}) {
        const Outcome hidden = play(name, transactions_of(records));
        const Outcome seen = play(name, transactions_of(records) + activation_of_zero);

        for (const Outcome* run : {&hidden, &seen}) {
            EXPECT_EQ(run->totals().ledger.waiting, 0);
            for (std::size_t lane = 0; lane < 24; ++lane) {
                EXPECT_EQ(run->lag(30min, lane), 1) << "partition " << lane;
            }
        }
        EXPECT_EQ(hidden.replicas(30min), 0);
        EXPECT_EQ(seen.replicas(30min), 1);
    }
}

TEST(LagThatIsNotMessages, WithoutTransactionsTheGroupGoesToZeroWithAThresholdOfZeroToo) {
    const Outcome run =
        play(name, activation_of_zero +
                       Sets{"spec.sweep={}",
                            "spec.producers[0]={topic: high-volume-events, arrivals: constant, "
                            "rate: [{for: 10m, hold: 500/s}, {for: rest, hold: 0/s}], "
                            "partitioner: round-robin}"});

    EXPECT_EQ(run.lag(30min), 0);
    EXPECT_EQ(run.replicas(30min), 0);
}

TEST(LagThatIsNotMessages, LeftOutAsPersistentTheMarkersStillKeepTheTriggerActive) {
    const Outcome run =
        play(name, activation_of_zero +
                       Sets{"ScaledObject.spec.triggers[0].metadata.excludePersistentLag=true"});

    EXPECT_EQ(run.replicas(30min), 1);
    std::int64_t polls = 0;
    for (const sim::Decision& decision : run.result.decisions) {
        if (decision.time < core::Instant{20min}) {
            continue;
        }
        EXPECT_EQ(decision.lag, 24);
        if (decision.who == sim::DecisionMaker::keda) {
            ++polls;
            EXPECT_TRUE(decision.active);
        } else {
            EXPECT_EQ(decision.metric, 0.0);
        }
    }
    EXPECT_GE(polls, 19);
}

/// 12,000 records at once, and no pod that ever starts.
Outcome frozen_backlog(const std::string& producer) {
    return play(name,
                {"spec.sweep={}",
                 "spec.producers[0]={topic: high-volume-events, partitioner: round-robin, "
                 "publish: [{at: 1m, count: 12000}]" +
                     producer + "}",
                 "spec.consumers[0].podStartup=1000h", "spec.warmup=0s", "spec.duration=10m"});
}

TEST(LagThatIsNotMessages, TheReplicasAreInflatedByTheMarkersAsTheLagIs) {
    const Outcome loose = frozen_backlog("");
    EXPECT_EQ(loose.syncs().back().metric, 12'000.0);
    EXPECT_EQ(loose.replicas(10min), 12);

    const std::map<int, std::int32_t> pods{{100, 13}, {10, 14}, {1, 24}};
    for (const auto& [records, expected] : pods) {
        const Outcome run = frozen_backlog(fmt::format(", transactions: {{records: {}}}", records));

        EXPECT_EQ(run.syncs().back().metric, 12'000.0 + 12'000.0 / records);
        EXPECT_EQ(run.replicas(10min), expected) << records << " records a transaction";
    }
}

// 240,000 records in 20 minutes and, so that no hole follows the last record, one more a partition
// in a segment that is not cleaned before they are read.
Sets late_group(const std::string& kept) {
    return {"spec.sweep={}",
            "spec.warmup=0s",
            "spec.producers[0]={topic: high-volume-events, arrivals: constant, partitioner: "
            "round-robin, rate: [{for: 20m, hold: 200/s}, {for: rest, hold: 0/s}], publish: [{at: "
            "30m10s, count: 24}]}",
            "spec.topics.high-volume-events={partitions: 24, segmentRoll: 1m, compactionKeeps: " +
                kept + "}",
            "spec.manifests=[]",
            "spec.consumers[0].replicas=[{at: 0s, count: 0}, {at: 28m, count: 6}]",
            "spec.consumers[0].podStartup=2m",
            "spec.duration=40m",
            "spec.sampleInterval=1s"};
}

/// From the first record finished until the lag is gone [s].
double drain_seconds(const Outcome& run) {
    core::Duration time = 30min;
    while (run.finished(time) == 0) {
        time += 1s;
    }
    const core::Duration begin = time;
    while (run.lag(time) > 0) {
        time += 1s;
    }
    return core::seconds(time - begin);
}

TEST(LagThatIsNotMessages, ACompactedBacklogOfATenthDrainsInATenthOfTheTimeThatItsLagSays) {
    const Outcome whole = play(name, late_group("100%"));
    const Outcome compacted = play(name, late_group("10%"));

    EXPECT_EQ(whole.lag(30min), 240'000);
    EXPECT_EQ(compacted.lag(30min), 240'000);
    const std::int64_t records = 240'024 - compacted.lost_by(sim::LossCause::compacted);
    EXPECT_EQ(compacted.totals().ledger.finished, records);
    EXPECT_NEAR(static_cast<double>(records), 24'024.0, 5 * std::sqrt(240'000 * 0.1 * 0.9));
    // Six pods do 160/s each; the partition with most records is the last one done.
    EXPECT_NEAR(drain_seconds(whole), 240'024.0 / 960.0, 2.0);
    EXPECT_NEAR(drain_seconds(compacted), static_cast<double>(records) / 960.0, 2.0);
}

}  // namespace
}  // namespace lagsim::library
