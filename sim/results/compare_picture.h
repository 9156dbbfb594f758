/// `lagsim compare` for people at a terminal: the sentence, what to know about it, and the table.
#pragma once

#include <cstdint>
#include <string>

#include "sim/results/compare_report.h"
#include "sim/results/picture.h"

namespace lagsim::sim {

enum class CompareDetail : std::uint8_t {
    sentence,     ///< and the notes, without which it could mislead
    differences,  ///< and a table of the metrics that differ, the others by name
    everything    ///< and a table of all metrics, and one of what pairing was worth
};

[[nodiscard]] std::string compare_picture(const CompareReport& report, const PictureStyle& style,
                                          CompareDetail detail);

}  // namespace lagsim::sim
