#include "sim/scenario/lanes.h"

namespace lagsim::sim {

LaneMap::LaneMap(const Scenario& scenario) {
    for (std::size_t topic = 0; topic < scenario.topics.size(); ++topic) {
        first_log.push_back(static_cast<std::int32_t>(logs.size()));
        for (std::int32_t p = 0; p < scenario.most_partitions(topic); ++p) {
            logs.push_back({.topic = topic, .partition = p, .lanes = {}});
        }
    }
    for (std::size_t group = 0; group < scenario.consumers.size(); ++group) {
        first_lane.push_back(static_cast<std::int32_t>(lanes.size()));
        for (const std::size_t topic : scenario.consumers[group].topics) {
            for (std::int32_t p = 0; p < scenario.most_partitions(topic); ++p) {
                const std::int32_t log = first_log[topic] + p;
                logs[static_cast<std::size_t>(log)].lanes.push_back(
                    static_cast<std::int32_t>(lanes.size()));
                lanes.push_back({.group = static_cast<std::int32_t>(group), .log = log});
            }
        }
    }
    first_lane.push_back(static_cast<std::int32_t>(lanes.size()));
}

}  // namespace lagsim::sim
