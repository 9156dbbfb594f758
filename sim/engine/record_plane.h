/// The two halves of an engine meet here. Control (pods, group, autoscaler, faults, samples) has
/// some 10^5 events a simulated day; records have as many as there is traffic. Control asks the
/// record plane to advance to an instant and then looks at it, or changes who consumes what. How
/// records get there is the plane's own business: one event each (reference), or a tight loop a
/// lane.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/int128.h"
#include "core/quantity.h"
#include "core/time.h"
#include "sim/results/latency_histogram.h"
#include "sim/results/replication_result.h"
#include "sim/scenario/lanes.h"

namespace lagsim::sim {

/// A consumer process: one life of a pod's container. Numbered in order of start, never reused.
using ProcessId = std::int32_t;

/// What a record plane tells control of its own accord.
struct RecordNotice {
    enum class Kind : std::uint8_t {
        drained,       ///< of what the process was told to stop, nothing is left in hand
        poll_turned,   ///< its poll loop came round, as was asked for
        poll_overdue,  ///< its poll loop has not come round for max.poll.interval
        gave_up        ///< a record in its hand cannot be dead-lettered, and its policy is to stop
    } kind = Kind::drained;
    core::Instant time;
    ProcessId process = -1;
};

/// One lane at the instant to which the plane has advanced.
struct LaneView {
    core::Offset log_start;
    core::Offset log_end;
    std::optional<core::Offset> committed;
    /// Lowest offset not finished or dead-lettered by the present owner, behind holes that it
    /// would skip; without one: where the next owner starts.
    core::Offset position;
    [[nodiscard]] core::Records lag() const { return log_end - committed.value_or(log_start); }
};

/// One group's running totals at the instant to which the plane has advanced.
struct GroupCounters {
    std::int64_t produced = 0;
    std::int64_t finished = 0;
    std::int64_t duplicates = 0;
    std::int64_t dead_lettered = 0;
    std::int64_t dead_letter_duplicates = 0;
    std::int64_t dead_lettered_and_finished = 0;
    std::int64_t lost = 0;
    std::int64_t retries = 0;
    std::int64_t lag = 0;
    core::int128 lag_integral = 0;     ///< [records * ns]
    core::int128 busy_time = 0;        ///< [servers * ns * 1000] service done
    core::int128 capacity_time = 0;    ///< [servers * ns * 1000] offered by running processes
    core::int128 rebalance_pause = 0;  ///< [lanes * ns] not consuming
    core::int128 wasted_work = 0;      ///< [ns] service done on attempts that were killed
    core::Duration longest_above{0};  ///< longest stretch with lag above the drain threshold so far
    double drain_threshold = -1.0;    ///< [records]; -1 = none
};

/// How much the counts of a plane that knows only their expectations would vary [records^2].
struct CountVariance {
    double produced = 0.0;
    double lag = 0.0;  ///< partitions taken as independent
};

/// Hears of records as things happen to them: what tests measure pauses with. Called on the thread
/// that runs the replication; the result does not depend on it. The reference engine tells
/// everything in the order of time, the lanes engine only what concerns one lane.
class RecordObserver {
  public:
    RecordObserver() = default;
    RecordObserver(const RecordObserver&) = delete;
    RecordObserver& operator=(const RecordObserver&) = delete;
    virtual ~RecordObserver() = default;
    /// `process` has processed a record with success, for the first time or again.
    virtual void finished(ProcessId process, std::int32_t lane, core::Offset offset,
                          core::Instant now) = 0;
    /// The broker has applied a commit.
    virtual void committed(ProcessId process, std::int32_t lane, core::Instant now) = 0;
};

class RecordPlane {
  public:
    RecordPlane() = default;
    RecordPlane(const RecordPlane&) = delete;
    RecordPlane& operator=(const RecordPlane&) = delete;
    virtual ~RecordPlane() = default;

    /// Everything that happens to records up to and including `until`. Returns earlier, at the
    /// instant it happened, when there is something to tell.
    [[nodiscard]] virtual std::optional<RecordNotice> advance(core::Instant until) = 0;

    // Who consumes what. All at the instant to which the plane has advanced.

