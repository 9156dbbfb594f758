/// How scenario files spell kinds of faults.
#pragma once

#include <string_view>

#include "sim/scenario/scenario.h"

namespace lagsim::sim {

[[nodiscard]] std::string_view fault_word(FaultKind kind);

}  // namespace lagsim::sim
