/// Typed looks into a tree that has been checked against the table. A value that is absent, or was
/// complained about, gives nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "models/random/distribution.h"
#include "sim/scenario/manifests.h"
#include "sim/scenario/yaml_node.h"

namespace lagsim::sim {

/// The value of a key that is present and not complained about; null otherwise.
[[nodiscard]] const YamlNode* value_of(const YamlNode& map, std::string_view key);

[[nodiscard]] std::optional<std::string> text_of(const YamlNode& map, std::string_view key);
[[nodiscard]] std::optional<core::Duration> duration_of(const YamlNode& map, std::string_view key);
[[nodiscard]] std::optional<std::int64_t> integer_of(const YamlNode& map, std::string_view key);
[[nodiscard]] std::optional<std::int32_t> int32_of(const YamlNode& map, std::string_view key);
[[nodiscard]] std::optional<double> number_of(const YamlNode& map, std::string_view key);
[[nodiscard]] std::optional<double> percentage_of(const YamlNode& map, std::string_view key);
[[nodiscard]] std::optional<double> rate_of(const YamlNode& map, std::string_view key);
[[nodiscard]] std::optional<bool> boolean_of(const YamlNode& map, std::string_view key);
[[nodiscard]] std::optional<std::int64_t> milli_of(const YamlNode& map, std::string_view key);

/// The place of a key's value, or of the map if it is absent.
[[nodiscard]] Mark mark_of(const YamlNode& map, std::string_view key);
/// The place of the deepest node that exists on `path`.
[[nodiscard]] Mark mark_on_path(const YamlNode& root, const std::string& path);

[[nodiscard]] Position position_of(const Mark& mark);
/// Places of all keys that are written; lists of more than 100 entries are left out.
void collect_positions(const YamlNode& node, const std::string& path,
                       std::map<std::string, Position>& positions);

/// Characters to underline for a scalar.
[[nodiscard]] int width_of(const YamlNode& node);

}  // namespace lagsim::sim
