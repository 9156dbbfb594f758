/// Text to values as Go's standard library reads them; the differences to C are what users trip on.
/// Source: Go 1.26 strings.TrimSpace, strconv.ParseBool, strconv.ParseInt, encoding/json.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace lagsim::core {

/// strings.TrimSpace: Unicode white space at both ends.
[[nodiscard]] std::string_view trim_space(std::string_view text);

/// strconv.ParseBool: 1 t T TRUE true True 0 f F FALSE false False.
[[nodiscard]] std::optional<bool> parse_go_bool(std::string_view text);

/// strconv.ParseInt(text, 10, 64): optional sign, digits; none on overflow.
[[nodiscard]] std::optional<std::int64_t> parse_go_int(std::string_view text);
/// strconv.ParseInt(text, 10, 32).
[[nodiscard]] std::optional<std::int32_t> parse_go_int32(std::string_view text);

/// json.Unmarshal into an int64: "-5" yes; "010", "+5", "1e3", "10.0", "0x10" no.
[[nodiscard]] std::optional<std::int64_t> parse_json_int(std::string_view text);

/// strings.Split on one character: always at least one piece.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace lagsim::core
