/// KEDA's side of one ScaledObject: the scale loop that polls, the adapter that answers the HPA,
/// and what the two share: scaler instances, metric records and the status they both write. Source:
/// KEDA v2.21.0 pkg/scaling/scale_handler.go (checkScalers, getScaledObjectState,
/// GetScaledObjectMetrics, observeMetric), pkg/scaling/cache/scalers_cache.go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/scaling/broker_state.h"
#include "core/scaling/cron_schedule.h"
#include "core/scaling/fallback.h"
#include "core/scaling/kafka_trigger.h"
#include "core/scaling/parameters.h"
#include "core/scaling/scale_executor.h"
#include "core/scaling/scaled_object_status.h"
#include "core/time.h"

namespace lagsim::core {

class KedaOperator {
  public:
    /// `epoch_s`: Instant 0 in seconds since 1970, for cron triggers.
    KedaOperator(ScaledObjectParameters parameters, Instant created, std::int64_t epoch_s);

    /// What both sides read of the world.
    struct World {
        Instant now;
        const BrokerState& broker;
        FallbackReplicas replicas;
    };

    struct Poll {
        bool built = true;  ///< false: the scalers could not be built; nothing else happened
        bool active = false;
        bool error = false;
        bool fallback_active = false;
        bool fallback_started = false;  ///< event ScaledObjectFallbackActivated
        bool fallback_ended = false;    ///< event ScaledObjectFallbackDeactivated
        std::int32_t queries = 0;
        ScaleResult scale;
        std::vector<TriggerRecord> records;  ///< by trigger
        std::vector<bool> reused;            ///< by trigger
    };
    /// checkScalers. `hpa_scaling_active`: none while there is no HPA.
    [[nodiscard]] Poll poll(const World& world, const std::optional<Condition>& hpa_scaling_active);

    struct Answer {
        TriggerRecord record;
        bool failed = false;  ///< the HPA gets an error
        bool reused = false;  ///< from the poll's record
        std::int32_t queries = 0;
    };
    /// GetScaledObjectMetrics for the external metric of one trigger.
    [[nodiscard]] Answer answer(std::size_t trigger, const World& world);

    [[nodiscard]] const ScaledObjectStatus& status() const { return server_; }
    [[nodiscard]] const ScaledObjectParameters& parameters() const { return parameters_; }
    void annotate(const std::string& key, const std::optional<std::string>& value);

    /// The reconciler makes the HPA, for whose metric specs it needs scalers: where there are none
    /// it builds them from its own copy of the object, read before anything was written to the
    /// status.
    void reconcile();

    /// The loop stops: scalers and records are lost, the status stays.
    void stop();
    void set_paused(bool paused);

  private:
    /// Whose copy of the ScaledObject the scalers cache holds: the loop's own, or one it read.
    enum class CacheObject : std::uint8_t { none, of_loop, own };

    [[nodiscard]] bool is_external(std::size_t trigger) const;
    [[nodiscard]] bool build_scalers(const World& world, CacheObject object);
    void drop_scalers();
    void forget_progress();
    [[nodiscard]] TriggerRecord evaluate(std::size_t trigger, const World& world,
                                         std::int32_t& queries);
    [[nodiscard]] TriggerRecord evaluate_cron(const CronTriggerParameters& cron, Instant now) const;
    [[nodiscard]] TriggerRecord observe(std::size_t trigger, const World& world,
                                        ScaledObjectStatus& copy, std::int32_t& queries);
    [[nodiscard]] TriggerRecord observe(std::size_t trigger, const TriggerRecord& raw,
                                        const World& world, ScaledObjectStatus& copy);
    void collect_state(const World& world, bool hpa_observations_usable, Poll& poll);
    void store_result(const World& world, const Poll& poll);

    ScaledObjectParameters parameters_;
    Instant created_;
    std::int64_t epoch_s_;
    std::vector<std::optional<KafkaTrigger>> scalers_;  ///< by trigger; kafka only
    std::vector<std::optional<TriggerRecord>> records_;
    ScaledObjectStatus server_;
    ScaledObjectStatus loop_copy_;
    ScaledObjectStatus cache_copy_;
    CacheObject cache_object_ = CacheObject::none;
};

}  // namespace lagsim::core
