/// Numbers of lanes and logs: the coordinates that the engine and the results share.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/scenario/scenario.h"

namespace lagsim::sim {

/// One partition of one topic; numbered over topics in order.
struct LogInfo {
    std::size_t topic = 0;
    std::int32_t partition = 0;
    std::vector<std::int32_t> lanes;  ///< one a subscribing group
};

/// One log as one consumer group sees it.
struct LaneInfo {
    std::int32_t group = 0;
    std::int32_t log = 0;
};

/// Where everything is: derived from the scenario. A topic that grows has its last partitions from
/// the start.
struct LaneMap {
    explicit LaneMap(const Scenario& scenario);

    std::vector<LogInfo> logs;
    std::vector<std::int32_t> first_log;   ///< by topic
    std::vector<LaneInfo> lanes;           ///< by group, the group's topics, partition
    std::vector<std::int32_t> first_lane;  ///< by group, and one past the end

    [[nodiscard]] const LogInfo& log_of(std::size_t lane) const {
        return logs[static_cast<std::size_t>(lanes[lane].log)];
    }
};

}  // namespace lagsim::sim
