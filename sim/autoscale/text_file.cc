#include "sim/autoscale/text_file.h"

#include <cerrno>
#include <fstream>
#include <iostream>
#include <sstream>
#include <system_error>

namespace lagsim::sim {
namespace {

[[nodiscard]] std::string last_error() {
    return std::generic_category().message(errno == 0 ? EIO : errno);
}

}  // namespace

std::expected<std::string, std::string> read_text_file(const std::string& path) {
    std::ostringstream text;
    if (path == "-") {
        text << std::cin.rdbuf();
        return std::move(text).str();
    }
    errno = 0;
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
        return std::unexpected(last_error());
    }
    if (stream.peek() != std::ifstream::traits_type::eof()) {
        text << stream.rdbuf();
    }
    if (stream.bad() || (errno != 0 && text.view().empty())) {
        return std::unexpected(last_error());  // a folder opens, but does not read
    }
    return std::move(text).str();
}

}  // namespace lagsim::sim
