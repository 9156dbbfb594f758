#include "sim/scenario/field_walk.h"

#include <cmath>

#include <fmt/core.h>

namespace lagsim::sim {

std::vector<Below> kinds_below(const Field& field) {
    std::vector<Below> below;
    if (field.map != nullptr) {
        below.push_back({field.map, ""});
    }
    if (field.element != nullptr && field.element->map != nullptr) {
        below.push_back({field.element->map, field.dictionary ? ".NAME" : "[]"});
    }
    return below;
}

void visit_fields(const Kind& kind, const std::string& prefix,
                  const std::function<void(const FieldVisit&)>& visit) {
    for (const Field& field : kind.fields) {
        const std::string path =
            prefix.empty() ? std::string(field.key) : fmt::format("{}.{}", prefix, field.key);
        visit({path, &field, &kind});
        for (const Below& below : kinds_below(field)) {
            visit_fields(*below.kind, path + below.suffix, visit);
        }
    }
}

std::string describe_default(const Field& field) {
    if (field.required) {
        return "required";
    }
    if (!field.fallback.empty()) {
        return field.fallback == "{}"   ? "all defaults below"
               : field.fallback == "[]" ? "empty"
                                        : std::string(field.fallback);
    }
    return field.fallback_note.empty() ? "none" : std::string(field.fallback_note);
}

std::string describe_range(const Field& field) {
    std::string text;
    if (field.above_minimum) {
        text = fmt::format("above {}", field.minimum);
    } else if (field.minimum > 0.0) {
        text = fmt::format("at least {}", field.minimum);
    }
    if (std::isfinite(field.maximum)) {
        text += (text.empty() ? "" : ", ") + fmt::format("at most {}", field.maximum);
    }
    return text;
}

}  // namespace lagsim::sim
