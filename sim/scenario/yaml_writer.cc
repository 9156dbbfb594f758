#include "sim/scenario/yaml_writer.h"

#include <algorithm>
#include <limits>

#include <fmt/core.h>

namespace lagsim::sim {
namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Plain text that means itself in every context; when in doubt, no.
bool is_plain(const std::string& text) {
    if (text.empty() || text.back() == ' ' || text == "null" || text == "Null" || text == "NULL") {
        return false;
    }
    const bool signed_number = text.size() > 1 && text[0] == '-' && is_word(text[1]);
    if (!is_word(text[0]) && !signed_number && text[0] != '/') {
        return false;
    }
    return std::ranges::all_of(text, [](char c) {
        return is_word(c) || std::string_view("_./%+-=<>() ").find(c) != std::string_view::npos;
    });
}

std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            result += '\\';
            result += c;
        } else if (c == '\n') {
            result += "\\n";
        } else if (c == '\t') {
            result += "\\t";
        } else if (byte < 0x20 || byte == 0x7F) {
            result += fmt::format("\\x{:02X}", byte);
        } else {
            result += c;
        }
    }
    return result + '"';
}

std::string scalar_text(const YamlNode& node) {
    if (node.is_null()) {
        return "null";
    }
    return node.quoted || !is_plain(node.text) ? quoted(node.text) : node.text;
}

std::string key_text(const std::string& key) {
    return is_plain(key) ? key : quoted(key);
}

/// One line, if the node is small and flat enough; empty otherwise.
std::string flow(const YamlNode& node, int depth, std::size_t widest = 88) {
    if (node.is_scalar() || node.is_null()) {
        return scalar_text(node);
    }
    if (depth == 0) {
        return node.is_map() ? (node.entries.empty() ? "{}" : "")
                             : (node.items.empty() ? "[]" : "");
    }
    std::string text;
    for (const YamlNode& item : node.items) {
        const std::string inner = flow(item, depth - 1, widest);
        if (inner.empty() || text.size() > widest) {
            return {};
        }
        text += (text.empty() ? "" : ", ") + inner;
    }
    for (const YamlEntry& entry : node.entries) {
        const std::string inner = flow(entry.value, depth - 1, widest);
        if (inner.empty() || text.size() > widest) {
            return {};
        }
        text += (text.empty() ? "" : ", ") + key_text(entry.key) + ": " + inner;
    }
    if (text.size() > widest) {
        return {};
    }
    return node.is_map() ? "{" + text + "}" : "[" + text + "]";
}

void write_block(const YamlNode& node, std::size_t indent, std::string& out) {
    const std::string margin(indent, ' ');
    for (const YamlEntry& entry : node.entries) {
        const bool flat = entry.value.is_sequence() || indent > 0;
        const std::string line = flow(entry.value, flat ? 2 : 0);
        out += margin + key_text(entry.key) + ":";
        if (!line.empty()) {
            out += " " + line + "\n";
        } else {
            out += "\n";
            write_block(entry.value, indent + 2, out);
        }
    }
    for (const YamlNode& item : node.items) {
        const std::string line = flow(item, 2);
        if (!line.empty()) {
            out += margin + "- " + line + "\n";
            continue;
        }
        const std::size_t start = out.size();
        write_block(item, indent + 2, out);
        out[start + indent] = '-';
    }
}

}  // namespace

std::string write_yaml_line(const YamlNode& node) {
    return flow(node, std::numeric_limits<int>::max(), std::numeric_limits<std::size_t>::max());
}

std::string write_yaml(const YamlNode& document) {
    std::string out;
    const std::string line = flow(document, 0);
    if (!line.empty()) {
        return line + "\n";
    }
    write_block(document, 0, out);
    return out;
}

}  // namespace lagsim::sim
