/// What the tests of the rules share: a scenario without findings, to spoil one key at a time.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "sim/lint/lint.h"
#include "tree_paths.h"

namespace lagsim::sim::linting {

/// Four partitions at 200/s, two to four pods with room for 800/s; nothing to find.
inline const std::string scenario_text =
    "apiVersion: lagsim/v1\n"
    "kind: Scenario\n"
    "spec:\n"
    "  duration: 2h\n"
    "  topics:\n"
    "    orders: {partitions: 4, retention: 1h}\n"
    "  producers:\n"
    "    - {topic: orders, rate: 200/s}\n"
    "  consumers:\n"
    "    - group: g\n"
    "      serviceTime: 5ms\n"
    "      deadLetter: {topic: dlq, produceTime: 5ms}\n";
inline const std::string object_text =
    "---\n"
    "apiVersion: keda.sh/v1alpha1\n"
    "kind: ScaledObject\n"
    "metadata: {name: so}\n"
    "spec:\n"
    "  scaleTargetRef: {name: d}\n"
    "  minReplicaCount: 2\n"
    "  maxReplicaCount: 4\n"
    "  triggers:\n"
    "    - type: kafka\n"
    "      metadata:\n"
    "        bootstrapServers: b:9092\n"
    "        consumerGroup: g\n"
    "        topic: orders\n"
    "        offsetResetPolicy: earliest\n"
    "        lagThreshold: \"50\"\n";
inline const std::string deployment_text =
    "---\n"
    "apiVersion: apps/v1\n"
    "kind: Deployment\n"
    "metadata: {name: d}\n"
    "spec:\n"
    "  template:\n"
    "    spec:\n"
    "      terminationGracePeriodSeconds: 45\n"
    "      containers: [{name: c}]\n";
inline const std::string all_text = scenario_text + object_text + deployment_text;

/// `text` with `from`, which must occur once, replaced by `to`.
inline std::string with(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    if (at == std::string::npos) {
        ADD_FAILURE() << "no '" << from << "' in the text";
        return text;
    }
    return text.replace(at, from.size(), to);
}

inline std::vector<Diagnostic> findings(const std::string& text, const ReadOptions& options = {}) {
    const auto file = read_scenario_text(text, "s.yaml", LAGSIM_SOURCE_DIR "/scenarios", options);
    if (!file) {
        ADD_FAILURE() << render_diagnostics(file.error());
        return {};
    }
    return lint_scenario(*file);
}

/// The base scenario with keys set as `--set` does.
inline std::vector<Diagnostic> findings_with(std::vector<std::string> sets) {
    return findings(all_text, {.overlays = {}, .sets = std::move(sets)});
}

inline bool has(const std::vector<Diagnostic>& found, std::string_view code) {
    return std::ranges::count(found, code, &Diagnostic::code) > 0;
}

/// The message of the one finding with the code; empty and a failure otherwise.
inline Diagnostic only(const std::vector<Diagnostic>& found, std::string_view code) {
    const auto at = std::ranges::find(found, code, &Diagnostic::code);
    if (std::ranges::count(found, code, &Diagnostic::code) != 1) {
        ADD_FAILURE() << "not one " << code << " in:\n" << render_diagnostics(found);
        return {};
    }
    return *at;
}

inline std::vector<std::string> codes(const std::vector<Diagnostic>& found) {
    std::vector<std::string> result;
    for (const Diagnostic& diagnostic : found) {
        result.push_back(diagnostic.code);
    }
    return result;
}

}  // namespace lagsim::sim::linting
