/// `lagsim explain`: one key of the table in words.
#include <algorithm>
#include <iterator>

#include <fmt/core.h>

#include "sim/scenario/diagnostics.h"
#include "sim/scenario/field_walk.h"
#include "sim/scenario/fields.h"
#include "sim/scenario/paths.h"

namespace lagsim::sim {
namespace {

struct Known {
    std::string path;
    const Field* field = nullptr;
};

std::vector<Known> scenario_fields() {
    std::vector<Known> known;
    visit_fields(scenario_kind(), "",
                 [&known](const FieldVisit& visit) { known.push_back({visit.path, visit.field}); });
    return known;
}
std::vector<Known> manifest_fields() {
    std::vector<Known> known;
    for (const std::string_view kind :
         {"ScaledObject", "HorizontalPodAutoscaler", "Deployment", "StatefulSet"}) {
        visit_fields(*kind_named(kind), std::string(kind), [&known](const FieldVisit& visit) {
            known.push_back({visit.path, visit.field});
        });
    }
    return known;
}

/// Keys only: indices, names of topics and names of manifests drop out, as they do in the table's
/// own paths.
std::vector<std::string> keys_in(std::string_view path) {
    std::vector<std::string> keys;
    std::string key;
    const auto finish = [&] {
        key = key.substr(0, key.find('/'));
        if (!key.empty()) {
            keys.push_back(key);
        }
        key.clear();
    };
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (path[i] == '[') {
            finish();
            const bool name = i + 1 < path.size() && path[i + 1] == '"';
            const std::size_t end = name ? path.find("\"]", i + 2) : path.find(']', i);
            if (name) {
                keys.emplace_back("NAME");
            }
            i = end == std::string_view::npos ? path.size() : end + (name ? 1 : 0);
        } else if (path[i] == '.') {
            finish();
        } else {
            key += path[i];
        }
    }
    finish();
    return keys;
}

/// `wanted` at the end of `keys`, where NAME stands for any name, or may be left out.
bool ends_with(const std::vector<std::string>& keys, const std::vector<std::string>& wanted) {
    std::size_t i = keys.size();
    std::size_t j = wanted.size();
    while (j > 0) {
        if (i == 0) {
            return false;
        }
        if (keys[i - 1] == wanted[j - 1] || (keys[i - 1] == "NAME" && j < wanted.size())) {
            --i;
            --j;
        } else if (keys[i - 1] == "NAME") {
            --i;
        } else {
            return false;
        }
    }
    return true;
}
bool skips_name(const std::vector<std::string>& keys, const std::vector<std::string>& wanted) {
    std::vector<std::string> bare;
    std::ranges::copy_if(keys, std::back_inserter(bare),
                         [](const std::string& key) { return key != "NAME"; });
    return ends_with(bare, wanted);
}

void append_line(std::string& out, std::string_view label, std::string_view text) {
    if (!text.empty()) {
        out += fmt::format("  {:<9}{}\n", label, text);
    }
}

void append_keys(std::string& out, const Kind& kind, std::string_view suffix) {
    if (!kind.doc.empty()) {
        out += fmt::format("\n  {}\n", kind.doc);
    }
    out += fmt::format("\n  keys{}:\n", suffix.empty()   ? ""
                                        : suffix == "[]" ? " of each entry"
                                                         : " of each name");
    for (const Field& field : kind.fields) {
        out += fmt::format("    {:<24}{}{}\n", field.key, field.required ? "(required) " : "",
                           field.doc);
    }
}

std::string explain_one(const Known& known) {
    const Field& field = *known.field;
    std::string out = fmt::format("{}\n  {}\n\n", known.path, field.doc);
    append_line(out, "type", describe_type(field));
    append_line(out, "unit", field.unit);
    append_line(out, "default", describe_default(field));
    append_line(out, "range", describe_range(field));
    append_line(out, "source", field.source);
    if (field.status == FieldStatus::not_modelled) {
        append_line(out, "status", "not modelled yet: refused");
    } else if (field.status == FieldStatus::ignored) {
        append_line(out, "status", "ignored by the simulator, with a warning");
    } else if (!field.unbuilt_words.empty()) {
        append_line(out, "refused", fmt::format("{} (not modelled)", field.unbuilt_words));
    }
    for (const Below& below : kinds_below(field)) {
        append_keys(out, *below.kind, below.suffix);
    }
    return out;
}

std::string overview() {
    std::string out = fmt::format("{}\n\n", scenario_kind().doc);
    append_keys(out, *find_field(scenario_kind(), "spec")->map, "");
    out += "\nlagsim explain spec.consumers.serviceTime tells more of one key.\n";
    return out;
}

std::string keep_last(std::vector<std::string> keys) {
    return keys.empty() ? std::string() : keys.back();
}

}  // namespace

std::vector<std::string> all_paths() {
    std::vector<std::string> paths;
    for (const Known& known : scenario_fields()) {
        paths.push_back(known.path);
    }
    return paths;
}

std::expected<std::string, std::string> explain_key(std::string_view path) {
    if (path.empty()) {
        return overview();
    }
    const std::vector<std::string> wanted = keys_in(path);
    std::vector<Known> known = scenario_fields();
    const std::vector<Known> manifests = manifest_fields();
    known.insert(known.end(), manifests.begin(), manifests.end());
    std::vector<Known> found;
    std::vector<std::string_view> last_keys;
    for (const Known& candidate : known) {
        const std::vector<std::string> keys = keys_in(candidate.path);
        last_keys.push_back(candidate.field->key);
        const bool fits = !wanted.empty() && (ends_with(keys, wanted) || skips_name(keys, wanted));
        if (fits && keys.size() == wanted.size()) {
            return explain_one(candidate);  // the whole path was given
        }
        if (fits) {
            found.push_back(candidate);
        }
    }
    if (found.empty()) {
        const auto suggestion = did_you_mean(keep_last(wanted), last_keys);
        return std::unexpected(
            suggestion.empty()
                ? fmt::format("there is no key '{}'", path)
                : fmt::format("there is no key '{}'; did you mean '{}'?", path, suggestion));
    }
    std::string out;
    for (const Known& candidate : found) {
        out += (out.empty() ? "" : "\n") + explain_one(candidate);
    }
    return out;
}

}  // namespace lagsim::sim
