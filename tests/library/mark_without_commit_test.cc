/// No. 13 of the library: the article's two Sarama settings, read literally.
#include <algorithm>
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "tests/library/library_helper.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;

/// A tenth of the traffic, of the threshold and of a pod's speed.
Outcome play_smaller(Sets sets = {}) {
    const Sets scale = {"spec.producers[0].rate=50/s", "spec.consumers[0].serviceTime=62.5ms",
                        "spec.consumers[0].revoke.bufferedRecords=26",
                        "ScaledObject.spec.triggers[0].metadata.lagThreshold=\"100\""};
    sets.insert(sets.begin(), scale.begin(), scale.end());
    return play("mark-without-commit", sets);
}

TEST(MarkWithoutCommit, NoOffsetIsEverCommitted) {
    const Outcome run = play_smaller();

    EXPECT_TRUE(std::ranges::all_of(run.result.lanes.committed_offset,
                                    [](std::int64_t offset) { return offset == -1; }));
}

TEST(MarkWithoutCommit, LagIsEverythingEverProduced) {
    const Outcome run = play_smaller();

    EXPECT_EQ(run.result.groups.lag_total, run.result.groups.produced);
    for (const sim::Decision& sync : run.syncs()) {
        EXPECT_NEAR(static_cast<double>(sync.lag), 50.0 * core::seconds(sync.time), 1.0);
    }
}

TEST(MarkWithoutCommit, ReplicasGoToTheCapAndStay) {
    const Outcome run = play_smaller();

    const auto& replicas = run.result.groups.desired_replicas;
    EXPECT_TRUE(std::ranges::is_sorted(replicas));
    EXPECT_GE(replicas.back(), 22);
    EXPECT_LE(replicas.back(), 25);
    EXPECT_EQ(run.replicas_since(10min).size(), 1U);
}

TEST(MarkWithoutCommit, EveryAssignmentStartsAgainAtTheFirstRecord) {
    const Outcome run = play_smaller();

    for (std::int32_t lane = 0; lane < static_cast<std::int32_t>(run.lanes()); ++lane) {
        const auto of_lane = [lane](const auto& one) { return one.lane == lane; };
        const auto assignments =
            std::ranges::count_if(run.events(sim::EventKind::partition_assigned), of_lane);
        const auto first_again = std::ranges::count_if(
            run.result.duplicates,
            [&](const sim::LedgerInterval& one) { return of_lane(one) && one.first == 0; });

        EXPECT_EQ(first_again, assignments - 1) << "partition " << lane;
        EXPECT_GT(assignments, 5) << "partition " << lane;
    }
}

TEST(MarkWithoutCommit, WithACommitSixPodsDoAndNothingIsDoneTwice) {
    const Outcome run =
        play_smaller({"spec.consumers[0].commit={when: after-success, every: 1 records}"});

    EXPECT_EQ(run.replicas(2h), 6);
    EXPECT_EQ(run.replicas_since(15min), (std::set<std::int32_t>{6}));
    EXPECT_LE(run.totals().ledger.duplicates, 24);
    EXPECT_EQ(run.totals().ledger.lost, 0);
    EXPECT_LT(run.lag(2h), 100);
}

}  // namespace
}  // namespace lagsim::library
