/// A YAML document as a tree of our own: every scalar still text, every node with its place. The
/// meaning of a scalar is decided by the field it stands in, never by its looks.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/diagnostics.h"

namespace lagsim::sim {

/// A file (or stdin, or one `--set`) that nodes come from.
struct Source {
    std::string name;       ///< as the user named it
    std::string directory;  ///< where relative paths in it start
    std::string text;
    std::vector<std::size_t> line_starts;
    [[nodiscard]] std::string line_text(int line) const;  ///< from 1
};

/// Owns the sources while files are read; nodes point into it.
using Sources = std::deque<Source>;
Source& add_source(Sources& sources, std::string name, std::string directory, std::string text);

struct Mark {
    const Source* source = nullptr;  ///< null: not written anywhere (a default)
    int line = 0;                    ///< from 1
    int column = 0;                  ///< from 1, in characters
};

struct YamlEntry;

struct YamlNode {
    enum class Kind : std::uint8_t { null, scalar, sequence, map } kind = Kind::null;
    Mark mark;
    bool quoted = false;             ///< scalar that was quoted, or tagged !!str
    bool invalid = false;            ///< already complained about; nothing more is to be said of it
    std::string text;                ///< scalar
    std::vector<YamlNode> items;     ///< sequence
    std::vector<YamlEntry> entries;  ///< map, in the order of the file; keys are unique

    [[nodiscard]] bool is_scalar() const { return kind == Kind::scalar; }
    [[nodiscard]] bool is_sequence() const { return kind == Kind::sequence; }
    [[nodiscard]] bool is_map() const { return kind == Kind::map; }
    [[nodiscard]] bool is_null() const { return kind == Kind::null; }
    [[nodiscard]] const YamlEntry* find_entry(std::string_view key) const;
    [[nodiscard]] const YamlNode* find(std::string_view key) const;  ///< null if absent
    [[nodiscard]] YamlNode* find(std::string_view key);
    YamlNode& insert(std::string key, Mark key_mark, YamlNode value);  ///< key must be new
};

struct YamlEntry {
    std::string key;
    Mark mark;  ///< of the key
    YamlNode value;
};

[[nodiscard]] YamlNode scalar_node(std::string text, Mark mark = {}, bool quoted = false);

/// `a.b`, or `a["b.c"]` where the key is no plain word.
[[nodiscard]] std::string child_path(std::string_view parent, std::string_view key);
[[nodiscard]] std::string child_path(std::string_view parent, std::size_t index);

/// Collects what is wrong; at most 1,000 entries, which no reader would get through anyway.
class Report {
  public:
    struct Problem {
        std::string_view code;
        std::string message;
        std::string path = {};
        std::string_view suggestion = {};
        int width = 1;
    };
    void error(const Mark& mark, Problem problem) { add(Severity::error, mark, problem); }
    void warning(const Mark& mark, Problem problem) { add(Severity::warning, mark, problem); }
    /// A file as a whole.
    void file_error(const std::string& file, std::string_view code, std::string message);
    void append(std::span<const Diagnostic> diagnostics);

    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] const std::vector<Diagnostic>& all() const { return diagnostics_; }
    /// In the order of files and lines; errors and warnings mixed.
    [[nodiscard]] std::vector<Diagnostic> sorted() const;
    /// Number of errors so far, to see whether a step added any.
    [[nodiscard]] std::size_t errors() const { return errors_; }

  private:
    void add(Severity severity, const Mark& mark, const Problem& problem);
    std::vector<Diagnostic> diagnostics_;
    std::size_t errors_ = 0;
    bool failed_ = false;
};

}  // namespace lagsim::sim
