/// A recording of one consumer group on one grid of instants, cleaned: repeated and unordered
/// samples, gaps and resets of offsets are dealt with here and named in `notes`.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "sim/calibrate/raw_recording.h"

namespace lagsim::sim {

/// Values on the grid; NaN = not known there.
struct RecordedPartition {
    std::int32_t number = 0;
    /// Never decreases: after a reset it goes on where it was. NaN only before the first sample.
    std::vector<double> log_end_offset;
    std::vector<double> committed_offset;  ///< moved by the same resets
};

struct RecordedTopic {
    std::string name;
    std::vector<RecordedPartition> partitions;  ///< from 0 on, without holes
};

struct Recording {
    std::string group;
    double origin = 0.0;  ///< [s] the files' time of the first instant of the grid
    double step = 0.0;    ///< [s] of the grid: the median distance of samples
    std::size_t instants = 0;
    std::vector<RecordedTopic> topics;
    // On the grid, of the group's pods; NaN = not known. Empty = never known.
    std::vector<double> replicas;
    std::vector<double> ready_replicas;
    std::vector<double> desired_replicas;
    std::vector<std::string> notes;  ///< what was found and mended, in sentences
};

/// Which of several; empty = the only one.
struct RecordingChoice {
    std::string group;
    std::string deployment;
};

/// The errors are sentences: nothing to calibrate from, or a choice to be made.
[[nodiscard]] std::expected<Recording, std::vector<std::string>> clean_recording(
    const RawRecording& raw, const RecordingChoice& choice);

}  // namespace lagsim::sim
