#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/sim/engine/random_scenario_helper.h"

namespace lagsim::sim {

namespace {

std::int32_t first_lane(const Scenario& scenario, std::size_t group) {
    std::int32_t lanes = 0;
    for (std::size_t g = 0; g < group; ++g) {
        for (const std::size_t topic : scenario.consumers[g].topics) {
            lanes += scenario.most_partitions(topic);
        }
    }
    return lanes;
}

std::int64_t sum_of(const std::vector<LedgerInterval>& intervals, std::int32_t first,
                    std::int32_t end, std::set<std::uint8_t>* causes = nullptr) {
    std::int64_t sum = 0;
    for (const LedgerInterval& interval : intervals) {
        if (interval.lane >= first && interval.lane < end) {
            sum += interval.last - interval.first + 1;
            if (causes != nullptr) {
                causes->insert(interval.cause);
            }
        }
    }
    return sum;
}

std::set<std::uint8_t> causes_allowed(const Scenario& scenario, const ConsumerGroup& group) {
    std::set<std::uint8_t> allowed{static_cast<std::uint8_t>(LossCause::deleted_by_retention)};
    if (group.dead_letter && group.dead_letter->when_down == core::UndeliverablePolicy::drop) {
        allowed.insert(static_cast<std::uint8_t>(LossCause::dropped_by_policy));
    }
    if (group.reset == core::OffsetReset::latest) {
        allowed.insert(static_cast<std::uint8_t>(LossCause::skipped_by_reset));
    }
    if (group.protocol.kind == models::GroupProtocol::share) {
        allowed.insert(static_cast<std::uint8_t>(LossCause::delivery_limit));
    }
    static const std::map<core::CommitWhen, LossCause> by_policy{
        {core::CommitWhen::before_processing, LossCause::committed_before_processing},
        {core::CommitWhen::automatic, LossCause::automatic_commit},
        {core::CommitWhen::max_finished, LossCause::committed_past_unfinished}};
    static const std::map<FaultKind, LossCause> by_fault{
        {FaultKind::unclean_election, LossCause::unclean_election},
        {FaultKind::truncate, LossCause::truncated}};
    for (const Fault& fault : scenario.faults) {
        if (const auto found = by_fault.find(fault.kind); found != by_fault.end()) {
            allowed.insert(static_cast<std::uint8_t>(found->second));
        }
    }
    for (const std::size_t topic : group.topics) {
        if (scenario.topics[topic].compaction_keeps < 1.0) {
            allowed.insert(static_cast<std::uint8_t>(LossCause::compacted));
        }
    }
    if (const auto found = by_policy.find(group.commit.when); found != by_policy.end()) {
        allowed.insert(static_cast<std::uint8_t>(found->second));
    }
    return allowed;
}

}  // namespace

void expect_sound(const Scenario& scenario, const ReplicationResult& result) {
    for (std::size_t g = 0; g < scenario.consumers.size(); ++g) {
        const std::int32_t first = first_lane(scenario, g);
        const std::int32_t end = first_lane(scenario, g + 1);
        const LedgerCounts& ledger = result.totals[g].ledger;
        EXPECT_EQ(ledger.produced,
                  ledger.finished + ledger.dead_lettered + ledger.waiting + ledger.lost);
        EXPECT_GE(ledger.waiting, 0);
        std::set<std::uint8_t> causes;
        EXPECT_EQ(ledger.lost, sum_of(result.lost, first, end, &causes));
        EXPECT_EQ(ledger.duplicates, sum_of(result.duplicates, first, end));
        const std::set<std::uint8_t> allowed = causes_allowed(scenario, scenario.consumers[g]);
        for (const std::uint8_t cause : causes) {
            EXPECT_TRUE(allowed.contains(cause)) << loss_cause_names[cause];
        }
        if (scenario.consumers[g].topics.size() == 1 &&
            !scenario.topics[scenario.consumers[g].topics[0]].retention) {
            EXPECT_FALSE(
                causes.contains(static_cast<std::uint8_t>(LossCause::deleted_by_retention)));
        }
    }
    const std::size_t lanes = result.lanes.lag.size() / result.sample_times.size();
    const std::size_t groups = scenario.consumers.size();
    for (std::size_t sample = 0; sample < result.sample_times.size(); ++sample) {
        for (std::size_t g = 0; g < groups; ++g) {
            std::int64_t lag = 0;
            for (std::int32_t lane = first_lane(scenario, g); lane < first_lane(scenario, g + 1);
                 ++lane) {
                lag += result.lanes.lag[sample * lanes + static_cast<std::size_t>(lane)];
            }
            EXPECT_EQ(result.groups.lag_total[sample * groups + g], lag) << "sample " << sample;
        }
    }
}

std::vector<std::uint64_t> seeds(std::uint64_t first, std::uint64_t last) {
    if (const char* const chosen = std::getenv("LAGSIM_SCENARIO_SEED")) {
        return {std::strtoull(chosen, nullptr, 10)};
    }
    std::vector<std::uint64_t> all;
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        all.push_back(seed);
    }
    return all;
}

namespace {

std::uint64_t running = 0;
void say_seed(int signal) {
    std::fprintf(stderr, "\nLAGSIM_SCENARIO_SEED=%llu\n", static_cast<unsigned long long>(running));
    std::signal(signal, SIG_DFL);
}

}  // namespace

ReplicationResult run_seed(std::uint64_t seed, const Scenario& scenario) {
    running = seed;
    std::signal(SIGABRT, say_seed);
    RunControl control;
    return *run_replication(scenario, 0, EngineKind::reference, control);
}

}  // namespace lagsim::sim
