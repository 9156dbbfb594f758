#include "sim/engine/calendar.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "models/random/philox.h"

namespace lagsim::sim {
namespace {

constexpr core::Instant at(std::int64_t ns) {
    return core::at_nanoseconds(ns);
}

Slot event(Calendar& calendar, std::int32_t subject, std::uint64_t rank = 0) {
    return calendar.add({0, subject, 0}, rank);
}

std::vector<std::int32_t> drain(Calendar& calendar) {
    std::vector<std::int32_t> order;
    while (calendar.next_time() != core::never) {
        order.push_back(calendar.pop().second.subject);
    }
    return order;
}

using Order = std::vector<std::int32_t>;

TEST(Calendar, GivesEventsInTheOrderOfTheirTimes) {
    Calendar calendar;
    calendar.schedule(event(calendar, 3), at(30));
    calendar.schedule(event(calendar, 1), at(10));
    calendar.schedule(event(calendar, 2), at(20));

    EXPECT_EQ(calendar.next_time(), at(10));
    EXPECT_EQ(drain(calendar), (Order{1, 2, 3}));
}

TEST(Calendar, BreaksTiesByRankWhateverTheOrderOfScheduling) {
    for (const bool reversed : {false, true}) {
        Calendar calendar;
        std::vector<Slot> slots{event(calendar, 0, make_rank(1, 0)),
                                event(calendar, 1, make_rank(1, 1)),
                                event(calendar, 2, make_rank(2, 0))};
        if (reversed) {
            std::ranges::reverse(slots);
        }
        for (const Slot slot : slots) {
            calendar.schedule(slot, at(5));
        }

        EXPECT_EQ(drain(calendar), (Order{0, 1, 2}));
    }
}

TEST(Calendar, RanksByKindThenSubjectThenDetail) {
    EXPECT_LT(make_rank(1, 99, 99), make_rank(2, 0, 0));
    EXPECT_LT(make_rank(1, 1, 99), make_rank(1, 2, 0));
    EXPECT_LT(make_rank(1, 1, 1), make_rank(1, 1, 2));
}

TEST(Calendar, MovesAnEventThatIsScheduledAgain) {
    Calendar calendar;
    const Slot first = event(calendar, 1);
    calendar.schedule(first, at(10));
    calendar.schedule(event(calendar, 2), at(20));

    calendar.schedule(first, at(30));
    EXPECT_EQ(calendar.next_time(), at(20));
    calendar.schedule(first, at(5));

    EXPECT_EQ(drain(calendar), (Order{1, 2}));
}

TEST(Calendar, TakesAnEventBack) {
    Calendar calendar;
    const Slot first = event(calendar, 1);
    const Slot second = event(calendar, 2);
    calendar.schedule(first, at(10));
    calendar.schedule(second, at(20));

    calendar.cancel(first);
    calendar.schedule(second, core::never);

    EXPECT_EQ(calendar.next_time(), core::never);
    calendar.cancel(first);  // twice does no harm
}

TEST(Calendar, KeepsAPoppedSlotForTheNextTime) {
    Calendar calendar;
    const Slot slot = event(calendar, 7);
    calendar.schedule(slot, at(1));
    EXPECT_EQ(calendar.top().first, slot);
    EXPECT_EQ(calendar.pop().first, slot);

    calendar.schedule(slot, at(2));

    EXPECT_EQ(drain(calendar), Order{7});
}

TEST(Calendar, UsesARemovedSlotAgainWithItsNewEventAndRank) {
    Calendar calendar;
    const Slot old = event(calendar, 1, make_rank(9, 0));
    calendar.schedule(old, at(1));

    calendar.remove(old);
    const Slot renewed = event(calendar, 2, make_rank(1, 0));

    EXPECT_EQ(renewed, old);
    EXPECT_EQ(calendar.next_time(), core::never);
    calendar.schedule(event(calendar, 3, make_rank(2, 0)), at(4));
    calendar.schedule(renewed, at(4));
    EXPECT_EQ(drain(calendar), (Order{2, 3}));
}

TEST(Calendar, AgreesWithASortedListThroughRandomChanges) {
    const models::RandomStreams streams(1, 0);
    Calendar calendar;
    std::vector<std::pair<core::Instant, std::int32_t>> expected;
    std::vector<Slot> slots;
    for (std::int32_t i = 0; i < 40; ++i) {
        slots.push_back(event(calendar, i, make_rank(0, static_cast<std::uint32_t>(i))));
    }
    for (std::uint64_t step = 0; step < 4000; ++step) {
        const auto block = streams.block(step, 0, models::Purpose::fault);
        const auto which = static_cast<std::int32_t>(block[0] % 40);
        std::erase_if(expected, [&](const auto& entry) { return entry.second == which; });
        if (block[1] % 4 == 0) {
            calendar.cancel(slots[static_cast<std::size_t>(which)]);
        } else {
            const core::Instant time = at(block[2] % 50);
            calendar.schedule(slots[static_cast<std::size_t>(which)], time);
            expected.emplace_back(time, which);
        }
        if (!expected.empty()) {
            const auto first = std::ranges::min(expected);
            ASSERT_EQ(calendar.next_time(), first.first);
            ASSERT_EQ(calendar.top().second.subject, first.second);
        }
    }
}

}  // namespace
}  // namespace lagsim::sim
