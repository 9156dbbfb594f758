/// No. 17 of the library: idle topics, and a group that goes to zero.
#include <chrono>
#include <cstdint>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/library/library_helper.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;
using core::Duration;

constexpr const char* name = "scale-to-zero-batches";
const Sets activation_of_zero{
    "ScaledObject.spec.triggers[0].metadata.activationLagThreshold=\"0\""};

Sets cooldown(int seconds) {
    return {fmt::format("ScaledObject.spec.cooldownPeriod={}", seconds)};
}

/// Instead of the week, records at stated instants.
Sets publish(const std::string& batches) {
    return {"spec.producers[0]={topic: high-volume-events, partitioner: round-robin, publish: [" +
                batches + "]}",
            "spec.duration=3h"};
}

TEST(ScaleToZeroBatches, HoldsWhatTheFileAsserts) {
    EXPECT_TRUE(breached_assertions(play(name)).empty());
}

TEST(ScaleToZeroBatches, AShorterCooldownAndAHigherActivationSavePodHoursAndDelayNothing) {
    const Outcome brief = play(name, cooldown(30));
    const Outcome article = play(name);
    const Outcome patient = play(name, cooldown(600));
    const Outcome awake = play(name, activation_of_zero);
    const Outcome always = play(name, {"ScaledObject.spec.minReplicaCount=6"});

    EXPECT_LT(brief.metric("podHours"), article.metric("podHours"));
    EXPECT_LT(article.metric("podHours"), patient.metric("podHours"));
    EXPECT_LT(article.metric("podHours"), awake.metric("podHours"));
    EXPECT_LT(10 * patient.metric("podHours"), always.metric("podHours"));
    // Batches lie further apart than any of these cooldowns.
    EXPECT_NEAR(brief.metric("latency.p50"), patient.metric("latency.p50"), 5.0);
    EXPECT_LT(always.metric("latency.p50"), 1.0);
}

TEST(ScaleToZeroBatches, AHundredRecordsBelowTheActivationAreNeverDoneAHundredAndOneAre) {
    const Outcome below = play(name, publish("{at: 1h, count: 100}"));
    const Outcome above = play(name, publish("{at: 1h, count: 101}"));
    const Outcome without = play(name, publish("{at: 1h, count: 100}") + activation_of_zero);

    EXPECT_EQ(below.totals().ledger.finished, 0);
    EXPECT_EQ(below.replicas_since(0s), (std::set<std::int32_t>{0}));
    EXPECT_EQ(above.totals().ledger.finished, 101);
    EXPECT_EQ(above.replicas(3h), 0);
    EXPECT_EQ(without.totals().ledger.finished, 100);
}

