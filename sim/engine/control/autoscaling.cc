/// KEDA's scale loop and the HPA controller around core/scaling: when they look, what they see,
/// what they write.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/scaling/replica_calculator.h"
#include "sim/engine/control/control_plane.h"

namespace lagsim::sim {

using core::Duration;
using core::Instant;

namespace {

// Kafka's error codes, clients Errors.java.
constexpr std::int16_t leader_not_available = 5;
constexpr std::int16_t not_coordinator = 16;

/// An instant uniform in [0, period), in whole nanoseconds.
Duration draw_phase(std::uint32_t high, std::uint32_t low, Duration period) {
    const std::uint64_t word = (std::uint64_t{high} << 32) | low;
    const auto scaled = static_cast<core::int128>(word) * period.count();
    return Duration{static_cast<std::int64_t>(scaled >> 64)};
}

/// Target per replica, where the HPA goes by one external average (as KEDA's for one kafka
/// trigger).
double target_in_records(const core::HpaParameters& hpa) {
    const bool plain = hpa.metrics.size() == 1 &&
                       hpa.metrics[0].source == core::HpaMetric::Source::external &&
                       hpa.metrics[0].target_type == core::MetricTargetType::average_value;
    return plain ? static_cast<double>(hpa.metrics[0].target) / 1000.0
                 : std::numeric_limits<double>::quiet_NaN();
}

/// metrics-server's default --metric-resolution.
constexpr Duration metrics_resolution{15'000'000'000};

double in_records(const std::optional<std::int64_t>& milli) {
    return milli ? static_cast<double>(*milli) / 1000.0 : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

void ControlPlane::set_up_autoscaler(std::int32_t index) {
    Group& group = group_at(index);
    const Autoscaler& spec = *group.spec->autoscaler;
    group.autoscaler.emplace(spec.scaled_object, spec.hpa, Instant{});
    for (const std::size_t topic : group.spec->topics) {
        group.topic_names.push_back(scenario_.topics[topic].name);
    }
    const models::Block phases =
        streams_.block(0, static_cast<std::uint32_t>(index), models::Purpose::autoscaler_phase);
    std::int32_t start = spec.hpa.min_replicas;
    if (spec.scaled_object) {
        start = spec.scaled_object->min_replica_count.value_or(0);
        const Duration polling = std::chrono::seconds{spec.scaled_object->polling_interval_seconds};
        at(Instant{spec.keda_phase.value_or(draw_phase(phases[0], phases[1], polling))}, keda_poll,
           index);
    }
    at(Instant{spec.hpa_phase.value_or(draw_phase(phases[2], phases[3], spec.hpa_sync))}, hpa_sync,
       index);
    group.reads_pods = std::ranges::any_of(spec.hpa.metrics, [](const core::HpaMetric& metric) {
        return metric.source != core::HpaMetric::Source::external;
    });
    if (group.reads_pods) {
        at(Instant{metrics_resolution}, metrics_scrape, index);
    }
    group.desired = start;
    reconcile(index, -1);
}

core::BrokerState ControlPlane::broker_state(std::int32_t index) {
    Group& group = group_at(index);
    group.partitions.clear();
    const auto first = map_.first_lane[static_cast<std::size_t>(index)];
    const auto last = map_.first_lane[static_cast<std::size_t>(index) + 1];
    std::size_t topic = 0;
    for (std::int32_t lane = first; lane < last; ++lane) {
        const LaneView view = records_.lane(lane);
        const auto log_index =
            static_cast<std::size_t>(map_.lanes[static_cast<std::size_t>(lane)].log);
        const LogInfo& log = map_.logs[log_index];
        if (log.partition >= partitions_[log.topic]) {
            continue;  // it does not exist yet
        }
        while (group.spec->topics[topic] != log.topic) {
            ++topic;
        }
        core::BrokerPartition& partition = group.partitions.emplace_back();
        partition.topic = static_cast<std::int32_t>(topic);
        partition.id = core::PartitionId{log.partition};
        partition.start = view.log_start;
        partition.end = view.log_end;
        // KEDA asks OffsetFetch, which knows nothing of a share group's start offsets.
        if (group.spec->protocol.kind != models::GroupProtocol::share) {
            partition.committed = view.committed;
        }
        partition.end_error = leaderless_[log_index] > 0 ? leader_not_available : std::int16_t{0};
        if (group.metric_zeros > 0) {
            partition.committed = view.log_end;
        }
    }
    return {.topics = group.topic_names,
            .partitions = group.partitions,
            .group_error = group.coordinator_moves > 0 ? not_coordinator : std::int16_t{0},
            .unreachable = group.trigger_errors > 0 || broker_downs_ > 0};
}

/// metrics-server asks every kubelet for CPU time; usage is the difference of two scrapes of the
/// same process.
void ControlPlane::on_metrics_scrape(std::int32_t index) {
    at(now_ + metrics_resolution, metrics_scrape, index);
    for (Pod& pod : pods_) {
        if (pod.group != index || pod.phase != PodPhase::running) {
            pod.scraped.reset();
            pod.cpu_usage.reset();
            continue;
        }
        const core::int128 cpu_time = records_.cpu_time(pod.process, now_);
        if (pod.scraped && *pod.scraped >= pod.started) {
            pod.usage_window = now_ - *pod.scraped;
            pod.cpu_usage =
                static_cast<std::int64_t>((cpu_time - pod.cpu_time) / pod.usage_window.count());
        }
        pod.scraped = now_;
        pod.cpu_time = cpu_time;
    }
}

core::PodObservation ControlPlane::observe(const Pod& pod) const {
    const Group& group = groups_[static_cast<std::size_t>(pod.group)];
    core::PodObservation seen;
    seen.phase = pod.phase == PodPhase::pending || pod.phase == PodPhase::starting
                     ? core::PodPhase::pending
                     : core::PodPhase::running;
    seen.ready = pod.ready ? core::ReadyCondition::yes : core::ReadyCondition::no;
    seen.started = pod.created;
    seen.ready_changed = pod.ready ? pod.ready_since : pod.created;
    seen.deleted = pod.terminating;
    if (group.spec->cpu.request) {
        seen.cpu.request = std::llround(*group.spec->cpu.request * 1000.0);
    }
    seen.cpu.usage = pod.cpu_usage;
    seen.sampled = pod.scraped.value_or(now_);
    seen.sample_window = pod.usage_window;
    return seen;
}

core::ScaleObservation ControlPlane::observe(std::int32_t index) {
    Group& group = group_at(index);
    group.observed.clear();
    std::int32_t status = 0;
    std::int32_t listed = 0;
    std::int32_t ready = 0;
    for (const Pod& pod : pods_) {
        if (pod.group == index && pod.phase != PodPhase::gone) {
            ++listed;
            status += pod.terminating ? 0 : 1;
            ready += pod.ready ? 1 : 0;
            if (group.reads_pods) {
                group.observed.push_back(observe(pod));
            }
        }
    }
    return {.spec = core::Replicas{group.desired},
            .status = core::Replicas{status},
            .listed = core::Replicas{listed},
            .ready = core::Replicas{ready},
            .pods = group.observed};
}

/// What polls and syncs have in common in the log of decisions.
template <class Outcome>
Decision& ControlPlane::log_decision(DecisionMaker who, std::int32_t index,
                                     const core::ScaleObservation& scale, const Outcome& outcome) {
    Decision& decision = result_->decisions.emplace_back();
    decision.time = now_;
    decision.who = who;
    decision.group = index;
    decision.lag = outcome.metric_milli ? outcome.lag : -1;
    decision.metric = in_records(outcome.metric_milli);
    decision.replicas_before = scale.spec.value();
    decision.status_replicas = scale.status.value();
    decision.ready_replicas = scale.ready.value();
    decision.replicas_after = outcome.replicas.value_or(scale.spec).value();
    if (outcome.metric_milli) {
        group_at(index).last_metric = decision.metric;
    }
    return decision;
}

void ControlPlane::on_keda_poll(std::int32_t index) {
    Group& group = group_at(index);
    const Autoscaler& spec = *group.spec->autoscaler;
    at(now_ + std::chrono::seconds{spec.scaled_object->polling_interval_seconds}, keda_poll, index);
    const core::ScaleObservation scale = observe(index);
    const core::PollOutcome outcome = group.autoscaler->poll(now_, scale, broker_state(index));
    Decision& decision = log_decision(DecisionMaker::keda, index, scale, outcome);
    decision.active = outcome.active;
    decision.error = outcome.error;
    decision.reason = core::to_string(outcome.action);
    if (outcome.replicas) {
        set_desired(index, outcome.replicas->value());
    }
}

void ControlPlane::on_hpa_sync(std::int32_t index) {
    Group& group = group_at(index);
    const Autoscaler& spec = *group.spec->autoscaler;
    at(now_ + spec.hpa_sync + spec.sync_latency, hpa_sync, index);
    const core::ScaleObservation scale = observe(index);
    const core::SyncOutcome outcome = group.autoscaler->sync(now_, scale, broker_state(index));
    const core::Tolerances tolerances = core::tolerances_of(spec.hpa);
    Decision& decision = log_decision(DecisionMaker::hpa, index, scale, outcome);
    decision.error = outcome.metrics_read && !outcome.metric_milli;
    decision.proposed = outcome.proposal.value_or(-1);
    decision.stabilized = outcome.stabilized.value_or(-1);
    decision.min_replicas = spec.hpa.min_replicas;
    decision.max_replicas = spec.hpa.max_replicas;
    decision.target = target_in_records(spec.hpa);
    decision.tolerance_down = tolerances.down;
    decision.tolerance_up = tolerances.up;
    decision.reason = outcome.limited_by;
    if (outcome.replicas) {
        // The scale subresource is written at the end of the sync.
        group.pending_scale = outcome.replicas->value();
        at(now_ + spec.sync_latency, scale_written, index);
    }
}

void ControlPlane::set_desired(std::int32_t index, std::int32_t replicas) {
    Group& group = group_at(index);
    const std::int32_t before = group.desired;
    if (replicas != before) {
        group.desired = replicas;
        const bool up = replicas > before;
        ++(up ? group.scale_ups : group.scale_downs);
        group.last_decision_event = note(up ? sim::EventKind::scale_up : sim::EventKind::scale_down,
                                         index, -1, -1, replicas, group.last_decision_event);
    }
    reconcile(index, group.last_decision_event);
}

}  // namespace lagsim::sim
