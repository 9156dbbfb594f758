/// A tree back to YAML that our reader reads to the same tree.
#pragma once

#include <string>

#include "sim/scenario/yaml_node.h"

namespace lagsim::sim {

/// Block style; maps and lists of a few scalars on one line. Ends with a newline.
[[nodiscard]] std::string write_yaml(const YamlNode& document);

/// Flow style on one line, however long.
[[nodiscard]] std::string write_yaml_line(const YamlNode& node);

}  // namespace lagsim::sim
