#include "models/traffic/arrivals.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/check.h"
#include "models/random/pinned_math.h"

namespace lagsim::models {

namespace {

/// Poisson arrivals of one partition: record i after the sum of the first i + 1 unit gaps.
class PartitionPoisson final : public ArrivalSource {
  public:
    PartitionPoisson(RateCurve curve, std::uint32_t producer, std::uint32_t lane,
                     std::int32_t partition, const RandomStreams& streams)
        : curve_(std::move(curve)),
          streams_(streams),
          producer_(producer),
          lane_(lane),
          partition_(partition) {}

    Arrival next() override {
        count_ += unit_gap(gap_block(streams_, producer_, lane_, index_++)[0]);
        // On a rising ramp rounding may put the later of two close records 1 ns earlier.
        last_ = std::max(last_, curve_.reaches(count_, hint_));
        return {last_, partition_};
    }

  private:
    RateCurve curve_;
    RandomStreams streams_;
    std::uint32_t producer_;
    std::uint32_t lane_;
    std::int32_t partition_;
    std::uint64_t index_ = 0;
    UnitCount count_ = 0;
    std::size_t hint_ = 0;
    core::Instant last_{};
};

/// Chooses a partition a record, for records that come one after the other over the whole topic.
class Dealer {
  public:
    Dealer(const ProducerParameters& parameters, std::uint64_t first_index, std::uint32_t entity,
           const RandomStreams& streams)
        : partitioner_(parameters.partitioner),
          streams_(streams),
          index_(first_index),
          entity_(entity) {
        set_partitions(parameters.partitions);
    }

    /// From now on it deals to so many.
    void set_partitions(std::int32_t partitions) {
        partitions_ = partitions;
        const PartitionerKind kind = partitioner_.kind;
        if (kind == PartitionerKind::weights || kind == PartitionerKind::keys) {
            set_bounds(partition_shares(partitioner_, partitions_));
        }
    }

    /// `may_leave`: a sticky partition may be left before this record (not within a batch).
    std::int32_t deal(bool may_leave) {
        switch (partitioner_.kind) {
            case PartitionerKind::round_robin:
                current_ = current_ + 1 < partitions_ ? current_ + 1 : 0;
                break;
            case PartitionerKind::sticky:
                if (current_ < 0 || (stayed_ >= sticky_records && may_leave)) {
                    current_ = draw_even();
                    stayed_ = 0;
                }
                ++stayed_;
                break;
            case PartitionerKind::uniform:
                current_ = draw_even();
                break;
            case PartitionerKind::weights:
            case PartitionerKind::keys:
                current_ = draw_by_share();
                break;
        }
        return current_;
    }

  private:
    std::uint32_t word() { return streams_.block(index_++, entity_, Purpose::partitioner)[0]; }

    std::int32_t draw_even() {
        const auto count = static_cast<std::uint64_t>(partitions_);
        return static_cast<std::int32_t>(word() * count >> 32);
    }

    std::int32_t draw_by_share() {
        const auto found = std::ranges::upper_bound(bounds_, std::uint64_t{word()});
        return static_cast<std::int32_t>(found - bounds_.begin());
    }

    void set_bounds(const std::vector<double>& shares) {
        bounds_.clear();
        double sum = 0.0;
        std::size_t last_used = 0;
        for (std::size_t p = 0; p < shares.size(); ++p) {
            sum += shares[p];
            bounds_.push_back(static_cast<std::uint64_t>(sum * 0x1p32 + 0.5));
            last_used = shares[p] > 0.0 ? p : last_used;
        }
        // Rounding must not leave words above the last bound, nor give them to an unused partition.
        std::fill(bounds_.begin() + static_cast<std::ptrdiff_t>(last_used), bounds_.end(),
                  std::uint64_t{1} << 32);
    }

    PartitionerParameters partitioner_;
    std::int32_t partitions_ = 1;
    RandomStreams streams_;
    std::uint64_t index_;
    std::uint32_t entity_;
    std::int32_t current_ = -1;
    std::int64_t stayed_ = 0;
    std::vector<std::uint64_t> bounds_;  ///< words below bounds_[p] go to partitions up to p
};

/// Arrivals over a whole topic, dealt to partitions: constant, batches, and Poisson where one
/// record's partition depends on the record before.
class TopicArrivals final : public ArrivalSource {
  public:
    TopicArrivals(const ProducerParameters& parameters, std::uint32_t producer,
                  std::uint32_t entity, const RandomStreams& streams)
        : constant_(parameters.kind == ArrivalKind::constant),
          batch_size_(parameters.kind == ArrivalKind::batch ? parameters.batch_size : 1),
          curve_(parameters.rate, 1.0 / static_cast<double>(batch_size_)),
          streams_(streams),
          index_(std::uint64_t{producer} << producer_shift),
          entity_(entity),
          dealer_(parameters, index_, entity, streams),
          growth_(parameters.growth) {}

