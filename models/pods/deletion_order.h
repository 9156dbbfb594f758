/// Which pods a ReplicaSet deletes first when it shrinks.
/// Source: Kubernetes v1.36 pkg/controller/controller_utils.go ActivePodsWithRanks.Less, with
/// LogarithmicScaleDown.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/time.h"

namespace lagsim::models {

struct PodRank {
    bool assigned = false;  ///< bound to a node
    bool running = false;   ///< phase Running (else Pending)
    bool ready = false;
    std::int32_t on_its_node = 0;  ///< active pods of the same ReplicaSet, itself among them
    core::Instant ready_since;     ///< if ready
    std::int32_t restarts = 0;
    core::Instant created;
    std::uint32_t uid = 0;  ///< random; breaks ties within a power of two of age
};

/// Indices into `pods`, first to be deleted first.
[[nodiscard]] std::vector<std::size_t> deletion_order(std::span<const PodRank> pods,
                                                      core::Instant now);

}  // namespace lagsim::models
