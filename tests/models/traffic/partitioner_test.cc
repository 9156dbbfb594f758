#include "models/traffic/partitioner.h"

#include <array>
#include <cmath>
#include <numeric>
#include <string>

#include <gtest/gtest.h>

namespace lagsim::models {
namespace {

TEST(KeyHash, Murmur2IsKafkas) {
    // From org.apache.kafka.common.utils.Utils of Kafka 4.0.0 (shared/measured/murmur2.json).
    struct Case {
        std::string_view key;
        std::uint32_t hash;
        std::int32_t of_24;
        std::int32_t of_25;
    };
    const std::array<Case, 13> cases{{{"", 275646681, 9, 6},
                                      {"a", 2731586172, 4, 24},
                                      {"ab", 316155434, 2, 9},
                                      {"abc", 479470107, 3, 7},
                                      {"abcd", 2971317748, 20, 0},
                                      {"abcde", 461995741, 13, 16},
                                      {"key-0", 29210041, 1, 16},
                                      {"key-1", 193331640, 0, 15},
                                      {"key-42", 4107880775, 15, 2},
                                      {"order:12345", 3886606064, 0, 16},
                                      {"\xC3\xA9\xC3\xA8", 2769906572, 12, 24},
                                      {"hello world", 1221641059, 19, 9},
                                      {"0123456789abcdef", 1438427052, 12, 2}}};
    for (const Case& c : cases) {
        EXPECT_EQ(murmur2(c.key), c.hash) << c.key;
        EXPECT_EQ(partition_of_key(c.key, KeyHash::murmur2, 24), c.of_24) << c.key;
        EXPECT_EQ(partition_of_key(c.key, KeyHash::murmur2, 25), c.of_25) << c.key;
    }
}

TEST(KeyHash, Murmur2SpreadsAHundredThousandKeysAsKafkaDoes) {
    const std::array<int, 24> kafka{4091, 4210, 4211, 4197, 4101, 4113, 4235, 4177,
                                    4101, 4118, 4269, 4092, 4147, 4144, 4279, 4251,
                                    4146, 4116, 4153, 4176, 4201, 4121, 4110, 4241};
    std::array<int, 24> counts{};
    for (int k = 0; k < 100'000; ++k) {
        const auto p = partition_of_key("key-" + std::to_string(k), KeyHash::murmur2, 24);
        ++counts[static_cast<std::size_t>(p)];
    }
    EXPECT_EQ(counts, kafka);
}

TEST(KeyHash, Crc32IsZlibs) {
    EXPECT_EQ(crc32(""), 0U);
    EXPECT_EQ(crc32("123456789"), 0xCBF43926U);
    EXPECT_EQ(crc32("key-0"), 0x79EB8FECU);
    EXPECT_EQ(partition_of_key("abc", KeyHash::crc32, 24), 18);
}

TEST(KeyHash, Fnv1aIsThe32BitVariant) {
    EXPECT_EQ(fnv1a(""), 0x811C9DC5U);
    EXPECT_EQ(fnv1a("a"), 0xE40C292CU);
    EXPECT_EQ(fnv1a("123456789"), 0xBB86B11CU);
}

TEST(KeyHash, SaramaTakesTheRemainderOfASignedHashAndNegatesIt) {
    EXPECT_EQ(partition_of_key("abc", KeyHash::fnv1a, 24), 11);  // positive hash
    EXPECT_EQ(partition_of_key("a", KeyHash::fnv1a, 24), 12);    // 0xE40C292C − 2^32 = −…
    EXPECT_EQ(partition_of_key("hello world", KeyHash::fnv1a, 24), 1);
}

TEST(PartitionShares, UniformRoundRobinAndStickyAreEven) {
    for (const auto kind :
         {PartitionerKind::uniform, PartitionerKind::round_robin, PartitionerKind::sticky}) {
        EXPECT_EQ(partition_shares({.kind = kind}, 4),
                  (std::vector<double>{0.25, 0.25, 0.25, 0.25}));
    }
}

TEST(PartitionShares, WeightsMayHaveAnyScale) {
    const auto shares =
        partition_shares({.kind = PartitionerKind::weights, .weights = {30, 10, 0, 40}}, 4);
    EXPECT_EQ(shares, (std::vector<double>{0.375, 0.125, 0.0, 0.5}));
}

TEST(PartitionShares, ZipfSharesAreTheSumsOverTheKeysThatHashThere) {
    const PartitionerParameters keys{
        .kind = PartitionerKind::keys, .zipf_exponent = 1.1, .key_count = 100'000};
    const auto shares = partition_shares(keys, 24);

    std::vector<double> expected(24, 0.0);
    double total = 0.0;
    for (int k = 0; k < 100'000; ++k) {
        const double weight = std::pow(k + 1.0, -1.1);
        const auto p = partition_of_key("key-" + std::to_string(k), KeyHash::murmur2, 24);
        expected[static_cast<std::size_t>(p)] += weight;
        total += weight;
    }
    for (std::size_t p = 0; p < 24; ++p) {
        EXPECT_NEAR(shares[p], expected[p] / total, 1e-12);
    }
    EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1.0, 1e-12);
    EXPECT_GT(shares[1], 0.14) << "the partition of key-0, the most popular key";
}

TEST(PartitionShares, AnExponentOfZeroMakesAllKeysEquallyLikely) {
    const auto shares = partition_shares(
        {.kind = PartitionerKind::keys, .zipf_exponent = 0.0, .key_count = 100'000}, 24);
    EXPECT_NEAR(shares[0], 0.04091, 1e-12);
}

TEST(PartitionShares, FewKeysLeavePartitionsEmpty) {
    const auto shares = partition_shares({.kind = PartitionerKind::keys, .key_count = 2}, 24);
    EXPECT_NEAR(shares[1], 2.0 / 3.0, 1e-15);
    EXPECT_NEAR(shares[0], 1.0 / 3.0, 1e-15);
    EXPECT_EQ(shares[2], 0.0);
}

}  // namespace
}  // namespace lagsim::models
