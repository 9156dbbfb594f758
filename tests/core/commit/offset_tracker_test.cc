#include "core/commit/offset_tracker.h"

#include <gtest/gtest.h>

namespace lagsim::core {
namespace {

OffsetRange range(std::int64_t first, std::int64_t end) {
    return {Offset{first}, Offset{end}};
}

TEST(OffsetTracker, StartsAtItsOrigin) {
    const OffsetTracker tracker(Offset{100});

    EXPECT_EQ(tracker.low_watermark(), Offset{100});
    EXPECT_EQ(tracker.window(), Records{0});
}

TEST(OffsetTracker, NeverPassesAGap) {
    OffsetTracker tracker(Offset{0});
    tracker.deliver(range(0, 5));

    EXPECT_TRUE(tracker.finish(range(2, 5)));

    EXPECT_EQ(tracker.low_watermark(), Offset{0});
    EXPECT_EQ(tracker.finished_end(), Offset{5});
    EXPECT_TRUE(tracker.finish(range(0, 1)));
    EXPECT_EQ(tracker.low_watermark(), Offset{1});
    EXPECT_TRUE(tracker.finish(range(1, 2)));
    EXPECT_EQ(tracker.low_watermark(), Offset{5});
}

TEST(OffsetTracker, TakesARangeOutOfTheMiddle) {
    OffsetTracker tracker(Offset{0});
    tracker.deliver(range(0, 10));

    EXPECT_TRUE(tracker.finish(range(3, 7)));

    ASSERT_EQ(tracker.open().size(), 2U);
    EXPECT_EQ(tracker.open()[0], range(0, 3));
    EXPECT_EQ(tracker.open()[1], range(7, 10));
    EXPECT_EQ(tracker.window(), Records{10});
}

TEST(OffsetTracker, FinishesOverSeveralOpenRanges) {
    OffsetTracker tracker(Offset{0});
    tracker.deliver(range(0, 10));
    EXPECT_TRUE(tracker.finish(range(4, 6)));

    EXPECT_TRUE(tracker.finish(range(2, 9)));

    ASSERT_EQ(tracker.open().size(), 2U);
    EXPECT_EQ(tracker.open()[0], range(0, 2));
    EXPECT_EQ(tracker.open()[1], range(9, 10));
}

TEST(OffsetTracker, KnowsWhatItDidNotHandOut) {
    OffsetTracker tracker(Offset{0});
    tracker.deliver(range(0, 2));
    EXPECT_TRUE(tracker.finish(range(0, 1)));

    EXPECT_FALSE(tracker.finish(range(0, 1)));  // finished before
    EXPECT_FALSE(tracker.finish(range(7, 8)));  // never delivered
}

TEST(OffsetTracker, StepsOverHolesThatWereNeverDelivered) {
    OffsetTracker tracker(Offset{0});
    tracker.deliver(range(0, 2));
    tracker.deliver(range(10, 12));  // 2..9 compacted away

    EXPECT_TRUE(tracker.finish(range(0, 2)));

    EXPECT_EQ(tracker.low_watermark(), Offset{10});
    EXPECT_TRUE(tracker.finish(range(10, 12)));
    EXPECT_EQ(tracker.low_watermark(), Offset{12});
}

TEST(OffsetTrackerDeathTest, RecordsAreDeliveredInOrder) {
    OffsetTracker tracker(Offset{5});
    EXPECT_DEATH(tracker.deliver(range(4, 6)), "in order");
}

}  // namespace
}  // namespace lagsim::core
