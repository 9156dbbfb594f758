/// Records come in: producers' streams, publications, and the log they are appended to.
#include <algorithm>
#include <utility>

#include "sim/engine/reference/reference_records.h"

namespace lagsim::sim {

using core::Instant;

namespace {

/// Records sent at stated instants.
class PublicationSource final : public models::ArrivalSource {
  public:
    PublicationSource(const Producer& producer, models::ProducerParameters traffic,
                      std::uint32_t number, std::vector<Publication>& marks,
                      const models::RandomStreams& streams)
        : publish_(producer.publish),
          traffic_(std::move(traffic)),
          number_(number),
          streams_(streams),
          first_mark_(static_cast<std::int32_t>(marks.size())) {
        std::ranges::stable_sort(publish_, {}, &Publication::at);
        marks.insert(marks.end(), publish_.begin(), publish_.end());
        deals_in_turn_ = traffic_.partitioner.kind == models::PartitionerKind::round_robin ||
                         traffic_.partitioner.kind == models::PartitionerKind::sticky;
        shares_ = models::partition_shares(traffic_.partitioner, traffic_.partitions);
    }
    models::Arrival next() override {
        while (current_ < publish_.size() && sent_ == publish_[current_].count) {
            ++current_;
            sent_ = 0;
        }
        if (current_ == publish_.size()) {
            return {};
        }
        ++sent_;
        const Publication& publication = publish_[current_];
        for (; known_ < traffic_.growth.size() && traffic_.growth[known_].from <= publication.at;
             ++known_) {
            shares_ =
                models::partition_shares(traffic_.partitioner, traffic_.growth[known_].partitions);
        }
        const bool special = publication.poison || publication.service_time;
        return {.time = publication.at,
                .partition = publication.partition ? *publication.partition : deal(),
                .mark = special ? first_mark_ + static_cast<std::int32_t>(current_) : -1};
    }

