#include "sim/engine/engine.h"

#include <memory>

#include "sim/engine/control/control_plane.h"
#include "sim/engine/lanes/lane_records.h"
#include "sim/engine/reference/reference_records.h"

namespace lagsim::sim {

std::expected<ReplicationResult, RunError> run_replication(const Scenario& scenario,
                                                           std::uint32_t replication,
                                                           EngineKind engine, RunControl& control) {
    const LaneMap map(scenario);
    const models::RandomStreams streams(scenario.seed, replication);
    std::unique_ptr<RecordPlane> records;
    if (engine == EngineKind::lanes) {
        records = std::make_unique<LaneRecords>(scenario, map, streams, control.observer);
    } else {
        records = std::make_unique<ReferenceRecords>(scenario, map, streams, control.observer);
    }
    ControlPlane plane(scenario, map, *records, streams, control);
    ReplicationResult result;
    result.replication = replication;
    if (!plane.run(result)) {
        return std::unexpected(RunError::stopped);
    }
    return result;
}

}  // namespace lagsim::sim
