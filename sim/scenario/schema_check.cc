#include "sim/scenario/schema_check.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/core.h>

#include "sim/scenario/values.h"
#include "sim/scenario/yaml_reader.h"

namespace lagsim::sim {
namespace {

std::string shown(const YamlNode& node) {
    constexpr std::size_t longest = 60;
    switch (node.kind) {
        case YamlNode::Kind::null:
            return "nothing";
        case YamlNode::Kind::sequence:
            return "a list";
        case YamlNode::Kind::map:
            return "a map";
        case YamlNode::Kind::scalar:
            break;
    }
    return node.text.size() > longest ? fmt::format("'{}...'", node.text.substr(0, longest))
                                      : fmt::format("'{}'", node.text);
}

Parsed<double> name_value(const std::string& text) {
    if (text.empty()) {
        return std::unexpected(std::string("a name cannot be empty"));
    }
    const bool control = std::ranges::any_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    });
    if (control) {
        return std::unexpected(std::string("a name cannot hold control characters"));
    }
    return 0.0;
}

template <class T, class Convert>
Parsed<double> converted(Parsed<T> parsed, Convert convert) {
    if (!parsed) {
        return std::unexpected(std::move(parsed.error()));
    }
    return static_cast<double>(convert(*parsed));
}

Parsed<double> api_integer_value(const std::string& text) {
    std::int32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::size_t digits = text.starts_with('-') ? 1 : 0;
    const bool leading_zero = text.size() > digits + 1 && text[digits] == '0';
    if (error != std::errc{} || end != text.data() + text.size() || leading_zero) {
        return std::unexpected(
            fmt::format("'{}' is not a whole number as Kubernetes writes it (such as 30)", text));
    }
    return static_cast<double>(value);
}

}  // namespace

Parsed<double> scalar_value(ScalarType type, const std::string& text) {
    const auto seconds = [](core::Duration d) { return core::seconds(d); };
    const auto same = [](auto value) { return value; };
    switch (type) {
        case ScalarType::name:
        case ScalarType::path:
            return name_value(text);
        case ScalarType::integer:
            if (const auto large = parse_seed(text)) {  // seeds need all 64 bits
                return static_cast<double>(*large);
            }
            return converted(parse_integer(text), same);
        case ScalarType::number:
            return converted(parse_number(text), same);
        case ScalarType::percentage:
            return converted(parse_percentage(text), same);
        case ScalarType::duration:
            return converted(parse_duration(text), seconds);
        case ScalarType::duration_or_rest:
            return text == "rest" ? Parsed<double>(std::numeric_limits<double>::infinity())
                                  : converted(parse_duration(text), seconds);
        case ScalarType::rate:
            return converted(parse_rate(text), same);
        case ScalarType::quantity:
            return converted(parse_quantity_milli(text),
                             [](std::int64_t milli) { return static_cast<double>(milli) / 1000; });
        case ScalarType::boolean:
            return converted(parse_boolean(text), same);
        case ScalarType::records:
            return converted(parse_records(text), [](core::Records r) { return r.value(); });
        case ScalarType::records_or_duration:
            return text.find(' ') != std::string::npos
                       ? converted(parse_records(text), [](core::Records r) { return r.value(); })
                       : converted(parse_duration(text), seconds);
        case ScalarType::api_integer:
            return api_integer_value(text);
        case ScalarType::api_string:
        case ScalarType::none:
        case ScalarType::text:
        case ScalarType::any:
            break;
    }
    return 0.0;
}

std::vector<std::string_view> split_words(std::string_view words) {
    std::vector<std::string_view> result;
    while (!words.empty()) {
        const std::size_t end = words.find('|');
        result.push_back(words.substr(0, end));
        words.remove_prefix(end == std::string_view::npos ? words.size() : end + 1);
    }
    return result;
}

bool has_word(std::string_view words, std::string_view word) {
    return std::ranges::count(split_words(words), word) > 0;
}

void SchemaCheck::complain(YamlNode& node, std::string_view code, std::string message,
                           const std::string& path, std::string_view suggestion) {
    node.invalid = true;
    report_.error(node.mark, {.code = code,
                              .message = std::move(message),
                              .path = path,
                              .suggestion = suggestion,
                              .width = node.is_scalar() ? width_of(node) : 1});
}

