#include "sim/report/html.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lagsim::sim::report {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// U+202A..U+202E and U+2066..U+2069 turn the direction of what follows: a name could hide itself.
bool turns_direction(std::string_view three) {
    if (three.size() < 3 || three[0] != '\xE2') {
        return false;
    }
    const auto last = static_cast<unsigned char>(three[2]);
    return (three[1] == '\x80' && last >= 0xAA && last <= 0xAE) ||
           (three[1] == '\x81' && last >= 0xA6 && last <= 0xA9);
}

void append(std::string& html, char letter) {
    const auto code = static_cast<unsigned char>(letter);
    switch (letter) {
        case '&':
            html += "&amp;";
            return;
        case '<':
            html += "&lt;";
            return;
        case '>':
            html += "&gt;";
            return;
        case '"':
            html += "&quot;";
            return;
        case '\'':
            html += "&#39;";
            return;
        default:
            break;
    }
    if ((code < ' ' && letter != '\n' && letter != '\t') || code == 0x7f) {
        html += replacement;
    } else {
        html += letter;
    }
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string html;
    html.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (turns_direction(text.substr(i, 3))) {
            html += replacement;
            i += 2;
        } else {
            append(html, text[i]);
        }
    }
    return html;
}

std::string data_element(std::string_view id, const nlohmann::ordered_json& data) {
    using Json = nlohmann::ordered_json;
    const std::string text = data.dump(-1, ' ', false, Json::error_handler_t::replace);
    std::string safe;
    safe.reserve(text.size());
    for (const char letter : text) {
        // JSON has `<` only within texts, where this means the same.
        letter == '<' ? safe += "\\u003c" : safe += letter;
    }
    return fmt::format("<script type=\"application/json\" id=\"{}\">{}</script>\n", id, safe);
}

std::string html(const Table& table) {
    std::string text = fmt::format(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table "
        "class=\"{1}\">"
        "<caption>{0}</caption>\n<thead><tr>",
        escaped(table.caption), table.kind);
    for (const std::string& cell : table.head) {
        text += fmt::format("<th scope=\"col\">{}</th>", escaped(cell));
    }
    text += "</tr></thead>\n<tbody>\n";
    for (const std::vector<std::string>& row : table.rows) {
        text += "<tr>";
        for (const std::string& cell : row) {
            text += "<td>" + cell + "</td>";
        }
        text += "</tr>\n";
    }
    return text + "</tbody></table></div>\n";
}

std::string section(const std::string& id, std::string_view title, const std::string& body) {
    return fmt::format(
        "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{1}</h2>\n{2}"
        "</section>\n",
        id, escaped(title), body);
}

std::string paragraph(const std::string& html, std::string_view kind) {
    return kind.empty() ? "<p>" + html + "</p>\n"
                        : fmt::format("<p class=\"{}\">{}</p>\n", kind, html);
}

std::string details(std::string_view summary, const std::string& body) {
    return fmt::format("<details><summary>{}</summary>\n{}</details>\n", escaped(summary), body);
}

}  // namespace lagsim::sim::report
