#include "sim/ledger/lane_ledger.h"

#include <gtest/gtest.h>

namespace lagsim::sim {
namespace {

using core::Offset;
using core::Records;

constexpr auto crash = DuplicateCause::crash;
constexpr auto retention = LossCause::deleted_by_retention;

constexpr core::Instant at(std::int64_t ns) {
    return core::at_nanoseconds(ns);
}
bool nobody(Offset) {
    return false;
}

/// Finishes [first, end) in order.
void finish(LaneLedger& ledger, std::int64_t first, std::int64_t end) {
    for (std::int64_t offset = first; offset < end; ++offset) {
        ASSERT_TRUE(ledger.finish(Offset{offset}, at(offset), crash));
    }
}

TEST(LaneLedger, CountsAFirstFinishOnceAndLaterOnesAsDuplicates) {
    LaneLedger ledger(0);

    EXPECT_TRUE(ledger.finish(Offset{0}, at(1), crash));
    EXPECT_FALSE(ledger.finish(Offset{0}, at(2), crash));
    EXPECT_FALSE(ledger.finish(Offset{0}, at(3), crash));

    EXPECT_EQ(ledger.finished(), 1);
    EXPECT_EQ(ledger.duplicates(), 2);
    ledger.verify(Records{1});
}

TEST(LaneLedger, FinishesARangeAsItDoesRecordByRecord) {
    LaneLedger ranges(0);
    LaneLedger records(0);
    for (const auto& [first, end] : {std::pair{0, 5}, std::pair{5, 6}, std::pair{9, 20}}) {
        ranges.finish_new({Offset{first}, Offset{end}});
        finish(records, first, end);
    }

    for (LaneLedger* const ledger : {&ranges, &records}) {
        EXPECT_EQ(ledger->finished(), 17);
        EXPECT_EQ(ledger->settled_below(), Offset{6});
        EXPECT_EQ(ledger->known_end(), Offset{20});
        ledger->verify(Records{25});
    }
}

TEST(LaneLedger, CountsADeadLetterOnceAndNeverAfterAFinish) {
    LaneLedger ledger(0);
    finish(ledger, 0, 1);

    EXPECT_FALSE(ledger.dead_letter(Offset{0}));
    EXPECT_TRUE(ledger.dead_letter(Offset{1}));
    EXPECT_FALSE(ledger.dead_letter(Offset{1}));

    EXPECT_EQ(ledger.finished(), 1);
    EXPECT_EQ(ledger.dead_lettered(), 1);
    ledger.verify(Records{2});
}

TEST(LaneLedger, CountsCopiesInTheDeadLetterTopicBeyondTheFirst) {
    LaneLedger ledger(0);
    EXPECT_TRUE(ledger.dead_letter(Offset{0}));
    EXPECT_FALSE(ledger.dead_letter(Offset{0}));
    EXPECT_FALSE(ledger.dead_letter(Offset{0}));

    EXPECT_EQ(ledger.dead_letter_duplicates(), 2);
    EXPECT_EQ(ledger.dead_lettered_and_finished(), 0);
    ledger.verify(Records{1});
}

TEST(LaneLedger, CountsARecordBothFinishedAndDeadLetteredInEitherOrder) {
    LaneLedger ledger(0);
    EXPECT_TRUE(ledger.dead_letter(Offset{0}));
    EXPECT_TRUE(ledger.finish(Offset{0}, at(1), crash));
    EXPECT_TRUE(ledger.finish(Offset{1}, at(2), crash));
    EXPECT_FALSE(ledger.dead_letter(Offset{1}));
    EXPECT_FALSE(ledger.dead_letter(Offset{1}));

    EXPECT_EQ(ledger.dead_lettered_and_finished(), 2);
    EXPECT_EQ(ledger.dead_letter_duplicates(), 1);
    EXPECT_EQ(ledger.finished(), 2);
    ledger.verify(Records{2});
}

TEST(LaneLedger, LosesADroppedRecordUntilSomebodySettlesItAfterAll) {
    LaneLedger ledger(0);
    EXPECT_TRUE(ledger.lose(Offset{0}, LossCause::dropped_by_policy, at(3)));
    EXPECT_FALSE(ledger.lose(Offset{0}, LossCause::dropped_by_policy, at(4)));
    EXPECT_EQ(ledger.lost(), 1);

    EXPECT_TRUE(ledger.dead_letter(Offset{0}));
    EXPECT_FALSE(ledger.lose(Offset{0}, LossCause::dropped_by_policy, at(5)));

    EXPECT_EQ(ledger.lost(), 0);
    EXPECT_EQ(ledger.dead_lettered(), 1);
    ledger.verify(Records{1});
}

TEST(LaneLedger, AFinishWinsOverADeadLetterAndOverALoss) {
    LaneLedger ledger(0);
    EXPECT_TRUE(ledger.dead_letter(Offset{0}));
    EXPECT_EQ(ledger.lose_below(Offset{3}, retention, at(5), nobody), Records{2});

    EXPECT_TRUE(ledger.finish(Offset{0}, at(6), crash));
    EXPECT_TRUE(ledger.finish(Offset{2}, at(7), crash));

    EXPECT_EQ(ledger.finished(), 2);
    EXPECT_EQ(ledger.dead_lettered(), 0);
    EXPECT_EQ(ledger.lost(), 1);
    EXPECT_EQ(ledger.duplicates(), 0);
    ledger.verify(Records{3});
}

TEST(LaneLedger, ADeadLetterWinsOverALoss) {
    LaneLedger ledger(0);
    EXPECT_EQ(ledger.lose_below(Offset{3}, retention, at(5), nobody), Records{3});

    EXPECT_TRUE(ledger.dead_letter(Offset{1}));

    EXPECT_EQ(ledger.lost(), 2);
    EXPECT_EQ(ledger.dead_lettered(), 1);
    ASSERT_EQ(ledger.lost_intervals().size(), 2U);  // cut in the middle
    EXPECT_EQ(ledger.lost_intervals()[0].last, 0);
    EXPECT_EQ(ledger.lost_intervals()[1].first, 2);
    ledger.verify(Records{3});
}

TEST(LaneLedger, LosesOnlyWhatHasNoFateAndIsInNobodysHands) {
    LaneLedger ledger(7);
    finish(ledger, 0, 2);
    EXPECT_TRUE(ledger.dead_letter(Offset{4}));
    const auto in_hand = [](Offset offset) { return offset == Offset{6}; };

    EXPECT_EQ(ledger.lose_below(Offset{8}, retention, at(9), in_hand), Records{4});

    const auto lost = ledger.lost_intervals();  // 2-3, 5, 7
    ASSERT_EQ(lost.size(), 3U);
    EXPECT_EQ(lost[0].lane, 7);
    EXPECT_EQ(lost[0].first, 2);
    EXPECT_EQ(lost[0].last, 3);
    EXPECT_EQ(lost[0].time, at(9));
    EXPECT_EQ(lost[0].cause, static_cast<std::uint8_t>(retention));
    EXPECT_EQ(lost[1].first, 5);
    EXPECT_EQ(lost[2].first, 7);
    ledger.verify(Records{8});
}

TEST(LaneLedger, LosesNothingTwice) {
    LaneLedger ledger(0);
    EXPECT_EQ(ledger.lose_below(Offset{3}, retention, at(1), nobody), Records{3});

    EXPECT_EQ(ledger.lose_below(Offset{3}, LossCause::skipped_by_reset, at(2), nobody), Records{0});

    ASSERT_EQ(ledger.lost_intervals().size(), 1U);
    EXPECT_EQ(ledger.lost_intervals()[0].cause, static_cast<std::uint8_t>(retention));
}

TEST(LaneLedger, JoinsLossesOfOneCauseAndTimeAndKeepsOthersApart) {
    LaneLedger ledger(0);
    static_cast<void>(ledger.lose_below(Offset{2}, retention, at(1), nobody));
    static_cast<void>(ledger.lose_below(Offset{4}, retention, at(1), nobody));
    static_cast<void>(ledger.lose_below(Offset{6}, retention, at(2), nobody));
    static_cast<void>(ledger.lose_below(Offset{8}, LossCause::skipped_by_reset, at(2), nobody));

    const auto lost = ledger.lost_intervals();

    ASSERT_EQ(lost.size(), 3U);
    EXPECT_EQ(lost[0].last, 3);
    EXPECT_EQ(lost[1].last, 5);
    EXPECT_EQ(lost[2].last, 7);
}

TEST(LaneLedger, JoinsRunsOfDuplicatesOfOneCause) {
    LaneLedger ledger(0);
    finish(ledger, 0, 6);

    for (const std::int64_t offset : {1, 2, 3}) {
        EXPECT_FALSE(ledger.finish(Offset{offset}, at(10 + offset), crash));
    }
    EXPECT_FALSE(ledger.finish(Offset{4}, at(14), DuplicateCause::zombie));
    EXPECT_FALSE(ledger.finish(Offset{1}, at(15), DuplicateCause::zombie));

    const auto& again = ledger.duplicate_intervals();
    ASSERT_EQ(again.size(), 3U);
    EXPECT_EQ(again[0].first, 1);
    EXPECT_EQ(again[0].last, 3);
    EXPECT_EQ(again[0].time, at(11));  // of the first one
    EXPECT_EQ(again[1].first, 4);
    EXPECT_EQ(again[2].first, 1);
    EXPECT_EQ(ledger.duplicates(), 5);
    ledger.verify(Records{6});
}

TEST(LaneLedger, FillsGapsInAnyOrder) {
    LaneLedger ledger(0);
    for (const std::int64_t offset : {4, 0, 2, 1, 3}) {
        EXPECT_TRUE(ledger.finish(Offset{offset}, at(offset), crash));
    }

    EXPECT_EQ(ledger.settled_below(), Offset{5});
    EXPECT_EQ(ledger.finished(), 5);
    ledger.verify(Records{5});
}

TEST(LaneLedger, IsSettledBelowTheFirstOffsetWithoutAFate) {
    LaneLedger ledger(0);
    EXPECT_EQ(ledger.settled_below(), Offset{0});
    finish(ledger, 0, 2);
    EXPECT_TRUE(ledger.dead_letter(Offset{2}));
    EXPECT_TRUE(ledger.finish(Offset{5}, at(5), crash));

    EXPECT_EQ(ledger.settled_below(), Offset{3});

    static_cast<void>(ledger.lose_below(Offset{5}, retention, at(6), nobody));
    EXPECT_EQ(ledger.settled_below(), Offset{6});
}

TEST(LaneLedger, GoesOnInOrderAfterAFateWasChangedAtItsEnd) {
    LaneLedger ledger(0);
    finish(ledger, 0, 3);
    static_cast<void>(ledger.lose_below(Offset{5}, retention, at(1), nobody));
    EXPECT_TRUE(ledger.finish(Offset{4}, at(2), crash));
    EXPECT_TRUE(ledger.finish(Offset{3}, at(3), crash));

    finish(ledger, 5, 8);

    EXPECT_EQ(ledger.finished(), 8);
    EXPECT_EQ(ledger.lost(), 0);
    EXPECT_TRUE(ledger.lost_intervals().empty());
    ledger.verify(Records{8});
}

TEST(LaneLedgerDeathTest, EndsTheProgramWhenAFateIsMoreThanWasProduced) {
    LaneLedger ledger(0);
    finish(ledger, 0, 3);

    EXPECT_DEATH(ledger.verify(Records{2}), "nothing has a fate that was not produced");
}

}  // namespace
}  // namespace lagsim::sim
