#include "sim/engine/lanes/lane_records.h"

#include <algorithm>
#include <limits>

#include "core/check.h"

namespace lagsim::sim {

using core::Duration;
using core::Instant;

namespace {

/// 8 KiB each: 2 MB a replication, but three a log at least.
constexpr std::size_t chunks_in_memory = 256;

constexpr std::uint64_t after_all = std::numeric_limits<std::uint64_t>::max();

/// Whether commits go by the clock, or each record is committed at once: what loops can do.
bool has_regular_commits(const ConsumerGroup& spec) {
    const bool blocks = spec.overheads.commit_mode == Overheads::CommitMode::sync &&
                        spec.overheads.commit_latency > Duration{0};
    if (spec.commit.every_records == core::Records{0}) {
        return !blocks;
    }
    return spec.overheads.commit_latency == Duration{0} &&
           !core::CommitSchedule::counts_deliveries(spec.commit.when);
}

/// Rules that couple lanes of different processes, or that need every record's own event.
bool is_steppable(const ConsumerGroup& spec) {
    const bool one_at_a_time = spec.concurrency.kind != Concurrency::Kind::workers_per_partition ||
                               spec.concurrency.count == 1;
    const bool may_give_up =
        spec.dead_letter && spec.dead_letter->when_down == core::UndeliverablePolicy::stop;
    return spec.protocol.kind != models::GroupProtocol::share && !spec.downstream &&
           spec.retry.topics.empty() && !may_give_up && one_at_a_time && has_regular_commits(spec);
}

bool shares_workers(const ConsumerGroup& spec) {
    return spec.concurrency.kind == Concurrency::Kind::workers;
}

/// As the topic's own producers and faults allow.
Feeding feeding_of(const Scenario& scenario, std::size_t topic) {
    const bool is_cut = std::ranges::any_of(scenario.faults, [&](const Fault& fault) {
        return (fault.kind == FaultKind::unclean_election || fault.kind == FaultKind::truncate) &&
               fault.topic == topic;
    });
    if (is_cut || scenario.topics[topic].retries || scenario.topics[topic].compaction_keeps < 1.0) {
        return Feeding::events;
    }
    std::size_t producers = 0;
    bool splits = true;
    for (const Producer& producer : scenario.producers) {
        if (producer.topic != topic) {
            continue;
        }
        if (producer.transaction_records > 0 || !producer.publish.empty()) {
            return Feeding::events;
        }
        if (!producer.traffic.rate.empty()) {
            ++producers;
            splits = splits && models::splits_independently(producer.traffic);
        }
    }
    return splits && producers <= 1 ? Feeding::alone : Feeding::dealt;
}

/// By topic. A group with one whose arrivals are events has all its topics as events, and so have
/// the other groups that read these.
std::vector<Feeding> feedings_of(const Scenario& scenario) {
    std::vector<Feeding> feedings;
    for (std::size_t topic = 0; topic < scenario.topics.size(); ++topic) {
        Feeding feeding = feeding_of(scenario, topic);
        for (const ConsumerGroup& group : scenario.consumers) {
            // Where records of one instant meet free workers, the order of dealing matters.
            const bool suits =
                is_steppable(group) && (feeding == Feeding::alone || !shares_workers(group));
            if (!suits && std::ranges::find(group.topics, topic) != group.topics.end()) {
                feeding = Feeding::events;
            }
        }
        feedings.push_back(feeding);
    }
    const auto is_events = [&](std::size_t topic) { return feedings[topic] == Feeding::events; };
    for (bool changed = true; changed;) {
        changed = false;
        for (const ConsumerGroup& group : scenario.consumers) {
            if (std::ranges::none_of(group.topics, is_events)) {
                continue;
            }
            for (const std::size_t topic : group.topics) {
                changed = changed || !is_events(topic);
                feedings[topic] = Feeding::events;
            }
        }
    }
    return feedings;
}

std::vector<bool> pulled_topics(const std::vector<Feeding>& feedings) {
    std::vector<bool> pulled;
    for (const Feeding feeding : feedings) {
        pulled.push_back(feeding != Feeding::events);
    }
    return pulled;
}

}  // namespace

LaneRecords::LaneRecords(const Scenario& scenario, const LaneMap& map,
                         const models::RandomStreams& streams, RecordObserver* observer)
    : LaneRecords(scenario, map, streams, observer, feedings_of(scenario)) {}

LaneRecords::LaneRecords(const Scenario& scenario, const LaneMap& map,
                         const models::RandomStreams& streams, RecordObserver* observer,
                         const std::vector<Feeding>& feedings)
    : ReferenceRecords(scenario, map, streams, observer, pulled_topics(feedings)),
      feeds_(map.logs.size()),
      arrival_ranks_(map.logs.size(), 0),
      counted_(map.logs.size(), 0),
      works_(map.lanes.size()),
      pacings_(scenario.consumers.size()),
      finished_(static_cast<std::size_t>(chunk_records) + 1),
      arrived_(static_cast<std::size_t>(chunk_records) + 1),
      place_in_pod_(map.lanes.size(), 0) {
    for (std::size_t g = 0; g < pacings_.size(); ++g) {
        const ConsumerGroup& spec = scenario.consumers[g];
        pacings_[g].stepped =
            !spec.topics.empty() && feedings[spec.topics.front()] != Feeding::events;
        pacings_[g].commits_each = spec.commit.every_records == core::Records{1};
        const bool watches_polls = shares_workers(spec) && spec.concurrency.count == 1 &&
                                   spec.protocol.client != models::ClientProfile::sarama;
        if (pacings_[g].stepped && watches_polls) {
            window_ = std::min(window_, spec.protocol.max_poll_interval);
        }
    }
    make_feeds(feedings);
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        const auto log = static_cast<std::size_t>(lanes_[i].log);
        watch_slots_.push_back(
            calendar_.add({record_waits, static_cast<std::int32_t>(i), 0}, arrival_ranks_[log]));
    }
}

