// What a record costs in an engine, and what reading a scenario costs. Engine_* play the files of
// bench/scenarios with the engine that `lagsim run` takes.

#include <cstdio>
#include <cstdlib>
#include <initializer_list>
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

std::uint64_t hash_of(const sim::ReplicationResult& result) {
    ResultHash hash;
    hash.add(result.fingerprint);
    for (const sim::GroupTotals& totals : result.totals) {
        hash.add(totals.ledger.produced);
        hash.add(totals.ledger.finished);
        for (const std::int64_t count : totals.latency.counts()) {
            hash.add(count);
        }
    }
    return hash.value();
}

std::uint64_t simulate(const sim::Scenario& input, sim::EngineKind engine = sim::default_engine) {
    sim::RunControl control;
    return hash_of(sim::run_replication(input, 0, engine, control).value());
}

/// 80 000 records, four pods, one rebalance.
LAGSIM_BENCH(ReferenceEngine_Records, 80'000, 0x86F7784F98E07F25U) {
    static const sim::Scenario input = scenario();
    return simulate(input, sim::EngineKind::reference);
}

/// A file of the repository with some keys set, so that the bodies below are the rows of
/// script/bench at a size that valgrind can bear.
sim::Scenario shipped(const std::string& path, std::initializer_list<std::string> sets) {
    const auto file =
        sim::read_scenario(LAGSIM_SOURCE_DIR "/" + path, {.overlays = {}, .sets = sets});
    if (!file) {
        std::fprintf(stderr, "%s", sim::render_diagnostics(file.error(), false).c_str());
        std::abort();
    }
    return file->scenario;
}

const std::string service_time = "spec.consumers[0].serviceTime=";

LAGSIM_BENCH(Engine_Lanes, 69'120, 0xD7E475AF37BEC451U) {
    static const auto input = shipped("bench/scenarios/lanes.yaml", {"spec.duration=20s"});
    return simulate(input);
}

LAGSIM_BENCH(Engine_LognormalWork, 69'120, 0xF2FBB4876A16BD8CU) {
    static const auto input = shipped(
        "bench/scenarios/lanes.yaml",
        {"spec.duration=20s", service_time + "{distribution: lognormal, mean: 6.25ms, cv: 0.6}"});
    return simulate(input);
}

LAGSIM_BENCH(Engine_GammaWork, 69'120, 0x854700592F655EF9U) {
    static const auto input = shipped(
        "bench/scenarios/lanes.yaml",
        {"spec.duration=20s", service_time + "{distribution: gamma, mean: 6.25ms, cv: 0.6}"});
    return simulate(input);
}

LAGSIM_BENCH(Engine_SharedCpu, 51'840, 0x489CE93D657610DBU) {
    static const auto input = shipped("bench/scenarios/shared-cpu.yaml", {"spec.duration=60s"});
    return simulate(input);
}

LAGSIM_BENCH(Engine_PodLoop, 51'840, 0x3579B5439179C163U) {
    static const auto input = shipped("bench/scenarios/pod-loop.yaml", {"spec.duration=60s"});
    return simulate(input);
}

LAGSIM_BENCH(Engine_Backlog, 500'000, 0xE5034C6D4D8A925AU) {
    static const auto input = shipped("bench/scenarios/backlog.yaml", {"spec.duration=5s"});
    return simulate(input);
}

/// Four minutes of the article's night: autoscaled, CPU shared, Sarama.
LAGSIM_BENCH(Engine_Article, 140'000, 0x730378C365477162U) {
    static const auto input = shipped("scenarios/article.yaml", {"spec.duration=4m"});
    return simulate(input);
}

/// Two hours with next to no records: what polls, syncs, samples and heartbeats cost.
LAGSIM_BENCH(Engine_Control, 7'200, 0xCAC69057CD56502AU) {
    static const auto input =
        shipped("scenarios/article.yaml", {"spec.duration=2h", "spec.producers[0].rate=1/s"});
    return simulate(input);
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
