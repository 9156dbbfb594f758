#include <gtest/gtest.h>

#include "models/pods/deletion_order.h"
#include "models/pods/restart_backoff.h"
#include "models/pods/shared_cpu.h"

namespace lagsim::models {
namespace {

using core::at_nanoseconds;
using core::Duration;
using core::Instant;

constexpr Instant minutes(std::int64_t n) {
    return Instant{std::chrono::minutes{n}};
}

TEST(DeletionOrder, YoungAndUnreadyPodsDieFirst) {
    const Instant now = minutes(100);
    const std::vector<PodRank> pods{
        {.assigned = true, .running = true, .ready = true, .ready_since = minutes(1), .uid = 5},
        {.assigned = true, .running = true, .ready = true, .ready_since = minutes(99), .uid = 4},
        {.assigned = true, .running = true, .ready = false, .uid = 3},
        {.assigned = true, .running = false, .uid = 2},
        {.assigned = false, .uid = 1}};

    EXPECT_EQ(deletion_order(pods, now), (std::vector<std::size_t>{4, 3, 2, 1, 0}));
}

TEST(DeletionOrder, AgesOfOnePowerOfTwoAreEqualAndTheUidDecides) {
    const Instant now = minutes(20);
    const auto ready_at = [](std::int64_t minute, std::uint32_t uid) {
        return PodRank{.assigned = true,
                       .running = true,
                       .ready = true,
                       .ready_since = minutes(minute),
                       .created = minutes(minute),
                       .uid = uid};
    };
    // 10 and 15 minutes old: both between 2^39 and 2^40 nanoseconds (9.2 to 18.3 minutes).
    const std::vector<PodRank> pods{ready_at(10, 7), ready_at(5, 3), ready_at(19, 9)};

    EXPECT_EQ(deletion_order(pods, now), (std::vector<std::size_t>{2, 1, 0}));
}

TEST(DeletionOrder, OfReadyPodsThoseOnTheFullestNodeDieFirstWhateverTheirAge) {
    const auto on_node_with = [](std::int32_t pods, std::int64_t ready_minute, bool ready) {
        return PodRank{.assigned = true,
                       .running = true,
                       .ready = ready,
                       .on_its_node = pods,
                       .ready_since = minutes(ready_minute)};
    };
    const std::vector<PodRank> pods{on_node_with(1, 99, true), on_node_with(3, 1, true),
                                    on_node_with(2, 50, true), on_node_with(1, 0, false)};

    EXPECT_EQ(deletion_order(pods, minutes(100)), (std::vector<std::size_t>{3, 1, 2, 0}));
}

TEST(DeletionOrder, MoreRestartsDieFirst) {
    const PodRank base{.assigned = true, .running = true, .ready = false, .uid = 1};
    PodRank restarted = base;
    restarted.restarts = 3;

    EXPECT_EQ(deletion_order(std::vector{base, restarted}, minutes(9)),
              (std::vector<std::size_t>{1, 0}));
}

TEST(RestartBackoff, DoublesFromTenSecondsToFiveMinutesAndForgetsAfterTenMinutes) {
    RestartBackoff backoff;
    const Duration briefly = std::chrono::seconds{3};

    for (const int expected : {10, 20, 40, 80, 160, 300, 300}) {
        EXPECT_EQ(backoff.after_crash(briefly), std::chrono::seconds{expected});
    }
    EXPECT_EQ(backoff.after_crash(std::chrono::minutes{10}), std::chrono::seconds{10});
}

TEST(SharedCpu, RunsAtFullSpeedWithinTheLimit) {
    SharedCpu cpu(0.25, 1.0);
    cpu.set_busy(4, Instant{});  // 4 * 25 % = the whole core

    EXPECT_EQ(cpu.reaches(1000), at_nanoseconds(1000));
}

TEST(SharedCpu, DoesNotMindTheOrderOfChangesWhileNobodyIsSlowed) {
    SharedCpu in_order(0.5, 4.0);
    in_order.set_busy(1, at_nanoseconds(10));  // one from 10 to 40
    in_order.set_busy(2, at_nanoseconds(20));  // another from 20 on, idle from 50 to 55
    in_order.set_busy(1, at_nanoseconds(40));
    in_order.set_busy(0, at_nanoseconds(50));
    in_order.set_busy(1, at_nanoseconds(55));

    SharedCpu lane_by_lane(0.5, 4.0);
    lane_by_lane.settle(1, at_nanoseconds(50), 25);  // the other: busy at 50, 25 ns done by then
    lane_by_lane.settle(1, at_nanoseconds(40), 30);  // the one: 30 ns done by 40, not busy then

    EXPECT_EQ(in_order.work(at_nanoseconds(100)), lane_by_lane.work(at_nanoseconds(100)));
    EXPECT_EQ(in_order.work(at_nanoseconds(100)), 30 + 30 + 45);
}

TEST(SharedCpu, SlowsEveryBusyWorkerAlikeBeyondIt) {
    SharedCpu cpu(1.0, 1.0);
    cpu.set_busy(3, Instant{});

    EXPECT_EQ(cpu.reaches(1000), at_nanoseconds(3000));
    cpu.set_busy(2, at_nanoseconds(1500));  // 500 done, 500 to go at half speed
    EXPECT_EQ(cpu.progress(), 500);
    EXPECT_EQ(cpu.reaches(1000), at_nanoseconds(2500));
}

TEST(SharedCpu, TakesFractionsOfCores) {
    SharedCpu cpu(0.8, 1.5);
    cpu.set_busy(3, Instant{});  // demand 2.4 cores: speed 0.625

    EXPECT_EQ(cpu.reaches(625), at_nanoseconds(1000));
}

TEST(SharedCpu, NeverIsEarly) {
    for (std::int32_t busy = 1; busy <= 40; ++busy) {
        SharedCpu cpu(0.73, 1.9);
        cpu.set_busy(busy, Instant{});
        const Instant done = cpu.reaches(6'250'001);
        cpu.set_busy(0, done);
        EXPECT_GE(cpu.progress(), 6'250'001) << busy;
        EXPECT_LE(cpu.progress(), 6'250'002) << busy;
    }
}

TEST(SharedCpu, StandsStillWhileFrozen) {
    SharedCpu cpu(0.0, std::nullopt);
    cpu.set_busy(1, Instant{});
    cpu.set_frozen(true, at_nanoseconds(400));

    EXPECT_EQ(cpu.reaches(1000), core::never);
    cpu.set_frozen(false, at_nanoseconds(5400));
    EXPECT_EQ(cpu.reaches(1000), at_nanoseconds(6000));
}

TEST(SharedCpu, ConservesWork) {
    SharedCpu cpu(1.0, 2.0);
    cpu.set_busy(4, Instant{});  // two cores for four workers

    EXPECT_EQ(static_cast<std::int64_t>(cpu.work(at_nanoseconds(1000))), 2000);
    cpu.set_busy(1, at_nanoseconds(1000));
    EXPECT_EQ(static_cast<std::int64_t>(cpu.work(at_nanoseconds(1500))), 2500);
}

}  // namespace
}  // namespace lagsim::models
