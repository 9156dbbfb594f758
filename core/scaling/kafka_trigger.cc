#include "core/scaling/kafka_trigger.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "core/scaling/go_arithmetic.h"

namespace lagsim::core {
namespace {

constexpr std::int64_t no_commit = -1;

[[nodiscard]] std::int64_t committed_of(const BrokerPartition& partition) {
    return partition.committed ? partition.committed->value() : no_commit;
}

/// getNextFactorThatBalancesConsumersToTopicPartitions: the smallest divisor of `partitions` that,
/// as a pod count, covers the lag.
[[nodiscard]] std::int64_t balancing_factor(const CapInput& input, std::int64_t threshold) {
    for (std::int64_t factor = 1; factor <= input.partitions; ++factor) {
        const bool divides = input.partitions % factor == 0;
        if (divides && wrapping_multiply(factor, threshold) >= input.total_lag) {
            return factor;
        }
    }
    return input.partitions;
}

}  // namespace

std::int64_t capped_lag(const KafkaTriggerParameters& parameters, const CapInput& input) {
    if (parameters.allow_idle_consumers && !parameters.limit_to_partitions_with_lag &&
        !parameters.ensure_even_distribution_of_partitions) {
        return input.total_lag;
    }
    const std::int64_t threshold = parameters.lag_threshold;
    std::int64_t lag = input.total_lag;
    if (parameters.ensure_even_distribution_of_partitions) {
        lag = wrapping_multiply(balancing_factor(input, threshold), threshold);
    }
    const std::int64_t upper =
        parameters.limit_to_partitions_with_lag ? input.partitions_with_lag : input.partitions;
    // Integer division: up to (upper + 1) * threshold - 1 passes uncut, so one idle pod is
    // possible.
    if (lag / threshold > upper) {
        lag = wrapping_multiply(upper, threshold);
    }
    return lag;
}

bool KafkaTrigger::limited_to(PartitionId partition) const {
    return !parameters_.partition_limitation ||
           std::ranges::find(*parameters_.partition_limitation, partition.value()) !=
               parameters_.partition_limitation->end();
}

std::int64_t KafkaTrigger::end_of(const BrokerPartition& partition) const {
    return parameters_.pre_0_10_1 ? 0 : partition.end.value();
}

/// getTopicPartitions with a topic named.
TriggerError KafkaTrigger::choose_from_topic(const BrokerState& broker) {
    const auto topic = std::ranges::find(broker.topics, parameters_.topic);
    if (topic == broker.topics.end()) {
        return TriggerError::describe_topics;
    }
    for (const BrokerPartition& partition : broker.partitions) {
        if (partition.topic == topic - broker.topics.begin() && limited_to(partition.id)) {
            chosen_.push_back(&partition);
        }
    }
    return chosen_.empty() ? TriggerError::no_active_partition : TriggerError::none;
}

/// getTopicPartitions. Without a topic: every topic with a commit of the group; without any commit,
/// the empty list that sarama sends means "all topics of the cluster".
TriggerError KafkaTrigger::choose_partitions(const BrokerState& broker, LagReading& reading) {
    chosen_.clear();
    if (!parameters_.topic.empty()) {
        return choose_from_topic(broker);
    }
    ++reading.queries;
    if (broker.group_error != 0 && !parameters_.pre_0_10_2) {
        return TriggerError::list_group_offsets;
    }
    std::vector<bool> committed(broker.topics.size(), false);
    if (!parameters_.pre_0_10_2) {
        for (const BrokerPartition& partition : broker.partitions) {
            if (partition.committed) {
                committed[static_cast<std::size_t>(partition.topic)] = true;
            }
        }
    }
    const bool any = std::ranges::find(committed, true) != committed.end();
    for (const BrokerPartition& partition : broker.partitions) {
        if (!any || committed[static_cast<std::size_t>(partition.topic)]) {
            chosen_.push_back(&partition);
        }
    }
    return TriggerError::none;
}

/// getConsumerAndProducerOffsets: the group's answer is looked at first.
TriggerError KafkaTrigger::read_offsets(const BrokerState& broker) const {
    if (broker.group_error != 0 && !parameters_.pre_0_10_2) {
        return TriggerError::list_group_offsets;
    }
    const bool failed = std::ranges::any_of(chosen_, [](const BrokerPartition* partition) {
        return !partition->absent_from_list_offsets && partition->end_error != 0;
    });
    return failed ? TriggerError::list_offsets : TriggerError::none;
}

/// The second ListOffsets, for the log starts of partitions without a commit: an error of one loses
/// the answer for all, and is only logged.
bool KafkaTrigger::log_starts_known() const {
    if (version_ == KedaVersion::v2_20 ||
        parameters_.offset_reset_policy != OffsetResetPolicy::earliest ||
        parameters_.scale_to_zero_on_invalid_offset) {
        return false;
    }
    return std::ranges::none_of(chosen_, [](const BrokerPartition* partition) {
        return !partition->absent_from_list_offsets && partition->fetch_error == 0 &&
               committed_of(*partition) == no_commit && partition->start_error != 0;
    });
}

/// excludePersistentLag: a partition whose commit has not moved since the previous evaluation, by
/// whichever side, is left out of the metric but not of the activity.
KafkaTrigger::PartitionLag KafkaTrigger::progress_aware_lag(const BrokerPartition& partition,
                                                            std::int64_t lag) {
    const std::int64_t committed = committed_of(partition);
    const auto [record, first] = previous_.try_emplace({partition.topic, partition.id}, committed);
    if (!first && record->second == committed) {
        return {.lag = 0, .with_persistent = lag};
    }
    record->second = committed;
    return {.lag = lag, .with_persistent = lag};
}

/// getLagForPartition.
KafkaTrigger::PartitionLag KafkaTrigger::lag_of(const BrokerPartition& partition,
                                                bool starts_known) {
    const std::int64_t committed = committed_of(partition);
    const std::int64_t end = end_of(partition);
    if (committed == no_commit) {
        if (parameters_.scale_to_zero_on_invalid_offset) {
            return {};
        }
        if (parameters_.offset_reset_policy == OffsetResetPolicy::latest) {
            return {.lag = 1, .with_persistent = 1};
        }
        if (parameters_.offset_reset_policy == OffsetResetPolicy::earliest) {
            const std::int64_t start = parameters_.pre_0_10_1 ? 0 : partition.start.value();
            const bool asked = starts_known && partition.fetch_error == 0;
            const std::int64_t retained =
                asked ? std::max<std::int64_t>(0, wrapping_subtract(end, start)) : end;
            return {.lag = retained, .with_persistent = retained};
        }
    }
    const std::int64_t lag = wrapping_subtract(end, committed);
    if (parameters_.exclude_persistent_lag) {
        return progress_aware_lag(partition, lag);
    }
    return {.lag = lag, .with_persistent = lag};
}

LagReading KafkaTrigger::evaluate(const BrokerState& broker) {
    LagReading reading;
    if (broker.unreachable) {
        reading.error = TriggerError::unreachable;
        return reading;
    }
    reading.error = choose_partitions(broker, reading);
    if (reading.error != TriggerError::none) {
        return reading;
    }
    ++reading.queries;
    reading.error = read_offsets(broker);
    if (reading.error != TriggerError::none) {
        return reading;
    }
    const bool starts_known = log_starts_known();
    CapInput input;
    std::int64_t total = 0;
    for (const BrokerPartition* partition : chosen_) {
        if (partition->absent_from_list_offsets) {
            continue;  // not in ListOffsets' answer, so not looked at, errors included
        }
        if (partition->fetch_error > 0) {
            reading.error = TriggerError::offset_block;
            return reading;
        }
        const PartitionLag lag = lag_of(*partition, starts_known);
        input.total_lag = wrapping_add(input.total_lag, lag.lag);
        total = wrapping_add(total, lag.with_persistent);
        input.partitions_with_lag += lag.lag > 0 ? 1 : 0;
        ++input.partitions;
    }
    reading.lag = capped_lag(parameters_, input);
    reading.total_lag = total;
    reading.active = total > parameters_.activation_lag_threshold;
    return reading;
}

}  // namespace lagsim::core
