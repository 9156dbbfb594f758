/// `lagsim autoscale`: a recorded lag series through the scaling core, every decision a JSON line.
/// Nothing answers: the series does not change with the replicas.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/scaling/parameters.h"
#include "core/time.h"
#include "sim/autoscale/lag_series.h"
#include "sim/scenario/manifests.h"

namespace lagsim::sim {

struct RecordedOptions {
    std::optional<std::int32_t> replicas;  ///< at the start; default minReplicaCount
    core::Duration keda_phase{0};          ///< instant of the first poll
    core::Duration hpa_phase{0};           ///< instant of the first sync
    std::optional<core::Duration> until;   ///< inclusive; default the last row's time
};

/// What of the ScaledObject a lag series cannot drive (code `not-modelled`); empty = nothing.
[[nodiscard]] std::vector<Diagnostic> not_modelled(const ScaledObjectManifest& manifest);

/// The one topic that all kafka triggers read; empty if there is no such topic.
[[nodiscard]] std::string only_topic(const core::ScaledObjectParameters& parameters);

/// At equal times rows apply first, then the KEDA poll, then the HPA sync. Syncs take no time, pods
/// are ready at once. `line` gets each decision without its newline.
void play_recorded(const core::ScaledObjectParameters& parameters, const core::HpaParameters& hpa,
                   const LagSeries& series, const RecordedOptions& options,
                   const std::function<void(std::string_view)>& line);

}  // namespace lagsim::sim
