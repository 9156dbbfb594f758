/// What the HPA controller remembers of its own rescales, and the limits that behavior's policies
/// draw from it. Changes made by others (KEDA's 0 -> 1, users) are not events.
/// Source: Kubernetes v1.36.4 pkg/controller/podautoscaler/horizontal.go (storeScaleEvent,
/// calculateScaleUpLimitWithScalingRules, calculateScaleDownLimitWithBehaviors).
#pragma once

#include <cstdint>
#include <vector>

#include "core/scaling/parameters.h"
#include "core/time.h"

namespace lagsim::core {

class ScaleEvents {
  public:
    /// One rescale by the controller from `before` to `after`.
    void record(const ScalingBehavior& behavior, std::int32_t before, std::int32_t after,
                Instant now);

    /// Most replicas that the policies allow from `current`; may lie below it.
    [[nodiscard]] std::int32_t up_limit(const ScalingRules& rules, std::int32_t current,
                                        Instant now) const;
    /// Fewest, likewise.
    [[nodiscard]] std::int32_t down_limit(const ScalingRules& rules, std::int32_t current,
                                          Instant now) const;

    void clear();

  private:
    struct Event {
        std::int32_t change = 0;
        Instant at;
        bool outdated = false;
    };
    using Events = std::vector<Event>;

    static void store(Events& events, const ScalingRules& rules, std::int32_t change, Instant now);
    [[nodiscard]] static std::int32_t change_since(const Events& events, Instant cutoff);
    [[nodiscard]] std::int32_t at_start_of(const ScalingPolicyRule& policy, std::int32_t current,
                                           Instant now) const;

    Events up_;
    Events down_;
};

}  // namespace lagsim::core
