/// Which member gets which partition. Sources: Kafka 4.0.0 RangeAssignor, RoundRobinAssignor.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/group/protocol.h"

namespace lagsim::models {

/// `members` sorted as the assignor sorts them (by member id), all subscribed to all topics;
/// `partitions_of_topic[t]` partitions of topic t, numbered over topics in order (topic-partition
/// number = partitions before it + partition). Returns the topic-partition numbers of each member,
/// ascending, in the order of `members`.
[[nodiscard]] std::vector<std::vector<std::int32_t>> assign_partitions(
    Assignor assignor, std::size_t members, std::span<const std::int32_t> partitions_of_topic);

}  // namespace lagsim::models
