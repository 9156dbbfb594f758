#include "sim/scenario/values.h"

#include <algorithm>
#include <limits>

#include "sim/scenario/paths.h"
#include "sim/scenario/units.h"

namespace lagsim::sim {
namespace {

template <class T>
std::optional<T> parsed(const YamlNode& map, std::string_view key,
                        Parsed<T> (*parse)(std::string_view)) {
    const YamlNode* node = value_of(map, key);
    if (node == nullptr || !node->is_scalar()) {
        return std::nullopt;
    }
    const auto value = parse(node->text);
    return value ? std::optional<T>(*value) : std::nullopt;
}

}  // namespace

const YamlNode* value_of(const YamlNode& map, std::string_view key) {
    const YamlNode* node = map.find(key);
    return node == nullptr || node->invalid || node->is_null() ? nullptr : node;
}

std::optional<std::string> text_of(const YamlNode& map, std::string_view key) {
    const YamlNode* node = value_of(map, key);
    return node == nullptr || !node->is_scalar() ? std::nullopt : std::optional(node->text);
}
std::optional<core::Duration> duration_of(const YamlNode& map, std::string_view key) {
    return parsed<core::Duration>(map, key, parse_duration);
}
std::optional<std::int64_t> integer_of(const YamlNode& map, std::string_view key) {
    return parsed<std::int64_t>(map, key, parse_integer);
}
std::optional<std::int32_t> int32_of(const YamlNode& map, std::string_view key) {
    const auto value = integer_of(map, key);
    if (!value || *value > std::numeric_limits<std::int32_t>::max() ||
        *value < std::numeric_limits<std::int32_t>::min()) {
        return std::nullopt;
    }
    return static_cast<std::int32_t>(*value);
}
std::optional<double> number_of(const YamlNode& map, std::string_view key) {
    return parsed<double>(map, key, parse_number);
}
std::optional<double> percentage_of(const YamlNode& map, std::string_view key) {
    return parsed<double>(map, key, parse_percentage);
}
std::optional<double> rate_of(const YamlNode& map, std::string_view key) {
    return parsed<double>(map, key, parse_rate);
}
std::optional<bool> boolean_of(const YamlNode& map, std::string_view key) {
    return parsed<bool>(map, key, parse_boolean);
}
std::optional<std::int64_t> milli_of(const YamlNode& map, std::string_view key) {
    return parsed<std::int64_t>(map, key, parse_quantity_milli);
}

Mark mark_of(const YamlNode& map, std::string_view key) {
    const YamlNode* node = map.find(key);
    return node == nullptr || node->mark.source == nullptr ? map.mark : node->mark;
}

Mark mark_on_path(const YamlNode& root, const std::string& path) {
    const auto segments = parse_path(path);
    const YamlNode* node = &root;
    Mark mark = root.mark;
    if (!segments) {
        return mark;
    }
    for (const PathSegment& segment : *segments) {
        if (segment.is_index) {
            node = segment.index < node->items.size() ? &node->items[segment.index] : nullptr;
        } else {
            node = node->find(segment.key);
        }
        if (node == nullptr) {
            break;
        }
        mark = node->mark.source == nullptr ? mark : node->mark;
    }
    return mark;
}

Position position_of(const Mark& mark) {
    if (mark.source == nullptr) {
        return {};
    }
    return {mark.source->name, mark.line, mark.column, mark.source->line_text(mark.line)};
}

void collect_positions(const YamlNode& node, const std::string& path,
                       std::map<std::string, Position>& positions) {
    constexpr std::size_t longest = 100;
    if (node.items.size() > longest) {
        return;
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        const std::string here = child_path(path, i);
        if (node.items[i].mark.source != nullptr) {
            positions.emplace(here, position_of(node.items[i].mark));
        }
        collect_positions(node.items[i], here, positions);
    }
    for (const YamlEntry& entry : node.entries) {
        const std::string here = child_path(path, entry.key);
        // An override replaces the value only: then its place tells more than the key's.
        const Source* written = entry.value.mark.source;
        const bool overridden = written != nullptr && written != entry.mark.source;
        if (overridden || entry.mark.source != nullptr) {
            positions.emplace(here, position_of(overridden ? entry.value.mark : entry.mark));
        }
        collect_positions(entry.value, here, positions);
    }
}

int width_of(const YamlNode& node) {
    return node.is_scalar() ? static_cast<int>(std::min<std::size_t>(node.text.size(), 1000)) +
                                  (node.quoted ? 2 : 0)
                            : 1;
}

}  // namespace lagsim::sim
