#include "sim/scenario/yaml_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace lagsim::sim {
namespace {

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// Length of the UTF-8 character at `offset`; 0 if there is none (overlong forms, surrogates and
/// what is above U+10FFFF included).
std::size_t utf8_length(std::string_view text, std::size_t offset) {
    const auto byte = [&](std::size_t i) {
        return offset + i < text.size() ? static_cast<unsigned char>(text[offset + i])
                                        : static_cast<unsigned char>(0);
    };
    const unsigned char first = byte(0);
    const auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return byte(i) >= low && byte(i) <= high;
    };
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return tail(1) ? 2 : 0;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = first == 0xED ? 0x9F : 0xBF;
        return tail(1, low, high) && tail(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const unsigned low = first == 0xF0 ? 0x90 : 0x80;
        const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
        return tail(1, low, high) && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

/// The first byte that no YAML file may hold, as a complaint; false if there is one.
bool check_characters(const Source& source, Report& report) {
    const std::string_view text = source.text;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = utf8_length(text, i);
        const auto byte = static_cast<unsigned char>(text[i]);
        if (length == 0) {
            report.error(mark_at(source, i),
                         {.code = "not-utf8",
                          .message = fmt::format("byte 0x{:02X} is not UTF-8 here", byte)});
            return false;
        }
        if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F) {
            report.error(mark_at(source, i),
                         {.code = "control-character",
                          .message = fmt::format("control character 0x{:02X}", byte)});
            return false;
        }
        i += length;
    }
    return true;
}

/// Ends a parse from within an event; carries the complaint already made.
struct StopParsing {};

/// Builds our tree out of yaml-cpp's events. Events come in the order of the text, so an alias can
/// only name what is complete, or what it is itself part of (recursive: refused).
class TreeBuilder final : public YAML::EventHandler {
  public:
    TreeBuilder(const Source& source, Report& report, const YamlLimits& limits)
        : source_(source), report_(report), limits_(limits) {}

