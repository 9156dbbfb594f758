#include "sim/scenario/diagnostics.h"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace lagsim::sim {
namespace {

struct Palette {
    std::string_view bold, error, warning, caret, off;
};
constexpr Palette plain{};
constexpr Palette ansi{.bold = "\033[1m",
                       .error = "\033[1;31m",
                       .warning = "\033[1;35m",
                       .caret = "\033[1;32m",
                       .off = "\033[0m"};

std::string place(const Diagnostic& diagnostic) {
    std::string text = diagnostic.file;
    if (diagnostic.line > 0) {
        text += fmt::format(":{}:{}", diagnostic.line, diagnostic.column);
    }
    return text;
}

/// A file may hold anything; a terminal must not obey it. Tabs stay, so that the caret lines up.
std::string printable(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        result += (byte < 0x20 && c != '\t') || byte == 0x7F ? '?' : c;
    }
    return result;
}

/// Bytes of the first `characters` characters of a line.
std::string_view head_of(std::string_view line, int characters) {
    std::size_t bytes = 0;
    for (int i = 0; i < characters && bytes < line.size(); ++i) {
        do {
            ++bytes;
        } while (bytes < line.size() && (static_cast<unsigned char>(line[bytes]) & 0xC0U) == 0x80U);
    }
    return line.substr(0, bytes);
}

/// The source line with a caret below; of a long line only the neighbourhood.
void append_source(std::string& out, const Diagnostic& diagnostic, const Palette& palette) {
    constexpr int lead = 60;
    constexpr int shown = 120;
    std::string_view line = diagnostic.source_line;
    int column = std::max(1, diagnostic.column);
    if (column > shown) {
        line.remove_prefix(head_of(line, column - lead).size());
        column = lead + 1;
    }
    line = head_of(line, shown);
    std::string padding;
    for (const char c : head_of(line, column - 1)) {
        if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
            padding += c == '\t' ? '\t' : ' ';
        }
    }
    const int width = std::clamp(diagnostic.width, 1, std::max(1, shown - column));
    out += fmt::format("{:>5} | {}\n      | {}{}^{}{}\n", diagnostic.line, printable(line), padding,
                       palette.caret, std::string(static_cast<std::size_t>(width - 1), '~'),
                       palette.off);
}

}  // namespace

std::string_view to_string(Severity severity) {
    return severity == Severity::error ? "error" : "warning";
}

std::string render_diagnostics(std::span<const Diagnostic> diagnostics, bool color) {
    const Palette& palette = color ? ansi : plain;
    std::string out;
    for (const Diagnostic& diagnostic : diagnostics) {
        const bool error = diagnostic.severity == Severity::error;
        out += fmt::format("{}{}:{} {}{}[{}]:{} {}", palette.bold, printable(place(diagnostic)),
                           palette.off, error ? palette.error : palette.warning,
                           to_string(diagnostic.severity), diagnostic.code, palette.off,
                           printable(diagnostic.message));
        if (!diagnostic.suggestion.empty()) {
            out += fmt::format("; did you mean '{}'?", printable(diagnostic.suggestion));
        }
        out += '\n';
        if (diagnostic.line > 0) {
            append_source(out, diagnostic, palette);
        }
    }
    return out;
}

std::string render_diagnostics_json(std::span<const Diagnostic> diagnostics) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Diagnostic& diagnostic : diagnostics) {
        nlohmann::ordered_json entry;
        entry["file"] = diagnostic.file;
        entry["line"] = diagnostic.line;
        entry["column"] = diagnostic.column;
        entry["path"] = diagnostic.path;
        entry["severity"] = to_string(diagnostic.severity);
        entry["code"] = diagnostic.code;
        entry["message"] = diagnostic.message;
        entry["suggestion"] = diagnostic.suggestion.empty()
                                  ? nlohmann::ordered_json(nullptr)
                                  : nlohmann::ordered_json(diagnostic.suggestion);
        list.push_back(std::move(entry));
    }
    // File names need not be UTF-8; the message must still come out.
    return list.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

bool has_errors(std::span<const Diagnostic> diagnostics) {
    return std::ranges::any_of(diagnostics,
                               [](const Diagnostic& d) { return d.severity == Severity::error; });
}

namespace {

/// Optimal string alignment distance, case ignored: insertions, deletions, substitutions and swaps
/// of neighbours. O(|a| |b|).
std::size_t edit_distance(std::string_view a, std::string_view b) {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        d[i][0] = i;
    }
    for (std::size_t j = 0; j <= b.size(); ++j) {
        d[0][j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            d[i][j] =
                std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (same ? 0U : 1U)});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1])) {
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
    }
    return d[a.size()][b.size()];
}

}  // namespace

std::string_view did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
    constexpr std::size_t longest = 100;  // nobody misspells so much; keeps the table small
    if (word.size() > longest) {
        return {};
    }
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const std::string_view candidate : candidates) {
        if (candidate.size() > longest) {
            continue;
        }
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < best_distance && distance < std::max<std::size_t>(word.size(), 1)) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

}  // namespace lagsim::sim
