/// `lagsim inspect`: what a result file holds, in words.
#include <cmath>

#include <fmt/format.h>

#include "sim/cli/commands.h"
#include "sim/cli/input.h"
#include "sim/results/json.h"
#include "sim/results/result_reader.h"
#include "sim/results/sparkline.h"

namespace lagsim::cli {
namespace {

std::string counted(const std::vector<std::pair<std::string, std::int64_t>>& counts) {
    std::string text;
    for (const auto& [word, count] : counts) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                            sim::readable_number(static_cast<double>(count)), word);
    }
    return text.empty() ? "none" : text;
}

std::string listed(const std::vector<std::string>& texts) {
    return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ", "));
}

void print_words(const std::string& path, const sim::StoredResult& result) {
    const auto line = [](std::string_view label, const std::string& value) {
        fmt::print("{:<14}{}\n", label, value);
    };
    line("File",
         fmt::format("{}{}", path, result.complete ? "" : " (incomplete: its run was killed)"));
    line("Scenario", result.scenario);
    line("Written by", fmt::format("lagsim {}, seed {}", result.version, result.seed));
    line("Replications", fmt::format("{}, fingerprint {}", result.replications,
                                     sim::fingerprint_text(result.fingerprint)));
    line("Series", fmt::format("{} samples until {}, {} partitions, {} {}", result.samples,
                               sim::short_seconds(result.last_sample_seconds), result.partitions,
                               result.groups.size() == 1 ? "group" : "groups",
                               fmt::join(result.groups, ", ")));
    line("Manifests", listed(result.manifests));
    line("Overrides", listed(result.overrides));
    line("Ledger",
         fmt::format("{} produced = {} finished + {} dead-lettered + {} waiting + {} lost",
                     result.ledger.produced, result.ledger.finished, result.ledger.dead_lettered,
                     result.ledger.waiting, result.ledger.lost));
    line("Lost", counted(result.lost));
    line("Done twice", counted(result.duplicates));
    line("Events", counted(result.events));
    line("Decisions", fmt::format("{}", result.decisions));
    if (result.metrics.empty()) {
        return;
    }
    fmt::print("\n{:<28}{:>16}{:>14}{:>6}  {}\n", "Metric", "mean", "half-width", "n", "unit");
    for (const sim::MetricSummary& metric : result.metrics) {
        const double width = metric.interval.half_width;
        fmt::print("{:<28}{:>16}{:>14}{:>6}  {}\n", metric.name,
                   sim::readable_number(metric.interval.mean), sim::readable_number(width),
                   metric.interval.n, metric.unit);
    }
}

CommandResult run_inspect(const Invocation& call) {
    const std::string& path = call.operands[0];
    const auto result = sim::read_result(path);
    if (!result) {
        return refuse_result(call.common, path, result.error());
    }
    if (call.common.json) {
        fmt::print("{}\n", sim::inspect_json(path, *result));
    } else {
        print_words(path, *result);
    }
    return ExitCode::ok;
}

}  // namespace

Command inspect_command() {
    return {.name = "inspect",
            .summary = "what a result file holds, in words",
            .operands = {.usage = "FILE.h5", .least = 1, .most = 1},
            .run = run_inspect};
}

}  // namespace lagsim::cli