    Arrival next() override {
        const bool first = left_in_batch_ == 0;
        if (first) {
            advance();
            left_in_batch_ = batch_size_;
        }
        --left_in_batch_;
        return {last_, last_ == core::never ? 0 : dealer_.deal(first)};
    }

  private:
    void advance() {
        if (constant_) {
            count_ = started_ ? count_ + one_record : 0;
            started_ = true;
        } else {
            count_ += unit_gap(streams_.block(index_++, entity_, Purpose::arrival)[0]);
        }
        last_ = std::max(last_, curve_.reaches(count_, hint_));
        for (; known_ < growth_.size() && growth_[known_].from <= last_; ++known_) {
            dealer_.set_partitions(growth_[known_].partitions);
        }
    }

    bool constant_;
    bool started_ = false;
    std::int64_t batch_size_;
    RateCurve curve_;
    RandomStreams streams_;
    std::uint64_t index_;
    std::uint32_t entity_;
    Dealer dealer_;
    std::vector<KnownPartitions> growth_;
    std::size_t known_ = 0;  ///< of them: in force
    UnitCount count_ = 0;
    std::int64_t left_in_batch_ = 0;
    std::size_t hint_ = 0;
    core::Instant last_{};
};

/// The rate of a growing topic with each partition's shares taken in: [partition][piece].
std::vector<std::vector<RateSegment>> split_rates(const ProducerParameters& parameters) {
    const auto most = static_cast<std::size_t>(parameters.growth.back().partitions);
    std::vector<std::vector<RateSegment>> rates(most);
    std::vector<double> shares = partition_shares(parameters.partitioner, parameters.partitions);
    std::size_t known = 0;
    for (const RateSegment& segment : parameters.rate) {
        const auto rate_at = [&](core::Instant time) {
            const double part =
                core::seconds(time - segment.begin) / core::seconds(segment.end - segment.begin);
            return segment.rate_begin + (segment.rate_end - segment.rate_begin) * part;
        };
        for (core::Instant begin = segment.begin; begin < segment.end;) {
            for (; known < parameters.growth.size() && parameters.growth[known].from <= begin;
                 ++known) {
                shares =
                    partition_shares(parameters.partitioner, parameters.growth[known].partitions);
            }
            const core::Instant end = known < parameters.growth.size()
                                          ? std::min(segment.end, parameters.growth[known].from)
                                          : segment.end;
            for (std::size_t p = 0; p < most; ++p) {
                const double share = p < shares.size() ? shares[p] : 0.0;
                rates[p].push_back({begin, end, rate_at(begin) * share, rate_at(end) * share});
            }
            begin = end;
        }
    }
    return rates;
}

}  // namespace

bool splits_independently(const ProducerParameters& parameters) {
    using enum PartitionerKind;
    const PartitionerKind kind = parameters.partitioner.kind;
    return parameters.kind == ArrivalKind::poisson &&
           (kind == uniform || kind == weights || kind == keys);
}

UnitCount unit_gap(std::uint32_t word) {
    const double survival = probability_of(~word);
    return static_cast<UnitCount>(
        -pinned::log_of_normal(survival) * static_cast<double>(one_record) + 0.5);
}

std::vector<RateCurve> partition_curves(const ProducerParameters& parameters) {
    std::vector<RateCurve> curves;
    if (!splits_independently(parameters)) {
        return curves;
    }
    if (!parameters.growth.empty()) {
        for (const std::vector<RateSegment>& rate : split_rates(parameters)) {
            curves.emplace_back(rate);
        }
        return curves;
    }
    for (const double share : partition_shares(parameters.partitioner, parameters.partitions)) {
        curves.emplace_back(parameters.rate, share);
    }
    return curves;
}

std::vector<std::unique_ptr<ArrivalSource>> make_arrival_sources(
    const ProducerParameters& parameters, std::uint32_t producer, std::uint32_t lane_base,
    const RandomStreams& streams) {
    LAGSIM_CHECK(producer < producers_max, "the reader allows at most 4096 producers");
    LAGSIM_CHECK(parameters.partitions > 0 && parameters.batch_size > 0,
                 "the reader demands partitions and batches of at least one");
    std::vector<std::unique_ptr<ArrivalSource>> sources;
    if (!splits_independently(parameters)) {
        sources.push_back(
            std::make_unique<TopicArrivals>(parameters, producer, lane_base, streams));
        return sources;
    }
    std::int32_t partition = 0;
    for (RateCurve& curve : partition_curves(parameters)) {
        sources.push_back(std::make_unique<PartitionPoisson>(
            std::move(curve), producer, lane_base + static_cast<std::uint32_t>(partition),
            partition, streams));
        ++partition;
    }
    return sources;
}

}  // namespace lagsim::models
