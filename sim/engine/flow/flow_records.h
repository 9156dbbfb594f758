/// The record plane of expected numbers: partitions are queues of real-valued length that are moved
/// from one control event to the next in one step each, so that the cost does not depend on the
/// traffic. What control sees are whole offsets.
///
/// Amounts are kept as real offsets. A partition's begin at a part of a record of its own, evenly
/// spread over the topic's partitions, and are cut to whole ones: partitions with equal traffic do
/// not all get their next record at once, and sums over them are right to a record.
///
/// What it cannot represent is refused with the scenario (sim/scenario/flow_limits.cc).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/int128.h"
#include "models/random/philox.h"
#include "sim/engine/flow/service.h"
#include "sim/engine/flow/sojourn.h"
#include "sim/engine/flow/traffic.h"
#include "sim/engine/record_plane.h"

namespace lagsim::sim {

class FlowRecords final : public RecordPlane {
  public:
    FlowRecords(const Scenario& scenario, const LaneMap& map);

    [[nodiscard]] std::optional<RecordNotice> advance(core::Instant until) override;

    void start_process(ProcessId process, std::int32_t group, core::Instant now) override;
    void assign(ProcessId process, std::span<const std::int32_t> lanes, core::Instant now,
                core::Instant fetch_from) override;
    void hold_fetching(ProcessId process, std::span<const std::int32_t> lanes, core::Instant until,
                       core::Instant now) override;
    void stop_fetching(ProcessId process, std::span<const std::int32_t> lanes,
                       core::Instant now) override;
    [[nodiscard]] core::Instant commit_finally(ProcessId process,
                                               std::span<const std::int32_t> lanes,
                                               core::Instant now) override;
    void return_claims(ProcessId process, core::Instant now) override;
    void release(ProcessId process, std::span<const std::int32_t> lanes, DuplicateCause cause,
                 core::Instant now) override;
    void block_commits(ProcessId process, bool blocked, core::Instant now) override;
    void ask_for_poll(ProcessId process, core::Instant now) override;
    void kill(ProcessId process, DuplicateCause cause, core::Instant now) override;
    void set_frozen(ProcessId process, bool frozen, core::Instant now) override;

    void set_broker_down(bool down, core::Instant now) override;
    void set_leaderless(std::int32_t log, bool leaderless, core::Instant now) override;
    void truncate(std::int32_t log, core::Offset end, LossCause cause, core::Instant now) override;
    void add_partitions(std::size_t topic, std::int32_t count, core::Instant now) override;
    void set_coordinator_away(std::int32_t group, bool away) override;
    void forget_commits(std::int32_t group, core::Instant now) override;
    void set_dead_letter_down(std::int32_t group, bool down, core::Instant now) override;
    void set_downstream_down(std::int32_t group, bool down) override;
    void set_slow_down(std::int32_t group, double factor) override;
    void delete_below(std::int32_t log, core::Offset start, core::Instant now) override;
    [[nodiscard]] core::Records compact_below(std::int32_t log, core::Offset end,
                                              core::Instant now) override;

    [[nodiscard]] LaneView lane(std::int32_t lane) const override;
    [[nodiscard]] core::Offset log_end(std::int32_t log) const override;
    [[nodiscard]] core::Offset last_records(std::int32_t log, std::int64_t count) const override;
    [[nodiscard]] GroupCounters counters(std::int32_t group, core::Instant now) const override;
    [[nodiscard]] core::int128 cpu_time(ProcessId process, core::Instant now) const override;
    [[nodiscard]] std::optional<core::Instant> last_commit(ProcessId process) const override;
    [[nodiscard]] const LatencyHistogram& latency(std::int32_t group) const override;
    [[nodiscard]] std::int64_t finished_after_warmup(std::int32_t group) const override;
    [[nodiscard]] std::int64_t produced_after_warmup(std::int32_t group) const override;
    [[nodiscard]] std::uint64_t fingerprint() const override;
    [[nodiscard]] std::optional<CountVariance> variance(std::int32_t group) const override;

    void verify_ledger() const override;
    void close_ledger(core::Instant end, std::vector<LedgerInterval>& lost,
                      std::vector<LedgerInterval>& duplicates) override;

    /// Steps of single partitions so far: what a run costs, whatever the traffic.
    [[nodiscard]] std::int64_t steps() const { return steps_; }

