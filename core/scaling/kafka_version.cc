#include "core/scaling/kafka_version.h"

#include <charconv>
#include <system_error>
#include <vector>

#include "core/scaling/go_text.h"

namespace lagsim::core {
namespace {

[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

}  // namespace

std::optional<KafkaVersion> parse_kafka_version(std::string_view text) {
    std::vector<std::string_view> pieces = split(text, '.');
    const bool before_one = text.starts_with('0');
    if (text.size() < 5 || pieces.size() != (before_one ? 4U : 3U) ||
        (before_one && pieces.front() != "0")) {
        return std::nullopt;
    }
    std::vector<std::uint64_t> numbers;
    for (const std::string_view piece : pieces) {
        const std::optional<std::uint64_t> number = parse_number(piece);
        if (!number) {
            return std::nullopt;
        }
        numbers.push_back(*number);
    }
    return KafkaVersion{.major = numbers[0],
                        .minor = numbers[1],
                        .very_minor = numbers[2],
                        .patch = before_one ? numbers[3] : 0};
}

}  // namespace lagsim::core
