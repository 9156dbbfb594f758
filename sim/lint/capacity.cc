#include "sim/lint/capacity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace lagsim::sim {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

using core::seconds;

double per(double amount, double cost) {
    return cost > 0.0 ? amount / cost : infinite;
}

/// Linear interpolation inside a segment.
double rate_at(const models::RateSegment& segment, core::Instant time) {
    const double length = seconds(segment.end - segment.begin);
    const double part = length > 0.0 ? seconds(time - segment.begin) / length : 0.0;
    return segment.rate_begin + (segment.rate_end - segment.rate_begin) * part;
}

/// A rate read from left to right, between instants at which none of its segments begins or ends.
class RateCursor {
  public:
    RateCursor(const std::vector<models::RateSegment>& segments, double weight)
        : segments_(segments), weight_(weight) {}

    void add_to(models::RateSegment& sum) {
        while (next_ < segments_.size() && segments_[next_].end <= sum.begin) {
            ++next_;
        }
        if (next_ < segments_.size() && segments_[next_].begin <= sum.begin) {
            sum.rate_begin += weight_ * rate_at(segments_[next_], sum.begin);
            sum.rate_end += weight_ * rate_at(segments_[next_], sum.end);
        }
    }

  private:
    const std::vector<models::RateSegment>& segments_;
    double weight_;
    std::size_t next_ = 0;
};

/// First in, first out at a constant rate, as a fluid.
class FluidQueue {
  public:
    explicit FluidQueue(double capacity) : capacity_(capacity) {}

    /// `length` seconds at a rate that goes from `begin` to `end` in a line.
    void pass(double begin, double end, double length) {
        const double above_begin = begin - capacity_;
        const double above_end = end - capacity_;
        if (above_begin * above_end < 0.0) {  // the queue is longest, or empty, at the crossing
            const double part = above_begin / (above_begin - above_end);
            drift(above_begin / 2.0, length * part);
            drift(above_end / 2.0, length * (1.0 - part));
        } else {
            drift((above_begin + above_end) / 2.0, length);
        }
    }
    [[nodiscard]] double records_max() const { return records_max_; }

  private:
    void drift(double mean, double length) {
        records_ = std::max(0.0, records_ + mean * length);
        records_max_ = std::max(records_max_, records_);
    }

    double capacity_;
    double records_ = 0.0;
    double records_max_ = 0.0;
};

}  // namespace

RecordCost record_cost(const ConsumerGroup& group) {
    // A record that is no poison tries again after each failure; poison uses up all attempts.
    const double p = group.failures.transient;
    const double poison = group.failures.poison;
    double attempts = 1.0;
    double waits = 0.0;
    double sent_on = 0.0;  // times that it goes to a retry topic
    double failed_so_far = 1.0;
    for (const core::Duration wait : group.retry.backoff) {
        failed_so_far *= p;
        const double tried_again = poison + (1.0 - poison) * failed_so_far;
        attempts += tried_again;
        if (group.retry.topics.empty()) {
            waits += tried_again * seconds(wait);
        } else {
            sent_on += tried_again;
        }
    }
    const double service = attempts * seconds(group.service_time.mean);
    const double given_up = poison + (1.0 - poison) * failed_so_far * p;
    const double letter =
        group.dead_letter ? given_up * seconds(group.dead_letter->produce_time.mean) : 0.0;
    const double produces = letter + sent_on * seconds(group.retry.produce_time.mean);
    return {.served_s = service + produces,
            .cpu_s = service * group.cpu.share,
            .blocked_s = service + produces + waits};
}

double partition_rate(const ConsumerGroup& group) {
    const RecordCost cost = record_cost(group);
    const bool parallel = group.concurrency.kind == Concurrency::Kind::workers_per_partition;
    const double workers = parallel ? static_cast<double>(group.concurrency.count) : 1.0;
    const double by_workers = per(workers, cost.blocked_s);
    return group.cpu.limit ? std::min(by_workers, per(*group.cpu.limit, cost.cpu_s)) : by_workers;
}

