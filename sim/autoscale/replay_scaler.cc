#include <algorithm>
#include <utility>

#include "core/scaling/kafka_trigger.h"
#include "core/scaling/kubernetes_quantity.h"
#include "core/scaling/scaled_object.h"
#include "sim/autoscale/replay_stack.h"

namespace lagsim::sim {
namespace {

using Json = nlohmann::ordered_json;

[[nodiscard]] Json build_error(std::string message) {
    return {{"buildError", std::move(message)}};
}

/// Without full metadata the client registers its topic when it is built, so it must exist.
[[nodiscard]] bool topic_missing(const core::KafkaTriggerParameters& parameters,
                                 const ScalerVector& vector) {
    return !parameters.full_metadata &&
           (vector.calls.empty() ||
            std::ranges::find(vector.calls.front().topics, parameters.topic) ==
                vector.calls.front().topics.end());
}

[[nodiscard]] Json call_json(const core::LagReading& reading) {
    Json json;
    if (reading.error != core::TriggerError::none) {
        json["error"] = core::to_string(reading.error);
        json["metricMilli"] = 0;
        json["metric"] = "";
        json["active"] = false;
        return json;
    }
    json["metricMilli"] = core::reported_milli(reading.lag);
    json["metric"] = core::reported_text(reading.lag);
    json["active"] = reading.active;
    return json;
}

}  // namespace

Json play_scaler(const ScalerVector& vector) {
    const std::string& metric_type = vector.trigger.metric_type;
    if (metric_type == "Utilization") {
        return build_error("error getting scaler metric type");
    }
    const auto parameters = core::parse_kafka_metadata(vector.trigger.metadata);
    if (!parameters) {
        return build_error(parameters.error().front().message);
    }
    if (topic_missing(*parameters, vector)) {
        return build_error("error registering topic metadata for topic " + parameters->topic);
    }
    const core::TriggerParameters trigger{.name = {}, .spec = *parameters};
    Json json;
    json["metricName"] = core::metric_name(trigger, static_cast<std::size_t>(vector.trigger_index));
    // Any metric type but Utilization is passed on as it is; the API server judges it later.
    json["targetType"] = metric_type.empty() ? "AverageValue" : metric_type;
    if (const std::int64_t target = core::milli_target(parameters->lag_threshold); target != 0) {
        json["targetMilli"] = target;
    }
    core::KafkaTrigger scaler(*parameters);
    for (const BrokerImage& call : vector.calls) {
        json["calls"].push_back(call_json(scaler.evaluate(call.state())));
    }
    return json;
}

}  // namespace lagsim::sim
