/// A validated scenario: immutable, shared by all replications and threads. The reader makes it,
/// the engine runs it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/commit/policy.h"
#include "core/commit/retry.h"
#include "core/quantity.h"
#include "core/scaling/parameters.h"
#include "core/time.h"
#include "models/group/protocol.h"
#include "models/pods/downstream.h"
#include "models/random/distribution.h"
#include "models/traffic/arrivals.h"

namespace lagsim::sim {

struct Topic {
    std::string name;
    std::int32_t partitions = 1;
    std::optional<core::Duration> retention;  ///< none: nothing is ever deleted
    core::Duration segment_roll{300'000'000'000};
    double compaction_keeps = 1.0;  ///< [1] part of a closed segment's records that stay
    bool retries = false;           ///< a retry topic of a consumer group
};

/// Records sent at a stated instant, beside or instead of a rate.
struct Publication {
    core::Instant at;
    std::int64_t count = 1;
    std::optional<std::int32_t> partition;         ///< none: dealt by the producer's partitioner
    bool poison = false;                           ///< they never succeed
    std::optional<core::Duration> service_time{};  ///< of each attempt, instead of the group's
};

struct Producer {
    std::size_t topic = 0;  ///< index into Scenario::topics
    models::ProducerParameters traffic;
    std::vector<Publication> publish;
    std::int64_t transaction_records = 0;  ///< a marker after so many of a partition; 0: none
    core::Duration metadata_refresh{0};  ///< new partitions are known at its multiples; 0: at once
};

struct Concurrency {
    enum class Kind : std::uint8_t {
        partition,
        workers,
        workers_per_partition
    } kind = Kind::partition;
    std::int32_t count =
        1;  ///< servers a pod (workers) or a partition (workers_per_partition); `pod` = workers 1
};

struct Cpu {
    double share = 0.0;             ///< [1] part of the service time that is CPU
    std::optional<double> limit;    ///< [cores] a pod
    std::optional<double> request;  ///< [cores] a pod, from the Deployment's container resources
};

struct Failures {
    double transient = 0.0;  ///< [1] chance that one attempt fails
    double poison = 0.0;     ///< [1] chance that a record never succeeds
};

struct Retry {
    std::vector<core::Duration> backoff{std::vector<core::Duration>{core::Duration{1'000'000'000},
                                                                    core::Duration{2'000'000'000},
                                                                    core::Duration{4'000'000'000}}};
    double jitter = 0.0;  ///< [1] back-off is uniform in base * [1 - jitter, 1 + jitter]
    /// One a back-off, indices into Scenario::topics: a failed record waits there instead of in its
    /// worker's hand. Empty: in place.
    std::vector<std::size_t> topics{};
    models::DistributionParameters produce_time{};  ///< into a retry topic
};

struct DeadLetter {
    std::string topic;
    models::DistributionParameters produce_time;
    double failures = 0.0;  ///< [1] chance that one produce attempt fails (tried again at once)
    core::UndeliverablePolicy when_down = core::UndeliverablePolicy::block;
    std::optional<std::int64_t> attempts{};  ///< produces that may fail; none: no limit
};

struct Overheads {
    enum class CommitMode : std::uint8_t { async, sync } commit_mode = CommitMode::async;
    core::Duration commit_latency{0};
    core::Duration fetch_start{0};  ///< assignment to first record
    core::Duration rtt{1'000'000};  ///< client to broker and back
    core::Duration sync_cost{
        2'000'000};  ///< last JoinGroup to assignment at the members: 2 rtt, or as measured
    /// Whose record a pod's free worker takes next: the oldest, or the one fetched first, so that
    /// the backlog of a partition just taken over is worked off in one piece.
    enum class FetchOrder : std::uint8_t { arrival, fetched } fetch_order = FetchOrder::arrival;
    core::Duration unassign_stall{0};   ///< after giving up a part, nothing is fetched for so long
    double unassign_stall_share = 1.0;  ///< [1] chance that it happens
};

/// What a worker still does about partitions that it must give up.
struct Revoke {
    enum class Backoff : std::uint8_t {
        cut,  ///< a record that waits for its next attempt is put down at once
        wait  ///< its handler sleeps on: it is given up when its retries are through
    } backoff = Backoff::cut;
    core::Records buffered_records{0};  ///< a partition: fetched before, and still worked through
};

struct Shutdown {
    core::Duration grace_period{30'000'000'000};
    bool drain = true;
    core::Duration pre_stop{0};  ///< SIGTERM comes so long after the deletion; 0 = no hook
    bool pre_stop_polls = true;  ///< the process takes records until SIGTERM
    bool handles_sigterm = true;
};

/// A PodDisruptionBudget: what evictions must leave. One of the two is given.
struct DisruptionBudget {
    std::optional<std::int32_t> max_unavailable;
    std::optional<std::int32_t> min_available;
};

/// Nodes of limited room, shared by all groups, with a cluster autoscaler.
struct Nodes {
    std::int32_t count = 1;  ///< at the start, and the fewest
    std::int32_t max = 1;
    std::int32_t pods_per_node = 1;
    models::DistributionParameters provision;  ///< asked for to joined
    models::DistributionParameters image_pull;
    core::Duration scan_interval{10'000'000'000};
    core::Duration scale_down_after{600'000'000'000};
};

/// Who keeps the pods.
enum class Workload : std::uint8_t { deployment, stateful_set };

/// Replicas from `at` on, where no autoscaler is given.
struct ReplicaStep {
    core::Instant at;
    std::int32_t count = 1;
};

/// The control plane around the manifests.
struct Autoscaler {
    std::optional<core::ScaledObjectParameters>
        scaled_object;        ///< else a plain HorizontalPodAutoscaler
    core::HpaParameters hpa;  ///< as KEDA creates it, or as written
    core::Duration hpa_sync{15'000'000'000};
    core::Duration sync_latency{20'000'000};
    std::optional<core::Duration>
        keda_phase;                           ///< none: uniform in [0, pollingInterval) by the seed
    std::optional<core::Duration> hpa_phase;  ///< none: uniform in [0, hpaSync) by the seed
};

struct ConsumerGroup {
    std::string group;
    std::string deployment;  ///< name for messages and pods
    Workload workload = Workload::deployment;
    std::vector<std::size_t> topics;  ///< indices into Scenario::topics, ascending
    std::vector<ReplicaStep> replicas{{core::Instant{}, 1}};
    Concurrency concurrency;
    models::DistributionParameters service_time;
    Cpu cpu;
    std::optional<models::DownstreamParameters> downstream;
    Failures failures;
    Retry retry;
    std::optional<DeadLetter> dead_letter;
    core::CommitPolicy commit;
    core::OffsetReset reset = core::OffsetReset::earliest;
    core::Duration offsets_retention{604'800'000'000'000};  ///< of the commits of an empty group
    models::ProtocolParameters protocol;
    core::Duration metadata_refresh{300'000'000'000};  ///< since the process started
    Revoke revoke;
    Overheads overheads;
    models::DistributionParameters pod_startup;
    models::DistributionParameters pod_scheduling;
    models::DistributionParameters readiness_delay;
    Shutdown shutdown;
    std::optional<DisruptionBudget> disruption_budget;
    std::optional<Autoscaler> autoscaler;
};

enum class FaultKind : std::uint8_t {
    pod_crash,
    node_loss,
    pod_stall,
    slow_down,
    broker_down,
    dead_letter_down,
    trigger_error,
    rolling_restart,
    crash_storm,
    downstream_down,
    metric_zero,
    oom_kill,
    spot_reclaim,
    node_drain,
    add_partitions,
    unclean_election,
    truncate,
    coordinator_move
};
enum class RestartKind : std::uint8_t { same_pod, replace, none };

struct Fault {
    core::Instant at;
    FaultKind kind = FaultKind::pod_crash;
    std::size_t group = 0;  ///< index into Scenario::consumers
    std::int32_t count = 1;
    RestartKind restart = RestartKind::same_pod;
    core::Duration duration{0};       ///< `for`
    core::Duration every{0};          ///< crash-storm: mean time between crashes
    core::Duration replace_after{0};  ///< node-loss, spot-reclaim
    core::Duration notice{0};         ///< spot-reclaim: from the announcement to the end
    bool drain = true;                ///< spot-reclaim: pods are evicted at the announcement
    double factor = 1.0;              ///< slow-down: service time is multiplied by it
    std::size_t topic = 0;            ///< index into Scenario::topics, for those about a topic
    std::int32_t partition = 0;       ///< unclean-election, truncate
    std::int64_t to = 0;              ///< add-partitions: their number; truncate: the log's end
    std::int64_t lose = 0;            ///< unclean-election: records
    std::vector<std::int32_t> partitions{};  ///< broker-down: these only; empty = all
};

enum class Comparison : std::uint8_t { less, less_equal, greater, greater_equal, equal };
struct Assertion {
    std::string text;
    std::string metric;  ///< with the group's prefix where there are several groups
    Comparison comparison = Comparison::less;
    double value = 0.0;
    bool every_replication = false;
};

/// What moves through the pipeline.
enum class Resolution : std::uint8_t {
    exact,  ///< records
    flow    ///< expected numbers of records
};

/// Everything a reader of the result file needs to run it again.
struct Provenance {
    std::string scenario_path;
    std::string scenario_text;                                   ///< as read
    std::vector<std::pair<std::string, std::string>> manifests;  ///< path as written, text as read
    std::vector<std::string> overrides;                          ///< `--set` and `-f`, in order
    std::string resolved;  ///< YAML with every default written out
};

struct Scenario {
    std::string name;
    std::string description;
    core::Duration duration{0};
    core::Duration warmup{0};
    core::Duration sample_interval{15'000'000'000};
    std::uint64_t seed = 1;
    std::uint32_t replications = 1;
    Resolution resolution = Resolution::exact;
    std::vector<Topic> topics;
    std::vector<Producer> producers;
    std::vector<ConsumerGroup> consumers;
    std::optional<Nodes> nodes;  ///< none: room for every pod
    std::vector<Fault> faults;
    std::vector<Assertion> assertions;
    Provenance provenance;

    /// Partitions of a topic after the last `add-partitions`.
    [[nodiscard]] std::int32_t most_partitions(std::size_t topic) const {
        std::int32_t most = topics[topic].partitions;
        for (const Fault& fault : faults) {
            if (fault.kind == FaultKind::add_partitions && fault.topic == topic) {
                most = std::max(most, static_cast<std::int32_t>(fault.to));
            }
        }
        return most;
    }
};

}  // namespace lagsim::sim
