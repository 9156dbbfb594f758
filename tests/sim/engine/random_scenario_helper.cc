#include "tests/sim/engine/random_scenario_helper.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/scaling/scaled_object.h"
#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

models::DistributionParameters some_time(Dice& dice, Duration low, Duration high) {
    // The last two build tables, which take longer than the run.
    using Kind = models::DistributionKind;
    const auto kind = dice.of<Kind>(
        {Kind::constant, Kind::constant, Kind::constant, Kind::exponential, Kind::exponential,
         Kind::exponential, Kind::exponential, Kind::exponential, Kind::lognormal, Kind::gamma});
    const bool spread = kind == Kind::lognormal || kind == Kind::gamma;
    return {.kind = kind, .mean = dice.time(low, high), .cv = spread ? dice.real(0.2, 1.5) : 1.0};
}

Producer some_producer(Dice& dice, const Scenario& scenario) {
    Producer producer;
    producer.topic = static_cast<std::size_t>(
        dice.pick(0, static_cast<std::int32_t>(scenario.topics.size()) - 1));
    producer.traffic.partitions = scenario.topics[producer.topic].partitions;
    producer.traffic.kind = dice.of<models::ArrivalKind>(
        {models::ArrivalKind::poisson, models::ArrivalKind::constant, models::ArrivalKind::batch});
    producer.traffic.batch_size = dice.pick(1, 20);
    producer.traffic.partitioner.kind = dice.of<models::PartitionerKind>(
        {models::PartitionerKind::uniform, models::PartitionerKind::round_robin,
         models::PartitionerKind::sticky, models::PartitionerKind::keys});
    producer.traffic.partitioner.key_count = 20;
    const Instant middle = at(dice.time(20s, 100s));
    const Instant end{scenario.duration};
    producer.traffic.rate = {{Instant{}, middle, dice.real(0, 10), dice.real(0, 30)},
                             {middle, end, dice.real(0, 10), dice.real(0, 10)}};
    if (dice.chance(0.3)) {
        producer.transaction_records = dice.pick(1, 12);
    }
    producer.metadata_refresh = dice.chance(0.5) ? dice.time(0s, 40s) : Duration{0};
    if (dice.chance(0.3)) {
        producer.publish = {{at(dice.time(0s, 120s)), dice.pick(1, 60), {}},
                            {at(dice.time(0s, 120s)), dice.pick(1, 60), 0}};
        producer.publish[0].poison = dice.chance(0.2);
        if (dice.chance(0.3)) {
            producer.publish[1].service_time = dice.time(1ms, 4s);
        }
    }
    return producer;
}

void set_up_pods(Dice& dice, ConsumerGroup& group) {
    group.replicas = {{Instant{}, dice.pick(0, 4)}};
    for (int step = dice.pick(0, 3); step > 0; --step) {
        group.replicas.push_back({group.replicas.back().at + dice.time(1s, 60s), dice.pick(0, 5)});
    }
    if (dice.chance(0.5)) {
        group.pod_startup = some_time(dice, 10ms, 8s);
        group.readiness_delay = some_time(dice, 10ms, 4s);
        group.pod_scheduling = some_time(dice, 10ms, 1s);
    }
    group.shutdown = {.grace_period = dice.time(100ms, 20s), .drain = dice.chance(0.8)};
    if (dice.chance(0.3)) {
        group.shutdown.pre_stop = dice.time(100ms, 30s);
        group.shutdown.pre_stop_polls = dice.chance(0.5);
        group.shutdown.handles_sigterm = dice.chance(0.7);
    }
    if (dice.chance(0.3)) {
        group.disruption_budget =
            DisruptionBudget{.max_unavailable = dice.pick(0, 2), .min_available = {}};
    }
}

