/// Tables for spreadsheets: RFC 4180 (CRLF, quotes where needed), a header line, units in the
/// columns' names or on docs/export.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/export/export_source.h"
#include "sim/export/text_output.h"

namespace lagsim::sim {

enum class CsvTable : std::uint8_t {
    timeseries,  ///< a row a sample and group
    partitions,  ///< a row a sample and partition
    lag,         ///< the same as `lagsim autoscale --lag` reads it; one consumer group only
    events,
    decisions,
    summary,  ///< over all replications
    ledger,   ///< lost and repeated stretches
};
inline constexpr std::string_view csv_table_names =
    "timeseries|partitions|lag|events|decisions|summary|ledger";

[[nodiscard]] std::optional<CsvTable> csv_table(std::string_view name);

void write_csv(const ExportSource& source, CsvTable table, TextOutput& output);

}  // namespace lagsim::sim
