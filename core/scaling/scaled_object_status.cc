#include "core/scaling/scaled_object_status.h"

#include <cstddef>

namespace lagsim::core {

void patch_status(ScaledObjectStatus& server, const ScaledObjectStatus& original,
                  ScaledObjectStatus& copy) {
    if (copy.health == original.health && copy.conditions == original.conditions) {
        return;
    }
    for (std::size_t i = 0; i < copy.health.size(); ++i) {
        if (copy.health[i].failures != original.health[i].failures) {
            server.health[i].failures = copy.health[i].failures;
        }
        if (copy.health[i].status != original.health[i].status) {
            server.health[i].status = copy.health[i].status;
        }
    }
    if (copy.conditions != original.conditions) {
        server.conditions = copy.conditions;
    }
    copy = server;
}

}  // namespace lagsim::core