void set_up_work(Dice& dice, ConsumerGroup& group) {
    group.service_time = some_time(dice, 1ms, dice.of<Duration>({20ms, 300ms, 3s}));
    group.concurrency.kind =
        dice.of<Concurrency::Kind>({Concurrency::Kind::partition, Concurrency::Kind::workers,
                                    Concurrency::Kind::workers_per_partition});
    group.concurrency.count = dice.pick(1, 4);
    if (dice.chance(0.3)) {
        group.cpu = {.share = dice.real(0.1, 1.0), .limit = dice.real(0.2, 2.0), .request = {}};
    }
    group.failures = {.transient = dice.of<double>({0.0, 0.02, 0.3}),
                      .poison = dice.of<double>({0.0, 0.01, 0.2})};
    group.retry.backoff.clear();
    for (int i = dice.pick(0, 3); i > 0; --i) {
        group.retry.backoff.push_back(dice.time(1ms, 4s));
    }
    group.retry.jitter = dice.chance(0.3) ? 0.5 : 0.0;
    if (dice.chance(0.7)) {
        group.dead_letter.emplace();
        group.dead_letter->topic = "dlq";
        group.dead_letter->produce_time = some_time(dice, 1ms, 500ms);
        group.dead_letter->failures = dice.chance(0.3) ? 0.5 : 0.0;
        group.dead_letter->when_down = dice.of<core::UndeliverablePolicy>(
            {core::UndeliverablePolicy::block, core::UndeliverablePolicy::stop,
             core::UndeliverablePolicy::drop});
        if (dice.chance(0.5)) {
            group.dead_letter->attempts = dice.pick(1, 3);
        }
    }
    if (dice.chance(0.3)) {
        group.downstream = {.capacity = dice.pick(1, 6), .exponent = dice.real(0.0, 3.0)};
    }
}

void set_up_protocol(Dice& dice, ConsumerGroup& group) {
    group.protocol = {};
    group.protocol.client =
        dice.of<models::ClientProfile>({models::ClientProfile::java, models::ClientProfile::sarama,
                                        models::ClientProfile::librdkafka});
    if (dice.chance(0.2)) {
        group.protocol.kind = models::GroupProtocol::share;
        group.protocol.assignor = models::Assignor::simple;
        group.protocol.share = {.lock = dice.time(500ms, 20s),
                                .deliveries = dice.pick(1, 5),
                                .window = core::Records{dice.pick(1, 100)},
                                .poll = core::Records{dice.pick(1, 50)}};
        if (group.commit.when == core::CommitWhen::max_finished) {
            group.commit.when = core::CommitWhen::after_success;
        }
        if (group.reset == core::OffsetReset::none) {
            group.reset = core::OffsetReset::earliest;
        }
    } else if (dice.chance(0.3)) {
        group.protocol.kind = models::GroupProtocol::consumer;
        group.protocol.assignor =
            dice.of<models::Assignor>({models::Assignor::uniform, models::Assignor::range});
    } else {
        group.protocol.assignor = dice.of<models::Assignor>(
            {models::Assignor::range, models::Assignor::round_robin, models::Assignor::sticky,
             models::Assignor::cooperative_sticky, models::Assignor::cooperative_sticky});
    }
    group.protocol.static_membership =
        group.protocol.kind != models::GroupProtocol::share && dice.chance(0.25);
    group.workload = dice.of({Workload::deployment, Workload::deployment, Workload::stateful_set});
    group.offsets_retention = dice.time(1s, 200s);
    group.protocol.session_timeout = dice.time(4s, 20s);
    group.protocol.heartbeat_interval = dice.time(200ms, 4s);
    group.protocol.rebalance_timeout = dice.time(2s, 60s);
    group.protocol.initial_rebalance_delay = dice.time(0s, 4s);
    if (dice.chance(0.3)) {
        // A poll loop whose records may take longer than it is allowed to.
        group.concurrency = {Concurrency::Kind::workers, 1};
        group.protocol.max_poll_interval = dice.time(300ms, 10s);
    }
}

}  // namespace

