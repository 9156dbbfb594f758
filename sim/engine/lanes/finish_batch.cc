#include "sim/engine/lanes/finish_batch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/engine/lanes/finish_batch.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/random/pinned_simd-inl.h"
#include "sim/engine/finish_hash.h"

HWY_BEFORE_NAMESPACE();
namespace lagsim::sim::HWY_NAMESPACE {

#if LAGSIM_HAS_VECTORS

namespace hn = LAGSIM_VECTORS;
using models::HWY_NAMESPACE::integers;
using models::HWY_NAMESPACE::VWord;
using models::HWY_NAMESPACE::words;

/// Product of each lane with finish_hash_mix, modulo 2^64.
HWY_INLINE VWord mixed(VWord z) {
#if HWY_TARGET <= HWY_AVX3
    return z * hn::Set(words, finish_hash_mix);
#else
    const hn::Repartition<std::uint32_t, decltype(words)> halves;
    const auto low = hn::BitCast(halves, hn::Set(words, finish_hash_mix));
    const auto high = hn::BitCast(halves, hn::Set(words, finish_hash_mix >> 32));
    const auto z_low = hn::BitCast(halves, z);
    const auto z_high = hn::BitCast(halves, hn::ShiftRight<32>(z));
    const VWord cross = hn::MulEven(z_high, low) + hn::MulEven(z_low, high);
    return hn::MulEven(z_low, low) + hn::ShiftLeft<32>(cross);
#endif
}

#endif

std::uint64_t sum_of_hashes(std::uint32_t entity, std::int64_t first_record,
                            const std::int64_t* finish, std::size_t count) {
    std::uint64_t sum = 0;
    std::size_t i = 0;
#if LAGSIM_HAS_VECTORS
    constexpr std::size_t lanes = hn::MaxLanes(words);
    const VWord lane = hn::Set(words, std::uint64_t{entity} << 40);
    const VWord step = hn::Set(words, finish_hash_record * lanes);
    HWY_ALIGN std::uint64_t numbers[lanes];
    for (std::size_t k = 0; k < lanes; ++k) {
        numbers[k] = (static_cast<std::uint64_t>(first_record) + k) * finish_hash_record;
    }
    VWord record = hn::Load(words, numbers);
    VWord sums = hn::Zero(words);
    for (; i + lanes <= count; i += lanes) {
        VWord z = hn::BitCast(words, hn::LoadU(integers, finish + i));
        z = hn::Xor3(z, record, lane);
        z = mixed(hn::Xor(z, hn::ShiftRight<32>(z)));
        sums = sums + hn::Xor(z, hn::ShiftRight<29>(z));
        record = record + step;
    }
    hn::Store(sums, words, numbers);
    for (const std::uint64_t part : numbers) {
        sum += part;
    }
#endif
    for (; i < count; ++i) {
        sum += hash_finish(entity, core::Offset{first_record + static_cast<std::int64_t>(i)},
                           core::at_nanoseconds(finish[i]));
    }
    return sum;
}

}  // namespace lagsim::sim::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lagsim::sim {

HWY_EXPORT(sum_of_hashes);

std::uint64_t hash_finishes(std::uint32_t entity, std::int64_t first_record,
                            const std::int64_t* finish, std::size_t count) {
    return HWY_DYNAMIC_DISPATCH(sum_of_hashes)(entity, first_record, finish, count);
}

}  // namespace lagsim::sim
#endif
