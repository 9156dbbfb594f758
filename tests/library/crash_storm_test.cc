/// No. 12 of the library: at least once, under kills.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "tests/library/library_helper.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;
using sim::EventKind;

/// What one kill did to the partitions of its pod.
struct Kill {
    core::Duration until_expired{0};
    core::Duration until_assigned{0};  ///< the last of its partitions
};

bool happens_between(const Outcome& run, EventKind kind, core::Instant from, core::Instant to) {
    return std::ranges::any_of(run.events(kind), [&](const sim::Event& event) {
        return from < event.time && event.time < to;
    });
}

/// Kills into whose aftermath no other kill, start or eviction falls.
std::vector<Kill> lonely_kills(const Outcome& run, core::Duration aftermath) {
    std::vector<Kill> kills;
    for (const sim::Event& crash : run.events(EventKind::pod_crashed)) {
        const core::Instant before = crash.time - aftermath;
        const core::Instant after = crash.time + aftermath;
        if (after >= core::Instant{run.scenario().duration} ||
            happens_between(run, EventKind::pod_crashed, before, crash.time) ||
            happens_between(run, EventKind::pod_crashed, crash.time, after) ||
            happens_between(run, EventKind::member_joined, crash.time - 10s, after)) {
            continue;
        }
        Kill kill;
        for (const sim::Event& lost : run.events(EventKind::partition_lost)) {
            if (lost.time != crash.time || lost.pod != crash.pod) {
                continue;
            }
            const auto assigned = run.events(EventKind::partition_assigned);
            const auto next = std::ranges::find_if(assigned, [&](const sim::Event& event) {
                return event.lane == lost.lane && event.time > crash.time;
            });
            kill.until_assigned = std::max(kill.until_assigned, next->time - crash.time);
        }
        for (const sim::Event& expired : run.events(EventKind::member_expired)) {
            if (expired.time > crash.time && kill.until_expired == core::Duration{0}) {
                kill.until_expired = expired.time - crash.time;
            }
        }
        kills.push_back(kill);
    }
    return kills;
}

/// The eager barrier: every member hears of the rebalance with its next heartbeat, finishes the
/// record in hand (two workers share a core: 12.5 ms), and comes back.
constexpr core::Duration barrier = 3s + 50ms;

TEST(CrashStorm, PartitionsOfTheDeadWaitForTheSessionAndTheBarrier) {
    std::size_t kills = 0;
    for (std::uint32_t replication = 0; replication < 2; ++replication) {
        for (const Kill& kill : lonely_kills(
                 play("crash-storm", {"spec.producers[0].rate=200/s"}, replication), 20s)) {
            EXPECT_GE(kill.until_expired, 10s - 3s);
            EXPECT_LE(kill.until_expired, 10s);
            EXPECT_GT(kill.until_assigned, kill.until_expired);
            EXPECT_LE(kill.until_assigned, kill.until_expired + barrier);
            ++kills;
        }
    }
    EXPECT_GE(kills, 5U);
}

TEST(CrashStorm, WithTheJavaClientTheyWaitForFortyFiveSeconds) {
    const Outcome run =
        play("crash-storm",
             {"spec.producers[0].rate=200/s", "spec.consumers[0].protocol.client=java",
              "spec.faults=[{at: 10m, kind: pod-crash, restart: none}, {at: 20m, kind: pod-crash, "
              "restart: none}, {at: 30m, kind: pod-crash, restart: none}]"});
    const auto kills = lonely_kills(run, 60s);

    ASSERT_EQ(kills.size(), 3U);
    for (const Kill& kill : kills) {
        EXPECT_GE(kill.until_expired, 45s - 3s);
        EXPECT_LE(kill.until_expired, 45s);
        EXPECT_LE(kill.until_assigned, kill.until_expired + barrier);
    }
}

