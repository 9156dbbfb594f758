#include "core/scaling/hpa_behavior.h"

#include <string_view>
#include <utility>

namespace lagsim::core {
namespace {

constexpr std::int32_t window_seconds_max = 3600;
constexpr std::int32_t period_seconds_max = 1800;

[[nodiscard]] ScalingRules default_scale_up() {
    using Type = ScalingPolicyRule::Type;
    return {.stabilization_window_seconds = 0,
            .select_policy = SelectPolicy::max,
            .policies = {{.type = Type::pods, .value = 4, .period_seconds = 15},
                         {.type = Type::percent, .value = 100, .period_seconds = 15}},
            .tolerance = std::nullopt};
}

[[nodiscard]] ScalingRules default_scale_down() {
    using Type = ScalingPolicyRule::Type;
    return {.stabilization_window_seconds = std::nullopt,
            .select_policy = SelectPolicy::max,
            .policies = {{.type = Type::percent, .value = 100, .period_seconds = 15}},
            .tolerance = std::nullopt};
}

[[nodiscard]] ScalingRules merged(const std::optional<ScalingRulesSpec>& from, ScalingRules to) {
    if (!from) {
        return to;
    }
    to.select_policy = from->select_policy.value_or(to.select_policy);
    if (from->stabilization_window_seconds) {
        to.stabilization_window_seconds = from->stabilization_window_seconds;
    }
    if (from->policies) {
        to.policies = *from->policies;
    }
    to.tolerance = from->tolerance;
    return to;
}

class RuleChecker {
  public:
    explicit RuleChecker(std::string path) : path_(std::move(path)) {}

    void check(const ScalingRules& rules) {
        const std::int32_t window = rules.stabilization_window_seconds.value_or(0);
        refuse_if(window < 0, "stabilizationWindowSeconds",
                  "must be greater than or equal to zero");
        refuse_if(window > window_seconds_max, "stabilizationWindowSeconds",
                  "must be less than or equal to 3600");
        refuse_if(rules.policies.empty(), "policies", "must specify at least one Policy");
        for (std::size_t i = 0; i < rules.policies.size(); ++i) {
            check(rules.policies[i], "policies[" + std::to_string(i) + "].");
        }
        refuse_if(rules.tolerance.value_or(0.0) < 0.0, "tolerance",
                  "must be greater than or equal to 0");
    }

    [[nodiscard]] std::vector<BehaviorError> take_errors() { return std::move(errors_); }

  private:
    void check(const ScalingPolicyRule& policy, const std::string& path) {
        refuse_if(policy.value <= 0, path + "value", "must be greater than zero");
        refuse_if(policy.period_seconds <= 0, path + "periodSeconds", "must be greater than zero");
        refuse_if(policy.period_seconds > period_seconds_max, path + "periodSeconds",
                  "must be less than or equal to 1800");
    }

    void refuse_if(bool wrong, const std::string& field, std::string_view message) {
        if (wrong) {
            errors_.push_back({.path = path_ + "." + field, .message = std::string(message)});
        }
    }

    std::string path_;
    std::vector<BehaviorError> errors_;
};

}  // namespace

ScalingBehavior with_defaults(const ScalingBehaviorSpec& spec) {
    return {.scale_up = merged(spec.scale_up, default_scale_up()),
            .scale_down = merged(spec.scale_down, default_scale_down())};
}

std::vector<BehaviorError> validate(const ScalingBehavior& behavior) {
    RuleChecker up("scaleUp");
    RuleChecker down("scaleDown");
    up.check(behavior.scale_up);
    down.check(behavior.scale_down);
    std::vector<BehaviorError> errors = up.take_errors();
    for (BehaviorError& error : down.take_errors()) {
        errors.push_back(std::move(error));
    }
    return errors;
}

std::expected<ScalingBehavior, std::vector<BehaviorError>> accept_behavior(
    const ScalingBehaviorSpec& spec) {
    ScalingBehavior behavior = with_defaults(spec);
    if (std::vector<BehaviorError> errors = validate(behavior); !errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    return behavior;
}

}  // namespace lagsim::core
