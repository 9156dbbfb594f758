/// What the controllers read about the scale target, handed in as values: replica counts, pods with
/// their resource samples, and, for a HorizontalPodAutoscaler without KEDA, external metric values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/quantity.h"
#include "core/time.h"

namespace lagsim::core {

enum class PodPhase : std::uint8_t { pending, running, succeeded, failed, unknown };
enum class ReadyCondition : std::uint8_t { absent, yes, no, unknown };

/// Sums over a pod's containers; none = one container at least has no such figure.
struct ResourceUse {
    std::optional<std::int64_t> request;  ///< [milli-units]
    std::optional<std::int64_t> usage;    ///< [milli-units] none: the pod has no metrics
};

struct PodObservation {
    PodPhase phase = PodPhase::running;
    ReadyCondition ready = ReadyCondition::yes;
    std::optional<Instant> started;  ///< status.startTime
    Instant ready_changed;           ///< Ready.lastTransitionTime
    bool deleted = false;            ///< deletionTimestamp is set
    ResourceUse cpu;
    ResourceUse memory;
    std::string_view
        container{};            ///< name of the pod's one container; empty = whatever is asked for
    Instant sampled;            ///< time stamp of the usage sample
    Duration sample_window{0};  ///< window of the usage sample
};

/// Answer of external.metrics.k8s.io for one metric.
struct ExternalMetric {
    std::span<const std::int64_t> values;  ///< [milli-units]
    bool failed = false;
};

/// The scale subresource and the pods behind its selector.
struct ScaleObservation {
    Replicas spec;                         ///< spec.replicas
    Replicas status;                       ///< status.replicas: pods that exist, ready or not
    Replicas listed;                       ///< pods the selector finds, in whatever phase
    Replicas ready;                        ///< of these, Running and Ready
    std::span<const PodObservation> pods;  ///< needed by resource metrics only
    /// By index of HpaParameters::metrics; needed without KEDA only.
    std::span<const ExternalMetric> external{};
};

}  // namespace lagsim::core
