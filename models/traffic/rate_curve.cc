#include "models/traffic/rate_curve.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "models/traffic/piece_times.h"

namespace lagsim::models {

namespace {

constexpr UnitCount count_limit = UnitCount{1} << 62;

bool finite_rate(double rate) {
    return rate >= 0.0 && rate <= 1e15;
}

}  // namespace

RateCurve::RateCurve(const std::vector<RateSegment>& segments, double share) {
    LAGSIM_CHECK(share >= 0.0 && share <= 1e9, "a share of the traffic is finite");
    UnitCount count = 0;
    core::Instant expected_begin{};
    for (const RateSegment& segment : segments) {
        LAGSIM_CHECK(segment.begin == expected_begin && segment.begin <= segment.end,
                     "rate segments follow each other from 0 s");
        LAGSIM_CHECK(finite_rate(segment.rate_begin) && finite_rate(segment.rate_end),
                     "rates are finite and not negative");
        expected_begin = segment.end;
        const auto length_ns = static_cast<double>(core::nanoseconds(segment.end - segment.begin));
        const double first = segment.rate_begin * share;
        const double last = segment.rate_end * share;
        const double records = 0.5 * (first + last) * length_ns / 1e9;
        const double room = static_cast<double>(count_limit - count);
        const double units = records * static_cast<double>(one_record) + 0.5;
        const UnitCount grown = units < room ? count + static_cast<UnitCount>(units) : count_limit;
        if (grown == count) {
            continue;
        }
        constexpr double per_ns = static_cast<double>(one_record) / 1e9;
        pieces_.push_back({.count_begin = count,
                           .count_end = grown,
                           .begin_ns = core::nanoseconds(segment.begin),
                           .end_ns = core::nanoseconds(segment.end),
                           .rate_begin = first * per_ns,
                           .slope = (last - first) * per_ns / length_ns,
                           .ns_per_unit = 1e9 / first / static_cast<double>(one_record)});
        count = grown;
    }
}

core::Instant RateCurve::reaches(UnitCount count, std::size_t& hint) const {
    if (hint > 0 && (hint > pieces_.size() || count < pieces_[hint - 1].count_end)) {
        const auto after = std::ranges::upper_bound(pieces_, count, {}, &Piece::count_end);
        hint = static_cast<std::size_t>(after - pieces_.begin());
    }
    while (hint < pieces_.size() && count >= pieces_[hint].count_end) {
        ++hint;
    }
    if (hint == pieces_.size()) {
        return core::never;
    }
    const Piece& piece = pieces_[hint];
    const auto c = static_cast<double>(count - piece.count_begin);
    double ns = c * piece.ns_per_unit;
    if (piece.slope != 0.0 && c > 0.0) {
        // c = rt + st²/2, solved in the form that loses no digits for either sign of s.
        const double square = piece.rate_begin * piece.rate_begin + 2.0 * piece.slope * c;
        ns = 2.0 * c / (piece.rate_begin + std::sqrt(square > 0.0 ? square : 0.0));
    } else if (piece.slope != 0.0) {
        ns = 0.0;  // a ramp from 0: ns_per_unit is infinite
    }
    const auto length_ns = static_cast<double>(piece.end_ns - piece.begin_ns);
    const auto offset = static_cast<std::int64_t>(std::min(ns + 0.5, length_ns));
    return core::at_nanoseconds(
        std::min(piece.begin_ns + std::max<std::int64_t>(offset, 0), piece.end_ns - 1));
}

void RateCurve::reach_each(UnitCount& count, std::span<const UnitCount> gaps, std::size_t& hint,
                           core::Instant& last, std::int64_t* times) const {
    std::size_t i = 0;
    while (i < gaps.size()) {
        count += gaps[i];
        const core::Instant time = reaches(count, hint);
        const bool later = time >= last;
        last = std::max(last, time);
        times[i++] = core::nanoseconds(last);
        if (!later || hint >= pieces_.size()) {
            continue;
        }
        // From here on within a constant piece none is reached before `last`.
        const std::size_t reached =
            reach_in_piece(pieces_[hint], count, gaps.subspan(i), times + i);
        for (const std::size_t end = i + reached; i < end; ++i) {
            count += gaps[i];
        }
        last = core::at_nanoseconds(times[i - 1]);
    }
}

/// Times of the counts after `count` that the piece reaches, how many there are; none if it is no
/// case for `piece_times`.
std::size_t RateCurve::reach_in_piece(const Piece& piece, UnitCount count,
                                      std::span<const UnitCount> gaps, std::int64_t* times) const {
    if (piece.slope != 0.0 || piece.end_ns - piece.begin_ns > longest_piece_ns) {
        return 0;
    }
    std::size_t reached = 0;
    UnitCount in_piece = count - piece.count_begin;
    const UnitCount end = piece.count_end - piece.count_begin;
    while (reached < gaps.size() && (in_piece += gaps[reached]) < end) {
        times[reached++] = in_piece;
    }
    piece_times({.begin_ns = piece.begin_ns,
                 .length_ns = piece.end_ns - piece.begin_ns,
                 .ns_per_unit = piece.ns_per_unit},
                {times, reached});
    return reached;
}

double RateCurve::total() const {
    return pieces_.empty()
               ? 0.0
               : static_cast<double>(pieces_.back().count_end) / static_cast<double>(one_record);
}

}  // namespace lagsim::models
