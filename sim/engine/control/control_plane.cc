#include "sim/engine/control/control_plane.h"

#include <limits>

namespace lagsim::sim {

using core::Instant;

namespace {

std::unique_ptr<models::GroupCoordinator> coordinator_of(const ConsumerGroup& spec,
                                                         const std::vector<Topic>& topics) {
    std::vector<std::int32_t> partitions;
    for (const std::size_t topic : spec.topics) {
        partitions.push_back(topics[topic].partitions);
    }
    return models::make_coordinator(
        spec.protocol, std::move(partitions),
        {.rtt = spec.overheads.rtt, .sync_cost = spec.overheads.sync_cost});
}

}  // namespace

ControlPlane::Group::Group(const ConsumerGroup& parameters, const std::vector<Topic>& topics)
    : spec(&parameters),
      coordinator(coordinator_of(parameters, topics)),
      startup(parameters.pod_startup),
      scheduling(parameters.pod_scheduling),
      readiness(parameters.readiness_delay),
      last_metric(std::numeric_limits<double>::quiet_NaN()) {}

ControlPlane::ControlPlane(const Scenario& scenario, const LaneMap& map, RecordPlane& records,
                           const models::RandomStreams& streams, RunControl& control)
    : scenario_(scenario),
      map_(map),
      records_(records),
      streams_(streams),
      control_(control),
      end_(Instant{scenario.duration}),
      storm_draws_(scenario.faults.size(), 0),
      victim_draws_(scenario.faults.size(), 0),
      fault_pods_(scenario.faults.size()),
      fault_nodes_(scenario.faults.size()),
      leaderless_(map.logs.size(), 0) {
    for (const Topic& topic : scenario.topics) {
        partitions_.push_back(topic.partitions);
    }
    for (const ConsumerGroup& spec : scenario.consumers) {
        groups_.emplace_back(spec, scenario.topics).known_partitions = partitions_of(spec);
    }
}

void ControlPlane::at(Instant time, EventKind kind, std::int32_t subject, std::int32_t detail) {
    if (time > end_) {
        return;
    }
    const Slot slot = calendar_.add(
        {kind, subject, detail},
        make_rank(kind, static_cast<std::uint32_t>(subject), static_cast<std::uint32_t>(detail)));
    calendar_.schedule(slot, time);
}

void ControlPlane::set_up() {
    set_up_nodes();
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        const auto index = static_cast<std::int32_t>(i);
        Group& group = groups_[i];
        group.coordinator_slot = calendar_.add(
            {group_event, index, 0}, make_rank(group_event, static_cast<std::uint32_t>(i)));
        if (group.spec->autoscaler) {
            set_up_autoscaler(index);
        } else {
            for (std::size_t step = 0; step < group.spec->replicas.size(); ++step) {
                if (group.spec->replicas[step].at == Instant{}) {
                    group.desired = group.spec->replicas[step].count;  // not a change: the start
                    reconcile(index, -1);
                    continue;
                }
                at(group.spec->replicas[step].at, replica_step, index,
                   static_cast<std::int32_t>(step));
            }
        }
    }
    for (std::size_t i = 0; i < scenario_.faults.size(); ++i) {
        at(scenario_.faults[i].at, fault_start, static_cast<std::int32_t>(i));
    }
    for (std::size_t i = 0; i < scenario_.topics.size(); ++i) {
        if (scenario_.topics[i].retention || scenario_.topics[i].compaction_keeps < 1.0) {
            at(Instant{scenario_.topics[i].segment_roll}, segment_closed,
               static_cast<std::int32_t>(i));
        }
    }
    at(Instant{scenario_.warmup}, warmup_over, 0);
    at(Instant{}, sample, 0);
}

bool ControlPlane::run(ReplicationResult& result) {
    result_ = &result;
    set_up();
    for (;;) {
        for (std::size_t i = 0; i < groups_.size(); ++i) {
            watch_emptiness(static_cast<std::int32_t>(i));
            const Group& group = groups_[i];
            const Instant next = group.coordinator->next_event();
            calendar_.schedule(group.coordinator_slot,
                               next == core::never ? next : std::max(next, now_));
        }
        const Instant next = std::min(calendar_.next_time(), end_);
        if (const auto notice = records_.advance(next)) {
            now_ = notice->time;
            on_notice(*notice);
            continue;
        }
        if (control_.stop.load(std::memory_order_relaxed)) {
            return false;
        }
        if (calendar_.next_time() > end_) {
            now_ = end_;
            break;
        }
        now_ = next;
        const auto [slot, event] = calendar_.pop();
        if (event.kind != group_event) {
            calendar_.remove(slot);
        }
        handle(event);
    }
    finish(result);
    return true;
}

