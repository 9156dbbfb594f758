/// What happens to the logs themselves: leaders come and go, the cleaner removes records, an end is
/// cut off, a topic grows.
#include <algorithm>
#include <utility>

#include "sim/engine/drain_threshold.h"
#include "sim/engine/reference/reference_records.h"

namespace lagsim::sim {

using core::Instant;
using core::Offset;

void ReferenceRecords::set_broker_down(bool down, Instant now) {
    broker_down_ = down;
    if (!down) {
        send_held_back(now);
        resume_retry_produces(now);
        feed_all(now);
    }
}

void ReferenceRecords::set_leaderless(std::int32_t log_index, bool leaderless, Instant now) {
    Log& log = logs_[static_cast<std::size_t>(log_index)];
    log.leaderless = leaderless;
    if (has_leader(log)) {
        send_held_back(now);
        for (const std::int32_t lane : log.lanes) {
            feed_lane(lane, now);
        }
    }
}

/// What producers could not send and now can, in order.
void ReferenceRecords::send_held_back(Instant now) {
    std::vector<Sent> held_back;
    held_back.swap(held_back_);
    for (const Sent& sent : held_back) {
        if (has_leader(logs_[static_cast<std::size_t>(sent.log)])) {
            send(sent, now);
        } else {
            held_back_.push_back(sent);
        }
    }
}

void ReferenceRecords::feed_all(Instant now) {
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
        feed_lane(static_cast<std::int32_t>(lane), now);
    }
}

Offset ReferenceRecords::log_end(std::int32_t log) const {
    return logs_[static_cast<std::size_t>(log)].end;
}

Offset ReferenceRecords::last_records(std::int32_t log_index, std::int64_t count) const {
    const Log& log = logs_[static_cast<std::size_t>(log_index)];
    Offset first = log.end;
    while (count > 0 && first > std::max(log.start, log.arrivals_base)) {
        first = first - core::Records{1};
        count -= log.has_record(first) ? 1 : 0;
    }
    return first;
}

void ReferenceRecords::truncate(std::int32_t log_index, Offset end, LossCause cause, Instant now) {
    Log& log = logs_[static_cast<std::size_t>(log_index)];
    end = std::max(end, log.start);
    if (end >= log.end) {
        return;
    }
    std::vector<Offset> vanished;  // numbers
    for (Offset offset = end; offset < log.end; ++offset) {
        if (log.has_record(offset)) {
            vanished.emplace_back(log.index.number_from(offset));
        }
    }
    const std::int64_t cut = (log.end - end).value();
    log.arrivals.resize(static_cast<std::size_t>((end - log.arrivals_base).value()));
    log.end = end;
    log.index.truncate(end);
    log.cleaned_to = std::min(log.cleaned_to, end);
    for (const std::int32_t lane : log.lanes) {
        lag_changed(group_of(lane_of(lane)), -cut, now);
        cut_off(lane, vanished, cause, now);
    }
}

/// One group learns that the end of a log is gone, those of its records that had no fate for good.
void ReferenceRecords::cut_off(std::int32_t index, std::span<const Offset> vanished,
                               LossCause cause, Instant now) {
    Lane& lane = lane_of(index);
    const Log& log = log_of(lane);
    if (lane.shared) {
        cut_off_shared(index, now);
    }
    for (const Offset record : vanished) {
        lose_from_log(index, record, cause, now);
    }
    lane.skipped_to = std::min(lane.skipped_to, log.end);
    lane.done_before = std::min(lane.done_before, log.end);
    if (lane.committed && *lane.committed > log.end) {
        lane.dangles = cause;
    }
    if (lane.sent > log.end) {
        lane.sent_dangles = cause;  // if it is still on its way
    }
    lane.buffered_end = std::min(lane.buffered_end, log.end);
    if (lane.owner >= 0 && !lane.stuck && lane.next > log.end) {
        out_of_range(index, now);
    }
    if (lane.owner >= 0 && lane.stopping) {
        lane.buffered_end = std::min(lane.buffered_end, lane.next);
        stop_at_buffer_end(lane, now);
        report_if_drained(lane.owner, now);
    }
}

