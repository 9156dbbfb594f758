/// From the axes of a study to its points: which value each axis has at each of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/scenario/reader.h"

namespace lagsim::sim {

/// One point: the texts to `--set`, in the order of the axes.
using SweepValues = std::vector<std::string>;

/// In order: a grid with the last axis fastest, a zip as its lists, a Latin hypercube as drawn.
/// `seed` decides about the Latin hypercube: each axis is cut into `design.points` equal parts (a
/// list into its values), and each part is in one point. The axes have passed the scenario reader.
[[nodiscard]] std::vector<SweepValues> sweep_points(const std::vector<SweepAxis>& axes,
                                                    const SweepDesign& design, std::uint64_t seed);

}  // namespace lagsim::sim
