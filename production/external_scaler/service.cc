#include "production/external_scaler/service.h"

#include <algorithm>
#include <optional>
#include <thread>

namespace lagsim::production {
namespace {

using externalscaler::ScaledObjectRef;

grpc::Status status_of(const ScalerError& error) {
    const grpc::StatusCode code = error.kind == ScalerError::Kind::bad_metadata
                                      ? grpc::StatusCode::INVALID_ARGUMENT
                                      : grpc::StatusCode::UNAVAILABLE;
    return {code, error.message};
}

std::map<std::string, std::string> metadata_of(const ScaledObjectRef& reference) {
    return {reference.scalermetadata().begin(), reference.scalermetadata().end()};
}

/// A ScaledObject may have several triggers of type external: they differ in what they look at.
std::string trigger_of(const std::map<std::string, std::string>& metadata) {
    const auto value = [&metadata](const char* key) {
        const auto found = metadata.find(key);
        return found == metadata.end() ? std::string() : found->second;
    };
    return value("consumerGroup") + '\n' + value("topic") + '\n' + value("policy");
}

}  // namespace

std::expected<std::shared_ptr<ExternalScalerService::Entry>, ScalerError>
ExternalScalerService::entry_of(const ScaledObjectRef& reference, Purpose purpose) {
    const std::map<std::string, std::string> metadata = metadata_of(reference);
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Entry>& entry =
        entries_[{purpose, reference.namespace_(), reference.name(), trigger_of(metadata)}];
    if (entry == nullptr || entry->metadata != metadata) {
        auto scaler = KafkaScaler::create(metadata, policies_);
        if (!scaler) {
            return std::unexpected(scaler.error());
        }
        entry = std::make_shared<Entry>(metadata, std::move(*scaler));
    }
    return entry;
}

grpc::Status ExternalScalerService::GetMetricSpec(grpc::ServerContext* /*context*/,
                                                  const ScaledObjectRef* request,
                                                  externalscaler::GetMetricSpecResponse* response) {
    const auto entry = entry_of(*request, Purpose::poll);
    if (!entry) {
        return status_of(entry.error());
    }
    const MetricTarget target = (*entry)->scaler.target();
    externalscaler::MetricSpec* spec = response->add_metricspecs();
    spec->set_metricname(target.metric_name);
    spec->set_targetsize(target.threshold);
    return grpc::Status::OK;
}

grpc::Status ExternalScalerService::GetMetrics(grpc::ServerContext* /*context*/,
                                               const externalscaler::GetMetricsRequest* request,
                                               externalscaler::GetMetricsResponse* response) {
    const auto entry = entry_of(request->scaledobjectref(), Purpose::poll);
    if (!entry) {
        return status_of(entry.error());
    }
    const std::lock_guard lock((*entry)->mutex);
    const auto reading = (*entry)->scaler.read(reader_, KafkaScaler::Clock::now());
    if (!reading) {
        return status_of(reading.error());
    }
    externalscaler::MetricValue* value = response->add_metricvalues();
    value->set_metricname(request->metricname());
    value->set_metricvalue(reading->metric);
    return grpc::Status::OK;
}

grpc::Status ExternalScalerService::IsActive(grpc::ServerContext* /*context*/,
                                             const ScaledObjectRef* request,
                                             externalscaler::IsActiveResponse* response) {
    const auto entry = entry_of(*request, Purpose::poll);
    if (!entry) {
        return status_of(entry.error());
    }
    const std::lock_guard lock((*entry)->mutex);
    const auto reading = (*entry)->scaler.read_after_metrics(reader_, KafkaScaler::Clock::now());
    if (!reading) {
        return status_of(reading.error());
    }
    response->set_result(reading->active);
    return grpc::Status::OK;
}

grpc::Status ExternalScalerService::StreamIsActive(
    grpc::ServerContext* context, const ScaledObjectRef* request,
    grpc::ServerWriter<externalscaler::IsActiveResponse>* writer) {
    std::optional<bool> told;
    auto next = KafkaScaler::Clock::now();
    while (!stopping_ && !context->IsCancelled()) {
        if (KafkaScaler::Clock::now() >= next) {
            next += push_interval_;
            const auto entry = entry_of(*request, Purpose::stream);
            if (!entry) {
                return status_of(entry.error());
            }
            const std::lock_guard lock((*entry)->mutex);
            const auto reading = (*entry)->scaler.read(reader_, KafkaScaler::Clock::now());
            if (!reading) {
                return status_of(
                    reading.error());  // KEDA opens the stream again, slower and slower
            }
            if (told != reading->active) {
                told = reading->active;
                externalscaler::IsActiveResponse response;
                response.set_result(*told);
                writer->Write(response);
            }
        }
        std::this_thread::sleep_for(
            std::min<std::chrono::milliseconds>(push_interval_, std::chrono::milliseconds(100)));
    }
    return grpc::Status::OK;
}

}  // namespace lagsim::production