/// The broker answers OFFSET_OUT_OF_RANGE: the reset policy says where the owner goes on, as if it
/// had just got the partition. What it has in hand belongs to the old position and is not
/// committed.
void ReferenceRecords::out_of_range(std::int32_t index, Instant now) {
    Lane& lane = lane_of(index);
    ++lane.lease_number;
    lane.commit_wanted = false;
    calendar_.cancel(lane.answered_slot);
    if (!reset_position(index, now)) {
        lane.lease.end();
        return;
    }
    if (group_of(lane).spec->reset == core::OffsetReset::earliest) {
        lane.last_end = DuplicateCause::offset_reset;
    }
    lane.lease = core::Lease(lane.next, std::nullopt);
    skip_holes(lane);
    feed_lane(index, now);
}

/// The cleaner goes over segments that are closed. What does not survive becomes a hole; those that
/// had it in hand keep it.
core::Records ReferenceRecords::compact_below(std::int32_t log_index, Offset end, Instant now) {
    Log& log = logs_[static_cast<std::size_t>(log_index)];
    std::vector<std::pair<Offset, Offset>> removed;  // offset, number
    Offset offset = std::max({log.cleaned_to, log.arrivals_base, log.start});
    log.cleaned_to = std::max(log.cleaned_to, end);
    for (; offset < end; ++offset) {
        Instant& arrived = log.arrival(offset);
        if (arrived == core::never) {
            continue;
        }
        const Offset record{log.index.number_from(offset)};
        const models::Block block =
            streams_.block(static_cast<std::uint64_t>(record.value()),
                           static_cast<std::uint32_t>(log_index), models::Purpose::compaction);
        if (block[0] >= log.kept_below) {
            arrived = core::never;
            removed.emplace_back(offset, record);
        }
    }
    for (const std::int32_t index : log.lanes) {
        Lane& lane = lane_of(index);
        // What lies below is not read again, whatever became of it.
        const Offset reads_from = lane.dangles ? log.start : lane.committed.value_or(log.start);
        for (const auto& [at, record] : removed) {
            if (at >= reads_from) {
                lose_from_log(index, record, LossCause::compacted, now);
            }
        }
        if (lane.owner >= 0 && !lane.stuck) {
            skip_holes(lane);
        }
    }
    return core::Records{static_cast<std::int64_t>(removed.size())};
}

/// The new partitions have no owner yet, like all at the start.
void ReferenceRecords::add_partitions(std::size_t topic, std::int32_t count, Instant now) {
    const std::int32_t first_log = map_.first_log[topic];
    for (std::int32_t partition = 0; partition < count; ++partition) {
        Log& log = logs_[static_cast<std::size_t>(first_log + partition)];
        if (log.exists) {
            continue;
        }
        log.exists = true;
        for (const std::int32_t lane : log.lanes) {
            Group& group = group_of(lane_of(lane));
            count_lanes_not_consuming(group, 1, now);
            ++group.lanes;
            group.drain_threshold = drain_threshold(*group.spec, group.lanes);
        }
    }
    for (Group& group : groups_) {
        lag_changed(group, 0, now);  // the threshold may have passed over the lag
    }
}

/// What a producer knows of a growing topic: at multiples of its metadata refresh.
models::ProducerParameters ReferenceRecords::traffic_of(const Producer& producer) const {
    models::ProducerParameters traffic = producer.traffic;
    for (const Fault& fault : scenario_.faults) {
        if (fault.kind != FaultKind::add_partitions || fault.topic != producer.topic) {
            continue;
        }
        const core::Duration refresh = std::max(producer.metadata_refresh, core::Duration{1});
        const core::Duration since_start = fault.at - Instant{};
        const std::int64_t turns = (since_start.count() + refresh.count() - 1) / refresh.count();
        traffic.growth.push_back({Instant{refresh * turns}, static_cast<std::int32_t>(fault.to)});
    }
    std::ranges::stable_sort(traffic.growth, {}, &models::KnownPartitions::from);
    return traffic;
}

}  // namespace lagsim::sim
