// What a record costs before it meets the engine: its random block, its gap, its work.

#include <array>
#include <bit>
#include <cstdint>
#include <numeric>
#include <vector>

#include "bench/harness.h"
#include "models/group/assignor.h"
#include "models/random/distribution.h"
#include "models/random/philox.h"
#include "models/random/pinned_math.h"
#include "models/random/record_batch.h"
#include "models/traffic/arrivals.h"

namespace lagsim::bench {
namespace {

constexpr std::int64_t draws = 10'000;

LAGSIM_BENCH(Philox_Block, draws, 0xCF5C475A569194FFU) {
    const models::RandomStreams streams(42, 0);
    ResultHash hash;
    for (std::int64_t i = 0; i < draws; ++i) {
        hash.add(streams.block(static_cast<std::uint64_t>(i), 3, models::Purpose::record)[0]);
    }
    return hash.value();
}

/// Words that visit the whole range without a generator's cost.
constexpr std::uint32_t weyl(std::int64_t i) {
    return static_cast<std::uint32_t>(i) * 0x9E3779B9U;
}

LAGSIM_BENCH(PinnedMath_Log, draws, 0x906E88882EAE2ED8U) {
    ResultHash hash;
    for (std::int64_t i = 0; i < draws; ++i) {
        hash.add(std::bit_cast<std::uint64_t>(
            models::pinned::log_of_normal((static_cast<double>(weyl(i)) + 0.5) * 0x1p-32)));
    }
    return hash.value();
}

LAGSIM_BENCH(PinnedMath_Exp, draws, 0x01B898065A3869D5U) {
    ResultHash hash;
    for (std::int64_t i = 0; i < draws; ++i) {
        hash.add(std::bit_cast<std::uint64_t>(
            models::pinned::exp((static_cast<double>(weyl(i)) + 0.5) * 0x1p-30 - 2.0)));
    }
    return hash.value();
}

std::uint64_t sample(const models::Distribution& distribution) {
    ResultHash hash;
    for (std::int64_t i = 0; i < draws; ++i) {
        hash.add(distribution.at(weyl(i)).count());
    }
    return hash.value();
}

models::Distribution six_milliseconds(models::DistributionKind kind) {
    return models::Distribution({kind, core::Duration{6'250'000}, 0.5});
}

LAGSIM_BENCH(Distribution_Constant, draws, 0x3CC685ACFDEF6A0BU) {
    static const auto distribution = six_milliseconds(models::DistributionKind::constant);
    return sample(distribution);
}

LAGSIM_BENCH(Distribution_Exponential, draws, 0xDECFEF0B01246ECCU) {
    static const auto distribution = six_milliseconds(models::DistributionKind::exponential);
    return sample(distribution);
}

/// Lognormal, gamma, Weibull and Pareto share the table of quantiles, and with it their cost.
LAGSIM_BENCH(Distribution_Tabulated, draws, 0x51B07DF2BFA319A1U) {
    static const auto distribution = six_milliseconds(models::DistributionKind::lognormal);
    return sample(distribution);
}

/// Records as a lane draws them: in batches, gap and work and whether they fail.
std::uint64_t draw_in_batches(const models::Distribution& service) {
    constexpr std::size_t batch = 250;
    const models::RandomStreams streams(42, 0);
    std::array<models::UnitCount, batch> gaps;
    std::array<std::int64_t, batch> works;
    ResultHash hash;
    for (std::uint64_t first = 0; first < draws; first += batch) {
        models::draw_records(streams, 3, first, batch, service, 42'949'672, 429'496, gaps.data(),
                             works.data());
        hash.add(std::accumulate(gaps.begin(), gaps.end(), std::int64_t{0}));
        hash.add(std::accumulate(works.begin(), works.end(), std::int64_t{0}));
    }
    return hash.value();
}

LAGSIM_BENCH(DrawRecords_Constant, draws, 0x0E631B9024E86930U) {
    static const auto service = six_milliseconds(models::DistributionKind::constant);
    return draw_in_batches(service);
}

LAGSIM_BENCH(DrawRecords_Exponential, draws, 0x289451583FF5B10DU) {
    static const auto service = six_milliseconds(models::DistributionKind::exponential);
    return draw_in_batches(service);
}

LAGSIM_BENCH(DrawRecords_Lognormal, draws, 0x7A41DB000ED15D17U) {
    static const auto service = six_milliseconds(models::DistributionKind::lognormal);
    return draw_in_batches(service);
}

LAGSIM_BENCH(Distribution_BuildGamma, 1, 0x6C9508347BB4DFBAU) {
    ResultHash hash;
    hash.add(six_milliseconds(models::DistributionKind::gamma).at(0x80000000U).count());
    return hash.value();
}

std::uint64_t arrivals(models::ArrivalKind kind, models::PartitionerKind partitioner) {
    models::ProducerParameters parameters;
    parameters.kind = kind;
    parameters.rate = {
        {core::Instant{}, core::at_nanoseconds(std::int64_t{1} << 50), 2400.0, 2400.0}};
    parameters.partitioner.kind = partitioner;
    parameters.partitions = 24;
    const auto sources = models::make_arrival_sources(parameters, 0, 0, {42, 0});
    ResultHash hash;
    for (std::int64_t i = 0; i < draws; ++i) {
        const auto arrival = sources.front()->next();
        hash.add(core::nanoseconds(arrival.time) + arrival.partition);
    }
    return hash.value();
}

LAGSIM_BENCH(Arrivals_PoissonOfAPartition, draws, 0x7CB27994D02C7F43U) {
    return arrivals(models::ArrivalKind::poisson, models::PartitionerKind::uniform);
}

LAGSIM_BENCH(Arrivals_ConstantDealtEvenly, draws, 0xD93E127E4B3E252AU) {
    return arrivals(models::ArrivalKind::constant, models::PartitionerKind::uniform);
}

LAGSIM_BENCH(Partitioner_SharesOf100kKeys, 100'000, 0xE45300742883E030U) {
    const models::PartitionerParameters keys{
        .kind = models::PartitionerKind::keys, .zipf_exponent = 1.1, .key_count = 100'000};
    ResultHash hash;
    for (const double share : models::partition_shares(keys, 24)) {
        hash.add(std::bit_cast<std::uint64_t>(share));
    }
    return hash.value();
}

LAGSIM_BENCH(Assignor_Range24Of1000, 1000, 0x6444023EBF32D52CU) {
    const std::vector<std::int32_t> topics{1000};
    ResultHash hash;
    for (const auto& partitions : models::assign_partitions(models::Assignor::range, 24, topics)) {
        for (const std::int32_t partition : partitions) {
            hash.add(partition);
        }
    }
    return hash.value();
}

}  // namespace
}  // namespace lagsim::bench
