/// Parts of a resolved scenario (Provenance::resolved, and what a result file stores of it).
#pragma once

#include <string>
#include <string_view>

namespace lagsim::sim {

/// What stands behind `key:` under `spec`, to the next key, without blanks around it. Empty if it
/// is not there. Relies on how the reader writes that text: keys of `spec` are indented by two
/// blanks, what belongs to them by more. Two scenarios that mean the same have the same text there,
/// since every default is written out.
[[nodiscard]] std::string resolved_part(std::string_view resolved, std::string_view key);

}  // namespace lagsim::sim
