/// The measured files of tests/real/measured, grouped by what the runs have in common.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace lagsim::sim {

/// Parameters of a run; runs with equal ones are of one class.
struct Setup {
    std::string broker;
    std::string mode;  ///< range, roundrobin, cooperative-sticky; consumer = KIP-848
    std::string commit;
    std::int32_t session_ms = 0;
    std::int32_t heartbeat_ms = 0;
    std::int32_t members = 0;
    friend auto operator<=>(const Setup&, const Setup&) = default;
    friend bool operator==(const Setup&, const Setup&) = default;
};

/// What is done to the group, in this order: n members become n + 1, one of them leaves, one dies.
inline constexpr std::array<const char*, 3> phase_names{"add", "graceful", "sigkill"};

/// Pauses of one class of partitions in one phase [s], over all runs of a setup.
struct Pauses {
    std::vector<double> medians;  ///< of each run
    double low = 0.0;             ///< shortest of all
    double high = 0.0;            ///< longest of all
    std::int64_t count = 0;
    void add_run(double median, double lowest, double highest, std::int64_t pauses);
};

struct PhasePauses {
    Pauses moved;
    Pauses kept;
};

struct SetupRuns {
    Setup setup;
    std::int32_t runs = 0;
    std::int32_t random_phase = 0;  ///< runs whose events came at a random time
    std::array<PhasePauses, 3> phases;
    std::vector<double> duplicates;  ///< of each run's SIGKILL
    std::int64_t duplicates_elsewhere = 0;
    std::int64_t lost = 0;
};
[[nodiscard]] std::vector<SetupRuns> measured_runs();

/// Detection of a SIGKILL, of all runs with one mode, session and heartbeat.
struct Detection {
    std::string mode;
    std::int32_t session_ms = 0;
    std::int32_t heartbeat_ms = 0;
    std::vector<double> removed_after_kill;
    std::vector<double> removed_after_commit;
    std::vector<double> reaction;  ///< of the first survivor, after the removal
};
[[nodiscard]] std::vector<Detection> measured_detections();

/// A run of sarama.json.
struct SaramaRun {
    std::string name;
    std::int64_t executions = 0;
    std::int64_t duplicates = 0;
    std::int64_t lost = 0;
    std::vector<double> snapshot_times;
    std::vector<double> committed;
    std::vector<double> lag;
};
[[nodiscard]] SaramaRun measured_sarama(const std::string& name);

[[nodiscard]] double median_of(std::vector<double> values);

}  // namespace lagsim::sim
