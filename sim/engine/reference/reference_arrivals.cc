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
    PublicationSource(const Producer& producer, std::uint32_t number,
                      const models::RandomStreams& streams)
        : publish_(producer.publish), number_(number), streams_(streams) {
        std::ranges::stable_sort(publish_, {}, &Publication::at);
        const auto& partitioner = producer.traffic.partitioner;
        deals_in_turn_ = partitioner.kind == models::PartitionerKind::round_robin ||
                         partitioner.kind == models::PartitionerKind::sticky;
        shares_ = models::partition_shares(partitioner, producer.traffic.partitions);
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
        return {publication.at, publication.partition ? *publication.partition : deal()};
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
    std::uint32_t number_;
    models::RandomStreams streams_;
    bool deals_in_turn_ = false;
    std::vector<double> shares_;
    std::size_t current_ = 0;
    std::int64_t sent_ = 0;
    std::uint64_t dealt_ = 0;
};

}  // namespace

void ReferenceRecords::make_sources(const models::RandomStreams& streams) {
    const auto add = [&](std::unique_ptr<models::ArrivalSource> stream, std::int32_t first_log) {
        const auto index = static_cast<std::int32_t>(sources_.size());
        Source& source = sources_.emplace_back();
        source.stream = std::move(stream);
        source.first_log = first_log;
        source.slot = calendar_.add({arrival, index, 0},
                                    make_rank(arrival, static_cast<std::uint32_t>(index)));
        source.next = source.stream->next();
        calendar_.schedule(source.slot, source.next.time < end_ ? source.next.time : core::never);
    };
    for (std::size_t i = 0; i < scenario_.producers.size(); ++i) {
        const Producer& producer = scenario_.producers[i];
        const std::int32_t first_log = map_.first_log[producer.topic];
        const auto number = static_cast<std::uint32_t>(i);
        if (!producer.traffic.rate.empty()) {
            for (auto& stream : models::make_arrival_sources(
                     producer.traffic, number, static_cast<std::uint32_t>(first_log), streams)) {
                add(std::move(stream), first_log);
            }
        }
        if (!producer.publish.empty()) {
            add(std::make_unique<PublicationSource>(producer, number, streams), first_log);
        }
    }
}

void ReferenceRecords::on_arrival(std::int32_t index) {
    Source& source = sources_[static_cast<std::size_t>(index)];
    const models::Arrival now = source.next;
    source.next = source.stream->next();
    calendar_.schedule(source.slot, source.next.time < end_ ? source.next.time : core::never);
    const std::int32_t log = source.first_log + now.partition;
    if (broker_down_) {
        held_back_.push_back(log);
    } else {
        append(log, now.time);
    }
}

void ReferenceRecords::append(std::int32_t log_index, Instant now) {
    Log& log = logs_[static_cast<std::size_t>(log_index)];
    log.arrivals.push_back(now);
    ++log.end;
    if ((log.end.value() & 1023) == 0) {
        prune_arrivals(log);
    }
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
void ReferenceRecords::prune_arrivals(Log& log) {
    core::Offset needed = log.lanes.empty() ? log.end : core::Offset{INT64_MAX};
    for (const std::int32_t lane_index : log.lanes) {
        const Lane& lane = lane_of(lane_index);
        const bool kept = group_of(lane).spec->offsets_retention >= scenario_.duration;
        const core::Offset lowest = kept ? lane.committed.value_or(log.start) : log.start;
        needed = std::min(needed, std::max(log.start, lowest));
        needed = std::min(needed, lane.owner >= 0 ? lane.next : needed);
    }
    while (log.arrivals_base < needed && !log.arrivals.empty()) {
        log.arrivals.pop_front();
        ++log.arrivals_base;
    }
}

void ReferenceRecords::lag_changed(Group& group, std::int64_t by, Instant now) {
    GroupCounters& totals = group.totals;
    totals.lag_integral +=
        static_cast<core::int128>(totals.lag) * core::nanoseconds(now - group.lag_since);
    group.lag_since = now;
    totals.lag += by;
    if (group.drain_threshold < 0) {
        return;
    }
    const bool above = totals.lag > group.drain_threshold;
    if (above && !group.above_since) {
        group.above_since = now;
    } else if (!above && group.above_since) {
        totals.longest_above = std::max(totals.longest_above, now - *group.above_since);
        group.above_since.reset();
    }
}

}  // namespace lagsim::sim
