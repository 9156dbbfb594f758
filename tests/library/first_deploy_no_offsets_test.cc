/// No. 18 of the library: day one of a group, and a topic that gets more partitions.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/library/library_helper.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;

constexpr const char* name = "first-deploy-no-offsets";
const Sets old_keda{"spec.autoscaler.kedaVersion=\"2.20\""};
const Sets latest_metric{"ScaledObject.spec.triggers[0].metadata.offsetResetPolicy=latest"};
const Sets latest_client{"spec.consumers[0].reset=latest"};
const Sets activation_of_zero{
    "ScaledObject.spec.triggers[0].metadata.activationLagThreshold=\"0\""};
const Sets no_pod_starts{"spec.consumers[0].podStartup=1000h", "spec.duration=25m"};

/// What KEDA reads when it can first ask.
std::int64_t first_lag(const Outcome& run) {
    const auto& decisions = run.result.decisions;
    const auto first = std::ranges::find_if(decisions, [](const sim::Decision& decision) {
        return decision.time >= core::Instant{20min} && !decision.error;
    });
    return first == decisions.end() ? -1 : first->lag;
}

/// What KEDA's last poll reads.
std::int64_t last_lag(const Outcome& run) {
    std::int64_t lag = -1;
    for (const sim::Decision& decision : run.result.decisions) {
        lag = decision.who == sim::DecisionMaker::keda ? decision.lag : lag;
    }
    return lag;
}

TEST(FirstDeployNoOffsets, HoldsWhatTheFileAsserts) {
    EXPECT_TRUE(breached_assertions(play(name)).empty());
}

