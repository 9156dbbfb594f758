/// Status conditions in Kubernetes' spelling: the words users grep for.
#pragma once

#include <cstdint>
#include <string_view>

namespace lagsim::core {

enum class ConditionStatus : std::uint8_t { absent, no, yes, unknown };

/// "True", "False", "Unknown"; "" for a condition that was never set.
[[nodiscard]] constexpr std::string_view to_string(ConditionStatus status) {
    switch (status) {
        case ConditionStatus::no:
            return "False";
        case ConditionStatus::yes:
            return "True";
        case ConditionStatus::unknown:
            return "Unknown";
        case ConditionStatus::absent:
            break;
    }
    return "";
}

/// One condition of a status; `reason` points to static text.
struct Condition {
    ConditionStatus status = ConditionStatus::absent;
    std::string_view reason{};
    friend bool operator==(const Condition&, const Condition&) = default;
};

/// Of a HorizontalPodAutoscaler. Source: Kubernetes v1.36.4 autoscaling/v2.
struct HpaConditions {
    Condition able_to_scale;
    Condition scaling_active;
    Condition scaling_limited;
    friend bool operator==(const HpaConditions&, const HpaConditions&) = default;
};

/// Of a ScaledObject, as GetInitializedConditions leaves them.
/// Source: KEDA v2.21.0 apis/keda/v1alpha1/condition_types.go.
struct ScaledObjectConditions {
    Condition ready{ConditionStatus::unknown, ""};
    Condition active{ConditionStatus::unknown, ""};
    Condition fallback{ConditionStatus::unknown, ""};
    Condition paused{ConditionStatus::no, ""};
    Condition hpa_active{};
    friend bool operator==(const ScaledObjectConditions&, const ScaledObjectConditions&) = default;
};

}  // namespace lagsim::core
