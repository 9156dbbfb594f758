/// `lagsim report`: one HTML page that needs nothing beside itself.
#pragma once

#include <span>
#include <string>

#include "sim/report/report_input.h"

namespace lagsim::sim::report {

/// One file, or several side by side. The same inputs give the same bytes.
[[nodiscard]] std::string page(std::span<const ReportInput> inputs);

}  // namespace lagsim::sim::report
