#include "sim/scenario/paths.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/core.h>

#include "sim/scenario/yaml_reader.h"

namespace lagsim::sim {
namespace {

constexpr std::string_view unknown_path = "unknown-path";

/// Length of a plain key at the start of `text`: up to the next '.' or '['.
std::size_t plain_length(std::string_view text) {
    return std::min(text.find_first_of(".["), text.size());
}

/// Reads `[3]` or `["a.b"]` at the start of `rest`.
std::expected<PathSegment, std::string> read_bracket(std::string_view& rest) {
    PathSegment segment;
    if (rest.size() > 1 && rest[1] == '"') {
        const std::size_t end = rest.find("\"]", 2);
        if (end == std::string_view::npos) {
            return std::unexpected(std::string("[\" is never closed"));
        }
        segment.key = rest.substr(2, end - 2);
        rest.remove_prefix(end + 2);
        return segment;
    }
    const std::size_t end = rest.find(']');
    const std::string_view digits = rest.substr(1, end == std::string_view::npos ? 0 : end - 1);
    const auto [last, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), segment.index);
    if (digits.empty() || error != std::errc{} || last != digits.data() + digits.size()) {
        return std::unexpected(
            std::string("brackets hold an index from 0, or a name in double quotes"));
    }
    segment.is_index = true;
    rest.remove_prefix(end + 1);
    return segment;
}

}  // namespace

std::expected<std::vector<PathSegment>, std::string> parse_path(std::string_view path) {
    std::vector<PathSegment> segments;
    std::string_view rest = path;
    while (!rest.empty()) {
        const std::size_t offset = path.size() - rest.size();
        PathSegment segment;
        if (rest[0] == '[') {
            auto bracket = read_bracket(rest);
            if (!bracket) {
                return std::unexpected(std::move(bracket.error()));
            }
            segment = std::move(*bracket);
        } else {
            const std::size_t length = plain_length(rest);
            segment.key = rest.substr(0, length);
            rest.remove_prefix(length);
        }
        if (!segment.is_index && segment.key.empty()) {
            return std::unexpected(std::string("a name is missing"));
        }
        segment.offset = offset;
        segments.push_back(std::move(segment));
        if (rest == ".") {
            return std::unexpected(std::string("a name is missing after the last '.'"));
        }
        if (!rest.empty() && rest[0] == '.') {
            rest.remove_prefix(1);
        } else if (!rest.empty() && rest[0] != '[') {
            return std::unexpected(std::string("a '.' is missing after ']'"));
        }
    }
    if (segments.empty()) {
        return std::unexpected(std::string("the path is empty"));
    }
    return segments;
}

const Kind* kind_named(std::string_view kind) {
    return kind == "Scenario"                  ? &scenario_kind()
           : kind == "ScaledObject"            ? &scaled_object_kind()
           : kind == "HorizontalPodAutoscaler" ? &hpa_kind()
           : kind == "Deployment"              ? &deployment_kind()
           : kind == "StatefulSet"             ? &stateful_set_kind()
                                               : nullptr;
}

namespace {

std::string name_of(const ManifestDocument& document) {
    const YamlNode* metadata = document.node.find("metadata");
    const YamlNode* name = metadata == nullptr ? nullptr : metadata->find("name");
    return name == nullptr ? std::string() : name->text;
}

/// Where a path has led so far: a place in the tree (null once it leaves what is written) and what
/// the table says about it.
struct Walk {
    const Field* field = nullptr;  ///< null at the root of a document
    const Kind* kind = nullptr;    ///< of the map here, if it is one
};

struct Problem {
    std::string message;
    std::string suggestion;
    std::size_t offset = 0;
};

/// Steps through the tree and creates missing maps on the way, so it works on a copy if the caller
/// only looks.
class Walker {
  public:
    Walker(YamlNode& root, const Kind& kind, std::span<const PathSegment> segments, Mark mark)
        : node_(&root), kind_(&kind), segments_(segments), mark_(mark) {}

    /// The field and its place; the last step creates a null node.
    [[nodiscard]] std::expected<const Field*, Problem> walk() {
        for (const PathSegment& segment : segments_) {
            std::optional<Problem> problem =
                segment.is_index ? step_into_list(segment) : step_into_map(segment);
            if (problem) {
                problem->offset = segment.offset;
                return std::unexpected(std::move(*problem));
            }
        }
        return field_;
    }
    [[nodiscard]] YamlNode& node() { return *node_; }

