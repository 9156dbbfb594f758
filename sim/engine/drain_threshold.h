/// From which lag on a group counts as not drained.
#pragma once

#include <cstdint>

#include "sim/scenario/scenario.h"

namespace lagsim::sim {

/// [records] What the group's kafka trigger calls normal, lagThreshold for each of `partitions`; -1
/// = it has no kafka trigger.
[[nodiscard]] std::int64_t drain_threshold(const ConsumerGroup& group, std::int32_t partitions);

}  // namespace lagsim::sim
