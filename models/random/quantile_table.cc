#include "models/random/quantile_table.h"

#include <bit>

namespace lagsim::models {

namespace {

using quantile_layout::coefficients;
using quantile_layout::octaves;
using quantile_layout::piece_bits;
using quantile_layout::pieces;

std::size_t index_of(Tail tail, std::size_t octave, std::size_t piece) {
    return coefficients * (((tail == Tail::upper ? octaves : 0) + octave) * pieces + piece);
}

/// 2^(octave − 33) (1 + piece / pieces)
double left_end(std::size_t octave, std::size_t piece) {
    return std::bit_cast<double>((std::uint64_t{1023 - 33} + octave) << 52 |
                                 std::uint64_t{piece} << (52 - piece_bits));
}

void fill_tail(std::vector<double>& table, Tail tail, const LogQuantileFunction& quantile) {
    LogQuantile right = quantile(tail, 0.5);
    for (std::size_t octave = octaves; octave-- > 0;) {
        for (std::size_t piece = pieces; piece-- > 0;) {
            const LogQuantile left = quantile(tail, left_end(octave, piece));
            // With t from 0 to 1 on the piece: dy/dt = dy/d ln p · width / p, and
            // p / width = pieces + piece at its left end, one more at its right end.
            const double slope_left = left.slope / static_cast<double>(pieces + piece);
            const double slope_right = right.slope / static_cast<double>(pieces + piece + 1);
            const double rise = right.log_x - left.log_x;
            double* c = &table[index_of(tail, octave, piece)];
            c[0] = left.log_x;
            c[1] = slope_left;
            c[2] = 3.0 * rise - 2.0 * slope_left - slope_right;
            c[3] = slope_left + slope_right - 2.0 * rise;
            right = left;
        }
    }
}

}  // namespace

std::vector<double> tabulate(const LogQuantileFunction& quantile) {
    std::vector<double> table(coefficients * 2 * octaves * pieces);
    fill_tail(table, Tail::lower, quantile);
    fill_tail(table, Tail::upper, quantile);
    return table;
}

double log_quantile(const std::vector<double>& table, std::uint32_t word) {
    const bool upper = (word >> 31) != 0;
    const std::uint32_t n = 2 * (upper ? ~word : word) + 1;
    const auto octave = static_cast<std::uint32_t>(std::bit_width(n)) - 1;
    // Shift the leading one out: first comes the piece, then the place within it.
    const std::uint32_t fraction = n << (31 - octave) << 1;
    const std::uint32_t piece = fraction >> (32 - piece_bits);
    const double t = static_cast<double>(fraction << piece_bits) * 0x1p-32;
    const double* c = &table[index_of(upper ? Tail::upper : Tail::lower, octave, piece)];
    return c[0] + t * (c[1] + t * (c[2] + t * c[3]));
}

}  // namespace lagsim::models
