/// Latencies of expected numbers of records, collected coarsely while time passes and spread over
/// the histogram once at the end, so that their cost does not depend on the traffic.
///
/// A record behind a backlog is as late as the fluid says. At rest the mean sojourn is that of
/// Little's law; around it a record waits with the probability of the load, exponentially
/// distributed (exact for M/M/1), and then takes one of the courses of its group's records.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "models/random/distribution.h"
#include "sim/engine/flow/service.h"
#include "sim/results/latency_histogram.h"

namespace lagsim::sim::flow {

class Sojourns {
  public:
    Sojourns() = default;
    Sojourns(const Sojourns&) = delete;
    Sojourns& operator=(const Sojourns&) = delete;
    Sojourns(Sojourns&&) = default;
    Sojourns& operator=(Sojourns&&) = default;

    /// `records` that were finished while the delay of those at the head went from `first` to
    /// `last` [s].
    void add_backlogged(double records, double first, double last);
    /// At rest with a mean sojourn of `mean` [s] under `load` in [0, 1).
    void add_at_rest(double records, double mean, double load);

    /// `service`: courses of the group's records; `work`: of one attempt.
    [[nodiscard]] LatencyHistogram spread(const Service& service,
                                          const models::DistributionParameters& work) const;

  private:
    struct AtRest {
        double records = 0.0;
        double sojourn = 0.0;  ///< [records * s]
        double load = 0.0;     ///< [records * 1]
    };
    std::vector<double> backlogged_;           ///< by bucket of the histogram
    std::map<std::uint32_t, AtRest> at_rest_;  ///< by coarse mean and load
    // The entry of the last call: partitions with equal traffic follow one another.
    AtRest* latest_ = nullptr;
    std::uint32_t latest_key_ = 0;
};

}  // namespace lagsim::sim::flow