  private:
    struct Log {
        double first = 0.0;  ///< where real offsets begin, in (0, 1)
        double end = 0.0;
        double held_back = 0.0;  ///< what producers could not send
        double end_at_warmup = 0.0;
        double growth = 0.0;  ///< [records] of the present step
        core::Offset start;
        flow::ArrivalTimes arrivals;
        double dispersion = 1.0;
        bool leaderless = false;
        bool exists = true;
        std::vector<std::int32_t> lanes;
    };

    /// A stretch that is being processed again.
    struct Redo {
        std::int64_t first = 0;
        core::Instant since = core::never;  ///< never: none of it has been finished
        DuplicateCause cause = DuplicateCause::rebalance;
    };

    struct Lane {
        std::int32_t index = 0;
        std::int32_t group = 0;
        std::int32_t log = 0;
        ProcessId owner = -1;
        bool fetching = false;
        bool stopping = false;
        bool stuck = false;
        core::Instant fetch_at = core::never;
        double position = 0.0;
        double settled = 0.0;  ///< what is below has a fate
        double stop_at = 0.0;  ///< while stopping: end of what is buffered
        double origin = 0.0;   ///< where its owner began
        std::optional<double> committed;
        double rate = 0.0;      ///< [records/s] of the last step
        double service = 0.0;   ///< [records/s] it could have been
        double variance = 0.0;  ///< [records^2] of the backlog
        std::size_t arrival_hint = 0;
        std::int64_t lost = 0;
        std::int64_t duplicates = 0;
        DuplicateCause last_end = DuplicateCause::rebalance;
        Redo redo;
        std::vector<LedgerInterval> lost_intervals;
        std::vector<LedgerInterval> duplicate_intervals;
    };

    struct Process {
        std::int32_t group = 0;
        bool alive = false;
        bool frozen = false;
        bool draining = false;  ///< `drained` is owed
        bool commits_blocked = false;
        bool poll_asked = false;  ///< while it was frozen
        core::Instant started;
        core::Instant drained_at = core::never;
        double in_hand = 0.0;  ///< [s] until what was in hand when it was told to stop is done
        core::Instant turns_at = core::never;    ///< `poll_turned` is owed
        core::Instant overdue_at = core::never;  ///< frozen past max.poll.interval
        std::optional<core::Instant> last_commit;
        std::vector<std::int32_t> lanes;
        double work = 0.0;          ///< [s] service done
        double rate = 0.0;          ///< [records/s] of the last step
        std::int64_t capacity = 0;  ///< [servers * 1000]
    };

    struct Group {
        const ConsumerGroup* spec = nullptr;
        flow::Service service;
        bool downstream_down = false;
        double slow_down = 1.0;
        bool coordinator_is_away = false;
        std::int64_t drain_threshold = -1;
        std::int32_t lanes = 0;
        std::int32_t lanes_not_consuming = 0;
        std::int64_t capacity = 0;
        double lag_area = 0.0;  ///< [records * s]
        double work = 0.0;      ///< [s] of processes that are gone
        double wasted = 0.0;    ///< [s]
        double retries = 0.0;
        double dead_lettered = 0.0;
        double rebalance_pause = 0.0;   ///< [lanes * s]
        double capacity_time = 0.0;     ///< [servers * 1000 * s]
        std::int64_t settled = 0;       ///< whole records that have a fate other than lost
        std::int64_t dead_letters = 0;  ///< of them
        double lag = 0.0;
        std::optional<core::Instant> above_since;
        core::Duration longest_above{0};
        std::int64_t produced_at_warmup = 0;
        std::int64_t finished_at_warmup = 0;
        flow::Sojourns sojourns;
        LatencyHistogram latency;
    };

    /// How a process's servers are divided among its partitions in one step. A record takes
    /// `per_record` of the servers' time and keeps its partition for `beside` more.
    struct Division {
        double servers = 0.0;     ///< to divide; infinite where each partition has its own
        double used = 0.0;        ///< of them
        double fair_rate = 0.0;   ///< [records/s] that every partition may have
        double per_record = 0.0;  ///< [server * s]
        double beside = 0.0;      ///< [s]
        /// [records/s] of a partition that always has some and may use so many servers.
        [[nodiscard]] double rate(double servers_left) const;
    };

    /// What a partition is going through.
    struct Step {
        core::Instant to;
        double seconds = 0.0;
        bool at_rest = false;
        double load = 0.0;
    };