WorkParameters LaneRecords::work_of(const Lane& lane) const {
    const Group& group = groups_[static_cast<std::size_t>(lane.group)];
    return {&group.service, group.transient_below, group.poison_below, entity(lane)};
}

void LaneRecords::make_feeds(const std::vector<Feeding>& feedings) {
    for (std::size_t topic = 0; topic < feedings.size(); ++topic) {
        topic_feeds_.push_back(std::make_unique<TopicFeed>());
    }
    std::uint32_t sources = 0;  // numbered as in the reference plane
    for (std::size_t producer = 0; producer < scenario_.producers.size(); ++producer) {
        sources = feed_from(producer, feedings[scenario_.producers[producer].topic], sources);
    }
    for (std::size_t topic = 0; topic < feedings.size(); ++topic) {
        if (feedings[topic] != Feeding::events) {
            feed_logs(topic);
        }
    }
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        LogFeed* const feed = feed_of(lanes_[i]);
        if (feed != nullptr && !(lanes_[i].group == 0 && feed->works(0) != nullptr)) {
            works_[i] = std::make_unique<LaneWorks>(streams_, work_of(lanes_[i]));
        }
    }
}

/// The producer's streams; returns the number of sources with its own.
std::uint32_t LaneRecords::feed_from(std::size_t index, Feeding feeding, std::uint32_t sources) {
    const Producer& producer = scenario_.producers[index];
    const auto number = static_cast<std::uint32_t>(index);
    auto log = static_cast<std::size_t>(map_.first_log[producer.topic]);
    const models::ProducerParameters traffic = traffic_of(producer);
    if (!producer.traffic.rate.empty() && feeding == Feeding::alone) {
        for (models::RateCurve& curve : models::partition_curves(traffic)) {
            std::optional<WorkParameters> work;
            for (const std::int32_t lane : logs_[log].lanes) {
                if (lane_of(lane).group == 0) {
                    work = work_of(lane_of(lane));
                }
            }
            arrival_ranks_[log] = make_rank(arrival, sources++);
            feeds_[log] = std::make_unique<LogFeed>(std::move(curve), streams_, number,
                                                    static_cast<std::uint32_t>(log), end_, work);
            ++log;
        }
    } else if (!producer.traffic.rate.empty()) {
        for (auto& stream : models::make_arrival_sources(
                 traffic, number, static_cast<std::uint32_t>(log), streams_)) {
            ++sources;
            if (feeding == Feeding::dealt) {
                topic_feeds_[producer.topic]->add(std::move(stream));
            }
        }
    }
    return sources + (producer.publish.empty() ? 0U : 1U);
}

