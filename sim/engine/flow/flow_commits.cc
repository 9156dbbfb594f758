/// Committed offsets in expectation: by the clock where the clock commits, behind by what is on
/// average not yet counted or not yet applied where records are counted.
#include <algorithm>

#include "core/commit/schedule.h"
#include "sim/engine/flow/flow_records.h"

namespace lagsim::sim {

using core::Duration;
using core::Instant;

bool FlowRecords::takes_commits(const Lane& lane) const {
    return !broker_down_ && !group_of(lane).coordinator_is_away;
}

/// What a commit would carry now: all that is done, or handed out where that is what counts.
double FlowRecords::committable(const Lane& lane) const {
    const ConsumerGroup& spec = *group_of(lane).spec;
    if (!core::CommitSchedule::counts_deliveries(spec.commit.when)) {
        return lane.position;
    }
    const double load = lane.service > 0.0 ? std::min(1.0, lane.rate / lane.service) : 0.0;
    return lane.position + std::min(load, log_of(lane).end - lane.position);
}

/// From the committed offset to `position`: none is counted from the log's start.
double FlowRecords::uncommitted(const Lane& lane, double position) const {
    const Log& log = log_of(lane);
    const double nothing = std::max(log.first, static_cast<double>(log.start.value()));
    return position - lane.committed.value_or(nothing);
}

/// [records] of this partition that a commit after every k records of the member leaves behind on
/// average: half of what is counted between two commits, and what is done while one is on its way.
double FlowRecords::behind_by_count(const Lane& lane, const Process& owner) const {
    const ConsumerGroup& spec = *group_of(lane).spec;
    const auto every = static_cast<double>(spec.commit.every_records.value());
    const double latency = core::seconds(spec.overheads.commit_latency);
    const double period = every / owner.rate;
    const double applied = 0.5 * latency + 0.5 * std::max(0.0, latency - period);
    return 0.5 * (every - 1.0) * lane.rate / owner.rate + lane.rate * applied;
}

/// The last instant at which the clock asked for a commit that is applied by `to`.
std::optional<Instant> FlowRecords::last_tick(const Process& owner, Instant to) const {
    const ConsumerGroup& spec = *groups_[static_cast<std::size_t>(owner.group)].spec;
    const Duration since = to - spec.overheads.commit_latency / 2 - owner.started;
    if (since < spec.commit.every || spec.commit.every <= Duration{0}) {
        return std::nullopt;
    }
    return owner.started + spec.commit.every * (since / spec.commit.every);
}

/// True where a whole record more is committed.
bool FlowRecords::apply_commit(Lane& lane, double offset) const {
    const double before = lane.committed.value_or(lane.origin);
    if (lane.committed ? offset <= before : whole(offset) <= whole(before)) {
        return false;
    }
    lane.committed = offset;
    return whole(offset) > whole(before);
}

void FlowRecords::commit_lane(Lane& lane, Process& owner, double position_before, Instant to,
                              double seconds) {
    const ConsumerGroup& spec = *group_of(lane).spec;
    const double uncommitted_before = uncommitted(lane, position_before);
    const bool by_count = spec.commit.every_records > core::Records{0};
    const double period = core::seconds(spec.commit.every);
    bool ticked = false;
    if (spec.commit.when != core::CommitWhen::mark_only && takes_commits(lane) &&
        !owner.commits_blocked) {
        const std::optional<Instant> tick = by_count ? std::nullopt : last_tick(owner, to);
        const Instant from = now_;
        if (by_count && owner.rate > 0.0) {
            if (apply_commit(lane, committable(lane) - behind_by_count(lane, owner))) {
                owner.last_commit = to;
            }
        } else if (tick && *tick + spec.overheads.commit_latency / 2 > from) {
            const double done_since = lane.rate * core::seconds(to - *tick);
            ticked = true;
            if (apply_commit(lane, std::max(committable(lane) - done_since, lane.origin))) {
                owner.last_commit = *tick;
            }
        }
    }
    const double latency = core::seconds(spec.overheads.commit_latency);
    group_of(lane).lag_area +=
        ticked ? 0.5 * lane.rate * (period + latency) * seconds
               : 0.5 * (uncommitted_before + uncommitted(lane, lane.position)) * seconds;
}

/// What was handed out and committed before it was done is done by now: the process has drained.
void FlowRecords::finish_in_hand(Lane& lane) {
    if (lane.committed && *lane.committed > lane.position) {
        const Step step{.to = now_, .seconds = 1e-9};
        serve(lane, std::min(*lane.committed, log_of(lane).end) - lane.position, step);
        lane.rate = 0.0;
    }
}

Instant FlowRecords::commit_finally(ProcessId id, std::span<const std::int32_t> lanes,
                                    Instant now) {
    Process& owner = process(id);
    const Group& group = groups_[static_cast<std::size_t>(owner.group)];
    for (const std::int32_t lane : lanes) {
        finish_in_hand(lane_at(lane));
    }
    if (broker_down_ || group.coordinator_is_away ||
        group.spec->commit.when == core::CommitWhen::mark_only) {
        return now;
    }
    bool sent = false;
    for (const std::int32_t lane : lanes) {
        sent = apply_commit(lane_at(lane), lane_at(lane).position) || sent;
    }
    if (!sent) {
        return now;
    }
    owner.last_commit = now;
    return now + group.spec->overheads.commit_latency;
}

void FlowRecords::block_commits(ProcessId id, bool blocked, Instant now) {
    static_cast<void>(now);
    process(id).commits_blocked = blocked;
}

void FlowRecords::set_coordinator_away(std::int32_t group, bool away) {
    groups_[static_cast<std::size_t>(group)].coordinator_is_away = away;
}

void FlowRecords::forget_commits(std::int32_t group, Instant now) {
    static_cast<void>(now);
    for (Lane& lane : lanes_) {
        if (lane.group == group && lane.committed) {
            lane.committed.reset();
            lane.last_end = DuplicateCause::offsets_expired;
        }
    }
}

}  // namespace lagsim::sim
