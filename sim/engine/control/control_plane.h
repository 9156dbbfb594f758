/// Everything that is not a record: pods, the consumer group, the autoscaler, faults, retention,
/// samples.
///
/// Owns the control calendar. Between two of its events it lets the record plane advance; at an
/// event it asks core and models what to do and tells the record plane who consumes what from now
/// on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/scaling/autoscaler.h"
#include "models/group/group_coordinator.h"
#include "models/pods/node_pool.h"
#include "models/pods/restart_backoff.h"
#include "models/random/distribution.h"
#include "models/random/philox.h"
#include "sim/engine/calendar.h"
#include "sim/engine/engine.h"
#include "sim/engine/record_plane.h"

namespace lagsim::sim {

class ControlPlane {
  public:
    ControlPlane(const Scenario& scenario, const LaneMap& map, RecordPlane& records,
                 const models::RandomStreams& streams, RunControl& control);

    /// Runs to the end of the scenario; false if asked to stop before.
    [[nodiscard]] bool run(ReplicationResult& result);

  private:
    /// Kinds of events, in the order in which they happen at one instant.
    enum EventKind : std::uint32_t {
        fault_end,
        fault_start,
        storm_crash,
        node_reclaimed,
        eviction_again,
        node_joined,
        image_pulled,
        pods_tried_again,
        node_replaced,
        node_not_ready,
        replica_step,
        scale_written,
        pod_scheduled,
        pod_started,
        pod_ready,
        pod_restart,
        stop_answered,
        sigterm,
        grace_over,
        group_event,
        segment_closed,
        segment_deleted,
        cluster_scan,
        segment_cleaned,
        metadata_refreshed,
        warmup_over,
        metrics_scrape,
        keda_poll,
        hpa_sync,
        stateful_set_sync,
        offsets_expired,
        sample
    };

    enum class PodPhase : std::uint8_t { pending, starting, running, restarting, lost, gone };
    enum class Stopping : std::uint8_t {
        no,
        to_rejoin,  ///< must give partitions up: finishes, commits, joins again
        to_exit,    ///< SIGTERM: finishes, commits, leaves
        evicted     ///< thrown out of the group: finishes, then joins as a new member
    };

    struct Pod {
        std::int32_t group = 0;
        std::int32_t number = 0;   ///< within its group, never used again
        std::int32_t ordinal = 0;  ///< what its name ends with: number, or place in a StatefulSet
        models::NodePool::Node node = -1;
        bool unschedulable = false;  ///< the scheduler found no node for it
        bool awaits_image = false;
        PodPhase phase = PodPhase::pending;
        bool terminating = false;
        bool quiet = false;      ///< its preStop hook runs and it takes nothing new
        bool signalled = false;  ///< has SIGTERM and handles it
        bool ready = false;
        bool frozen = false;
        Stopping stopping = Stopping::no;
        core::Instant created;
        core::Instant started;  ///< of the present process
        core::Instant ready_since;
        ProcessId process = -1;
        std::int32_t life = 0;  ///< counts container starts; events of an earlier life are void
        std::int32_t restarts = 0;
        std::int32_t revision = 0;  ///< of the pod template
        std::uint32_t uid = 0;
        models::RestartBackoff backoff;
        std::vector<std::int32_t> lanes;       ///< owned
        std::vector<std::int32_t> giving;      ///< part of them that it is giving up
        core::Instant answered = core::never;  ///< when its last commit of `giving` is answered
        std::int64_t last_event = -1;
        // Its CPU as metrics-server saw it:
        core::int128 cpu_time = 0;              ///< [core ns * 1000] at the last scrape
        std::optional<core::Instant> scraped;   ///< of the present process
        std::optional<std::int64_t> cpu_usage;  ///< [millicores] over the last window
        core::Duration usage_window{0};
    };

