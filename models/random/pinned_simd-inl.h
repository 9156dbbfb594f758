/// The functions of pinned_math.h on vectors: the same operations in the same order in each lane,
/// so the same bits. Included once for each instruction set, hence no #pragma once.
///
/// Highway's MulAdd must not be used: it fuses where the CPU can.
#if defined(LAGSIM_PINNED_SIMD_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef LAGSIM_PINNED_SIMD_INL
#undef LAGSIM_PINNED_SIMD_INL
#else
#define LAGSIM_PINNED_SIMD_INL
#endif

#include <cstdint>

#include <hwy/highway.h>

#include "models/random/pinned_math.h"
#include "models/random/sse2_vectors.h"

// Highway's fallback targets have one lane, or emulate: SSE2 has vectors of ours, elsewhere the
// plain code runs.
#undef LAGSIM_HAS_VECTORS
#undef LAGSIM_VECTORS
#if HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
#define LAGSIM_HAS_VECTORS 1
#define LAGSIM_VECTORS hwy::HWY_NAMESPACE
#elif defined(__SSE2__)
#define LAGSIM_HAS_VECTORS 1
#define LAGSIM_VECTORS lagsim::models::sse2
#else
#define LAGSIM_HAS_VECTORS 0
#endif

HWY_BEFORE_NAMESPACE();
namespace lagsim::models::HWY_NAMESPACE {

#if LAGSIM_HAS_VECTORS

namespace hn = LAGSIM_VECTORS;

using Doubles = hn::ScalableTag<double>;
using Words = hn::ScalableTag<std::uint64_t>;
using Integers = hn::ScalableTag<std::int64_t>;
using VDouble = hn::Vec<Doubles>;
using VWord = hn::Vec<Words>;
using VInteger = hn::Vec<Integers>;

inline constexpr Doubles doubles{};
inline constexpr Words words{};
inline constexpr Integers integers{};

/// 2^52 as bits: with an integer below 2^52 in its mantissa it is 2^52 plus that integer.
inline constexpr std::uint64_t two_52_bits = 0x4330000000000000U;

/// static_cast<double> of integers below 2^52; exact.
HWY_INLINE VDouble double_of_small(VWord value) {
    return hn::BitCast(doubles, hn::Or(value, hn::Set(words, two_52_bits))) -
           hn::Set(doubles, 0x1p52);
}

/// static_cast<double> of integers in [0, 2^63), rounded as the CPU's own conversion does.
HWY_INLINE VDouble double_of(VWord value) {
#if HWY_TARGET <= HWY_AVX3
    return hn::ConvertTo(doubles, hn::BitCast(integers, value));
#else
    // Both halves exactly, the upper one from a mantissa that begins at 2^84; one rounding.
    constexpr std::uint64_t two_84_bits = 0x4530000000000000U;
    const VWord upper = hn::Or(hn::ShiftRight<32>(value), hn::Set(words, two_84_bits));
    const VWord lower = hn::And(value, hn::Set(words, std::uint64_t{0xFFFFFFFFU}));
    return (hn::BitCast(doubles, upper) - hn::Set(doubles, 0x1p84 + 0x1p52)) +
           hn::BitCast(doubles, hn::Or(lower, hn::Set(words, two_52_bits)));
#endif
}

/// static_cast<std::int64_t> of doubles in [0, 2^52).
HWY_INLINE VInteger truncated(VDouble value) {
#if HWY_TARGET <= HWY_AVX3
    return hn::ConvertTo(integers, value);
#else
    const VDouble shift = hn::Set(doubles, 0x1p52);
    const VInteger two_52 = hn::Set(integers, static_cast<std::int64_t>(two_52_bits));
#if HWY_TARGET <= HWY_SSE4
    return hn::BitCast(integers, hn::Floor(value) + shift) - two_52;
#else
    // Without a rounding instruction: to the nearest integer, less one (a mask is -1) if above.
    const VDouble nearest = value + shift;
    const VDouble above = hn::VecFromMask(doubles, hn::Gt(nearest - shift, value));
    return (hn::BitCast(integers, nearest) - two_52) + hn::BitCast(integers, above);
#endif
#endif
}

/// pinned::log_of_normal in each lane.
HWY_INLINE VDouble log_of_normal(VDouble x) {
    constexpr std::uint64_t bits_of_sqrt_half = 0x3FE6A09E00000000U;
    constexpr std::uint64_t mantissa = 0x000FFFFFFFFFFFFFU;
    constexpr std::uint64_t bits_of_one = 0x3FF0000000000000U;
    const auto number = [](double value) HWY_ATTR { return hn::Set(doubles, value); };
    const VWord shifted = hn::BitCast(words, x) + hn::Set(words, bits_of_one - bits_of_sqrt_half);
    const VWord fraction = hn::And(shifted, hn::Set(words, mantissa));
    const VDouble f =
        hn::BitCast(doubles, fraction + hn::Set(words, bits_of_sqrt_half)) - number(1.0);

    const VDouble s = f / (number(2.0) + f);
    const VDouble z = s * s;
    const VDouble w = z * z;
    const VDouble even =
        w * (number(3.999999999940941908e-01) +
             w * (number(2.222219843214978396e-01) + w * number(1.531383769920937332e-01)));
    const VDouble odd =
        z * (number(6.666666666666735130e-01) +
             w * (number(2.857142874366239149e-01) +
                  w * (number(1.818357216161805012e-01) + w * number(1.479819860511658591e-01))));
    const VDouble half_square = number(0.5) * f * f;
    const VWord biased = hn::Or(hn::ShiftRight<52>(shifted), hn::Set(words, two_52_bits));
    const VDouble k = hn::BitCast(doubles, biased) - number(0x1p52 + 1023.0);
    return s * (half_square + (even + odd)) + k * number(pinned::ln_2_low) - half_square + f +
           k * number(pinned::ln_2_high);
}

/// pinned::exp in each lane, for |x| <= 700: neither overflow nor subnormal results, and so one
/// factor 2ᵏ where the plain code needs two.
HWY_INLINE VDouble exp_of_moderate(VDouble x) {
    constexpr double inverse_ln_2 = 1.44269504088896338700e+00;
    constexpr double to_integer = 0x1.8p52;
    const auto number = [](double value) HWY_ATTR { return hn::Set(doubles, value); };
    const VDouble shifted = x * number(inverse_ln_2) + number(to_integer);
    const VDouble k = shifted - number(to_integer);
    const VDouble high = x - k * number(pinned::ln_2_high);
    const VDouble low = k * number(pinned::ln_2_low);
    const VDouble r = high - low;
    const VDouble z = r * r;
    const VDouble c = r - z * (number(1.66666666666666019037e-01) +
                               z * (number(-2.77777777770155933842e-03) +
                                    z * (number(6.61375632143793436117e-05) +
                                         z * (number(-1.65339022054652515390e-06) +
                                              z * number(4.13813679705723846039e-08)))));
    const VDouble mantissa = number(1.0) + ((r * c / (number(2.0) - c) - low) + high);
    // k stands in the last bits of `shifted`; those above it leave at the top.
    const VWord power =
        hn::ShiftLeft<52>(hn::BitCast(words, shifted) + hn::Set(words, std::uint64_t{1023}));
    return mantissa * hn::BitCast(doubles, power);
}

#endif

}  // namespace lagsim::models::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