    /// A process of `group` is up (not yet in the consumer group).
    virtual void start_process(ProcessId process, std::int32_t group, core::Instant now) = 0;
    /// It owns `lanes` from now on, beside what it had, and consumes them from `fetch_from` on.
    virtual void assign(ProcessId process, std::span<const std::int32_t> lanes, core::Instant now,
                        core::Instant fetch_from) = 0;
    /// No further record of `lanes` is taken in hand before `until`.
    virtual void hold_fetching(ProcessId process, std::span<const std::int32_t> lanes,
                               core::Instant until, core::Instant now) = 0;
    /// No further record of `lanes` is fetched; back-offs are cut or waited for and what is
    /// buffered is worked through as the group's `revoke` says, work in hand is finished. `drained`
    /// will be told, at once where nothing is in hand. What it has in hand of lanes it has lost
    /// before counts as well.
    virtual void stop_fetching(ProcessId process, std::span<const std::int32_t> lanes,
                               core::Instant now) = 0;
    /// The last, synchronous commit of a revoke or a graceful stop; returns when the broker has
    /// answered.
    [[nodiscard]] virtual core::Instant commit_finally(ProcessId process,
                                                       std::span<const std::int32_t> lanes,
                                                       core::Instant now) = 0;
    /// The handlers whose record cannot be dead-lettered put it down, and take nothing more of its
    /// partition.
    virtual void return_claims(ProcessId process, core::Instant now) = 0;
    /// The leases of `lanes` end; what was finished and not committed will be done again, which
    /// `cause` is blamed for.
    virtual void release(ProcessId process, std::span<const std::int32_t> lanes,
                         DuplicateCause cause, core::Instant now) = 0;
    /// While a JoinGroup is parked on the coordinator's connection, commits wait behind it and then
    /// fail.
    virtual void block_commits(ProcessId process, bool blocked, core::Instant now) = 0;
    /// Tells `poll_turned` when the poll loop comes round next: at once, unless its one worker is
    /// busy.
    virtual void ask_for_poll(ProcessId process, core::Instant now) = 0;
    /// The process is gone with all that it had in hand.
    virtual void kill(ProcessId process, DuplicateCause cause, core::Instant now) = 0;
    /// Processing hangs, heartbeats go on.
    virtual void set_frozen(ProcessId process, bool frozen, core::Instant now) = 0;

    // The world around.

    virtual void set_broker_down(bool down, core::Instant now) = 0;
    /// A partition without a leader: nothing is produced to it or fetched from it; commits go on.
    virtual void set_leaderless(std::int32_t log, bool leaderless, core::Instant now) = 0;
    /// The log ends at `end`, if it was longer: what was above has vanished.
    virtual void truncate(std::int32_t log, core::Offset end, LossCause cause,
                          core::Instant now) = 0;
    /// From now on the topic has so many partitions.
    virtual void add_partitions(std::size_t topic, std::int32_t count, core::Instant now) = 0;
    /// Commits of the group fail while its coordinator is away; so do those on their way to it.
    virtual void set_coordinator_away(std::int32_t group, bool away) = 0;
    /// The broker holds no committed offsets of the group any more.
    virtual void forget_commits(std::int32_t group, core::Instant now) = 0;
    virtual void set_dead_letter_down(std::int32_t group, bool down, core::Instant now) = 0;
    virtual void set_downstream_down(std::int32_t group, bool down) = 0;
    /// Service time of attempts that start from now on is multiplied by `factor`.
    virtual void set_slow_down(std::int32_t group, double factor) = 0;
    /// Retention deletes what is below `start`.
    virtual void delete_below(std::int32_t log, core::Offset start, core::Instant now) = 0;

    /// The cleaner goes over the closed segments below `end`; returns how many records it removed.
    virtual core::Records compact_below(std::int32_t log, core::Offset end, core::Instant now) = 0;

    // What can be seen.

    [[nodiscard]] virtual LaneView lane(std::int32_t lane) const = 0;
    [[nodiscard]] virtual core::Offset log_end(std::int32_t log) const = 0;
    /// Where the last `count` records of the log begin; the log's start if it has fewer.
    [[nodiscard]] virtual core::Offset last_records(std::int32_t log, std::int64_t count) const = 0;
    [[nodiscard]] virtual GroupCounters counters(std::int32_t group, core::Instant now) const = 0;
    /// CPU time used by a process since it started [core-ns * 1000], for resource metrics.
    [[nodiscard]] virtual core::int128 cpu_time(ProcessId process, core::Instant now) const = 0;
    [[nodiscard]] virtual std::optional<core::Instant> last_commit(ProcessId process) const = 0;
    [[nodiscard]] virtual const LatencyHistogram& latency(std::int32_t group) const = 0;
    [[nodiscard]] virtual std::int64_t finished_after_warmup(std::int32_t group) const = 0;
    [[nodiscard]] virtual std::int64_t produced_after_warmup(std::int32_t group) const = 0;
    /// Sum of a hash of every finish; does not depend on the order in which lanes were advanced.
    [[nodiscard]] virtual std::uint64_t fingerprint() const = 0;
    /// None: what can be seen are counts of records, not expectations.
    [[nodiscard]] virtual std::optional<CountVariance> variance(std::int32_t group) const {
        static_cast<void>(group);
        return std::nullopt;
    }

    /// Ends the program if an offset is not accounted for.
    virtual void verify_ledger() const = 0;
    /// Settles what can no longer be processed (end of the run) and hands over the intervals.
    virtual void close_ledger(core::Instant end, std::vector<LedgerInterval>& lost,
                              std::vector<LedgerInterval>& duplicates) = 0;
};

}  // namespace lagsim::sim
