#include "models/group/assignor.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace lagsim::models {
namespace {

std::vector<std::size_t> sizes(const Assignment& assignment) {
    std::vector<std::size_t> result;
    for (const auto& member : assignment) {
        result.push_back(member.size());
    }
    return result;
}

std::size_t moved(const Assignment& before, const Assignment& after) {
    std::size_t moves = 0;
    for (std::size_t member = 0; member < before.size(); ++member) {
        for (const std::int32_t partition : before[member]) {
            moves += std::ranges::count(after[member], partition) == 0 ? 1U : 0U;
        }
    }
    return moves;
}

const std::vector<std::int32_t> one_topic{24};

TEST(RangeAssignor, GivesContiguousBlocksAndTheRemainderToTheFirst) {
    const Assignment five = assign_partitions(Assignor::range, 5, one_topic);

    EXPECT_EQ(sizes(five), (std::vector<std::size_t>{5, 5, 5, 5, 4}));
    EXPECT_EQ(five[1], (std::vector<std::int32_t>{5, 6, 7, 8, 9}));
    EXPECT_EQ(sizes(assign_partitions(Assignor::range, 25, one_topic)).back(), 0U);
}

TEST(RangeAssignor, GivesEveryTopicsRemainderToTheSameMembers) {
    const std::vector<std::int32_t> topics{3, 3};

    const Assignment two = assign_partitions(Assignor::range, 2, topics);

    EXPECT_EQ(two[0], (std::vector<std::int32_t>{0, 1, 3, 4}));
    EXPECT_EQ(two[1], (std::vector<std::int32_t>{2, 5}));
}

TEST(RoundRobinAssignor, DealsOverAllTopicsInTurn) {
    const std::vector<std::int32_t> topics{3, 3};

    const Assignment two = assign_partitions(Assignor::round_robin, 2, topics);

    EXPECT_EQ(two[0], (std::vector<std::int32_t>{0, 2, 4}));
    EXPECT_EQ(two[1], (std::vector<std::int32_t>{1, 3, 5}));
}

TEST(StickyAssignor, MovesOnlyWhatANewMemberNeeds) {
    Assignment owned = assign_sticky(Assignment(6), 24, Releases::highest);
    EXPECT_EQ(sizes(owned), std::vector<std::size_t>(6, 4));

    owned.emplace_back();
    const Assignment seven = assign_sticky(owned, 24, Releases::highest);

    EXPECT_EQ(moved(owned, seven), 3U);  // 24 div 7
    EXPECT_EQ(seven.back().size(), 3U);
    EXPECT_EQ(std::ranges::max(sizes(seven)), 4U);
}

TEST(StickyAssignor, MovesNothingThatItsOwnerMayKeepWhenAMemberLeaves) {
    Assignment owned = assign_sticky(Assignment(4), 24, Releases::highest);
    owned.pop_back();

    const Assignment three = assign_sticky(owned, 24, Releases::highest);

    EXPECT_EQ(moved(owned, three), 0U);
    EXPECT_EQ(sizes(three), std::vector<std::size_t>(3, 8));
}

TEST(StickyAssignor, JavaGivesUpTheHighestAndLibrdkafkaTheLowest) {
    Assignment owned{{0, 1, 2, 3}, {}};

    EXPECT_EQ(assign_sticky(owned, 4, Releases::highest)[0], (std::vector<std::int32_t>{0, 1}));
    EXPECT_EQ(assign_sticky(owned, 4, Releases::lowest)[0], (std::vector<std::int32_t>{2, 3}));
}

TEST(StickyAssignor, IsCompleteAndBalancedForAnySizes) {
    for (std::int32_t partitions = 1; partitions <= 30; ++partitions) {
        Assignment owned(1);
        for (std::size_t members = 1; members <= 34; ++members) {
            owned.resize(members);
            for (const Assignment& next : {assign_sticky(owned, partitions, Releases::highest),
                                           assign_uniform(owned, partitions)}) {
                std::vector<std::int32_t> all;
                for (const auto& member : next) {
                    all.insert(all.end(), member.begin(), member.end());
                }
                std::ranges::sort(all);
                ASSERT_EQ(all.size(), static_cast<std::size_t>(partitions));
                ASSERT_EQ(std::ranges::adjacent_find(all), all.end());
                const auto [least, most] = std::ranges::minmax(sizes(next));
                ASSERT_LE(most - least, 1U) << partitions << " on " << members;
            }
            owned = assign_sticky(owned, partitions, Releases::highest);
        }
    }
}

TEST(UniformAssignor, KeepsWithinTheQuotaAndFillsFromWhatNobodyHad) {
    const Assignment owned{{0, 1, 2}, {}};

    const Assignment next = assign_uniform(owned, 4);  // 3 is new

    EXPECT_EQ(next[0], (std::vector<std::int32_t>{0, 1}));
    EXPECT_EQ(next[1], (std::vector<std::int32_t>{2, 3}));
}

/// How many members each partition has.
std::vector<std::size_t> sharers(const Assignment& assignment, std::int32_t partitions) {
    std::vector<std::size_t> count(static_cast<std::size_t>(partitions), 0);
    for (const auto& member : assignment) {
        for (const std::int32_t partition : member) {
            ++count[static_cast<std::size_t>(partition)];
        }
    }
    return count;
}

TEST(SimpleAssignor, SharesPartitionsOnlyWhereThereAreMoreMembers) {
    EXPECT_EQ(sharers(assign_shared(Assignment(12), 24), 24), std::vector<std::size_t>(24, 1));
    EXPECT_EQ(sharers(assign_shared(Assignment(3), 1), 1), std::vector<std::size_t>(1, 3));
    // 30 members: two for every partition, 48 places for 30.
    EXPECT_EQ(sharers(assign_shared(Assignment(30), 24), 24), std::vector<std::size_t>(24, 2));
}

TEST(SimpleAssignor, IsCompleteBalancedAndWithoutRepetitionForAnySizesUpAndDown) {
    for (std::int32_t partitions = 1; partitions <= 12; ++partitions) {
        Assignment current(1);
        for (std::size_t step = 1; step <= 60; ++step) {
            const std::size_t members = step <= 30 ? step : 61 - step;
            current.resize(members);
            current = assign_shared(current, partitions);
            const std::size_t least_shared = std::ranges::min(sharers(current, partitions));
            ASSERT_GE(least_shared, 1U) << partitions << " on " << members;
            for (const auto& member : current) {
                ASSERT_EQ(std::ranges::adjacent_find(member), member.end());
            }
            const auto [least, most] = std::ranges::minmax(sizes(current));
            ASSERT_LE(most - least, 1U) << partitions << " on " << members;
        }
    }
}

TEST(SimpleAssignor, LeavesWhereItIsWhatBalanceAllows) {
    const Assignment two = assign_shared(Assignment(2), 24);
    Assignment three = two;
    three.emplace_back();

    const Assignment next = assign_shared(three, 24);

    EXPECT_EQ(next[2].size(), 8U);
    EXPECT_TRUE(std::ranges::includes(two[0], next[0]));
    EXPECT_TRUE(std::ranges::includes(two[1], next[1]));
}

TEST(CooperativeAdjustment, WithholdsWhatAnotherStillOwns) {
    const Assignment owned{{0, 1, 2, 3}, {}};

    const Assignment first_round = without_moving({{0, 1}, {2, 3}}, owned);

    EXPECT_EQ(first_round[0], (std::vector<std::int32_t>{0, 1}));
    EXPECT_TRUE(first_round[1].empty());
}

TEST(Renumber, KeepsPartitionsTheSameWhenTopicsGrow) {
    std::vector<std::int32_t> partitions{0, 3, 4, 6};  // 0 and 3 of the first, 0 and 2 of the next

    renumber(partitions, std::vector<std::int32_t>{4, 3}, std::vector<std::int32_t>{6, 5});

    EXPECT_EQ(partitions, (std::vector<std::int32_t>{0, 3, 6, 8}));
}

}  // namespace
}  // namespace lagsim::models
