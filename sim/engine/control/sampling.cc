/// What is written down at regular instants, and retention, which also goes by the clock.
#include <cmath>

#include "sim/engine/control/control_plane.h"

namespace lagsim::sim {

using core::Instant;

namespace {

/// The cleaner looks for work again after this time. Source: Kafka 4.0.0 log.cleaner.backoff.ms.
constexpr core::Duration cleaner_backoff{15'000'000'000};

}  // namespace

void ControlPlane::on_sample() {
    at(now_ + scenario_.sample_interval, sample, 0);
#ifdef LAGSIM_DEBUG_CHECKS
    records_.verify_ledger();
#endif
    result_->sample_times.push_back(now_);
    sample_lanes();
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        sample_group(static_cast<std::int32_t>(g));
    }
    control_.simulated_ns.fetch_add(scenario_.sample_interval.count(), std::memory_order_relaxed);
}

void ControlPlane::sample_lanes() {
    LaneSeries& series = result_->lanes;
    for (std::size_t i = 0; i < map_.lanes.size(); ++i) {
        const LaneView view = records_.lane(static_cast<std::int32_t>(i));
        series.log_end_offset.push_back(view.log_end.value());
        series.committed_offset.push_back(view.committed ? view.committed->value() : -1);
        series.position.push_back(view.position.value());
        series.lag.push_back(view.lag().value());
        series.backlog.push_back((view.log_end - view.position).value());
    }
}

void ControlPlane::sample_group(std::int32_t index) {
    Group& group = group_at(index);
    GroupSeries& series = result_->groups;
    const GroupCounters counters = records_.counters(index, now_);
    const core::ScaleObservation scale = observe(index);
    series.lag_total.push_back(counters.lag);
    series.metric_value.push_back(group.last_metric);
    series.desired_replicas.push_back(group.desired);
    series.replicas.push_back(scale.status.value());
    series.ready_replicas.push_back(scale.ready.value());
    series.members.push_back(group.coordinator->member_count());
    const models::GroupState state = group.coordinator->state();
    series.rebalancing.push_back(state == models::GroupState::preparing_rebalance ||
                                 state == models::GroupState::completing_rebalance);
    series.produced.push_back(counters.produced);
    series.finished.push_back(counters.finished);
    series.duplicates.push_back(counters.duplicates);
    series.dead_lettered.push_back(counters.dead_lettered);
    series.lost.push_back(counters.lost);
    series.retries.push_back(counters.retries);
    const core::int128 busy = counters.busy_time - group.at_last_sample.busy_time;
    const core::int128 capacity = counters.capacity_time - group.at_last_sample.capacity_time;
    series.utilization.push_back(
        capacity > 0 ? static_cast<double>(busy) / static_cast<double>(capacity) : 0.0);
    group.at_last_sample = counters;
    if (const auto variance = records_.variance(index)) {
        series.produced_deviation.push_back(std::sqrt(variance->produced));
        series.lag_total_deviation.push_back(std::sqrt(variance->lag));
    }
}

/// The active segment of every partition rolls by time; it is cleaned when the cleaner comes round,
/// and deleted when its newest record is older than retention.
void ControlPlane::on_segment_closed(std::int32_t topic_index) {
    const Topic& topic = scenario_.topics[static_cast<std::size_t>(topic_index)];
    at(now_ + topic.segment_roll, segment_closed, topic_index);
    const bool is_deleted = topic.retention && now_ + *topic.retention <= end_;
    const bool is_cleaned = topic.compaction_keeps < 1.0 && now_ + cleaner_backoff <= end_;
    if (!is_deleted && !is_cleaned) {
        return;
    }
    const std::int32_t first = map_.first_log[static_cast<std::size_t>(topic_index)];
    for (std::int32_t partition = 0;
         partition < scenario_.most_partitions(static_cast<std::size_t>(topic_index));
         ++partition) {
        const auto segment = static_cast<std::int32_t>(segments_.size());
        segments_.push_back({.log = first + partition, .end = records_.log_end(first + partition)});
        if (is_deleted) {
            at(now_ + *topic.retention, segment_deleted, segment);
        }
        if (is_cleaned) {
            at(now_ + cleaner_backoff, segment_cleaned, segment);
        }
    }
}

void ControlPlane::on_segment_cleaned(std::int32_t index) {
    const Segment segment = segments_[static_cast<std::size_t>(index)];
    const core::Records removed = records_.compact_below(segment.log, segment.end, now_);
    if (removed == core::Records{0}) {
        return;
    }
    for (const std::int32_t lane : map_.logs[static_cast<std::size_t>(segment.log)].lanes) {
        note(sim::EventKind::log_compacted, map_.lanes[static_cast<std::size_t>(lane)].group, -1,
             lane, removed.value(), -1);
    }
}

void ControlPlane::on_segment_deleted(std::int32_t index) {
    const Segment segment = segments_[static_cast<std::size_t>(index)];
    const LogInfo& log = map_.logs[static_cast<std::size_t>(segment.log)];
    for (const std::int32_t lane : log.lanes) {
        if (records_.lane(lane).log_start < segment.end) {
            note(sim::EventKind::log_start_moved, map_.lanes[static_cast<std::size_t>(lane)].group,
                 -1, lane, segment.end.value(), -1);
        }
    }
    records_.delete_below(segment.log, segment.end, now_);
}

}  // namespace lagsim::sim
