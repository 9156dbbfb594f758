/// No. 20 of the library: what a rollout costs, by protocol.
#include <chrono>
#include <cstdint>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/library/library_helper.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;
using core::Duration;

constexpr const char* name = "rolling-deploy-protocols";

/// A tenth of the traffic and of a pod's speed, all pods equally slow to start, and a rollout when
/// the first joins are long over.
const Sets small{"spec.sweep={}",
                 "spec.producers[0].rate=50/s",
                 "spec.consumers[0].serviceTime=62.5ms",
                 "spec.consumers[0].revoke.bufferedRecords=0",
                 "spec.consumers[0].podStartup=20s",
                 "spec.faults[0].at=20m",
                 "spec.duration=45m"};
const Sets stateful = small + Sets{"spec.consumers[0].workload=StatefulSet"};
const Sets ready_later{"spec.consumers[0].readinessDelay=10s"};
const Sets cooperative{"spec.consumers[0].protocol.assignor=cooperative-sticky"};
const Sets consumer_protocol{"spec.consumers[0].protocol={kind: consumer, client: java}"};

Sets static_members(const std::string& session) {
    return {"spec.consumers[0].podStartup=35s",
            "spec.consumers[0].protocol={client: sarama, staticMembership: true, sessionTimeout: " +
                session + "}"};
}

std::int64_t generations(const Outcome& run, Duration from = 20min) {
    std::int64_t count = 0;
    for (const sim::Event& event : run.events(sim::EventKind::rebalance_completed)) {
        count += event.time >= core::Instant{from} ? 1 : 0;
    }
    return count;
}

/// Seconds for which a partition is without an owner, mean over the partitions, that are due to the
/// rollout: the same run without it has the first joins only.
double stopped(const Outcome& run, const Sets& sets) {
    const Outcome calm = play(name, sets + Sets{"spec.faults=[]"});
    EXPECT_EQ(generations(calm), 0);
    return (run.metric("rebalancePause") - calm.metric("rebalancePause")) /
           static_cast<double>(run.lanes());
}

/// Partitions that were taken from an owner since an instant.
std::set<std::int32_t> revoked(const Outcome& run, Duration from) {
    std::set<std::int32_t> lanes;
    for (const sim::Event& event : run.events(sim::EventKind::partition_revoked)) {
        if (event.time >= core::Instant{from}) {
            lanes.insert(event.lane);
        }
    }
    return lanes;
}

TEST(RollingDeployProtocols, HoldsWhatTheFileAsserts) {
    EXPECT_TRUE(breached_assertions(play(name)).empty());
}

TEST(RollingDeployProtocols, OneByOneItIsARebalanceAPodAndOneMoreOrTwoWhereThePodsAreReadyLater) {
    EXPECT_EQ(generations(play(name, stateful)), 12 + 1);
    EXPECT_EQ(generations(play(name, stateful + ready_later)), 2 * 12);
}

// The library says N to 2N. That is so one by one; a Deployment with its surge of a quarter goes in
// waves, and pods that join or leave within a heartbeat share a rebalance.
TEST(RollingDeployProtocols, ADeploymentRollsInWavesOfNoMoreRebalancesThanPods) {
    EXPECT_EQ(generations(play(name, small)), 3);
    for (std::uint32_t replication = 0; replication < 5; ++replication) {
        const Outcome spread = play(name, {}, replication);
        EXPECT_GE(generations(spread, 10min), 6);
        EXPECT_LE(generations(spread, 10min), 12);
    }
}

TEST(RollingDeployProtocols, FortyPodsWithThreeSecondsARebalanceStandForTwoToFourMinutes) {
    const Sets published =
        stateful + Sets{"spec.consumers[0].replicas=40", "spec.topics.events.partitions=200",
                        "spec.consumers[0].podStartup=10s",
                        "spec.consumers[0].overheads.syncCost=3s", "spec.sampleInterval=1m"};
    for (const Sets& sets : {published, published + ready_later}) {
        const Outcome run = play(name, sets);

        const auto rebalances = static_cast<double>(generations(run));
        EXPECT_EQ(rebalances, sets.size() == published.size() ? 41 : 80);
        // Beside its rebalances a leaver's partitions wait for the others' next heartbeat.
        EXPECT_GE(stopped(run, sets), 3.0 * rebalances);
        EXPECT_LE(stopped(run, sets), 3.1 * rebalances);
    }
}

TEST(RollingDeployProtocols, StaticMembersThatAreBackWithinTheSessionCauseNoRebalance) {
    const Sets sets = stateful + static_members("60s");
    const Outcome run = play(name, sets);

    EXPECT_EQ(generations(run), 0);
    EXPECT_TRUE(run.events(sim::EventKind::member_expired).empty());
    // Each partition waits for its own pod only, once.
    EXPECT_NEAR(stopped(run, sets), 35.0, 0.5);
}