    struct Group {
        Group(const ConsumerGroup& parameters, const std::vector<Topic>& topics);
        const ConsumerGroup* spec;
        std::unique_ptr<models::GroupCoordinator> coordinator;
        models::Distribution startup;
        models::Distribution scheduling;
        models::Distribution readiness;
        std::optional<core::Autoscaler> autoscaler;
        std::int32_t desired = 0;  ///< spec.replicas
        std::int32_t pods_created = 0;
        std::int32_t revision = 0;
        std::int32_t pending_scale = 0;  ///< what the HPA writes at the end of its sync
        std::int64_t last_decision_event = -1;
        std::int64_t last_rebalance_event = -1;
        double last_metric = 0.0;
        Slot coordinator_slot = 0;
        std::optional<core::Instant> empty_since;  ///< it has no member
        std::vector<std::string> topic_names;
        std::vector<std::int32_t> known_partitions;  ///< of its topics, as who assigns knows them
        core::Instant grown_at;                      ///< when one of its topics grew last
        std::vector<core::BrokerPartition> partitions;
        std::vector<core::PodObservation> observed;
        bool reads_pods = false;  ///< the HPA has resource metrics
        // Faults in force, counted because they may overlap:
        std::int32_t trigger_errors = 0;
        std::int32_t metric_zeros = 0;
        std::int32_t coordinator_moves = 0;
        std::int32_t dead_letter_downs = 0;
        std::int32_t downstream_downs = 0;
        std::vector<double> slow_downs;
        // Integrals:
        core::Instant replicas_since;
        std::int32_t replicas = 0;
        core::int128 replica_integral = 0;
        std::int32_t replicas_min = 0;
        std::int32_t replicas_max = 0;
        core::int128 pod_time = 0;
        std::int64_t scale_ups = 0;
        std::int64_t scale_downs = 0;
        std::int64_t rebalances = 0;
        GroupCounters at_warmup;
        core::int128 replica_integral_at_warmup = 0;
        GroupCounters at_last_sample;
    };

    /// How long Kubernetes takes to see that a node is gone.
    struct Loss {
        core::Duration unnoticed{0};  ///< its pods still count as Ready
        core::Duration replaced{0};
    };

    /// Whom a drain or a reclaim is about.
    struct FaultNodes {
        std::vector<models::NodePool::Node> nodes;
        std::int64_t cause = -1;
    };

    struct Segment {
        std::int32_t log = 0;
        core::Offset end;
    };

    // control_plane.cc
    void set_up();
    void handle(const Calendar::Event& event);
    void handle_group(const Calendar::Event& event);
    void handle_pod(EventKind kind, std::int32_t pod);
    void handle_node(const Calendar::Event& event);
    void on_warmup_over();
    void on_notice(const RecordNotice& notice);
    void on_drained(Pod& pod, std::int32_t index);
    void at(core::Instant time, EventKind kind, std::int32_t subject, std::int32_t detail = 0);
    std::int64_t note(sim::EventKind kind, std::int32_t group, std::int32_t pod, std::int32_t lane,
                      std::int64_t value, std::int64_t cause);
    std::int64_t note_pod(sim::EventKind kind, Pod& pod, std::int64_t value);
    void finish(ReplicationResult& result);

    // pods.cc
    void create_pod(std::int32_t group, std::int64_t cause,
                    std::optional<std::int32_t> ordinal = std::nullopt);
    void start_container(std::int32_t pod);
    [[nodiscard]] std::uint32_t draw(const Pod& pod, models::Purpose purpose) const;
    void on_pod_started(std::int32_t pod);
    void on_pod_ready(std::int32_t pod);
    void terminate(std::int32_t pod, std::int64_t cause);
    void crash(std::int32_t pod, RestartKind restart, std::int64_t cause);
    void stop_worker(std::int32_t pod);
    void kill_process(Pod& pod, DuplicateCause cause);
    void remove_pod(std::int32_t pod);
    void on_sigterm(std::int32_t pod);
    void on_grace_over(std::int32_t pod);
    void on_stop_answered(std::int32_t pod);
    void reconcile(std::int32_t group, std::int64_t cause);
    bool roll(std::int32_t group, std::int64_t cause);
    void terminate_first(const std::vector<std::int32_t>& candidates, std::size_t count,
                         std::int64_t cause);
    [[nodiscard]] std::vector<std::int32_t> active_pods(std::int32_t group) const;
    [[nodiscard]] std::vector<std::int32_t> running_pods(std::int32_t group) const;
    void replicas_changed(std::int32_t group);

    // nodes.cc
    void set_up_nodes();
    std::int64_t note_node(sim::EventKind kind, models::NodePool::Node node, std::int64_t cause);
    void schedule_pod(std::int32_t pod);
    void leave_node(Pod& pod);
    void on_image_pulled(models::NodePool::Node node, std::int32_t group);
    void on_room_made();
    void on_cluster_scan();
    void on_node_joined(models::NodePool::Node node);
    [[nodiscard]] std::vector<models::NodePool::Node> draw_nodes(std::int32_t fault);
    void lose_node(models::NodePool::Node node, const Loss& loss, std::int64_t cause);
    void start_drain(std::int32_t fault, std::int64_t cause);
    void evict_pods(std::int32_t fault);
    [[nodiscard]] bool may_evict(const Pod& pod) const;
    void on_node_reclaimed(std::int32_t fault);

    // stateful_set.cc
    void reconcile_stateful_set(std::int32_t group, std::int64_t cause);
    [[nodiscard]] std::vector<std::int32_t> pods_by_ordinal(std::int32_t group) const;

