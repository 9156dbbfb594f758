/// What was measured beside what was simulated, and docs/validation.md made of it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/real/measured_helper.h"
#include "tests/real/rig_helper.h"

namespace lagsim::sim {

enum class Verdict : std::uint8_t {
    inside,  ///< the simulated median lies within the range of what was measured
    phase,   ///< it does not, but what was measured lies among what was simulated
    outside
};

/// Pauses of one class of partitions in one phase of one setup.
struct PauseComparison {
    std::string name;  ///< of the row, as in the lists of known deviations
    std::string setup;
    std::string members;
    std::string event;
    std::string partitions;
    std::int32_t runs = 0;
    std::int32_t random_phase = 0;
    Pauses measured;
    Pauses simulated;
    [[nodiscard]] double ratio() const;
    [[nodiscard]] Verdict verdict() const;
};

/// One number beside the range in which it was measured.
struct Figure {
    std::string what;
    std::string measured;
    std::string simulated;
    Verdict verdict = Verdict::outside;
};

struct Validation {
    std::vector<PauseComparison> pooled;  ///< over member counts
    std::vector<PauseComparison> rows;
    std::vector<Figure> detections;
    std::vector<Figure> duplicates;
    std::vector<Figure> losses;
    std::vector<Figure> sarama;
    std::int64_t simulated_kills = 0;
    std::int64_t lost = 0;                  ///< in all simulated runs of a measured setup
    std::int64_t duplicates_elsewhere = 0;  ///< the same, not after a SIGKILL
    std::int64_t most_duplicates = 0;       ///< the same, after one SIGKILL
};

/// Simulates everything that was measured; takes some tens of seconds, once.
[[nodiscard]] const Validation& validation();

/// A row that is not inside, and for one that is outside why.
struct Deviation {
    Verdict verdict = Verdict::outside;
    std::string why;
};
using Deviations = std::map<std::string, Deviation>;

[[nodiscard]] std::string validation_page(const Validation& all, const Deviations& deviations);

}  // namespace lagsim::sim
