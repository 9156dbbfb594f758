/// The kafka trigger: what the brokers say in, the lag metric out, with the trigger's own ideas of
/// caps, persistent lag and missing commits.
/// Source: KEDA v2.21.0 pkg/scalers/kafka_scaler.go (getTotalLag, getLagForPartition); for v2.20
/// the log start is never asked for.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/scaling/broker_state.h"
#include "core/scaling/parameters.h"
#include "core/scaling/trigger_error.h"

namespace lagsim::core {

/// One evaluation.
struct LagReading {
    TriggerError error = TriggerError::none;
    std::int64_t lag = 0;        ///< [records] total after cap, may be negative: the metric
    std::int64_t total_lag = 0;  ///< [records] uncapped, persistent lag included: decides activity
    bool active = false;
    std::int32_t queries = 0;  ///< OffsetFetch requests sent
};

/// One scaler instance: parameters and the memory of excludePersistentLag.
class KafkaTrigger {
  public:
    explicit KafkaTrigger(KafkaTriggerParameters parameters,
                          KedaVersion version = KedaVersion::v2_21)
        : parameters_(std::move(parameters)), version_(version) {}

    [[nodiscard]] LagReading evaluate(const BrokerState& broker);

    /// A rebuilt scaler remembers nothing.
    void forget() { previous_.clear(); }

    [[nodiscard]] const KafkaTriggerParameters& parameters() const { return parameters_; }

  private:
    struct PartitionLag {
        std::int64_t lag = 0;
        std::int64_t with_persistent = 0;
    };

    [[nodiscard]] TriggerError choose_partitions(const BrokerState& broker, LagReading& reading);
    [[nodiscard]] TriggerError choose_from_topic(const BrokerState& broker);
    [[nodiscard]] TriggerError read_offsets(const BrokerState& broker) const;
    [[nodiscard]] bool log_starts_known() const;
    [[nodiscard]] PartitionLag lag_of(const BrokerPartition& partition, bool starts_known);
    [[nodiscard]] PartitionLag progress_aware_lag(const BrokerPartition& partition,
                                                  std::int64_t lag);
    [[nodiscard]] std::int64_t end_of(const BrokerPartition& partition) const;
    [[nodiscard]] bool limited_to(PartitionId partition) const;

    KafkaTriggerParameters parameters_;
    KedaVersion version_;
    std::map<std::pair<std::int32_t, PartitionId>, std::int64_t> previous_;  ///< committed offsets
    std::vector<const BrokerPartition*> chosen_;  ///< of the evaluation in progress
};

/// What the cap makes of a total. `partitions` counts those ListOffsets answered for.
struct CapInput {
    std::int64_t total_lag = 0;
    std::int64_t partitions = 0;
    std::int64_t partitions_with_lag = 0;
};
[[nodiscard]] std::int64_t capped_lag(const KafkaTriggerParameters& parameters,
                                      const CapInput& input);

}  // namespace lagsim::core
