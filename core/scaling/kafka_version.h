/// The kafka trigger's `version`: decides request versions, and through two of them the numbers.
/// Source: sarama v1.60.2 utils.go ParseKafkaVersion.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lagsim::core {

struct KafkaVersion {
    std::uint64_t major = 0;
    std::uint64_t minor = 0;
    std::uint64_t very_minor = 0;
    std::uint64_t patch = 0;
    friend auto operator<=>(const KafkaVersion&, const KafkaVersion&) = default;
};

/// `0.a.b.c`, or `a.b.c` without a leading zero; anything else is refused ("2.0", "3", "1.0.0.0").
[[nodiscard]] std::optional<KafkaVersion> parse_kafka_version(std::string_view text);

}  // namespace lagsim::core
