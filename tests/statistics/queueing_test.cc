/// Queueing theory: the engine's means must lie within the confidence intervals of their
/// replications around the formula. Seeds are fixed, so a test that passes passes always; intervals
/// are at 99.9 %, so that a wrong formula fails and luck does not.
#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "models/random/distribution.h"
#include "sim/engine/engine.h"

namespace lagsim::sim {
namespace {

using core::Duration;
using core::Instant;
using models::DistributionKind;
using models::DistributionParameters;
using namespace std::chrono_literals;

constexpr double t_999_19 = 3.883;  ///< Student's t, 19 degrees of freedom, two-sided 99.9 %
constexpr std::uint32_t replications = 20;

struct Estimate {
    double mean = 0.0;
    double half_width = 0.0;
};

Estimate estimate(const Scenario& scenario,
                  const std::function<double(const ReplicationResult&)>& measure) {
    std::vector<double> values;
    for (std::uint32_t r = 0; r < replications; ++r) {
        RunControl control;
        const auto result = run_replication(scenario, r, EngineKind::lanes, control);
        values.push_back(measure(*result));
    }
    double sum = 0.0;
    for (const double value : values) {
        sum += value;
    }
    const double mean = sum / replications;
    double squares = 0.0;
    for (const double value : values) {
        squares += (value - mean) * (value - mean);
    }
    const double deviation = std::sqrt(squares / (replications - 1));
    return {mean, t_999_19 * deviation / std::sqrt(double{replications})};
}

double mean_latency(const ReplicationResult& result) {
    return result.totals[0].latency.mean();
}

/// One topic of `partitions` under Poisson arrivals, one pod, one worker a partition.
Scenario queue(double rate_per_s, const DistributionParameters& service,
               std::int32_t partitions = 1) {
    Scenario scenario;
    scenario.duration = 2200s;
    scenario.warmup = 200s;
    scenario.sample_interval = 100s;
    scenario.seed = 20'261'124;
    scenario.topics.push_back({.name = "t", .partitions = partitions});
    Producer producer;
    producer.traffic.partitions = partitions;
    producer.traffic.rate = {{Instant{}, Instant{scenario.duration}, rate_per_s, rate_per_s}};
    scenario.producers.push_back(producer);
    ConsumerGroup group;
    group.group = group.deployment = "g";
    group.topics = {0};
    group.service_time = service;
    group.commit.every_records = core::Records{1};
    group.protocol.initial_rebalance_delay = Duration{0};
    scenario.consumers.push_back(group);
    return scenario;
}

/// Pollaczek and Khinchine: mean sojourn time of M/G/1 [s].
double pollaczek_khinchine(double rate, double mean, double second_moment) {
    return mean + rate * second_moment / (2.0 * (1.0 - rate * mean));
}

void expect_within(const Estimate& measured, double theory, const char* what) {
    EXPECT_NEAR(measured.mean, theory, measured.half_width) << what;
    EXPECT_LT(measured.half_width, 0.1 * theory) << what << ": the interval says too little";
}

TEST(Queueing, OneWorkerIsMG1ForEveryServiceDistribution) {
    for (const auto& [kind, cv, what] :
         {std::tuple{DistributionKind::constant, 0.0, "M/D/1"},
          std::tuple{DistributionKind::exponential, 1.0, "M/M/1"},
          std::tuple{DistributionKind::lognormal, 0.6, "M/lognormal/1"},
          std::tuple{DistributionKind::gamma, 1.3, "M/gamma/1"},
          std::tuple{DistributionKind::uniform, 0.5, "M/uniform/1"},
          std::tuple{DistributionKind::weibull, 0.8, "M/Weibull/1"}}) {
        const DistributionParameters service{.kind = kind, .mean = 10ms, .cv = cv};
        const models::Distribution distribution(service);

        const Estimate sojourn = estimate(queue(70.0, service), mean_latency);

        expect_within(
            sojourn,
            pollaczek_khinchine(70.0, distribution.mean_seconds(), distribution.second_moment()),
            what);
    }
}

TEST(Queueing, LagIsTheNumberInTheSystemWhereEveryRecordIsCommitted) {
    const Scenario scenario = queue(80.0, {.kind = DistributionKind::exponential, .mean = 10ms});

    const Estimate lag = estimate(scenario, [](const ReplicationResult& result) {
        return static_cast<double>(result.totals[0].lag_integral) / 2000e9;
    });

    expect_within(lag, 0.8 / 0.2, "M/M/1 number in system");
}

TEST(Queueing, LittlesLawHoldsForEveryReplication) {
    const Scenario scenario =
        queue(80.0, {.kind = DistributionKind::gamma, .mean = 10ms, .cv = 0.7});

    const Estimate ratio = estimate(scenario, [](const ReplicationResult& result) {
        const GroupTotals& totals = result.totals[0];
        const double waited = totals.latency.mean() * static_cast<double>(totals.latency.total());
        return static_cast<double>(totals.lag_integral) * 1e-9 / waited;
    });

    EXPECT_NEAR(ratio.mean, 1.0, 1e-3);  // the records across the two ends of the window
}

TEST(Queueing, UtilizationIsTheOfferedLoad) {
    const Scenario scenario =
        queue(60.0, {.kind = DistributionKind::lognormal, .mean = 10ms, .cv = 0.5});

    const Estimate utilization = estimate(scenario, [](const ReplicationResult& result) {
        return static_cast<double>(result.totals[0].busy_time) /
               static_cast<double>(result.totals[0].capacity_time);
    });

    expect_within(utilization, 0.6, "rho");
}

TEST(Queueing, PartitionsWithAWorkerEachAreIndependentQueues) {
    const DistributionParameters service{.kind = DistributionKind::exponential, .mean = 10ms};

    const Estimate sojourn = estimate(queue(8 * 70.0, service, 8), mean_latency);

    expect_within(sojourn, 1.0 / (100.0 - 70.0), "eight M/M/1");
}

TEST(Queueing, SeveralWorkersOnOnePartitionAreMMc) {
    // Erlang C with c = 4, rho = 0.7.
    Scenario scenario = queue(280.0, {.kind = DistributionKind::exponential, .mean = 10ms});
    scenario.consumers[0].concurrency = {Concurrency::Kind::workers_per_partition, 4};
    double below = 0.0;
    double term = 1.0;
    for (int k = 0; k < 4; ++k) {
        below += term;
        term *= 2.8 / (k + 1);
    }
    const double tail = term / (1.0 - 0.7);
    const double waits = tail / (below + tail);

    const Estimate sojourn = estimate(scenario, mean_latency);

    expect_within(sojourn, 0.01 + waits / (400.0 - 280.0), "M/M/4");
}

TEST(Queueing, WorkersOnOnePartitionThatShareACoreAreProcessorSharing) {
    // M/G/1-PS: mean sojourn E[S] / (1 - rho), whatever the distribution; 200 workers are as good
    // as no bound.
    for (const double cv : {0.0, 1.5}) {
        const DistributionParameters service{
            .kind = cv == 0.0 ? DistributionKind::constant : DistributionKind::gamma,
            .mean = 10ms,
            .cv = cv};
        Scenario scenario = queue(60.0, service);
        scenario.consumers[0].concurrency = {Concurrency::Kind::workers_per_partition, 200};
        scenario.consumers[0].cpu = {.share = 1.0, .limit = 1.0, .request = std::nullopt};

        const Estimate sojourn = estimate(scenario, mean_latency);

        expect_within(sojourn, 0.01 / 0.4, "M/G/1-PS");
    }
}

TEST(Queueing, InPlaceRetriesAreAServiceTimeMixture) {
    // Attempts fail with p = 2 %: occupancy = S + I(S' + 1 s) + ..., the partition blocked
    // meanwhile.
    const double p = 0.02;
    Scenario scenario = queue(5.0, {.kind = DistributionKind::constant, .mean = 10ms});
    scenario.duration = 22000s;
    scenario.warmup = 2000s;
    scenario.producers[0].traffic.rate = {{Instant{}, Instant{scenario.duration}, 5.0, 5.0}};
    scenario.consumers[0].failures.transient = p;
    scenario.consumers[0].retry.backoff = {1s, 2s, 4s};
    scenario.consumers[0].dead_letter =
        DeadLetter{.topic = "dlq", .produce_time = {}, .failures = 0.0};
    const double s = 0.01;
    const double occupancy[] = {s, 2 * s + 1, 3 * s + 3, 4 * s + 7};
    const double chance[] = {1 - p, p * (1 - p), p * p * (1 - p), p * p * p};
    double mean = 0.0;
    double second = 0.0;
    for (int i = 0; i < 4; ++i) {
        mean += chance[i] * occupancy[i];
        second += chance[i] * occupancy[i] * occupancy[i];
    }

    const Estimate sojourn = estimate(scenario, mean_latency);

    // Records given up (8 in a million) have no latency: far below the interval.
    expect_within(sojourn, pollaczek_khinchine(5.0, mean, second), "M/G/1 with retries");
}

TEST(Queueing, PoisonCapsAPartitionsThroughput) {
    // Capacity 1 / (s + q (7 + 3 s)): offered more than that, a partition finishes and gives up
    // just that.
    const double s = 0.005;
    const double q = 0.01;
    Scenario scenario = queue(100.0, {.kind = DistributionKind::constant, .mean = 5ms});
    scenario.consumers[0].failures.poison = q;
    scenario.consumers[0].dead_letter =
        DeadLetter{.topic = "dlq", .produce_time = {}, .failures = 0.0};
    scenario.warmup = 0s;

    const Estimate served = estimate(scenario, [](const ReplicationResult& result) {
        const LedgerCounts& ledger = result.totals[0].ledger;
        return static_cast<double>(ledger.finished + ledger.dead_lettered) / 2200.0;
    });

    expect_within(served, 1.0 / (s + q * (7.0 + 3.0 * s)), "retry tax");
}

}  // namespace
}  // namespace lagsim::sim
