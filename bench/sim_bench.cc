// What a record costs in an engine, and what reading a scenario costs.

#include <cstdio>
#include <cstdlib>
#include <string>

#include "bench/harness.h"
#include "sim/engine/engine.h"
#include "sim/results/latency_histogram.h"
#include "sim/scenario/reader.h"

namespace lagsim::bench {
namespace {

constexpr const char* steady = R"(# One partition a server, at 80 % load.
apiVersion: lagsim/v1
kind: Scenario
metadata: {name: bench}
spec:
  duration: 100s
  topics: {orders: {partitions: 8}}
  producers: [{topic: orders, rate: 800/s}]
  consumers:
    - group: workers
      replicas: 4
      serviceTime: {distribution: exponential, mean: 8ms}
)";

sim::Scenario scenario() {
    const auto file = sim::read_scenario_text(steady, "bench", ".");
    if (!file) {
        std::fprintf(stderr, "the benchmark's scenario is not valid\n");
        std::abort();
    }
    return file->scenario;
}

LAGSIM_BENCH(Reader_SmallScenario, 1, 0x357A87236120BD03U) {
    ResultHash hash;
    hash.add(core::nanoseconds(scenario().duration));
    return hash.value();
}

/// 80 000 records, four pods, one rebalance.
LAGSIM_BENCH(ReferenceEngine_Records, 80'000, 0x5C1A7723EB8D2B5CU) {
    static const sim::Scenario input = scenario();
    sim::RunControl control;
    const auto result = sim::run_replication(input, 0, sim::EngineKind::reference, control);
    ResultHash hash;
    const sim::GroupTotals& totals = result->totals.front();
    hash.add(totals.ledger.produced);
    hash.add(totals.ledger.finished);
    for (const std::int64_t count : totals.latency.counts()) {
        hash.add(count);
    }
    return hash.value();
}

LAGSIM_BENCH(LatencyHistogram_Record, 10'000, 0xCC7D3E14BB5D80E9U) {
    sim::LatencyHistogram histogram;
    for (std::int64_t i = 0; i < 10'000; ++i) {
        histogram.record(
            core::Duration{static_cast<std::int64_t>(static_cast<std::uint32_t>(i) * 0x9E3779B9U)});
    }
    ResultHash hash;
    for (const std::int64_t count : histogram.counts()) {
        hash.add(count);
    }
    return hash.value();
}

}  // namespace
}  // namespace lagsim::bench