double group_rate(const ConsumerGroup& group, double replicas, double partitions) {
    const RecordCost cost = record_cost(group);
    if (replicas <= 0.0 || partitions <= 0.0) {
        return 0.0;
    }
    // Members of a share group work on one partition together: each adds its own servers.
    const bool shares = group.protocol.kind == models::GroupProtocol::share;
    const bool pools = group.concurrency.kind == Concurrency::Kind::workers;
    const double places = shares ? std::max(partitions, replicas) : partitions;
    double rate = shares && pools ? infinite : places * partition_rate(group);
    if (pools) {
        rate = std::min(
            rate, per(replicas * static_cast<double>(group.concurrency.count), cost.served_s));
    }
    if (group.cpu.limit) {
        rate = std::min(rate, per(replicas * *group.cpu.limit, cost.cpu_s));
    }
    return rate;
}

std::vector<models::RateSegment> offered_rate(const Scenario& scenario, std::size_t topic,
                                              const std::vector<double>& weights) {
    std::set<core::Instant> cuts;
    std::vector<RateCursor> cursors;
    for (std::size_t i = 0; i < scenario.producers.size(); ++i) {
        const Producer& producer = scenario.producers[i];
        if (producer.topic == topic && weights[i] > 0.0) {
            cursors.emplace_back(producer.traffic.rate, weights[i]);
            for (const models::RateSegment& segment : producer.traffic.rate) {
                cuts.insert(segment.begin);
                cuts.insert(segment.end);
            }
        }
    }
    std::vector<models::RateSegment> rate;
    for (auto cut = cuts.begin(); cut != cuts.end() && std::next(cut) != cuts.end(); ++cut) {
        models::RateSegment sum{.begin = *cut, .end = *std::next(cut)};
        for (RateCursor& cursor : cursors) {
            cursor.add_to(sum);
        }
        rate.push_back(sum);
    }
    return rate;
}

double records_of(const std::vector<models::RateSegment>& rate) {
    double records = 0.0;
    for (const models::RateSegment& segment : rate) {
        records +=
            (segment.rate_begin + segment.rate_end) / 2.0 * seconds(segment.end - segment.begin);
    }
    return records;
}

double peak_of(const std::vector<models::RateSegment>& rate) {
    double peak = 0.0;
    for (const models::RateSegment& segment : rate) {
        peak = std::max({peak, segment.rate_begin, segment.rate_end});
    }
    return peak;
}

std::vector<PartitionMix> partition_mixes(const Scenario& scenario, std::size_t topic) {
    const std::int32_t partitions = scenario.topics[topic].partitions;
    std::vector<std::vector<double>> shares;
    for (const Producer& producer : scenario.producers) {
        shares.push_back(producer.topic == topic
                             ? models::partition_shares(producer.traffic.partitioner, partitions)
                             : std::vector<double>());
    }
    std::map<std::vector<double>, std::int32_t> first;
    for (std::int32_t p = 0; p < partitions; ++p) {
        std::vector<double> weights;
        for (const std::vector<double>& share : shares) {
            weights.push_back(share.empty() ? 0.0 : share[static_cast<std::size_t>(p)]);
        }
        first.emplace(std::move(weights), p);
    }
    std::vector<PartitionMix> mixes;
    for (const auto& [weights, partition] : first) {
        mixes.push_back({partition, weights});
    }
    return mixes;
}

double longest_wait(const std::vector<models::RateSegment>& rate, double capacity,
                    core::Instant until) {
    FluidQueue queue(capacity);
    for (const models::RateSegment& segment : rate) {
        const core::Instant end = std::min(segment.end, until);
        if (end > segment.begin) {
            queue.pass(segment.rate_begin, rate_at(segment, end), seconds(end - segment.begin));
        }
    }
    return queue.records_max() > 0.0 ? per(queue.records_max(), capacity) : 0.0;
}

}  // namespace lagsim::sim
