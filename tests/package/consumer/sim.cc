// A scenario in a string, one replication, its ledger.
#include <iostream>

#include "sim/engine/engine.h"
#include "sim/scenario/reader.h"

int main() {
    using namespace lagsim;
    const auto file = sim::read_scenario_text(R"(
apiVersion: lagsim/v1
kind: Scenario
metadata: {name: embedded}
spec:
  duration: 10s
  sampleInterval: 1s
  topics: {t: {partitions: 2}}
  producers: [{topic: t, arrivals: constant, rate: 100/s}]
  consumers: [{group: g, serviceTime: 1ms}]
)",
                                              "embedded.yaml", ".");
    if (!file) {
        return 1;
    }
    sim::RunControl control;
    const auto result = sim::run_replication(file->scenario, 0, sim::default_engine, control);
    std::cout << result->groups.produced.back() << '\n';
}
