/// JSON Schema (draft-07, what yaml-language-server understands best) of the scenario file.
#include <cmath>

#include <nlohmann/json.hpp>

#include "sim/scenario/fields.h"
#include "sim/scenario/schema_check.h"

namespace lagsim::sim {
namespace {

using Json = nlohmann::ordered_json;

/// Text forms of numbers with units; the reader is stricter about ranges than a pattern can be.
const char* pattern_of(ScalarType type) {
    switch (type) {
        case ScalarType::duration:
            return "^([0-9]*\\.?[0-9]+(ns|us|\u00B5s|\u03BCs|ms|s|m|h|d))+$";
        case ScalarType::duration_or_rest:
            return "^(rest|([0-9]*\\.?[0-9]+(ns|us|\u00B5s|\u03BCs|ms|s|m|h|d))+)$";
        case ScalarType::records_or_duration:
            return "^([0-9.]+[kMG]? "
                   "records?|([0-9]*\\.?[0-9]+(ns|us|\u00B5s|\u03BCs|ms|s|m|h|d))+)$";
        case ScalarType::records:
            return "^[0-9.]+[kMG]? records?$";
        case ScalarType::rate:
            return "^[0-9.]+([eE][+-]?[0-9]+)?[kMG]?/(s|min|h|d)$";
        case ScalarType::percentage:
            return "^[0-9.]+%$";
        default:
            return nullptr;
    }
}

void add_range(Json& schema, const Field& field) {
    if (field.above_minimum) {
        schema["exclusiveMinimum"] = field.minimum;
    } else {
        schema["minimum"] = field.minimum;
    }
    if (std::isfinite(field.maximum)) {
        schema["maximum"] = field.maximum;
    }
}

/// Several, where YAML gives a number or a text for the same thing (`24`, `100k`).
std::vector<Json> scalar_schemas(const Field& field) {
    switch (field.scalar) {
        case ScalarType::none:
            return {};
        case ScalarType::boolean:
            return {Json{{"type", "boolean"}}};
        case ScalarType::integer: {
            Json number{{"type", "integer"}};
            add_range(number, field);
            return {number, Json{{"type", "string"}, {"pattern", "^[0-9.]+[kMG]?$"}}};
        }
        case ScalarType::number: {
            Json number{{"type", "number"}};
            add_range(number, field);
            return {number};
        }
        case ScalarType::quantity:
            return {Json{{"type", "number"}, {"minimum", 0}},
                    Json{{"type", "string"},
                         {"pattern", "^[0-9.]+(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$"}}};
        case ScalarType::name:
        case ScalarType::path:
            return {Json{{"type", "string"}, {"minLength", 1}}};
        case ScalarType::text:
            return {Json{{"type", Json::array({"string", "number", "boolean"})}}};
        case ScalarType::any:
            return {Json::object()};
        default: {
            Json text{{"type", "string"}};
            if (const char* pattern = pattern_of(field.scalar); pattern != nullptr) {
                text["pattern"] = pattern;
            }
            return {text};
        }
    }
}

Json kind_schema(const Kind& kind);
Json field_schema(const Field& field);

std::vector<Json> form_schemas(const Field& field) {
    std::vector<Json> forms;
    if (!field.words.empty()) {
        Json words = Json::array();
        for (const std::string_view word : split_words(field.words)) {
            words.push_back(word);
            if (const auto number = parse_number(word)) {
                words.push_back(*number);  // `kedaVersion: 2.21` is a number to other readers
            }
        }
        forms.push_back(Json{{"enum", words}});
    }
    for (Json& scalar : scalar_schemas(field)) {
        forms.push_back(std::move(scalar));
    }
    if (field.dictionary) {
        forms.push_back(
            Json{{"type", "object"}, {"additionalProperties", field_schema(*field.element)}});
    } else if (field.element != nullptr) {
        forms.push_back(Json{{"type", "array"}, {"items", field_schema(*field.element)}});
    }
    if (field.map != nullptr && field.map_status == FieldStatus::built) {
        forms.push_back(kind_schema(*field.map));
    }
    return forms;
}

Json field_schema(const Field& field) {
    const std::vector<Json> forms = form_schemas(field);
    Json schema;
    if (forms.size() == 1) {
        schema = forms.front();
    } else {
        schema["anyOf"] = forms;
    }
    if (!field.doc.empty()) {
        schema["description"] = field.doc;
    }
    if (!field.fallback.empty() && field.fallback != "{}" && field.fallback != "[]") {
        schema["$comment"] = "default: " + std::string(field.fallback);
    }
    return schema;
}

Json kind_schema(const Kind& kind) {
    Json properties = Json::object();
    Json required = Json::array();
    for (const Field& field : kind.fields) {
        if (field.status == FieldStatus::not_modelled) {
            continue;  // the reader refuses it
        }
        properties[std::string(field.key)] = field_schema(field);
        if (field.required) {
            required.push_back(field.key);
        }
    }
    Json schema{{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
    if (!required.empty()) {
        schema["required"] = required;
    }
    return schema;
}

}  // namespace

std::string json_schema() {
    Json schema;
    schema["$schema"] = "http://json-schema.org/draft-07/schema#";
    schema["title"] = "lagsim scenario";
    schema["description"] = scenario_kind().doc;
    schema.update(kind_schema(scenario_kind()));
    return schema.dump(2) + "\n";
}

}  // namespace lagsim::sim
