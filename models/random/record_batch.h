/// Random draws of many consecutive records at once, by SIMD; the same numbers, to the bit, that
/// Distribution::at and unit_gap give one by one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/random/distribution.h"
#include "models/random/philox.h"
#include "models/traffic/rate_curve.h"

namespace lagsim::models {

/// Draws of records `first` .. `first + count - 1` of lane `entity`, each from its own block
/// (Purpose::record). `gaps[i]`: gap before the record, of the lane's first producer [2^-28
/// records]; null if not wanted. `works[i]`: max(1, service.at(word 1)) [ns], and its complement
/// (so negative) where word 2 < `transient_below` or word 3 < `poison_below`, which are at most
/// 2^32 (certain).
void draw_records(const RandomStreams& streams, std::uint32_t entity, std::uint64_t first,
                  std::size_t count, const Distribution& service, std::uint64_t transient_below,
                  std::uint64_t poison_below, UnitCount* gaps, std::int64_t* works);

/// Gaps before records `first` .. `first + count - 1` of `producer` in lane `lane` [2^-28 records]:
/// unit_gap of word 0 of gap_block (models/traffic/arrivals.h).
void draw_gaps(const RandomStreams& streams, std::uint32_t producer, std::uint32_t lane,
               std::uint64_t first, std::size_t count, UnitCount* gaps);

}  // namespace lagsim::models
