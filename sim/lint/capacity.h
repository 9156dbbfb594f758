/// How much is offered and how much can be served, without a simulation: expected values, and the
/// most favourable case wherever a run would have to decide (all pods there from the start, evenly
/// loaded, no rebalance). What is too much here is too much in every run.
#pragma once

#include <vector>

#include "models/traffic/rate_curve.h"
#include "sim/scenario/scenario.h"

namespace lagsim::sim {

/// What one record costs on average, from its first attempt to its finish or dead letter.
struct RecordCost {
    double served_s = 0.0;   ///< a server is taken: attempts, dead letter
    double cpu_s = 0.0;      ///< CPU time of the attempts
    double blocked_s = 0.0;  ///< its partition stands: served_s and the back-offs
};
[[nodiscard]] RecordCost record_cost(const ConsumerGroup& group);

/// The rate at which one partition can be worked through, alone on its pod [1/s]; infinite if a
/// record costs nothing.
[[nodiscard]] double partition_rate(const ConsumerGroup& group);
/// The same for `partitions` partitions on `replicas` pods.
[[nodiscard]] double group_rate(const ConsumerGroup& group, double replicas, double partitions);

/// The rate of a topic over time: all producers; `weight` is each producer's part of it (1: all).
[[nodiscard]] std::vector<models::RateSegment> offered_rate(const Scenario& scenario,
                                                            std::size_t topic,
                                                            const std::vector<double>& weights);
/// Records of a rate over its whole length.
[[nodiscard]] double records_of(const std::vector<models::RateSegment>& rate);
[[nodiscard]] double peak_of(const std::vector<models::RateSegment>& rate);

/// What the partitions of a topic get: one row for each different mix, with its first partition.
struct PartitionMix {
    std::int32_t partition = 0;
    std::vector<double> weights;  ///< one a producer of the scenario; 0 for other topics
};
[[nodiscard]] std::vector<PartitionMix> partition_mixes(const Scenario& scenario,
                                                        std::size_t topic);

/// The longest that a record waits that arrives before `until`, first come, first served at
/// `capacity` from an empty queue [s]. Infinite with capacity 0, if anything arrives.
[[nodiscard]] double longest_wait(const std::vector<models::RateSegment>& rate, double capacity,
                                  core::Instant until);

}  // namespace lagsim::sim
