/// One ScaledObject with the HorizontalPodAutoscaler that KEDA creates for it, or a plain
/// HorizontalPodAutoscaler: told the time and what is observed, it answers with decisions.
/// The owner keeps the calendar: polls at t0 + k * pollingInterval, syncs every 15 s (and a bit).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/quantity.h"
#include "core/scaling/broker_state.h"
#include "core/scaling/condition.h"
#include "core/scaling/observation.h"
#include "core/scaling/parameters.h"
#include "core/scaling/trigger_error.h"
#include "core/time.h"

namespace lagsim::core {

/// What one external trigger said, after fallback.
struct TriggerReading {
    std::int64_t lag = 0;           ///< [records] uncapped total, persistent lag included
    std::int64_t metric_milli = 0;  ///< [milli-records] value reported
    bool active = false;            ///< the trigger's own activity (not the fallback's)
    bool fallback_active = false;   ///< the value stands in for an error
    bool reused = false;            ///< from the other side's record; nobody asked the broker
    TriggerError error = TriggerError::none;  ///< left after fallback; then there is no value
    friend bool operator==(const TriggerReading&, const TriggerReading&) = default;
};

/// What the executor did; `fallback` and `error` only where it left the replicas alone.
enum class PollAction : std::uint8_t {
    none,
    activate,
    scale_to_zero,
    scale_to_idle,
    scale_to_min,
    fallback,  ///< a trigger's value was replaced by the fallback's
    error,     ///< a trigger failed and no fallback covers it
};
[[nodiscard]] std::string_view to_string(PollAction action);  ///< "scale-to-zero"

/// One poll of KEDA's scale loop: everything a decision log needs.
struct PollOutcome {
    std::optional<Replicas> replicas;  ///< to set; none = leave alone
    PollAction action = PollAction::none;
    bool active = false;       ///< OR over the triggers, fallback counts as active
    bool error = false;        ///< at least one trigger failed
    bool built = true;         ///< false: the scalers could not be built, the poll ended at once
    bool deactivated = false;  ///< event KEDAScaleTargetDeactivated
    bool activated = false;    ///< event KEDAScaleTargetActivated
    bool fallback_started = false;  ///< event ScaledObjectFallbackActivated
    bool fallback_ended = false;    ///< event ScaledObjectFallbackDeactivated
    std::int32_t queries = 0;       ///< OffsetFetch requests this poll caused
    std::int64_t lag = 0;           ///< [records] sum over the kafka triggers that answered
    std::optional<std::int64_t> metric_milli;  ///< sum over the triggers that answered, if any
    std::optional<Instant> last_active;        ///< status.lastActiveTime after the poll
    ScaledObjectConditions conditions;         ///< after the poll
    std::vector<TriggerReading> readings;      ///< by trigger; cpu and memory stay at default
    std::vector<std::int32_t> failures;        ///< by trigger: status.health counter
};

/// One sync of the HPA controller.
struct SyncOutcome {
    std::optional<Replicas> replicas;        ///< to set; none = leave alone
    std::optional<std::int32_t> proposal;    ///< from metrics; none = not read or no valid metric
    std::optional<std::int32_t> stabilized;  ///< proposal after the stabilisation window
    std::int32_t desired = 0;                ///< hpa.status.desiredReplicas after the sync
    /// `none`, or the reason that last changed the number (`ScaleDownStabilized`,
    /// `TooManyReplicas`,
    /// ...).
    std::string_view limited_by = "none";
    bool metrics_read = false;
    HpaConditions conditions;  ///< after the sync
    std::int32_t queries = 0;  ///< OffsetFetch requests this sync caused
    std::int64_t lag = 0;      ///< [records] sum over the kafka triggers that answered
    std::optional<std::int64_t> metric_milli;  ///< sum of the external values, none on any error
    std::vector<TriggerReading> readings;      ///< with KEDA, by trigger; those not read at default
};

struct AutoscalerOptions {
    /// Whether the ScaledObject's reconciler acts on the pause annotations too (no loop, no HPA,
    /// paused-replicas set); off, only the executor honours them.
    bool reconcile_pause = true;
    /// Whether KEDA finds the pods (fallback with metricType Value divides by the ready ones).
    bool keda_sees_pods = true;
    /// [s] Instant 0 in seconds since 1970, for cron triggers; 2000-01-01T00:00:00Z, a Saturday.
    std::int64_t epoch_s = 946'684'800;
};

class Autoscaler {
  public:
    /// `hpa` is what the API server holds: with KEDA, hpa_of(scaled_object). `created` is the
    /// ScaledObject's creation (cut to whole seconds, as the API server does).
    Autoscaler(std::optional<ScaledObjectParameters> scaled_object, HpaParameters hpa,
               Instant created, AutoscalerOptions options = {});
    ~Autoscaler();
    Autoscaler(Autoscaler&&) noexcept;
    Autoscaler& operator=(Autoscaler&&) noexcept;
    Autoscaler(const Autoscaler&) = delete;
    Autoscaler& operator=(const Autoscaler&) = delete;

    /// KEDA's scale loop, once. Only with a ScaledObject.
    [[nodiscard]] PollOutcome poll(Instant now, const ScaleObservation& scale,
                                   const BrokerState& broker);

    /// The HPA controller, once.
    [[nodiscard]] SyncOutcome sync(Instant now, const ScaleObservation& scale,
                                   const BrokerState& broker);

    /// Before this the HPA does not exist for KEDA's poll (a poll may come first). On by default.
    void set_hpa_exists(bool exists);

    /// Someone edits the ScaledObject's annotations; none removes.
    void annotate(const std::string& key, const std::optional<std::string>& value);

    /// The process restarts and loses what it kept in memory.
    void restart_hpa_controller();
    void restart_keda();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace lagsim::core
