/// Settings that are valid and will not do what their author thinks. `lagsim lint` prints what the
/// rules of this folder find; docs/lint.md has a section for each.
///
/// A rule is a pure function over what the reader made of the files. It stays silent unless what it
/// says follows from them: where a figure is unknown the most favourable one is assumed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/diagnostics.h"
#include "sim/scenario/manifests.h"
#include "sim/scenario/reader.h"

namespace lagsim::sim {

/// What is looked at: manifests, and the scenario around them if there is one.
struct LintSubject {
    const ManifestSet& manifests;
    const ScenarioFile* scenario = nullptr;
};

struct LintFinding {
    Position position;
    std::string path;     ///< of the key, e.g. `spec.cooldownPeriod`
    std::string message;  ///< what will not happen and why; what would change it
};

enum class LintNeeds : std::uint8_t {
    manifests,  ///< says something about manifests alone, too
    scenario    ///< silent without a scenario
};

struct LintRule {
    std::string_view code;  ///< stable; also the section's title in docs/lint.md
    Severity severity = Severity::warning;
    LintNeeds needs = LintNeeds::manifests;
    std::vector<LintFinding> (*check)(const LintSubject&) = nullptr;
    std::string_view source;  ///< whose rule it is: file and function, with the version
};

/// All rules, in the order of the interface contract.
[[nodiscard]] std::span<const LintRule> lint_rules();

/// Findings in the order of file, line and column.
[[nodiscard]] std::vector<Diagnostic> lint_manifests(const ManifestSet& manifests);
[[nodiscard]] std::vector<Diagnostic> lint_scenario(const ScenarioFile& file);

}  // namespace lagsim::sim
