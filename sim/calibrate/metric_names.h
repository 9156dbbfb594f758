/// Which metric of which exporter means what. Sources: docs/calibrate.md.
#pragma once

#include <array>
#include <string_view>

#include "sim/calibrate/raw_recording.h"

namespace lagsim::sim {

/// Names of the labels; empty = the metric has none of that kind.
struct MetricMeaning {
    std::string_view metric;
    Quantity quantity = Quantity::lag;
    std::string_view owner;
    std::string_view topic;
    std::string_view partition;
};

inline constexpr std::array<MetricMeaning, 16> metric_meanings{
    {{"kafka_topic_partition_current_offset", Quantity::log_end_offset, "", "topic", "partition"},
     {"kafka_consumergroup_current_offset", Quantity::committed_offset, "consumergroup", "topic",
      "partition"},
     {"kafka_consumergroup_lag", Quantity::lag, "consumergroup", "topic", "partition"},
     {"kminion_kafka_topic_partition_high_water_mark", Quantity::log_end_offset, "", "topic_name",
      "partition_id"},
     {"kminion_kafka_consumer_group_topic_partition_lag", Quantity::lag, "group_id", "topic_name",
      "partition_id"},
     {"kafka_partition_latest_offset", Quantity::log_end_offset, "", "topic", "partition"},
     {"kafka_consumergroup_group_offset", Quantity::committed_offset, "group", "topic",
      "partition"},
     {"kafka_consumergroup_group_lag", Quantity::lag, "group", "topic", "partition"},
     {"kafka_consumer_fetch_manager_records_lag", Quantity::lag, "", "topic", "partition"},
     {"kafka_consumer_consumer_fetch_manager_metrics_records_lag", Quantity::lag, "", "topic",
      "partition"},
     {"kube_deployment_spec_replicas", Quantity::desired_replicas, "deployment", "", ""},
     {"kube_deployment_status_replicas", Quantity::replicas, "deployment", "", ""},
     {"kube_deployment_status_replicas_ready", Quantity::ready_replicas, "deployment", "", ""},
     {"kube_statefulset_replicas", Quantity::desired_replicas, "statefulset", "", ""},
     {"kube_statefulset_status_replicas", Quantity::replicas, "statefulset", "", ""},
     {"kube_statefulset_status_replicas_ready", Quantity::ready_replicas, "statefulset", "", ""}}};

}  // namespace lagsim::sim