TEST(FirstDeployNoOffsets, AMillionOffsetsWithTenRetainedAreTwoHundredFortyOrTwentyFourMillion) {
    const Sets million{
        "spec.producers[0].publish=[{at: 0s, count: 23999760}, {at: 19m, count: 240}]",
        "spec.sampleInterval=1m"};
    const Outcome fixed = play(name, million + no_pod_starts);
    const Outcome old = play(name, million + no_pod_starts + old_keda);

    EXPECT_EQ(first_lag(fixed), 240);
    EXPECT_EQ(fixed.replicas(25min), 1);
    EXPECT_EQ(first_lag(old), 24'000'000);
    EXPECT_EQ(old.syncs().back().metric, 24'000.0);  // the cap
    EXPECT_EQ(old.replicas(25min), 24);
}

TEST(FirstDeployNoOffsets, WhereNothingWasDeletedBothVersionsCountTheSame) {
    const Sets retained{"spec.topics.high-volume-events={partitions: 24}",
                        "spec.producers[0].publish=[{at: 0s, count: 2400000}]"};

    EXPECT_EQ(first_lag(play(name, retained + no_pod_starts)), 2'400'000);
    EXPECT_EQ(first_lag(play(name, retained + no_pod_starts + old_keda)), 2'400'000);
}

TEST(FirstDeployNoOffsets, AnEmptyTopicIsALagOfTwentyFourOrOfNone) {
    const Sets empty{"spec.producers[0].publish=[{at: 40m, count: 2400}]"};
    const Outcome latest = play(name, empty + latest_metric + latest_client);
    const Outcome awake = play(name, empty + latest_metric + latest_client + activation_of_zero);

    EXPECT_EQ(first_lag(latest), 24);
    EXPECT_EQ(latest.replicas_since(0s), (std::set<std::int32_t>{0}));
    EXPECT_EQ(first_lag(awake), 24);
    EXPECT_EQ(awake.replicas(39min), 1);
    EXPECT_EQ(awake.totals().ledger.finished, 2'400);
    EXPECT_EQ(first_lag(play(name, empty)), 0);
    EXPECT_EQ(first_lag(play(name, empty + old_keda)), 0);
}

TEST(FirstDeployNoOffsets, WithLatestAndAnActivationThresholdOfAHundredNobodyEverWakesUp) {
    const Outcome run = play(name, latest_metric + latest_client);

    EXPECT_EQ(first_lag(run), 24);
    EXPECT_EQ(run.replicas_since(0s), (std::set<std::int32_t>{0}));
    EXPECT_EQ(run.totals().ledger.finished, 0);
    EXPECT_EQ(last_lag(run), 24) << "2,400 records later";
}

TEST(FirstDeployNoOffsets, ScaleToZeroOnInvalidOffsetWaitsForACommitThatNobodyCanMake) {
    for (const Sets& policy : {Sets{}, latest_metric + latest_client}) {
        const Outcome run = play(
            name, policy + activation_of_zero +
                      Sets{"ScaledObject.spec.triggers[0].metadata.scaleToZeroOnInvalidOffset=true",
                           "spec.topics.high-volume-events={partitions: 24}"});

        EXPECT_EQ(first_lag(run), 0);
        EXPECT_EQ(run.replicas_since(0s), (std::set<std::int32_t>{0}));
        EXPECT_EQ(run.totals().ledger.finished, 0);
        EXPECT_EQ(run.totals().ledger.waiting, 2'402'400);
    }
}

TEST(FirstDeployNoOffsets, AfterTheFirstCommitsTheMetricIsTheTrueBacklogAtTheNextSync) {
    const Outcome run = play(name, old_keda);
    const auto owned = run.events(sim::EventKind::partition_assigned);
    ASSERT_FALSE(owned.empty());

    EXPECT_GE(run.metric("replicas.max"), 10.0) << "sync by sync, while no pod is there yet";
    for (const sim::Decision& sync : run.syncs()) {
        if (sync.replicas_before == 0) {
            continue;  // the HPA is off
        }
        const bool counted_from_zero = sync.metric == 24'000.0;
        // The 240 take a second and a half of one pod.
        if (sync.time > core::Instant{20min} && sync.time < owned.front().time) {
            EXPECT_TRUE(counted_from_zero) << core::seconds(sync.time);
        } else if (sync.time > owned.front().time + 2s && sync.time < core::Instant{40min}) {
            EXPECT_EQ(sync.metric, 0.0) << core::seconds(sync.time);
        }
    }
}

TEST(FirstDeployNoOffsets, AClientThatStartsAtTheEndLosesWhatKedaCountsAndKedaGoesOnCounting) {
    const Outcome run = play(name, latest_client);

    EXPECT_EQ(run.lost_by(sim::LossCause::skipped_by_reset) % 24, 0);
    EXPECT_GE(run.lost_by(sim::LossCause::skipped_by_reset), 240);
    EXPECT_EQ(run.replicas(25min), 1);
    for (const sim::Decision& decision : run.result.decisions) {
        if (decision.time > core::Instant{22min} && decision.time < core::Instant{28min}) {
            EXPECT_EQ(decision.lag, 240) << core::seconds(decision.time);
        }
    }
}

/// 24 partitions become 30 at an instant, under a tenth of 870/s, and a tenth of a pod's speed.
Outcome grow(core::Duration when, const Sets& more) {
    return play(name,
                Sets{"spec.sweep={}", "ScaledObject.spec.minReplicaCount=6",
                     "ScaledObject.spec.triggers[0].metadata.lagThreshold=\"100\"",
                     "spec.producers[0]={topic: high-volume-events, arrivals: constant, "
                     "partitioner: round-robin, rate: [{for: 2m, hold: 0/s}, {for: rest, hold: "
                     "87/s}]}",
                     "spec.consumers[0].serviceTime=62.5ms", "spec.warmup=0s", "spec.duration=35m",
                     fmt::format("spec.faults=[{{at: {}s, kind: add-partitions, to: 30}}]",
                                 core::seconds(when))} +
                    more);
}

/// When the group owns the last of the new partitions.
core::Instant found_at(const Outcome& run) {
    core::Instant last;
    std::set<std::int32_t> seen;
    for (const sim::Event& event : run.events(sim::EventKind::partition_assigned)) {
        if (event.lane >= 24 && seen.insert(event.lane).second) {
            last = event.time;
        }
    }
    EXPECT_EQ(seen.size(), 6U);
    return last;
}

/// Of ten runs a minute apart: what latest loses while the leader does not look.
std::vector<std::int64_t> losses_in_ten_minutes(core::Duration refresh, const Sets& client) {
    std::vector<std::int64_t> losses;
    for (core::Duration when = 15min; when < 25min; when += 1min) {
        const Outcome run = grow(when, latest_metric + latest_client + client);

        const double blind = core::seconds(found_at(run) - core::Instant{when});
        EXPECT_LE(blind, core::seconds(refresh) + 5.0);
        const std::int64_t lost = run.totals().ledger.lost;
        EXPECT_EQ(run.lost_by(sim::LossCause::skipped_by_reset), lost);
        // 2.9/s a partition.
        EXPECT_NEAR(static_cast<double>(lost), 87.0 * 6 / 30 * blind, 6.0);
        for (const sim::Decision& sync : run.syncs()) {
            // 60 records wait in each of the old partitions at most while a rebalance stops them.
            EXPECT_LT(sync.lag, 700);
        }
        losses.push_back(lost);
    }
    return losses;
}

double mean(const std::vector<std::int64_t>& values) {
    double sum = 0.0;
    for (const std::int64_t value : values) {
        sum += static_cast<double>(value);
    }
    return sum / static_cast<double>(values.size());
}

TEST(FirstDeployNoOffsets, LatestLosesOnNewPartitionsHalfARefreshOnAverageAndTheLagNeverShowsIt) {
    // The instants are a minute apart, so the mean may be half a minute off.
    EXPECT_NEAR(mean(losses_in_ten_minutes(600s, {})), 17.4 * 300, 17.4 * 35);
    EXPECT_NEAR(mean(losses_in_ten_minutes(300s, {"spec.consumers[0].protocol.client=java"})),
                17.4 * 150, 17.4 * 35);
}

TEST(FirstDeployNoOffsets, EarliestLosesNothingOnNewPartitions) {
    for (core::Duration when = 15min; when < 25min; when += 3min) {
        EXPECT_EQ(grow(when, {}).totals().ledger.lost, 0);
        EXPECT_EQ(grow(when, latest_metric).totals().ledger.lost, 0);
    }
}

TEST(FirstDeployNoOffsets, ALagCountedFromTheStartAsksForPodsForRecordsThatTheGroupThenSkips) {
    const Outcome run = grow(19min, latest_client);

    std::int64_t seen = 0;
    for (const sim::Decision& sync : run.syncs()) {
        seen = std::max(seen, sync.lag);
    }
    EXPECT_GT(seen, 700);
    EXPECT_FALSE(run.events(sim::EventKind::scale_up).empty());
    EXPECT_GT(run.totals().ledger.lost, 700);
    EXPECT_LT(run.lag(35min), 100);
}

}  // namespace
}  // namespace lagsim::library
