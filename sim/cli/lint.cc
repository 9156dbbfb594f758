/// `lagsim lint`: what is valid and will not do what its author thinks.
#include "sim/lint/lint.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <tuple>

#include <fmt/format.h>
#include <unistd.h>

#include "sim/autoscale/text_file.h"
#include "sim/cli/commands.h"
#include "sim/cli/input.h"

namespace lagsim::cli {
namespace {

using Diagnostics = std::vector<sim::Diagnostic>;

/// The operands by kind, and what was found and complained about so far.
struct Lint {
    std::vector<std::string> manifests;
    Diagnostics complaints;  ///< files that cannot be read, or are wrong
    Diagnostics findings;
};

void append(Diagnostics& all, const Diagnostics& more) {
    all.insert(all.end(), more.begin(), more.end());
}

void take_scenario(Lint& lint,
                   const std::expected<sim::ScenarioFile, std::vector<sim::Diagnostic>>& file) {
    file ? append(lint.findings, sim::lint_scenario(*file)) : append(lint.complaints, file.error());
}

/// Standard input in a file, so that it can be looked at first and read afterwards.
class StdinCopy {
  public:
    explicit StdinCopy(const std::string& text) {
        std::string path = (std::filesystem::temp_directory_path() / "lagsim-XXXXXX").string();
        const int file = ::mkstemp(path.data());
        if (file >= 0) {
            ::close(file);
            std::ofstream(path, std::ios::binary) << text;
        }
        path_ = path;
    }
    ~StdinCopy() { ::unlink(path_.c_str()); }
    StdinCopy(const StdinCopy&) = delete;
    StdinCopy& operator=(const StdinCopy&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }
    /// Messages name what the user named.
    [[nodiscard]] Diagnostics renamed(Diagnostics diagnostics) const {
        for (sim::Diagnostic& diagnostic : diagnostics) {
            diagnostic.file = diagnostic.file == path_ ? "<stdin>" : diagnostic.file;
        }
        return diagnostics;
    }

  private:
    std::string path_;
};

void take_manifests(Lint& lint, const std::vector<std::string>& paths) {
    const auto set = sim::read_manifest_files(paths);
    set ? append(lint.findings, sim::lint_manifests(*set)) : append(lint.complaints, set.error());
}

void take_stdin(Lint& lint) {
    const std::string text = sim::read_text_file("-").value_or("");
    const StdinCopy copy(text);
    const auto kind = sim::kind_of_file(copy.path());
    if (kind && *kind == sim::FileKind::scenario) {
        // Files that it names are relative to the working directory.
        take_scenario(lint, sim::read_scenario_text(text, "<stdin>", ""));
        return;
    }
    take_manifests(lint, {copy.path()});
    lint.complaints = copy.renamed(std::move(lint.complaints));
    lint.findings = copy.renamed(std::move(lint.findings));
}

void take_operand(Lint& lint, const std::string& path) {
    if (path == "-") {
        take_stdin(lint);
        return;
    }
    const auto kind = sim::kind_of_file(path);
    if (!kind) {
        append(lint.complaints, kind.error());
    } else if (*kind == sim::FileKind::scenario) {
        take_scenario(lint, sim::read_scenario(path));
    } else {
        lint.manifests.push_back(path);
    }
}

/// A manifest may be named alone and by a scenario: what both say is said once.
Diagnostics each_once(Diagnostics findings) {
    const auto place = [](const sim::Diagnostic& d) {
        return std::tie(d.file, d.line, d.column, d.code);
    };
    std::ranges::stable_sort(findings, {}, place);
    const auto twice = std::ranges::unique(findings, {}, place);
    findings.erase(twice.begin(), twice.end());
    return findings;
}

ExitCode code_of_lint(const Lint& lint) {
    if (!lint.complaints.empty()) {
        return code_of(lint.complaints);
    }
    return sim::has_errors(lint.findings) ? ExitCode::breached : ExitCode::ok;
}

CommandResult run_lint(const Invocation& call) {
    Lint lint;
    for (const std::string& path : call.operands) {
        take_operand(lint, path);
    }
    if (!lint.manifests.empty()) {
        take_manifests(lint, lint.manifests);
    }
    lint.findings = each_once(std::move(lint.findings));
    Diagnostics all = lint.complaints;
    append(all, lint.findings);
    print_diagnostics(call.common, all);
    if (!call.common.json && !call.common.quiet && lint.complaints.empty()) {
        const auto errors =
            std::ranges::count(lint.findings, sim::Severity::error, &sim::Diagnostic::severity);
        fmt::print("{} {}: {} findings, {} of them errors\n", call.operands.size(),
                   call.operands.size() == 1 ? "file" : "files", lint.findings.size(), errors);
    }
    return code_of_lint(lint);
}

}  // namespace

Command lint_command() {
    return {.name = "lint",
            .summary = "find settings that will not do what their author thinks",
            .operands = {.usage = "FILE...", .least = 1, .most = Operands::any_number},
            .details =
                "Takes scenarios and lone manifests; manifests on one command line are read "
                "together. A\nscenario tells more: partitions, load, what the consumer "
                "commits. Exit 4 only on findings\nof severity error; docs/lint.md has a "
                "section for each code.",
            .run = run_lint};
}

}  // namespace lagsim::cli
