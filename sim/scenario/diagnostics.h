/// What is wrong with a user's file, said so that it can be mended: where, what, why, and what was
/// probably meant. Mistakes are collected and all reported in one go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lagsim::sim {

enum class Severity : std::uint8_t { error, warning };
[[nodiscard]] std::string_view to_string(Severity severity);

struct Diagnostic {
    std::string file;  ///< as the user named it; `--set` for an override
    int line = 0;      ///< from 1; 0 = the file as a whole
    int column = 0;    ///< from 1, in characters (not bytes)
    std::string path;  ///< e.g. `spec.consumers[0].serviceTime.mean`; empty if none
    Severity severity = Severity::error;
    std::string code;  ///< stable word, e.g. `unknown-key`
    std::string message;
    std::string suggestion;   ///< the word that was probably meant; empty if none
    std::string source_line;  ///< text of `line`, for the caret
    int width = 1;            ///< characters to underline
    friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

/// `file:line:col: error[code]: message; did you mean 'x'?`, the source line, and a caret.
/// With `color`, ANSI colours.
[[nodiscard]] std::string render_diagnostics(std::span<const Diagnostic> diagnostics,
                                             bool color = false);

/// `[{file,line,column,path,severity,code,message,suggestion}]` on one line; `[]` if none.
/// `suggestion` is null where there is none.
[[nodiscard]] std::string render_diagnostics_json(std::span<const Diagnostic> diagnostics);

/// True if any is an error.
[[nodiscard]] bool has_errors(std::span<const Diagnostic> diagnostics);

/// The candidate nearest to `word` by Damerau-Levenshtein distance, if it is at most
/// max(2, length / 3) away (and less than the word's length); empty otherwise.
[[nodiscard]] std::string_view did_you_mean(std::string_view word,
                                            std::span<const std::string_view> candidates);

}  // namespace lagsim::sim
