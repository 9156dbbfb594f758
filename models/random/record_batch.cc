#include "models/random/record_batch.h"

#include <algorithm>
#include <array>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/random/record_batch.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/random/philox_simd-inl.h"
#include "models/random/pinned_simd-inl.h"
#include "models/random/quantile_table.h"
#include "models/traffic/arrivals.h"

#ifndef LAGSIM_RECORD_BATCH_ONCE
#define LAGSIM_RECORD_BATCH_ONCE
namespace lagsim::models {

/// One call: from which counter on, and what to do with the words.
struct RecordBatch {
    const RandomStreams& streams;
    std::uint32_t entity;
    Purpose purpose;
    std::uint64_t first;
    std::size_t count;
    std::uint64_t transient_below = 0;
    std::uint64_t poison_below = 0;
    UnitCount* gaps;
    std::int64_t* works = nullptr;
};

}  // namespace lagsim::models
#endif

HWY_BEFORE_NAMESPACE();
namespace lagsim::models::HWY_NAMESPACE {

// The definition of the results, and what runs where Highway has no instruction set to offer.

void plain_records(const RecordBatch& batch, const Distribution& service) {
    for (std::size_t i = 0; i < batch.count; ++i) {
        const Block block = batch.streams.block(batch.first + i, batch.entity, batch.purpose);
        if (batch.gaps != nullptr) {
            batch.gaps[i] = unit_gap(block[0]);
        }
        const std::int64_t work = std::max<std::int64_t>(1, service.at(block[1]).count());
        const bool fails = block[2] < batch.transient_below || block[3] < batch.poison_below;
        batch.works[i] = fails ? ~work : work;
    }
}

#if !LAGSIM_HAS_VECTORS

void fill_gaps(const RecordBatch& batch) {
    for (std::size_t i = 0; i < batch.count; ++i) {
        batch.gaps[i] =
            unit_gap(batch.streams.block(batch.first + i, batch.entity, batch.purpose)[0]);
    }
}

void fill_records(const RecordBatch& batch, const Distribution& service) {
    plain_records(batch, service);
}

#else

constexpr std::size_t lanes_at_once = blocks_at_once * hn::MaxLanes(words);

/// unit_gap in each lane.
HWY_INLINE VInteger unit_gap_of(VWord word) {
    const VDouble gap =
        log_of_normal(survival_of(word)) * hn::Set(doubles, -static_cast<double>(one_record));
    return truncated(gap + hn::Set(doubles, 0.5));
}

// The kinds of Distribution::at: the time [ns] before rounding, below 2^51.

struct ConstantTime {
    VDouble ns;
    explicit ConstantTime(const Distribution::Terms& terms) : ns(hn::Set(doubles, terms.mean_ns)) {}
    HWY_INLINE VDouble at(VWord) const { return ns; }
};

struct ExponentialTime {
    VDouble negative_mean;
    explicit ExponentialTime(const Distribution::Terms& terms)
        : negative_mean(hn::Set(doubles, -terms.mean_ns)) {}
    HWY_INLINE VDouble at(VWord word) const {
        return negative_mean * log_of_normal(survival_of(word));
    }
};

struct UniformTime {
    VDouble location;
    VDouble scale;
    explicit UniformTime(const Distribution::Terms& terms)
        : location(hn::Set(doubles, terms.location)), scale(hn::Set(doubles, terms.scale)) {}
    HWY_INLINE VDouble at(VWord word) const {
        return hn::Max(location + scale * probability_of(word), hn::Zero(doubles));
    }
};

/// Even and odd lanes hold two coefficients each: [block of 128 bits] = rows `rows[0]`, `rows[2]`
/// ...
#if HWY_TARGET > HWY_AVX2
HWY_INLINE VDouble every_other_row(Doubles tag, const double* const* rows) {
    return hn::LoadU(tag, *rows);
}
#else
template <class Tag>
HWY_INLINE hn::Vec<Tag> every_other_row(Tag tag, const double* const* rows) {
    if constexpr (hn::MaxLanes(Tag()) == 2) {
        return hn::LoadU(tag, *rows);
    } else {
        const hn::Half<Tag> half;
        return hn::Combine(tag, every_other_row(half, rows + hn::MaxLanes(half)),
                           every_other_row(half, rows));
    }
}
#endif

struct TabulatedTime {
    const double* table;
    explicit TabulatedTime(const Distribution::Terms& terms) : table(terms.table.data()) {}

