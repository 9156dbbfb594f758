#include "production/external_scaler/kafka_scaler.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "core/scaling/metadata.h"
#include "core/scaling/scaled_object.h"

namespace lagsim::production {
namespace {

std::string joined(const core::MetadataErrors& errors) {
    std::string text;
    for (const core::MetadataError& error : errors) {
        text += (text.empty() ? "" : "; ") + error.message;
    }
    return text;
}

/// KEDA has resolved `...FromEnv` before it calls: such a key holds the value itself.
/// Source: parseExternalScalerMetadata of external_scaler.go.
std::map<std::string, std::string> without_from_env(std::map<std::string, std::string> metadata) {
    constexpr std::string_view suffix = "FromEnv";
    std::map<std::string, std::string> plain;
    for (auto& [key, value] : metadata) {
        plain[key.ends_with(suffix) ? key.substr(0, key.size() - suffix.size()) : key] =
            std::move(value);
    }
    return plain;
}

std::vector<lagsim_partition> partitions_of(const BrokerAnswer& answer) {
    std::vector<lagsim_partition> partitions;
    for (const core::BrokerPartition& partition : answer.partitions) {
        partitions.push_back(
            {.topic = answer.topics[static_cast<std::size_t>(partition.topic)].c_str(),
             .partition = partition.id.value(),
             .log_start_offset = partition.start.value(),
             .log_end_offset = partition.end.value(),
             .committed_offset = partition.committed ? partition.committed->value() : -1});
    }
    return partitions;
}

ScalerError unavailable(std::string message) {
    return {.kind = ScalerError::Kind::unavailable, .message = std::move(message)};
}

}  // namespace

KafkaScaler::KafkaScaler(core::KafkaTriggerParameters parameters, BrokerQuestion question,
                         lagsim_policy_function policy)
    : trigger_(std::move(parameters)), question_(std::move(question)), policy_(policy) {}

std::expected<KafkaScaler, ScalerError> KafkaScaler::create(
    const std::map<std::string, std::string>& given, PolicyFolder& policies) {
    const std::map<std::string, std::string> metadata = without_from_env(given);
    auto parameters = core::parse_kafka_metadata({.values = metadata, .environment = {}});
    std::string complaints = parameters ? "" : joined(parameters.error());
    lagsim_policy_function policy = nullptr;
    if (const auto name = metadata.find("policy"); name != metadata.end()) {
        if (const auto found = policies.find(name->second)) {
            policy = *found;
        } else {
            complaints += (complaints.empty() ? "" : "; ") + found.error();
        }
    }
    if (!complaints.empty()) {
        return std::unexpected(
            ScalerError{.kind = ScalerError::Kind::bad_metadata, .message = complaints});
    }
    BrokerQuestion question{.bootstrap_servers = metadata.at("bootstrapServers"),
                            .consumer_group = parameters->consumer_group,
                            .topic = parameters->topic};
    return KafkaScaler(std::move(*parameters), std::move(question), policy);
}

MetricTarget KafkaScaler::target() const {
    core::TriggerParameters trigger;
    trigger.spec = trigger_.parameters();
    const std::string numbered = core::metric_name(trigger, 0);
    return {.metric_name = numbered.substr(numbered.find('-') + 1),
            .threshold = trigger_.parameters().lag_threshold};
}

std::expected<ScalerReading, ScalerError> KafkaScaler::read(BrokerReader& reader,
                                                            Clock::time_point now) {
    fresh_.reset();
    const BrokerAnswer answer = reader.ask(question_);
    const core::LagReading lag = trigger_.evaluate(answer.state());
    if (lag.error != core::TriggerError::none) {
        return std::unexpected(unavailable(std::string(core::to_string(lag.error)) +
                                           (answer.reason.empty() ? "" : ": " + answer.reason)));
    }
    auto reading = policy_ == nullptr
                       ? std::expected<ScalerReading, ScalerError>(ScalerReading{
                             .metric = lag.lag, .total_lag = lag.total_lag, .active = lag.active})
                       : apply_policy(answer, lag);
    if (reading) {
        fresh_ = *reading;
        read_at_ = now;
    }
    return reading;
}

std::expected<ScalerReading, ScalerError> KafkaScaler::apply_policy(
    const BrokerAnswer& answer, const core::LagReading& reading) const {
    const std::vector<lagsim_partition> partitions = partitions_of(answer);
    const lagsim_policy_input input{
        .size = sizeof(lagsim_policy_input),
        .partitions = partitions.data(),
        .partition_count = partitions.size(),
        .lag_threshold = trigger_.parameters().lag_threshold,
        .activation_lag_threshold = trigger_.parameters().activation_lag_threshold,
        .keda_metric = reading.lag};
    lagsim_policy_output output{};
    if (const int failed = policy_(&input, &output); failed != 0) {
        return std::unexpected(unavailable("the policy failed with " + std::to_string(failed)));
    }
    if (output.metric < 0) {
        return std::unexpected(unavailable("the policy answered a negative metric"));
    }
    return ScalerReading{
        .metric = output.metric, .total_lag = reading.total_lag, .active = output.active != 0};
}

std::expected<ScalerReading, ScalerError> KafkaScaler::read_after_metrics(BrokerReader& reader,
                                                                          Clock::time_point now) {
    const std::optional<ScalerReading> made = std::exchange(fresh_, std::nullopt);
    if (made && now - read_at_ < lifetime) {
        return *made;
    }
    auto reading = read(reader, now);
    fresh_.reset();
    return reading;
}

}  // namespace lagsim::production
