#include "production/worker/handler.h"

#include <algorithm>

#include "production/worker/command_handler.h"
#include "production/worker/library_handler.h"
#include "production/worker/work_handler.h"

namespace lagsim::production {

std::expected<HandlerFactory, std::string> handler_factory(const std::string& spec) {
    const std::size_t colon = std::min(spec.find(':'), spec.size());
    const std::string kind = spec.substr(0, colon);
    const std::string rest = colon < spec.size() ? spec.substr(colon + 1) : "";
    if (kind == "work") {
        const auto settings = parse_work(rest);
        if (!settings) {
            return std::unexpected(settings.error());
        }
        return [settings = *settings]() -> std::expected<std::unique_ptr<Handler>, std::string> {
            return std::make_unique<WorkHandler>(settings);
        };
    }
    if (kind == "library") {
        return library_handlers(rest);
    }
    if (kind == "command") {
        return command_handlers(rest);
    }
    return std::unexpected("unknown handler '" + kind +
                           "'; expected work:TIME, library:PATH or command:PROGRAM");
}

}  // namespace lagsim::production