/// Every log of the topic has a feed, if need be one that is dealt to.
void LaneRecords::feed_logs(std::size_t topic) {
    std::vector<LogFeed*> logs;
    const auto first = static_cast<std::size_t>(map_.first_log[topic]);
    const auto end = first + static_cast<std::size_t>(scenario_.most_partitions(topic));
    for (std::size_t log = first; log < end; ++log) {
        if (!feeds_[log]) {
            feeds_[log] = std::make_unique<LogFeed>(*topic_feeds_[topic], end_);
            arrival_ranks_[log] = make_rank(arrival, static_cast<std::uint32_t>(log));
        }
        feeds_[log]->keep_chunks(std::clamp<std::size_t>(chunks_in_memory / logs_.size(), 3, 16));
        logs_[log].pulled = feeds_[log].get();
        logs.push_back(feeds_[log].get());
    }
    topic_feeds_[topic]->set_logs(std::move(logs));
}

/// Its hands hold records of lanes that are somebody else's by now.
bool LaneRecords::has_foreign_records(const Process& owner, ProcessId id) const {
    const auto is_foreign = [&](AttemptId attempt_id) {
        const Attempt& attempt = attempts_[attempt_id];
        const Lane& lane = lanes_[static_cast<std::size_t>(attempt.lane)];
        return lane.owner != id || lane.lease_number != attempt.lease;
    };
    return std::ranges::any_of(owner.running, is_foreign) ||
           std::ranges::any_of(owner.waiting, is_foreign);
}

LaneRecords::Pace LaneRecords::pace_of(const Process& owner) const {
    const Group& group = groups_[static_cast<std::size_t>(owner.group)];
    const Pacing& pacing = pacing_of(group);
    const bool is_disturbed = pacing.entangled || owner.cpu.frozen() || owner.draining ||
                              owner.poll_asked || group.downstream_down || group.slow_down != 1.0;
    if (!pacing.stepped || is_disturbed) {
        return Pace::events;
    }
    const auto is_stopping = [&](std::int32_t lane) {
        return lanes_[static_cast<std::size_t>(lane)].stopping;
    };
    if (std::ranges::any_of(owner.lanes, is_stopping)) {
        return Pace::events;
    }
    const bool by_records = group.spec->commit.every_records > core::Records{0};
    const bool commits = !owner.commits_blocked && !broker_down_ && !group.coordinator_is_away;
    if (pacing.commits_each && (!commits || !owner.dirty.empty())) {
        return Pace::events;
    }
    const std::optional<double> full_speed = owner.cpu.full_speed_workers();
    const bool is_slowed = full_speed && *full_speed < static_cast<double>(owner.lanes.size());
    return owner.servers > 0 || is_slowed || (by_records && !pacing.commits_each) ? Pace::pod
                                                                                  : Pace::lanes;
}

void LaneRecords::set_paces() {
    for (Pacing& pacing : pacings_) {
        pacing.entangled = false;
    }
    for (const ProcessId id : alive_) {
        const Process& owner = process(id);
        Pacing& pacing = pacings_[static_cast<std::size_t>(owner.group)];
        pacing.entangled = pacing.entangled || has_foreign_records(owner, id);
    }
    for (const ProcessId id : alive_) {
        Process& owner = process(id);
        Pace& pace = paces_[static_cast<std::size_t>(id)];
        const Pace wanted = pace_of(owner);
        if (wanted == pace) {
            continue;
        }
        pace = wanted;
        owner.stepped = wanted != Pace::events;
        if (owner.stepped) {
            calendar_.cancel(owner.completion_slot);
            stop_watching(owner.lanes);
        } else {
            reschedule(id);
        }
    }
}

void LaneRecords::start_process(ProcessId id, std::int32_t group, Instant now) {
    ReferenceRecords::start_process(id, group, now);
    paces_.push_back(Pace::events);
    alive_.push_back(id);
}

void LaneRecords::release(ProcessId id, std::span<const std::int32_t> lanes, DuplicateCause cause,
                          Instant now) {
    stop_watching(lanes);
    ReferenceRecords::release(id, lanes, cause, now);
}

void LaneRecords::kill(ProcessId id, DuplicateCause cause, Instant now) {
    ReferenceRecords::kill(id, cause, now);
    process(id).stepped = false;
    paces_[static_cast<std::size_t>(id)] = Pace::events;
    std::erase(alive_, id);
}

std::optional<RecordNotice> LaneRecords::advance(Instant until) {
    // At least once, since control may have caused something at this very instant.
    for (bool again = notices_.empty(); again; again = notices_.empty() && now_ < until) {
        const Instant last = window_ < until - now_ ? now_ + window_ : until;
        set_paces();
        for (const ProcessId id : alive_) {
            if (!process(id).stepped) {
                watch_arrivals(id, now_, last);
            }
        }
        run_to({last, after_all});
    }
    if (notices_.empty()) {
        return std::nullopt;
    }
    const RecordNotice first = notices_.front();
    notices_.erase(notices_.begin());
    return first;
}