    void OnDocumentStart(const YAML::Mark& /*mark*/) override {
        open_.clear();
        anchors_.clear();
        root_.reset();
    }
    void OnDocumentEnd() override {
        if (root_ && !root_->is_null()) {
            documents_.push_back(std::move(*root_));
        }
        root_.reset();
    }
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        YamlNode node;
        node.mark = to_mark(mark);
        finish(std::move(node), anchor);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) {
            stop(to_mark(mark), "recursive-alias", "this alias is part of what it names");
        }
        count(found->second.nodes, to_mark(mark));
        finish(found->second.node, 0);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        YamlNode node = scalar_node(value, to_mark(mark));
        node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
        check_tag(node.mark, tag, node.quoted);
        if (!node.quoted && (value == "~" || value == "null" || value == "Null" ||
                             value == "NULL" || value.empty())) {
            node.kind = YamlNode::Kind::null;
        }
        finish(std::move(node), anchor);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        open(YamlNode::Kind::sequence, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        open(YamlNode::Kind::map, mark, tag, anchor);
    }
    void OnMapEnd() override { close(); }

    [[nodiscard]] std::vector<YamlNode> take_documents() {
        if (complex_key_) {
            report_.error(*complex_key_,
                          {.code = "wrong-type", .message = "a key must be a plain word"});
            documents_.clear();
        }
        return std::move(documents_);
    }

    /// The list or map that the events were in the middle of; null if none.
    [[nodiscard]] const YamlNode* innermost_open() const {
        return open_.empty() ? nullptr : &open_.back().node;
    }

    /// Columns of yaml-cpp count bytes from 0; ours count characters from 1.
    [[nodiscard]] Mark to_mark(const YAML::Mark& mark) const {
        if (mark.is_null() || mark.line < 0) {
            return {&source_, 1, 1};
        }
        const auto line = static_cast<std::size_t>(mark.line);
        if (line >= source_.line_starts.size()) {
            return {&source_, mark.line + 1, 1};
        }
        return mark_at(source_, std::min(source_.line_starts[line] +
                                             static_cast<std::size_t>(std::max(0, mark.column)),
                                         source_.text.size()));
    }

  private:
    struct OpenNode {
        YamlNode node;
        YAML::anchor_t anchor = 0;
        std::size_t nodes_before = 0;
        std::optional<YamlEntry> pending = std::nullopt;  ///< map: key read, value not yet
        std::map<std::string, Mark, std::less<>> keys = {};
    };
    struct Anchored {
        YamlNode node;
        std::size_t nodes = 1;
    };

    [[noreturn]] void stop(const Mark& mark, std::string_view code, std::string message) {
        report_.error(mark, {.code = code, .message = std::move(message)});
        throw StopParsing{};
    }
    void count(std::size_t nodes, const Mark& mark) {
        nodes_ += nodes;
        if (nodes_ > limits_.nodes) {
            stop(mark, "too-large",
                 fmt::format("the file holds more than {} values once its aliases are written out",
                             limits_.nodes));
        }
    }
    void check_tag(const Mark& mark, const std::string& tag, bool string_tag) {
        if (!tag.empty() && tag != "?" && tag != "!" && !string_tag) {
            report_.error(mark, {.code = "yaml-tag",
                                 .message = fmt::format("the tag '{}' is not supported", tag)});
        }
    }
    void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
              YAML::anchor_t anchor) {
        OpenNode node;
        node.node.kind = kind;
        node.node.mark = to_mark(mark);
        node.anchor = anchor;
        node.nodes_before = nodes_;
        check_tag(node.node.mark, tag, false);
        count(1, node.node.mark);
        if (open_.size() >= limits_.depth) {
            stop(node.node.mark, "too-deep",
                 fmt::format("lists and maps are nested more than {} deep", limits_.depth));
        }
        open_.push_back(std::move(node));
    }
    void close() {
        OpenNode done = std::move(open_.back());
        open_.pop_back();
        const std::size_t nodes = nodes_ - done.nodes_before;
        if (done.anchor != 0) {
            anchors_[done.anchor] = {done.node, nodes};
        }
        place(std::move(done.node));
    }
    void finish(YamlNode node, YAML::anchor_t anchor) {
        count(1, node.mark);
        if (anchor != 0) {
            anchors_[anchor] = {node, 1};
        }
        place(std::move(node));
    }
    /// A complete node goes to its parent: as an item, as a key, or as the value of the key before.
    void place(YamlNode node) {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        OpenNode& parent = open_.back();
        if (parent.node.is_sequence()) {
            parent.node.items.push_back(std::move(node));
        } else if (parent.pending) {
            parent.pending->value = std::move(node);
            add_entry(parent);
        } else {
            take_key(parent, std::move(node));
        }
    }
    void take_key(OpenNode& parent, YamlNode key) {
        if (!key.is_scalar() && !key.is_null() && !complex_key_) {
            // What follows may show that it was no key at all but a list that is never closed.
            complex_key_ = key.mark;
        }
        parent.pending = YamlEntry{.key = key.text, .mark = key.mark, .value = {}};
    }
    void add_entry(OpenNode& parent) {
        YamlEntry entry = std::move(*parent.pending);
        parent.pending.reset();
        if (entry.key == "<<") {
            report_.error(entry.mark,
                          {.code = "merge-key",
                           .message = "merge keys (<<) are not supported; write the keys out, or "
                                      "use an overlay (-f)",
                           .width = 2});
            return;
        }
        const auto [first, fresh] = parent.keys.emplace(entry.key, entry.mark);
        if (!fresh) {
            report_.error(entry.mark,
                          {.code = "duplicate-key",
                           .message = fmt::format("'{}' is already set at {}:{}", entry.key,
                                                  first->second.line, first->second.column),
                           .width = static_cast<int>(entry.key.size())});
            return;
        }
        parent.node.entries.push_back(std::move(entry));
    }

    const Source& source_;
    Report& report_;
    YamlLimits limits_;
    std::size_t nodes_ = 0;
    std::vector<OpenNode> open_;
    std::map<YAML::anchor_t, Anchored> anchors_;
    std::optional<YamlNode> root_;
    std::vector<YamlNode> documents_;
    std::optional<Mark> complex_key_;  ///< the first one; reported if the text parses at all
};

/// Offset of the first tab in the indentation of a line, if there is one.
std::optional<std::size_t> tab_in_indentation(const Source& source, int line) {
    const std::string text = source.line_text(line);
    const std::size_t tab = text.substr(0, text.find_first_not_of(" \t")).find('\t');
    return tab == std::string::npos
               ? std::nullopt
               : std::optional(source.line_starts[static_cast<std::size_t>(line) - 1] + tab);
}

