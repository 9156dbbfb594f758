#include "sim/engine/flow/flow_records.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "sim/engine/drain_threshold.h"

namespace lagsim::sim {

using core::Duration;
using core::Instant;
using core::Offset;

namespace {

/// Longer steps would follow a ramp of the rate too coarsely.
constexpr Duration longest_step{15'000'000'000};
constexpr double nanoseconds_a_second = 1e9;

core::int128 as_integral(double value) {
    return static_cast<core::int128>(value * nanoseconds_a_second);
}

}  // namespace

std::int64_t FlowRecords::whole(double offset) {
    return static_cast<std::int64_t>(std::floor(offset));
}

FlowRecords::FlowRecords(const Scenario& scenario, const LaneMap& map)
    : scenario_(scenario),
      map_(map),
      warmup_(Instant{scenario.warmup}),
      traffic_(scenario, map),
      sent_(map.logs.size(), 0.0) {
    for (std::size_t i = 0; i < map.logs.size(); ++i) {
        const LogInfo& info = map.logs[i];
        Log& log = logs_.emplace_back();
        log.lanes = info.lanes;
        log.exists = info.partition < scenario.topics[info.topic].partitions;
        log.dispersion = traffic_.dispersion(static_cast<std::int32_t>(i));
        log.first = (static_cast<double>(info.partition) + 0.5) /
                    static_cast<double>(scenario.most_partitions(info.topic));
        log.end = log.end_at_warmup = log.first;
        log.arrivals.note(Instant{}, log.end);
    }
    for (const ConsumerGroup& spec : scenario.consumers) {
        Group& group = groups_.emplace_back();
        group.spec = &spec;
        group.service = flow::service_of(spec, false, 1.0);
        for (const std::size_t topic : spec.topics) {
            group.lanes += scenario.topics[topic].partitions;
        }
        group.lanes_not_consuming = group.lanes;
        group.drain_threshold = drain_threshold(spec, group.lanes);
    }
    for (std::size_t i = 0; i < map.lanes.size(); ++i) {
        Lane& lane = lanes_.emplace_back();
        lane.index = static_cast<std::int32_t>(i);
        lane.group = map.lanes[i].group;
        lane.log = map.lanes[i].log;
        lane.position = lane.settled = log_of(lane).first;
    }
    publish();
    if (scenario.warmup == Duration{0}) {
        warm_ = true;
    }
}

std::optional<RecordNotice> FlowRecords::advance(Instant until) {
    while (notices_.empty()) {
        const Instant next = std::min({until, next_wakeup(), now_ + longest_step});
        if (next > now_) {
            move_to(next);
        }
        wake();
        if (now_ >= until && next_wakeup() > now_) {
            break;
        }
    }
    if (notices_.empty()) {
        return std::nullopt;
    }
    const RecordNotice first = notices_.front();
    notices_.erase(notices_.begin());
    return first;
}

Instant FlowRecords::next_wakeup() const {
    Instant next = traffic_.next_change(now_);
    for (const Lane& lane : lanes_) {
        next = std::min(next, lane.fetch_at);
    }
    for (const ProcessId id : running_) {
        const Process& owner = processes_[static_cast<std::size_t>(id)];
        next = std::min({next, owner.drained_at, owner.turns_at, owner.overdue_at});
    }
    return next;
}

/// What is due now: publications, first fetches, and what control waits for.
void FlowRecords::wake() {
    publish();
    if (!warm_ && now_ >= warmup_) {
        on_warmup();
    }
    for (Lane& lane : lanes_) {
        if (lane.fetch_at <= now_) {
            lane.fetch_at = core::never;
            set_consuming(lane, true);
        }
    }
    for (const ProcessId id : running_) {
        wake_process(id);
    }
}

void FlowRecords::wake_process(ProcessId id) {
    Process& owner = process(id);
    if (owner.drained_at <= now_) {
        plan_drain(owner);
        if (owner.drained_at <= now_) {
            owner.drained_at = core::never;
            owner.draining = false;
            notices_.push_back({RecordNotice::Kind::drained, now_, id});
        }
    }
    if (owner.turns_at <= now_) {
        owner.turns_at = core::never;
        notices_.push_back({RecordNotice::Kind::poll_turned, now_, id});
    }
    if (owner.overdue_at <= now_) {
        owner.overdue_at = core::never;
        notices_.push_back({RecordNotice::Kind::poll_overdue, now_, id});
    }
}

void FlowRecords::on_warmup() {
    warm_ = true;
    for (Log& log : logs_) {
        log.end_at_warmup = log.end;
    }
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        Group& group = groups_[g];
        group.produced_at_warmup = produced(static_cast<std::int32_t>(g));
        group.finished_at_warmup = group.settled - group.dead_letters;
    }
}

std::int64_t FlowRecords::produced(std::int32_t group) const {
    std::int64_t sum = 0;
    for (const Lane& lane : lanes_) {
        sum += lane.group == group ? whole(log_of(lane).end) : 0;
    }
    return sum;
}

LaneView FlowRecords::lane(std::int32_t index) const {
    const Lane& lane = lane_at(index);
    const Log& log = log_of(lane);
    LaneView view{.log_start = log.start,
                  .log_end = Offset{whole(log.end)},
                  .committed = std::nullopt,
                  .position = {}};
    if (lane.committed) {
        view.committed = Offset{std::min(whole(*lane.committed), whole(log.end))};
    }
    const bool owned = lane.owner >= 0 && !lane.stuck;
    const double nobody =
        std::min(lane.committed.value_or(static_cast<double>(log.start.value())), log.end);
    const double position = owned ? lane.position : start_position(lane).value_or(nobody);
    view.position = Offset{std::clamp(whole(position), log.start.value(), whole(log.end))};
    return view;
}

Offset FlowRecords::log_end(std::int32_t log) const {
    return Offset{whole(logs_[static_cast<std::size_t>(log)].end)};
}

Offset FlowRecords::last_records(std::int32_t index, std::int64_t count) const {
    const Log& log = logs_[static_cast<std::size_t>(index)];
    return Offset{std::max(log.start.value(), whole(log.end) - count)};
}

GroupCounters FlowRecords::counters(std::int32_t index, Instant now) const {
    LAGSIM_CHECK(now == now_, "control asks about the instant to which it has advanced");
    const Group& group = groups_[static_cast<std::size_t>(index)];
    GroupCounters counters;
    double work = group.work;
    for (const ProcessId id : running_) {
        const Process& owner = processes_[static_cast<std::size_t>(id)];
        work += owner.group == index ? owner.work : 0.0;
    }
    const auto end = map_.first_lane[static_cast<std::size_t>(index) + 1];
    for (auto i = map_.first_lane[static_cast<std::size_t>(index)]; i < end; ++i) {
        const Lane& lane = lane_at(i);
        counters.lost += lane.lost;
        counters.duplicates += lane.duplicates;
        counters.lag += this->lane(i).lag().value();
    }
    counters.produced = produced(index);
    counters.finished = group.settled - group.dead_letters;
    counters.dead_lettered = group.dead_letters;
    counters.retries = std::llround(group.retries);
    counters.lag_integral = as_integral(group.lag_area);
    counters.busy_time = as_integral(work * 1000.0);
    counters.capacity_time = as_integral(group.capacity_time);
    counters.rebalance_pause = as_integral(group.rebalance_pause);
    counters.wasted_work = as_integral(group.wasted);
    counters.longest_above = group.longest_above;
    if (group.above_since) {
        counters.longest_above = std::max(counters.longest_above, now - *group.above_since);
    }
    counters.drain_threshold = static_cast<double>(group.drain_threshold);
    return counters;
}

core::int128 FlowRecords::cpu_time(ProcessId id, Instant now) const {
    LAGSIM_CHECK(now == now_, "control asks about the instant to which it has advanced");
    const Process& owner = processes_[static_cast<std::size_t>(id)];
    const double share = groups_[static_cast<std::size_t>(owner.group)].spec->cpu.share;
    return as_integral(owner.work * share * 1000.0);
}

std::optional<Instant> FlowRecords::last_commit(ProcessId id) const {
    return processes_[static_cast<std::size_t>(id)].last_commit;
}

const LatencyHistogram& FlowRecords::latency(std::int32_t group) const {
    return groups_[static_cast<std::size_t>(group)].latency;
}

std::int64_t FlowRecords::finished_after_warmup(std::int32_t index) const {
    const Group& group = groups_[static_cast<std::size_t>(index)];
    return group.settled - group.dead_letters - group.finished_at_warmup;
}

std::int64_t FlowRecords::produced_after_warmup(std::int32_t index) const {
    return produced(index) - groups_[static_cast<std::size_t>(index)].produced_at_warmup;
}

/// Of where every partition ended, to the bit.
std::uint64_t FlowRecords::fingerprint() const {
    std::uint64_t hash = 0;
    for (const Lane& lane : lanes_) {
        for (const double value : {log_of(lane).end, lane.position, lane.settled}) {
            hash ^= std::bit_cast<std::uint64_t>(value) + (hash << 7U);
            hash *= 0x9E3779B97F4A7C15U;
            hash ^= hash >> 29U;
        }
    }
    return hash;
}

std::optional<CountVariance> FlowRecords::variance(std::int32_t index) const {
    CountVariance variance;
    for (const Lane& lane : lanes_) {
        if (lane.group == index) {
            const Log& log = log_of(lane);
            const std::size_t topic = map_.logs[static_cast<std::size_t>(lane.log)].topic;
            variance.produced += (log.end - log.first) * traffic_.topic_dispersion(topic);
            variance.lag += lane.variance;
        }
    }
    return variance;
}

void FlowRecords::verify_ledger() const {
    for (const Lane& lane : lanes_) {
        LAGSIM_CHECK(lane.settled <= log_of(lane).end, "what has a fate was produced");
        std::int64_t lost = 0;
        for (const LedgerInterval& interval : lane.lost_intervals) {
            lost += interval.last - interval.first + 1;
        }
        LAGSIM_CHECK(lost == lane.lost && lost <= whole(lane.settled), "losses are accounted for");
    }
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        std::int64_t settled = 0;
        for (const Lane& lane : lanes_) {
            settled +=
                lane.group == static_cast<std::int32_t>(g) ? whole(lane.settled) - lane.lost : 0;
        }
        LAGSIM_CHECK(settled == groups_[g].settled && groups_[g].dead_letters <= settled,
                     "every record has one fate");
    }
}

void FlowRecords::close_ledger(Instant end, std::vector<LedgerInterval>& lost,
                               std::vector<LedgerInterval>& duplicates) {
    LAGSIM_CHECK(end == now_, "the ledger is closed at the end");
    for (Lane& lane : lanes_) {
        if (lane.owner < 0) {
            lose_committed(lane, end);
        }
    }
    settle_groups();
    for (Lane& lane : lanes_) {
        close_redo(lane);
        lost.insert(lost.end(), lane.lost_intervals.begin(), lane.lost_intervals.end());
        duplicates.insert(duplicates.end(), lane.duplicate_intervals.begin(),
                          lane.duplicate_intervals.end());
    }
    for (Group& group : groups_) {
        // Moments without faults in force: what most records met.
        group.latency = group.sojourns.spread(flow::service_of(*group.spec, false, 1.0),
                                              group.spec->service_time);
    }
    verify_ledger();
}

}  // namespace lagsim::sim