    HWY_INLINE VDouble at(VWord word) const {
        using namespace quantile_layout;
        constexpr int place_bits = 52 - piece_bits;
        // As in log_quantile: n = 2 (words from the nearer end) + 1, cut like a double, which n is
        // made into: exponent and first bits of the mantissa number the piece, the rest is the
        // place within it.
        const VWord word_bits = hn::Set(words, std::uint64_t{0xFFFFFFFFU});
        const VWord upper = hn::And(hn::ShiftRight<31>(word), hn::Set(words, std::uint64_t{1}));
        const VWord inverse = hn::Set(words, std::uint64_t{0}) - upper;
        const VWord nearer = hn::And(hn::Xor(word, inverse), word_bits);
        const VWord n = hn::Or(nearer + nearer, hn::Set(words, std::uint64_t{1}));
        const VWord bits = hn::BitCast(words, double_of_small(n));
        constexpr std::uint64_t first_piece = std::uint64_t{1023} << piece_bits;
        const VWord piece = hn::ShiftRight<place_bits>(bits) +
                            hn::And(inverse, hn::Set(words, std::uint64_t{octaves * pieces})) -
                            hn::Set(words, first_piece);
        const VWord place = hn::And(bits, hn::Set(words, (std::uint64_t{1} << place_bits) - 1));
        const VDouble t =
            hn::BitCast(doubles, hn::Or(hn::ShiftLeft<piece_bits>(place),
                                        hn::Set(words, std::uint64_t{0x3FF0000000000000U}))) -
            hn::Set(doubles, 1.0);
        // Times below e^-1 ns all count as 1 ns, so the exponential need not go further down.
        const VDouble log_ns = cubic(piece, t);
        return exp_of_moderate(hn::Max(log_ns, hn::Set(doubles, -1.0)));
    }

    /// c₀ + t (c₁ + t (c₂ + t c₃)) with the coefficients of `piece`, which stand beside each other:
    /// loads of two and shuffles are no slower than gathers (measured), and do without AVX2.
    HWY_INLINE VDouble cubic(VWord piece, VDouble t) const {
        using quantile_layout::coefficients;
        constexpr std::size_t lanes = hn::MaxLanes(words);
        HWY_ALIGN std::uint64_t offsets[lanes];
        hn::Store(hn::ShiftLeft<2>(piece), words, offsets);
        static_assert(coefficients == 4);
        const double* low[lanes];
        const double* high[lanes];
        for (std::size_t i = 0; i < lanes; ++i) {
            low[i] = table + offsets[i];
            high[i] = low[i] + 2;
        }
        const VDouble even_01 = every_other_row(doubles, low);
        const VDouble odd_01 = every_other_row(doubles, low + 1);
        const VDouble even_23 = every_other_row(doubles, high);
        const VDouble odd_23 = every_other_row(doubles, high + 1);
        const VDouble c0 = hn::InterleaveLower(doubles, even_01, odd_01);
        const VDouble c1 = hn::InterleaveUpper(doubles, even_01, odd_01);
        const VDouble c2 = hn::InterleaveLower(doubles, even_23, odd_23);
        const VDouble c3 = hn::InterleaveUpper(doubles, even_23, odd_23);
        return c0 + t * (c1 + t * (c2 + t * c3));
    }
};

// Two passes, since all of it does not fit into AVX2's registers: random words into the columns,
// then what they mean in their place.

/// Its upper half is all ones where the record fails: that of word − bound.
HWY_INLINE VWord failing(const VBlock& block, VWord transient_below, VWord poison_below) {
    const VWord word_bits = hn::Set(words, std::uint64_t{0xFFFFFFFFU});
    const VWord transient = hn::And(block[2], word_bits) - transient_below;
    const VWord poison = hn::And(block[3], word_bits) - poison_below;
    return hn::Or(transient, poison);
}

/// Words 0 into `gaps`, words 1 into `works` below an upper half that says which fail.
template <bool gaps_wanted, bool works_wanted>
class WordKernel {
  public:
    explicit WordKernel(const RecordBatch& batch)
        : philox_(batch.streams, batch.entity, batch.purpose, batch.first),
          transient_below_(hn::Set(words, batch.transient_below)),
          poison_below_(hn::Set(words, batch.poison_below)) {}

