/// Where records come from: one source yields the arrivals of one producer (or of one partition's
/// part of it).
///
/// Poisson arrivals that split independently (uniform, weights, keys) are drawn per partition, so
/// that a lane needs nobody else's draws; all others are drawn once per producer and then dealt to
/// partitions.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/quantity.h"
#include "core/time.h"
#include "models/random/philox.h"
#include "models/traffic/partitioner.h"
#include "models/traffic/rate_curve.h"

namespace lagsim::models {

enum class ArrivalKind : std::uint8_t {
    poisson,
    constant,  ///< record k = 0, 1, ... when the integrated rate passes k, the first at 0 s
    batch      ///< Poisson instants of rate/size, `batch_size` records at each
};

/// A topic that grows: what a producer knows of it from an instant on.
struct KnownPartitions {
    core::Instant from;
    std::int32_t partitions = 1;
    friend bool operator==(const KnownPartitions&, const KnownPartitions&) = default;
};

struct ProducerParameters {
    ArrivalKind kind = ArrivalKind::poisson;
    std::int64_t batch_size = 1;
    std::vector<RateSegment> rate{};  ///< [records/s], covers the run; empty = no rate
    PartitionerParameters partitioner;
    std::int32_t partitions = 1;
    std::vector<KnownPartitions> growth{};  ///< after `partitions`, in order
};

struct Arrival {
    core::Instant time = core::never;  ///< never: the source is exhausted
    std::int32_t partition = 0;        ///< within the topic
    std::int32_t mark = -1;            ///< what is special about the record, if anything
};

/// The sticky partitioner stays on a partition until the client's batch (batch.size) is full.
/// Records have no size here; 1 kB is assumed. Source: KIP-480; shared semantics, section 1.2.
inline constexpr std::int64_t sticky_batch_bytes = 16'384;
inline constexpr std::int64_t assumed_record_bytes = 1'024;
inline constexpr std::int64_t sticky_records = sticky_batch_bytes / assumed_record_bytes;

/// Producers of one scenario are told apart by the high bits of the block index, so that no two
/// draw the same block: index = (producer << producer_shift) + number of the draw.
inline constexpr int producer_shift = 36;
inline constexpr std::uint32_t producers_max = 1U << 12;

/// Gap before a record at unit rate, exponential with mean one_record: quantile of a random word,
/// larger words give longer gaps.
[[nodiscard]] UnitCount unit_gap(std::uint32_t word);

/// The block whose word 0 is the gap before record `index` (0-based, of this producer in this
/// lane). For producer 0 it is the record's own block, which holds its work, too.
[[nodiscard]] inline Block gap_block(const RandomStreams& streams, std::uint32_t producer,
                                     std::uint32_t lane, std::uint64_t index) {
    return producer == 0 ? streams.block(index, lane, Purpose::record)
                         : streams.block((std::uint64_t{producer} << producer_shift) + index, lane,
                                         Purpose::arrival);
}

/// Arrivals in time order, one `next()` a record.
class ArrivalSource {
  public:
    virtual ~ArrivalSource() = default;
    [[nodiscard]] virtual Arrival next() = 0;
};

/// Whether partitions get their records independently of each other (Poisson with uniform, weights
/// or keys).
[[nodiscard]] bool splits_independently(const ProducerParameters& parameters);

/// Each partition's part of the rate, where the arrivals split independently; else none.
[[nodiscard]] std::vector<RateCurve> partition_curves(const ProducerParameters& parameters);

/// The sources of producer number `producer` (0-based over the scenario): one a partition when they
/// are independent (Poisson with uniform, weights or keys), else one. `lane_base`: number of the
/// topic's partition 0 among all partitions, the entity of its random blocks.
[[nodiscard]] std::vector<std::unique_ptr<ArrivalSource>> make_arrival_sources(
    const ProducerParameters& parameters, std::uint32_t producer, std::uint32_t lane_base,
    const RandomStreams& streams);

}  // namespace lagsim::models
