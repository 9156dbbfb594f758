/// docs/scenario-reference.md, printed from the table.

#include <fmt/core.h>

#include "sim/scenario/field_walk.h"
#include "sim/scenario/fields.h"

namespace lagsim::sim {
namespace {

/// A cell of a Markdown table.
std::string cell(std::string_view text) {
    std::string result;
    for (const char c : text) {
        result += c == '|' ? "\\|" : c == '<' ? "&lt;" : std::string(1, c);
    }
    return result;
}

std::string meaning(const Field& field) {
    std::string text(field.doc);
    if (const std::string range = describe_range(field); !range.empty()) {
        text += fmt::format(" ({}{}{})", range, field.unit.empty() || field.unit == "1" ? "" : " ",
                            field.unit == "1" ? "" : field.unit);
    }
    if (field.status == FieldStatus::not_modelled) {
        text += " **Not modelled yet: refused.**";
    } else if (!field.unbuilt_words.empty()) {
        std::string words(field.unbuilt_words);
        for (std::size_t at = words.find('|'); at != std::string::npos; at = words.find('|', at)) {
            words.replace(at, 1, ", ");
        }
        text += fmt::format(" Not modelled yet and refused: {}.", words);
    }
    if (!field.source.empty()) {
        text += fmt::format(" *Source: {}.*", field.source);
    }
    return text;
}

/// Kinds that are used in several places are printed once, under their first path.
class Printer {
  public:
    std::string print() {
        out_ =
            "# Scenario reference\n\n"
            "<!-- Generated from the field table (sim/scenario/fields_*.cc); a test keeps it "
            "current. -->\n\n"
            "Every key of a scenario file. `lagsim explain KEY` says the same of one key, `lagsim "
            "schema` gives an editor\nthe JSON Schema.\n";
        print_kind(scenario_kind(), "");
        return std::move(out_);
    }

  private:
    void print_kind(const Kind& kind, const std::string& path) {
        for (const auto& [known, first] : printed_) {
            if (known == &kind) {
                return;
            }
        }
        printed_.emplace_back(&kind, path);
        out_ += fmt::format("\n## {}\n\n", path.empty() ? "The document" : "`" + path + "`");
        if (!kind.doc.empty()) {
            out_ += fmt::format("{}\n\n", kind.doc);
        }
        out_ += "| key | type | default | meaning |\n|---|---|---|---|\n";
        for (const Field& field : kind.fields) {
            const std::string key = field.required ? fmt::format("**`{}`**", field.key)
                                                   : fmt::format("`{}`", field.key);
            out_ += fmt::format("| {} | {} | {} | {} |\n", key, cell(describe_type(field)),
                                cell(describe_default(field)), cell(meaning(field)));
        }
        for (const Field& field : kind.fields) {
            for (const Below& below : kinds_below(field)) {
                print_kind(*below.kind, (path.empty() ? "" : path + ".") + std::string(field.key) +
                                            below.suffix);
            }
        }
    }

    std::string out_;
    std::vector<std::pair<const Kind*, std::string>> printed_;
};

}  // namespace

std::string reference_markdown() {
    return Printer().print();
}

}  // namespace lagsim::sim
