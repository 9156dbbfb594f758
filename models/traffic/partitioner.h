/// Which partition a record goes to.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace lagsim::models {

enum class KeyHash : std::uint8_t { murmur2, crc32, fnv1a };
enum class PartitionerKind : std::uint8_t { uniform, round_robin, sticky, keys, weights };

struct PartitionerParameters {
    PartitionerKind kind = PartitionerKind::uniform;
    double zipf_exponent = 1.0;  ///< keys: probability of rank k proportional to (k+1)^-exponent
    std::int64_t key_count = 0;  ///< keys: number of distinct keys `key-0` ...
    KeyHash hash = KeyHash::murmur2;  ///< keys
    std::vector<double> weights{};    ///< weights: one a partition, any positive scale
    friend bool operator==(const PartitionerParameters&, const PartitionerParameters&) = default;
};

/// Partition of a key as the named client computes it.
/// Sources: Kafka 4.0.0 Utils.murmur2/toPositive, BuiltInPartitioner.partitionForKey;
/// librdkafka 2.15 `consistent` (CRC-32 of the key mod P); Sarama 1.60 HashPartitioner (FNV-1a as
/// int32, mod P, negated if negative).
[[nodiscard]] std::uint32_t murmur2(std::string_view key);
[[nodiscard]] std::uint32_t crc32(std::string_view key);
[[nodiscard]] std::uint32_t fnv1a(std::string_view key);
[[nodiscard]] std::int32_t partition_of_key(std::string_view key, KeyHash hash,
                                            std::int32_t partitions);

/// Share of the traffic of each partition [1], summing to 1: exact, by hashing every key where
/// there are keys. Even for round-robin and sticky.
[[nodiscard]] std::vector<double> partition_shares(const PartitionerParameters& parameters,
                                                   std::int32_t partitions);

}  // namespace lagsim::models