  private:
    std::optional<Problem> step_into_list(const PathSegment& segment) {
        if (field_ == nullptr || field_->element == nullptr || field_->dictionary) {
            return Problem{fmt::format("[{}]: this is no list", segment.index), {}};
        }
        if (!node_->is_sequence() || segment.index >= node_->items.size()) {
            return Problem{fmt::format("[{}]: the list has {} entries, counted from 0",
                                       segment.index, node_->items.size()),
                           {}};
        }
        node_ = &node_->items[segment.index];
        field_ = field_->element;
        kind_ = field_->map;
        return std::nullopt;
    }
    std::optional<Problem> step_into_map(const PathSegment& segment) {
        if (field_ != nullptr && field_->dictionary) {
            return step_into_dictionary(segment);
        }
        if (kind_ == nullptr) {
            return Problem{fmt::format("'{}': there are no keys below {}", segment.key,
                                       field_->key.empty() ? "this" : field_->key),
                           {}};
        }
        const Field* field = find_field(*kind_, segment.key);
        if (field == nullptr) {
            const auto keys = keys_of(*kind_);
            return Problem{fmt::format("'{}' is not a key of {}", segment.key, kind_->name),
                           std::string(did_you_mean(segment.key, keys))};
        }
        if (!make_map()) {
            return Problem{fmt::format("'{}' is written as a plain value here; set the whole of it",
                                       field_ == nullptr ? segment.key : field_->key),
                           {}};
        }
        const YamlNode& owner = *node_;
        kind_ = field->map_for != nullptr ? field->map_for(owner) : field->map;
        enter(segment.key);
        field_ = field;
        return std::nullopt;
    }
    /// Annotations may be added; topics may not.
    std::optional<Problem> step_into_dictionary(const PathSegment& segment) {
        const bool free = field_->element->map == nullptr;
        if (!make_map() || (!free && node_->find(segment.key) == nullptr)) {
            std::vector<std::string_view> names;
            for (const YamlEntry& entry : node_->entries) {
                names.push_back(entry.key);
            }
            return Problem{fmt::format("'{}' is not among '{}'", segment.key, field_->key),
                           std::string(did_you_mean(segment.key, names))};
        }
        enter(segment.key);
        field_ = field_->element;
        kind_ = field_->map;
        return std::nullopt;
    }
    bool make_map() {
        if (node_->is_null()) {
            node_->kind = YamlNode::Kind::map;
            node_->mark = mark_;
        }
        return node_->is_map();
    }
    void enter(const std::string& key) {
        YamlNode* child = node_->find(key);
        if (child == nullptr) {
            child = &node_->insert(key, mark_, {});
            child->mark = mark_;
        }
        node_ = child;
    }

    YamlNode* node_;
    const Field* field_ = nullptr;
    const Kind* kind_;
    std::span<const PathSegment> segments_;
    Mark mark_;
};

/// The document that the first segment names: `spec`, `metadata`, or `ScaledObject[/NAME]`.
struct Root {
    YamlNode* node = nullptr;
    const Kind* kind = nullptr;
    std::size_t used = 0;  ///< segments that named it
};

std::expected<Root, Problem> find_root(Documents& documents, const PathSegment& first) {
    const std::size_t slash = first.key.find('/');
    const std::string kind = first.key.substr(0, slash);
    const std::string name = slash == std::string::npos ? "" : first.key.substr(slash + 1);
    if (kind == "spec" || kind == "metadata") {
        if (documents.scenario.is_map()) {
            return Root{&documents.scenario, &scenario_kind(), 0};
        }
        return std::unexpected(Problem{"there is no scenario here", {}, first.offset});
    }
    const Kind* known = kind_named(kind);
    if (known == nullptr || kind == "Scenario") {
        constexpr std::array<std::string_view, 6> roots{"spec",         "metadata",
                                                        "ScaledObject", "HorizontalPodAutoscaler",
                                                        "Deployment",   "StatefulSet"};
        return std::unexpected(
            Problem{fmt::format("a path starts with spec, metadata, or the kind of a manifest, not "
                                "'{}'",
                                first.key),
                    std::string(did_you_mean(kind, roots)), first.offset});
    }
    std::vector<ManifestDocument*> found;
    for (ManifestDocument& document : documents.manifests) {
        if (document.kind == kind && (name.empty() || name == name_of(document))) {
            found.push_back(&document);
        }
    }
    if (found.size() != 1) {
        return std::unexpected(
            Problem{found.empty() ? fmt::format("there is no {} among the manifests", first.key)
                                  : fmt::format("there are {} manifests of kind {}; write {}/NAME",
                                                found.size(), kind, kind),
                    {},
                    first.offset});
    }
    return Root{&found.front()->node, known, 1};
}

/// Walks and reports; null with the reason in the report.
struct Found {
    const Field* field = nullptr;
    YamlNode* node = nullptr;
};
std::optional<Found> follow(Documents& documents, const std::string& path, const Mark& mark,
                            bool mark_is_path, Report& report) {
    const auto refuse = [&](const Problem& problem) {
        Mark place = mark;
        place.column += mark_is_path ? static_cast<int>(problem.offset) : 0;
        report.error(place, {.code = unknown_path,
                             .message = fmt::format("no such path '{}': {}", path, problem.message),
                             .path = path,
                             .suggestion = problem.suggestion});
        return std::nullopt;
    };
    auto segments = parse_path(path);
    if (!segments) {
        return refuse({segments.error(), {}, 0});
    }
    const auto root = find_root(documents, segments->front());
    if (!root) {
        return refuse(root.error());
    }
    const auto rest = std::span<const PathSegment>(*segments).subspan(root->used);
    if (rest.empty()) {
        return refuse({"name a key below the kind", {}, 0});
    }
    Walker walker(*root->node, *root->kind, rest, mark);
    const auto field = walker.walk();
    if (!field) {
        return refuse(field.error());
    }
    return Found{*field, &walker.node()};
}

/// First '=' outside double quotes.
std::size_t find_equals(std::string_view text) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        quoted = quoted != (text[i] == '"');
        if (text[i] == '=' && !quoted) {
            return i;
        }
    }
    return std::string_view::npos;
}

