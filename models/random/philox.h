/// Philox4x32-10: a counter-based generator. Block = f(key, counter); no state, so any record can
/// be made again. Source: Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3
/// (SC 2011).
#pragma once

#include <array>
#include <cstdint>

namespace lagsim::models {

using Block = std::array<std::uint32_t, 4>;

[[nodiscard]] constexpr Block philox4x32_10(Block counter, std::uint64_t key) {
    std::uint32_t k0 = static_cast<std::uint32_t>(key);
    std::uint32_t k1 = static_cast<std::uint32_t>(key >> 32);
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t p0 = std::uint64_t{0xD2511F53U} * counter[0];
        const std::uint64_t p1 = std::uint64_t{0xCD9E8D57U} * counter[2];
        counter = {
            static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ k0, static_cast<std::uint32_t>(p1),
            static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ k1, static_cast<std::uint32_t>(p0)};
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    return counter;
}

/// The probability that a word stands for: the middle of its 2^-32, so neither 0 nor 1.
[[nodiscard]] constexpr double probability_of(std::uint32_t word) {
    return (static_cast<double>(word) + 0.5) * 0x1p-32;
}

/// What a block is for; part of the counter, so streams with different purposes never meet.
/// Purposes below `first_attempt` are named; attempt k >= 2 of a record uses `first_attempt + k`.
enum class Purpose : std::uint16_t {
    record =
        0,  ///< word 0: gap before it (first producer), 1: work, 2: transient failure, 3: poison
    arrival = 1,  ///< streams drawn once per topic, and producers after the first
    partitioner = 2,
    pod_startup = 3,
    pod_scheduling = 4,
    pod_readiness = 5,
    autoscaler_phase = 6,
    fault = 7,
    member_id = 8,
    victim = 9,
    dead_letter = 10,
    compaction = 11,
    retry_produce = 12,
    node_provision = 16,
    image_pull = 17,
    unassign_stall = 40,  ///< of a member that gives up a part of its partitions
    first_attempt = 256
};

/// The random blocks of one replication: key = seed, counter = (index, purpose, entity,
/// replication).
class RandomStreams {
  public:
    RandomStreams(std::uint64_t seed, std::uint32_t replication)
        : seed_(seed), replication_(replication) {}
    /// `index` < 2^48: record offset or draw number; `entity`: partition, pod, producer ... [1]
    [[nodiscard]] constexpr Block block(std::uint64_t index, std::uint32_t entity,
                                        std::uint16_t purpose) const {
        return philox4x32_10(
            {static_cast<std::uint32_t>(index),
             static_cast<std::uint32_t>(index >> 32) | (std::uint32_t{purpose} << 16), entity,
             replication_},
            seed_);
    }
    [[nodiscard]] constexpr Block block(std::uint64_t index, std::uint32_t entity,
                                        Purpose purpose) const {
        return block(index, entity, static_cast<std::uint16_t>(purpose));
    }
    [[nodiscard]] std::uint64_t seed() const { return seed_; }
    [[nodiscard]] std::uint32_t replication() const { return replication_; }

  private:
    std::uint64_t seed_;
    std::uint32_t replication_;
};

}  // namespace lagsim::models