    // flow_steps.cc
    void move_to(core::Instant time);
    void grow_logs(core::Instant time);
    void publish();
    void step_process(Process& owner, core::Instant to, double seconds);
    [[nodiscard]] Division divide(const Process& owner, double seconds);
    void step_lane(Lane& lane, double service_rate, core::Instant to, double seconds);
    void rest_lane(Lane& lane, double seconds);
    void serve(Lane& lane, double records, const Step& step);
    void note_latency(Lane& lane, double from, double position_before, const Step& step);
    [[nodiscard]] bool works(const Lane& lane, const Process& owner) const;
    [[nodiscard]] double servers_of(const Process& process) const;
    [[nodiscard]] double wanted_rate(const Lane& lane, double service_rate, double seconds) const;
    [[nodiscard]] double variability(const Lane& lane, double service_rate) const;
    void settle_groups();
    void watch_lag(core::Instant from, core::Instant to);

    // flow_commits.cc
    void commit_lane(Lane& lane, Process& owner, double position_before, core::Instant to,
                     double seconds);
    [[nodiscard]] std::optional<core::Instant> last_tick(const Process& owner,
                                                         core::Instant to) const;
    [[nodiscard]] double committable(const Lane& lane) const;
    [[nodiscard]] double behind_by_count(const Lane& lane, const Process& owner) const;
    [[nodiscard]] bool takes_commits(const Lane& lane) const;
    [[nodiscard]] double uncommitted(const Lane& lane, double position) const;
    bool apply_commit(Lane& lane, double offset) const;
    void finish_in_hand(Lane& lane);

    // flow_leases.cc
    [[nodiscard]] std::optional<double> start_position(const Lane& lane) const;
    [[nodiscard]] bool has_valid_commit(const Lane& lane) const;
    static void lose(Lane& lane, double below, LossCause cause, core::Instant now);
    void lose_committed(Lane& lane, core::Instant now) const;
    void reset_position(Lane& lane, core::Instant now);
    void end_lease(Lane& lane, DuplicateCause cause);
    static void begin_redo(Lane& lane);
    static void close_redo(Lane& lane);
    void set_consuming(Lane& lane, bool consuming);
    void capacity_changed(Process& owner);
    [[nodiscard]] double time_in_hand(const Process& owner,
                                      std::span<const std::int32_t> lanes) const;
    [[nodiscard]] double chance_of_work(std::span<const std::int32_t> lanes) const;
    void plan_drain(Process& owner);
    void renew_service(std::int32_t group);

    // flow_records.cc
    [[nodiscard]] core::Instant next_wakeup() const;
    void wake();
    void wake_process(ProcessId id);
    void on_warmup();
    [[nodiscard]] bool has_leader(const Log& log) const { return !broker_down_ && !log.leaderless; }
    [[nodiscard]] std::int64_t produced(std::int32_t group) const;
    [[nodiscard]] static std::int64_t whole(double offset);

    [[nodiscard]] Log& log_of(const Lane& lane) {
        return logs_[static_cast<std::size_t>(lane.log)];
    }
    [[nodiscard]] const Log& log_of(const Lane& lane) const {
        return logs_[static_cast<std::size_t>(lane.log)];
    }
    [[nodiscard]] Group& group_of(const Lane& lane) {
        return groups_[static_cast<std::size_t>(lane.group)];
    }
    [[nodiscard]] const Group& group_of(const Lane& lane) const {
        return groups_[static_cast<std::size_t>(lane.group)];
    }
    [[nodiscard]] Lane& lane_at(std::int32_t lane) {
        return lanes_[static_cast<std::size_t>(lane)];
    }
    [[nodiscard]] const Lane& lane_at(std::int32_t lane) const {
        return lanes_[static_cast<std::size_t>(lane)];
    }
    [[nodiscard]] Process& process(ProcessId id) {
        return processes_[static_cast<std::size_t>(id)];
    }

    const Scenario& scenario_;
    const LaneMap& map_;
    core::Instant warmup_;
    core::Instant now_;
    flow::Traffic traffic_;
    std::vector<Log> logs_;
    std::vector<Lane> lanes_;
    std::vector<Group> groups_;
    std::vector<Process> processes_;
    std::vector<ProcessId> running_;  ///< those that are alive, in order of start
    std::vector<RecordNotice> notices_;
    std::vector<double> sent_;               ///< by log, of the present step
    std::vector<double> wanted_;             ///< [records/s] by lane of the present process
    std::vector<double> before_;             ///< positions by lane of the present process
    core::Instant published_ = core::never;  ///< what is published at this instant is
    bool broker_down_ = false;
    bool warm_ = false;
    std::int64_t steps_ = 0;
};

}  // namespace lagsim::sim