/// yaml-cpp's complaint, in useful words and at a useful place where its own mislead.
void report_syntax_error(const YAML::Exception& error, const TreeBuilder& builder,
                         const Source& source, Report& report) {
    constexpr std::string_view code = "yaml-syntax";
    const Mark mark = builder.to_mark(error.mark);
    if (error.msg.ends_with("flow not found") && builder.innermost_open() != nullptr) {
        const bool list = builder.innermost_open()->is_sequence();
        report.error(
            builder.innermost_open()->mark,
            {.code = code, .message = fmt::format("the {} is never closed", list ? '[' : '{')});
    } else if (const auto tab = tab_in_indentation(source, mark.line)) {
        report.error(mark_at(source, *tab),
                     {.code = code, .message = "a tab cannot indent; use spaces"});
    } else if (error.msg == "illegal map value") {
        report.error(mark, {.code = code,
                            .message = "a ':' cannot stand here (quote the text if it contains "
                                       "': ')"});
    } else {
        report.error(mark, {.code = code, .message = error.msg});
    }
}

}  // namespace

Mark mark_at(const Source& source, std::size_t offset) {
    const auto next = std::ranges::upper_bound(source.line_starts, offset);
    const std::size_t line = static_cast<std::size_t>(next - source.line_starts.begin());
    const std::size_t begin = source.line_starts[line - 1];
    int column = 1;
    for (std::size_t i = begin; i < offset && i < source.text.size(); ++i) {
        column += continues_character(source.text[i]) ? 0 : 1;
    }
    return {&source, static_cast<int>(line), column};
}

std::vector<YamlNode> parse_yaml(const Source& source, Report& report, const YamlLimits& limits) {
    if (source.text.size() > limits.bytes) {
        report.error({&source, 1, 1}, {.code = "too-large",
                                       .message = fmt::format("the file is larger than {} MiB",
                                                              limits.bytes >> 20U)});
        return {};
    }
    if (!check_characters(source, report)) {
        return {};
    }
    TreeBuilder builder(source, report, limits);
    try {
        std::istringstream stream(source.text);
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const StopParsing&) {
        return {};
    } catch (const YAML::Exception& error) {
        report_syntax_error(error, builder, source, report);
        return {};
    } catch (const std::exception& error) {
        report.error({&source, 1, 1}, {.code = "yaml-syntax", .message = error.what()});
        return {};
    }
    return builder.take_documents();
}

std::string resolve_path(const std::string& directory, const std::string& name) {
    const std::filesystem::path path(name);
    if (path.is_absolute() || directory.empty() || directory == ".") {
        return name;
    }
    return (std::filesystem::path(directory) / path).string();
}

namespace {

/// At most one byte more than the limit, so that an endless device does not fill the memory.
std::string read_stream(std::istream& stream, std::size_t limit_bytes) {
    std::string text;
    std::vector<char> chunk(std::size_t{1} << 16U);
    while (stream && text.size() <= limit_bytes) {
        stream.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
        text.append(chunk.data(), static_cast<std::size_t>(stream.gcount()));
    }
    return text;
}

}  // namespace

const Source* load_text_file(const std::string& path, Sources& sources, Report& report,
                             std::size_t limit_bytes) {
    constexpr std::string_view code = "unreadable-file";
    std::string text;
    if (path == "-") {
        text = read_stream(std::cin, limit_bytes);
    } else {
        std::error_code error;
        if (std::filesystem::is_directory(path, error)) {
            report.file_error(path, code, "this is a directory, not a file");
            return nullptr;
        }
        errno = 0;
        std::ifstream stream(path, std::ios::binary);
        if (!stream) {
            report.file_error(path, code, fmt::format("cannot be read: {}", std::strerror(errno)));
            return nullptr;
        }
        text = read_stream(stream, limit_bytes);
        if (stream.bad()) {
            report.file_error(path, code, fmt::format("cannot be read: {}", std::strerror(errno)));
            return nullptr;
        }
    }
    if (text.size() > limit_bytes) {
        report.file_error(path, "too-large",
                          fmt::format("the file is larger than {} MiB", limit_bytes >> 20U));
        return nullptr;
    }
    if (text.starts_with("\xEF\xBB\xBF")) {
        text.erase(0, 3);
    }
    const std::string directory =
        path == "-" ? std::string() : std::filesystem::path(path).parent_path().string();
    return &add_source(sources, path == "-" ? "<stdin>" : path, directory, std::move(text));
}

LoadedFile load_yaml_file(const std::string& path, Sources& sources, Report& report) {
    LoadedFile file;
    file.source = load_text_file(path, sources, report, YamlLimits{}.bytes);
    if (file.source != nullptr) {
        file.documents = parse_yaml(*file.source, report);
    }
    return file;
}

}  // namespace lagsim::sim
