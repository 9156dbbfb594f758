#include "sim/engine/engine.h"

#include "sim/engine/control/control_plane.h"
#include "sim/engine/reference/reference_records.h"

namespace lagsim::sim {

std::expected<ReplicationResult, RunError> run_replication(const Scenario& scenario,
                                                           std::uint32_t replication,
                                                           EngineKind engine, RunControl& control) {
    static_cast<void>(engine);  // one engine so far; others plug in as another RecordPlane
    const LaneMap map(scenario);
    const models::RandomStreams streams(scenario.seed, replication);
    ReferenceRecords records(scenario, map, streams, control.observer);
    ControlPlane plane(scenario, map, records, streams, control);
    ReplicationResult result;
    result.replication = replication;
    if (!plane.run(result)) {
        return std::unexpected(RunError::stopped);
    }
    return result;
}

}  // namespace lagsim::sim
