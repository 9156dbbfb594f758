/// A calibration for people and for programs.
#pragma once

#include <string>

#include "sim/calibrate/estimate.h"

namespace lagsim::sim {

/// Lines for a terminal.
[[nodiscard]] std::string calibration_words(const Calibration& calibration);

/// One object on one line, schema `lagsim.calibrate/1`; undefined numbers are null.
[[nodiscard]] std::string calibration_json(const Calibration& calibration);

/// One self-contained page with a picture a fit; loads nothing and has no scripts.
[[nodiscard]] std::string calibration_html(const Calibration& calibration);

}  // namespace lagsim::sim
