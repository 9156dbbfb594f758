/// Two engines on one scenario: equal to the last bit, or the first thing that differs in words.
#pragma once

#include <string>

#include "sim/engine/engine.h"

namespace lagsim::sim {

/// Empty if the fast engine gives exactly what the reference engine gives; else which event,
/// decision, sample or total differs first, and the first record that is finished by another
/// process or at another instant.
[[nodiscard]] std::string first_difference(const Scenario& scenario, std::uint32_t replication = 0);

}  // namespace lagsim::sim