    // membership.cc
    void on_group_event(std::int32_t group);
    void watch_emptiness(std::int32_t group);
    void on_offsets_expired(std::int32_t group);
    void apply(std::int32_t group, const models::GroupEffect& effect);
    void give_up(Pod& pod, std::vector<std::int32_t> lanes, Stopping why);
    void join_again(Pod& pod);
    void end_session(Pod& pod);
    void leave_for_not_polling(Pod& pod);
    void evict(Pod& pod);
    void assign(std::int32_t group, Pod& pod, const models::GroupEffect& effect);
    void stall_after_unassign(const Pod& pod, const std::vector<std::int32_t>& kept,
                              core::Generation generation);
    void join_group(Pod& pod);
    void leave_group(Pod& pod);
    [[nodiscard]] models::MemberName member_name(const Pod& pod) const;
    void drop_lanes(Pod& pod, const std::vector<std::int32_t>& lanes, sim::EventKind kind,
                    std::int64_t cause);
    [[nodiscard]] Pod* pod_of(models::MemberId member);

    // autoscaling.cc
    void set_up_autoscaler(std::int32_t group);
    void on_keda_poll(std::int32_t group);
    void on_hpa_sync(std::int32_t group);
    void on_metrics_scrape(std::int32_t group);
    [[nodiscard]] core::PodObservation observe(const Pod& pod) const;
    template <class Outcome>
    Decision& log_decision(DecisionMaker who, std::int32_t group,
                           const core::ScaleObservation& scale, const Outcome& outcome);
    void set_desired(std::int32_t group, std::int32_t replicas);
    [[nodiscard]] core::BrokerState broker_state(std::int32_t group);
    [[nodiscard]] core::ScaleObservation observe(std::int32_t group);

    // faults.cc
    void on_fault_start(std::int32_t fault);
    void on_fault_end(std::int32_t fault);
    void on_storm_crash(std::int32_t fault);
    void schedule_storm(std::int32_t fault, core::Instant from);
    void lose(std::int32_t fault, std::int64_t cause);
    void lose_pod(std::int32_t pod, const Loss& loss, std::int64_t cause);
    void freeze(std::int32_t fault, bool frozen);
    void set_broker_down(const Fault& fault, bool down);
    void move_coordinator(std::int32_t group, core::Instant until);

    // logs.cc
    void on_log_fault(const Fault& fault, std::int64_t cause);
    void set_leaderless(const Fault& fault, bool leaderless);
    void truncate(const Fault& fault, std::int64_t cause);
    void add_partitions(const Fault& fault);
    void look_for_partitions(std::int32_t group);
    [[nodiscard]] std::vector<std::int32_t> partitions_of(const ConsumerGroup& spec) const;
    [[nodiscard]] std::int32_t lane_of(std::int32_t group, std::int32_t partition) const;
    [[nodiscard]] std::vector<std::int32_t> draw_victims(std::int32_t fault, std::int32_t count);
    [[nodiscard]] std::size_t draw_victim(std::int32_t fault, std::size_t candidates);

    // sampling.cc
    void on_sample();
    void on_segment_closed(std::int32_t topic);
    void on_segment_deleted(std::int32_t segment);
    void on_segment_cleaned(std::int32_t segment);
    void sample_lanes();
    void sample_group(std::int32_t group);

    [[nodiscard]] Group& group_at(std::int32_t group) {
        return groups_[static_cast<std::size_t>(group)];
    }
    [[nodiscard]] Pod& pod_at(std::int32_t pod) { return pods_[static_cast<std::size_t>(pod)]; }

    const Scenario& scenario_;
    const LaneMap& map_;
    RecordPlane& records_;
    models::RandomStreams streams_;
    RunControl& control_;
    core::Instant now_;
    core::Instant end_;

    Calendar calendar_;
    std::vector<Group> groups_;
    std::vector<Pod> pods_;
    std::vector<std::int32_t> pod_of_process_;
    std::vector<models::GroupEffect> effects_;
    std::vector<Segment> segments_;
    std::int32_t broker_downs_ = 0;
    std::optional<models::NodePool> nodes_;  ///< none: room for every pod
    std::optional<models::Distribution> provision_;
    std::optional<models::Distribution> image_pull_;
    std::vector<std::int64_t> node_events_;              ///< by node: the event of its request
    bool room_made_ = false;                             ///< the scheduler is about to try again
    std::vector<std::int64_t> storm_draws_;              ///< by fault
    std::vector<std::uint64_t> victim_draws_;            ///< by fault
    std::vector<std::vector<std::int32_t>> fault_pods_;  ///< by fault: pods it froze
    std::vector<FaultNodes> fault_nodes_;                ///< by fault
    std::vector<std::int32_t> leaderless_;               ///< by log: faults in force that say so
    std::vector<std::int32_t> partitions_;               ///< by topic: as many as exist
    ReplicationResult* result_ = nullptr;
};

}  // namespace lagsim::sim
