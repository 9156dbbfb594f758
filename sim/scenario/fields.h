/// The one table of what a scenario file (and a manifest) may say. The reader checks against it and
/// takes defaults from it; `lagsim explain`, `lagsim schema` and docs/scenario-reference.md print
/// it.
///
/// A kind is a map with known keys; a field is one key. A value has at most three forms: a scalar
/// (a word out of `words`, or text of type `scalar`), a list of `element`, a map of kind `map`.
#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lagsim::sim {

enum class ScalarType : std::uint8_t {
    none,
    text,
    name,         ///< text that names something: not empty, no control characters
    path,         ///< a file, relative to the file that names it
    integer,      ///< `24`, `100k`
    number,       ///< `1.1`
    percentage,   ///< `5%`
    duration,     ///< `1h30m`, `250ms`
    rate,         ///< `200/s`, `12.5k/min`
    quantity,     ///< Kubernetes: `500m`, `2`, `1Gi`
    boolean,      ///< `true`, `false`
    api_integer,  ///< as the API server wants it: an unquoted int32
    api_string,   ///< as the API server wants it: no unquoted number or boolean (a warning)
    records,      ///< `10 records`
    records_or_duration,
    duration_or_rest,
    any  ///< not looked into (free-form parts of manifests)
};

enum class FieldStatus : std::uint8_t {
    built,
    not_modelled,  ///< known, refused with error[not-modelled]
    ignored        ///< known in Kubernetes, without effect here: a warning
};

struct Kind;
struct YamlNode;

struct Field {
    std::string_view key = {};  ///< empty: the element of a list
    ScalarType scalar = ScalarType::none;
    std::string_view words = {};          ///< `a|b|c`: words allowed as a scalar
    std::string_view unbuilt_words = {};  ///< words that are known but not modelled
    const Kind* map = nullptr;
    /// Where the kind of `map` depends on the map that holds the field (a trigger's metadata).
    const Kind* (*map_for)(const YamlNode& owner) = nullptr;
    FieldStatus map_status = FieldStatus::built;
    bool dictionary = false;         ///< a map from names to values of form `element` or `map`
    const Field* element = nullptr;  ///< of a list, or of a dictionary
    std::string_view unit = {};
    std::string_view fallback = {};       ///< default as YAML; empty: none, or see `fallback_note`
    std::string_view fallback_note = {};  ///< where a default that depends on others comes from
    bool required = false;
    double minimum = 0.0;        ///< in the type's base unit: s, 1/s, 1
    bool above_minimum = false;  ///< the minimum itself is refused, too
    double maximum = std::numeric_limits<double>::infinity();
    std::string_view doc = {};
    std::string_view source = {};
    FieldStatus status = FieldStatus::built;
};

struct Kind {
    std::string_view name;  ///< in messages: "'x' is not a key of NAME"
    std::span<const Field> fields;
    std::string_view doc = {};
};

[[nodiscard]] const Kind& scenario_kind();  ///< the document
[[nodiscard]] const Kind& scaled_object_kind();
[[nodiscard]] const Kind& hpa_kind();
[[nodiscard]] const Kind& deployment_kind();
[[nodiscard]] const Kind& stateful_set_kind();
[[nodiscard]] const Kind& kafka_metadata_kind();
[[nodiscard]] const Kind& resource_metadata_kind();
[[nodiscard]] const Kind& cron_metadata_kind();

[[nodiscard]] const Field* find_field(const Kind& kind, std::string_view key);
[[nodiscard]] std::vector<std::string_view> keys_of(const Kind& kind);
/// What a value may be, in words: "a duration", "one of 'a', 'b'", "a list of ...".
[[nodiscard]] std::string describe_type(const Field& field);

/// `lagsim explain PATH`: full path, path without `spec.`, or the last part of one
/// (`serviceTime.mean`); list indices and names are optional. Empty: the overview of the document.
/// The error is a message with a suggestion.
[[nodiscard]] std::expected<std::string, std::string> explain_key(std::string_view path);

/// Every path that `explain_key` knows, in the order of the table: `spec.consumers[].group`.
[[nodiscard]] std::vector<std::string> all_paths();

/// JSON Schema (draft-07) of the scenario document, indented.
[[nodiscard]] std::string json_schema();

/// docs/scenario-reference.md.
[[nodiscard]] std::string reference_markdown();

}  // namespace lagsim::sim