  private:
    std::int32_t deal() {
        const std::uint64_t index = dealt_++;
        if (deals_in_turn_) {
            return static_cast<std::int32_t>(index % shares_.size());
        }
        // Apart from the producer's own draws by a bit that no producer number has.
        const models::Block block =
            streams_.block(index, number_ | 0x8000'0000U, models::Purpose::partitioner);
        double left = models::probability_of(block[0]);
        for (std::size_t partition = 0; partition + 1 < shares_.size(); ++partition) {
            left -= shares_[partition];
            if (left < 0.0) {
                return static_cast<std::int32_t>(partition);
            }
        }
        return static_cast<std::int32_t>(shares_.size() - 1);
    }

    std::vector<Publication> publish_;
    models::ProducerParameters traffic_;
    std::uint32_t number_;
    models::RandomStreams streams_;
    bool deals_in_turn_ = false;
    std::vector<double> shares_;
    std::size_t known_ = 0;
    std::int32_t first_mark_;
    std::size_t current_ = 0;
    std::int64_t sent_ = 0;
    std::uint64_t dealt_ = 0;
};

}  // namespace

void ReferenceRecords::make_sources(const models::RandomStreams& streams,
                                    const std::vector<bool>& pulled) {
    const auto add = [&](std::unique_ptr<models::ArrivalSource> stream, std::size_t producer) {
        const auto index = static_cast<std::int32_t>(sources_.size());
        Source& source = sources_.emplace_back();
        source.stream = std::move(stream);
        source.producer = producer;
        source.first_log = map_.first_log[scenario_.producers[producer].topic];
        source.slot = calendar_.add({arrival, index, 0},
                                    make_rank(arrival, static_cast<std::uint32_t>(index)));
        source.next = source.stream->next();
        calendar_.schedule(source.slot, source.next.time < end_ ? source.next.time : core::never);
    };
    for (std::size_t i = 0; i < scenario_.producers.size(); ++i) {
        const Producer& producer = scenario_.producers[i];
        const std::int32_t first_log = map_.first_log[producer.topic];
        const auto number = static_cast<std::uint32_t>(i);
        const models::ProducerParameters traffic = traffic_of(producer);
        open_transactions_.emplace_back(
            static_cast<std::size_t>(scenario_.most_partitions(producer.topic)), 0);
        if (!pulled.empty() && pulled[producer.topic]) {
            continue;
        }
        if (!traffic.rate.empty()) {
            for (auto& stream : models::make_arrival_sources(
                     traffic, number, static_cast<std::uint32_t>(first_log), streams)) {
                add(std::move(stream), i);
            }
        }
        if (!producer.publish.empty()) {
            add(std::make_unique<PublicationSource>(producer, traffic, number, marks_, streams), i);
        }
    }
}

void ReferenceRecords::on_arrival(std::int32_t index) {
    Source& source = sources_[static_cast<std::size_t>(index)];
    const models::Arrival now = source.next;
    source.next = source.stream->next();
    calendar_.schedule(source.slot, source.next.time < end_ ? source.next.time : core::never);
    const Sent sent{source.producer, source.first_log + now.partition, now.mark};
    if (!has_leader(logs_[static_cast<std::size_t>(sent.log)])) {
        held_back_.push_back(sent);
    } else {
        send(sent, now.time);
    }
}

/// A producer's record reaches its partition; a transaction may end with it.
void ReferenceRecords::send(const Sent& sent, Instant now) {
    append(sent.log, now, sent.mark);
    const Producer& producer = scenario_.producers[sent.producer];
    if (producer.transaction_records == 0) {
        return;
    }
    const std::int32_t partition = sent.log - map_.first_log[producer.topic];
    std::int64_t& open = open_transactions_[sent.producer][static_cast<std::size_t>(partition)];
    if (++open == producer.transaction_records) {
        open = 0;
        append_marker(sent.log, now);
    }
}

void ReferenceRecords::grow(Log& log, Instant arrived) {
    log.arrivals.push_back(arrived);
    ++log.end;
    if ((log.end.value() & 1023) == 0) {
        prune_arrivals(log);
    }
}

/// Takes an offset and is no record: lag counts it, nobody is handed it.
void ReferenceRecords::append_marker(std::int32_t log_index, Instant now) {
    Log& log = logs_[static_cast<std::size_t>(log_index)];
    grow(log, core::never);
    log.index.append_marker();
    for (const std::int32_t lane_index : log.lanes) {
        Lane& lane = lane_of(lane_index);
        if (lane.owner >= 0 && !lane.stuck) {
            skip_holes(lane);
        }
        lag_changed(group_of(lane), 1, now);
    }
}

void ReferenceRecords::append(std::int32_t log_index, Instant now, std::int32_t mark) {
    Log& log = logs_[static_cast<std::size_t>(log_index)];
    if (mark >= 0) {
        log.marks.emplace(core::Offset{log.index.produced().value()}, mark);
    }
    grow(log, now);
    log.index.append_record();
    for (const std::int32_t lane_index : log.lanes) {
        Group& group = group_of(lane_of(lane_index));
        ++group.totals.produced;
        if (now >= warmup_) {
            ++group.produced_after_warmup;
        }
        lag_changed(group, 1, now);
        feed_lane(lane_index, now);
    }
}

/// Nobody reads below the lowest committed offset again, unless the broker may forget it.
core::Offset ReferenceRecords::lowest_needed(const Log& log) const {
    core::Offset needed = log.lanes.empty() ? log.end : core::Offset{INT64_MAX};
    for (const std::int32_t lane_index : log.lanes) {
        const Lane& lane = lanes_[static_cast<std::size_t>(lane_index)];
        const auto group = static_cast<std::size_t>(lane.group);
        const bool kept = groups_[group].spec->offsets_retention >= scenario_.duration;
        const core::Offset lowest = kept ? lane.committed.value_or(log.start) : log.start;
        needed = std::min(needed, std::max(log.start, lowest));
        needed = std::min(needed, lane.owner >= 0 ? lane.next : needed);
    }
    return needed;
}

void ReferenceRecords::prune_arrivals(Log& log) {
    if (log.may_be_cut) {
        return;
    }
    const core::Offset needed = lowest_needed(log);
    while (log.arrivals_base < needed && !log.arrivals.empty()) {
        log.arrivals.pop_front();
        ++log.arrivals_base;
    }
    log.marks.erase(log.marks.begin(),
                    log.marks.lower_bound(core::Offset{log.index.number_from(log.arrivals_base)}));
    prune_copies(log);
}

/// Changes of the lag by `by` records in sum; `weighted`: each times how long before `now` it was
/// [records * ns]. Their order does not matter to the integral.
void ReferenceRecords::lag_grew(Group& group, std::int64_t by, core::int128 weighted, Instant now) {
    GroupCounters& totals = group.totals;
    totals.lag_integral +=
        static_cast<core::int128>(totals.lag) * core::nanoseconds(now - group.lag_since) + weighted;
    group.lag_since = now;
    totals.lag += by;
}

void ReferenceRecords::lag_changed(Group& group, std::int64_t by, Instant now) {
    lag_grew(group, by, 0, now);
    follow_drain_threshold(group, now);
}

void ReferenceRecords::follow_drain_threshold(Group& group, Instant now) {
    if (group.drain_threshold < 0) {
        return;
    }
    GroupCounters& totals = group.totals;
    const bool above = totals.lag > group.drain_threshold;
    if (above && !group.above_since) {
        group.above_since = now;
    } else if (!above && group.above_since) {
        totals.longest_above = std::max(totals.longest_above, now - *group.above_since);
        group.above_since.reset();
    }
}

}  // namespace lagsim::sim
