/// The command line of lagsim-external-scaler.
#pragma once

#include <chrono>
#include <expected>
#include <map>
#include <string>
#include <vector>

namespace lagsim::production {

struct ScalerOptions {
    std::string listen = "0.0.0.0:6000";
    std::string policies;                            ///< folder; empty = none
    std::chrono::milliseconds broker_timeout{5000};  ///< of one request
    std::chrono::milliseconds push_interval{5000};   ///< how often a stream looks
    std::map<std::string, std::string> properties;   ///< librdkafka's, e.g. security.protocol
    bool help = false;
};

/// The error is a sentence for the user.
[[nodiscard]] std::expected<ScalerOptions, std::string> parse_scaler_options(
    const std::vector<std::string>& arguments);
[[nodiscard]] std::string scaler_help();

}  // namespace lagsim::production
