#include "tests/real/rig_helper.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <numeric>

#include <fmt/core.h>

#include "models/random/philox.h"
#include "sim/scenario/reader.h"

namespace lagsim::sim {
namespace {

using core::Duration;
using core::Instant;
using namespace std::chrono_literals;

constexpr Duration arrival_interval = 50ms;
constexpr std::size_t partitions = 24;

/// When things are done to the group. The first pause leaves room for the initial delay; the second
/// makes all pods equally old for the ReplicaSet controller, so that any of them may be the one
/// that leaves.
struct Timeline {
    std::array<Instant, 3> events;
    Instant end;
};

Timeline timeline_of(const Setup& setup, std::int32_t run) {
    const Duration heartbeat = std::chrono::milliseconds(setup.heartbeat_ms);
    const Duration session = std::chrono::milliseconds(setup.session_ms);
    // Over the runs each event meets every 32nd of the interval once: the times add up to 1, 3
    // and 5 such parts a run, and these are prime to 32.
    const auto phase = [&](std::int32_t step) {
        return heartbeat * (2 * ((run * step) % runs_of_setup) + 1) / (2 * runs_of_setup);
    };
    Timeline timeline;
    timeline.events[0] = Instant{9s + phase(1)};
    timeline.events[1] = timeline.events[0] + 36s + phase(2);
    timeline.events[2] = timeline.events[1] + 2 * heartbeat + 5s + phase(2);
    // A pod commits every 0.4 s: the kills meet all stages between two commits.
    timeline.events[2] += 13'100us * run;
    timeline.end = timeline.events[2] + session + 2 * heartbeat + session / 4 + 4s;
    return timeline;
}

std::string protocol_of(const Setup& setup) {
    const bool consumer = setup.mode == "consumer";
    return fmt::format(
        "{{kind: {}, assignor: {}, client: librdkafka, sessionTimeout: {}ms, heartbeatInterval: "
        "{}ms}}",
        consumer ? "consumer" : "classic", consumer ? "uniform" : setup.mode, setup.session_ms,
        setup.heartbeat_ms);
}

/// Workers commit every 50 records; poll, log and commit cost 0.2 ms a record beside the sleep of
/// 2 ms (shared semantics 8.2). Processes start within some tenths of a second of each other.
std::string text_of(const Setup& setup, const Timeline& timeline) {
    const auto seconds = [](Instant time) { return core::seconds(time - Instant{}); };
    return fmt::format(
        "apiVersion: lagsim/v1\n"
        "kind: Scenario\n"
        "spec:\n"
        "  duration: {:.6f}s\n"
        "  sampleInterval: 5s\n"
        "  topics: {{t: {{partitions: 24}}}}\n"
        "  producers: [{{topic: t, rate: 480/s, arrivals: constant, partitioner: round-robin}}]\n"
        "  consumers:\n"
        "    - group: g\n"
        "      replicas: [{{at: 0s, count: {}}}, {{at: {:.6f}s, count: {}}}, {{at: {:.6f}s, "
        "count: {}}}]\n"
        "      concurrency: pod\n"
        "      serviceTime: 2.2ms\n"
        "      commit: {{every: 50 records}}\n"
        "      protocol: {}\n"
        "      overheads: measured\n"
        "      podStartup: {{distribution: uniform, mean: 250ms, cv: 0.4}}\n"
        "  faults: [{{at: {:.6f}s, kind: pod-crash, restart: none}}]\n",
        seconds(timeline.end), setup.members, seconds(timeline.events[0]), setup.members + 1,
        seconds(timeline.events[1]), setup.members, protocol_of(setup),
        seconds(timeline.events[2]));
}

/// What a seed makes of the pods of a setup: processes are numbered as pods start.
class Draw {
  public:
    Draw(std::uint64_t seed, std::int32_t members) : streams_(seed, 0), members_(members) {}
    [[nodiscard]] bool members_in_order() const {
        std::uint64_t last = 0;
        for (std::int32_t process = 0; process <= members_; ++process) {
            const models::Block block = block_of(process, models::Purpose::member_id);
            const std::uint64_t order = (std::uint64_t{block[0]} << 32) | block[1];
            if (order < last) {
                return false;
            }
            last = order;
        }
        return true;
    }
    /// The second process leaves: of pods equally old the lowest uid. The third is killed.
    [[nodiscard]] bool second_leaves_and_third_dies() const {
        std::vector<std::int32_t> started(static_cast<std::size_t>(members_));
        std::iota(started.begin(), started.end(), 0);
        std::ranges::sort(started, {}, [&](std::int32_t pod) {
            return block_of(pod, models::Purpose::pod_startup)[0];
        });
        for (std::int32_t pod = 0; pod <= members_; ++pod) {
            if (block_of(pod, models::Purpose::victim)[0] <
                block_of(started[1], models::Purpose::victim)[0]) {
                return false;
            }
        }
        const std::uint64_t word = block_of(0, models::Purpose::fault)[0];
        auto victim = static_cast<std::int32_t>((word * static_cast<std::uint64_t>(members_)) >>
                                                32);  // among those still there
        victim += victim >= started[1] ? 1 : 0;
        return victim == started[2];
    }