void set_up_group(Dice& dice, ConsumerGroup& group) {
    set_up_pods(dice, group);
    set_up_work(dice, group);
    group.commit.when =
        dice.of<core::CommitWhen>({core::CommitWhen::after_success, core::CommitWhen::after_success,
                                   core::CommitWhen::before_processing, core::CommitWhen::mark_only,
                                   core::CommitWhen::automatic, core::CommitWhen::max_finished});
    group.commit.every = dice.time(50ms, 8s);
    group.commit.max_window = core::Records{dice.chance(0.3) ? dice.pick(1, 8) : 0};
    group.commit.every_records = core::Records{dice.chance(0.5) ? dice.pick(1, 20) : 0};
    group.reset = dice.of<core::OffsetReset>(
        {core::OffsetReset::earliest, core::OffsetReset::latest, core::OffsetReset::none});
    set_up_protocol(dice, group);
    group.metadata_refresh = dice.time(0s, 60s);
    group.revoke = {dice.of({Revoke::Backoff::cut, Revoke::Backoff::wait}),
                    core::Records{dice.of({0, 0, 3, 200})}};
    group.overheads.commit_mode =
        dice.of<Overheads::CommitMode>({Overheads::CommitMode::async, Overheads::CommitMode::sync});
    group.overheads.commit_latency = dice.chance(0.5) ? dice.time(1ms, 400ms) : Duration{0};
    group.overheads.fetch_start = dice.time(0s, 100ms);
    group.overheads.rtt = dice.time(0s, 10ms);
    group.overheads.sync_cost = dice.time(0s, 20ms);
    group.overheads.fetch_order = dice.of<Overheads::FetchOrder>(
        {Overheads::FetchOrder::arrival, Overheads::FetchOrder::fetched});
    if (dice.chance(0.3)) {
        group.overheads.unassign_stall = dice.time(10ms, 3s);
        group.overheads.unassign_stall_share = dice.real(0.0, 1.0);
    }
}

namespace {

/// For those that happen to a topic.
void aim_at_log(Dice& dice, const Scenario& scenario, Fault& fault) {
    fault.topic = static_cast<std::size_t>(
        dice.pick(0, static_cast<std::int32_t>(scenario.topics.size()) - 1));
    if (scenario.topics[fault.topic].retries) {
        fault.topic = 0;  // the reader refuses them
    }
    const std::int32_t partitions = scenario.topics[fault.topic].partitions;
    fault.partition = dice.pick(0, partitions - 1);
    fault.lose = dice.pick(1, 60);
    fault.to =
        fault.kind == FaultKind::add_partitions ? partitions + dice.pick(1, 4) : dice.pick(0, 400);
    if (fault.kind == FaultKind::broker_down && dice.chance(0.5)) {
        fault.partitions = {fault.partition};
    }
}

Fault some_fault(Dice& dice, const Scenario& scenario) {
    Fault fault;
    fault.kind = dice.of<FaultKind>(
        {FaultKind::pod_crash, FaultKind::node_loss, FaultKind::pod_stall, FaultKind::slow_down,
         FaultKind::broker_down, FaultKind::dead_letter_down, FaultKind::rolling_restart,
         FaultKind::add_partitions, FaultKind::unclean_election, FaultKind::truncate,
         FaultKind::crash_storm, FaultKind::downstream_down, FaultKind::coordinator_move,
         FaultKind::oom_kill});
    fault.at = at(dice.time(0s, 110s));
    fault.group = static_cast<std::size_t>(
        dice.pick(0, static_cast<std::int32_t>(scenario.consumers.size()) - 1));
    fault.count = dice.pick(1, 3);
    fault.restart =
        dice.of<RestartKind>({RestartKind::same_pod, RestartKind::replace, RestartKind::none});
    fault.duration = dice.time(100ms, 40s);
    fault.every = dice.time(500ms, 20s);
    fault.replace_after = dice.time(0s, 30s);
    if (scenario.nodes && dice.chance(0.3)) {
        fault.kind = dice.of<FaultKind>(
            {FaultKind::node_loss, FaultKind::spot_reclaim, FaultKind::node_drain});
        fault.notice = dice.time(1s, 30s);
        fault.drain = fault.kind == FaultKind::node_drain || dice.chance(0.7);
    }
    fault.factor = dice.real(0.5, 4.0);
    aim_at_log(dice, scenario, fault);
    return fault;
}

void give_retry_topics(Scenario& scenario, ConsumerGroup& group, Duration produce_time) {
    group.retry.jitter = 0.0;
    group.retry.produce_time = {.mean = produce_time};
    for (std::size_t i = 0; i < group.retry.backoff.size(); ++i) {
        group.retry.topics.push_back(scenario.topics.size());
        group.topics.push_back(scenario.topics.size());
        Topic& topic = scenario.topics.emplace_back();
        topic.name = group.group + "-retry-" + std::to_string(i);
        topic.partitions = scenario.topics[0].partitions;
        topic.retries = true;
    }
}

}  // namespace

