/// The arithmetic of RateCurve::reaches on one piece of constant rate, for many counts by SIMD.
#pragma once

#include <cstdint>
#include <span>

namespace lagsim::models {

struct ConstantPiece {
    std::int64_t begin_ns;
    std::int64_t length_ns;  ///< at most longest_piece_ns
    double ns_per_unit;
};

/// 52 days: up to here a double holds every nanosecond and its half.
inline constexpr std::int64_t longest_piece_ns = std::int64_t{1} << 52;

/// Replaces each count since the piece's begin (not negative) by the instant that reaches it [ns].
void piece_times(const ConstantPiece& piece, std::span<std::int64_t> counts);

}  // namespace lagsim::models
