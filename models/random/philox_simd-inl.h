/// Philox blocks of consecutive indices, one in each 64-bit lane; see philox.h. Included once for
/// each instruction set, hence no #pragma once.
#if defined(LAGSIM_PHILOX_SIMD_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef LAGSIM_PHILOX_SIMD_INL
#undef LAGSIM_PHILOX_SIMD_INL
#else
#define LAGSIM_PHILOX_SIMD_INL
#endif

#include <array>
#include <cstddef>
#include <cstdint>

#include <hwy/highway.h>

#include "models/random/philox.h"
#include "models/random/pinned_simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lagsim::models::HWY_NAMESPACE {

#if LAGSIM_HAS_VECTORS

/// The words of one block a lane, in the low halves; what the high halves hold is undefined.
using VBlock = std::array<VWord, 4>;

/// Vectors of blocks worked on at once: a round waits for its multiplication, so that one alone
/// would leave the CPU idle; as many as there are registers for.
inline constexpr std::size_t blocks_at_once = HWY_TARGET <= HWY_AVX2 ? 4 : 3;

/// Product of the low halves.
HWY_INLINE VWord times_low(VWord a, VWord b) {
    const hn::Repartition<std::uint32_t, Words> halves;
    return hn::MulEven(hn::BitCast(halves, a), hn::BitCast(halves, b));
}

/// Blocks of `index`, `index` + 1, ... of one entity and purpose: vector after vector, all with the
/// upper half of `first`. What the counter's other words do to the first three rounds is then the
/// same for all, and computed once.
class PhiloxVectors {
  public:
    PhiloxVectors(const RandomStreams& streams, std::uint32_t entity, Purpose purpose,
                  std::uint64_t first)
        : steps_(hn::Iota(words, 0)) {
        auto k0 = static_cast<std::uint32_t>(streams.seed());
        auto k1 = static_cast<std::uint32_t>(streams.seed() >> 32);
        for (std::size_t round = 0; round < rounds; ++round) {
            keys_[round] = {k0, k1};
            k0 += 0x9E3779B9U;
            k1 += 0xBB67AE85U;
        }
        // c1 and c2 of the counter; round 0 makes words 0 and 1 of them, round 1 words 2 and 3.
        const std::uint64_t upper =
            (first >> 32) | (std::uint64_t{static_cast<std::uint16_t>(purpose)} << 16);
        const std::uint64_t p1 = multiplier_1 * entity;
        const std::uint64_t p0 = multiplier_0 * ((p1 >> 32) ^ upper ^ keys_[0][0]);
        keys_[0][1] ^= streams.replication();
        keys_[1][0] ^= low(p1);
        keys_[1][1] ^= p0 >> 32;
        keys_[2][1] ^= low(p0);
    }

    HWY_INLINE std::array<VBlock, blocks_at_once> at(std::uint64_t index) const {
        const VWord m0 = hn::Set(words, multiplier_0);
        const VWord m1 = hn::Set(words, multiplier_1);
        std::array<VBlock, blocks_at_once> blocks;
        HWY_UNROLL(4)
        for (std::size_t b = 0; b < blocks_at_once; ++b) {
            const VWord number = steps_ + hn::Set(words, index + b * hn::MaxLanes(words));
            const VWord round_0 = times_low(m0, number);
            const VWord round_1 = times_low(m1, hn::Xor(hn::ShiftRight<32>(round_0), key(0, 1)));
            const VWord c0 = hn::Xor(hn::ShiftRight<32>(round_1), key(1, 0));
            const VWord p0 = times_low(m0, c0);
            const VWord p1 = times_low(m1, hn::Xor(round_0, key(1, 1)));
            blocks[b] = {hn::Xor3(hn::ShiftRight<32>(p1), round_1, key(2, 0)), p1,
                         hn::Xor(hn::ShiftRight<32>(p0), key(2, 1)), p0};
        }
        HWY_UNROLL(10)
        for (std::size_t round = 3; round < rounds; ++round) {
            HWY_UNROLL(4)
            for (VBlock& c : blocks) {
                const VWord p0 = times_low(m0, c[0]);
                const VWord p1 = times_low(m1, c[2]);
                c = {hn::Xor3(hn::ShiftRight<32>(p1), c[1], key(round, 0)), p1,
                     hn::Xor3(hn::ShiftRight<32>(p0), c[3], key(round, 1)), p0};
            }
        }
        return blocks;
    }

  private:
    static constexpr std::size_t rounds = 10;
    static constexpr std::uint64_t multiplier_0 = 0xD2511F53U;
    static constexpr std::uint64_t multiplier_1 = 0xCD9E8D57U;
    [[nodiscard]] static std::uint64_t low(std::uint64_t word) { return word & 0xFFFFFFFFU; }
    [[nodiscard]] HWY_INLINE VWord key(std::size_t round, std::size_t which) const {
        return hn::Set(words, keys_[round][which]);
    }
    std::array<std::array<std::uint64_t, 2>, rounds> keys_;  ///< with what is the same for all
    VWord steps_;                                            ///< 0, 1, 2 ...
};

/// probability_of(~word) in each lane: the exponential's 1 − u.
HWY_INLINE VDouble survival_of(VWord word) {
    // 2^20 with the inverted word below its point, less 2^20, plus half of the last digit; exact.
    constexpr std::uint64_t two_20_bits = 0x4130000000000000U;
    const VWord inverted = hn::AndNot(word, hn::Set(words, std::uint64_t{0xFFFFFFFFU}));
    return hn::BitCast(doubles, hn::Or(inverted, hn::Set(words, two_20_bits))) -
           hn::Set(doubles, 0x1p20 - 0x1p-33);
}

/// probability_of(word) in each lane.
HWY_INLINE VDouble probability_of(VWord word) {
    return survival_of(hn::Not(word));
}

#endif

}  // namespace lagsim::models::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
