#include "models/group/group_coordinator.h"

#include "models/group/classic_coordinator.h"
#include "models/group/consumer_coordinator.h"

namespace lagsim::models {

std::unique_ptr<GroupCoordinator> make_coordinator(const ProtocolParameters& parameters,
                                                   std::vector<std::int32_t> partitions_of_topic,
                                                   const GroupLatencies& latencies) {
    if (parameters.kind != GroupProtocol::classic) {
        return std::make_unique<ConsumerCoordinator>(parameters, std::move(partitions_of_topic),
                                                     latencies);
    }
    return std::make_unique<ClassicCoordinator>(parameters, std::move(partitions_of_topic),
                                                latencies);
}

}  // namespace lagsim::models
