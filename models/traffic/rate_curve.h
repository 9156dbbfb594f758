/// A rate over time, and the inverse of its integral: unit-rate points in, instants out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/time.h"

namespace lagsim::models {

/// Linear from `rate_begin` to `rate_end` on [begin, end). [records/s]
struct RateSegment {
    core::Instant begin;
    core::Instant end;
    double rate_begin = 0.0;
    double rate_end = 0.0;
    friend bool operator==(const RateSegment&, const RateSegment&) = default;
};

/// Expected number of records in fixed point: 2^-28 of a record. Sums of it are exact in any order,
/// which is what lets a vectorised engine add gaps in blocks and still get the same instants.
/// Room for 2^34 records a curve; what a larger integral has beyond that is never reached.
using UnitCount = std::int64_t;
inline constexpr int unit_count_bits = 28;
inline constexpr UnitCount one_record = UnitCount{1} << unit_count_bits;

class RateCurve {
  public:
    RateCurve() = default;
    /// Segments contiguous, in order, from 0 s, rates >= 0 and finite; scaled by `share` (a
    /// partition's part).
    explicit RateCurve(const std::vector<RateSegment>& segments, double share = 1.0);

    /// The instant from which on the integrated rate N(t) exceeds `count`: inf{t : N(t) > count},
    /// to the nearest nanosecond before the piece's end; core::never if it never does. So count 0
    /// is exceeded when the rate first leaves zero, and the curve's total never.
    /// Amortised O(1) for non-decreasing arguments through `hint` (start with 0). Non-decreasing in
    /// `count`, up to 1 ns of rounding on rising ramps.
    [[nodiscard]] core::Instant reaches(UnitCount count, std::size_t& hint) const;

    /// What `reaches` gives for count + gaps[0], count + gaps[0] + gaps[1], ... in turn, never
    /// before `last`: times[i] [ns], one a gap (gaps are not negative). `count`, `hint` and `last`
    /// are then those of the last one. Fast where the rate is constant for many records.
    void reach_each(UnitCount& count, std::span<const UnitCount> gaps, std::size_t& hint,
                    core::Instant& last, std::int64_t* times) const;

    /// Integrated rate over the whole curve [records].
    [[nodiscard]] double total() const;

  private:
    struct Piece {
        UnitCount count_begin;
        UnitCount count_end;
        std::int64_t begin_ns;
        std::int64_t end_ns;
        double rate_begin;   ///< counts/ns
        double slope;        ///< counts/ns^2
        double ns_per_unit;  ///< for a constant piece
    };
    [[nodiscard]] std::size_t reach_in_piece(const Piece& piece, UnitCount count,
                                             std::span<const UnitCount> gaps,
                                             std::int64_t* times) const;

    /// Only pieces on which the count grows; count_end of one is count_begin of the next.
    std::vector<Piece> pieces_;
};

}  // namespace lagsim::models