/// Everything before the bound, or before a notice.
void LaneRecords::run_to(Bound bound) {
    folding_ = true;
    for (;;) {
        if (has_event_before(bound)) {
            run_event(bound);
            continue;
        }
        for (const ProcessId id : alive_) {
            if (process(id).stepped) {
                step(id, bound);
            }
        }
        if (!has_event_before(bound)) {
            break;
        }
    }
    const Slices slices(now_, bound.time);
    now_ = bound.time;
    count_arrivals(now_);
    folding_ = false;
    for (Group& group : groups_) {
        fold_lag(group, slices);
    }
    for (std::size_t log = 0; log < logs_.size(); ++log) {
        counted_[log] = logs_[log].pulled != nullptr ? logs_[log].end.value() : 0;
    }
}

/// The calendar's next event, once its process has got there; a notice draws the bound to it.
void LaneRecords::run_event(Bound& bound) {
    const Bound at{calendar_.next_time(), calendar_.next_rank()};
    const auto [slot, event] = calendar_.top();
    const ProcessId owner = owner_of(event);
    if (owner >= 0 && process(owner).stepped) {
        step_for(event, owner, at);
        if (calendar_.top().first != slot || calendar_.next_time() != at.time) {
            return;  // something has come up on the way
        }
    }
    if (owner >= 0) {
        see_logs(process(owner), at.time);
    }
    const bool is_quiet = notices_.empty();
    handle_next();
    if (owner >= 0 && process(owner).alive && !process(owner).stepped) {
        watch_arrivals(owner, at.time, bound.time);
    }
    if (is_quiet && !notices_.empty()) {
        bound = at;
    }
}

ProcessId LaneRecords::owner_of(const Calendar::Event& event) const {
    switch (event.kind) {
        case attempt_timer:
            return attempts_[static_cast<std::size_t>(event.subject)].process;
        case completion:
        case commit_timer:
        case poll_timer:
            return event.subject;
        case fetch_start:
        case commit_applied:
        case commit_answered:
        case record_waits:
            return lanes_[static_cast<std::size_t>(event.subject)].owner;
        default:
            return -1;
    }
}

LaneRecords::Horizon LaneRecords::horizon_of(ProcessId id, Bound bound) const {
    const bool includes = make_rank(completion, static_cast<std::uint32_t>(id)) < bound.rank;
    return {bound.time, includes ? bound.time : bound.time - Duration{1}};
}

void LaneRecords::step(ProcessId id, Bound bound) {
    if (paces_[static_cast<std::size_t>(id)] == Pace::pod) {
        step_pod(id, bound);
        return;
    }
    const Horizon horizon = horizon_of(id, bound);
    for (const std::int32_t lane : process(id).lanes) {
        step_lane(lane, horizon);
    }
}

/// As far as the event looks.
void LaneRecords::step_for(const Calendar::Event& event, ProcessId owner, Bound bound) {
    if (paces_[static_cast<std::size_t>(owner)] == Pace::pod || event.kind == commit_timer) {
        step(owner, bound);
        return;
    }
    const std::int32_t lane = event.kind == attempt_timer
                                  ? attempts_[static_cast<std::size_t>(event.subject)].lane
                                  : event.subject;
    step_lane(lane, horizon_of(owner, bound));
}

/// A process whose completions are events is woken by the next record of a lane that waits for one.
void LaneRecords::watch_arrivals(ProcessId id, Instant now, Instant until) {
    if (!pacing_of(groups_[static_cast<std::size_t>(process(id).group)]).stepped) {
        return;
    }
    for (const std::int32_t index : process(id).lanes) {
        const Lane& lane = lane_of(index);
        Instant next = core::never;
        if (lane.fetching && !lane.stopping && has_leader(log_of(lane))) {
            LogFeed& feed = *feed_of(lane);
            if (lane.next.value() < feed.end_at(until)) {
                next = feed.time(lane.next.value());
            }
        }
        // What came before was offered then, or when a worker became free; what comes at this
        // very instant is about to be, or was.
        if (next != now) {
            calendar_.schedule(watch_slots_[static_cast<std::size_t>(index)],
                               next < now ? core::never : next);
        }
    }
}

void LaneRecords::stop_watching(std::span<const std::int32_t> lanes) {
    for (const std::int32_t lane : lanes) {
        calendar_.cancel(watch_slots_[static_cast<std::size_t>(lane)]);
    }
}

}  // namespace lagsim::sim
