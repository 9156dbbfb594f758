#include "sim/engine/reference/reference_records.h"

#include <cmath>

#include "core/check.h"

namespace lagsim::sim {

using core::Duration;
using core::Instant;

namespace {

/// Words below it happen: a probability as an exact count of 32-bit words.
std::uint64_t words_below(double probability) {
    return static_cast<std::uint64_t>(std::llround(probability * 4294967296.0));
}

std::int64_t drain_threshold_of(const ConsumerGroup& spec, std::size_t lanes) {
    if (!spec.autoscaler || !spec.autoscaler->scaled_object) {
        return -1;
    }
    for (const core::TriggerParameters& trigger : spec.autoscaler->scaled_object->triggers) {
        if (const auto* kafka = std::get_if<core::KafkaTriggerParameters>(&trigger.spec)) {
            return kafka->lag_threshold * static_cast<std::int64_t>(lanes);
        }
    }
    return -1;
}

}  // namespace

ReferenceRecords::Group::Group(const ConsumerGroup& parameters, std::uint32_t number)
    : spec(&parameters),
      index(number),
      service(parameters.service_time),
      transient_below(words_below(parameters.failures.transient)),
      poison_below(words_below(parameters.failures.poison)) {
    if (parameters.concurrency.kind == Concurrency::Kind::workers_per_partition) {
        records_at_once = parameters.concurrency.count;
    }
    if (parameters.dead_letter) {
        dead_letter.emplace(parameters.dead_letter->produce_time);
        dead_letter_below = words_below(parameters.dead_letter->failures);
    }
}

ReferenceRecords::ReferenceRecords(const Scenario& scenario, const LaneMap& map,
                                   const models::RandomStreams& streams, RecordObserver* observer)
    : scenario_(scenario),
      map_(map),
      streams_(streams),
      observer_(observer),
      warmup_(Instant{scenario.warmup}),
      end_(Instant{scenario.duration}) {
    for (const LogInfo& info : map.logs) {
        logs_.emplace_back().lanes = info.lanes;
    }
    for (std::size_t g = 0; g < scenario.consumers.size(); ++g) {
        Group& group = groups_.emplace_back(scenario.consumers[g], static_cast<std::uint32_t>(g));
        const std::int32_t lanes = map.first_lane[g + 1] - map.first_lane[g];
        group.lanes_not_consuming = lanes;
        group.drain_threshold =
            drain_threshold_of(scenario.consumers[g], static_cast<std::size_t>(lanes));
    }
    lanes_.reserve(map.lanes.size());
    for (std::size_t i = 0; i < map.lanes.size(); ++i) {
        const auto index = static_cast<std::int32_t>(i);
        const auto subject = static_cast<std::uint32_t>(i);
        Lane& lane = lanes_.emplace_back(index, map.lanes[i].group, map.lanes[i].log);
        lane.fetch_slot = calendar_.add({fetch_start, index, 0}, make_rank(fetch_start, subject));
        lane.applied_slot =
            calendar_.add({commit_applied, index, 0}, make_rank(commit_applied, subject));
        lane.answered_slot =
            calendar_.add({commit_answered, index, 0}, make_rank(commit_answered, subject));
    }
    make_sources(streams);
}

std::optional<RecordNotice> ReferenceRecords::advance(Instant until) {
    while (notices_.empty() && calendar_.next_time() <= until) {
        const Instant now = calendar_.next_time();
        const auto [slot, event] = calendar_.top();
        if (event.kind != arrival && event.kind != completion) {
            calendar_.cancel(slot);
        }
        switch (event.kind) {
            case arrival:
                on_arrival(event.subject);
                break;
            case completion:
                on_completion(event.subject, now);
                break;
            case attempt_timer:
                on_attempt_timer(static_cast<AttemptId>(event.subject), now);
                break;
            case fetch_start: {
                lane_of(event.subject).fetching_from = now;
                set_consuming(lane_of(event.subject), true, now);
                feed_lane(event.subject, now);
                break;
            }
            case commit_applied:
                on_commit_applied(event.subject, now);
                break;
            case commit_answered:
                on_commit_answered(event.subject, now);
                break;
            case commit_timer:
                on_commit_timer(event.subject, now);
                break;
            case poll_timer:
                on_poll_timer(event.subject, now);
                break;
            default:
                LAGSIM_CHECK(false, "every kind of event has a handler");
        }
    }
    if (notices_.empty()) {
        return std::nullopt;
    }
    const RecordNotice first = notices_.front();
    notices_.erase(notices_.begin());
    return first;
}

void ReferenceRecords::start_process(ProcessId id, std::int32_t group, Instant now) {
    LAGSIM_CHECK(static_cast<std::size_t>(id) == processes_.size(),
                 "processes are numbered in order");
    const ConsumerGroup& spec = scenario_.consumers[static_cast<std::size_t>(group)];
    Process& started = processes_.emplace_back();
    started.group = group;
    started.alive = true;
    started.cpu = models::SharedCpu(spec.cpu.share, spec.cpu.limit);
    started.cpu.set_busy(0, now);
    started.servers =
        spec.concurrency.kind == Concurrency::Kind::workers ? spec.concurrency.count : 0;
    started.schedule = core::CommitSchedule(spec.commit, now);
    const auto subject = static_cast<std::uint32_t>(id);
    started.completion_slot = calendar_.add({completion, id, 0}, make_rank(completion, subject));
    started.commit_slot = calendar_.add({commit_timer, id, 0}, make_rank(commit_timer, subject));
    started.poll_slot = calendar_.add({poll_timer, id, 0}, make_rank(poll_timer, subject));
    calendar_.schedule(started.commit_slot, started.schedule.next_wakeup());
    capacity_changed(started, now);
}

void ReferenceRecords::set_frozen(ProcessId id, bool frozen, Instant now) {
    process(id).cpu.set_frozen(frozen, now);
    reschedule(id);
    watch_poll(id, now);
}

void ReferenceRecords::set_downstream_down(std::int32_t group, bool down) {
    groups_[static_cast<std::size_t>(group)].downstream_down = down;
}

void ReferenceRecords::set_slow_down(std::int32_t group, double factor) {
    groups_[static_cast<std::size_t>(group)].slow_down = factor;
}

void ReferenceRecords::set_broker_down(bool down, Instant now) {
    broker_down_ = down;
    if (down) {
        return;
    }
    std::vector<std::int32_t> logs;
    logs.swap(held_back_);
    for (const std::int32_t log : logs) {
        append(log, now);
    }
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
        feed_lane(static_cast<std::int32_t>(lane), now);
    }
}

