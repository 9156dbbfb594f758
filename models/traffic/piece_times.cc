#include "models/traffic/piece_times.h"

#include <algorithm>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/traffic/piece_times.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/random/pinned_simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lagsim::models::HWY_NAMESPACE {

// The last instant of a piece is one before its end; min(., length - 1) after truncation is the
// same as before it, since both are whole numbers.

std::int64_t plain_time(const ConstantPiece& piece, std::int64_t count) {
    const double ns = static_cast<double>(count) * piece.ns_per_unit + 0.5;
    return piece.begin_ns +
           static_cast<std::int64_t>(std::min(ns, static_cast<double>(piece.length_ns - 1)));
}

void replace_by_times(const ConstantPiece& piece, std::span<std::int64_t> counts) {
    std::size_t i = 0;
#if LAGSIM_HAS_VECTORS
    constexpr std::size_t lanes = hn::MaxLanes(words);
    const VDouble ns_per_unit = hn::Set(doubles, piece.ns_per_unit);
    const VDouble most = hn::Set(doubles, static_cast<double>(piece.length_ns - 1));
    const VInteger begin = hn::Set(integers, piece.begin_ns);
    for (; i + lanes <= counts.size(); i += lanes) {
        const VInteger count = hn::LoadU(integers, &counts[i]);
        const VDouble ns =
            double_of(hn::BitCast(words, count)) * ns_per_unit + hn::Set(doubles, 0.5);
        hn::StoreU(begin + truncated(hn::Min(ns, most)), integers, &counts[i]);
    }
#endif
    for (; i < counts.size(); ++i) {
        counts[i] = plain_time(piece, counts[i]);
    }
}

}  // namespace lagsim::models::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lagsim::models {

HWY_EXPORT(replace_by_times);

void piece_times(const ConstantPiece& piece, std::span<std::int64_t> counts) {
    HWY_DYNAMIC_DISPATCH(replace_by_times)(piece, counts);
}

}  // namespace lagsim::models
#endif
