/// The HPA controller's memory of what the metrics asked for, and the two stabilisations over it.
/// They differ at the edge: without behavior an entry exactly one window old still counts, with
/// behavior it does not.
/// Source: Kubernetes v1.36.4 pkg/controller/podautoscaler/horizontal.go (stabilizeRecommendation,
/// stabilizeRecommendationWithBehaviors).
#pragma once

#include <cstdint>
#include <vector>

#include "core/time.h"

namespace lagsim::core {

class Recommendations {
  public:
    /// recordInitialRecommendation: only if nothing was ever recorded.
    void seed(std::int32_t replicas, Instant now);

    /// The largest of `proposal` and all entries not before now - window; records `proposal`.
    [[nodiscard]] std::int32_t stabilize_down(std::int32_t proposal, Instant now, Duration window);

    struct Windows {
        Duration up{0};
        Duration down{0};
    };
    /// `current`, raised to the least and lowered to the largest recent entry; records `proposal`.
    [[nodiscard]] std::int32_t stabilize(std::int32_t proposal, std::int32_t current, Instant now,
                                         Windows windows);

    void clear() { entries_.clear(); }

  private:
    struct Entry {
        std::int32_t replicas = 0;
        Instant at;
    };
    /// Overwrites the last entry that is outdated, in list order, so that the list stays short.
    void record(Entry entry, const Entry* outdated);

    std::vector<Entry> entries_;
};

}  // namespace lagsim::core
