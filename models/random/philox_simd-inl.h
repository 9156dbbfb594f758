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

#if HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128

/// The words of one block a lane, in the low halves; what the high halves hold is undefined.
using VBlock = std::array<VWord, 4>;

/// Vectors of blocks worked on at once: a round waits for its multiplication, so that one alone
/// would leave the CPU idle; as many as there are registers for.
inline constexpr std::size_t blocks_at_once = HWY_TARGET <= HWY_AVX3 ? 4 : 2;

/// Product of the low halves.
HWY_INLINE VWord times_low(VWord a, VWord b) {
    const hn::Repartition<std::uint32_t, Words> halves;
    return hn::MulEven(hn::BitCast(halves, a), hn::BitCast(halves, b));
}

/// Blocks of `index`, `index` + 1, ... of one entity and purpose: vector after vector.
class PhiloxVectors {
  public:
    PhiloxVectors(const RandomStreams& streams, std::uint32_t entity, Purpose purpose)
        : purpose_(std::uint64_t{static_cast<std::uint16_t>(purpose)} << 16),
          entity_(entity),
          replication_(streams.replication()),
          steps_(hn::Iota(words, 0)) {
        std::uint32_t k0 = static_cast<std::uint32_t>(streams.seed());
        std::uint32_t k1 = static_cast<std::uint32_t>(streams.seed() >> 32);
        for (std::size_t round = 0; round < rounds; ++round) {
            keys_[round] = {k0, k1};
            k0 += 0x9E3779B9U;
            k1 += 0xBB67AE85U;
        }
    }

    /// The blocks from `index` on; `index` has none that is not below 2^48.
    HWY_INLINE std::array<VBlock, blocks_at_once> at(std::uint64_t index) const {
        const VWord m0 = hn::Set(words, std::uint64_t{0xD2511F53U});
        const VWord m1 = hn::Set(words, std::uint64_t{0xCD9E8D57U});
        std::array<VBlock, blocks_at_once> blocks;
        for (std::size_t b = 0; b < blocks_at_once; ++b) {
            const VWord number = steps_ + hn::Set(words, index + b * hn::MaxLanes(words));
            blocks[b] = {number, hn::Or(hn::ShiftRight<32>(number), hn::Set(words, purpose_)),
                         hn::Set(words, entity_), hn::Set(words, replication_)};
        }
        HWY_UNROLL(10)
        for (std::size_t round = 0; round < rounds; ++round) {
            const VWord k0 = hn::Set(words, keys_[round][0]);
            const VWord k1 = hn::Set(words, keys_[round][1]);
            HWY_UNROLL(4)
            for (VBlock& c : blocks) {
                const VWord p0 = times_low(m0, c[0]);
                const VWord p1 = times_low(m1, c[2]);
                c = {hn::Xor3(hn::ShiftRight<32>(p1), c[1], k0), p1,
                     hn::Xor3(hn::ShiftRight<32>(p0), c[3], k1), p0};
            }
        }
        return blocks;
    }

  private:
    static constexpr std::size_t rounds = 10;
    std::array<std::array<std::uint64_t, 2>, rounds> keys_;
    std::uint64_t purpose_;  ///< where it stands in the counter's word 1
    std::uint64_t entity_;
    std::uint64_t replication_;
    VWord steps_;  ///< 0, 1, 2 ...
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
