/// Numbers of lanes, logs and consumer processes: the coordinates that control and records share.
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

/// Where everything is: derived from the scenario once.
struct LaneMap {
    explicit LaneMap(const Scenario& scenario);

    std::vector<LogInfo> logs;
    std::vector<std::int32_t> first_log;   ///< by topic
    std::vector<LaneInfo> lanes;           ///< by group, the group's topics, partition
    std::vector<std::int32_t> first_lane;  ///< by group, and one past the end
};

/// A consumer process: one life of a pod's container. Numbered in order of start, never reused.
using ProcessId = std::int32_t;

}  // namespace lagsim::sim
