// The ledger identity on random small scenarios: whatever breaks, every record has one fate.
//
// To repeat one: LAGSIM_SCENARIO_SEED=1234 sim_tests --gtest_filter=RandomScenarios.*
#include <gtest/gtest.h>

#include "tests/sim/engine/random_scenario_helper.h"
#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

TEST(RandomScenarios, EveryRecordHasOneFateAndEveryLossAnAllowedCause) {
    for (const std::uint64_t seed : seeds(1, 1200)) {
        SCOPED_TRACE("LAGSIM_SCENARIO_SEED=" + std::to_string(seed));
        const Scenario scenario = some_scenario(seed);

        const ReplicationResult result = run_seed(seed, scenario);

        expect_sound(scenario, result);
        ASSERT_FALSE(testing::Test::HasFailure());
    }
}

/// The same scenario with a correct consumer, faults that end, and a long calm after them.
Scenario with_a_calm_end(Scenario scenario) {
    scenario.duration = 12h;
    scenario.sample_interval = 1h;
    for (Topic& topic : scenario.topics) {
        topic.retention.reset();
        topic.compaction_keeps = 1.0;
    }
    for (ConsumerGroup& group : scenario.consumers) {
        group.commit.when = core::CommitWhen::after_success;
        group.commit.every_records = core::Records{0};
        group.reset = core::OffsetReset::earliest;
        if (group.dead_letter) {
            group.dead_letter->when_down = core::UndeliverablePolicy::block;
        }
        group.replicas.push_back({at(300s), std::max(1, group.replicas.back().count)});
        // Members that hear of a rebalance only after its timeout, or work longer than that at what
        // they have in hand or buffered, throw each other out for ever.
        group.protocol.rebalance_timeout = std::max(group.protocol.rebalance_timeout, Duration{1h});
        // Locks that are shorter than a batch takes are lost for ever.
        group.protocol.share.lock = 2h;
        group.protocol.share.deliveries = 1'000'000;
        group.downstream.reset();
        // A record that always takes longer than the poll loop may is done again for ever.
        group.protocol.max_poll_interval = std::max(group.protocol.max_poll_interval, Duration{1h});
        if (group.concurrency.kind == Concurrency::Kind::workers) {
            // So is one that takes longer than the group waits for the loop that works on it.
            group.protocol.rebalance_timeout = Duration{1h};
        }
        if (!group.dead_letter) {
            group.dead_letter.emplace();
            group.dead_letter->topic = "dlq";
            group.dead_letter->produce_time = constant(1ms);
        }
    }
    for (Producer& producer : scenario.producers) {
        producer.transaction_records = 0;  // a last marker would stay as lag
    }
    std::erase_if(scenario.faults, [](const Fault& fault) {
        return fault.kind == FaultKind::unclean_election || fault.kind == FaultKind::truncate;
    });
    for (Fault& fault : scenario.faults) {
        if (fault.restart == RestartKind::none) {
            fault.restart = RestartKind::same_pod;
        }
    }
    return scenario;
}

TEST(RandomScenarios, ACorrectConsumerSettlesEveryRecordOnceFaultsAreOver) {
    for (const std::uint64_t seed : seeds(1, 300)) {
        SCOPED_TRACE("LAGSIM_SCENARIO_SEED=" + std::to_string(seed));
        const Scenario scenario = with_a_calm_end(some_scenario(seed));

        const ReplicationResult result = run_seed(seed, scenario);

        expect_sound(scenario, result);
        for (const GroupTotals& totals : result.totals) {
            EXPECT_EQ(totals.ledger.waiting, 0);
            EXPECT_EQ(totals.ledger.lost, 0);
        }
        for (std::size_t g = 0; g < scenario.consumers.size(); ++g) {
            EXPECT_EQ(result.groups.lag_total.rbegin()[static_cast<std::ptrdiff_t>(g)], 0);
            EXPECT_EQ(result.groups.rebalancing.rbegin()[static_cast<std::ptrdiff_t>(g)], 0);
            EXPECT_EQ(result.groups.members.rbegin()[static_cast<std::ptrdiff_t>(g)],
                      result.groups.replicas.rbegin()[static_cast<std::ptrdiff_t>(g)]);
        }
        ASSERT_FALSE(testing::Test::HasFailure());
    }
}

TEST(RandomScenarios, TwoRunsOfOneSeedAreTheSameRun) {
    for (const std::uint64_t seed : seeds(2001, 2050)) {
        SCOPED_TRACE("LAGSIM_SCENARIO_SEED=" + std::to_string(seed));
        const Scenario scenario = some_scenario(seed);

        const ReplicationResult once = run_seed(seed, scenario);
        const ReplicationResult again = run_seed(seed, scenario);

        EXPECT_EQ(once.fingerprint, again.fingerprint);
        EXPECT_EQ(once.lanes.committed_offset, again.lanes.committed_offset);
        EXPECT_EQ(once.events.size(), again.events.size());
    }
}

bool changes_the_log(FaultKind kind) {
    return kind == FaultKind::broker_down || kind == FaultKind::add_partitions ||
           kind == FaultKind::unclean_election || kind == FaultKind::truncate;
}

TEST(RandomScenarios, TheTrafficDoesNotDependOnWhoConsumesIt) {
    for (const std::uint64_t seed : seeds(3001, 3100)) {
        SCOPED_TRACE("LAGSIM_SCENARIO_SEED=" + std::to_string(seed));
        Scenario scenario = some_scenario(seed);
        std::erase_if(scenario.faults,
                      [](const Fault& fault) { return changes_the_log(fault.kind); });
        for (ConsumerGroup& group : scenario.consumers) {
            group.topics = {0};
        }
        scenario.topics.resize(1);
        std::erase_if(scenario.producers, [](const Producer& p) { return p.topic > 0; });
        for (ConsumerGroup& group : scenario.consumers) {
            group.retry.topics.clear();
        }
        Scenario other = scenario;
        Dice dice(seed + 1'000'000);
        other.faults.clear();
        for (ConsumerGroup& group : other.consumers) {
            group.topics = {0};
            set_up_group(dice, group);
        }

        const ReplicationResult a = run_seed(seed, scenario);
        const ReplicationResult b = run_seed(seed, other);

        EXPECT_EQ(a.lanes.log_end_offset, b.lanes.log_end_offset);
        EXPECT_EQ(a.totals[0].ledger.produced, b.totals[0].ledger.produced);
    }
}

}  // namespace
}  // namespace lagsim::sim
