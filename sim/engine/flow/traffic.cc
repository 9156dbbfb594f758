#include "sim/engine/flow/traffic.h"

#include <algorithm>
#include <cmath>

namespace lagsim::sim::flow {

using core::Duration;
using core::Instant;

namespace {

/// Steps are not cut at changes of the rate that come faster: they are integrated over.
constexpr Duration shortest_cut{5'000'000'000};

/// Spread of one partition's arrivals where a producer deals in turn, or in batches, or at random.
double dispersion_of(const models::ProducerParameters& traffic, double share) {
    const bool constant = traffic.kind == models::ArrivalKind::constant;
    const double batch =
        traffic.kind == models::ArrivalKind::batch ? static_cast<double>(traffic.batch_size) : 1.0;
    switch (traffic.partitioner.kind) {
        case models::PartitionerKind::round_robin:
            return constant ? 0.0 : batch * share;
        case models::PartitionerKind::sticky: {
            const auto run = static_cast<double>(models::sticky_records);
            return std::max(run, batch) * (1.0 - share) + (constant ? 0.0 : batch * share);
        }
        default:
            break;
    }
    // Each record goes its own way: a binomial part of what comes.
    return (1.0 - share) + (constant ? 0.0 : batch * share);
}

double whole_dispersion(const models::ProducerParameters& traffic) {
    switch (traffic.kind) {
        case models::ArrivalKind::constant:
            return 0.0;
        case models::ArrivalKind::batch:
            return static_cast<double>(traffic.batch_size);
        case models::ArrivalKind::poisson:
            break;
    }
    return 1.0;
}

double records_of(const std::vector<models::RateSegment>& rate) {
    double sum = 0.0;
    for (const models::RateSegment& segment : rate) {
        sum += 0.5 * (segment.rate_begin + segment.rate_end) *
               core::seconds(segment.end - segment.begin);
    }
    return sum;
}

/// When a producer learns of new partitions: at multiples of its metadata refresh.
Instant known_from(const Producer& producer, Instant grown) {
    const Duration refresh = std::max(producer.metadata_refresh, Duration{1});
    const Duration since_start = grown - Instant{};
    return Instant{refresh * ((since_start.count() + refresh.count() - 1) / refresh.count())};
}

}  // namespace

Traffic::Traffic(const Scenario& scenario, const LaneMap& map) {
    for (const Producer& producer : scenario.producers) {
        Source& source = sources_.emplace_back();
        source.producer = &producer;
        source.first_log = map.first_log[producer.topic];
        source.stages.push_back({Instant{}, models::partition_shares(producer.traffic.partitioner,
                                                                     producer.traffic.partitions)});
        for (const Fault& fault : scenario.faults) {
            if (fault.kind == FaultKind::add_partitions && fault.topic == producer.topic) {
                source.stages.push_back(
                    {known_from(producer, fault.at),
                     models::partition_shares(producer.traffic.partitioner,
                                              static_cast<std::int32_t>(fault.to))});
            }
        }
        std::ranges::stable_sort(source.stages, {}, &Stage::from);
    }
    find_changes(scenario);
    find_dispersions(scenario, map);
}

void Traffic::find_changes(const Scenario& scenario) {
    for (const Source& source : sources_) {
        for (const Stage& stage : source.stages) {
            changes_.push_back(stage.from);
        }
        for (const Publication& publication : source.producer->publish) {
            changes_.push_back(publication.at);
        }
        for (const models::RateSegment& segment : source.producer->traffic.rate) {
            if (segment.end - segment.begin >= shortest_cut) {
                changes_.push_back(segment.begin);
            }
        }
    }
    changes_.push_back(Instant{scenario.warmup});
    std::ranges::sort(changes_);
    const auto repeated = std::ranges::unique(changes_);
    changes_.erase(repeated.begin(), repeated.end());
}

/// Of several producers: weighted by what each sends.
void Traffic::find_dispersions(const Scenario& scenario, const LaneMap& map) {
    std::vector<double> weight(map.logs.size(), 0.0);
    std::vector<double> topic_weight(scenario.topics.size(), 0.0);
    dispersion_.assign(map.logs.size(), 0.0);
    topic_dispersion_.assign(scenario.topics.size(), 0.0);
    for (const Source& source : sources_) {
        const models::ProducerParameters& traffic = source.producer->traffic;
        const double records = records_of(traffic.rate);
        const std::vector<double>& shares = source.stages.back().shares;
        for (std::size_t i = 0; i < shares.size(); ++i) {
            const std::size_t log = static_cast<std::size_t>(source.first_log) + i;
            weight[log] += records * shares[i];
            dispersion_[log] += records * shares[i] * dispersion_of(traffic, shares[i]);
        }
        topic_weight[source.producer->topic] += records;
        topic_dispersion_[source.producer->topic] += records * whole_dispersion(traffic);
    }
    for (std::size_t log = 0; log < weight.size(); ++log) {
        dispersion_[log] = weight[log] > 0.0 ? dispersion_[log] / weight[log] : 0.0;
    }
    for (std::size_t topic = 0; topic < topic_weight.size(); ++topic) {
        topic_dispersion_[topic] =
            topic_weight[topic] > 0.0 ? topic_dispersion_[topic] / topic_weight[topic] : 0.0;
    }
}

const std::vector<double>& Traffic::shares_at(const Source& source, Instant time) {
    const Stage* known = &source.stages.front();
    for (const Stage& stage : source.stages) {
        known = stage.from <= time ? &stage : known;
    }
    return known->shares;
}

/// Steps come in order of time, so the segment of the last one is where the search begins.
double Traffic::rate_integral(Source& source, Instant from, Instant to) {
    const std::vector<models::RateSegment>& rate = source.producer->traffic.rate;
    while (source.segment > 0 &&
           (source.segment >= rate.size() || rate[source.segment].begin > from)) {
        --source.segment;
    }
    while (source.segment < rate.size() && rate[source.segment].end <= from) {
        ++source.segment;
    }
    double sum = 0.0;
    for (std::size_t i = source.segment; i < rate.size() && rate[i].begin < to; ++i) {
        const models::RateSegment& segment = rate[i];
        const Instant begin = std::max(from, segment.begin);
        const Instant end = std::min(to, segment.end);
        const double length = core::seconds(segment.end - segment.begin);
        const double slope = (segment.rate_end - segment.rate_begin) / length;
        const double middle =
            0.5 * (core::seconds(begin - segment.begin) + core::seconds(end - segment.begin));
        sum += (segment.rate_begin + slope * middle) * core::seconds(end - begin);
    }
    return sum;
}

void Traffic::deal(const Source& source, const Publication& publication,
                   std::vector<double>& sent) {
    const auto count = static_cast<double>(publication.count);
    const auto first = static_cast<std::size_t>(source.first_log);
    if (publication.partition) {
        sent[first + static_cast<std::size_t>(*publication.partition)] += count;
        return;
    }
    const std::vector<double>& shares = shares_at(source, publication.at);
    for (std::size_t i = 0; i < shares.size(); ++i) {
        sent[first + i] += count * shares[i];
    }
}

bool Traffic::publish(Instant now, std::vector<double>& sent) const {
    bool any = false;
    for (const Source& source : sources_) {
        for (const Publication& publication : source.producer->publish) {
            if (publication.at == now) {
                deal(source, publication, sent);
                any = true;
            }
        }
    }
    return any;
}

void Traffic::add_sent(Instant from, Instant to, std::vector<double>& sent) {
    for (Source& source : sources_) {
        const double records = rate_integral(source, from, to);
        if (records <= 0.0) {
            continue;
        }
        const std::vector<double>& shares = shares_at(source, from);
        for (std::size_t i = 0; i < shares.size(); ++i) {
            sent[static_cast<std::size_t>(source.first_log) + i] += records * shares[i];
        }
    }
}

Instant Traffic::next_change(Instant now) const {
    const auto next = std::ranges::upper_bound(changes_, now);
    return next == changes_.end() ? core::never : *next;
}

void ArrivalTimes::note(Instant time, double end) {
    const double seconds = core::seconds(time - Instant{});
    const std::size_t size = points_.size();
    if (size > first_ + 1 && points_[size - 1].end == end && points_[size - 2].end == end) {
        points_.back().seconds = seconds;  // nothing came: one point is enough
        return;
    }
    points_.push_back({.seconds = seconds, .end = end});
}

double ArrivalTimes::seconds_at(double offset, std::size_t& hint) const {
    std::size_t next = std::max(first_, hint > forgotten_ ? hint - forgotten_ : 0);
    while (next > first_ && (next >= points_.size() || points_[next - 1].end > offset)) {
        --next;
    }
    while (next < points_.size() && points_[next].end < offset) {
        ++next;
    }
    hint = next + forgotten_;
    if (next >= points_.size()) {
        return points_.back().seconds;
    }
    if (next == first_) {
        return points_[first_].seconds;
    }
    const Point& before = points_[next - 1];
    const Point& after = points_[next];
    const double part = (offset - before.end) / (after.end - before.end);
    return before.seconds + part * (after.seconds - before.seconds);
}

void ArrivalTimes::forget_below(double offset) {
    while (points_.size() > first_ + 2 && points_[first_ + 1].end < offset) {
        ++first_;
    }
    if (first_ > 1024 && first_ > points_.size() / 2) {
        points_.erase(points_.begin(), points_.begin() + static_cast<std::ptrdiff_t>(first_));
        forgotten_ += first_;
        first_ = 0;
    }
}

}  // namespace lagsim::sim::flow
