/// KEDA's external-scaler contract, served from KafkaScaler. One scaler a ScaledObject and
/// metadata: changed metadata is a new scaler without memory, as in KEDA.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>

#include "external_scaler.grpc.pb.h"
#include "production/external_scaler/broker_reader.h"
#include "production/external_scaler/kafka_scaler.h"

namespace lagsim::production {

class ExternalScalerService final : public externalscaler::ExternalScaler::Service {
  public:
    ExternalScalerService(BrokerReader& reader, PolicyFolder& policies,
                          std::chrono::milliseconds push_interval)
        : reader_(reader), policies_(policies), push_interval_(push_interval) {}

    grpc::Status IsActive(grpc::ServerContext* context,
                          const externalscaler::ScaledObjectRef* request,
                          externalscaler::IsActiveResponse* response) override;
    grpc::Status StreamIsActive(
        grpc::ServerContext* context, const externalscaler::ScaledObjectRef* request,
        grpc::ServerWriter<externalscaler::IsActiveResponse>* writer) override;
    grpc::Status GetMetricSpec(grpc::ServerContext* context,
                               const externalscaler::ScaledObjectRef* request,
                               externalscaler::GetMetricSpecResponse* response) override;
    grpc::Status GetMetrics(grpc::ServerContext* context,
                            const externalscaler::GetMetricsRequest* request,
                            externalscaler::GetMetricsResponse* response) override;

    /// Streams end, so that the server can.
    void stop() { stopping_ = true; }

  private:
    /// The scaler of one ScaledObject and the lock that keeps its calls apart.
    struct Entry {
        std::mutex mutex;
        std::map<std::string, std::string> metadata;
        KafkaScaler scaler;
        Entry(std::map<std::string, std::string> values, KafkaScaler made)
            : metadata(std::move(values)), scaler(std::move(made)) {}
    };
    /// Streams keep their own, so that their looks do not take a poll's reading.
    enum class Purpose : std::uint8_t { poll, stream };
    using Name = std::tuple<Purpose, std::string, std::string, std::string>;

    [[nodiscard]] std::expected<std::shared_ptr<Entry>, ScalerError> entry_of(
        const externalscaler::ScaledObjectRef& reference, Purpose purpose);

    BrokerReader& reader_;
    PolicyFolder& policies_;
    std::chrono::milliseconds push_interval_;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::map<Name, std::shared_ptr<Entry>> entries_;
};

}  // namespace lagsim::production
