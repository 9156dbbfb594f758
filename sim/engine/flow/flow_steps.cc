/// From one instant to the next: logs grow, processes divide their servers, queues move.
#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/engine/flow/flow_records.h"
#include "sim/engine/flow/queue_step.h"

namespace lagsim::sim {

using core::Instant;

namespace {

constexpr double no_limit = std::numeric_limits<double>::infinity();
constexpr double shortest_service = 1e-12;  ///< [s] so that a rate is finite

/// The rate that all may have so that together they have `total`: those that want less leave the
/// rest to the others. Infinite where there is enough for all.
double fair_share(const std::vector<double>& wanted, double total) {
    double share = no_limit;
    for (;;) {
        double modest = 0.0;
        int greedy = 0;
        for (const double want : wanted) {
            modest += want < share ? want : 0.0;
            greedy += want < share ? 0 : 1;
        }
        if (share == no_limit) {
            if (modest <= total) {
                return no_limit;
            }
            share = total / static_cast<double>(wanted.size());
            continue;
        }
        const double next = greedy > 0 ? (total - modest) / greedy : share;
        if (next <= share * (1.0 + 1e-12)) {
            return share;
        }
        share = next;
    }
}

}  // namespace

double FlowRecords::Division::rate(double servers_left) const {
    const double speed = std::min(1.0, servers_left);
    return speed > 0.0 ? 1.0 / (per_record / speed + beside) : 0.0;
}

void FlowRecords::move_to(Instant time) {
    const Instant from = now_;
    const double seconds = core::seconds(time - from);
    for (Group& group : groups_) {
        group.rebalance_pause += group.lanes_not_consuming * seconds;
        group.capacity_time += static_cast<double>(group.capacity) * seconds;
    }
    grow_logs(time);
    for (Lane& lane : lanes_) {
        if (lane.owner < 0) {
            rest_lane(lane, seconds);
        }
    }
    for (const ProcessId id : running_) {
        step_process(process(id), time, seconds);
    }
    now_ = time;
    settle_groups();
    watch_lag(from, time);
}

void FlowRecords::grow_logs(Instant time) {
    std::ranges::fill(sent_, 0.0);
    traffic_.add_sent(now_, time, sent_);
    for (std::size_t i = 0; i < logs_.size(); ++i) {
        Log& log = logs_[i];
        log.growth = has_leader(log) ? sent_[i] : 0.0;
        log.held_back += has_leader(log) ? 0.0 : sent_[i];
        log.end += log.growth;
        log.arrivals.note(time, log.end);
        double needed = log.end;
        for (const std::int32_t lane : log.lanes) {
            needed = std::min(needed, lane_at(lane).settled);
        }
        log.arrivals.forget_below(needed);
    }
}

/// What is sent at this very instant, and what could not be sent until now.
void FlowRecords::publish() {
    std::ranges::fill(sent_, 0.0);
    const bool any = published_ != now_ && traffic_.publish(now_, sent_);
    published_ = now_;
    for (std::size_t i = 0; i < logs_.size(); ++i) {
        Log& log = logs_[i];
        log.held_back += any ? sent_[i] : 0.0;
        if (log.held_back > 0.0 && has_leader(log)) {
            log.arrivals.note(now_, log.end);
            log.end += log.held_back;
            log.held_back = 0.0;
            log.arrivals.note(now_, log.end);
        }
    }
}

bool FlowRecords::works(const Lane& lane, const Process& owner) const {
    if (owner.frozen || !lane.fetching || lane.stuck || group_of(lane).service.never_succeeds) {
        return false;
    }
    return lane.stopping ? lane.position < lane.stop_at : has_leader(log_of(lane));
}

double FlowRecords::servers_of(const Process& owner) const {
    const ConsumerGroup& spec = *groups_[static_cast<std::size_t>(owner.group)].spec;
    double servers = no_limit;
    if (spec.concurrency.kind == Concurrency::Kind::workers) {
        servers = spec.concurrency.count;
    }
    if (spec.cpu.limit && spec.cpu.share > 0.0) {
        servers = std::min(servers, *spec.cpu.limit / spec.cpu.share);
    }
    return servers;
}

double FlowRecords::variability(const Lane& lane, double service_rate) const {
    const flow::Service& service = group_of(lane).service;
    double speed = 1.0;
    if (service_rate > 0.0 && service.work > 0.0) {
        const double stretched = std::max(service.work, 1.0 / service_rate - service.rest);
        speed = service.work / stretched;
    }
    return 0.5 * (log_of(lane).dispersion + service.variation(speed));
}

/// What the partition could use in this step, given the rate it is served with while it has work.
double FlowRecords::wanted_rate(const Lane& lane, double service_rate, double seconds) const {
    if (lane.stopping) {
        return (lane.stop_at - lane.position) / seconds;
    }
    const Log& log = log_of(lane);
    const double arrivals = log.growth / seconds;
    double excess = log.end - log.growth - lane.position;
    if (service_rate > arrivals) {
        excess -= flow::number_at_rest(arrivals / service_rate, variability(lane, service_rate));
    }
    return arrivals + std::max(0.0, excess) / seconds;
}

/// Those with a backlog share evenly what the others leave.
FlowRecords::Division FlowRecords::divide(const Process& owner, double seconds) {
    const Group& group = groups_[static_cast<std::size_t>(owner.group)];
    Division division;
    division.servers = servers_of(owner);
    const bool workers = group.spec->concurrency.kind == Concurrency::Kind::workers;
    division.per_record =
        std::max(shortest_service, group.service.work + (workers ? group.service.held : 0.0));
    division.beside = group.service.rest - (workers ? group.service.held : 0.0);
    double arriving = 0.0;
    for (const std::int32_t index : owner.lanes) {
        const Lane& lane = lane_at(index);
        if (works(lane, owner) && !lane.stopping) {
            arriving += log_of(lane).growth / seconds;
        }
    }
    const double most = division.rate(no_limit);
    wanted_.clear();
    for (const std::int32_t index : owner.lanes) {
        const Lane& lane = lane_at(index);
        if (works(lane, owner)) {
            const double own = lane.stopping ? 0.0 : log_of(lane).growth / seconds;
            const double left = division.servers - (arriving - own) * division.per_record;
            wanted_.push_back(std::min(most, wanted_rate(lane, division.rate(left), seconds)));
        }
    }
    division.fair_rate = fair_share(wanted_, division.servers / division.per_record);
    for (const double wanted : wanted_) {
        division.used += std::min(wanted, division.fair_rate) * division.per_record;
    }
    return division;
}

void FlowRecords::step_process(Process& owner, Instant to, double seconds) {
    const Division division = divide(owner, seconds);
    const double most = division.rate(no_limit);
    std::size_t working = 0;
    before_.clear();
    owner.rate = 0.0;
    for (const std::int32_t index : owner.lanes) {
        Lane& lane = lane_at(index);
        before_.push_back(lane.position);
        if (!works(lane, owner)) {
            rest_lane(lane, seconds);
            continue;
        }
        const double own = std::min(wanted_[working++], division.fair_rate) * division.per_record;
        const double left = division.servers - (division.used - own);
        const double fair = std::isfinite(division.fair_rate) ? division.fair_rate : 0.0;
        step_lane(lane, std::max(std::min(most, fair), division.rate(left)), to, seconds);
        owner.rate += lane.rate;
    }
    owner.work +=
        owner.rate * seconds * groups_[static_cast<std::size_t>(owner.group)].service.work;
    for (std::size_t i = 0; i < owner.lanes.size(); ++i) {
        commit_lane(lane_at(owner.lanes[i]), owner, before_[i], to, seconds);
    }
}

/// Nobody takes anything of it; its log grows on.
void FlowRecords::rest_lane(Lane& lane, double seconds) {
    ++steps_;
    const Log& log = log_of(lane);
    lane.rate = 0.0;
    lane.variance += log.dispersion * log.growth;
    group_of(lane).lag_area += (log.end - 0.5 * log.growth - lane.position) * seconds;
    if (lane.owner < 0) {
        group_of(lane).lag_area += uncommitted(lane, lane.position) * seconds;
    }
}

void FlowRecords::step_lane(Lane& lane, double service_rate, Instant to, double seconds) {
    ++steps_;
    const Log& log = log_of(lane);
    const double before = log.end - log.growth - lane.position;
    Step step{.to = to, .seconds = seconds};
    lane.service = service_rate;
    if (lane.stopping) {
        const double done = std::min(lane.stop_at - lane.position, service_rate * seconds);
        group_of(lane).lag_area += (before + 0.5 * (log.growth - done)) * seconds;
        serve(lane, done, step);
        if (lane.position >= lane.stop_at) {
            set_consuming(lane, false);
        }
        return;
    }
    const double arrivals = log.growth / seconds;
    const double spread = variability(lane, service_rate);
    const flow::QueueOutput queue = flow::step_queue({.number = before,
                                                      .arrival_rate = arrivals,
                                                      .service_rate = service_rate,
                                                      .variability = spread,
                                                      .seconds = seconds});
    step.at_rest = queue.at_rest;
    step.load = service_rate > 0.0 ? arrivals / service_rate : 0.0;
    group_of(lane).lag_area += queue.integral;
    serve(lane, std::min(queue.served, log.end - lane.position), step);
    // At rest as in M/M/1, else arrivals and services spread on.
    const double of_service = 2.0 * spread - log.dispersion;
    lane.variance = queue.at_rest ? queue.number * (1.0 + queue.number)
                                  : lane.variance + log.growth * log.dispersion +
                                        queue.served * std::max(0.0, of_service);
}

/// `records` are done, of which those that had no fate have one now.
void FlowRecords::serve(Lane& lane, double records, const Step& step) {
    Group& group = group_of(lane);
    const double before = lane.position;
    lane.rate = records / step.seconds;
    lane.position += records;
    group.retries += records * (group.service.attempts - 1.0);
    if (before < lane.settled) {
        const std::int64_t again = whole(std::min(lane.position, lane.settled)) - whole(before);
        lane.duplicates += again;
        if (again > 0 && lane.redo.since == core::never) {
            lane.redo.since = step.to;
        }
    }
    if (lane.position > lane.settled) {
        close_redo(lane);
        const double from = std::max(before, lane.settled);
        note_latency(lane, from, before, step);
        group.dead_lettered += (lane.position - from) * group.service.dead_lettered;
        lane.settled = lane.position;
    }
}

void FlowRecords::note_latency(Lane& lane, double from, double position_before, const Step& step) {
    const Log& log = log_of(lane);
    from = std::max(from, log.end_at_warmup);
    if (!warm_ || lane.position <= from) {
        return;
    }
    Group& group = group_of(lane);
    const double end = core::seconds(step.to);
    const double last = end - log.arrivals.seconds_at(lane.position, lane.arrival_hint);
    const double records = (lane.position - from) * (1.0 - group.service.dead_lettered);
    if (step.at_rest && step.load < 1.0) {
        group.sojourns.add_at_rest(records, std::max(0.0, last), step.load);
        return;
    }
    const double part = (from - position_before) / (lane.position - position_before);
    // Where records came at one instant, that of the first of these and not of the last before.
    const double first_record = from + 1e-3 * (lane.position - from);
    const double first = end - step.seconds * (1.0 - part) -
                         log.arrivals.seconds_at(first_record, lane.arrival_hint);
    group.sojourns.add_backlogged(records, std::max(0.0, first), std::max(0.0, last));
}

/// Whole records get their fates; which of them were dead-lettered is known by number only.
void FlowRecords::settle_groups() {
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        Group& group = groups_[g];
        std::int64_t settled = 0;
        for (auto lane = map_.first_lane[g]; lane < map_.first_lane[g + 1]; ++lane) {
            settled += whole(lane_at(lane).settled) - lane_at(lane).lost;
        }
        const std::int64_t due = std::llround(group.dead_lettered) - group.dead_letters;
        group.dead_letters += std::clamp<std::int64_t>(due, 0, settled - group.settled);
        group.settled = settled;
    }
}

/// The longest stretch above the threshold, its ends between two steps by interpolation.
void FlowRecords::watch_lag(Instant from, Instant to) {
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        Group& group = groups_[g];
        double lag = 0.0;
        for (auto i = map_.first_lane[g]; i < map_.first_lane[g + 1]; ++i) {
            const Lane& lane = lane_at(i);
            lag += log_of(lane).end - lane.position + uncommitted(lane, lane.position);
        }
        const auto threshold = static_cast<double>(group.drain_threshold);
        const bool above = group.drain_threshold >= 0 && lag > threshold;
        if (group.drain_threshold >= 0 && above != group.above_since.has_value()) {
            const double part = (threshold - group.lag) / (lag - group.lag);
            const Instant crossed =
                from + core::Duration{std::llround(std::clamp(part, 0.0, 1.0) *
                                                   static_cast<double>((to - from).count()))};
            if (above) {
                group.above_since = crossed;
            } else {
                group.longest_above = std::max(group.longest_above, crossed - *group.above_since);
                group.above_since.reset();
            }
        }
        group.lag = lag;
    }
}

}  // namespace lagsim::sim
