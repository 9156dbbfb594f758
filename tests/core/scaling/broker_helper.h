/// One topic of a broker, written as a table; used by the tests of the scaling core.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/scaling/broker_state.h"
#include "core/scaling/parameters.h"

namespace lagsim::core {

inline constexpr std::int64_t none = -1;  ///< no committed offset

struct TopicTable {
    std::vector<std::string> topics{"orders"};
    std::vector<BrokerPartition> partitions;

    TopicTable& add(std::int64_t end, std::int64_t committed, std::int64_t start = 0) {
        BrokerPartition partition;
        partition.id = PartitionId{static_cast<std::int32_t>(partitions.size())};
        partition.start = Offset{start};
        partition.end = Offset{end};
        if (committed != none) {
            partition.committed = Offset{committed};
        }
        partitions.push_back(partition);
        return *this;
    }
    [[nodiscard]] BrokerState state() const { return {.topics = topics, .partitions = partitions}; }
    /// `count` partitions with the lag spread evenly, the rest on the first.
    [[nodiscard]] static TopicTable with_lag(std::int64_t lag, int count) {
        TopicTable table;
        for (int i = 0; i < count; ++i) {
            table.add(1000 + lag / count + (i == 0 ? lag % count : 0), 1000);
        }
        return table;
    }
};

/// The article's trigger: 1000 records a replica, no idle consumers.
[[nodiscard]] inline KafkaTriggerParameters article_trigger() {
    KafkaTriggerParameters parameters;
    parameters.consumer_group = "g";
    parameters.topic = "orders";
    parameters.lag_threshold = 1000;
    parameters.activation_lag_threshold = 100;
    parameters.offset_reset_policy = OffsetResetPolicy::earliest;
    return parameters;
}

[[nodiscard]] constexpr Instant at_s(std::int64_t seconds) {
    return at_nanoseconds(seconds * 1'000'000'000);
}
[[nodiscard]] constexpr Instant at_ms(std::int64_t milliseconds) {
    return at_nanoseconds(milliseconds * 1'000'000);
}

}  // namespace lagsim::core
