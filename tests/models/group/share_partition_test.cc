// A share partition at the broker: who holds what, for how long, how often.
#include "models/group/share_partition.h"

#include <vector>

#include <gtest/gtest.h>

namespace lagsim::models {
namespace {

using core::Instant;
using core::Offset;
using core::OffsetRange;
using core::Records;
using Answer = SharePartition::Answer;
using Delivery = SharePartition::Delivery;
using Unlocked = SharePartition::Unlocked;

constexpr MemberId ann{1};
constexpr MemberId bob{2};

constexpr Instant at(int seconds) {
    return Instant{std::chrono::seconds{seconds}};
}
constexpr OffsetRange range(std::int64_t first, std::int64_t end) {
    return {Offset{first}, Offset{end}};
}

/// Locks of 30 s, 5 deliveries, a window of 10 records.
SharePartition partition() {
    return SharePartition({.window = Records{10}}, Offset{0});
}

TEST(SharePartition, HandsTheLowestRecordsToWhoeverAsks) {
    SharePartition dut = partition();

    EXPECT_EQ(dut.acquire(ann, Records{3}, Offset{8}, at(0)),
              (std::vector<Delivery>{{range(0, 3), 1}}));
    EXPECT_EQ(dut.acquire(bob, Records{3}, Offset{8}, at(0)),
              (std::vector<Delivery>{{range(3, 6), 1}}));
    EXPECT_EQ(dut.acquire(ann, Records{3}, Offset{8}, at(0)),
              (std::vector<Delivery>{{range(6, 8), 1}}));
    EXPECT_TRUE(dut.acquire(bob, Records{3}, Offset{8}, at(0)).empty());
}

TEST(SharePartition, LocksNothingBeyondItsWindow) {
    SharePartition dut = partition();
    EXPECT_EQ(dut.acquire(ann, Records{100}, Offset{50}, at(0)),
              (std::vector<Delivery>{{range(0, 10), 1}}));

    // The window moves with the start offset, which waits for the lowest record.
    EXPECT_EQ(dut.accept(Offset{1}, ann, 1), Answer::settled);
    EXPECT_TRUE(dut.acquire(bob, Records{100}, Offset{50}, at(1)).empty());
    EXPECT_EQ(dut.accept(Offset{0}, ann, 1), Answer::settled);
    EXPECT_EQ(dut.start(), Offset{2});
    EXPECT_EQ(dut.acquire(bob, Records{100}, Offset{50}, at(1)),
              (std::vector<Delivery>{{range(10, 12), 1}}));
}

TEST(SharePartition, AReleasedRecordIsDeliveredAgainAtOnceUntilItsDeliveriesAreUsedUp) {
    SharePartition dut = partition();
    for (std::int32_t delivery = 1; delivery <= 5; ++delivery) {
        ASSERT_EQ(dut.acquire(ann, Records{1}, Offset{1}, at(0)),
                  (std::vector<Delivery>{{range(0, 1), delivery}}));
        EXPECT_EQ(dut.release(Offset{0}, ann, delivery),
                  delivery < 5 ? Answer::returned : Answer::archived);
    }

    EXPECT_TRUE(dut.acquire(ann, Records{1}, Offset{1}, at(0)).empty());
    EXPECT_EQ(dut.start(), Offset{1});
}

TEST(SharePartition, ALockRunsOutAfterItsTimeAndTheRecordsGoToAnother) {
    SharePartition dut = partition();
    EXPECT_EQ(dut.next_expiry(), core::never);
    (void)dut.acquire(ann, Records{4}, Offset{4}, at(5));
    EXPECT_EQ(dut.accept(Offset{2}, ann, 1), Answer::settled);
    EXPECT_EQ(dut.next_expiry(), at(35));

    EXPECT_TRUE(dut.expire(at(34)).empty());
    EXPECT_EQ(dut.expire(at(35)),
              (std::vector<Unlocked>{{range(0, 2), ann, false}, {range(3, 4), ann, false}}));

    EXPECT_EQ(dut.acquire(bob, Records{9}, Offset{4}, at(35)),
              (std::vector<Delivery>{{range(0, 2), 2}, {range(3, 4), 2}}));
    EXPECT_EQ(dut.accept(Offset{0}, ann, 1), Answer::not_held);
    EXPECT_EQ(dut.accept(Offset{0}, bob, 2), Answer::settled);
    EXPECT_EQ(dut.start(), Offset{1});
}

TEST(SharePartition, AnAcknowledgementOfAnEarlierDeliveryToTheSameMemberIsNotTaken) {
    SharePartition dut = partition();
    (void)dut.acquire(ann, Records{1}, Offset{1}, at(0));
    (void)dut.expire(at(30));
    (void)dut.acquire(ann, Records{1}, Offset{1}, at(30));

    EXPECT_EQ(dut.accept(Offset{0}, ann, 1), Answer::not_held);
    EXPECT_EQ(dut.release(Offset{0}, ann, 1), Answer::not_held);
    EXPECT_TRUE(dut.holds(Offset{0}, ann, 2));
}

TEST(SharePartition, AMemberThatClosesItsSessionGivesBackAllThatItHolds) {
    SharePartition dut = partition();
    (void)dut.acquire(ann, Records{2}, Offset{6}, at(0));
    (void)dut.acquire(bob, Records{2}, Offset{6}, at(0));
    (void)dut.acquire(ann, Records{2}, Offset{6}, at(0));

    EXPECT_EQ(dut.release_all(ann),
              (std::vector<Unlocked>{{range(0, 2), ann, false}, {range(4, 6), ann, false}}));

    EXPECT_TRUE(dut.holds(Offset{2}, bob, 1));
    EXPECT_FALSE(dut.holds(Offset{0}, ann, 1));
}

TEST(SharePartition, RetentionMovesTheStartPastWhateverIsHeldBelow) {
    SharePartition dut = partition();
    (void)dut.acquire(ann, Records{6}, Offset{6}, at(0));
    EXPECT_EQ(dut.accept(Offset{4}, ann, 1), Answer::settled);

    dut.move_start(Offset{4});

    EXPECT_EQ(dut.start(), Offset{5});
    EXPECT_EQ(dut.accept(Offset{3}, ann, 1), Answer::not_held);
    EXPECT_TRUE(dut.holds(Offset{5}, ann, 1));
}

}  // namespace
}  // namespace lagsim::models
