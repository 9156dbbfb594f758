/// The JSON spellings of results; docs/results-file.md lists the keys. Undefined numbers are null.
#pragma once

#include <string>

#include "sim/results/run_report.h"

namespace lagsim::sim {

/// `lagsim run --json`: one object on one line, schema `lagsim.run/1`.
[[nodiscard]] std::string run_json(const RunReport& report);

}  // namespace lagsim::sim
