/// `lagsim report`: one self-contained HTML page of a result file, or of several side by side.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "sim/cli/commands.h"
#include "sim/cli/input.h"
#include "sim/report/page.h"
#include "sim/results/result_file.h"

namespace lagsim::cli {
namespace {

constexpr std::string_view usage = "FILE.h5 [OTHER.h5]";

std::expected<void, UsageError> check_output(const Invocation& call, const std::string& output) {
    std::error_code error;
    if (output == "-" && call.common.json) {
        return std::unexpected(
            UsageError{"--json and the page cannot share stdout; add -o FILE.html"});
    }
    if (output == "-" && !call.value("output") && isatty(STDOUT_FILENO) == 1) {
        return std::unexpected(UsageError{"a page is nothing for a terminal; add -o FILE.html"});
    }
    if (output == "-") {
        return {};
    }
    if (output.empty()) {
        return std::unexpected(UsageError{"-o takes a file name, or - for stdout"});
    }
    for (const std::string& input : call.operands) {
        if (std::filesystem::equivalent(output, input, error)) {
            return std::unexpected(UsageError{
                fmt::format("-o {} is the result file itself; give another name", output)});
        }
    }
    if (std::filesystem::is_directory(output, error)) {
        return std::unexpected(UsageError{sim::unusable_output(output)});
    }
    if (std::filesystem::exists(output, error) && !call.flag("force")) {
        return std::unexpected(UsageError{
            fmt::format("{} exists; add --force to overwrite it, or give another -o", output)});
    }
    return {};
}

/// Beside its name first, so that an older page survives every failure. The error says why.
std::expected<void, std::string> write_page(const std::string& output, const std::string& page) {
    if (output == "-") {
        std::fwrite(page.data(), 1, page.size(), stdout);
        return std::fflush(stdout) == 0 && std::ferror(stdout) == 0
                   ? std::expected<void, std::string>()
                   : std::unexpected(
                         fmt::format("cannot write to stdout: {}", std::strerror(errno)));
    }
    if (const std::string why = sim::unusable_output(output); !why.empty()) {
        return std::unexpected(why);
    }
    const std::string partial = output + ".partial";
    std::ofstream file(partial, std::ios::binary);
    file << page;
    file.close();
    if (!file || std::rename(partial.c_str(), output.c_str()) != 0) {
        const std::string why = std::strerror(errno);
        std::error_code ignored;
        std::filesystem::remove(partial, ignored);
        return std::unexpected(fmt::format("cannot write {}: {}", output, why));
    }
    return {};
}

CommandResult run_report(const Invocation& call) {
    const auto replication =
        parse_whole_number(call.value("replication").value_or("0"), "--replication", 0, INT32_MAX);
    if (!replication) {
        return std::unexpected(replication.error());
    }
    const std::string output = call.value("output").value_or("-");
    if (auto checked = check_output(call, output); !checked) {
        return std::unexpected(checked.error());
    }
    std::vector<sim::report::ReportInput> inputs;
    for (const std::string& path : call.operands) {
        auto input = sim::report::load_report(path, static_cast<std::int64_t>(*replication));
        if (!input) {
            return refuse_result(call.common, path, input.error());
        }
        inputs.push_back(std::move(*input));
    }
    const std::string page = sim::report::page(inputs);
    if (auto written = write_page(output, page); !written) {
        fmt::print(stderr, "lagsim report: {}\n", written.error());
        return ExitCode::failure;
    }
    if (output != "-" && call.common.json) {
        const nlohmann::ordered_json object{
            {"schema", "lagsim.report/1"}, {"output", output}, {"bytes", page.size()}};
        fmt::print("{}\n", object.dump());
    } else if (output != "-" && !call.common.quiet) {
        fmt::print("{}: {} KB, open it in a browser\n", output, (page.size() + 1023) / 1024);
    }
    return ExitCode::ok;
}

}  // namespace

Command report_command() {
    return {.name = "report",
            .summary = "one self-contained HTML page of a result file, or of two side by side",
            .operands = {.usage = usage, .least = 1, .most = 2},
            .options = {{.name = "output",
                         .letter = 'o',
                         .argument = "FILE.html",
                         .help = "where the page goes; without, or with -, to stdout"},
                        {.name = "replication",
                         .argument = "N",
                         .help = "the replication to show in detail (default 0)"},
                        {.name = "force", .help = "overwrite an existing page"}},
            .details = "Two files stand side by side. What the page shows: docs/report.md.",
            .run = run_report};
}

}  // namespace lagsim::cli
