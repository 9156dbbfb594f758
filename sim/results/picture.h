/// The summary of a run for people at a terminal: the answer first, then the course of the day.
#pragma once

#include <cstddef>
#include <string>

#include "sim/results/run_report.h"

namespace lagsim::sim {

struct PictureStyle {
    bool unicode = true;
    bool color = false;
    std::size_t width = 80;  ///< [columns]
};

[[nodiscard]] std::string picture(const RunReport& report, const PictureStyle& style);

}  // namespace lagsim::sim
