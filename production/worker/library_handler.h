/// A handler that is a function in a shared library (handler_abi.h).
#pragma once

#include <expected>
#include <string>

#include "production/worker/handler.h"

namespace lagsim::production {

/// "PATH[,ARGUMENT]": loads the library once for all threads.
[[nodiscard]] std::expected<HandlerFactory, std::string> library_handlers(const std::string& spec);

}  // namespace lagsim::production
