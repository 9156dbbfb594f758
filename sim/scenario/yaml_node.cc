#include "sim/scenario/yaml_node.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "sim/scenario/stable_order.h"

namespace lagsim::sim {

std::string Source::line_text(int line) const {
    if (line < 1 || static_cast<std::size_t>(line) > line_starts.size()) {
        return {};
    }
    const std::size_t begin = line_starts[static_cast<std::size_t>(line) - 1];
    std::size_t end = text.find('\n', begin);
    end = end == std::string::npos ? text.size() : end;
    if (end > begin && text[end - 1] == '\r') {
        --end;
    }
    constexpr std::size_t longest = 4096;
    return text.substr(begin, std::min(end - begin, longest));
}

Source& add_source(Sources& sources, std::string name, std::string directory, std::string text) {
    Source& source = sources.emplace_back(std::move(name), std::move(directory), std::move(text),
                                          std::vector<std::size_t>{0});
    for (std::size_t i = 0; i < source.text.size(); ++i) {
        if (source.text[i] == '\n') {
            source.line_starts.push_back(i + 1);
        }
    }
    return source;
}

const YamlEntry* YamlNode::find_entry(std::string_view key) const {
    const auto found =
        std::ranges::find_if(entries, [key](const YamlEntry& entry) { return entry.key == key; });
    return found == entries.end() ? nullptr : &*found;
}

const YamlNode* YamlNode::find(std::string_view key) const {
    const YamlEntry* entry = find_entry(key);
    return entry == nullptr ? nullptr : &entry->value;
}

YamlNode* YamlNode::find(std::string_view key) {
    const auto found =
        std::ranges::find_if(entries, [key](const YamlEntry& entry) { return entry.key == key; });
    return found == entries.end() ? nullptr : &found->value;
}

YamlNode& YamlNode::insert(std::string key, Mark key_mark, YamlNode value) {
    entries.push_back({std::move(key), key_mark, std::move(value)});
    return entries.back().value;
}

YamlNode scalar_node(std::string text, Mark mark, bool quoted) {
    YamlNode node;
    node.kind = YamlNode::Kind::scalar;
    node.mark = mark;
    node.quoted = quoted;
    node.text = std::move(text);
    return node;
}

std::string child_path(std::string_view parent, std::string_view key) {
    const bool plain = !key.empty() && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
    if (!plain) {
        return fmt::format("{}[\"{}\"]", parent, key);
    }
    return parent.empty() ? std::string(key) : fmt::format("{}.{}", parent, key);
}

std::string child_path(std::string_view parent, std::size_t index) {
    return fmt::format("{}[{}]", parent, index);
}

void Report::add(Severity severity, const Mark& mark, const Problem& problem) {
    constexpr std::size_t most = 1000;
    failed_ = failed_ || severity == Severity::error;
    errors_ += severity == Severity::error ? 1 : 0;
    if (diagnostics_.size() >= most) {
        return;
    }
    Diagnostic diagnostic;
    if (mark.source != nullptr) {
        diagnostic.file = mark.source->name;
        diagnostic.line = mark.line;
        diagnostic.column = mark.column;
        diagnostic.source_line = mark.source->line_text(mark.line);
    }
    diagnostic.path = problem.path;
    diagnostic.severity = severity;
    diagnostic.code = problem.code;
    diagnostic.message = problem.message;
    diagnostic.suggestion = problem.suggestion;
    diagnostic.width = problem.width;
    diagnostics_.push_back(std::move(diagnostic));
}

void Report::file_error(const std::string& file, std::string_view code, std::string message) {
    Diagnostic diagnostic;
    diagnostic.file = file;
    diagnostic.code = code;
    diagnostic.message = std::move(message);
    failed_ = true;
    ++errors_;
    diagnostics_.push_back(std::move(diagnostic));
}

void Report::append(std::span<const Diagnostic> diagnostics) {
    for (const Diagnostic& diagnostic : diagnostics) {
        failed_ = failed_ || diagnostic.severity == Severity::error;
        errors_ += diagnostic.severity == Severity::error ? 1 : 0;
        diagnostics_.push_back(diagnostic);
    }
}

std::vector<Diagnostic> Report::sorted() const {
    // Files stay in the order in which they were first complained about.
    std::map<std::string_view, std::size_t> order;
    for (const Diagnostic& diagnostic : diagnostics_) {
        order.emplace(diagnostic.file, order.size());
    }
    std::vector<Diagnostic> result = diagnostics_;
    sort_stably(result, [&order](const Diagnostic& d) {
        return std::tuple(order.at(d.file), d.line, d.column);
    });
    return result;
}

}  // namespace lagsim::sim
