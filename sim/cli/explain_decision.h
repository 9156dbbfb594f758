/// `lagsim explain decision FILE.h5 --at TIME`: why the replica count changed then.
#pragma once

#include "sim/cli/command.h"

namespace lagsim::cli {

[[nodiscard]] CommandResult explain_decision(const Invocation& call);

}  // namespace lagsim::cli
