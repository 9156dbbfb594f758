#include "sim/engine/drain_threshold.h"

#include <variant>

namespace lagsim::sim {

std::int64_t drain_threshold(const ConsumerGroup& group, std::int32_t partitions) {
    if (!group.autoscaler || !group.autoscaler->scaled_object) {
        return -1;
    }
    for (const core::TriggerParameters& trigger : group.autoscaler->scaled_object->triggers) {
        if (const auto* kafka = std::get_if<core::KafkaTriggerParameters>(&trigger.spec)) {
            return kafka->lag_threshold * std::int64_t{partitions};
        }
    }
    return -1;
}

}  // namespace lagsim::sim
