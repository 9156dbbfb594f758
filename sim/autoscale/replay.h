/// Replays recorded decisions of the real controllers (conformance vectors) through the scaling
/// core and compares. The format is the oracle's: KEDA v2.21.0 and Kubernetes v1.36.4 in virtual
/// time.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace lagsim::sim {

struct ReplayResult {
    std::string name;               ///< the vector's
    std::string kind;               ///< scaler, executor, hpa or e2e
    nlohmann::ordered_json actual;  ///< in the shape of the vector's `expect`
    std::optional<bool> diverged;   ///< none: the vector has no `expect`
    std::string first_divergence;   ///< e.g. `syncs[3].result: expected 7, got 8`; empty if none
};

/// `name` stands for the vector in messages if it has no name of its own. The error says what is
/// wrong with the text.
[[nodiscard]] std::expected<ReplayResult, std::string> replay_vector(std::string_view text,
                                                                     std::string_view name);

/// The first binding field in which the two differ, as a sentence; empty if none. Of `buildError`
/// only the presence binds, and `errorText` is informative.
[[nodiscard]] std::string first_divergence(const nlohmann::ordered_json& expected,
                                           const nlohmann::ordered_json& actual);

}  // namespace lagsim::sim