Scenario some_scenario(std::uint64_t seed) {
    Dice dice(seed);
    Scenario scenario;
    scenario.seed = seed;
    scenario.duration = 120s;
    scenario.warmup = dice.chance(0.3) ? dice.time(0s, 60s) : Duration{0};
    scenario.sample_interval = 7s;
    for (std::int32_t topic = dice.pick(1, 2); topic > 0; --topic) {
        Topic& added = scenario.topics.emplace_back();
        added.name = "t" + std::to_string(topic);
        added.partitions = dice.pick(1, 6);
        if (dice.chance(0.2)) {
            added.compaction_keeps = dice.real(0.0, 1.0);
            added.segment_roll = dice.time(500ms, 20s);
        }
        if (dice.chance(0.4)) {
            added.retention = dice.time(1s, 60s);
            added.segment_roll = dice.time(500ms, 20s);
        }
    }
    for (std::int32_t producer = dice.pick(1, 3); producer > 0; --producer) {
        scenario.producers.push_back(some_producer(dice, scenario));
    }
    for (std::int32_t group = dice.pick(1, 2); group > 0; --group) {
        ConsumerGroup& added = scenario.consumers.emplace_back();
        added.group = "g" + std::to_string(group);
        added.topics = scenario.topics.size() > 1 && dice.chance(0.5)
                           ? std::vector<std::size_t>{0, 1}
                           : std::vector<std::size_t>{0};
        set_up_group(dice, added);
    }
    if (dice.chance(0.4)) {
        scenario.nodes = Nodes{.count = dice.pick(1, 3),
                               .max = 30,
                               .pods_per_node = dice.pick(1, 4),
                               .provision = some_time(dice, 1s, 30s),
                               .image_pull = some_time(dice, 10ms, 5s),
                               .scan_interval = dice.time(1s, 10s),
                               .scale_down_after = dice.time(1s, 60s)};
    }
    for (ConsumerGroup& group : scenario.consumers) {
        if (group.protocol.kind != models::GroupProtocol::share && dice.chance(0.3)) {
            give_retry_topics(scenario, group, dice.chance(0.5) ? dice.time(0s, 300ms) : 0ns);
        }
    }
    for (std::int32_t fault = dice.pick(0, 5); fault > 0; --fault) {
        scenario.faults.push_back(some_fault(dice, scenario));
    }
    std::ranges::stable_sort(scenario.faults, {}, &Fault::at);  // as the reader does
    return scenario;
}

Scenario some_history(std::uint64_t seed) {
    constexpr std::int64_t quicker = 4;
    Scenario scenario = some_scenario(seed);
    const auto sooner = [&](Instant& instant) {
        instant = Instant{(instant - Instant{}) / quicker};
    };
    scenario.duration /= quicker;
    scenario.warmup /= quicker;
    for (Producer& producer : scenario.producers) {
        for (models::RateSegment& segment : producer.traffic.rate) {
            sooner(segment.begin);
            sooner(segment.end);
        }
        for (Publication& publication : producer.publish) {
            sooner(publication.at);
        }
    }
    for (ConsumerGroup& group : scenario.consumers) {
        for (ReplicaStep& step : group.replicas) {
            sooner(step.at);
        }
    }
    for (Fault& fault : scenario.faults) {
        sooner(fault.at);
    }
    return scenario;
}

