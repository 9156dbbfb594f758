#include "sim/results/partial_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace lagsim::sim {
namespace {

/// The rename must not reach the disk before what it names.
bool flush_to_disk(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    const bool flushed = fsync(descriptor) == 0;
    const int error = errno;
    close(descriptor);
    errno = error;
    return flushed;
}

}  // namespace

std::string cannot_write(const std::string& path, const std::string& reason) {
    return fmt::format(
        "cannot write {}: {}; free space or choose another place with -o (nothing was left there)",
        path, reason);
}

std::expected<void, std::string> give_name(const std::string& partial, const std::string& path) {
    if (!flush_to_disk(partial) || std::rename(partial.c_str(), path.c_str()) != 0) {
        return std::unexpected(cannot_write(path, std::strerror(errno)));
    }
    return {};
}

std::expected<void, std::string> write_text_file(const std::string& path, std::string_view text) {
    const std::string partial = path + ".partial";
    errno = 0;
    std::ofstream stream(partial, std::ios::binary | std::ios::trunc);
    stream << text;
    stream.close();
    if (!stream) {
        const std::string reason = errno != 0 ? std::strerror(errno) : "it could not be written";
        std::error_code ignored;
        std::filesystem::remove(partial, ignored);
        return std::unexpected(cannot_write(path, reason));
    }
    return give_name(partial, path);
}

}  // namespace lagsim::sim
