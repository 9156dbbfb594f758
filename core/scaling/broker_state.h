/// What the brokers would answer right now, handed in as a value: log ends, log starts, committed
/// offsets and error codes. Source of the error codes: the Kafka protocol (KafkaException codes).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/quantity.h"

namespace lagsim::core {

/// One partition as OffsetFetch and ListOffsets report it for the trigger's consumer group.
struct BrokerPartition {
    std::int32_t topic = 0;  ///< index into BrokerState::topics
    PartitionId id;
    Offset start;                     ///< log start (oldest) offset
    Offset end;                       ///< log end (newest) offset
    std::optional<Offset> committed;  ///< none: the broker answers -1
    bool absent_from_list_offsets = false;
    std::int16_t end_error = 0;    ///< Kafka error code of ListOffsets(newest), 0 = none
    std::int16_t start_error = 0;  ///< Kafka error code of ListOffsets(oldest)
    std::int16_t fetch_error = 0;  ///< Kafka error code of the OffsetFetch block
};

struct BrokerState {
    std::span<const std::string> topics;
    std::span<const BrokerPartition> partitions;  ///< evaluated in this order
    std::int16_t group_error = 0;                 ///< top-level OffsetFetch error code
    bool unreachable = false;  ///< no broker can be connected: evaluations and new scalers fail
};

}  // namespace lagsim::core
