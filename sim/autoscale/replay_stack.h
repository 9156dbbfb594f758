/// Plays the controllers of one vector (executor, hpa, e2e) against its steps on one clock.
#pragma once

#include <nlohmann/json.hpp>

#include "sim/autoscale/vector_reader.h"

namespace lagsim::sim {

/// In the shape of the vector's `expect`.
[[nodiscard]] nlohmann::ordered_json play_stack(const StackVector& vector);
[[nodiscard]] nlohmann::ordered_json play_scaler(const ScalerVector& vector);

}  // namespace lagsim::sim
