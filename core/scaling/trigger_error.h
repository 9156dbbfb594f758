/// Why one evaluation of a trigger failed.
/// Source: KEDA v2.21.0 pkg/scalers/kafka_scaler.go, pkg/fallback/fallback.go.
#pragma once

#include <cstdint>
#include <string_view>

namespace lagsim::core {

enum class TriggerError : std::uint8_t {
    none,
    describe_topics,
    no_active_partition,
    list_group_offsets,
    list_offsets,
    offset_block,
    unreachable,  ///< no broker can be connected, the scaler cannot be built
    fallback,     ///< "error performing fallback": metricType Value without a ready pod
    not_modelled  ///< a trigger whose source the simulator does not have
};

/// "describeTopics"; "" for none.
[[nodiscard]] constexpr std::string_view to_string(TriggerError error) {
    switch (error) {
        case TriggerError::none:
            break;
        case TriggerError::describe_topics:
            return "describeTopics";
        case TriggerError::no_active_partition:
            return "noActivePartition";
        case TriggerError::list_group_offsets:
            return "listGroupOffsets";
        case TriggerError::list_offsets:
            return "listOffsets";
        case TriggerError::offset_block:
            return "offsetBlock";
        case TriggerError::unreachable:
            return "unreachable";
        case TriggerError::fallback:
            return "fallback";
        case TriggerError::not_modelled:
            return "notModelled";
    }
    return "";
}

}  // namespace lagsim::core