void ControlPlane::handle(const Calendar::Event& event) {
    const std::int32_t subject = event.subject;
    switch (static_cast<EventKind>(event.kind)) {
        case fault_end:
            on_fault_end(subject);
            break;
        case fault_start:
            on_fault_start(subject);
            break;
        case storm_crash:
            on_storm_crash(subject);
            break;
        case node_replaced:
        case node_not_ready:
        case node_reclaimed:
        case eviction_again:
        case node_joined:
        case image_pulled:
        case pods_tried_again:
        case cluster_scan:
            handle_node(event);
            break;
        case replica_step:
        case scale_written:
        case group_event:
        case offsets_expired:
        case stateful_set_sync:
            handle_group(event);
            break;
        case pod_scheduled:
        case pod_started:
        case pod_ready:
        case pod_restart:
        case stop_answered:
        case sigterm:
        case grace_over:
            if (pod_at(subject).life == event.detail) {  // else it is about an earlier container
                handle_pod(static_cast<EventKind>(event.kind), subject);
            }
            break;
        case segment_closed:
            on_segment_closed(subject);
            break;
        case segment_deleted:
            on_segment_deleted(subject);
            break;
        case segment_cleaned:
            on_segment_cleaned(subject);
            break;
        case metadata_refreshed:
            look_for_partitions(subject);
            break;
        case warmup_over:
            on_warmup_over();
            break;
        case metrics_scrape:
            on_metrics_scrape(subject);
            break;
        case keda_poll:
            on_keda_poll(subject);
            break;
        case hpa_sync:
            on_hpa_sync(subject);
            break;
        case sample:
            on_sample();
            break;
    }
}

void ControlPlane::handle_group(const Calendar::Event& event) {
    const std::int32_t index = event.subject;
    const Group& group = group_at(index);
    switch (static_cast<EventKind>(event.kind)) {
        case replica_step:
            set_desired(index, group.spec->replicas[static_cast<std::size_t>(event.detail)].count);
            break;
        case scale_written:
            set_desired(index, group.pending_scale);
            break;
        case offsets_expired:
            on_offsets_expired(index);
            break;
        case stateful_set_sync:
            reconcile(index, -1);
            break;
        default:
            on_group_event(index);
            break;
    }
}

/// Statistics begin here.
void ControlPlane::on_warmup_over() {
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        const auto index = static_cast<std::int32_t>(g);
        replicas_changed(index);
        Group& group = groups_[g];
        group.at_warmup = records_.counters(index, now_);
        group.replica_integral_at_warmup = group.replica_integral;
        group.replicas_min = group.replicas_max = group.replicas;
    }
}

void ControlPlane::handle_node(const Calendar::Event& event) {
    switch (static_cast<EventKind>(event.kind)) {
        case node_replaced:
            if (pod_at(event.subject).phase == PodPhase::lost) {
                remove_pod(event.subject);
                reconcile(pod_at(event.subject).group, pod_at(event.subject).last_event);
            }
            break;
        case node_not_ready:
            if (pod_at(event.subject).phase == PodPhase::lost) {
                pod_at(event.subject).ready = false;
            }
            break;
        case node_reclaimed:
            on_node_reclaimed(event.subject);
            break;
        case eviction_again:
            evict_pods(event.subject);
            break;
        case node_joined:
            on_node_joined(event.subject);
            break;
        case image_pulled:
            on_image_pulled(event.subject, event.detail);
            break;
        case pods_tried_again:
            on_room_made();
            break;
        default:
            on_cluster_scan();
            break;
    }
}

void ControlPlane::handle_pod(EventKind kind, std::int32_t index) {
    Pod& pod = pod_at(index);
    switch (kind) {
        case pod_scheduled:
            if (pod.phase == PodPhase::pending) {
                schedule_pod(index);
            }
            break;
        case pod_started:
            on_pod_started(index);
            break;
        case pod_ready:
            on_pod_ready(index);
            break;
        case pod_restart:
            if (pod.phase == PodPhase::restarting) {
                start_container(index);
            }
            break;
        case stop_answered:
            on_stop_answered(index);
            break;
        case sigterm:
            on_sigterm(index);
            break;
        default:
            on_grace_over(index);
            break;
    }
}

