#include "sim/autoscale/lag_series.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace lagsim::sim {
namespace {

constexpr std::size_t diagnostics_max = 20;
constexpr std::array<std::string_view, 5> column_names{"time_s", "topic", "partition",
                                                       "log_end_offset", "committed_offset"};
enum Column : std::size_t { time_s, topic_name, partition_id, end_offset, committed_offset };

struct Cell {
    std::string_view text;
    int column = 1;  ///< in the line, from 1
};

[[nodiscard]] std::vector<Cell> cells_of(std::string_view line) {
    std::vector<Cell> cells;
    std::size_t at = 0;
    while (true) {
        const std::size_t comma = line.find(',', at);
        cells.push_back(
            {.text = line.substr(at, comma == std::string_view::npos ? comma : comma - at),
             .column = static_cast<int>(at) + 1});
        if (comma == std::string_view::npos) {
            return cells;
        }
        at = comma + 1;
    }
}

[[nodiscard]] std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) {
        return std::nullopt;
    }
    return value;
}

[[nodiscard]] std::optional<core::Instant> instant_of(std::string_view text) {
    constexpr double seconds_max = 9.0e9;
    double seconds = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size() || !(seconds >= 0.0) ||
        seconds > seconds_max) {
        return std::nullopt;
    }
    return core::at_nanoseconds(std::llround(seconds * 1e9));
}

class Reader {
  public:
    Reader(std::string_view text, const std::string& file, const std::string& topic)
        : text_(text), file_(file), topic_(topic) {}

    [[nodiscard]] std::expected<LagSeries, std::vector<Diagnostic>> read() {
        if (text_.starts_with("\xEF\xBB\xBF")) {
            text_.remove_prefix(3);
        }
        if (!next_line()) {
            complain(1, "missing-header", "the file is empty; its first line names the columns");
        } else if (read_header()) {
            read_rows();
        }
        if (!diagnostics_.empty()) {
            return std::unexpected(std::move(diagnostics_));
        }
        return std::move(series_);
    }

  private:
    [[nodiscard]] bool next_line() {
        if (text_.empty()) {
            return false;
        }
        const std::size_t end = text_.find('\n');
        line_ = text_.substr(0, end);
        text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
        if (line_.ends_with('\r')) {
            line_.remove_suffix(1);
        }
        ++line_number_;
        return true;
    }

    void complain(int column, std::string code, std::string message, std::string suggestion = {},
                  int width = 1) {
        diagnostics_.push_back({.file = file_,
                                .line = line_number_ == 0 ? 0 : line_number_,
                                .column = line_number_ == 0 ? 0 : column,
                                .path = {},
                                .severity = Severity::error,
                                .code = std::move(code),
                                .message = std::move(message),
                                .suggestion = std::move(suggestion),
                                .source_line = std::string(line_),
                                .width = width});
    }

    void refuse(const Cell& cell, std::string_view name, std::string_view expected) {
        complain(cell.column, "bad-value",
                 fmt::format("{} must be {}, not '{}'", name, expected, cell.text), {},
                 std::max(1, static_cast<int>(cell.text.size())));
    }

