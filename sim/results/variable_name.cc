#include "sim/results/variable_name.h"

#include <cctype>

#include <fmt/format.h>

namespace lagsim::sim {

std::string variable_name(const std::string& metric) {
    std::string name;
    for (const char letter : metric) {
        const auto code = static_cast<unsigned char>(letter);
        if (letter == '/' || letter == '%' || code <= ' ' || code == 0x7f) {
            name += fmt::format("%{:02X}", code);
        } else {
            name += letter;
        }
    }
    const bool plain_start = name.empty() ||
                             std::isalnum(static_cast<unsigned char>(name[0])) != 0 ||
                             name[0] == '_' || static_cast<unsigned char>(name[0]) >= 0x80;
    return plain_start ? name : "_" + name;
}

}  // namespace lagsim::sim
