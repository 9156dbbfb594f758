/// `lagsim export`: one replication of a result file for spreadsheets, Prometheus and Perfetto.
#include <chrono>
#include <filesystem>

#include <fmt/format.h>

#include "sim/cli/commands.h"
#include "sim/cli/input.h"
#include "sim/cli/suggest.h"
#include "sim/export/chrome_trace.h"
#include "sim/export/csv.h"
#include "sim/export/openmetrics.h"

namespace lagsim::cli {
namespace {

/// Reproducible without --start; far enough back to be no accident beside real series.
constexpr std::string_view default_start = "2026-01-01T00:00:00Z";

/// The command line, read.
struct Wish {
    std::string format;
    std::string file;
    std::int64_t replication = 0;
    sim::CsvTable table = sim::CsvTable::timeseries;
    std::int64_t start_ms = 0;
    std::string output;
};

std::expected<void, UsageError> check_format(const Invocation& call) {
    static const std::vector<std::string_view> formats{"csv", "openmetrics", "trace"};
    const std::string& format = call.operands[0];
    if (std::ranges::find(formats, format) == formats.end()) {
        return std::unexpected(UsageError{fmt::format("the first argument is one of {}, not '{}'{}",
                                                      fmt::join(formats, ", "), format,
                                                      did_you_mean(format, formats))});
    }
    for (const auto& [option, owner] : {std::pair{"table", "csv"}, {"start", "openmetrics"}}) {
        if (call.value(option) && format != owner) {
            return std::unexpected(
                UsageError{fmt::format("--{} belongs to `export {}`", option, owner)});
        }
    }
    return {};
}

std::expected<void, UsageError> check_output(const Wish& wish, bool force) {
    std::error_code error;
    if (wish.output.empty()) {
        return std::unexpected(UsageError{"-o takes a file name, or - for stdout"});
    }
    if (wish.output != "-" && std::filesystem::exists(wish.output, error) && !force) {
        return std::unexpected(UsageError{fmt::format(
            "{} exists; add --force to overwrite it, or give another -o", wish.output)});
    }
    return {};
}

std::expected<Wish, UsageError> read_wish(const Invocation& call) {
    if (auto checked = check_format(call); !checked) {
        return std::unexpected(checked.error());
    }
    Wish wish;
    wish.format = call.operands[0];
    wish.file = call.operands[1];
    const auto replication =
        parse_whole_number(call.value("replication").value_or("0"), "--replication", 0, INT32_MAX);
    if (!replication) {
        return std::unexpected(replication.error());
    }
    wish.replication = static_cast<std::int64_t>(*replication);
    wish.table = sim::csv_table(call.value("table").value_or("timeseries")).value();
    using std::chrono::milliseconds;
    const auto now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
    const auto start = sim::parse_start(call.value("start").value_or(std::string(default_start)),
                                        now.time_since_epoch().count());
    if (!start) {
        return std::unexpected(UsageError{fmt::format("--start: {}", start.error())});
    }
    wish.start_ms = *start;
    wish.output = call.value("output").value_or("-");
    if (auto checked = check_output(wish, call.flag("force")); !checked) {
        return std::unexpected(checked.error());
    }
    return wish;
}

void write(const sim::ExportSource& source, const Wish& wish, sim::TextOutput& output) {
    if (wish.format == "csv") {
        sim::write_csv(source, wish.table, output);
    } else if (wish.format == "openmetrics") {
        sim::write_openmetrics(source, wish.start_ms, output);
    } else {
        sim::write_chrome_trace(source, output);
    }
}

ExitCode fail(const std::string& message) {
    fmt::print(stderr, "lagsim export: {}\n", message);
    return ExitCode::failure;
}

CommandResult run_export(const Invocation& call) {
    const auto wish = read_wish(call);
    if (!wish) {
        return std::unexpected(wish.error());
    }
    const auto source = sim::read_export_source(wish->file, wish->replication);
    if (!source) {
        return refuse_result(call.common, wish->file, source.error());
    }
    if (wish->table == sim::CsvTable::lag && source->groups.size() > 1) {
        return std::unexpected(
            UsageError{"--table lag is of one consumer group, and this file has several; "
                       "--table partitions has them all"});
    }
    auto output = sim::TextOutput::open(wish->output);
    if (!output) {
        return fail(output.error());
    }
    write(*source, *wish, *output);
    if (auto finished = output->finish(); !finished) {
        return fail(finished.error());
    }
    return ExitCode::ok;
}

}  // namespace

Command export_command() {
    return {.name = "export",
            .summary = "a result file for spreadsheets, Prometheus/Grafana or Perfetto",
            .operands = {.usage = "csv|openmetrics|trace FILE.h5", .least = 2, .most = 2},
            .options = {{.name = "output",
                         .letter = 'o',
                         .argument = "FILE",
                         .help = "where to (default: -, stdout)"},
                        {.name = "force", .help = "overwrite an existing FILE"},
                        {.name = "replication",
                         .argument = "N",
                         .help = "which one, from 0 (default: 0)"},
                        {.name = "table",
                         .argument = "NAME",
                         .help = "csv: what (default: timeseries)",
                         .choices = sim::csv_table_names},
                        {.name = "start",
                         .argument = "TIME",
                         .help = "openmetrics: time of 0 s: RFC 3339, Unix seconds, now-24h "
                                 "(default: 2026-01-01T00:00:00Z)"}},
            .details = "docs/export.md says what is in each, and how to load it.",
            .run = run_export};
}

}  // namespace lagsim::cli
