/// Integer arithmetic as Go on amd64 does it: signed overflow wraps, and a floating-point number
/// that does not fit becomes the most negative integer. Upstream relies on neither, but does both.
#pragma once

#include <cstdint>
#include <limits>

namespace lagsim::core {

[[nodiscard]] constexpr std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
[[nodiscard]] constexpr std::int64_t wrapping_subtract(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
[[nodiscard]] constexpr std::int64_t wrapping_multiply(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}
[[nodiscard]] constexpr std::int32_t wrapping_add(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}
[[nodiscard]] constexpr std::int32_t wrapping_subtract(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b));
}

/// int32(x): truncates toward zero; INT32_MIN for NaN and what does not fit.
[[nodiscard]] constexpr std::int32_t truncate_to_int32(double x) {
    return x > -2147483649.0 && x < 2147483648.0 ? static_cast<std::int32_t>(x)
                                                 : std::numeric_limits<std::int32_t>::min();
}
/// int64(x), likewise.
[[nodiscard]] constexpr std::int64_t truncate_to_int64(double x) {
    return x >= -9223372036854775808.0 && x < 9223372036854775808.0
               ? static_cast<std::int64_t>(x)
               : std::numeric_limits<std::int64_t>::min();
}

}  // namespace lagsim::core
