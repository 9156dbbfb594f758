#include "sim/engine/engine.h"

#include <memory>

#include "sim/engine/control/control_plane.h"
#include "sim/engine/flow/flow_records.h"
#include "sim/engine/lanes/lane_records.h"
#include "sim/engine/reference/reference_records.h"

namespace lagsim::sim {

namespace {

/// The control plane is the same for all.
std::unique_ptr<RecordPlane> record_plane(const Scenario& scenario, const LaneMap& map,
                                          const models::RandomStreams& streams, EngineKind engine,
                                          RecordObserver* observer) {
    if (scenario.resolution == Resolution::flow) {
        return std::make_unique<FlowRecords>(scenario, map);
    }
    if (engine == EngineKind::lanes) {
        return std::make_unique<LaneRecords>(scenario, map, streams, observer);
    }
    return std::make_unique<ReferenceRecords>(scenario, map, streams, observer);
}

}  // namespace

std::expected<ReplicationResult, RunError> run_replication(const Scenario& scenario,
                                                           std::uint32_t replication,
                                                           EngineKind engine, RunControl& control) {
    const LaneMap map(scenario);
    const models::RandomStreams streams(scenario.seed, replication);
    const std::unique_ptr<RecordPlane> records =
        record_plane(scenario, map, streams, engine, control.observer);
    ControlPlane plane(scenario, map, *records, streams, control);
    ReplicationResult result;
    result.replication = replication;
    if (!plane.run(result)) {
        return std::unexpected(RunError::stopped);
    }
    return result;
}

}  // namespace lagsim::sim
