// What a decision costs in the core: bookkeeping of one record, one poll, one sync.

#include <string>
#include <vector>

#include "bench/harness.h"
#include "core/commit/offset_tracker.h"
#include "core/scaling/autoscaler.h"
#include "core/scaling/scaled_object.h"

namespace lagsim::bench {
namespace {

using core::Instant;
using core::Offset;
using core::OffsetRange;

constexpr std::int64_t records = 10'000;

LAGSIM_BENCH(OffsetTracker_InOrder, records, 0x6FCC554BFC0456DBU) {
    core::OffsetTracker tracker{Offset{0}};
    ResultHash hash;
    for (std::int64_t i = 0; i < records; ++i) {
        tracker.deliver(OffsetRange::one(Offset{i}));
        hash.add(tracker.finish(OffsetRange::one(Offset{i})));
    }
    hash.add(tracker.low_watermark().value());
    return hash.value();
}

/// Eight workers on one partition: records finish in another order than they came.
LAGSIM_BENCH(OffsetTracker_EightAtOnce, records, 0x1C3715BE674CF01BU) {
    constexpr std::int64_t window = 8;
    core::OffsetTracker tracker{Offset{0}};
    ResultHash hash;
    for (std::int64_t first = 0; first < records; first += window) {
        tracker.deliver({Offset{first}, Offset{first + window}});
        for (std::int64_t i = 0; i < window; ++i) {
            hash.add(tracker.finish(OffsetRange::one(Offset{first + (i * 5 + 3) % window})));
            hash.add(tracker.low_watermark().value());
        }
    }
    return hash.value();
}

core::ScaledObjectParameters article() {
    core::KafkaTriggerParameters kafka;
    kafka.consumer_group = "workers";
    kafka.topic = "orders";
    kafka.lag_threshold = 1000;
    core::ScaledObjectParameters scaled_object;
    scaled_object.name = "workers";
    scaled_object.triggers = {{.name = "",
                               .target_type = core::MetricTargetType::average_value,
                               .use_cached_metrics = false,
                               .spec = kafka}};
    scaled_object.max_replica_count = 24;
    return scaled_object;
}

constexpr std::int64_t hours = 4;

/// Polls every 30 s and syncs every 15 s over a surge on 24 partitions: two syncs a poll.
LAGSIM_BENCH(Autoscaler_PollAndTwoSyncs, hours * 120, 0xF4031520BC32F9C4U) {
    core::Autoscaler autoscaler(article(), core::hpa_of(article()), Instant{});
    const std::vector<std::string> topics{"orders"};
    std::vector<core::BrokerPartition> partitions(24);
    for (std::int32_t p = 0; p < 24; ++p) {
        partitions[static_cast<std::size_t>(p)].id = core::PartitionId{p};
        partitions[static_cast<std::size_t>(p)].committed = Offset{0};
    }
    const core::BrokerState broker{.topics = topics, .partitions = partitions};
    core::Replicas replicas{1};
    ResultHash hash;
    for (std::int64_t tick = 0; tick < hours * 240; ++tick) {
        const Instant now = core::at_nanoseconds(tick * 15'000'000'000);
        const std::int64_t lag = tick < 480 ? tick * 10 : (960 - tick) * 10;
        for (auto& partition : partitions) {
            partition.end = Offset{lag};
        }
        const core::ScaleObservation scale{.spec = replicas,
                                           .status = replicas,
                                           .listed = replicas,
                                           .ready = replicas,
                                           .pods = {}};
        if (tick % 2 == 0) {
            replicas = autoscaler.poll(now, scale, broker).replicas.value_or(replicas);
        }
        replicas = autoscaler.sync(now, scale, broker).replicas.value_or(replicas);
        hash.add(replicas.value());
    }
    return hash.value();
}

}  // namespace
}  // namespace lagsim::bench
