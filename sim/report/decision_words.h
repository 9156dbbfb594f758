/// A decision of KEDA or the HPA in words: what was read, which rule decided, what would have
/// changed it. `lagsim explain decision` and the report say the same.
#pragma once

#include <string>

#include "sim/results/result_reader.h"

namespace lagsim::sim {

/// An instant of a run as `--at` takes it, to the millisecond: 2h13m5.2s.
[[nodiscard]] std::string clock_time(double seconds);
[[nodiscard]] std::string inputs_in_words(const StoredDecision& decision);
/// HPA: the rule that decided, in the order in which the controller applies them.
[[nodiscard]] std::string rule_in_words(const StoredDecision& decision);
/// HPA: what another outcome would have taken.
[[nodiscard]] std::string alternative_in_words(const StoredDecision& decision);

}  // namespace lagsim::sim
