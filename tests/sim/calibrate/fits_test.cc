/// The fits on recordings whose parameters are known because the test made them.
#include <cmath>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/random/pinned_math.h"
#include "sim/calibrate/estimate.h"
#include "sim/calibrate/statistics.h"

namespace lagsim::sim {
namespace {

constexpr double step = 10.0;

/// Partitions that each get `came` and do `done` records a step.
Recording made_of(std::size_t steps, const std::vector<std::pair<double, double>>& partitions) {
    Recording recording;
    recording.group = "g";
    recording.step = step;
    recording.instants = steps + 1;
    RecordedTopic& topic = recording.topics.emplace_back();
    topic.name = "t";
    for (const auto& [came, done] : partitions) {
        RecordedPartition& partition = topic.partitions.emplace_back();
        for (std::size_t k = 0; k <= steps; ++k) {
            partition.log_end_offset.push_back(1000.0 + came * static_cast<double>(k));
            partition.committed_offset.push_back(done * static_cast<double>(k));
        }
    }
    return recording;
}

TEST(ServiceFit, ReadsTheSpeedOfBusyPartitions) {
    const Recording recording = made_of(60, {{40.0, 40.0}, {60.0, 40.0}});
    const ServiceFit fit = fit_service(recording, std::nullopt);
    EXPECT_TRUE(fit.busy);
    EXPECT_DOUBLE_EQ(fit.seconds.mean, 0.25);
    EXPECT_NEAR(fit.cv, 0.0, 1e-12);
    EXPECT_EQ(fit.steps, 120);
    EXPECT_FALSE(fit.told_apart);  // the pods are not known
}

TEST(ServiceFit, LeavesOutStopsAndTheirNeighbours) {
    Recording recording = made_of(60, {{40.0, 40.0}});
    std::vector<double>& committed = recording.topics[0].partitions[0].committed_offset;
    // Half of step 20, all of 21 and half of 22 are a rebalance.
    committed[21] = committed[20] + 20.0;
    committed[22] = committed[21];
    committed[23] = committed[22] + 20.0;
    for (std::size_t k = 24; k < committed.size(); ++k) {
        committed[k] = committed[k - 1] + 40.0;
    }
    const ServiceFit fit = fit_service(recording, std::nullopt);
    EXPECT_DOUBLE_EQ(fit.seconds.mean, 0.25);
    EXPECT_EQ(fit.stopped, 1);
    EXPECT_EQ(fit.steps, 57);
}

TEST(ServiceFit, TellsAServerAPodByTheSpeedUnderMorePods) {
    for (const bool by_pod : {true, false}) {
        Recording recording = made_of(80, {{40.0, 0.0}, {40.0, 0.0}, {40.0, 0.0}, {40.0, 0.0}});
        for (std::size_t k = 0; k <= 80; ++k) {
            recording.ready_replicas.push_back(k < 40 ? 1.0 : 3.0);
        }
        for (RecordedPartition& partition : recording.topics[0].partitions) {
            for (std::size_t k = 1; k <= 80; ++k) {
                const double pods = recording.ready_replicas[k - 1];
                partition.committed_offset[k] =
                    partition.committed_offset[k - 1] + (by_pod ? 10.0 * pods : 20.0);
            }
        }
        const ServiceFit fit = fit_service(recording, std::nullopt);
        EXPECT_TRUE(fit.told_apart);
        EXPECT_NEAR(fit.exponent.mean, by_pod ? 1.0 : 0.0, 1e-9);
        EXPECT_EQ(fit.served_by, by_pod ? ServedBy::pod : ServedBy::partition);
        // 4 partitions, 10 records each a pod and step; or 20 a partition.
        EXPECT_NEAR(fit.seconds.mean, by_pod ? step / 40.0 : step / 20.0, 1e-9);
    }
}

TEST(ServiceFit, KnowsABoundOnlyWithoutABacklog) {
    Recording recording = made_of(60, {{40.0, 40.0}});
    for (double& end : recording.topics[0].partitions[0].log_end_offset) {
        end -= 1000.0;
    }
    const ServiceFit fit = fit_service(recording, std::nullopt);
    EXPECT_FALSE(fit.busy);
    EXPECT_DOUBLE_EQ(fit.seconds.mean, 0.25);
    EXPECT_TRUE(std::isnan(fit.seconds.half_width));
}

TEST(StartupFit, MatchesFirstToFirstAndForgetsWhatWasTakenBack) {
    Recording recording = made_of(8, {{1.0, 1.0}});
    recording.desired_replicas = {1, 3, 3, 3, 5, 4, 4, 4, 4};
    recording.ready_replicas = {1, 1, 2, 3, 3, 3, 3, 4, 4};
    const StartupFit fit = fit_startup(recording);
    // 1 and 2 steps, and of the two at 4 the one that stayed, after 3.
    EXPECT_EQ(fit.seconds.n, 3);
    EXPECT_EQ(fit.observed, (std::vector{10.0, 20.0, 30.0}));
    EXPECT_DOUBLE_EQ(fit.seconds.mean, 20.0);
}

TEST(StartupFit, SaysNothingWithoutAStart) {
    Recording recording = made_of(3, {{1.0, 1.0}});
    EXPECT_EQ(fit_startup(recording).seconds.n, 0);
    recording.desired_replicas = recording.ready_replicas = {2, 2, 2, 2};
    EXPECT_EQ(fit_startup(recording).seconds.n, 0);
}

TEST(ArrivalFit, TellsDealtRecordsFromIndependentOnes) {
    const ArrivalFit dealt = fit_arrivals(made_of(60, {{40.0, 0.0}, {40.0, 0.0}})).front();
    EXPECT_DOUBLE_EQ(dealt.mean_rate, 8.0);
    EXPECT_DOUBLE_EQ(dealt.dispersion, 0.0);
    EXPECT_DOUBLE_EQ(dealt.steadiness, 0.0);
    EXPECT_TRUE(dealt.even);
    EXPECT_EQ(dealt.backlog, (std::vector{1000.0, 1000.0}));

    const ArrivalFit uneven = fit_arrivals(made_of(60, {{60.0, 0.0}, {20.0, 0.0}})).front();
    EXPECT_FALSE(uneven.even);
    EXPECT_DOUBLE_EQ(uneven.weights[0], 0.75);

    // All of a step's records to one partition or the other in turn.
    Recording clumps = made_of(60, {{0.0, 0.0}, {0.0, 0.0}});
    for (std::size_t k = 1; k <= 60; ++k) {
        for (std::size_t p = 0; p < 2; ++p) {
            std::vector<double>& end = clumps.topics[0].partitions[p].log_end_offset;
            end[k] = end[k - 1] + (k % 2 == p ? 80.0 : 0.0);
        }
    }
    EXPECT_NEAR(fit_arrivals(clumps).front().dispersion, 80.0, 1e-9);
}

/// 95 of 100 intervals hold the truth: here of normal values, so between 90 and 99 of 100.
TEST(Statistics, IntervalsOfRatiosCover) {
    int held = 0;
    constexpr int studies = 400;
    std::uint64_t state = 1;
    const auto uniform = [&] {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        return (static_cast<double>(state >> 11U) + 0.5) / 9007199254740992.0;
    };
    for (int study = 0; study < studies; ++study) {
        std::vector<Ratio> ratios;
        for (std::size_t i = 0; i < 12; ++i) {
            const double below = 1.0 + uniform();
            const double above =
                below * 5.0 + models::pinned::normal_quantile(uniform()) * std::sqrt(below);
            ratios.push_back({above, below, i});
        }
        const Estimate estimate = ratio_of(ratios);
        held += std::abs(estimate.mean - 5.0) <= estimate.half_width ? 1 : 0;
    }
    EXPECT_GE(held, studies * 90 / 100);
    EXPECT_LE(held, studies * 99 / 100);
}

TEST(Statistics, DistancesAndDistributions) {
    std::vector<double> values;
    for (int i = 0; i < 1000; ++i) {
        values.push_back(models::pinned::normal_quantile((i + 0.5) / 1000.0));
    }
    const auto fitting = [](double x) { return normal_cdf(0.0, 1.0, x); };
    EXPECT_NEAR(distance_of(values, fitting), 0.0005, 1e-6);
    EXPECT_GT(distance_of(values, [](double x) { return normal_cdf(1.0, 1.0, x); }), 0.3);
    EXPECT_TRUE(std::isnan(distance_of(std::vector{1.0, 2.0}, fitting)));
    EXPECT_NEAR(gamma_cdf(2.0, 1.0, 2.0), 1.0 - std::exp(-1.0), 1e-9);  // exponential
    EXPECT_EQ(gamma_cdf(2.0, 0.0, 1.9), 0.0);
    EXPECT_EQ(gamma_cdf(2.0, 0.0, 2.0), 1.0);
    EXPECT_DOUBLE_EQ(median({3.0, 1.0, 2.0}), 2.0);
}

}  // namespace
}  // namespace lagsim::sim
