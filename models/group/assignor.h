/// Which member gets which partition.
/// Sources: Kafka 4.0.0 RangeAssignor, RoundRobinAssignor,
/// AbstractStickyAssignor.ConstrainedAssignmentBuilder, CooperativeStickyAssignor.adjustAssignment,
/// UniformHomogeneousAssignmentBuilder.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/group/protocol.h"

namespace lagsim::models {

/// Topic-partition numbers (partitions counted over topics in order) of each member, in the order
/// of the members.
using Assignment = std::vector<std::vector<std::int32_t>>;

/// `members` sorted as the assignor sorts them (by member id), all subscribed to all topics;
/// `partitions_of_topic[t]` partitions of topic t. For range and round_robin, which forget.
[[nodiscard]] Assignment assign_partitions(Assignor assignor, std::size_t members,
                                           std::span<const std::int32_t> partitions_of_topic);

/// Which end of its list a member gives up when it owns too much: Java the highest partitions,
/// librdkafka the lowest.
enum class Releases : std::uint8_t { highest, lowest };

/// The sticky assignors' balanced target: sizes differ by at most one, as few moves as possible.
/// `owned[m]` ascending, disjoint.
[[nodiscard]] Assignment assign_sticky(const Assignment& owned, std::int32_t partitions,
                                       Releases releases);

/// KIP-848's uniform assignor: the first P mod n members get one more; each keeps up to its quota.
[[nodiscard]] Assignment assign_uniform(const Assignment& owned, std::int32_t partitions);

/// KIP-932's simple assignor: every partition gets ceil(n / P) members, members' sizes differ by at
/// most one, as much as balance allows stays where it is. `current[m]` ascending, need not be
/// disjoint. Source: Kafka 4.1 SimpleHomogeneousAssignmentBuilder.
[[nodiscard]] Assignment assign_shared(const Assignment& current, std::int32_t partitions);

/// Numbers of the same partitions after topics have grown.
void renumber(std::vector<std::int32_t>& partitions, std::span<const std::int32_t> before,
              std::span<const std::int32_t> after);

/// Cooperative adjustment: takes out of `target` what another member still owns; it is given in the
/// next round.
[[nodiscard]] Assignment without_moving(Assignment target, const Assignment& owned);

}  // namespace lagsim::models
