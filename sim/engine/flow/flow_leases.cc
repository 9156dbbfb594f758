/// Partitions change hands, processes start, stop and die, and the world around them fails.
#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "sim/engine/drain_threshold.h"
#include "sim/engine/flow/flow_records.h"

namespace lagsim::sim {

using core::Duration;
using core::Instant;
using core::Offset;

namespace {

/// The end of what takes so many seconds, in whole nanoseconds and not now.
Instant after(Instant now, double seconds) {
    return now + Duration{static_cast<std::int64_t>(std::ceil(seconds * 1e9)) + 1};
}

/// What remains of a buffer counts as nothing: rounding of instants to nanoseconds.
constexpr double nothing = 1e-6;  // [records]

}  // namespace

void FlowRecords::start_process(ProcessId id, std::int32_t group, Instant now) {
    LAGSIM_CHECK(static_cast<std::size_t>(id) == processes_.size(),
                 "processes are numbered in order");
    Process& started = processes_.emplace_back();
    started.group = group;
    started.alive = true;
    started.started = now;
    running_.push_back(id);
    capacity_changed(started);
}

bool FlowRecords::has_valid_commit(const Lane& lane) const {
    const Log& log = log_of(lane);
    return lane.committed && whole(*lane.committed) >= log.start.value();
}

std::optional<double> FlowRecords::start_position(const Lane& lane) const {
    const Log& log = log_of(lane);
    if (has_valid_commit(lane)) {
        return std::min(*lane.committed, log.end);
    }
    switch (group_of(lane).spec->reset) {
        case core::OffsetReset::earliest:
            return std::max(log.first, static_cast<double>(log.start.value()));
        case core::OffsetReset::latest:
            return log.end;
        case core::OffsetReset::none:
            break;
    }
    return std::nullopt;
}

void FlowRecords::assign(ProcessId id, std::span<const std::int32_t> lanes, Instant now,
                         Instant fetch_from) {
    Process& owner = process(id);
    owner.lanes.insert(owner.lanes.end(), lanes.begin(), lanes.end());
    std::ranges::sort(owner.lanes);
    for (const std::int32_t index : lanes) {
        Lane& lane = lane_at(index);
        LAGSIM_CHECK(lane.owner < 0, "a partition has one owner in a generation");
        lane.owner = id;
        lane.stopping = false;
        lose_committed(lane, now);
        if (!has_valid_commit(lane) && group_of(lane).spec->reset == core::OffsetReset::latest) {
            lose(lane, log_of(lane).end, LossCause::skipped_by_reset, now);
        }
        const std::optional<double> start = start_position(lane);
        lane.stuck = !start.has_value();
        if (start) {
            lane.position = lane.origin = *start;
            begin_redo(lane);
            lane.fetch_at = fetch_from;
        }
    }
    capacity_changed(owner);
}

/// What was committed before it was done, and whose owner is gone.
void FlowRecords::lose_committed(Lane& lane, Instant now) const {
    const core::CommitWhen when = group_of(lane).spec->commit.when;
    if (lane.committed && when == core::CommitWhen::before_processing) {
        lose(lane, *lane.committed, LossCause::committed_before_processing, now);
    } else if (lane.committed && when == core::CommitWhen::automatic) {
        lose(lane, *lane.committed, LossCause::automatic_commit, now);
    }
}

void FlowRecords::begin_redo(Lane& lane) {
    lane.redo = {.first = whole(lane.position), .since = core::never, .cause = lane.last_end};
}

void FlowRecords::close_redo(Lane& lane) {
    if (lane.redo.since == core::never) {
        return;
    }
    const std::int64_t end = whole(std::min(lane.position, lane.settled));
    if (end > lane.redo.first) {
        lane.duplicate_intervals.push_back({.lane = lane.index,
                                            .first = lane.redo.first,
                                            .last = end - 1,
                                            .time = lane.redo.since,
                                            .cause = static_cast<std::uint8_t>(lane.redo.cause)});
    }
    lane.redo.since = core::never;
    lane.redo.first = end;
}

/// What is below and has no fate will never be processed.
void FlowRecords::lose(Lane& lane, double below, LossCause cause, Instant now) {
    if (below <= lane.settled) {
        return;
    }
    const std::int64_t first = whole(lane.settled);
    const std::int64_t end = whole(below);
    if (end > first) {
        lane.lost += end - first;
        lane.lost_intervals.push_back({.lane = lane.index,
                                       .first = first,
                                       .last = end - 1,
                                       .time = now,
                                       .cause = static_cast<std::uint8_t>(cause)});
    }
    lane.settled = below;
}

void FlowRecords::hold_fetching(ProcessId id, std::span<const std::int32_t> lanes, Instant until,
                                Instant now) {
    static_cast<void>(now);
    for (const std::int32_t index : lanes) {
        Lane& lane = lane_at(index);
        LAGSIM_CHECK(lane.owner == id, "only an owner fetches a partition");
        if (!lane.stuck) {
            set_consuming(lane, false);
            lane.fetch_at = until;
        }
    }
}

/// Chance [1] that something of `lanes` is being worked on.
double FlowRecords::chance_of_work(std::span<const std::int32_t> lanes) const {
    double idle = 1.0;
    for (const std::int32_t index : lanes) {
        const Lane& lane = lane_at(index);
        idle *= 1.0 - std::min(1.0, lane.rate * group_of(lane).service.work);
    }
    return 1.0 - idle;
}

/// Expected time [s] until what is in hand is put down: the rest of an attempt, and of a back-off
/// where its handler sleeps on.
double FlowRecords::time_in_hand(const Process& owner, std::span<const std::int32_t> lanes) const {
    const Group& group = groups_[static_cast<std::size_t>(owner.group)];
    const flow::Service& service = group.service;
    if (service.attempt <= 0.0) {
        return 0.0;
    }
    double backoff = 0.0;
    if (group.spec->revoke.backoff == Revoke::Backoff::wait) {
        for (const std::int32_t lane : lanes) {
            backoff += 0.5 * lane_at(lane).rate * service.backoff_square;
        }
    }
    const double attempt = 0.5 * service.attempt_square / service.attempt;
    return chance_of_work(lanes) * attempt + std::min(backoff, service.longest_backoff);
}

void FlowRecords::stop_fetching(ProcessId id, std::span<const std::int32_t> lanes, Instant now) {
    static_cast<void>(now);
    Process& owner = process(id);
    std::erase_if(notices_, [&](const RecordNotice& notice) {
        return notice.process == id && notice.kind == RecordNotice::Kind::drained;
    });
    owner.draining = true;
    std::vector<std::int32_t> stopped;
    for (const std::int32_t index : lanes) {
        Lane& lane = lane_at(index);
        if (lane.stopping) {
            continue;
        }
        stopped.push_back(index);
        lane.stopping = true;
        lane.fetch_at = core::never;
        const auto buffered =
            static_cast<double>(group_of(lane).spec->revoke.buffered_records.value());
        const bool fetched_ahead = lane.fetching && has_leader(log_of(lane));
        lane.stop_at =
            fetched_ahead ? std::min(log_of(lane).end, lane.position + buffered) : lane.position;
    }
    owner.in_hand = std::max(owner.in_hand, time_in_hand(owner, stopped));
    plan_drain(owner);
}

/// When what it gives up will be through: now, or a time to look again.
void FlowRecords::plan_drain(Process& owner) {
    if (!owner.draining) {
        return;
    }
    const Group& group = groups_[static_cast<std::size_t>(owner.group)];
    const double servers = std::min(servers_of(owner), static_cast<double>(owner.lanes.size()));
    double together = 0.0;
    double longest = 0.0;
    for (const std::int32_t index : owner.lanes) {
        Lane& lane = lane_at(index);
        const bool hopeless = group.service.never_succeeds;  // it puts down what it tries
        const double left = lane.stopping && lane.fetching ? lane.stop_at - lane.position : 0.0;
        if (lane.stopping && lane.fetching && (hopeless || left <= nothing)) {
            lane.stop_at = lane.position;
            set_consuming(lane, false);
        } else if (left > 0.0) {
            together += left * group.service.work / servers;
            longest = std::max(longest, left * group.service.occupancy(1.0));
        }
    }
    if (owner.frozen) {
        owner.drained_at = core::never;
    } else if (longest > 0.0) {
        owner.drained_at = after(now_, std::max(together, longest));
    } else if (owner.in_hand > 0.0) {
        owner.drained_at = after(now_, owner.in_hand);
        owner.in_hand = 0.0;
    } else {
        owner.drained_at = now_;
    }
}

void FlowRecords::release(ProcessId id, std::span<const std::int32_t> lanes, DuplicateCause cause,
                          Instant now) {
    static_cast<void>(now);
    Process& owner = process(id);
    const std::vector<std::int32_t> given(lanes.begin(), lanes.end());
    for (const std::int32_t index : given) {
        LAGSIM_CHECK(lane_at(index).owner == id, "only an owner gives a partition up");
        end_lease(lane_at(index), cause);
    }
    std::erase_if(owner.lanes,
                  [&](std::int32_t lane) { return std::ranges::find(given, lane) != given.end(); });
    capacity_changed(owner);
}

void FlowRecords::end_lease(Lane& lane, DuplicateCause cause) {
    close_redo(lane);
    // An owner that got no further than those before it leaves the blame with them.
    if (cause == DuplicateCause::zombie || lane.position >= lane.settled) {
        lane.last_end = cause;
    }
    lane.owner = -1;
    lane.stopping = false;
    lane.stuck = false;
    lane.rate = 0.0;
    lane.fetch_at = core::never;
    set_consuming(lane, false);
}

void FlowRecords::kill(ProcessId id, DuplicateCause cause, Instant now) {
    Process& victim = process(id);
    Group& group = groups_[static_cast<std::size_t>(victim.group)];
    if (group.service.attempt > 0.0) {
        const double age = 0.5 * group.service.attempt_square / group.service.attempt;
        for (const std::int32_t index : victim.lanes) {
            const Lane& lane = lane_at(index);
            group.wasted += age * std::min(1.0, lane.rate * group.service.work);
        }
    }
    release(id, victim.lanes, cause, now);
    group.work += victim.work;
    victim.alive = false;
    victim.draining = false;
    victim.drained_at = victim.turns_at = victim.overdue_at = core::never;
    capacity_changed(victim);
    std::erase(running_, id);
    std::erase_if(notices_, [&](const RecordNotice& notice) { return notice.process == id; });
}

void FlowRecords::set_consuming(Lane& lane, bool consuming) {
    if (lane.fetching != consuming) {
        lane.fetching = consuming;
        group_of(lane).lanes_not_consuming += consuming ? -1 : 1;
    }
}

void FlowRecords::capacity_changed(Process& owner) {
    Group& group = groups_[static_cast<std::size_t>(owner.group)];
    std::int64_t capacity = 0;
    if (owner.alive) {
        const double servers = servers_of(owner);
        capacity = std::isfinite(servers) ? std::llround(servers * 1000.0)
                                          : static_cast<std::int64_t>(owner.lanes.size()) * 1000;
    }
    group.capacity += capacity - owner.capacity;
    owner.capacity = capacity;
}

/// Where one loop polls and works in turn, it comes round when the record in hand is done.
void FlowRecords::ask_for_poll(ProcessId id, Instant now) {
    Process& owner = process(id);
    const ConsumerGroup& spec = *groups_[static_cast<std::size_t>(owner.group)].spec;
    const bool one_loop =
        spec.concurrency.kind == Concurrency::Kind::workers && spec.concurrency.count == 1;
    if (!one_loop) {
        owner.turns_at = now;
    } else if (owner.frozen) {
        owner.poll_asked = true;
    } else {
        owner.turns_at = after(now, time_in_hand(owner, owner.lanes));
    }
}

void FlowRecords::set_frozen(ProcessId id, bool frozen, Instant now) {
    Process& owner = process(id);
    const models::ProtocolParameters& protocol =
        groups_[static_cast<std::size_t>(owner.group)].spec->protocol;
    const ConsumerGroup& spec = *groups_[static_cast<std::size_t>(owner.group)].spec;
    const bool one_loop =
        spec.concurrency.kind == Concurrency::Kind::workers && spec.concurrency.count == 1;
    owner.frozen = frozen;
    owner.overdue_at = core::never;
    if (frozen && one_loop && protocol.client != models::ClientProfile::sarama &&
        chance_of_work(owner.lanes) > 0.5) {
        owner.overdue_at = now + protocol.max_poll_interval;
    }
    if (frozen) {
        owner.drained_at = core::never;
        return;
    }
    plan_drain(owner);
    if (owner.poll_asked) {
        owner.poll_asked = false;
        ask_for_poll(id, now);
    }
}

void FlowRecords::renew_service(std::int32_t index) {
    Group& group = groups_[static_cast<std::size_t>(index)];
    group.service = flow::service_of(*group.spec, group.downstream_down, group.slow_down);
}

void FlowRecords::set_downstream_down(std::int32_t group, bool down) {
    groups_[static_cast<std::size_t>(group)].downstream_down = down;
    renew_service(group);
}

void FlowRecords::set_slow_down(std::int32_t group, double factor) {
    groups_[static_cast<std::size_t>(group)].slow_down = factor;
    renew_service(group);
}

void FlowRecords::set_broker_down(bool down, Instant now) {
    static_cast<void>(now);
    broker_down_ = down;
    publish();
}

void FlowRecords::set_leaderless(std::int32_t log, bool leaderless, Instant now) {
    static_cast<void>(now);
    logs_[static_cast<std::size_t>(log)].leaderless = leaderless;
    publish();
}

void FlowRecords::add_partitions(std::size_t topic, std::int32_t count, Instant now) {
    static_cast<void>(now);
    const std::int32_t first_log = map_.first_log[topic];
    for (std::int32_t partition = 0; partition < count; ++partition) {
        Log& log = logs_[static_cast<std::size_t>(first_log + partition)];
        if (log.exists) {
            continue;
        }
        log.exists = true;
        for (const std::int32_t lane : log.lanes) {
            Group& group = group_of(lane_at(lane));
            ++group.lanes_not_consuming;
            ++group.lanes;
            group.drain_threshold = drain_threshold(*group.spec, group.lanes);
        }
    }
}

void FlowRecords::reset_position(Lane& lane, Instant now) {
    const Log& log = log_of(lane);
    switch (group_of(lane).spec->reset) {
        case core::OffsetReset::earliest:
            lane.position = std::max(lane.position, static_cast<double>(log.start.value()));
            break;
        case core::OffsetReset::latest:
            lose(lane, log.end, LossCause::skipped_by_reset, now);
            lane.position = log.end;
            break;
        case core::OffsetReset::none:
            lane.stuck = true;
            lane.fetch_at = core::never;
            set_consuming(lane, false);
            break;
    }
    lane.stop_at = std::max(lane.stop_at, lane.position);
}

void FlowRecords::delete_below(std::int32_t index, Offset start, Instant now) {
    Log& log = logs_[static_cast<std::size_t>(index)];
    if (start <= log.start) {
        return;
    }
    log.start = std::min(start, log_end(index));
    const auto begin = static_cast<double>(log.start.value());
    for (const std::int32_t lane_index : log.lanes) {
        Lane& lane = lane_at(lane_index);
        lose(lane, begin, LossCause::deleted_by_retention, now);
        if (lane.position >= begin) {
            continue;
        }
        close_redo(lane);
        if (lane.owner < 0) {
            lane.position = begin;  // nobody reads below
        } else if (!lane.stuck) {
            reset_position(lane, now);
        }
        begin_redo(lane);
    }
}

// What scenarios of expected numbers do not have: they are refused with the scenario.

void FlowRecords::return_claims(ProcessId id, Instant now) {
    static_cast<void>(id);
    static_cast<void>(now);
    LAGSIM_CHECK(false, "nothing is undeliverable in a flow");
}

void FlowRecords::truncate(std::int32_t log, Offset end, LossCause cause, Instant now) {
    static_cast<void>(log);
    static_cast<void>(end);
    static_cast<void>(cause);
    static_cast<void>(now);
    LAGSIM_CHECK(false, "a flow's logs are not cut off");
}

core::Records FlowRecords::compact_below(std::int32_t log, Offset end, Instant now) {
    static_cast<void>(log);
    static_cast<void>(end);
    static_cast<void>(now);
    LAGSIM_CHECK(false, "a flow's logs are not compacted");
    return core::Records{0};
}

void FlowRecords::set_dead_letter_down(std::int32_t group, bool down, Instant now) {
    static_cast<void>(group);
    static_cast<void>(down);
    static_cast<void>(now);
    LAGSIM_CHECK(false, "a flow's dead-letter topics do not fail");
}

}  // namespace lagsim::sim