  private:
    [[nodiscard]] models::Block block_of(std::int32_t index, models::Purpose purpose) const {
        return streams_.block(static_cast<std::uint64_t>(index), 0, purpose);
    }
    models::RandomStreams streams_;
    std::int32_t members_;
};

/// The measured workers are named m0, m1 ..., so assignors sort them as they were started; m1
/// leaves and m2 dies. Which partitions move depends on that for the assignors that forget, so
/// their runs share the first seed that draws the same. The others take any seed.
std::uint64_t seed_as_measured(std::int32_t members) {
    std::uint64_t seed = 1;
    while (!Draw(seed, members).members_in_order() ||
           !Draw(seed, members).second_leaves_and_third_dies()) {
        ++seed;
    }
    return seed;
}

ReplicationResult run(const Scenario& scenario, RecordLog& log) {
    RunControl control;
    control.observer = &log;
    auto result = run_replication(scenario, 0, EngineKind::reference, control);
    return std::move(*result);
}

/// Pod that owned the lane at `time` (after what happened then), -1 = none yet.
std::int32_t owner_at(const ReplicationResult& result, std::size_t lane, Instant time) {
    std::int32_t owner = -1;
    for (const Event& event : result.events) {
        if (event.time > time) {
            break;
        }
        if (event.kind == EventKind::partition_assigned &&
            event.lane == static_cast<std::int32_t>(lane)) {
            owner = event.pod;
        }
    }
    return owner;
}

void add_pauses(Pauses& pauses, std::vector<double> seconds) {
    if (!seconds.empty()) {
        std::ranges::sort(seconds);
        pauses.add_run(median_of(seconds), seconds.front(), seconds.back(),
                       static_cast<std::int64_t>(seconds.size()));
    }
}

void add_phase(PhasePauses& phase, const ReplicationResult& result, const RecordLog& log,
               Instant from, Instant to) {
    std::vector<double> moved;
    std::vector<double> kept;
    for (std::size_t lane = 0; lane < partitions; ++lane) {
        const double pause = core::seconds(log.longest_gap(lane, from, to) - arrival_interval);
        const bool same = owner_at(result, lane, from) == owner_at(result, lane, to);
        (same ? kept : moved).push_back(pause);
    }
    add_pauses(phase.moved, std::move(moved));
    add_pauses(phase.kept, std::move(kept));
}

DetectionRun detection_of(const ReplicationResult& result, const RecordLog& log, Instant kill) {
    std::vector<std::int32_t> pod_of_process;
    std::int32_t victim = -1;
    Instant removed = core::never;
    Instant reaction = core::never;
    for (const Event& event : result.events) {
        if (event.kind == EventKind::pod_started) {
            pod_of_process.push_back(event.pod);
        } else if (event.kind == EventKind::pod_crashed) {
            victim = event.pod;
        } else if (event.kind == EventKind::member_expired) {
            removed = event.time;
        } else if (removed != core::never && reaction == core::never &&
                   (event.kind == EventKind::partition_revoked ||
                    event.kind == EventKind::partition_assigned)) {
            reaction = event.time;
        }
    }
    const auto process = std::ranges::find(pod_of_process, victim) - pod_of_process.begin();
    // The worker has written down when its commit was answered, half a commit latency later.
    const Instant commit = log.last_commit(static_cast<ProcessId>(process)) + 3ms;
    return {.removed_after_kill = core::seconds(removed - kill),
            .removed_after_commit = core::seconds(removed - commit),
            .reaction = core::seconds(reaction - removed)};
}

void add_run(SimulatedRuns& runs, const ReplicationResult& result, const RecordLog& log,
             const Timeline& timeline) {
    for (std::size_t phase = 0; phase < phase_names.size(); ++phase) {
        const Instant to =
            phase + 1 < phase_names.size() ? timeline.events[phase + 1] - 1ms : timeline.end;
        add_phase(runs.phases[phase], result, log, timeline.events[phase] - 1ms, to);
    }
    std::int64_t of_kill = 0;
    for (const LedgerInterval& interval : result.duplicates) {
        const std::int64_t count = interval.last - interval.first + 1;
        if (interval.cause == static_cast<std::uint8_t>(DuplicateCause::crash)) {
            of_kill += count;
        } else {
            runs.duplicates_elsewhere += count;
        }
    }
    runs.duplicates.push_back(static_cast<double>(of_kill));
    runs.lost += result.totals[0].ledger.lost;
    runs.detections.push_back(detection_of(result, log, timeline.events[2]));
}

}  // namespace

Scenario scenario_of(const std::string& text) {
    auto file = read_scenario_text(text, "measured.yaml", ".");
    if (!file) {
        for (const Diagnostic& diagnostic : file.error()) {
            std::cerr << diagnostic.message << '\n';
        }
        std::abort();
    }
    return std::move(file->scenario);
}

void RecordLog::finished(ProcessId process, std::int32_t lane, core::Offset offset, Instant now) {
    finishes[static_cast<std::size_t>(lane)].push_back({now, offset, process});
}

void RecordLog::committed(ProcessId process, std::int32_t, Instant now) {
    const auto index = static_cast<std::size_t>(process);
    if (commits_.size() <= index) {
        commits_.resize(index + 1);
    }
    commits_[index] = now;
}

Duration RecordLog::longest_gap(std::size_t lane, Instant from, Instant to) const {
    Duration longest{0};
    const std::vector<Finish>& all = finishes[lane];
    for (std::size_t i = 1; i < all.size(); ++i) {
        if (all[i].time >= from && all[i].time <= to) {
            longest = std::max(longest, all[i].time - all[i - 1].time);
        }
    }
    return longest;
}

Instant RecordLog::last_commit(ProcessId process) const {
    return commits_.at(static_cast<std::size_t>(process));
}

SimulatedRuns simulate(const Setup& setup) {
    SimulatedRuns runs;
    const bool forgets = setup.mode == "range" || setup.mode == "roundrobin";
    const std::uint64_t same_seed = forgets ? seed_as_measured(setup.members) : 0;
    for (std::int32_t i = 0; i < runs_of_setup; ++i) {
        const Timeline timeline = timeline_of(setup, i);
        Scenario scenario = scenario_of(text_of(setup, timeline));
        scenario.consumers[0].overheads.commit_mode =
            setup.commit == "sync" ? Overheads::CommitMode::sync : Overheads::CommitMode::async;
        scenario.seed = forgets ? same_seed : static_cast<std::uint64_t>(i) + 1;
        RecordLog log(partitions);
        const ReplicationResult result = run(scenario, log);
        add_run(runs, result, log, timeline);
    }
    return runs;
}

KillCounts kill_one(const std::string& commit, const std::string& service, Duration kill) {
    const std::string text = fmt::format(
        "apiVersion: lagsim/v1\n"
        "kind: Scenario\n"
        "spec:\n"
        "  duration: 32s\n"
        "  sampleInterval: 5s\n"
        "  topics: {{t: {{partitions: 24}}}}\n"
        "  producers: [{{topic: t, rate: 480/s, arrivals: constant, partitioner: round-robin}}]\n"
        "  consumers:\n"
        "    - group: g\n"
        "      replicas: 4\n"
        "      concurrency: pod\n"
        "      serviceTime: {}\n"
        "      commit: {}\n"
        "      protocol: {{client: librdkafka, sessionTimeout: 10s}}\n"
        "      overheads: measured\n"
        "  faults: [{{at: {:.6f}s, kind: pod-crash, restart: none}}]\n",
        service, commit, core::seconds(12s + kill));
    Scenario scenario = scenario_of(text);
    scenario.consumers[0].overheads.commit_mode = Overheads::CommitMode::sync;
    RecordLog log(partitions);
    const LedgerCounts& ledger = run(scenario, log).totals[0].ledger;
    return {.duplicates = ledger.duplicates, .lost = ledger.lost};
}

SaramaCounts simulate_sarama(const std::string& commit, const std::vector<double>& snapshot_times) {
    const std::string text = fmt::format(
        "apiVersion: lagsim/v1\n"
        "kind: Scenario\n"
        "spec:\n"
        "  duration: {:.6f}s\n"
        "  sampleInterval: 10ms\n"
        "  topics: {{t: {{partitions: 24}}}}\n"
        "  producers: [{{topic: t, rate: 480/s, arrivals: constant, partitioner: round-robin}}]\n"
        "  consumers:\n"
        "    - group: g\n"
        "      replicas: [{{at: 0s, count: 1}}, {{at: 12s, count: 2}}, {{at: 24s, count: 1}}, "
        "{{at: 32s, count: 2}}]\n"
        "      serviceTime: 2.2ms\n"
        "      commit: {}\n"
        "      protocol: {{client: sarama}}\n"
        "      overheads: measured\n",
        snapshot_times.back(), commit);
    RecordLog log(partitions);
    const ReplicationResult result = run(scenario_of(text), log);
    const LedgerCounts& ledger = result.totals[0].ledger;
    SaramaCounts counts{.executions = ledger.finished + ledger.duplicates,
                        .duplicates = ledger.duplicates,
                        .lost = ledger.lost,
                        .committed = {},
                        .lag = {}};
    for (const double time : snapshot_times) {
        const std::size_t sample =
            std::min(static_cast<std::size_t>(time * 100.0), result.sample_times.size() - 1);
        std::int64_t committed = 0;
        for (std::size_t lane = 0; lane < partitions; ++lane) {
            committed += std::max<std::int64_t>(
                0, result.lanes.committed_offset[sample * partitions + lane]);
        }
        counts.committed.push_back(static_cast<double>(committed));
        counts.lag.push_back(static_cast<double>(result.groups.lag_total[sample]));
    }
    return counts;
}

}  // namespace lagsim::sim
