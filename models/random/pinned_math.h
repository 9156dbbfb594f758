/// Elementary functions with the same bits on every CPU and compiler.
///
/// glibc's log, exp and pow pick another code path where the CPU has FMA, and then differ in the
/// last bit; a simulation that follows them differs from there on. These use only + - * / sqrt and
/// operations on the bits of a double, in a fixed order, and are compiled with -ffp-contract=off.
///
/// Source: log and exp follow fdlibm's e_log.c and e_exp.c (reduction, polynomials, constants):
///   Copyright (C) 1993, 2004 by Sun Microsystems, Inc. All rights reserved. Permission to use,
///   copy, modify, and distribute this software is freely granted, provided that this notice is
///   preserved.
/// The evaluation here is branch-free in the common range, since both run once or twice a record.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

namespace lagsim::models::pinned {

inline constexpr double ln_2_high = 6.93147180369123816490e-01;  ///< trailing 32 bits zero
inline constexpr double ln_2_low = 1.90821492927058770002e-10;   ///< ln 2 - ln_2_high

/// Natural logarithm of a positive, normal, finite number; error < 1 ulp.
/// x = 2ᵏ(1 + f) with √½ < 1 + f < √2, s = f/(2 + f), ln(1 + f) = f − f²/2 + s(f²/2 + R(s²))
[[nodiscard]] constexpr double log_of_normal(double x) {
    constexpr std::uint64_t bits_of_sqrt_half = 0x3FE6A09E00000000U;
    constexpr std::uint64_t mantissa = 0x000FFFFFFFFFFFFFU;
    constexpr std::uint64_t bits_of_one = 0x3FF0000000000000U;
    const std::uint64_t shifted =
        std::bit_cast<std::uint64_t>(x) + (bits_of_one - bits_of_sqrt_half);
    const auto exponent = static_cast<std::int32_t>(shifted >> 52) - 1023;
    const double f = std::bit_cast<double>((shifted & mantissa) + bits_of_sqrt_half) - 1.0;

    const double s = f / (2.0 + f);
    const double z = s * s;
    const double w = z * z;
    const double even = w * (3.999999999940941908e-01 +
                             w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    const double odd = z * (6.666666666666735130e-01 +
                            w * (2.857142874366239149e-01 +
                                 w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    const double half_square = 0.5 * f * f;
    const double k = exponent;
    return s * (half_square + (even + odd)) + k * ln_2_low - half_square + f + k * ln_2_high;
}

/// Natural logarithm; error < 1 ulp. log(0) = -infinity; NaN for negative numbers.
[[nodiscard]] constexpr double log(double x) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (x >= std::numeric_limits<double>::min() && x < infinity) [[likely]] {
        return log_of_normal(x);
    }
    if (x == infinity) {
        return x;
    }
    if (x > 0.0) {  // subnormal
        return log_of_normal(x * 0x1p54) - 54.0 * ln_2_low - 54.0 * ln_2_high;
    }
    return x == 0.0 ? -infinity : std::numeric_limits<double>::quiet_NaN();
}

/// eˣ; error < 1 ulp for normal results. Overflows to infinity above 709.78, to 0 below -745.13.
/// x = k ln 2 + r with |r| <= ln 2 / 2, eʳ = 1 + (rc/(2 − c) + r) with c = r − r² P(r²)
[[nodiscard]] constexpr double exp(double x) {
    constexpr double inverse_ln_2 = 1.44269504088896338700e+00;
    constexpr double to_integer = 0x1.8p52;  // adding it leaves no bits behind the point
    if (!(x < 709.782712893384)) {
        return x != x ? x : std::numeric_limits<double>::infinity();
    }
    if (x < -745.13321910194122) {
        return 0.0;
    }
    const double k = (x * inverse_ln_2 + to_integer) - to_integer;
    const double high = x - k * ln_2_high;
    const double low = k * ln_2_low;
    const double r = high - low;
    const double z = r * r;
    const double c =
        r - z * (1.66666666666666019037e-01 +
                 z * (-2.77777777770155933842e-03 +
                      z * (6.61375632143793436117e-05 +
                           z * (-1.65339022054652515390e-06 + z * 4.13813679705723846039e-08))));
    const double mantissa = 1.0 + ((r * c / (2.0 - c) - low) + high);
    // 2ᵏ in two factors: neither overflows where the result does not, and the result rounds once.
    const auto exponent = static_cast<std::int64_t>(k);
    const std::int64_t half = exponent >> 1;
    const auto power = [](std::int64_t e) {
        return std::bit_cast<double>(static_cast<std::uint64_t>(e + 1023) << 52);
    };
    return mantissa * power(half) * power(exponent - half);
}

/// baseᵉ for a positive base, as exp(e ln base): relative error about |e ln base| * 2^-52.
[[nodiscard]] constexpr double pow(double base, double exponent) {
    return exp(exponent * log(base));
}

/// ln Γ(x) for x > 0; absolute error < 1e-14 * max(1, |ln Γ(x)|).
[[nodiscard]] double lgamma(double x);

/// Quantile of the standard normal distribution, 0 < p < 1; relative error about 1e-15.
/// Source: Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988).
[[nodiscard]] double normal_quantile(double p);

/// Regularised incomplete gamma functions with parameter `shape` at `x`, as logarithms, since
/// tails matter: ln P (lower) and ln Q (upper), P + Q = 1. Absolute error < 1e-10 for
/// shape <= 1e5; the work grows with √shape.
struct IncompleteGamma {
    double log_lower = 0.0;
    double log_upper = 0.0;
    double log_density = 0.0;  ///< ln of the density with respect to ln x: shape·ln x − x − ln Γ
};
[[nodiscard]] IncompleteGamma incomplete_gamma(double shape, double log_x, double lgamma_shape);

}  // namespace lagsim::models::pinned
