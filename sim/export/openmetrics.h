/// OpenMetrics text with timestamps, under the names that exporters in a cluster give to the same
/// quantities: dashboards of kafka-exporter, kube-state-metrics and KEDA chart a simulation as it
/// is. Sources of the names: docs/export.md.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "sim/export/export_source.h"
#include "sim/export/text_output.h"

namespace lagsim::sim {

/// `start_ms` is the Unix time of 0 s [ms].
void write_openmetrics(const ExportSource& source, std::int64_t start_ms, TextOutput& output);

/// `2026-01-31T12:00:00Z`, Unix seconds, `now` or `now-24h`; `now_ms` is the present [ms]. Unix
/// milliseconds, or a sentence.
[[nodiscard]] std::expected<std::int64_t, std::string> parse_start(std::string_view text,
                                                                   std::int64_t now_ms);

}  // namespace lagsim::sim