void shift_places(YamlNode& node, const Source& source, int columns);

/// The part behind the '=' as YAML, with places within the whole assignment.
std::optional<YamlNode> value_of_set(const Source& text, const Source& whole, int columns,
                                     const std::string& path, Report& report) {
    Report own;
    std::vector<YamlNode> values = parse_yaml(text, own);
    std::vector<Diagnostic> complaints = own.all();
    for (Diagnostic& complaint : complaints) {
        complaint.column += complaint.line == 1 ? columns : 0;
        complaint.source_line = whole.line_text(complaint.line);
        complaint.path = path;
    }
    report.append(complaints);
    if (own.failed()) {
        return std::nullopt;
    }
    if (values.size() != 1) {
        report.error({&whole, 1, columns + 1},
                     {.code = "bad-value",
                      .message = values.empty() ? "the value is missing" : "more than one value",
                      .path = path});
        return std::nullopt;
    }
    shift_places(values.front(), whole, columns);
    return std::move(values.front());
}

void shift_places(YamlNode& node, const Source& source, int columns) {
    node.mark.source = &source;
    node.mark.column += node.mark.line == 1 ? columns : 0;
    for (YamlNode& item : node.items) {
        shift_places(item, source, columns);
    }
    for (YamlEntry& entry : node.entries) {
        entry.mark.source = &source;
        entry.mark.column += entry.mark.line == 1 ? columns : 0;
        shift_places(entry.value, source, columns);
    }
}

}  // namespace

void apply_set(Documents& documents, const std::string& assignment, Sources& sources,
               Report& report) {
    const Source& source = add_source(sources, "--set", "", assignment);
    const std::size_t equals = find_equals(assignment);
    if (equals == std::string_view::npos) {
        report.error({&source, 1, 1},
                     {.code = "bad-value", .message = "expected path=value", .path = assignment});
        return;
    }
    const std::string path = assignment.substr(0, equals);
    const Source& text = add_source(sources, "--set", "", assignment.substr(equals + 1));
    const int columns = mark_at(source, equals + 1).column - 1;
    const auto value = value_of_set(text, source, columns, path, report);
    if (!value) {
        return;
    }
    Documents changed = documents;
    const auto found = follow(changed, path, {&source, 1, 1}, true, report);
    if (!found) {
        return;
    }
    // Types follow the schema: nobody has to quote a manifest's strings twice on a command line.
    *found->node = *value;
    found->node->quoted = value->quoted || found->field->scalar == ScalarType::api_string;
    documents = std::move(changed);
}

void apply_axis(Documents& documents, const std::string& assignment, Sources& sources,
                Report& report) {
    const Source& source = add_source(sources, "--axis", "", assignment);
    const Mark mark{&source, 1, 1};
    const std::size_t equals = find_equals(assignment);
    if (equals == std::string_view::npos) {
        report.error(mark,
                     {.code = "bad-value", .message = "expected path=values", .path = assignment});
        return;
    }
    const std::string path = assignment.substr(0, equals);
    const std::string values = assignment.substr(equals + 1);
    const bool is_list = !values.starts_with('[') && !values.starts_with('{');
    const Source& text = add_source(sources, "--axis", "", is_list ? "[" + values + "]" : values);
    const int columns = mark_at(source, equals + 1).column - 1 - (is_list ? 1 : 0);
    const auto value = value_of_set(text, source, columns, path, report);
    YamlNode* spec = documents.scenario.find("spec");
    if (!value || spec == nullptr || !spec->is_map()) {
        return;
    }
    if (spec->find("sweep") == nullptr || !spec->find("sweep")->is_map()) {
        std::erase_if(spec->entries, [](const YamlEntry& entry) { return entry.key == "sweep"; });
        YamlNode none;
        none.kind = YamlNode::Kind::map;
        none.mark = mark;
        spec->insert("sweep", mark, none);
    }
    YamlNode& sweep = *spec->find("sweep");
    if (YamlNode* written = sweep.find(path)) {
        *written = *value;
    } else {
        sweep.insert(path, mark, *value);
    }
}

const Field* resolve_field(const Documents& documents, const std::string& path, const Mark& mark,
                           Report& report) {
    Documents copy = documents;
    const auto found = follow(copy, path, mark, false, report);
    return found ? found->field : nullptr;
}

}  // namespace lagsim::sim