void SchemaCheck::check_map(YamlNode& node, const Kind& kind, const std::string& path) {
    for (YamlEntry& entry : node.entries) {
        check_entry(entry, node, kind, path);
    }
    for (const Field& field : kind.fields) {
        if (field.required && node.find(field.key) == nullptr) {
            report_.error(node.mark,
                          {.code = "missing-key",
                           .message = fmt::format("{} needs the key '{}' ({})", kind.name,
                                                  field.key, describe_type(field)),
                           .path = child_path(path, field.key)});
        }
    }
}

void SchemaCheck::check_entry(YamlEntry& entry, const YamlNode& owner, const Kind& kind,
                              const std::string& path) {
    const std::string here = child_path(path, entry.key);
    const Field* field = find_field(kind, entry.key);
    if (field == nullptr) {
        const auto keys = keys_of(kind);
        entry.value.invalid = true;
        report_.error(entry.mark,
                      {.code = "unknown-key",
                       .message = fmt::format("'{}' is not a key of {}", entry.key, kind.name),
                       .path = here,
                       .suggestion = did_you_mean(entry.key, keys),
                       .width = static_cast<int>(std::max<std::size_t>(1, entry.key.size()))});
        return;
    }
    if (field->status == FieldStatus::not_modelled) {
        entry.value.invalid = true;
        report_.error(entry.mark, {.code = "not-modelled",
                                   .message = fmt::format("'{}' is not modelled yet", entry.key),
                                   .path = here,
                                   .width = static_cast<int>(entry.key.size())});
        return;
    }
    if (field->status == FieldStatus::ignored) {
        ignored_.emplace_back(here, entry.mark);
        return;
    }
    if (entry.value.is_null() && field->scalar != ScalarType::any) {
        entry.value.mark = entry.mark;  // an absent value has no place of its own
        complain(entry.value, "wrong-type",
                 fmt::format("'{}' has no value; expected {}", entry.key, describe_type(*field)),
                 here);
        return;
    }
    check_value(entry.value, *field, owner, here);
}

void SchemaCheck::check_value(YamlNode& node, const Field& field, const YamlNode& owner,
                              const std::string& path) {
    if (field.scalar == ScalarType::any) {
        return;
    }
    if (field.dictionary && node.is_map()) {
        check_dictionary(node, field, path);
    } else if (!field.dictionary && field.element != nullptr && node.is_sequence()) {
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            check_value(node.items[i], *field.element, node, child_path(path, i));
        }
    } else if (field.map != nullptr && node.is_map()) {
        const Kind* kind = field.map_for != nullptr ? field.map_for(owner) : field.map;
        if (field.map_status == FieldStatus::not_modelled) {
            complain(node, "not-modelled",
                     fmt::format("{} as a map is not modelled yet", kind->name), path);
            return;
        }
        check_map(node, *kind, path);
    } else if (node.is_scalar() && (field.scalar != ScalarType::none || !field.words.empty())) {
        check_scalar(node, field, path);
    } else {
        complain(node, "wrong-type",
                 fmt::format("expected {}, not {}", describe_type(field), shown(node)), path);
    }
}

void SchemaCheck::check_dictionary(YamlNode& node, const Field& field, const std::string& path) {
    for (YamlEntry& entry : node.entries) {
        const std::string here = child_path(path, entry.key);
        if (const auto name = name_value(entry.key); !name) {
            entry.value.invalid = true;
            report_.error(entry.mark,
                          {.code = "invalid-name", .message = name.error(), .path = here});
        }
        check_value(entry.value, *field.element, node, here);
    }
}

void SchemaCheck::check_scalar(YamlNode& node, const Field& field, const std::string& path) {
    if (has_word(field.words, node.text)) {
        return;
    }
    if (has_word(field.unbuilt_words, node.text)) {
        complain(node, "not-modelled", fmt::format("'{}' is not modelled yet", node.text), path);
        return;
    }
    if (field.scalar == ScalarType::none) {
        const auto words = split_words(field.words);
        complain(node, "bad-value",
                 fmt::format("expected {}, not {}", describe_type(field), shown(node)), path,
                 did_you_mean(node.text, words));
        return;
    }
    if (field.scalar == ScalarType::api_string) {
        check_api_string(node, path);
        return;
    }
    if ((field.scalar == ScalarType::api_integer || field.scalar == ScalarType::boolean) &&
        node.quoted && node.mark.source != nullptr) {
        complain(
            node, "wrong-type",
            fmt::format("expected {} without quotes, not {}", describe_type(field), shown(node)),
            path);
        return;
    }
    const auto value = scalar_value(field.scalar, node.text);
    if (!value) {
        const bool name = field.scalar == ScalarType::name || field.scalar == ScalarType::path;
        const std::string also = field.words.empty()
                                     ? std::string()
                                     : " (or " + describe_type({.words = field.words}) + ")";
        const auto words = split_words(field.words);
        complain(node, name ? "invalid-name" : "wrong-type", value.error() + also, path,
                 did_you_mean(node.text, words));
        return;
    }
    check_range(node, field, *value, path);
}

