#include "models/traffic/partitioner.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <numeric>

#include "core/check.h"
#include "models/random/pinned_math.h"

namespace lagsim::models {

namespace {

std::uint32_t byte_at(std::string_view key, std::size_t i) {
    return static_cast<unsigned char>(key[i]);
}

/// CRC-32 of zlib and POSIX cksum's cousin: reflected polynomial 0x04C11DB7.
constexpr std::array<std::uint32_t, 256> make_crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value >> 1) ^ ((value & 1U) != 0 ? 0xEDB88320U : 0U);
        }
        table[i] = value;
    }
    return table;
}
constexpr std::array<std::uint32_t, 256> crc_table = make_crc_table();

/// The key of rank k is the ASCII text "key-k".
class RankedKey {
  public:
    std::string_view of(std::int64_t rank) {
        const auto [end, error] =
            std::to_chars(text_.data() + prefix, text_.data() + text_.size(), rank);
        static_cast<void>(error);  // 19 digits fit
        return {text_.data(), static_cast<std::size_t>(end - text_.data())};
    }

  private:
    static constexpr std::size_t prefix = 4;
    std::array<char, prefix + 20> text_{'k', 'e', 'y', '-'};
};

std::vector<double> key_shares(const PartitionerParameters& parameters, std::int32_t partitions) {
    LAGSIM_CHECK(parameters.key_count > 0, "the reader demands a number of keys");
    std::vector<double> shares(static_cast<std::size_t>(partitions), 0.0);
    RankedKey key;
    // From the rarest key up: small terms first keep the sums' last digits.
    for (std::int64_t rank = parameters.key_count - 1; rank >= 0; --rank) {
        const auto p = partition_of_key(key.of(rank), parameters.hash, partitions);
        shares[static_cast<std::size_t>(p)] +=
            pinned::pow(static_cast<double>(rank) + 1.0, -parameters.zipf_exponent);
    }
    return shares;
}

}  // namespace

std::uint32_t murmur2(std::string_view key) {
    constexpr std::uint32_t multiplier = 0x5BD1E995U;
    auto hash = 0x9747B28CU ^ static_cast<std::uint32_t>(key.size());
    const std::size_t whole = key.size() / 4 * 4;
    for (std::size_t i = 0; i < whole; i += 4) {
        std::uint32_t word = byte_at(key, i) | byte_at(key, i + 1) << 8 |
                             byte_at(key, i + 2) << 16 | byte_at(key, i + 3) << 24;
        word *= multiplier;
        word ^= word >> 24;
        word *= multiplier;
        hash = hash * multiplier ^ word;
    }
    if (whole < key.size()) {
        for (std::size_t i = key.size(); i-- > whole;) {
            hash ^= byte_at(key, i) << (8 * (i - whole));
        }
        hash *= multiplier;
    }
    hash ^= hash >> 13;
    hash *= multiplier;
    return hash ^ hash >> 15;
}

std::uint32_t crc32(std::string_view key) {
    std::uint32_t value = 0xFFFFFFFFU;
    for (std::size_t i = 0; i < key.size(); ++i) {
        value = crc_table[(value ^ byte_at(key, i)) & 0xFFU] ^ value >> 8;
    }
    return ~value;
}

std::uint32_t fnv1a(std::string_view key) {
    std::uint32_t hash = 2166136261U;
    for (std::size_t i = 0; i < key.size(); ++i) {
        hash = (hash ^ byte_at(key, i)) * 16777619U;
    }
    return hash;
}

std::int32_t partition_of_key(std::string_view key, KeyHash hash, std::int32_t partitions) {
    LAGSIM_CHECK(partitions > 0, "a topic has at least one partition");
    const auto count = static_cast<std::uint32_t>(partitions);
    switch (hash) {
        case KeyHash::murmur2:
            return static_cast<std::int32_t>((murmur2(key) & 0x7FFFFFFFU) % count);
        case KeyHash::crc32:
            return static_cast<std::int32_t>(crc32(key) % count);
        case KeyHash::fnv1a: {  // the remainder keeps the sign; then it is turned round
            const auto remainder = static_cast<std::int32_t>(fnv1a(key)) % partitions;
            return remainder < 0 ? -remainder : remainder;
        }
    }
    return 0;
}

std::vector<double> partition_shares(const PartitionerParameters& parameters,
                                     std::int32_t partitions) {
    LAGSIM_CHECK(partitions > 0, "a topic has at least one partition");
    const auto count = static_cast<std::size_t>(partitions);
    std::vector<double> shares;
    switch (parameters.kind) {
        case PartitionerKind::uniform:
        case PartitionerKind::round_robin:
        case PartitionerKind::sticky:
            return std::vector<double>(count, 1.0 / static_cast<double>(partitions));
        case PartitionerKind::weights:
            LAGSIM_CHECK(parameters.weights.size() == count, "one weight a partition");
            shares = parameters.weights;
            break;
        case PartitionerKind::keys:
            shares = key_shares(parameters, partitions);
            break;
    }
    const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
    LAGSIM_CHECK(total > 0.0, "some partition gets records");
    for (double& share : shares) {
        share /= total;
    }
    return shares;
}

}  // namespace lagsim::models
