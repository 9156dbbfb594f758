#include "models/traffic/arrivals.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include <gtest/gtest.h>

namespace lagsim::models {
namespace {

core::Instant at_s(double seconds) {
    return core::at_nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

ProducerParameters producer(ArrivalKind kind, PartitionerKind partitioner, double rate = 2400.0,
                            double seconds = 1000.0) {
    ProducerParameters parameters;
    parameters.kind = kind;
    parameters.rate = {{at_s(0), at_s(seconds), rate, rate}};
    parameters.partitioner.kind = partitioner;
    parameters.partitioner.key_count = 1000;
    parameters.partitioner.weights = {1, 1, 1, 1, 1, 3};
    parameters.partitions = 6;
    return parameters;
}

/// All arrivals of a producer, merged in time order.
std::vector<Arrival> arrivals(const ProducerParameters& parameters, std::uint32_t number = 0,
                              const RandomStreams& streams = {1, 0}) {
    std::vector<Arrival> all;
    const auto sources = make_arrival_sources(parameters, number, 0, streams);
    for (const auto& source : sources) {
        core::Instant last{};
        for (Arrival a = source->next(); a.time != core::never; a = source->next()) {
            EXPECT_GE(a.time, last) << "a source yields in time order";
            last = a.time;
            all.push_back(a);
        }
        EXPECT_EQ(source->next().time, core::never) << "exhausted sources stay exhausted";
    }
    if (sources.size() == 1) {
        return all;
    }
    std::ranges::sort(all, [](const Arrival& a, const Arrival& b) {
        return std::pair(a.time, a.partition) < std::pair(b.time, b.partition);
    });
    return all;
}

std::vector<double> counts_by_partition(const std::vector<Arrival>& all, std::int32_t partitions) {
    std::vector<double> counts(static_cast<std::size_t>(partitions), 0.0);
    for (const Arrival& a : all) {
        counts[static_cast<std::size_t>(a.partition)] += 1.0;
    }
    return counts;
}

constexpr std::array all_partitioners{PartitionerKind::uniform, PartitionerKind::round_robin,
                                      PartitionerKind::sticky, PartitionerKind::keys,
                                      PartitionerKind::weights};

TEST(Arrivals, PoissonProducesTheIntegralOfTheRateWithinItsSpread) {
    auto parameters = producer(ArrivalKind::poisson, PartitionerKind::uniform);
    parameters.rate = {{at_s(0), at_s(100), 0, 4000},
                       {at_s(100), at_s(200), 0, 0},
                       {at_s(200), at_s(400), 4000, 1000}};
    const double integral = 200'000 + 500'000;
    for (const auto partitioner : all_partitioners) {
        parameters.partitioner.kind = partitioner;
        const auto all = arrivals(parameters);
        EXPECT_NEAR(static_cast<double>(all.size()), integral, 4 * std::sqrt(integral));
        EXPECT_TRUE(std::ranges::none_of(
            all, [](const Arrival& a) { return a.time > at_s(100) && a.time < at_s(200); }));
        EXPECT_LT(all.back().time, at_s(400));
    }
}

TEST(Arrivals, PoissonGapsAreExponential) {
    const auto all = arrivals(producer(ArrivalKind::poisson, PartitionerKind::uniform));
    const double n = static_cast<double>(all.size());
    double squares = 0.0;
    double longer_than_mean = 0.0;
    for (std::size_t i = 1; i < all.size(); ++i) {
        const double gap = core::seconds(all[i].time - all[i - 1].time) * 2400.0;
        squares += gap * gap;
        longer_than_mean += gap > 1.0 ? 1.0 : 0.0;
    }
    // E[X²] = 2 with variance 24 − 4 = 20; P(X > 1) = 1/e.
    EXPECT_NEAR(squares / n, 2.0, 4 * std::sqrt(20.0 / n));
    const double p = std::exp(-1.0);
    EXPECT_NEAR(longer_than_mean / n, p, 4 * std::sqrt(p * (1 - p) / n));
}

TEST(Arrivals, EveryPartitionerMeetsItsShares) {
    for (const auto kind : {ArrivalKind::poisson, ArrivalKind::constant}) {
        for (const auto partitioner :
             {PartitionerKind::uniform, PartitionerKind::keys, PartitionerKind::weights}) {
            const auto parameters = producer(kind, partitioner);
            const auto all = arrivals(parameters);
            const auto counts = counts_by_partition(all, 6);
            const auto shares = partition_shares(parameters.partitioner, 6);
            double chi_square = 0.0;
            for (std::size_t p = 0; p < 6; ++p) {
                const double expected = shares[p] * static_cast<double>(all.size());
                chi_square += (counts[p] - expected) * (counts[p] - expected) / expected;
            }
            EXPECT_LT(chi_square, 20.5) << "5 degrees of freedom, p = 0.001";
        }
    }
}

TEST(Arrivals, ConstantSendsTheFirstRecordAtZeroAndThenEvenly) {
    const auto all =
        arrivals(producer(ArrivalKind::constant, PartitionerKind::round_robin, 10, 10));
    ASSERT_EQ(all.size(), 100U);
    for (std::size_t k = 0; k < all.size(); ++k) {
        EXPECT_EQ(all[k].time, at_s(0.1 * static_cast<double>(k)));
        EXPECT_EQ(all[k].partition, static_cast<std::int32_t>(k % 6)) << "dealt in turn";
    }
}

TEST(Arrivals, ConstantCarriesFractionsOverFromOneRateToTheNext) {
    auto parameters = producer(ArrivalKind::constant, PartitionerKind::round_robin);
    parameters.rate = {{at_s(0), at_s(10), 0.25, 0.25}, {at_s(10), at_s(20), 1, 1}};
    std::vector<core::Instant> times;
    for (const Arrival& a : arrivals(parameters)) {
        times.push_back(a.time);
    }
    // 2.5 records by 10 s; the fourth (k = 3) half a second later.
    ASSERT_EQ(times.size(), 13U);
    EXPECT_EQ(times[2], at_s(8));
    EXPECT_EQ(times[3], at_s(10.5));
    EXPECT_EQ(times[12], at_s(19.5));
}

TEST(Arrivals, BatchesArriveTogether) {
    auto parameters = producer(ArrivalKind::batch, PartitionerKind::uniform);
    parameters.batch_size = 50;
    const auto all = arrivals(parameters);
    const double batches = 2400.0 * 1000.0 / 50.0;

    std::map<core::Instant, int> sizes;
    for (const Arrival& a : all) {
        ++sizes[a.time];
    }
    EXPECT_NEAR(static_cast<double>(sizes.size()), batches, 4 * std::sqrt(batches));
    EXPECT_TRUE(std::ranges::all_of(sizes, [](const auto& s) { return s.second % 50 == 0; }));
    const auto counts = counts_by_partition(all, 6);
    EXPECT_NEAR(counts[0], static_cast<double>(all.size()) / 6, 2500) << "each record on its own";
}

TEST(Arrivals, StickyStaysForSixteenRecordsAndThenDraws) {
    const auto all = arrivals(producer(ArrivalKind::poisson, PartitionerKind::sticky));
    std::vector<double> runs_by_partition(6, 0.0);
    for (std::size_t i = 0; i + 16 <= all.size(); i += 16) {
        for (std::size_t j = 1; j < 16; ++j) {
            ASSERT_EQ(all[i + j].partition, all[i].partition);
        }
        runs_by_partition[static_cast<std::size_t>(all[i].partition)] += 1.0;
    }
    const double runs = std::floor(static_cast<double>(all.size()) / 16);
    for (const double count : runs_by_partition) {
        EXPECT_NEAR(count, runs / 6, 4 * std::sqrt(runs / 6));
    }
}

TEST(Arrivals, StickyKeepsABatchTogether) {
    auto parameters = producer(ArrivalKind::batch, PartitionerKind::sticky);
    parameters.batch_size = 10;
    const auto all = arrivals(parameters);
    for (std::size_t i = 0; i + 20 <= all.size(); i += 20) {
        for (std::size_t j = 1; j < 20; ++j) {
            ASSERT_EQ(all[i + j].partition, all[i].partition) << "16 is reached within a batch";
        }
    }
}

TEST(Arrivals, PoissonIsOneSourceAPartitionWhereItSplitsIndependently) {
    const auto sources = [](ArrivalKind kind, PartitionerKind partitioner) {
        return make_arrival_sources(producer(kind, partitioner), 0, 0, {1, 0}).size();
    };
    EXPECT_EQ(sources(ArrivalKind::poisson, PartitionerKind::uniform), 6U);
    EXPECT_EQ(sources(ArrivalKind::poisson, PartitionerKind::keys), 6U);
    EXPECT_EQ(sources(ArrivalKind::poisson, PartitionerKind::weights), 6U);
    EXPECT_EQ(sources(ArrivalKind::poisson, PartitionerKind::sticky), 1U);
    EXPECT_EQ(sources(ArrivalKind::constant, PartitionerKind::uniform), 1U);
    EXPECT_EQ(sources(ArrivalKind::batch, PartitionerKind::uniform), 1U);
}

TEST(Arrivals, TheFirstProducersGapsAreWordZeroOfTheRecordsOwnBlocks) {
    const RandomStreams streams(42, 3);
    const auto parameters = producer(ArrivalKind::poisson, PartitionerKind::uniform, 6.0);
    const auto sources = make_arrival_sources(parameters, 0, 100, streams);

    UnitCount count = 0;
    for (std::uint64_t i = 0; i < 20; ++i) {
        count += unit_gap(streams.block(i, 102, Purpose::record)[0]);
        const double expected_s = static_cast<double>(count) / static_cast<double>(one_record);
        EXPECT_NEAR(core::seconds(sources[2]->next().time), expected_s, 2e-9);
    }
}

TEST(Arrivals, ChangingTheRateKeepsTheDraws) {
    auto slow = producer(ArrivalKind::poisson, PartitionerKind::uniform, 100);
    auto fast = producer(ArrivalKind::poisson, PartitionerKind::uniform, 200);
    const auto slow_source = std::move(make_arrival_sources(slow, 0, 0, {1, 0}).front());
    const auto fast_source = std::move(make_arrival_sources(fast, 0, 0, {1, 0}).front());
    for (int i = 0; i < 100; ++i) {
        EXPECT_NEAR(core::seconds(slow_source->next().time),
                    2 * core::seconds(fast_source->next().time), 1e-7);
    }
}

TEST(Arrivals, ProducersReplicationsAndSeedsAreIndependent) {
    const auto parameters = producer(ArrivalKind::poisson, PartitionerKind::uniform, 2400, 100);
    const auto counts_per_second = [&](std::uint32_t number, RandomStreams streams) {
        std::vector<double> counts(100, 0.0);
        for (const Arrival& a : arrivals(parameters, number, streams)) {
            counts[static_cast<std::size_t>(core::seconds(a.time))] += 1.0;
        }
        return counts;
    };
    const auto base = counts_per_second(0, {1, 0});
    for (const auto& other : {counts_per_second(1, {1, 0}), counts_per_second(2, {1, 0}),
                              counts_per_second(0, {1, 1}), counts_per_second(0, {2, 0})}) {
        double covariance = 0.0;
        for (std::size_t i = 0; i < 100; ++i) {
            covariance += (base[i] - 2400) * (other[i] - 2400) / 2400 / 100;
        }
        EXPECT_LT(std::abs(covariance), 0.4) << "correlation of 100 pairs, 4 standard errors";
        EXPECT_NE(base, other);
    }
}

TEST(Arrivals, WithoutARateNothingEverArrives) {
    for (const auto kind : {ArrivalKind::poisson, ArrivalKind::constant, ArrivalKind::batch}) {
        auto parameters = producer(kind, PartitionerKind::uniform);
        parameters.rate.clear();
        EXPECT_TRUE(arrivals(parameters).empty());
    }
}

TEST(Arrivals, FallAtTheseInstantsOnEveryMachine) {
    std::uint64_t hash = 0;
    for (const auto kind : {ArrivalKind::poisson, ArrivalKind::constant, ArrivalKind::batch}) {
        for (const auto partitioner : all_partitioners) {
            auto parameters = producer(kind, partitioner, 2400, 10);
            parameters.rate.push_back({at_s(10), at_s(20), 2400, 100});
            parameters.rate.push_back({at_s(20), at_s(30), 100, 3000});
            parameters.batch_size = 7;
            for (const Arrival& a : arrivals(parameters, 1)) {
                hash = hash * 0x9E3779B97F4A7C15U +
                       static_cast<std::uint64_t>(core::nanoseconds(a.time) * 6 + a.partition);
            }
        }
    }
    EXPECT_EQ(hash, 1551777720781693887U);
}

TEST(Arrivals, OfAGrowingTopicKeepTheirRateAndSpreadOverWhatIsKnown) {
    for (const PartitionerKind kind : {PartitionerKind::uniform, PartitionerKind::round_robin}) {
        ProducerParameters parameters = producer(ArrivalKind::poisson, kind);
        parameters.growth = {{at_s(500), 8}, {at_s(750), 10}};
        const auto all = arrivals(parameters);

        const auto counts = counts_by_partition(all, 10);
        const double half = 2400.0 * 500;
        const double quarter = half / 2;
        EXPECT_NEAR(static_cast<double>(all.size()), 2 * half, 5 * std::sqrt(2 * half));
        EXPECT_NEAR(counts[0], half / 6 + quarter / 8 + quarter / 10, 3000);
        EXPECT_NEAR(counts[7], quarter / 8 + quarter / 10, 2000);
        EXPECT_NEAR(counts[9], quarter / 10, 1500);
        for (const Arrival& arrival : all) {
            EXPECT_TRUE(arrival.partition < 6 || arrival.time >= at_s(500));
            EXPECT_TRUE(arrival.partition < 8 || arrival.time >= at_s(750));
        }
    }
}

}  // namespace
}  // namespace lagsim::models