void SchemaCheck::check_range(YamlNode& node, const Field& field, double value,
                              const std::string& path) {
    const std::string unit =
        field.unit.empty() || field.unit == "1" || field.unit.find(' ') != std::string_view::npos
            ? std::string()
            : fmt::format(" {}", field.unit);
    if (value < field.minimum) {
        complain(
            node, "out-of-range",
            fmt::format("'{}' is below {}{}, the least allowed", node.text, field.minimum, unit),
            path);
    } else if (field.above_minimum && value == field.minimum) {
        complain(node, "out-of-range",
                 fmt::format("'{}' must be above {}{}", node.text, field.minimum, unit), path);
    } else if (value > field.maximum) {
        complain(
            node, "out-of-range",
            fmt::format("'{}' is above {}{}, the most allowed", node.text, field.maximum, unit),
            path);
    }
}

/// The API server refuses `lagThreshold: 50`; a simulator can still tell what is meant.
void SchemaCheck::check_api_string(YamlNode& node, const std::string& path) {
    const bool number = parse_number(node.text).has_value();
    const bool word = node.text == "true" || node.text == "false";
    if (!node.quoted && (number || word) && node.mark.source != nullptr) {
        report_.warning(node.mark, {.code = "unquoted-string",
                                    .message = fmt::format(
                                        "the API server wants a string here and refuses {}; write "
                                        "\"{}\"",
                                        node.text, node.text),
                                    .path = path,
                                    .width = width_of(node)});
    }
}

namespace {

void forget_places(YamlNode& node) {
    node.mark = {};
    for (YamlNode& item : node.items) {
        forget_places(item);
    }
    for (YamlEntry& entry : node.entries) {
        entry.mark = {};
        forget_places(entry.value);
    }
}

void fill_value(YamlNode& node, const Field& field, const YamlNode& owner) {
    if (field.dictionary) {
        for (YamlEntry& entry : node.entries) {
            fill_value(entry.value, *field.element, node);
        }
    } else if (field.element != nullptr && node.is_sequence()) {
        for (YamlNode& item : node.items) {
            fill_value(item, *field.element, node);
        }
    } else if (field.map != nullptr && node.is_map()) {
        fill_defaults(node, field.map_for != nullptr ? *field.map_for(owner) : *field.map);
    }
}

}  // namespace

YamlNode node_of_text(std::string_view yaml) {
    const bool word = std::ranges::all_of(yaml, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '%';
    });
    if (word) {  // most defaults: no need for a parser
        return scalar_node(std::string(yaml));
    }
    Sources sources;
    Report report;
    const Source& source = add_source(sources, "", "", std::string(yaml));
    std::vector<YamlNode> documents = parse_yaml(source, report);
    if (documents.empty()) {
        return {};
    }
    forget_places(documents.front());
    return std::move(documents.front());
}

void fill_defaults(YamlNode& node, const Kind& kind) {
    for (const Field& field : kind.fields) {
        if (node.find(field.key) == nullptr && !field.fallback.empty()) {
            node.insert(std::string(field.key), {}, node_of_text(field.fallback));
        }
        if (YamlNode* value = node.find(field.key); value != nullptr) {
            fill_value(*value, field, node);
        }
    }
}

void merge_patch(YamlNode& target, const YamlNode& patch) {
    if (!patch.is_map()) {
        target = patch;
        return;
    }
    if (!target.is_map()) {
        target = YamlNode{};
        target.kind = YamlNode::Kind::map;
        target.mark = patch.mark;
    }
    for (const YamlEntry& change : patch.entries) {
        if (change.value.is_null()) {
            std::erase_if(target.entries,
                          [&](const YamlEntry& entry) { return entry.key == change.key; });
        } else if (YamlNode* existing = target.find(change.key); existing != nullptr) {
            merge_patch(*existing, change.value);  // the key keeps its first place
        } else {
            YamlNode& fresh = target.insert(change.key, change.mark, {});
            merge_patch(fresh, change.value);
        }
    }
}

}  // namespace lagsim::sim
