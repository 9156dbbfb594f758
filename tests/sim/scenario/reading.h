/// What the reader's tests share: a small scenario to spoil, and complaints as short texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "sim/scenario/reader.h"

namespace lagsim::sim {

/// Twelve lines before `tail`, which continues `spec`. Nothing is wrong with it.
inline std::string scenario_with(std::string_view tail) {
    return fmt::format(
        "apiVersion: lagsim/v1\n"
        "kind: Scenario\n"
        "spec:\n"
        "  duration: 1h\n"
        "  topics:\n"
        "    orders: {{partitions: 4}}\n"
        "  producers:\n"
        "    - {{topic: orders, rate: 100/s}}\n"
        "  consumers:\n"
        "    - group: g\n"
        "      serviceTime: 5ms\n"
        "{}",
        tail);
}
inline constexpr int first_tail_line = 12;

inline constexpr std::string_view scaled_object =
    "apiVersion: keda.sh/v1alpha1\n"
    "kind: ScaledObject\n"
    "metadata: {name: so}\n"
    "spec:\n"
    "  scaleTargetRef: {name: d}\n"
    "  minReplicaCount: 2\n"
    "  maxReplicaCount: 8\n"
    "  triggers:\n"
    "    - type: kafka\n"
    "      metadata:\n"
    "        bootstrapServers: b:9092\n"
    "        consumerGroup: g\n"
    "        topic: orders\n"
    "        lagThreshold: \"50\"\n";

inline constexpr std::string_view deployment =
    "apiVersion: apps/v1\n"
    "kind: Deployment\n"
    "metadata: {name: d}\n"
    "spec:\n"
    "  replicas: 3\n"
    "  template:\n"
    "    spec:\n"
    "      terminationGracePeriodSeconds: 45\n"
    "      containers:\n"
    "        - {name: c, resources: {requests: {cpu: 250m}, limits: {cpu: 1500m}}}\n";

/// `line:column code`, in the order of the report.
inline std::vector<std::string> short_forms(const std::vector<Diagnostic>& diagnostics) {
    std::vector<std::string> result;
    for (const Diagnostic& d : diagnostics) {
        result.push_back(fmt::format("{}:{} {}", d.line, d.column, d.code));
    }
    return result;
}

inline std::vector<Diagnostic> complaints(const std::string& text,
                                          const ReadOptions& options = {}) {
    const auto file = read_scenario_text(text, "s.yaml", "", options);
    return file ? file->warnings : file.error();
}

/// The file, which must be right; an empty one with a failure otherwise.
ScenarioFile read_well(const std::string& text, const ReadOptions& options = {});

/// A file below the test's temporary folder; its path.
std::string write_file(const std::string& name, const std::string& text);

}  // namespace lagsim::sim
