#include "sim/engine/reference/reference_records.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "core/check.h"
#include "sim/engine/drain_threshold.h"

namespace lagsim::sim {

using core::Duration;
using core::Instant;

namespace {

/// Words below it happen: a probability as an exact count of 32-bit words.
std::uint64_t words_below(double probability) {
    return static_cast<std::uint64_t>(std::llround(probability * 4294967296.0));
}

}  // namespace

ReferenceRecords::Group::Group(const ConsumerGroup& parameters, std::uint32_t number)
    : spec(&parameters),
      index(number),
      service(parameters.service_time),
      retry_produce(parameters.retry.produce_time),
      transient_below(words_below(parameters.failures.transient)),
      poison_below(words_below(parameters.failures.poison)) {
    if (parameters.concurrency.kind == Concurrency::Kind::workers_per_partition) {
        records_at_once = parameters.concurrency.count;
    }
    if (parameters.downstream) {
        downstream.emplace(*parameters.downstream);
    }
    if (parameters.dead_letter) {
        dead_letter.emplace(parameters.dead_letter->produce_time);
        dead_letter_below = words_below(parameters.dead_letter->failures);
    }
}

ReferenceRecords::ReferenceRecords(const Scenario& scenario, const LaneMap& map,
                                   const models::RandomStreams& streams, RecordObserver* observer,
                                   const std::vector<bool>& pulled)
    : scenario_(scenario),
      map_(map),
      streams_(streams),
      observer_(observer),
      warmup_(Instant{scenario.warmup}),
      end_(Instant{scenario.duration}) {
    for (const LogInfo& info : map.logs) {
        Log& log = logs_.emplace_back();
        log.lanes = info.lanes;
        log.exists = info.partition < scenario.topics[info.topic].partitions;
        log.kept_below = words_below(scenario.topics[info.topic].compaction_keeps);
        log.retries = scenario.topics[info.topic].retries;
        log.may_be_cut = std::ranges::any_of(scenario.faults, [&](const Fault& fault) {
            return (fault.kind == FaultKind::unclean_election ||
                    fault.kind == FaultKind::truncate) &&
                   fault.topic == info.topic && fault.partition == info.partition;
        });
    }
    for (std::size_t g = 0; g < scenario.consumers.size(); ++g) {
        Group& group = groups_.emplace_back(scenario.consumers[g], static_cast<std::uint32_t>(g));
        for (const std::size_t topic : scenario.consumers[g].topics) {
            group.lanes_not_consuming += scenario.topics[topic].partitions;
            group.lanes += scenario.topics[topic].retries ? 0 : scenario.topics[topic].partitions;
        }
        group.drain_threshold = drain_threshold(scenario.consumers[g], group.lanes);
    }
    lanes_.reserve(map.lanes.size());
    for (std::size_t i = 0; i < map.lanes.size(); ++i) {
        const auto index = static_cast<std::int32_t>(i);
        const auto subject = static_cast<std::uint32_t>(i);
        Lane& lane = lanes_.emplace_back(index, map.lanes[i].group, map.lanes[i].log);
        lane.fetch_slot = calendar_.add({fetch_start, index, 0}, make_rank(fetch_start, subject));
        lane.due_slot = calendar_.add({retry_due, index, 0}, make_rank(retry_due, subject));
        lane.applied_slot =
            calendar_.add({commit_applied, index, 0}, make_rank(commit_applied, subject));
        lane.answered_slot =
            calendar_.add({commit_answered, index, 0}, make_rank(commit_answered, subject));
        if (group_of(lane).spec->protocol.kind == models::GroupProtocol::share) {
            lane.shared = std::make_unique<SharedLane>();
            lane.shared->expiry_slot =
                calendar_.add({lock_expiry, index, 0}, make_rank(lock_expiry, subject));
        }
    }
    make_sources(streams, pulled);
}

std::optional<RecordNotice> ReferenceRecords::advance(Instant until) {
    while (notices_.empty() && calendar_.next_time() <= until) {
        handle_next();
    }
    if (notices_.empty()) {
        return std::nullopt;
    }
    const RecordNotice first = notices_.front();
    notices_.erase(notices_.begin());
    return first;
}

void ReferenceRecords::handle_next() {
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
            watch_due(event.subject, now);
            break;
        }
        case retry_due:
        case record_waits:
            feed_lane(event.subject, now);
            break;
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
        case claim_fetch:
            on_claim_fetch(event.subject, now);
            break;
        case claim_applied:
            on_claim_applied(event.subject, now);
            break;
        case lock_expiry:
            on_lock_expiry(event.subject, now);
            break;
        default:
            LAGSIM_CHECK(false, "every kind of event has a handler");
    }
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

LaneView ReferenceRecords::lane(std::int32_t index) const {
    const Lane& lane = lanes_[static_cast<std::size_t>(index)];
    const Log& log = log_of(lane);
    LaneView view{
        .log_start = log.start, .log_end = log.end, .committed = lane.committed, .position = {}};
    if (lane.shared && lane.shared->partition) {
        view.position = lane.shared->partition->start();
    } else if (lane.owner >= 0 && !lane.stuck) {
        const auto& open = lane.lease.tracker().open();
        view.position = open.empty() ? lane.next : open.front().first;
    } else {
        view.position =
            start_offset(lane).value_or(std::min(lane.committed.value_or(log.start), log.end));
    }
    return view;
}

GroupCounters ReferenceRecords::counters(std::int32_t index, Instant now) const {
    const Group& group = groups_[static_cast<std::size_t>(index)];
    GroupCounters counters = group.totals;
    const auto end = map_.first_lane[static_cast<std::size_t>(index) + 1];
    for (auto lane = map_.first_lane[static_cast<std::size_t>(index)]; lane < end; ++lane) {
        const LaneLedger& ledger = lanes_[static_cast<std::size_t>(lane)].ledger;
        counters.finished += ledger.finished();
        counters.duplicates += ledger.duplicates();
        counters.dead_lettered += ledger.dead_lettered();
        counters.dead_letter_duplicates += ledger.dead_letter_duplicates();
        counters.dead_lettered_and_finished += ledger.dead_lettered_and_finished();
        counters.lost += ledger.lost();
    }
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
        // What is in a retry topic is accounted for where it was first produced.
        lane.ledger.verify(log_of(lane).retries ? core::Records{0} : log_of(lane).index.produced());
    }
}

namespace {

/// Intervals of record numbers as intervals of offsets, without the holes between them.
void append_offsets(const std::vector<LedgerInterval>& numbers, const RecordIndex& index,
                    std::vector<LedgerInterval>& offsets) {
    for (const LedgerInterval& interval : numbers) {
        for (std::int64_t first = interval.first; first <= interval.last;) {
            const std::int64_t end = std::min(index.run_end(first), interval.last + 1);
            LedgerInterval part = interval;
            part.first = index.offset_of(first).value();
            part.last = part.first + end - first - 1;
            offsets.push_back(part);
            first = end;
        }
    }
}

}  // namespace

void ReferenceRecords::close_ledger(Instant end, std::vector<LedgerInterval>& lost,
                                    std::vector<LedgerInterval>& duplicates) {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        lose_unreachable(static_cast<std::int32_t>(i), end);
    }
    for (const Lane& lane : lanes_) {
        const RecordIndex& index = log_of(lane).index;
        append_offsets(lane.ledger.lost_intervals(), index, lost);
        append_offsets(lane.ledger.duplicate_intervals(), index, duplicates);
    }
    verify_ledger();
}

}  // namespace lagsim::sim
