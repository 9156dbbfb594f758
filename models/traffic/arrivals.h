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

struct ProducerParameters {
    ArrivalKind kind = ArrivalKind::poisson;
    std::int64_t batch_size = 1;
    std::vector<RateSegment> rate;  ///< [records/s], covers the run; empty = no rate
    PartitionerParameters partitioner;
    std::int32_t partitions = 1;
};

struct Arrival {
    core::Instant time = core::never;  ///< never: the source is exhausted
    std::int32_t partition = 0;        ///< within the topic
};

/// Arrivals in time order, one `next()` a record.
class ArrivalSource {
  public:
    virtual ~ArrivalSource() = default;
    [[nodiscard]] virtual Arrival next() = 0;
};

/// The sources of producer number `producer` (0-based over the scenario): one a partition when they
/// are independent, else one. `lane_base`: number of the topic's partition 0 among all partitions,
/// the entity of its random blocks.
[[nodiscard]] std::vector<std::unique_ptr<ArrivalSource>> make_arrival_sources(
    const ProducerParameters& parameters, std::uint32_t producer, std::uint32_t lane_base,
    const RandomStreams& streams);

}  // namespace lagsim::models
