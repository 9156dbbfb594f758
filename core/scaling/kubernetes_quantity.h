/// Kubernetes quantities as far as the controllers compute with them: text to milli-units and back.
/// Source: k8s.io/apimachinery v0.36.4 pkg/api/resource/quantity.go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lagsim::core {

/// MilliValue of the parsed text ("24k", "1500m", "1Gi", "1e3"), rounded up to a milli-unit; none
/// if the text is no quantity. Out of int64: what MilliValue answers, 0
/// or the low 64 bits.
[[nodiscard]] std::optional<std::int64_t> quantity_milli(std::string_view text);

/// AsApproximateFloat64 of the parsed text.
[[nodiscard]] std::optional<double> quantity_double(std::string_view text);

/// Canonical text of a milli-value: 24000000 -> "24k", 1500 -> "1500m".
[[nodiscard]] std::string quantity_text(std::int64_t milli);

/// What KEDA reports for a total: Quantity("%.3f") of its double, negatives as zero. MilliValue of
/// it (its low 64 bits), its canonical text, and MilliValue of that text, which the HPA reads (0 or
/// the low 64 bits where it does not fit).
/// Source: KEDA v2.21.0 pkg/scalers/scaler.go quantityFromFloat64.
[[nodiscard]] std::int64_t reported_milli(std::int64_t total);
[[nodiscard]] std::string reported_text(std::int64_t total);
[[nodiscard]] std::int64_t transmitted_milli(std::int64_t total);

}  // namespace lagsim::core
