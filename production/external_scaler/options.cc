#include "production/external_scaler/options.h"

#include <cstdint>
#include <sstream>

#include <boost/program_options.hpp>

namespace lagsim::production {
namespace {

namespace po = boost::program_options;

po::options_description described(ScalerOptions& options, std::vector<std::string>& properties,
                                  std::int32_t& timeout_ms, std::int32_t& push_ms) {
    po::options_description table("Options");
    table.add_options()("help,h", po::bool_switch(&options.help), "this text")(
        "listen",
        po::value(&options.listen)->default_value(options.listen)->value_name("HOST:PORT"),
        "where gRPC is served, health service included")(
        "policies", po::value(&options.policies)->value_name("FOLDER"),
        "where `policy: NAME` of a trigger's metadata is looked up as NAME.so")(
        "broker-timeout-ms", po::value(&timeout_ms)->default_value(timeout_ms)->value_name("N"),
        "of one request to Kafka")("push-interval-ms",
                                   po::value(&push_ms)->default_value(push_ms)->value_name("N"),
                                   "how often an external-push stream asks Kafka")(
        "property,X", po::value(&properties)->value_name("KEY=VALUE"),
        "a setting of librdkafka, e.g. security.protocol=SSL (repeatable)");
    return table;
}

}  // namespace

std::expected<ScalerOptions, std::string> parse_scaler_options(
    const std::vector<std::string>& arguments) {
    ScalerOptions options;
    std::vector<std::string> properties;
    std::int32_t timeout_ms = 5000;
    std::int32_t push_ms = 5000;
    try {
        const po::options_description table = described(options, properties, timeout_ms, push_ms);
        po::variables_map map;
        po::store(po::command_line_parser(arguments)
                      .options(table)
                      .positional(po::positional_options_description())
                      .run(),
                  map);
        po::notify(map);
    } catch (const po::error& error) {
        return std::unexpected(error.what());
    }
    if (timeout_ms < 1 || push_ms < 1) {
        return std::unexpected("a time in milliseconds must be at least 1");
    }
    options.broker_timeout = std::chrono::milliseconds(timeout_ms);
    options.push_interval = std::chrono::milliseconds(push_ms);
    for (const std::string& property : properties) {
        const std::size_t equals = property.find('=');
        if (equals == std::string::npos || equals == 0) {
            return std::unexpected("--property takes KEY=VALUE, not '" + property + "'");
        }
        options.properties[property.substr(0, equals)] = property.substr(equals + 1);
    }
    return options;
}

std::string scaler_help() {
    ScalerOptions options;
    std::vector<std::string> properties;
    std::int32_t timeout_ms = 5000;
    std::int32_t push_ms = 5000;
    std::ostringstream text;
    text << "lagsim-external-scaler: the core's kafka trigger as a KEDA external scaler\n\n"
         << "Usage: lagsim-external-scaler [options]\n\n"
         << described(options, properties, timeout_ms, push_ms);
    return text.str();
}

}  // namespace lagsim::production