TEST(RollingDeployProtocols, StaticMembersThatTakeLongerThanTheSessionAreMissedAndComeBack) {
    const Outcome run = play(name, stateful + static_members("30s"));

    EXPECT_EQ(run.events(sim::EventKind::member_expired).size(), 12U);
    EXPECT_GE(generations(run), 12);
}

// The library says that with a Deployment static ids change nothing. They do: a rebalance waits for
// every old pod until its session is over, where a dynamic member would have left.
TEST(RollingDeployProtocols, StaticMembersOfADeploymentAreWaitedForThoughTheyNeverComeBack) {
    const Sets with = small + static_members("60s");
    const Sets without = small + Sets{"spec.consumers[0].podStartup=35s"};

    const double waited = stopped(play(name, with), with);
    EXPECT_GT(waited, 60.0);
    EXPECT_LT(stopped(play(name, without), without), 10.0);
}

TEST(RollingDeployProtocols, StaticMembershipDelaysTheRecoveryFromACrashToTheSession) {
    const Outcome run = play(name, stateful + static_members("60s") +
                                       Sets{"spec.faults=[{at: 20m, kind: pod-crash, restart: "
                                            "none}]"});
    const auto expired = run.events(sim::EventKind::member_expired);

    ASSERT_EQ(expired.size(), 1U);
    EXPECT_LE(expired[0].time, core::Instant{20min + 60s});
    EXPECT_GE(expired[0].time, core::Instant{20min + 57s}) << "the last heartbeat is up to 3 s old";
}

/// A seventh pod joins six at 20 min.
Sets seventh(const Sets& protocol) {
    return small +
           Sets{"spec.faults=[]",
                "spec.consumers[0].replicas=[{at: 0s, count: 6}, {at: 20m, count: 7}]"} +
           protocol;
}

TEST(RollingDeployProtocols, ASeventhPodStopsAllPartitionsOrTheThreeThatMove) {
    const Outcome eager = play(name, seventh({}));
    EXPECT_EQ(generations(eager), 1);
    EXPECT_EQ(revoked(eager, 20min).size(), 24U);

    const Outcome sticky = play(name, seventh({"spec.consumers[0].protocol.assignor=sticky"}));
    EXPECT_EQ(generations(sticky), 1);
    EXPECT_EQ(revoked(sticky, 20min).size(), 24U) << "it is eager all the same";

    const Outcome gentle = play(name, seventh(cooperative));
    EXPECT_EQ(generations(gentle), 2);
    EXPECT_EQ(revoked(gentle, 20min).size(), 3U);

    EXPECT_EQ(revoked(play(name, seventh(consumer_protocol)), 20min).size(), 3U);
}

TEST(RollingDeployProtocols, TheCooperativeProtocolIsCheaperOnlyWhereARebalanceTakesLong) {
    const auto cost = [](const Sets& more) {
        const Sets sets = stateful + ready_later + more;
        return stopped(play(name, sets), sets);
    };
    const Sets slow{"spec.consumers[0].overheads.syncCost=3s"};

    EXPECT_LT(2.0 * cost(slow + cooperative), cost(slow));
    EXPECT_GT(cost(cooperative), cost({}));
}

/// Rebalances for 18 joins whose start-ups are spread uniformly; 20 replications.
std::int64_t rebalances_of_joins(const std::string& startup) {
    std::int64_t sum = 0;
    for (std::uint32_t replication = 0; replication < 20; ++replication) {
        const Outcome run = play(
            name,
            small + Sets{"spec.faults=[]", "spec.duration=12m", "spec.producers[0].rate=1/s",
                         "spec.consumers[0].podStartup=" + startup,
                         "spec.consumers[0].replicas=[{at: 0s, count: 6}, {at: 8m, count: 24}]"},
            replication);
        const std::int64_t rebalances = generations(run, 8min);
        EXPECT_GE(rebalances, 1);
        EXPECT_LE(rebalances, 18);
        sum += rebalances;
    }
    return sum;
}

TEST(RollingDeployProtocols, EighteenJoinsAreTheMoreRebalancesTheFurtherApartTheyAre) {
    const std::int64_t together = rebalances_of_joins("30s");
    const std::int64_t fifteen =
        rebalances_of_joins("{distribution: uniform, mean: 37.5s, cv: 0.11547005383792516}");
    const std::int64_t sixty =
        rebalances_of_joins("{distribution: uniform, mean: 60s, cv: 0.2886751345948129}");

    EXPECT_EQ(together, 20);
    EXPECT_GT(fifteen, 3 * together);
    EXPECT_GT(sixty, 2 * fifteen);
}

}  // namespace
}  // namespace lagsim::library
