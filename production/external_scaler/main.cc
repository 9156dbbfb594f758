/// lagsim-external-scaler: serves until SIGTERM or SIGINT.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>

#include "production/external_scaler/broker_reader.h"
#include "production/external_scaler/options.h"
#include "production/external_scaler/policy.h"
#include "production/external_scaler/service.h"

namespace {

using namespace lagsim::production;

constexpr int usage_error = 2;

int serve(const ScalerOptions& options, const sigset_t& signals) {
    const std::unique_ptr<BrokerReader> reader =
        kafka_broker_reader(options.broker_timeout, options.properties);
    PolicyFolder policies(options.policies);
    ExternalScalerService service(*reader, policies, options.push_interval);

    // grpc.health.v1, which Kubernetes' gRPC probes ask.
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(options.listen, grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    if (server == nullptr || port == 0) {
        std::fprintf(stderr, "lagsim-external-scaler: cannot listen on %s\n",
                     options.listen.c_str());
        return 1;
    }
    std::printf("{\"event\":\"listening\",\"port\":%d}\n", port);
    std::fflush(stdout);

    int signal = 0;
    sigwait(&signals, &signal);
    service.stop();
    server->GetHealthCheckService()->SetServingStatus(false);
    server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = parse_scaler_options(std::vector<std::string>(argv + 1, argv + argc));
    if (!options) {
        std::fprintf(stderr, "lagsim-external-scaler: %s; see --help\n", options.error().c_str());
        return usage_error;
    }
    if (options->help) {
        std::fputs(scaler_help().c_str(), stdout);
        return 0;
    }
    // Blocked before gRPC starts its threads, so that one place hears them.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return serve(*options, signals);
}
