/// The HorizontalPodAutoscaler controller for one object: one sync from replicas and metrics to a
/// replica count, with its memory of recommendations and scale events.
/// Source: Kubernetes v1.36.4 pkg/controller/podautoscaler/horizontal.go (reconcileAutoscaler);
/// feature gates at their defaults: HPAConfigurableTolerance on, HPAScaleToZero off.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/scaling/condition.h"
#include "core/scaling/observation.h"
#include "core/scaling/parameters.h"
#include "core/scaling/recommendations.h"
#include "core/scaling/replica_calculator.h"
#include "core/scaling/scale_events.h"
#include "core/time.h"

namespace lagsim::core {

/// external.metrics.k8s.io as the controller sees it: asked once a sync for every external metric.
class ExternalMetricSource {
  public:
    virtual ~ExternalMetricSource() = default;
    /// `index` into HpaParameters::metrics. The values live until the next call.
    [[nodiscard]] virtual ExternalMetric read(std::size_t index) = 0;
};

class HorizontalPodAutoscaler {
  public:
    explicit HorizontalPodAutoscaler(HpaParameters parameters);

    struct Decision {
        std::optional<std::int32_t> rescale;     ///< spec.replicas to write
        std::optional<std::int32_t> proposal;    ///< from metrics; none = not read or all invalid
        std::optional<std::int32_t> stabilized;  ///< proposal after the window
        bool metrics_read = false;
        std::string_view limited_by = "none";  ///< reason that last changed the number
    };
    [[nodiscard]] Decision sync(Instant now, const ScaleObservation& scale,
                                ExternalMetricSource& external);

    [[nodiscard]] const HpaConditions& conditions() const { return conditions_; }
    [[nodiscard]] std::int32_t desired_replicas() const { return desired_replicas_; }
    [[nodiscard]] const HpaParameters& parameters() const { return parameters_; }
    [[nodiscard]] HpaParameters& parameters() { return parameters_; }

    /// The controller restarts: its memory is lost, the object's status stays.
    void forget();

  private:
    struct Limited {
        std::int32_t replicas = 0;
        std::string_view reason{};
    };
    struct MetricProposal {
        std::optional<std::int32_t> replicas;
        std::string_view failure{};  ///< reason, if there are no replicas
    };

    [[nodiscard]] std::optional<std::int32_t> propose(Instant now, const ScaleObservation& scale,
                                                      ExternalMetricSource& external);
    [[nodiscard]] MetricProposal propose_from(std::size_t index, Instant now,
                                              const ScaleObservation& scale,
                                              ExternalMetricSource& external) const;
    [[nodiscard]] std::int32_t normalize(std::int32_t proposal, std::int32_t current, Instant now,
                                         Decision& decision);
    [[nodiscard]] std::int32_t stabilize(std::int32_t proposal, std::int32_t current, Instant now);
    [[nodiscard]] Limited limit(std::int32_t desired, std::int32_t current, Instant now) const;
    [[nodiscard]] Limited limit_by_doubling(std::int32_t desired, std::int32_t current) const;
    [[nodiscard]] Limited limit_up(std::int32_t desired, std::int32_t current, Instant now) const;
    [[nodiscard]] Limited limit_down(std::int32_t desired, std::int32_t current, Instant now) const;
    void rescale(std::int32_t from, std::int32_t to, Instant now, Decision& decision);

    HpaParameters parameters_;
    Tolerances tolerances_;
    Recommendations recommendations_;
    ScaleEvents events_;
    HpaConditions conditions_;
    std::int32_t desired_replicas_ = 0;
};

}  // namespace lagsim::core
