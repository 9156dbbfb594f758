/// Checks a tree against the field table: unknown keys, types, ranges, words, required keys, and
/// what is not modelled. Everything that needs more than one key is checked by who builds.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/fields.h"
#include "sim/scenario/units.h"
#include "sim/scenario/yaml_node.h"

namespace lagsim::sim {

/// Value of a scalar in its base unit (s, 1/s, 1), or why it is none; 0 for texts.
[[nodiscard]] Parsed<double> scalar_value(ScalarType type, const std::string& text);

/// One of the words of `words` ("a|b|c").
[[nodiscard]] bool has_word(std::string_view words, std::string_view word);
[[nodiscard]] std::vector<std::string_view> split_words(std::string_view words);

class SchemaCheck {
  public:
    explicit SchemaCheck(Report& report) : report_(report) {}

    /// Marks as `invalid` whatever was complained about.
    void check_map(YamlNode& node, const Kind& kind, const std::string& path);

    /// Known fields without effect, met so far.
    [[nodiscard]] const std::vector<std::pair<std::string, Mark>>& ignored() const {
        return ignored_;
    }

  private:
    void check_entry(YamlEntry& entry, const YamlNode& owner, const Kind& kind,
                     const std::string& path);
    void check_value(YamlNode& node, const Field& field, const YamlNode& owner,
                     const std::string& path);
    void check_dictionary(YamlNode& node, const Field& field, const std::string& path);
    void check_scalar(YamlNode& node, const Field& field, const std::string& path);
    void check_range(YamlNode& node, const Field& field, double value, const std::string& path);
    void check_api_string(YamlNode& node, const std::string& path);
    void complain(YamlNode& node, std::string_view code, std::string message,
                  const std::string& path, std::string_view suggestion = {});

    Report& report_;
    std::vector<std::pair<std::string, Mark>> ignored_;
};

/// Writes out every default of the table that the tree does not say, recursively.
void fill_defaults(YamlNode& node, const Kind& kind);

/// A YAML fragment of ours as a node without a place.
[[nodiscard]] YamlNode node_of_text(std::string_view yaml);

/// RFC 7386: maps merge, everything else replaces, null deletes. Places come from `patch`.
void merge_patch(YamlNode& target, const YamlNode& patch);

}  // namespace lagsim::sim