TEST(CrashStorm, AGracefulStopCostsTheBarrierOnly) {
    const Outcome run = play(
        "crash-storm", {"spec.producers[0].rate=200/s", "spec.faults=[]",
                        "spec.consumers[0].replicas=[{at: 0s, count: 12}, {at: 10m, count: 11}]"});

    const auto assigned = run.events(EventKind::partition_assigned);
    core::Instant last;
    for (const sim::Event& event : assigned) {
        last = std::max(last, event.time);
    }
    EXPECT_GT(last, core::Instant{10min});
    EXPECT_LE(last, core::Instant{10min} + barrier);
    EXPECT_TRUE(run.events(EventKind::member_expired).empty());
    EXPECT_EQ(run.totals().ledger.duplicates, 0);
    EXPECT_EQ(run.totals().ledger.lost, 0);
}

TEST(CrashStorm, AKillCostsNoMoreThanOneRecordAPartitionIfEachIsCommitted) {
    const Outcome run = play("crash-storm");

    EXPECT_EQ(breached_assertions(run), std::vector<std::string>{});
    EXPECT_LE(run.totals().ledger.duplicates,
              2 * static_cast<std::int64_t>(run.events(EventKind::pod_crashed).size()));
}

TEST(CrashStorm, DuplicatesAreWhatWasNotCommittedAtTheKillsInProportionToTheInterval) {
    const auto with_interval = [](const char* every) {
        return play("crash-storm", {std::string("spec.consumers[0].commit.every=") + every});
    };
    const Outcome second = with_interval("1s");
    const Outcome five = with_interval("5s");
    const auto kills = static_cast<double>(second.events(EventKind::pod_crashed).size());
    const double pod = 870.0 / 12.0;  // [records/s]

    EXPECT_EQ(five.events(EventKind::pod_crashed).size(), static_cast<std::size_t>(kills));
    for (const auto& [run, interval] : {std::pair{&second, 1.0}, {&five, 5.0}}) {
        EXPECT_EQ(run->duplicates_by(sim::DuplicateCause::crash), run->totals().ledger.duplicates);
        EXPECT_EQ(run->totals().ledger.lost, 0);
        // Sum of that many parts of an interval, each uniform: 4 sigma, and one more pod's share
        // where a rebalance has dealt three partitions.
        EXPECT_NEAR(static_cast<double>(run->totals().ledger.duplicates),
                    kills * pod * interval / 2.0,
                    (4.0 * std::sqrt(kills / 12.0) + 1.0) * pod * interval);
    }
    EXPECT_GT(five.totals().ledger.duplicates, 3 * second.totals().ledger.duplicates);
}

/// Eight records of a partition at once, of very different length.
Sets parallel(const char* when) {
    return {"spec.consumers[0].concurrency={workersPerPartition: 8}",
            "spec.consumers[0].cpu.share=0%",
            "spec.consumers[0].serviceTime={distribution: exponential, mean: 100ms}",
            std::string("spec.consumers[0].commit.when=") + when};
}

TEST(CrashStorm, CommittingTheHighestFinishedLosesWhatIsInHandBelowIt) {
    const Outcome run = play("crash-storm", parallel("max-finished"));
    const auto& lost = run.result.lost;

    EXPECT_GT(run.totals().ledger.lost, 0);
    EXPECT_EQ(run.lost_by(sim::LossCause::committed_past_unfinished), run.totals().ledger.lost);
    for (const sim::Event& crash : run.events(EventKind::pod_crashed)) {
        std::int64_t owned = 0;
        for (const sim::Event& event : run.events(EventKind::partition_lost)) {
            owned += event.time == crash.time && event.pod == crash.pod ? 1 : 0;
        }
        std::int64_t at_crash = 0;
        for (const sim::LedgerInterval& interval : lost) {
            at_crash += interval.time == crash.time ? interval.last - interval.first + 1 : 0;
        }
        EXPECT_LE(at_crash, 7 * owned) << "at " << core::seconds(crash.time) << " s";
    }
    EXPECT_LE(run.totals().ledger.lost,
              7 * 24 * static_cast<std::int64_t>(run.events(EventKind::pod_crashed).size()));
}

TEST(CrashStorm, CommittingTheLowestOpenLosesNothingWithEightWorkersAPartitionEither) {
    EXPECT_EQ(play("crash-storm", parallel("after-success")).totals().ledger.lost, 0);
}

}  // namespace
}  // namespace lagsim::library
