#include "sim/scenario/fields.h"

#include <algorithm>

#include <fmt/core.h>

#include "sim/scenario/schema_check.h"

namespace lagsim::sim {

const Field* find_field(const Kind& kind, std::string_view key) {
    const auto found = std::ranges::find(kind.fields, key, &Field::key);
    return found == kind.fields.end() ? nullptr : &*found;
}

std::vector<std::string_view> keys_of(const Kind& kind) {
    std::vector<std::string_view> keys;
    for (const Field& field : kind.fields) {
        keys.push_back(field.key);
    }
    return keys;
}

namespace {

std::string_view describe_scalar(ScalarType type) {
    switch (type) {
        case ScalarType::none:
            return "";
        case ScalarType::text:
        case ScalarType::api_string:
            return "text";
        case ScalarType::name:
            return "a name";
        case ScalarType::path:
            return "the path of a file";
        case ScalarType::integer:
            return "a whole number (24, 100k)";
        case ScalarType::api_integer:
            return "a whole number (30)";
        case ScalarType::number:
            return "a number (1.1)";
        case ScalarType::percentage:
            return "a percentage (5%)";
        case ScalarType::duration:
            return "a duration (250ms, 1h30m)";
        case ScalarType::rate:
            return "a rate (200/s, 12.5k/min)";
        case ScalarType::quantity:
            return "a Kubernetes quantity (500m, 2, 1Gi)";
        case ScalarType::boolean:
            return "true or false";
        case ScalarType::records:
            return "a number of records ('10 records')";
        case ScalarType::records_or_duration:
            return "a duration (1s) or a number of records ('10 records')";
        case ScalarType::duration_or_rest:
            return "a duration (8h) or 'rest'";
        case ScalarType::any:
            return "any value";
    }
    return "";
}

std::string describe_words(std::string_view words) {
    std::string text;
    const auto list = split_words(words);
    for (std::size_t i = 0; i < list.size(); ++i) {
        text += i == 0 ? "" : i + 1 == list.size() ? " or " : ", ";
        text += fmt::format("'{}'", list[i]);
    }
    return text;
}

}  // namespace

std::string describe_type(const Field& field) {
    std::vector<std::string> forms;
    if (!field.words.empty()) {
        forms.push_back(describe_words(field.words));
    }
    if (field.scalar != ScalarType::none) {
        forms.emplace_back(describe_scalar(field.scalar));
    }
    if (field.dictionary) {
        forms.emplace_back("a map of names");
    } else if (field.element != nullptr) {
        forms.push_back(field.element->map != nullptr
                            ? std::string("a list of maps")
                            : fmt::format("a list (each entry {})", describe_type(*field.element)));
    }
    if (field.map != nullptr) {
        std::string keys;
        for (const Field& inner : field.map->fields) {
            keys += (keys.empty() ? "" : ", ") + std::string(inner.key);
        }
        forms.push_back(keys.size() > 100 ? "a map" : fmt::format("a map {{{}}}", keys));
    }
    std::string text;
    for (std::size_t i = 0; i < forms.size(); ++i) {
        text += (i == 0 ? "" : i + 1 == forms.size() ? " or " : ", ") + forms[i];
    }
    return text;
}

}  // namespace lagsim::sim
