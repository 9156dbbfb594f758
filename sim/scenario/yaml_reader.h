/// A strict reader of YAML over yaml-cpp: places from 1, and a refusal for all that yaml-cpp lets
/// pass in silence (duplicate keys, merge keys, alias bombs, bytes that are not UTF-8 ...).
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/yaml_node.h"

namespace lagsim::sim {

/// What a file may cost at most. Real ones are far below.
struct YamlLimits {
    std::size_t bytes = std::size_t{16} << 20U;
    std::size_t nodes = 500'000;  ///< after aliases are expanded
    std::size_t depth = 64;
};

/// The documents of the text, empty ones left out. What is wrong goes to the report, and then the
/// result is what could be read of it (nothing after a syntax error).
[[nodiscard]] std::vector<YamlNode> parse_yaml(const Source& source, Report& report,
                                               const YamlLimits& limits = {});

/// Reads a file (`-`: stdin) into `sources` and parses it.
struct LoadedFile {
    const Source* source = nullptr;  ///< null: could not be read; the report says why
    std::vector<YamlNode> documents;
};
[[nodiscard]] LoadedFile load_yaml_file(const std::string& path, Sources& sources, Report& report);

/// Text of a file, or null with the reason in the report.
[[nodiscard]] const Source* load_text_file(const std::string& path, Sources& sources,
                                           Report& report, std::size_t limit_bytes);

/// `name` as seen from `directory`; absolute paths stay.
[[nodiscard]] std::string resolve_path(const std::string& directory, const std::string& name);

/// Byte offset to place; columns count characters.
[[nodiscard]] Mark mark_at(const Source& source, std::size_t offset);

}  // namespace lagsim::sim
