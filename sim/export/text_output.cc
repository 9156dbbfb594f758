#include "sim/export/text_output.h"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "sim/results/result_file.h"

namespace lagsim::sim {
namespace {

std::string cannot_write(const std::string& path, int error) {
    return fmt::format("cannot write {}: {}", path == "-" ? "stdout" : path,
                       std::generic_category().message(error == 0 ? EIO : error));
}

std::string partial(const std::string& path) {
    return path + ".partial";
}

}  // namespace

TextOutput::TextOutput(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}

TextOutput::TextOutput(TextOutput&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::exchange(other.file_, nullptr)),
      error_(other.error_) {}

TextOutput::~TextOutput() {
    if (file_ != nullptr && file_ != stdout) {
        std::fclose(file_);
        std::error_code ignored;
        std::filesystem::remove(partial(path_), ignored);
    }
}

std::expected<TextOutput, std::string> TextOutput::open(const std::string& path) {
    if (path == "-") {
        return TextOutput(path, stdout);
    }
    if (std::string why = unusable_output(path); !why.empty()) {
        return std::unexpected(std::move(why));
    }
    std::FILE* file = std::fopen(partial(path).c_str(), "wb");
    if (file == nullptr) {
        return std::unexpected(cannot_write(path, errno));
    }
    return TextOutput(path, file);
}

void TextOutput::write(std::string_view text) {
    if (error_ == 0 && std::fwrite(text.data(), 1, text.size(), file_) != text.size()) {
        error_ = errno == 0 ? EIO : errno;
    }
}

std::expected<void, std::string> TextOutput::finish() {
    std::FILE* file = std::exchange(file_, nullptr);
    const bool flushed = (file == stdout ? std::fflush(file) : std::fclose(file)) == 0;
    if (error_ == 0 && !flushed) {
        error_ = errno == 0 ? EIO : errno;
    }
    if (file == stdout) {
        return error_ == 0 ? std::expected<void, std::string>()
                           : std::unexpected(cannot_write(path_, error_));
    }
    std::error_code error;
    if (error_ == 0) {
        std::filesystem::rename(partial(path_), path_, error);
        if (!error) {
            return {};
        }
        error_ = error.value();
    }
    std::filesystem::remove(partial(path_), error);
    return std::unexpected(cannot_write(path_, error_));
}

}  // namespace lagsim::sim
