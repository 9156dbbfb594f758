/// The scenario of a conformance vector, typed. Throws nlohmann::json::exception on a wrong shape;
/// replay_vector() catches it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/scaling/broker_state.h"
#include "core/scaling/hpa_behavior.h"
#include "core/scaling/metadata.h"
#include "core/scaling/observation.h"
#include "core/scaling/parameters.h"

namespace lagsim::sim {

/// A vector that cannot be replayed: what is wrong with it.
struct VectorError {
    std::string message;
};

/// What the fake broker holds; owns what core::BrokerState points to.
struct BrokerImage {
    std::vector<std::string> topics;
    std::vector<core::BrokerPartition> partitions;
    std::int16_t group_error = 0;
    [[nodiscard]] core::BrokerState state() const {
        return {.topics = topics, .partitions = partitions, .group_error = group_error};
    }
};

struct ScalerVector {
    std::int64_t trigger_index = 0;
    core::TriggerSpec trigger;  ///< bootstrapServers filled in
    std::vector<BrokerImage> calls;
};

struct ExternalValues {
    std::vector<std::int64_t> milli;
    bool error = false;
};

struct VectorStep {
    std::int64_t at_ms = 0;
    std::optional<BrokerImage> broker;
    std::map<std::string, ExternalValues> external;
    std::optional<std::vector<core::PodObservation>> pods;
    std::optional<std::int32_t> set_replicas;
    std::optional<std::int32_t> status_replicas;  ///< -1 = follow spec again
    std::map<std::string, std::optional<std::string>> annotations;
};

struct StackVector {
    std::int64_t phase_ms = 0;
    std::int64_t duration_ms = 0;
    std::int32_t start_replicas = 0;
    std::int64_t status_delay_ms = 0;
    std::int64_t hpa_offset_ms = 0;
    bool with_hpa = false;
    std::optional<core::ScaledObjectParameters> scaled_object;
    std::optional<core::HpaParameters> hpa;  ///< kind hpa: as written, defaults filled in
    std::string refused;  ///< why the API server would refuse the HPA; empty = it would not
    std::vector<VectorStep> steps;
};

[[nodiscard]] ScalerVector read_scaler_vector(const nlohmann::ordered_json& scenario);
[[nodiscard]] StackVector read_stack_vector(const nlohmann::ordered_json& scenario);

}  // namespace lagsim::sim
