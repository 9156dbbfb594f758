#include "sim/scenario/resolved.h"

#include <algorithm>

namespace lagsim::sim {
namespace {

std::string_view take_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" \n");
    return first == std::string::npos
               ? std::string()
               : text.substr(first, text.find_last_not_of(" \n") - first + 1);
}

}  // namespace

std::string resolved_part(std::string_view resolved, std::string_view key) {
    const std::string opening = "  " + std::string(key) + ":";
    bool in_spec = false;
    bool in_part = false;
    std::string part;
    while (!resolved.empty()) {
        const std::string_view line = take_line(resolved);
        if (line.starts_with("---")) {
            break;  // the manifests follow
        }
        const std::size_t indent = line.find_first_not_of(' ');
        if (indent == 0) {
            in_spec = line == "spec:";
            in_part = false;
        } else if (in_spec && indent == 2) {
            in_part = line.starts_with(opening);
        }
        if (in_part) {
            part += part.empty() ? line.substr(opening.size()) : line;
            part += '\n';
        }
    }
    return trimmed(part);
}

}  // namespace lagsim::sim