TEST(ScaleToZeroBatches, TenRecordsAnHourWaitTenHoursForTheHundredAndFirst) {
    const Outcome run =
        play(name, {"spec.producers[0]={topic: high-volume-events, partitioner: round-robin, "
                    "arrivals: constant, rate: 10/h}",
                    "spec.duration=12h"});

    // The first record comes at 0 s, the 101st ten hours later.
    const auto created = run.events(sim::EventKind::pod_created);
    ASSERT_EQ(created.size(), 1U);
    EXPECT_GE(created[0].time, core::Instant{10h});
    EXPECT_LE(created[0].time, core::Instant{10h + 30s});
    EXPECT_NEAR(run.metric("latency.max"), 36'000.0 + 60.0, 30.0);
}

/// When the trigger was last active, as KEDA saw it.
core::Instant last_active(const Outcome& run) {
    core::Instant last;
    for (const sim::Decision& decision : run.result.decisions) {
        last = decision.who == sim::DecisionMaker::keda && decision.active ? decision.time : last;
    }
    return last;
}

/// When the HPA last wanted more than one pod.
core::Instant last_high(const Outcome& run) {
    core::Instant last;
    for (const sim::Decision& sync : run.syncs()) {
        last = sync.proposed > 1 ? sync.time : last;
    }
    return last;
}

TEST(ScaleToZeroBatches, AfterThirtySecondsAllPodsGoInOneStepAfterSixHundredTheLastOneGoesLast) {
    const Sets batch = publish("{at: 1h, count: 6000}");
    const Outcome brief = play(name, batch + cooldown(30));
    const Outcome patient = play(name, batch + cooldown(600));

    const auto at_once = brief.events(sim::EventKind::scale_down);
    ASSERT_EQ(at_once.size(), 1U);
    EXPECT_EQ(at_once[0].value, 0);
    EXPECT_GE(brief.metric("replicas.max"), 6.0);
    EXPECT_GE(at_once[0].time - last_active(brief), 30s);
    EXPECT_LE(at_once[0].time - last_active(brief), 30s + 2 * 30s);

    // One by one, as the recommendations of the drain leave the window; then the last one.
    const auto slowly = patient.events(sim::EventKind::scale_down);
    ASSERT_GE(slowly.size(), 2U);
    const sim::Event& to_one = slowly[slowly.size() - 2];
    EXPECT_EQ(to_one.value, 1);
    EXPECT_GE(to_one.time - last_high(patient), 300s);
    EXPECT_LE(to_one.time - last_high(patient), 300s + 15s + 1s);
    EXPECT_EQ(slowly.back().value, 0);
    EXPECT_GE(slowly.back().time - last_active(patient), 600s);
    EXPECT_LE(slowly.back().time - last_active(patient), 600s + 2 * 30s);
}

TEST(ScaleToZeroBatches, WakingUpTakesAPollAStartAndAJoin) {
    std::set<std::int64_t> waits;
    for (std::uint32_t replication = 0; replication < 20; ++replication) {
        const Outcome run = play(name, publish("{at: 1h, count: 6000}"), replication);
        const auto assigned = run.events(sim::EventKind::partition_assigned);
        ASSERT_FALSE(assigned.empty());
        const Duration wait = assigned.front().time - core::Instant{1h};

        EXPECT_GT(wait, 30s + 3s) << "the fastest start, and the group's initial delay";
        // While others join the delay begins again, up to twice here.
        EXPECT_LT(wait, 30s + 45s + 3 * 3s);
        waits.insert(wait.count());
    }
    EXPECT_GT(Duration{*waits.rbegin() - *waits.begin()}, 15s) << "the poll's phase is random";
}

TEST(ScaleToZeroBatches, AnIdleCountOfZeroLeavesNoneOrTheMinimum) {
    const Outcome run =
        play(name, publish("{at: 1h, count: 6000}") + Sets{"ScaledObject.spec.minReplicaCount=2",
                                                           "ScaledObject.spec.idleReplicaCount=0"});

    EXPECT_EQ(run.replicas(59min), 0);
    EXPECT_EQ(run.replicas(3h), 0);
    for (const std::int32_t replicas : run.replicas_since(0s)) {
        EXPECT_NE(replicas, 1);
    }
    EXPECT_EQ(run.totals().ledger.finished, 6000);
}

/// A group that works in its first hours, gets 60 records after four days, which do not wake it up,
/// and is forgotten after seven.
Outcome weekend(const std::string& reset) {
    return play(name, publish("{at: 1h, count: 2400}, {at: 1h10m, count: 2400}, {at: 4d, count: "
                              "60}") +
                          Sets{"spec.duration=9d", "spec.sampleInterval=10m",
                               "spec.consumers[0].offsetsRetention=7d",
                               "spec.consumers[0].reset=" + reset});
}

TEST(ScaleToZeroBatches, ForgottenCommitsWakeTheGroupAndEarliestDoesEverythingAgain) {
    const Outcome run = weekend("earliest");

    EXPECT_EQ(run.lag(7 * 24h), 60);
    EXPECT_EQ(run.duplicates_by(sim::DuplicateCause::offsets_expired), 4800);
    EXPECT_EQ(run.totals().ledger.finished, 4860);
    EXPECT_EQ(run.totals().ledger.lost, 0);
    EXPECT_EQ(run.replicas(9 * 24h), 0);
}

TEST(ScaleToZeroBatches, ForgottenCommitsMakeLatestLoseWhatLayBelowTheActivation) {
    const Outcome run = weekend("latest");

    // The 2,400 of the first deployment, and the 60.
    EXPECT_EQ(run.lost_by(sim::LossCause::skipped_by_reset), 2400 + 60);
    EXPECT_EQ(run.totals().ledger.finished, 2400);
    EXPECT_EQ(run.totals().ledger.duplicates, 0);
    EXPECT_GE(run.replicas(9 * 24h), 1) << "nothing to commit: KEDA counts the whole log";
}

}  // namespace
}  // namespace lagsim::library
