#include "models/random/philox.h"

#include <set>

#include <gtest/gtest.h>

namespace lagsim::models {
namespace {

TEST(Philox, AnswersAsTheRandom123DistributionDoes) {
    // Random123 kat_vectors, philox4x32 10 rounds.
    EXPECT_EQ(philox4x32_10({0, 0, 0, 0}, 0),
              (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    EXPECT_EQ(philox4x32_10({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffffffffffff),
              (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    EXPECT_EQ(philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822),
              (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, EveryPartOfAStreamsNameChangesTheBlock) {
    const RandomStreams streams(42, 7);
    std::set<Block> blocks{
        streams.block(5, 3, Purpose::record),
        streams.block(6, 3, Purpose::record),
        streams.block(5 + (std::uint64_t{1} << 32), 3, Purpose::record),
        streams.block(5, 4, Purpose::record),
        streams.block(5, 3, Purpose::arrival),
        streams.block(5, 3, static_cast<std::uint16_t>(Purpose::first_attempt)),
        RandomStreams(42, 8).block(5, 3, Purpose::record),
        RandomStreams(43, 7).block(5, 3, Purpose::record),
        RandomStreams(42 + (std::uint64_t{1} << 32), 7).block(5, 3, Purpose::record)};

    EXPECT_EQ(blocks.size(), 9U);
    EXPECT_EQ(streams.block(5, 3, Purpose::record), streams.block(5, 3, Purpose::record));
}

}  // namespace
}  // namespace lagsim::models
