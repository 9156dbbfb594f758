/// One ScaledObject's trigger: KEDA's calls in, the core's readings out. No gRPC in here.
///
/// KEDA asks GetMetrics and then IsActive for each poll of its own and for each sync of the HPA
/// (KEDA v2.21.0 pkg/scalers/external_scaler.go GetMetricsAndActivity), where its built-in kafka
/// scaler evaluates once. So IsActive answers from the reading that GetMetrics has just made, once:
/// a second evaluation would find every committed offset unmoved, which excludePersistentLag takes
/// for persistent lag.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/scaling/kafka_trigger.h"
#include "production/external_scaler/broker_reader.h"
#include "production/external_scaler/policy.h"

namespace lagsim::production {

struct ScalerError {
    enum class Kind : std::uint8_t {
        bad_metadata,  ///< the ScaledObject's author has to mend it
        unavailable    ///< Kafka or the policy does not answer; KEDA counts it for its fallback
    } kind = Kind::unavailable;
    std::string message;
};

struct MetricTarget {
    std::string metric_name;     ///< kafka-TOPIC as KEDA names it, without its s0- prefix
    std::int64_t threshold = 0;  ///< [records]
};

struct ScalerReading {
    std::int64_t metric = 0;     ///< [records] what the HPA compares
    std::int64_t total_lag = 0;  ///< [records] uncapped
    bool active = false;
};

class KafkaScaler {
  public:
    using Clock = std::chrono::steady_clock;
    using Now = std::function<Clock::time_point()>;

    /// `metadata` is the trigger's; every mistake in it is in the error's message.
    [[nodiscard]] static std::expected<KafkaScaler, ScalerError> create(
        const std::map<std::string, std::string>& metadata, PolicyFolder& policies);

    [[nodiscard]] MetricTarget target() const;
    /// Asks the broker.
    [[nodiscard]] std::expected<ScalerReading, ScalerError> read(BrokerReader& reader,
                                                                 Clock::time_point now);
    /// The reading of a GetMetrics less than `lifetime` ago, handed out once; else a new one.
    [[nodiscard]] std::expected<ScalerReading, ScalerError> read_after_metrics(
        BrokerReader& reader, Clock::time_point now);

    static constexpr std::chrono::seconds lifetime{1};

  private:
    KafkaScaler(core::KafkaTriggerParameters parameters, BrokerQuestion question,
                lagsim_policy_function policy);
    [[nodiscard]] std::expected<ScalerReading, ScalerError> apply_policy(
        const BrokerAnswer& answer, const core::LagReading& reading) const;

    core::KafkaTrigger trigger_;
    BrokerQuestion question_;
    lagsim_policy_function policy_ = nullptr;
    std::optional<ScalerReading> fresh_;
    Clock::time_point read_at_{};
};

}  // namespace lagsim::production
