/// Rows of `export csv`, of `autoscale --lag`, or of a spreadsheet with the same column names.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "sim/calibrate/raw_recording.h"

namespace lagsim::sim {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t absent = std::numeric_limits<std::size_t>::max();

enum Column : std::size_t { time_s, owner, topic, partition, first_quantity };
constexpr std::array<std::string_view, 10> column_names{
    "time_s",         "consumer_group",   "topic", "partition",
    "log_end_offset", "committed_offset", "lag",   "replicas",
    "ready_replicas", "desired_replicas"};
constexpr std::size_t partition_quantities = 3;  ///< the first ones are of a partition

struct Cell {
    std::string text;
    int column = 1;  ///< in the line, from 1
};

/// A line's cells; quoted ones as RFC 4180 has them, but within one line.
std::vector<Cell> cells_of(std::string_view line) {
    std::vector<Cell> cells{{.text = "", .column = 1}};
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        Cell& cell = cells.back();
        if (quoted && line.substr(i).starts_with("\"\"")) {
            cell.text += '"';
            ++i;
        } else if (line[i] == '"') {
            quoted = !quoted;
        } else if (line[i] == ',' && !quoted) {
            cells.push_back({.text = "", .column = static_cast<int>(i) + 2});
        } else {
            cell.text += line[i];
        }
    }
    return cells;
}

std::optional<double> number_of(const std::string& text) {
    double value = 0.0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || !std::isfinite(value)) {
        return std::nullopt;
    }
    return value;
}

class CsvReader {
  public:
    CsvReader(const std::string& text, const std::string& file, RawRecording& into)
        : rest_(text), file_(file), into_(into) {}

    std::vector<Diagnostic> read() {
        if (rest_.starts_with("\xEF\xBB\xBF")) {
            rest_.remove_prefix(3);
        }
        if (!next_line()) {
            complain(1, "missing-header", "the file is empty; its first line names the columns");
        } else if (read_header()) {
            while (diagnostics_.size() < recording_diagnostics_max && next_line()) {
                if (!line_.empty()) {
                    read_row(cells_of(line_));
                }
            }
        }
        return std::move(diagnostics_);
    }

  private:
    bool next_line() {
        if (rest_.empty()) {
            return false;
        }
        const std::size_t end = rest_.find('\n');
        line_ = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        if (line_.ends_with('\r')) {
            line_.remove_suffix(1);
        }
        ++number_;
        return true;
    }

    void complain(int column, std::string code, std::string message, std::string suggestion = {}) {
        diagnostics_.push_back({.file = file_,
                                .line = std::max(number_, 1),
                                .column = column,
                                .path = {},
                                .severity = Severity::error,
                                .code = std::move(code),
                                .message = std::move(message),
                                .suggestion = std::move(suggestion),
                                .source_line = std::string(line_)});
    }

    bool read_header() {
        place_.fill(absent);
        const std::vector<Cell> cells = cells_of(line_);
        std::vector<std::string_view> written;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            written.push_back(cells[i].text);
            const auto* found = std::ranges::find(column_names, cells[i].text);
            if (found == column_names.end()) {
                continue;
            }
            std::size_t& place = place_[static_cast<std::size_t>(found - column_names.begin())];
            if (place != absent) {
                complain(cells[i].column, "duplicate-column",
                         fmt::format("the column '{}' is there twice", cells[i].text));
            }
            place = i;
        }
        columns_ = cells.size();
        if (place_[time_s] == absent) {
            complain(1, "missing-column", "the column 'time_s' is missing",
                     std::string(did_you_mean("time_s", written)));
        }
        bool any = false;
        for (std::size_t i = first_quantity; i < column_names.size(); ++i) {
            any |= place_[i] != absent;
            if (place_[i] != absent && i < first_quantity + partition_quantities &&
                place_[partition] == absent) {
                complain(1, "missing-column",
                         fmt::format("the column 'partition' is missing: whose {} is it?",
                                     column_names[i]));
            }
        }
        if (!any) {
            complain(1, "missing-column",
                     fmt::format("none of the columns says anything: {}",
                                 fmt::join(column_names.begin() + first_quantity,
                                           column_names.end(), ", ")));
        }
        return diagnostics_.empty();
    }

    void read_row(const std::vector<Cell>& cells) {
        if (cells.size() != columns_) {
            complain(1, "bad-row",
                     fmt::format("{} values, but the header has {}", cells.size(), columns_));
            return;
        }
        const auto time = number_of(cells[place_[time_s]].text);
        if (!time) {
            refuse(cells[place_[time_s]], "time_s", "seconds");
            return;
        }
        SeriesKey key;
        key.owner = place_[owner] == absent ? "" : cells[place_[owner]].text;
        key.topic = place_[topic] == absent ? "" : cells[place_[topic]].text;
        std::int32_t number = -1;
        if (place_[partition] != absent) {
            const auto value = number_of(cells[place_[partition]].text);
            constexpr double most = 1e6;
            if (!value || *value < 0.0 || *value > most || *value != std::floor(*value)) {
                refuse(cells[place_[partition]], "partition", "a whole number, 0 or more");
                return;
            }
            number = static_cast<std::int32_t>(*value);
        }
        for (std::size_t i = first_quantity; i < column_names.size(); ++i) {
            if (place_[i] != absent) {
                add(cells[place_[i]], i, *time, number, key);
            }
        }
    }

    void add(const Cell& cell, std::size_t column, double time, std::int32_t number,
             SeriesKey key) {
        const auto value = number_of(cell.text);
        if (!cell.text.empty() && !value) {
            refuse(cell, column_names[column], "a number, or empty for none");
            return;
        }
        const bool of_partition = column < first_quantity + partition_quantities;
        key.quantity = static_cast<Quantity>(column - first_quantity);
        key.partition = of_partition ? number : -1;
        key.topic = of_partition ? key.topic : "";
        // Offsets of a log are everybody's; replicas belong to a Deployment that the row does not
        // name, so the group stands for it.
        if (key.quantity == Quantity::log_end_offset) {
            key.owner.clear();
        } else if (!of_partition && !key.owner.empty()) {
            key.owner = "group/" + key.owner;
        }
        into_.series[key].push_back({.seconds = time, .value = value.value_or(none)});
    }

    void refuse(const Cell& cell, std::string_view name, std::string_view expected) {
        complain(cell.column, "bad-value",
                 fmt::format("{} must be {}, not '{}'", name, expected, cell.text));
    }

    std::string_view rest_;
    const std::string& file_;
    RawRecording& into_;
    std::string_view line_;
    int number_ = 0;
    std::size_t columns_ = 0;
    std::array<std::size_t, column_names.size()> place_{};
    std::vector<Diagnostic> diagnostics_;
};

}  // namespace

std::vector<Diagnostic> read_recording_csv(const std::string& text, const std::string& file,
                                           RawRecording& into) {
    return CsvReader(text, file, into).read();
}

}  // namespace lagsim::sim
