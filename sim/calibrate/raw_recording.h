/// What recordings of a real consumer group say, before it is known which group is meant: samples
/// by quantity, group, topic and partition, as the files give them.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/scenario/diagnostics.h"

namespace lagsim::sim {

enum class Quantity : std::uint8_t {
    log_end_offset,
    committed_offset,
    lag,               ///< [records] log end - committed
    replicas,          ///< pods that exist
    ready_replicas,    ///< pods that are Ready
    desired_replicas,  ///< pods asked for
};

struct SeriesKey {
    Quantity quantity = Quantity::log_end_offset;
    /// Consumer group of offsets and lag, Deployment or HPA of replicas; empty = not said.
    std::string owner;
    std::string topic;            ///< empty = not said
    std::int32_t partition = -1;  ///< -1 = a quantity without partitions
    auto operator<=>(const SeriesKey&) const = default;
};

/// A value from a time on; the clock is the file's own.
struct Sample {
    double seconds = 0.0;
    double value = 0.0;  ///< NaN = none
};

struct RawRecording {
    std::map<SeriesKey, std::vector<Sample>> series;  ///< samples in the order of the files
    std::vector<Diagnostic> warnings;
};

/// Mistakes in a file: reported all at once, but not without end.
inline constexpr std::size_t recording_diagnostics_max = 20;

/// Adds the samples of a response of Prometheus' `/api/v1/query_range`, of several after one
/// another, or of a JSON array of them. Known are the metrics of kafka-exporter, KMinion,
/// kafka-lag-exporter, the Java client (by JMX or Micrometer) and kube-state-metrics; a series of
/// another name is a warning. Returns what is wrong, empty if nothing. `file` names the text in
/// messages.
[[nodiscard]] std::vector<Diagnostic> read_prometheus_json(const std::string& text,
                                                           const std::string& file,
                                                           RawRecording& into);

/// Adds the rows of a CSV file: columns are found by the names that `export csv` and
/// `autoscale --lag` use, in any order; other columns are ignored.
[[nodiscard]] std::vector<Diagnostic> read_recording_csv(const std::string& text,
                                                         const std::string& file,
                                                         RawRecording& into);

}  // namespace lagsim::sim
