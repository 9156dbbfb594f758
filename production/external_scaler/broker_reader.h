/// Offsets out of a real broker, as the value that core/'s trigger takes.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/scaling/broker_state.h"

namespace lagsim::production {

/// Whom to ask and about what.
struct BrokerQuestion {
    std::string bootstrap_servers;  ///< host:port, comma separated
    std::string consumer_group;
    std::string topic;  ///< empty: every topic that the group has committed offsets for
    friend auto operator<=>(const BrokerQuestion&, const BrokerQuestion&) = default;
};

/// Owns what a core::BrokerState only looks at.
struct BrokerAnswer {
    std::vector<std::string> topics;
    std::vector<core::BrokerPartition> partitions;  ///< by topic, then partition
    std::int16_t group_error = 0;
    bool unreachable = false;
    std::string reason;  ///< in words, where something failed

    [[nodiscard]] core::BrokerState state() const {
        return {.topics = topics,
                .partitions = partitions,
                .group_error = group_error,
                .unreachable = unreachable};
    }
};

/// Who answers; a test answers by itself.
class BrokerReader {
  public:
    BrokerReader() = default;
    BrokerReader(const BrokerReader&) = delete;
    BrokerReader& operator=(const BrokerReader&) = delete;
    virtual ~BrokerReader() = default;
    /// Never throws: what fails is in the answer.
    [[nodiscard]] virtual BrokerAnswer ask(const BrokerQuestion& question) = 0;
};

/// With librdkafka: one client for each address and group, kept. Thread-safe.
/// Log ends are high watermarks (`isolation.level=read_uncommitted`), as KEDA's sarama client reads
/// them: an open transaction counts as lag.
[[nodiscard]] std::unique_ptr<BrokerReader> kafka_broker_reader(
    std::chrono::milliseconds timeout, const std::map<std::string, std::string>& properties);

}  // namespace lagsim::production