    [[nodiscard]] bool read_header() {
        const std::vector<Cell> cells = cells_of(line_);
        place_.fill(none);
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const auto* found = std::ranges::find(column_names, cells[i].text);
            if (found == column_names.end()) {
                complain(cells[i].column, "unknown-column",
                         fmt::format("'{}' is not a column of a lag series", cells[i].text),
                         std::string(did_you_mean(cells[i].text, column_names)),
                         std::max(1, static_cast<int>(cells[i].text.size())));
                continue;
            }
            place_[static_cast<std::size_t>(found - column_names.begin())] = i;
        }
        columns_ = cells.size();
        check_columns();
        return diagnostics_.empty();
    }

    void check_columns() {
        for (const Column column : {time_s, partition_id, end_offset, committed_offset}) {
            if (place_[column] == none) {
                complain(1, "missing-column",
                         fmt::format("the column '{}' is missing; the header is "
                                     "time_s,partition,log_end_offset,committed_offset",
                                     column_names[column]));
            }
        }
        if (place_[topic_name] == none && topic_.empty()) {
            complain(1, "missing-column",
                     "the triggers do not read exactly one topic, so the column 'topic' is needed");
        }
    }

    void read_rows() {
        while (diagnostics_.size() < diagnostics_max && next_line()) {
            if (!line_.empty()) {
                read_row(cells_of(line_));
            }
        }
        if (series_.rows.empty() && diagnostics_.empty()) {
            complain(1, "no-rows", "there is no row below the header");
        }
    }

    void read_row(const std::vector<Cell>& cells) {
        if (cells.size() != columns_) {
            complain(1, "bad-row",
                     fmt::format("{} values, but the header has {}", cells.size(), columns_));
            return;
        }
        const auto cell = [&](Column column) -> const Cell& { return cells[place_[column]]; };
        const std::optional<core::Instant> at = instant_of(cell(time_s).text);
        const std::optional<std::int64_t> id = whole_number(cell(partition_id).text);
        const std::optional<std::int64_t> end = whole_number(cell(end_offset).text);
        const Cell& committed_cell = cell(committed_offset);
        const std::optional<std::int64_t> committed = whole_number(committed_cell.text);
        if (!at) {
            refuse(cell(time_s), "time_s", "seconds, 0 or more");
        }
        if (!id || *id > std::numeric_limits<std::int32_t>::max()) {
            refuse(cell(partition_id), "partition", "a whole number, 0 or more");
            return;
        }
        if (!end) {
            refuse(cell(end_offset), "log_end_offset", "a whole number, 0 or more");
        }
        if (!committed && !committed_cell.text.empty()) {
            refuse(committed_cell, "committed_offset",
                   "a whole number, 0 or more, or empty for none");
            return;
        }
        if (!at || !end) {
            return;
        }
        if (!series_.rows.empty() && *at < series_.rows.back().at) {
            complain(cell(time_s).column, "bad-order", "rows must be in time order");
            return;
        }
        add_row(*at, place_[topic_name] == none ? topic_ : std::string(cell(topic_name).text),
                {.id = core::PartitionId{static_cast<std::int32_t>(*id)},
                 .end = core::Offset{*end},
                 .committed = committed ? std::optional(core::Offset{*committed}) : std::nullopt});
    }

    struct Offsets {
        core::PartitionId id;
        core::Offset end;
        std::optional<core::Offset> committed;
    };
    void add_row(core::Instant at, const std::string& topic, const Offsets& offsets) {
        auto found = std::ranges::find(series_.topics, topic);
        if (found == series_.topics.end()) {
            found = series_.topics.insert(found, topic);
        }
        LagRow row;
        row.at = at;
        row.partition.topic = static_cast<std::int32_t>(found - series_.topics.begin());
        row.partition.id = offsets.id;
        row.partition.end = offsets.end;
        row.partition.committed = offsets.committed;
        series_.rows.push_back(row);
    }

    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
    std::string_view text_;
    const std::string& file_;
    const std::string& topic_;
    std::string_view line_;
    int line_number_ = 0;
    std::size_t columns_ = 0;
    std::array<std::size_t, column_names.size()> place_{};
    LagSeries series_;
    std::vector<Diagnostic> diagnostics_;
};

}  // namespace

std::expected<LagSeries, std::vector<Diagnostic>> read_lag_series(std::string_view text,
                                                                  const std::string& file,
                                                                  const std::string& topic) {
    return Reader(text, file, topic).read();
}

void LagPlayback::advance(core::Instant now) {
    for (; next_ < series_->rows.size() && series_->rows[next_].at <= now; ++next_) {
        const core::BrokerPartition& row = series_->rows[next_].partition;
        const auto same = std::ranges::find_if(partitions_, [&](const auto& known) {
            return known.topic == row.topic && known.id == row.id;
        });
        if (same == partitions_.end()) {
            partitions_.push_back(row);
        } else {
            *same = row;
        }
    }
}

}  // namespace lagsim::sim
