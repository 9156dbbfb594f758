/// Global invariants that not every run can be asked for; the others are checked by every `play`.
#include <string>

#include <gtest/gtest.h>

#include "tests/library/invariants_helper.h"

namespace lagsim::library {
namespace {

// G6, Little: where a record is committed when it is finished, the lag is the number of records
// that wait, so its integral is the sum of their waiting times.
TEST(Invariants, TheIntegralOfTheLagIsTheSumOfTheWaitingTimes) {
    const Outcome even =
        play("hot-key-skew", {"spec.producers[0].partitioner.weights[0]=1", "spec.manifests=[]",
                              "spec.consumers[0].replicas=24", "spec.duration=5m"});
    const Outcome scaled =
        play("settings-that-do-nothing",
             {"spec.consumers[0].failures.poison=0%", "spec.consumers[0].serviceTime=125ms",
              "spec.consumers[0].revoke.bufferedRecords=13",
              "spec.producers[0].rate=[{for: 5m, hold: 45/s}, {for: 10m, hold: 160/s}, {for: rest, "
              "hold: 35/s}]",
              "ScaledObject.spec.triggers[0].metadata.lagThreshold=\"50\""});

    EXPECT_GT(scaled.metric("rebalances"), 10.0);
    EXPECT_NEAR(lag_integral_over_waiting_times(even), 1.0, 1e-4);
    EXPECT_NEAR(lag_integral_over_waiting_times(scaled), 1.0, 1e-4);
}

TEST(Invariants, TheSameFileAndSeedGiveTheSameFingerprint) {
    const Sets shorter = {"spec.duration=10m"};

    EXPECT_EQ(play("crash-storm", shorter).result.fingerprint,
              play("crash-storm", shorter).result.fingerprint);
    EXPECT_NE(play("crash-storm", shorter, 1).result.fingerprint,
              play("crash-storm", shorter).result.fingerprint);
}

}  // namespace
}  // namespace lagsim::library
