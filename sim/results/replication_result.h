/// Everything one replication leaves behind, as plain columns. The engine fills it; results/ writes
/// and summarises it.
///
/// A *lane* is one partition as one consumer group sees it; lanes are numbered over groups, then
/// the group's topics, then partitions. With one group and one topic a lane is simply a partition.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/int128.h"
#include "core/time.h"
#include "sim/results/latency_histogram.h"

namespace lagsim::sim {

/// Sampled state; index [sample * lanes + lane]. All [records] or offsets.
struct LaneSeries {
    std::vector<std::int64_t> log_end_offset;
    std::vector<std::int64_t> committed_offset;  ///< -1 = none
    std::vector<std::int64_t>
        position;  ///< lowest offset not finished or dead-lettered by the present owner
    std::vector<std::int64_t> lag;      ///< as KEDA's trigger reads it, uncapped
    std::vector<std::int64_t> backlog;  ///< log end - position
};

/// Sampled state; index [sample * groups + group].
struct GroupSeries {
    std::vector<std::int64_t> lag_total;
    std::vector<double> metric_value;  ///< last value that KEDA reported (NaN: none yet)
    std::vector<std::int32_t> desired_replicas;
    std::vector<std::int32_t> replicas;  ///< pods that exist and are not terminating
    std::vector<std::int32_t> ready_replicas;
    std::vector<std::int32_t> members;
    std::vector<std::uint8_t> rebalancing;
    // Cumulative since 0 s:
    std::vector<std::int64_t> produced;
    std::vector<std::int64_t> finished;
    std::vector<std::int64_t> duplicates;
    std::vector<std::int64_t> dead_lettered;
    std::vector<std::int64_t> lost;
    std::vector<std::int64_t> retries;
    std::vector<double>
        utilization;  ///< [1] used part of the running pods' capacity since the last sample
    // Of counts that are expectations (resolution `flow`); empty in exact runs. [records]
    std::vector<double> produced_deviation;   ///< standard deviation of `produced`
    std::vector<double> lag_total_deviation;  ///< of `lag_total`
};

enum class EventKind : std::uint8_t {
    pod_created,
    pod_scheduled,
    pod_started,
    pod_ready,
    pod_terminating,
    pod_gone,
    pod_crashed,
    pod_restarted,
    rebalance_started,
    rebalance_completed,
    member_joined,
    member_left,
    member_expired,
    partition_assigned,
    partition_revoked,
    partition_lost,
    scale_up,
    scale_down,
    fault_started,
    fault_ended,
    records_lost,
    dead_lettered,
    log_start_moved,
    node_requested,
    node_added,
    node_cordoned,
    node_removed,
    pod_unschedulable,
    image_pulled,
    log_compacted,
    log_end_moved,
    partitions_found,
    count_  ///< number of kinds
};
/// Names in the order of EventKind, as written to flag_meanings.
inline constexpr std::array<const char*, static_cast<std::size_t>(EventKind::count_)>
    event_kind_names{"pod_created",         "pod_scheduled",      "pod_started",
                     "pod_ready",           "pod_terminating",    "pod_gone",
                     "pod_crashed",         "pod_restarted",      "rebalance_started",
                     "rebalance_completed", "member_joined",      "member_left",
                     "member_expired",      "partition_assigned", "partition_revoked",
                     "partition_lost",      "scale_up",           "scale_down",
                     "fault_started",       "fault_ended",        "records_lost",
                     "dead_lettered",       "log_start_moved",    "node_requested",
                     "node_added",          "node_cordoned",      "node_removed",
                     "pod_unschedulable",   "image_pulled",       "log_compacted",
                     "log_end_moved",       "partitions_found"};

struct Event {
    core::Instant time;
    EventKind kind = EventKind::pod_created;
    std::int32_t group = 0;  ///< -1 = none (a node)
    std::int32_t pod = -1;   ///< running number of the pod within its group; -1 = none
    std::int32_t lane = -1;  ///< -1 = none
    std::int64_t value =
        0;  ///< meaning depends on the kind (replicas after, generation, offset, fault index ...)
    std::int64_t cause =
        -1;  ///< index of the event that caused it within the replication; -1 = none
};

enum class DecisionMaker : std::uint8_t { keda, hpa };

/// One KEDA poll or HPA sync.
struct Decision {
    core::Instant time;
    DecisionMaker who = DecisionMaker::keda;
    std::int32_t group = 0;
    std::int64_t lag = -1;  ///< [records] uncapped total that the trigger saw; -1 = not read
    double metric = 0.0;    ///< [records] value reported by KEDA; NaN = error or not read
    bool active = false;    ///< KEDA: trigger active
    bool error = false;     ///< the metric could not be read
    std::int32_t replicas_before = 0;  ///< spec
    std::int32_t status_replicas = 0;
    std::int32_t ready_replicas = 0;
    std::int32_t proposed = -1;    ///< HPA: from the metrics; -1 = none
    std::int32_t stabilized = -1;  ///< HPA: after the stabilization window; -1 = not reached
    std::int32_t replicas_after = 0;
    std::int32_t min_replicas = 0;  ///< HPA: bounds in force
    std::int32_t max_replicas = 0;
    double target = 0.0;          ///< HPA: [records] a replica; NaN = not one external AverageValue
    double tolerance_down = 0.0;  ///< HPA: [1]
    double tolerance_up = 0.0;    ///< HPA: [1]
    std::string reason;  ///< HPA: limiting reason, KEDA: action; words of interface section 5
};

enum class LossCause : std::uint8_t {
    committed_before_processing,  ///< L1
    automatic_commit,             ///< L2
    committed_past_unfinished,    ///< L3 (max-finished)
    dropped_by_policy,            ///< L4
    skipped_by_reset,             ///< L5
    deleted_by_retention,         ///< L6
    delivery_limit,               ///< L10: released or timed out too often (share groups)
    compacted,                    ///< superseded by a newer record of its key before it was read
    unclean_election,             ///< L7: acknowledged, and not on the replica that leads now
    truncated,                    ///< L7: the same, by a stated end of the log
    count_
};
inline constexpr std::array<const char*, static_cast<std::size_t>(LossCause::count_)>
    loss_cause_names{"committed_before_processing",
                     "automatic_commit",
                     "committed_past_unfinished",
                     "dropped_by_policy",
                     "skipped_by_reset",
                     "deleted_by_retention",
                     "delivery_limit",
                     "compacted",
                     "unclean_election",
                     "truncated"};

enum class DuplicateCause : std::uint8_t {
    rebalance,        ///< finished, not committed when the partition moved
    crash,            ///< finished, not committed when the pod died
    zombie,           ///< finished by a member that had lost the partition
    shutdown,         ///< stopped without a commit
    lock,             ///< its lock ran out before it was acknowledged (share groups)
    offset_reset,     ///< sent back to the log's start by the reset policy
    offsets_expired,  ///< its commit was forgotten while the group was empty
    count_
};
inline constexpr std::array<const char*, static_cast<std::size_t>(DuplicateCause::count_)>
    duplicate_cause_names{"rebalance", "crash",        "zombie",         "shutdown",
                          "lock",      "offset_reset", "offsets_expired"};

/// A stretch of one lane's offsets that were lost, or done again; [first, last] inclusive.
struct LedgerInterval {
    std::int32_t lane = 0;
    std::int64_t first = 0;
    std::int64_t last = 0;
    core::Instant time;      ///< when it was found lost; of the first duplicate finish
    std::uint8_t cause = 0;  ///< LossCause or DuplicateCause
};

struct LedgerCounts {
    std::int64_t produced = 0;
    std::int64_t finished = 0;
    std::int64_t dead_lettered = 0;
    std::int64_t waiting = 0;
    std::int64_t lost = 0;
    std::int64_t duplicates = 0;
    std::int64_t dead_letter_duplicates = 0;      ///< copies beyond the first
    std::int64_t dead_lettered_and_finished = 0;  ///< counted among `finished`
};

/// What the metrics of one group are computed from; see sim/results/summary.h.
struct GroupTotals {
    LedgerCounts ledger;       ///< whole run
    std::int64_t retries = 0;  ///< whole run
    std::int64_t produced_after_warmup = 0;
    std::int64_t finished_after_warmup = 0;  ///< first finishes
    core::int128 lag_integral = 0;      ///< [records * ns] of total lag over [warmup, duration]
    core::int128 replica_integral = 0;  ///< [pods * ns] of `replicas` over [warmup, duration]
    core::int128 pod_time =
        0;  ///< [ns] pods from creation until gone (terminating ones cost, too), [0, duration]
    std::int32_t replicas_min = 0;  ///< over [warmup, duration]
    std::int32_t replicas_max = 0;
    std::int64_t scale_ups = 0;  ///< changes of spec.replicas, whole run
    std::int64_t scale_downs = 0;
    std::int64_t rebalances = 0;  ///< completed generations, the first join included
    core::int128 rebalance_pause =
        0;                         ///< [partition * ns] without an owner consuming, [0, duration]
    core::int128 wasted_work = 0;  ///< [ns] service done on attempts that were killed, whole run
    core::Duration time_to_drain{0};  ///< longest stretch with lag above lagThreshold * partitions
    double drain_threshold = -1.0;    ///< [records]; -1 = the group has no kafka trigger
    core::int128 busy_time = 0;       ///< [capacity * ns] used over [warmup, duration]
    core::int128 capacity_time = 0;   ///< [capacity * ns] offered over [warmup, duration]
    LatencyHistogram latency;         ///< first finish of each record produced after the warm-up
};

struct ReplicationResult {
    std::uint32_t replication = 0;
    std::vector<core::Instant> sample_times;
    LaneSeries lanes;
    GroupSeries groups;
    std::vector<Event> events;
    std::vector<Decision> decisions;
    std::vector<GroupTotals> totals;  ///< one a group
    std::vector<LedgerInterval> lost;
    std::vector<LedgerInterval> duplicates;
    std::uint64_t fingerprint = 0;
};

}  // namespace lagsim::sim
