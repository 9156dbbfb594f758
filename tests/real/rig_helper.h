/// The measurement again, in the engine: the same load, the same events, the same statistics.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/engine/engine.h"
#include "sim/engine/record_plane.h"
#include "tests/real/measured_helper.h"

namespace lagsim::sim {

/// Runs of a setup; their events come at phases spread evenly over the heartbeat interval.
inline constexpr std::int32_t runs_of_setup = 32;

/// Ends the test program if the text is no valid scenario.
[[nodiscard]] Scenario scenario_of(const std::string& text);

/// Writes down when each record was finished and by whom, and each commit.
class RecordLog final : public RecordObserver {
  public:
    struct Finish {
        core::Instant time;
        core::Offset offset;
        ProcessId process = -1;
    };
    explicit RecordLog(std::size_t lanes) : finishes(lanes) {}
    void finished(ProcessId process, std::int32_t lane, core::Offset offset,
                  core::Instant now) override;
    void committed(ProcessId process, std::int32_t lane, core::Instant now) override;
    /// Longest time between two finishes of the lane of which the second is in [from, to].
    [[nodiscard]] core::Duration longest_gap(std::size_t lane, core::Instant from,
                                             core::Instant to) const;
    [[nodiscard]] core::Instant last_commit(ProcessId process) const;

    std::vector<std::vector<Finish>> finishes;  ///< by lane
  private:
    std::vector<core::Instant> commits_;  ///< last one, by process
};

struct DetectionRun {
    double removed_after_kill = 0.0;
    double removed_after_commit = 0.0;
    double reaction = 0.0;
};

struct SimulatedRuns {
    std::array<PhasePauses, 3> phases;
    std::vector<double> duplicates;
    std::int64_t duplicates_elsewhere = 0;
    std::int64_t lost = 0;
    std::vector<DetectionRun> detections;
};

/// `runs_of_setup` runs of a measured setup.
[[nodiscard]] SimulatedRuns simulate(const Setup& setup);

/// Duplicates and losses of one SIGKILL of one of four pods, `kill` after 12 s.
struct KillCounts {
    std::int64_t duplicates = 0;
    std::int64_t lost = 0;
};
[[nodiscard]] KillCounts kill_one(const std::string& commit, const std::string& service,
                                  core::Duration kill);

/// The run of sarama.json with this commit policy: one member, a second from 12 s on, one leaves at
/// 24 s and comes back at 32 s.
struct SaramaCounts {
    std::int64_t executions = 0;
    std::int64_t duplicates = 0;
    std::int64_t lost = 0;
    std::vector<double> committed;  ///< at the snapshots
    std::vector<double> lag;
};
[[nodiscard]] SaramaCounts simulate_sarama(const std::string& commit,
                                           const std::vector<double>& snapshot_times);

}  // namespace lagsim::sim
