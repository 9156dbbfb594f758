/// Quantiles of a positive distribution by table: ln x as piecewise cubics of the tail probability.
///
/// A 32-bit word w stands for the probability (w + 0.5) / 2^32. From the nearer end that is
/// n / 2^33 with n odd, n < 2^32. Both tails are cut like a floating-point number: one octave of n
/// for each power of two, 64 equal pieces an octave. On each piece ln x is the cubic Hermite
/// interpolant of exact values and slopes, so quantiles keep their relative error out to the last
/// word, where a table with equal steps would lose all digits.
///
/// Error of the interpolant: h⁴/384 · max |d⁴ ln x / dp⁴|, about 1e-9/a for a tail like pᵃ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace lagsim::models {

/// Layout of a table: coefficients of one piece beside each other, pieces of an octave, octaves of
/// a tail, the lower tail before the upper one.
namespace quantile_layout {
inline constexpr int piece_bits = 6;
inline constexpr std::size_t pieces = std::size_t{1} << piece_bits;
inline constexpr std::size_t octaves = 32;
inline constexpr std::size_t coefficients = 4;
}  // namespace quantile_layout

enum class Tail : std::uint8_t { lower, upper };

/// ln x at probability p of a tail, and d ln x / d ln p there.
struct LogQuantile {
    double log_x = 0.0;
    double slope = 0.0;
};

/// Asked for the lower tail first, then for the upper one, each with p falling from 1/2 to 2^-33.
using LogQuantileFunction = std::function<LogQuantile(Tail tail, double p)>;

/// Coefficients [tail, octave, piece, power]; 128 KiB, of which a run touches a few.
[[nodiscard]] std::vector<double> tabulate(const LogQuantileFunction& quantile);

/// ln x of the tabulated distribution at probability (word + 0.5) / 2^32.
[[nodiscard]] double log_quantile(const std::vector<double>& table, std::uint32_t word);

}  // namespace lagsim::models
