/// Numbers with units, read exactly and written back so that they read the same. One set of
/// parsers for scenario files, manifests and command-line options.
///
/// The type comes from the field, never from the text: `500m` is 500 minutes as a duration and one
/// half as a quantity. A refusal says what was expected.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "core/quantity.h"
#include "core/time.h"

namespace lagsim::sim {

template <class T>
using Parsed = std::expected<T, std::string>;  ///< or why not, without the place

/// Go style, `d` for days too: `1h30m`, `250ms`, `160us`, `1.5s`, `7d`. Never negative; whole
/// nanoseconds; at most 292 years.
[[nodiscard]] Parsed<core::Duration> parse_duration(std::string_view text);
/// `200/s`, `12.5k/min`, `1M/h`, `5/d`. [1/s]
[[nodiscard]] Parsed<double> parse_rate(std::string_view text);
/// `5%` is 0.05. [1]
[[nodiscard]] Parsed<double> parse_percentage(std::string_view text);
/// Whole, may be negative; `100k` = 100,000, `1.5M` = 1,500,000. No leading zeros.
[[nodiscard]] Parsed<std::int64_t> parse_integer(std::string_view text);
/// 0 to 2^64 - 1, for seeds.
[[nodiscard]] Parsed<std::uint64_t> parse_seed(std::string_view text);
/// Finite decimal number, may be negative: `1.1`, `-3`, `2e3`.
[[nodiscard]] Parsed<double> parse_number(std::string_view text);
/// Kubernetes resource.Quantity: `500m`, `2`, `1Gi`, `100k`, `1e3`. [1/1000], rounded up as
/// Quantity.MilliValue does.
[[nodiscard]] Parsed<std::int64_t> parse_quantity_milli(std::string_view text);
[[nodiscard]] Parsed<bool> parse_boolean(std::string_view text);
/// `10 records`, `1 record`, `1k records`; at least 1.
[[nodiscard]] Parsed<core::Records> parse_records(std::string_view text);

/// The parsers above read these texts back to the same value, bit for bit.
[[nodiscard]] std::string format_duration(core::Duration duration);
[[nodiscard]] std::string format_rate(double per_second);
[[nodiscard]] std::string format_number(double value);

}  // namespace lagsim::sim