    HWY_INLINE void operator()(std::uint64_t index, UnitCount* gaps, std::int64_t* works) const {
        const auto blocks = philox_.at(index);
        const VWord word_bits = hn::Set(words, std::uint64_t{0xFFFFFFFFU});
        for (std::size_t b = 0; b < blocks_at_once; ++b) {
            const std::size_t place = b * hn::MaxLanes(words);
            if constexpr (gaps_wanted) {
                hn::StoreU(hn::BitCast(integers, blocks[b][0]), integers, gaps + place);
            }
            if constexpr (works_wanted) {
                const VWord fails = failing(blocks[b], transient_below_, poison_below_);
                const VWord word =
                    hn::Or(hn::And(blocks[b][1], word_bits), hn::AndNot(word_bits, fails));
                hn::StoreU(hn::BitCast(integers, word), integers, works + place);
            }
        }
    }

  private:
    PhiloxVectors philox_;
    VWord transient_below_;
    VWord poison_below_;
};

/// Vectors as long as they fit, then one into a buffer, of which the beginning counts.
template <bool gaps_wanted, bool works_wanted>
HWY_INLINE void draw_words(const RecordBatch& batch) {
    const WordKernel<gaps_wanted, works_wanted> kernel(batch);
    const auto place = [](std::int64_t* begin, std::size_t i) {
        return begin == nullptr ? begin : begin + i;
    };
    std::size_t i = 0;
    for (; i + lanes_at_once <= batch.count; i += lanes_at_once) {
        kernel(batch.first + i, place(batch.gaps, i), place(batch.works, i));
    }
    if (i == batch.count) {
        return;
    }
    std::array<UnitCount, lanes_at_once> gaps;
    std::array<std::int64_t, lanes_at_once> works;
    kernel(batch.first + i, gaps.data(), works.data());
    const std::size_t bytes = (batch.count - i) * sizeof(std::int64_t);
    if constexpr (gaps_wanted) {
        std::memcpy(batch.gaps + i, gaps.data(), bytes);
    }
    if constexpr (works_wanted) {
        std::memcpy(batch.works + i, works.data(), bytes);
    }
}

/// values[i] = meaning(values[i])
template <class Meaning>
HWY_INLINE void replace(std::int64_t* values, std::size_t count, const Meaning& meaning) {
    constexpr std::size_t lanes = hn::MaxLanes(words);
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        const VWord word = hn::BitCast(words, hn::LoadU(integers, values + i));
        hn::StoreU(meaning(word), integers, values + i);
    }
    if (i < count) {
        HWY_ALIGN std::array<std::int64_t, lanes> rest{};
        std::memcpy(rest.data(), values + i, (count - i) * sizeof(std::int64_t));
        const VWord word = hn::BitCast(words, hn::LoadU(integers, rest.data()));
        hn::StoreU(meaning(word), integers, rest.data());
        std::memcpy(values + i, rest.data(), (count - i) * sizeof(std::int64_t));
    }
}

struct GapMeaning {
    HWY_INLINE VInteger operator()(VWord word) const { return unit_gap_of(word); }
};

