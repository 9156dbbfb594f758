/// A calibration as a scenario that `lagsim run` takes, with its traces.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/calibrate/estimate.h"

namespace lagsim::sim {

struct ScenarioFiles {
    std::string scenario;                                     ///< YAML
    std::vector<std::pair<std::string, std::string>> traces;  ///< file name, CSV
};

struct ScenarioNaming {
    std::string name;                    ///< metadata.name
    std::string trace_stem = "rate";     ///< of the traces' file names
    std::vector<std::string> manifests;  ///< as the scenario shall name them; empty: the recorded
                                         ///< replicas become a schedule
};

[[nodiscard]] ScenarioFiles write_scenario(const Calibration& calibration,
                                           const ScenarioNaming& naming);

}  // namespace lagsim::sim