LaneView ReferenceRecords::lane(std::int32_t index) const {
    const Lane& lane = lanes_[static_cast<std::size_t>(index)];
    const Log& log = log_of(lane);
    LaneView view{
        .log_start = log.start, .log_end = log.end, .committed = lane.committed, .position = {}};
    if (lane.owner >= 0 && !lane.stuck) {
        const auto& open = lane.lease.tracker().open();
        view.position = open.empty() ? lane.next : open.front().first;
    } else {
        view.position = start_offset(lane).value_or(lane.committed.value_or(log.start));
    }
    return view;
}

core::Offset ReferenceRecords::log_end(std::int32_t log) const {
    return logs_[static_cast<std::size_t>(log)].end;
}

GroupCounters ReferenceRecords::counters(std::int32_t index, Instant now) const {
    const Group& group = groups_[static_cast<std::size_t>(index)];
    GroupCounters counters = group.totals;
    counters.drain_threshold = static_cast<double>(group.drain_threshold);
    counters.lag_integral +=
        static_cast<core::int128>(group.totals.lag) * core::nanoseconds(now - group.lag_since);
    counters.rebalance_pause += static_cast<core::int128>(group.lanes_not_consuming) *
                                core::nanoseconds(now - group.pause_since);
    counters.capacity_time +=
        static_cast<core::int128>(group.capacity) * core::nanoseconds(now - group.capacity_since);
    for (const Process& p : processes_) {
        if (p.group == index && p.alive) {
            counters.busy_time += p.cpu.work(now) * 1000;
        }
    }
    if (group.above_since) {
        counters.longest_above = std::max(counters.longest_above, now - *group.above_since);
    }
    return counters;
}

core::int128 ReferenceRecords::cpu_time(ProcessId id, Instant now) const {
    const Process& p = process(id);
    const double share = scenario_.consumers[static_cast<std::size_t>(p.group)].cpu.share;
    return p.cpu.work(now) * static_cast<core::int128>(std::llround(share * 1000.0));
}

std::optional<Instant> ReferenceRecords::last_commit(ProcessId id) const {
    return process(id).last_commit;
}
const LatencyHistogram& ReferenceRecords::latency(std::int32_t group) const {
    return groups_[static_cast<std::size_t>(group)].latency;
}
std::int64_t ReferenceRecords::finished_after_warmup(std::int32_t group) const {
    return groups_[static_cast<std::size_t>(group)].finished_after_warmup;
}
std::int64_t ReferenceRecords::produced_after_warmup(std::int32_t group) const {
    return groups_[static_cast<std::size_t>(group)].produced_after_warmup;
}

void ReferenceRecords::verify_ledger() const {
    for (const Lane& lane : lanes_) {
        lane.ledger.verify(log_of(lane).end - core::Offset{0});
    }
}

void ReferenceRecords::close_ledger(Instant end, std::vector<LedgerInterval>& lost,
                                    std::vector<LedgerInterval>& duplicates) {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        lose_unreachable(static_cast<std::int32_t>(i), end);
        const Lane& lane = lanes_[i];
        const auto lost_here = lane.ledger.lost_intervals();
        lost.insert(lost.end(), lost_here.begin(), lost_here.end());
        const auto& again = lane.ledger.duplicate_intervals();
        duplicates.insert(duplicates.end(), again.begin(), again.end());
    }
    verify_ledger();
}

}  // namespace lagsim::sim