namespace {

/// Mostly what a loop over arrays can do; now and then not.
void calm_producers(Dice& dice, Scenario& scenario) {
    for (Producer& producer : scenario.producers) {
        if (dice.chance(0.9)) {
            producer.transaction_records = 0;
            producer.publish.clear();
        }
        if (dice.chance(0.7)) {
            producer.traffic.kind = models::ArrivalKind::poisson;
            producer.traffic.partitioner.kind = dice.of<models::PartitionerKind>(
                {models::PartitionerKind::uniform, models::PartitionerKind::keys});
        }
        const double busier = dice.real(1.0, 20.0);
        for (models::RateSegment& segment : producer.traffic.rate) {
            segment.rate_begin *= busier;
            segment.rate_end *= busier;
        }
    }
    for (Topic& topic : scenario.topics) {
        topic.compaction_keeps = dice.chance(0.9) ? 1.0 : topic.compaction_keeps;
    }
    std::erase_if(scenario.faults, [&](const Fault& fault) {
        return (fault.kind == FaultKind::unclean_election || fault.kind == FaultKind::truncate) &&
               dice.chance(0.9);
    });
}

void calm_commits(Dice& dice, ConsumerGroup& group) {
    if (dice.chance(0.5)) {
        group.overheads.commit_latency = Duration{0};
    } else {
        group.overheads.commit_mode = Overheads::CommitMode::async;
        group.commit.every_records = core::Records{0};
    }
    if (dice.chance(0.5)) {
        group.commit.when = core::CommitWhen::after_success;
        group.commit.every_records =
            core::Records{group.overheads.commit_latency > Duration{0} ? 0 : dice.of({0, 1, 1, 7})};
    }
}

void calm_group(Dice& dice, ConsumerGroup& group) {
    if (group.protocol.kind == models::GroupProtocol::share) {
        group.protocol = {};
        group.protocol.initial_rebalance_delay = dice.time(0s, 4s);
    }
    if (dice.chance(0.9)) {
        group.downstream.reset();
    }
    if (group.dead_letter && dice.chance(0.9)) {
        group.dead_letter->when_down = core::UndeliverablePolicy::block;
    }
    if (group.concurrency.kind == Concurrency::Kind::workers_per_partition && dice.chance(0.8)) {
        group.concurrency.kind = Concurrency::Kind::partition;
    }
    if (dice.chance(0.7)) {
        group.failures.transient = 0.02;
        group.failures.poison = dice.of<double>({0.0, 0.01});
        group.service_time = some_time(dice, 1ms, 100ms);
    }
    calm_commits(dice, group);
}

/// By the lag of its first topic.
void autoscale(Dice& dice, const Scenario& scenario, ConsumerGroup& group) {
    core::TriggerParameters trigger;
    trigger.spec = core::KafkaTriggerParameters{.consumer_group = group.group,
                                                .topic = scenario.topics[0].name,
                                                .lag_threshold = dice.pick(1, 30)};
    core::ScaledObjectParameters object;
    object.name = group.group;
    object.triggers = {trigger};
    object.polling_interval_seconds = dice.pick(1, 10);
    object.cooldown_period_seconds = dice.pick(5, 40);
    object.min_replica_count = dice.pick(0, 2);
    object.max_replica_count = 6;
    group.replicas = {{Instant{}, 1}};
    Autoscaler& autoscaler = group.autoscaler.emplace();
    autoscaler.hpa = core::hpa_of(object);
    autoscaler.scaled_object = std::move(object);
    autoscaler.hpa_sync = dice.time(2s, 15s);
}

}  // namespace

Scenario some_steady_scenario(std::uint64_t seed) {
    Scenario scenario = some_scenario(seed);
    Dice dice(seed ^ 0x5EED'0000'0000U);
    for (ConsumerGroup& group : scenario.consumers) {
        group.topics.erase(
            std::ranges::find_if(group.topics,
                                 [&](std::size_t topic) { return scenario.topics[topic].retries; }),
            group.topics.end());
        group.retry.topics.clear();
    }
    std::erase_if(scenario.topics, [](const Topic& topic) { return topic.retries; });
    calm_producers(dice, scenario);
    for (ConsumerGroup& group : scenario.consumers) {
        calm_group(dice, group);
        if (dice.chance(0.3)) {
            autoscale(dice, scenario, group);
        }
    }
    return scenario;
}

}  // namespace lagsim::sim
