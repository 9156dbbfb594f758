/// What has arrived by an instant: the ends of logs, the group's lag, and brokers without a leader.
#include <algorithm>

#include "sim/engine/lanes/lane_records.h"

namespace lagsim::sim {

using core::Instant;

/// The log's end as of an instant.
void LaneRecords::see_log(Log& log, Instant now) {
    const std::int64_t end = feeds_[static_cast<std::size_t>(&log - logs_.data())]->end_at(now);
    log.end = core::Offset{end};
    log.index.grow_to(end);
}

void LaneRecords::see_logs(const Process& owner, Instant now) {
    for (const std::int32_t lane : owner.lanes) {
        Log& log = log_of(lane_of(lane));
        if (log.pulled != nullptr) {
            see_log(log, now);
        }
    }
}

void LaneRecords::count_arrivals(Instant now) {
    for (std::size_t log = 0; log < logs_.size(); ++log) {
        if (logs_[log].pulled != nullptr) {
            see_log(logs_[log], now);
            if (logs_[log].end.value() > counted_[log]) {
                count_arrivals(static_cast<std::int32_t>(log), now);
                // What has not been folded yet is looked at once more.
                feeds_[log]->forget_below(
                    std::min(counted_[log], lowest_needed(logs_[log]).value()));
            }
        }
    }
}

/// Arrivals that the log's groups have not heard of yet.
void LaneRecords::count_arrivals(std::int32_t index, Instant now) {
    Log& log = logs_[static_cast<std::size_t>(index)];
    LogFeed& feed = *feeds_[static_cast<std::size_t>(index)];
    std::int64_t from = counted_[static_cast<std::size_t>(index)];
    const std::int64_t end = log.end.value();
    const std::int64_t count = end - from;
    const std::int64_t warmup = core::nanoseconds(warmup_);
    std::int64_t after_warmup = 0;
    core::int128 waited = 0;  // [ns] since they arrived, in sum
    while (from < end) {
        const std::int64_t chunk = from >> chunk_bits;
        const std::int64_t last = std::min(end, (chunk + 1) << chunk_bits);
        const std::int64_t* const times = feed.times(chunk) - (chunk << chunk_bits);
        const std::int64_t now_ns = core::nanoseconds(now);
        std::int64_t sum = 0;  // 512 stretches of at most 2^53 ns
        for (std::int64_t number = from; number < last; ++number) {
            sum += now_ns - times[number];
        }
        waited += sum;
        const std::int64_t* const warm = std::lower_bound(times + from, times + last, warmup);
        after_warmup += times + last - warm;
        from = last;
    }
    for (const std::int32_t lane : log.lanes) {
        Group& group = group_of(lane_of(lane));
        group.totals.produced += count;
        group.produced_after_warmup += after_warmup;
        lag_grew(group, count, waited, now);
    }
}

void LaneRecords::lag_changed(Group& group, std::int64_t by, Instant now) {
    if (!folding_) {
        ReferenceRecords::lag_changed(group, by, now);
        return;
    }
    lag_grew(group, by, 0, now);
    if (group.drain_threshold >= 0) {
        pacing_of(group).changes.push_back({core::nanoseconds(now), by});
    }
}

/// The stretches above the drain threshold depend on the order of arrivals and commits. The window
/// is cut into slices; only where the lag may have crossed the threshold within one are its changes
/// put in order and walked through.
void LaneRecords::fold_lag(Group& group, const Slices& slices) {
    std::vector<Change>& changes = pacing_of(group).changes;
    if (group.drain_threshold < 0) {
        return;
    }
    if (may_cross(group)) {
        fold_slices(group, slices);
    }
    changes.clear();
}

/// Whether the lag can have passed the threshold since the last fold, in whatever order it changed.
bool LaneRecords::may_cross(const Group& group) const {
    std::int64_t more = 0;
    std::int64_t less = 0;
    const auto end_lane = map_.first_lane[group.index + 1];
    for (auto lane = map_.first_lane[group.index]; lane < end_lane; ++lane) {
        const auto log = static_cast<std::size_t>(map_.lanes[static_cast<std::size_t>(lane)].log);
        more += feeds_[log] ? logs_[log].end.value() - counted_[log] : 0;
    }
    for (const Change& change : pacing_of(group).changes) {
        (change.by > 0 ? more : less) += change.by;
    }
    return group.above_since ? group.totals.lag - more <= group.drain_threshold
                             : group.totals.lag - less > group.drain_threshold;
}

void LaneRecords::fold_slices(Group& group, const Slices& slices) {
    std::int64_t lag = group.totals.lag;
    more_.fill(0);
    less_.fill(0);
    const auto count = [&](std::int64_t time_ns, std::int64_t by) {
        (by > 0 ? more_ : less_)[slices.of(time_ns)] += by;
        lag -= by;
    };
    for_arrivals(group, [&](std::int64_t time_ns) { count(time_ns, 1); });
    for (const Change& change : pacing_of(group).changes) {
        count(change.time_ns, change.by);
    }
    bool any = false;
    std::int64_t before = lag;
    std::array<bool, Slices::count> crosses{};
    bool above = group.above_since.has_value();
    for (std::size_t slice = 0; slice < Slices::count; ++slice) {
        const std::int64_t after = before + more_[slice] + less_[slice];
        const bool stays = above ? before + less_[slice] > group.drain_threshold
                                 : before + more_[slice] <= group.drain_threshold;
        crosses[slice] = !stays && (more_[slice] != 0 || less_[slice] != 0);
        any = any || crosses[slice];
        above = stays ? above : after > group.drain_threshold;
        before = after;
    }
    if (any) {
        walk_slices(group, slices, crosses, lag);
    }
}

/// In the order of time, arrivals first at one instant, as in the reference plane's calendar.
void LaneRecords::walk_slices(Group& group, const Slices& slices,
                              const std::array<bool, Slices::count>& crosses, std::int64_t lag) {
    const std::int64_t lag_now = group.totals.lag;
    in_order_.clear();
    for_arrivals(group, [&](std::int64_t time_ns) {
        if (crosses[slices.of(time_ns)]) {
            in_order_.push_back({time_ns, 1});
        }
    });
    for (const Change& change : pacing_of(group).changes) {
        if (crosses[slices.of(change.time_ns)]) {
            in_order_.push_back(change);
        }
    }
    std::ranges::stable_sort(in_order_, {}, &Change::time_ns);
    auto next = in_order_.begin();
    for (std::size_t slice = 0; slice < Slices::count; ++slice) {
        if (!crosses[slice]) {
            lag += more_[slice] + less_[slice];
            continue;
        }
        for (; next != in_order_.end() && slices.of(next->time_ns) == slice; ++next) {
            group.totals.lag = lag += next->by;
            follow_drain_threshold(group, core::at_nanoseconds(next->time_ns));
        }
    }
    group.totals.lag = lag_now;
}

/// Arrivals at the group's logs that were counted since the last fold.
template <class Action>
void LaneRecords::for_arrivals(const Group& group, const Action& action) {
    const auto end_lane = map_.first_lane[group.index + 1];
    for (auto lane = map_.first_lane[group.index]; lane < end_lane; ++lane) {
        const auto log = static_cast<std::size_t>(lane_of(lane).log);
        std::int64_t from = counted_[log];
        const std::int64_t end = feeds_[log] ? logs_[log].end.value() : from;
        while (from < end) {
            const std::int64_t chunk = from >> chunk_bits;
            const std::int64_t last = std::min(end, (chunk + 1) << chunk_bits);
            const std::int64_t* const times = feeds_[log]->times(chunk) - (chunk << chunk_bits);
            for (; from < last; ++from) {
                action(times[from]);
            }
        }
    }
}

void LaneRecords::set_broker_down(bool down, Instant now) {
    if (down) {
        ReferenceRecords::set_broker_down(down, now);
        leaders_changed(now);
        return;
    }
    broker_down_ = false;
    leaders_changed(now);
    ReferenceRecords::set_broker_down(down, now);
}

void LaneRecords::set_leaderless(std::int32_t log, bool leaderless, Instant now) {
    logs_[static_cast<std::size_t>(log)].leaderless = leaderless;
    leaders_changed(now);
    ReferenceRecords::set_leaderless(log, leaderless, now);
}

/// Logs without a leader get nothing; what was due meanwhile comes when one is back, in the order
/// in which it was due.
void LaneRecords::leaders_changed(Instant now) {
    struct Due {
        std::int64_t time_ns;
        std::uint64_t rank;
        std::int32_t log;
    };
    std::vector<Due> all_due;
    std::vector<std::int64_t> due;
    for (std::size_t i = 0; i < logs_.size(); ++i) {
        if (!feeds_[i] || has_leader(logs_[i]) != feeds_[i]->holds_back()) {
            continue;
        }
        if (!has_leader(logs_[i])) {
            feeds_[i]->hold_back(logs_[i].end.value());
            continue;
        }
        due.clear();
        feeds_[i]->release(now, due);
        for (const std::int64_t time : due) {
            all_due.push_back({time, arrival_ranks_[i], static_cast<std::int32_t>(i)});
        }
    }
    std::ranges::stable_sort(all_due, {},
                             [](const Due& d) { return std::pair(d.time_ns, d.rank); });
    for (const Due& sent : all_due) {
        Log& log = logs_[static_cast<std::size_t>(sent.log)];
        ++log.end;
        log.index.grow_to(log.end.value());
        ++counted_[static_cast<std::size_t>(sent.log)];
        for (const std::int32_t lane : log.lanes) {
            Group& group = group_of(lane_of(lane));
            ++group.totals.produced;
            group.produced_after_warmup += now >= warmup_ ? 1 : 0;
            lag_changed(group, 1, now);
            feed_lane(lane, now);
        }
    }
}

}  // namespace lagsim::sim
