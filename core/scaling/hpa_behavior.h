/// spec.behavior as written, and what the API server makes of it: defaults filled in, or refused.
/// Source: Kubernetes v1.36.4 pkg/apis/autoscaling/v2/defaults.go (copyHPAScalingRules) and
/// pkg/apis/autoscaling/validation/validation.go (validateBehavior).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "core/scaling/parameters.h"

namespace lagsim::core {

struct ScalingRulesSpec {
    std::optional<std::int32_t> stabilization_window_seconds;
    std::optional<SelectPolicy> select_policy;
    std::optional<std::vector<ScalingPolicyRule>> policies;  ///< empty list: kept, then refused
    std::optional<double> tolerance;                         ///< [1]
};
struct ScalingBehaviorSpec {
    std::optional<ScalingRulesSpec> scale_up;
    std::optional<ScalingRulesSpec> scale_down;
};

/// `path` is relative to the behaviour, e.g. `scaleUp.policies[0].value`.
struct BehaviorError {
    std::string path;
    std::string message;
    friend bool operator==(const BehaviorError&, const BehaviorError&) = default;
};

/// SetDefaults_HorizontalPodAutoscalerBehavior: every unset field filled; scaleDown's window stays
/// unset and means the controller's.
[[nodiscard]] ScalingBehavior with_defaults(const ScalingBehaviorSpec& spec);
[[nodiscard]] std::vector<BehaviorError> validate(const ScalingBehavior& behavior);
[[nodiscard]] std::expected<ScalingBehavior, std::vector<BehaviorError>> accept_behavior(
    const ScalingBehaviorSpec& spec);

}  // namespace lagsim::core
