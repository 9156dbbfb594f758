/// Settings of the consumer group protocol. Defaults: Kafka 4.0 clients (shared semantics,
/// section 2.1).
#pragma once

#include <cstdint>

#include "core/quantity.h"
#include "core/time.h"

namespace lagsim::models {

enum class GroupProtocol : std::uint8_t {
    classic,   ///< JoinGroup and SyncGroup; assignment by the leader
    consumer,  ///< KIP-848: one heartbeat API, assignment by the broker
    share      ///< KIP-932: members share partitions, records are locked one by one
};
enum class Assignor : std::uint8_t {
    range,
    round_robin,
    sticky,              ///< eager, keeps what members had
    cooperative_sticky,  ///< gives up only what moves, in two rounds
    uniform,             ///< KIP-848: sticky, sizes differ by at most one
    simple               ///< KIP-932: a partition may have several members
};
enum class ClientProfile : std::uint8_t { java, librdkafka, sarama };

/// Of one partition of a share group. Defaults: Kafka 4.2 ShareGroupConfig; 4.0 had a window of
/// 200.
struct ShareLimits {
    core::Duration lock{30'000'000'000};  ///< how long an acquired record is its member's
    std::int32_t deliveries = 5;          ///< after so many, a record is given up
    core::Records window{2000};           ///< records between the start offset and the last locked
    core::Records poll{500};              ///< max.poll.records: acquired by one member at once
    friend bool operator==(const ShareLimits&, const ShareLimits&) = default;
};

struct ProtocolParameters {
    GroupProtocol kind = GroupProtocol::classic;
    Assignor assignor = Assignor::range;
    ClientProfile client = ClientProfile::java;
    core::Duration session_timeout{45'000'000'000};
    core::Duration heartbeat_interval{3'000'000'000};
    core::Duration max_poll_interval{300'000'000'000};
    core::Duration rebalance_timeout{300'000'000'000};
    core::Duration initial_rebalance_delay{3'000'000'000};
    bool static_membership = false;  ///< KIP-345
    ShareLimits share;
    friend bool operator==(const ProtocolParameters&, const ProtocolParameters&) = default;
};

}  // namespace lagsim::models
