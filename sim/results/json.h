/// The JSON spellings of results; docs/results-file.md lists the keys. Undefined numbers are null.
#pragma once

#include <string>

#include "sim/results/compare_report.h"
#include "sim/results/result_reader.h"
#include "sim/results/run_report.h"

namespace lagsim::sim {

/// `lagsim run --json`: one object on one line, schema `lagsim.run/1`.
[[nodiscard]] std::string run_json(const RunReport& report);

/// `lagsim inspect --json`: schema `lagsim.inspect/1`.
[[nodiscard]] std::string inspect_json(const std::string& path, const StoredResult& result);

/// `lagsim compare --json`: schema `lagsim.compare/1`; docs/compare.md lists the keys.
[[nodiscard]] std::string compare_json(const CompareReport& report);

}  // namespace lagsim::sim
