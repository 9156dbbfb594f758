/// Text for the page: everything that comes from a file goes through here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace lagsim::sim::report {

/// Plain text as HTML, good for elements and quoted attributes: `<`, `>`, `&` and both quotes
/// escaped, control characters (but line feeds and tabs) and the direction overrides of Unicode
/// shown as U+FFFD.
[[nodiscard]] std::string escaped(std::string_view text);

/// Data that the page's script reads: an element that no `</script>` within can end.
[[nodiscard]] std::string data_element(std::string_view id, const nlohmann::ordered_json& data);

/// A table of escaped or made cells; the first row is the head. `numeric`: columns from this one on
/// are numbers.
struct Table {
    std::string caption;                         ///< plain text
    std::vector<std::string> head;               ///< plain text
    std::vector<std::vector<std::string>> rows;  ///< HTML
    std::string kind;                            ///< class, e.g. "numbers"
};
[[nodiscard]] std::string html(const Table& table);

/// `<section>` with a heading; `id` is unique on the page.
[[nodiscard]] std::string section(const std::string& id, std::string_view title,
                                  const std::string& body);
[[nodiscard]] std::string paragraph(const std::string& html, std::string_view kind = "");
/// Something that opens on demand, also without a script.
[[nodiscard]] std::string details(std::string_view summary, const std::string& body);

}  // namespace lagsim::sim::report