template <class Time>
struct WorkMeaning {
    Time time;
    HWY_INLINE VInteger operator()(VWord word) const {
        const VDouble ns = time.at(word) + hn::Set(doubles, 0.5);
        const VInteger work = truncated(hn::Max(ns, hn::Set(doubles, 1.0)));
        return hn::Xor(work, hn::BroadcastSignBit(hn::BitCast(integers, word)));
    }
};

/// `action` with one piece of the batch after the other: each stays in the nearest cache from the
/// first pass to the second, and the upper half of its counter is the same for all.
template <class Action>
HWY_INLINE void in_pieces(const RecordBatch& batch, const Action& action) {
    constexpr std::size_t most = 512;
    RecordBatch piece = batch;
    for (std::size_t done = 0; done < batch.count; done += piece.count) {
        piece.first = batch.first + done;
        const std::uint64_t same_upper = (std::uint64_t{1} << 32) - (piece.first & 0xFFFFFFFFU);
        piece.count = std::min<std::size_t>(most, std::min(batch.count - done, same_upper));
        piece.gaps = batch.gaps == nullptr ? nullptr : batch.gaps + done;
        piece.works = batch.works == nullptr ? nullptr : batch.works + done;
        action(piece);
    }
}

template <class Time>
void run_records(const RecordBatch& batch, const Distribution::Terms& terms) {
    const WorkMeaning<Time> work{Time(terms)};
    in_pieces(batch, [&](const RecordBatch& piece) HWY_ATTR {
        if (piece.gaps != nullptr) {
            draw_words<true, true>(piece);
            replace(piece.gaps, piece.count, GapMeaning());
        } else {
            draw_words<false, true>(piece);
        }
        replace(piece.works, piece.count, work);
    });
}

void fill_gaps(const RecordBatch& batch) {
    in_pieces(batch, [](const RecordBatch& piece) HWY_ATTR {
        draw_words<true, false>(piece);
        replace(piece.gaps, piece.count, GapMeaning());
    });
}

void fill_records(const RecordBatch& batch, const Distribution& service) {
    using enum DistributionKind;
    // Longer times (26 days) would not convert exactly in a few instructions; nobody has many.
    constexpr core::Duration longest{std::int64_t{1} << 51};
    if (service.at(0xFFFFFFFFU) >= longest) {
        plain_records(batch, service);
        return;
    }
    const Distribution::Terms terms = service.terms();
    switch (terms.kind) {
        case constant:
            run_records<ConstantTime>(batch, terms);
            break;
        case exponential:
            run_records<ExponentialTime>(batch, terms);
            break;
        case uniform:
            run_records<UniformTime>(batch, terms);
            break;
        case lognormal:
        case gamma:
        case weibull:
        case pareto:
            run_records<TabulatedTime>(batch, terms);
            break;
    }
}

#endif

}  // namespace lagsim::models::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lagsim::models {

HWY_EXPORT(fill_records);
HWY_EXPORT(fill_gaps);

void draw_records(const RandomStreams& streams, std::uint32_t entity, std::uint64_t first,
                  std::size_t count, const Distribution& service, std::uint64_t transient_below,
                  std::uint64_t poison_below, UnitCount* gaps, std::int64_t* works) {
    const RecordBatch batch{.streams = streams,
                            .entity = entity,
                            .purpose = Purpose::record,
                            .first = first,
                            .count = count,
                            .transient_below = transient_below,
                            .poison_below = poison_below,
                            .gaps = gaps,
                            .works = works};
    HWY_DYNAMIC_DISPATCH(fill_records)(batch, service);
}

void draw_gaps(const RandomStreams& streams, std::uint32_t producer, std::uint32_t lane,
               std::uint64_t first, std::size_t count, UnitCount* gaps) {
    const RecordBatch batch{.streams = streams,
                            .entity = lane,
                            .purpose = producer == 0 ? Purpose::record : Purpose::arrival,
                            .first = (std::uint64_t{producer} << producer_shift) + first,
                            .count = count,
                            .gaps = gaps};
    HWY_DYNAMIC_DISPATCH(fill_gaps)(batch);
}

}  // namespace lagsim::models
#endif
