#include "core/scaling/scale_events.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/scaling/go_arithmetic.h"

namespace lagsim::core {
namespace {

[[nodiscard]] Duration period_of(const ScalingPolicyRule& policy) {
    return Duration{std::int64_t{policy.period_seconds} * 1'000'000'000};
}

}  // namespace

void ScaleEvents::record(const ScalingBehavior& behavior, std::int32_t before, std::int32_t after,
                         Instant now) {
    if (after > before) {
        store(up_, behavior.scale_up, after - before, now);
    } else {
        store(down_, behavior.scale_down, before - after, now);
    }
}

void ScaleEvents::store(Events& events, const ScalingRules& rules, std::int32_t change,
                        Instant now) {
    Duration longest{0};
    for (const ScalingPolicyRule& policy : rules.policies) {
        longest = std::max(longest, period_of(policy));
    }
    Event* outdated = nullptr;
    for (Event& event : events) {
        event.outdated = event.outdated || event.at < now - longest;
        if (event.outdated) {
            outdated = &event;
        }
    }
    const Event event{.change = change, .at = now};
    if (outdated != nullptr) {
        *outdated = event;
    } else {
        events.push_back(event);
    }
}

std::int32_t ScaleEvents::change_since(const Events& events, Instant cutoff) {
    std::int32_t sum = 0;
    for (const Event& event : events) {
        if (event.at > cutoff) {
            sum = wrapping_add(sum, event.change);
        }
    }
    return sum;
}

/// Replicas when the policy's period began. Both kinds of events count for both limits.
std::int32_t ScaleEvents::at_start_of(const ScalingPolicyRule& policy, std::int32_t current,
                                      Instant now) const {
    const Instant cutoff = now - period_of(policy);
    return wrapping_add(wrapping_subtract(current, change_since(up_, cutoff)),
                        change_since(down_, cutoff));
}

std::int32_t ScaleEvents::up_limit(const ScalingRules& rules, std::int32_t current,
                                   Instant now) const {
    if (rules.select_policy == SelectPolicy::disabled) {
        return current;
    }
    const bool least = rules.select_policy == SelectPolicy::min;
    std::int32_t limit =
        least ? std::numeric_limits<std::int32_t>::max() : std::numeric_limits<std::int32_t>::min();
    for (const ScalingPolicyRule& policy : rules.policies) {
        const std::int32_t start = at_start_of(policy, current, now);
        // Rounded up, or one pod could never grow by 10 %.
        const std::int32_t proposed =
            policy.type == ScalingPolicyRule::Type::pods
                ? wrapping_add(start, policy.value)
                : truncate_to_int32(std::ceil(static_cast<double>(start) *
                                              (1 + static_cast<double>(policy.value) / 100)));
        limit = least ? std::min(limit, proposed) : std::max(limit, proposed);
    }
    return limit;
}

std::int32_t ScaleEvents::down_limit(const ScalingRules& rules, std::int32_t current,
                                     Instant now) const {
    if (rules.select_policy == SelectPolicy::disabled) {
        return current;
    }
    const bool least_change = rules.select_policy == SelectPolicy::min;
    std::int32_t limit = least_change ? std::numeric_limits<std::int32_t>::min()
                                      : std::numeric_limits<std::int32_t>::max();
    for (const ScalingPolicyRule& policy : rules.policies) {
        const std::int32_t start = at_start_of(policy, current, now);
        const std::int32_t proposed =
            policy.type == ScalingPolicyRule::Type::pods
                ? wrapping_subtract(start, policy.value)
                : truncate_to_int32(static_cast<double>(start) *
                                    (1 - static_cast<double>(policy.value) / 100));
        limit = least_change ? std::max(limit, proposed) : std::min(limit, proposed);
    }
    return limit;
}

void ScaleEvents::clear() {
    up_.clear();
    down_.clear();
}

}  // namespace lagsim::core