std::int64_t ControlPlane::note(sim::EventKind kind, std::int32_t group, std::int32_t pod,
                                std::int32_t lane, std::int64_t value, std::int64_t cause) {
    result_->events.push_back({.time = now_,
                               .kind = kind,
                               .group = group,
                               .pod = pod,
                               .lane = lane,
                               .value = value,
                               .cause = cause});
    return static_cast<std::int64_t>(result_->events.size()) - 1;
}

/// Something about a pod, caused by what was last said about it.
std::int64_t ControlPlane::note_pod(sim::EventKind kind, Pod& pod, std::int64_t value) {
    pod.last_event = note(kind, pod.group, pod.number, -1, value, pod.last_event);
    return pod.last_event;
}

namespace {

/// Order-dependent hash of what control did: control events happen in one order in every engine.
class Fingerprint {
  public:
    void add(std::uint64_t value) {
        state_ ^= value + 0x9E3779B97F4A7C15U + (state_ << 6) + (state_ >> 2);
        state_ *= 0xD6E8FEB86659FD93U;
        state_ ^= state_ >> 32;
    }
    void add(std::int64_t value) { add(static_cast<std::uint64_t>(value)); }
    [[nodiscard]] std::uint64_t value() const { return state_; }

  private:
    std::uint64_t state_ = 0x6C61677369D0U;
};

std::uint64_t fingerprint_of(const ReplicationResult& result, std::uint64_t records) {
    Fingerprint fingerprint;
    fingerprint.add(records);
    for (const Event& event : result.events) {
        fingerprint.add(core::nanoseconds(event.time));
        fingerprint.add((static_cast<std::int64_t>(event.kind) << 48) ^
                        (std::int64_t{event.pod} << 24) ^ event.lane);
        fingerprint.add(event.value);
    }
    for (const Decision& decision : result.decisions) {
        fingerprint.add(core::nanoseconds(decision.time));
        fingerprint.add(decision.lag);
        fingerprint.add((std::int64_t{decision.proposed} << 32) ^ decision.replicas_after);
    }
    for (const GroupTotals& totals : result.totals) {
        fingerprint.add(totals.ledger.produced);
        fingerprint.add(totals.ledger.finished);
        fingerprint.add(totals.ledger.duplicates);
        fingerprint.add(static_cast<std::int64_t>(totals.lag_integral));
    }
    return fingerprint.value();
}

}  // namespace

void ControlPlane::finish(ReplicationResult& result) {
    records_.close_ledger(end_, result.lost, result.duplicates);
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        const auto index = static_cast<std::int32_t>(g);
        replicas_changed(index);
        Group& group = groups_[g];
        for (const Pod& pod : pods_) {
            if (pod.group == index && pod.phase != PodPhase::gone) {
                group.pod_time += core::nanoseconds(end_ - pod.created);
            }
        }
        const GroupCounters now = records_.counters(index, end_);
        GroupTotals& totals = result.totals.emplace_back();
        totals.ledger = {.produced = now.produced,
                         .finished = now.finished,
                         .dead_lettered = now.dead_lettered,
                         .waiting = now.produced - now.finished - now.dead_lettered - now.lost,
                         .lost = now.lost,
                         .duplicates = now.duplicates,
                         .dead_letter_duplicates = now.dead_letter_duplicates,
                         .dead_lettered_and_finished = now.dead_lettered_and_finished};
        totals.retries = now.retries;
        totals.produced_after_warmup = records_.produced_after_warmup(index);
        totals.finished_after_warmup = records_.finished_after_warmup(index);
        totals.lag_integral = now.lag_integral - group.at_warmup.lag_integral;
        totals.replica_integral = group.replica_integral - group.replica_integral_at_warmup;
        totals.pod_time = group.pod_time;
        totals.replicas_min = group.replicas_min;
        totals.replicas_max = group.replicas_max;
        totals.scale_ups = group.scale_ups;
        totals.scale_downs = group.scale_downs;
        totals.rebalances = group.rebalances;
        totals.rebalance_pause = now.rebalance_pause;
        totals.wasted_work = now.wasted_work;
        totals.time_to_drain = now.longest_above;
        totals.drain_threshold = now.drain_threshold;
        totals.busy_time = now.busy_time - group.at_warmup.busy_time;
        totals.capacity_time = now.capacity_time - group.at_warmup.capacity_time;
        totals.latency = records_.latency(index);
    }
    result.fingerprint = fingerprint_of(result, records_.fingerprint());
}

}  // namespace lagsim::sim
