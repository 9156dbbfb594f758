// The ledger identity on random small scenarios in expected numbers: whatever breaks.
//
// To repeat one: LAGSIM_SCENARIO_SEED=1234 sim_tests --gtest_filter=RandomFlows.*
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "tests/sim/engine/random_scenario_helper.h"
#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

/// Without what sim/scenario/flow_limits.cc refuses.
Scenario as_flow(Scenario scenario) {
    scenario.resolution = Resolution::flow;
    for (Topic& topic : scenario.topics) {
        topic.compaction_keeps = 1.0;
    }
    for (Producer& producer : scenario.producers) {
        producer.transaction_records = 0;
        for (Publication& publication : producer.publish) {
            publication.poison = false;
            publication.service_time.reset();
        }
    }
    for (ConsumerGroup& group : scenario.consumers) {
        if (group.protocol.kind == models::GroupProtocol::share) {
            group.protocol.kind = models::GroupProtocol::classic;
        }
        if (group.concurrency.kind == Concurrency::Kind::workers_per_partition) {
            group.concurrency = {};
        }
        group.downstream.reset();
        if (group.dead_letter) {
            group.dead_letter->failures = 0.0;
        } else {
            group.failures.poison = 0.0;
        }
    }
    std::erase_if(scenario.faults, [](const Fault& fault) {
        return fault.kind == FaultKind::dead_letter_down ||
               fault.kind == FaultKind::unclean_election || fault.kind == FaultKind::truncate;
    });
    return scenario;
}

bool has_retry_topics(const Scenario& scenario) {
    return std::ranges::any_of(scenario.topics, &Topic::retries);
}

TEST(RandomFlows, EveryRecordHasOneFateAndEveryLossAnAllowedCause) {
    int played = 0;
    for (const std::uint64_t seed : seeds(1, 1500)) {
        SCOPED_TRACE("LAGSIM_SCENARIO_SEED=" + std::to_string(seed));
        const Scenario scenario = as_flow(some_scenario(seed));
        if (has_retry_topics(scenario)) {
            continue;
        }
        ++played;
        expect_sound(scenario, run_seed(seed, scenario));
        ASSERT_FALSE(testing::Test::HasFailure());
    }
    EXPECT_GT(played, 0);
}

/// Over many scenarios of all kinds, what is produced and finished is right to a few percent.
TEST(RandomFlows, FinishAsMuchAsRecordsDo) {
    double exact_finished = 0.0;
    double flow_finished = 0.0;
    double exact_produced = 0.0;
    double flow_produced = 0.0;
    for (const std::uint64_t seed : seeds(1, 300)) {
        Scenario scenario = as_flow(some_scenario(seed));
        if (has_retry_topics(scenario)) {
            continue;
        }
        const ReplicationResult flow = run_seed(seed, scenario);
        scenario.resolution = Resolution::exact;
        const ReplicationResult exact = run_seed(seed, scenario);
        for (std::size_t group = 0; group < scenario.consumers.size(); ++group) {
            exact_finished += static_cast<double>(ledger_of(exact, group).finished);
            flow_finished += static_cast<double>(ledger_of(flow, group).finished);
            exact_produced += static_cast<double>(ledger_of(exact, group).produced);
            flow_produced += static_cast<double>(ledger_of(flow, group).produced);
        }
    }
    EXPECT_NEAR(flow_produced / exact_produced, 1.0, 0.01);
    EXPECT_NEAR(flow_finished / exact_finished, 1.0, 0.03);
}

}  // namespace
}  // namespace lagsim::sim
