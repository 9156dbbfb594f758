/// Metrics as names of variables in the result file.
#pragma once

#include <string>

namespace lagsim::sim {

/// HDF5 splits names at '/', netCDF forbids some first letters; Kafka allows any group name.
[[nodiscard]] std::string variable_name(const std::string& metric);

}  // namespace lagsim::sim
