/// Settings of the consumer group protocol. Defaults: Kafka 4.0 clients (shared semantics,
/// section 2.1).
#pragma once

#include <cstdint>

#include "core/time.h"

namespace lagsim::models {

enum class GroupProtocol : std::uint8_t {
    classic,  ///< JoinGroup and SyncGroup; assignment by the leader
    consumer  ///< KIP-848: one heartbeat API, assignment by the broker
};
enum class Assignor : std::uint8_t {
    range,
    round_robin,
    sticky,              ///< eager, keeps what members had
    cooperative_sticky,  ///< gives up only what moves, in two rounds
    uniform              ///< KIP-848: sticky, sizes differ by at most one
};
enum class ClientProfile : std::uint8_t { java, librdkafka, sarama };

struct ProtocolParameters {
    GroupProtocol kind = GroupProtocol::classic;
    Assignor assignor = Assignor::range;
    ClientProfile client = ClientProfile::java;
    core::Duration session_timeout{45'000'000'000};
    core::Duration heartbeat_interval{3'000'000'000};
    core::Duration max_poll_interval{300'000'000'000};
    core::Duration rebalance_timeout{300'000'000'000};
    core::Duration initial_rebalance_delay{3'000'000'000};
    friend bool operator==(const ProtocolParameters&, const ProtocolParameters&) = default;
};

}  // namespace lagsim::models
