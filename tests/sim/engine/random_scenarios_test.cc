// The ledger identity on random small scenarios: whatever breaks, every record has one fate.
//
// To repeat one: LAGSIM_SCENARIO_SEED=1234 sim_tests --gtest_filter=RandomScenarios.*
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

constexpr std::uint64_t scenarios = 1200;

/// Choices of one random scenario, a Philox word each.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : streams_(seed, 0) {}
    [[nodiscard]] std::int32_t pick(std::int32_t low, std::int32_t high) {
        return low +
               static_cast<std::int32_t>(
                   (std::uint64_t{word()} * static_cast<std::uint64_t>(high - low + 1)) >> 32);
    }
    [[nodiscard]] bool chance(double probability) {
        return static_cast<double>(word()) < probability * 4294967296.0;
    }
    [[nodiscard]] double real(double low, double high) {
        return low + (high - low) * static_cast<double>(word()) / 4294967296.0;
    }
    [[nodiscard]] Duration time(Duration low, Duration high) {
        return Duration{static_cast<std::int64_t>(
            real(static_cast<double>(low.count()), static_cast<double>(high.count())))};
    }
    template <class T>
    [[nodiscard]] T of(std::initializer_list<T> choices) {
        return choices.begin()[pick(0, static_cast<std::int32_t>(choices.size()) - 1)];
    }

  private:
    [[nodiscard]] std::uint32_t word() {
        return streams_.block(drawn_++, 77, models::Purpose::fault)[0];
    }
    models::RandomStreams streams_;
    std::uint64_t drawn_ = 0;
};

models::DistributionParameters some_time(Dice& dice, Duration low, Duration high) {
    const auto kind = dice.of<models::DistributionKind>(
        {models::DistributionKind::constant, models::DistributionKind::exponential,
         models::DistributionKind::lognormal, models::DistributionKind::gamma});
    const bool spread =
        kind == models::DistributionKind::lognormal || kind == models::DistributionKind::gamma;
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

std::int32_t first_lane(const Scenario& scenario, std::size_t group) {
    std::int32_t lanes = 0;
    for (std::size_t g = 0; g < group; ++g) {
        for (const std::size_t topic : scenario.consumers[g].topics) {
            lanes += scenario.most_partitions(topic);
        }
    }
    return lanes;
}

std::int64_t sum_of(const std::vector<LedgerInterval>& intervals, std::int32_t first,
                    std::int32_t end, std::set<std::uint8_t>* causes = nullptr) {
    std::int64_t sum = 0;
    for (const LedgerInterval& interval : intervals) {
        if (interval.lane >= first && interval.lane < end) {
            sum += interval.last - interval.first + 1;
            if (causes != nullptr) {
                causes->insert(interval.cause);
            }
        }
    }
    return sum;
}

std::set<std::uint8_t> causes_allowed(const Scenario& scenario, const ConsumerGroup& group) {
    std::set<std::uint8_t> allowed{static_cast<std::uint8_t>(LossCause::deleted_by_retention)};
    if (group.dead_letter && group.dead_letter->when_down == core::UndeliverablePolicy::drop) {
        allowed.insert(static_cast<std::uint8_t>(LossCause::dropped_by_policy));
    }
    if (group.reset == core::OffsetReset::latest) {
        allowed.insert(static_cast<std::uint8_t>(LossCause::skipped_by_reset));
    }
    if (group.protocol.kind == models::GroupProtocol::share) {
        allowed.insert(static_cast<std::uint8_t>(LossCause::delivery_limit));
    }
    static const std::map<core::CommitWhen, LossCause> by_policy{
        {core::CommitWhen::before_processing, LossCause::committed_before_processing},
        {core::CommitWhen::automatic, LossCause::automatic_commit},
        {core::CommitWhen::max_finished, LossCause::committed_past_unfinished}};
    static const std::map<FaultKind, LossCause> by_fault{
        {FaultKind::unclean_election, LossCause::unclean_election},
        {FaultKind::truncate, LossCause::truncated}};
    for (const Fault& fault : scenario.faults) {
        if (const auto found = by_fault.find(fault.kind); found != by_fault.end()) {
            allowed.insert(static_cast<std::uint8_t>(found->second));
        }
    }
    for (const std::size_t topic : group.topics) {
        if (scenario.topics[topic].compaction_keeps < 1.0) {
            allowed.insert(static_cast<std::uint8_t>(LossCause::compacted));
        }
    }
    if (const auto found = by_policy.find(group.commit.when); found != by_policy.end()) {
        allowed.insert(static_cast<std::uint8_t>(found->second));
    }
    return allowed;
}

void expect_sound(const Scenario& scenario, const ReplicationResult& result) {
    for (std::size_t g = 0; g < scenario.consumers.size(); ++g) {
        const std::int32_t first = first_lane(scenario, g);
        const std::int32_t end = first_lane(scenario, g + 1);
        const LedgerCounts& ledger = result.totals[g].ledger;
        EXPECT_EQ(ledger.produced,
                  ledger.finished + ledger.dead_lettered + ledger.waiting + ledger.lost);
        EXPECT_GE(ledger.waiting, 0);
        std::set<std::uint8_t> causes;
        EXPECT_EQ(ledger.lost, sum_of(result.lost, first, end, &causes));
        EXPECT_EQ(ledger.duplicates, sum_of(result.duplicates, first, end));
        const std::set<std::uint8_t> allowed = causes_allowed(scenario, scenario.consumers[g]);
        for (const std::uint8_t cause : causes) {
            EXPECT_TRUE(allowed.contains(cause)) << loss_cause_names[cause];
        }
        if (scenario.consumers[g].topics.size() == 1 &&
            !scenario.topics[scenario.consumers[g].topics[0]].retention) {
            EXPECT_FALSE(
                causes.contains(static_cast<std::uint8_t>(LossCause::deleted_by_retention)));
        }
    }
    const std::size_t lanes = result.lanes.lag.size() / result.sample_times.size();
    const std::size_t groups = scenario.consumers.size();
    for (std::size_t sample = 0; sample < result.sample_times.size(); ++sample) {
        for (std::size_t g = 0; g < groups; ++g) {
            std::int64_t lag = 0;
            for (std::int32_t lane = first_lane(scenario, g); lane < first_lane(scenario, g + 1);
                 ++lane) {
                lag += result.lanes.lag[sample * lanes + static_cast<std::size_t>(lane)];
            }
            EXPECT_EQ(result.groups.lag_total[sample * groups + g], lag) << "sample " << sample;
        }
    }
}

std::uint64_t first_seed() {
    const char* const chosen = std::getenv("LAGSIM_SCENARIO_SEED");
    return chosen == nullptr ? 1 : std::strtoull(chosen, nullptr, 10);
}
std::uint64_t last_seed() {
    return std::getenv("LAGSIM_SCENARIO_SEED") == nullptr ? scenarios : first_seed();
}

ReplicationResult run(const Scenario& scenario) {
    RunControl control;
    return *run_replication(scenario, 0, EngineKind::reference, control);
}

/// A broken check ends the program: say which scenario it was.
std::uint64_t running = 0;
void say_seed(int signal) {
    std::fprintf(stderr, "\nLAGSIM_SCENARIO_SEED=%llu\n", static_cast<unsigned long long>(running));
    std::signal(signal, SIG_DFL);
}

TEST(RandomScenarios, EveryRecordHasOneFateAndEveryLossAnAllowedCause) {
    std::signal(SIGABRT, say_seed);
    for (std::uint64_t seed = first_seed(); seed <= last_seed(); ++seed) {
        SCOPED_TRACE("LAGSIM_SCENARIO_SEED=" + std::to_string(seed));
        running = seed;
        const Scenario scenario = some_scenario(seed);

        const ReplicationResult result = run(scenario);

        expect_sound(scenario, result);
        ASSERT_FALSE(testing::Test::HasFailure());
    }
}

/// The same scenario with a correct consumer, faults that end, and a long calm after them.
Scenario with_a_calm_end(Scenario scenario) {
    scenario.duration = 12h;
    scenario.sample_interval = 1h;
    for (Topic& topic : scenario.topics) {
        topic.retention.reset();
        topic.compaction_keeps = 1.0;
    }
    for (ConsumerGroup& group : scenario.consumers) {
        group.commit.when = core::CommitWhen::after_success;
        group.commit.every_records = core::Records{0};
        group.reset = core::OffsetReset::earliest;
        if (group.dead_letter) {
            group.dead_letter->when_down = core::UndeliverablePolicy::block;
        }
        group.replicas.push_back({at(300s), std::max(1, group.replicas.back().count)});
        // Members that hear of a rebalance only after its timeout, or work longer than that at what
        // they have in hand or buffered, throw each other out for ever.
        group.protocol.rebalance_timeout = std::max(group.protocol.rebalance_timeout, Duration{1h});
        // Locks that are shorter than a batch takes are lost for ever.
        group.protocol.share.lock = 2h;
        group.protocol.share.deliveries = 1'000'000;
        group.downstream.reset();
        // A record that always takes longer than the poll loop may is done again for ever.
        group.protocol.max_poll_interval = std::max(group.protocol.max_poll_interval, Duration{1h});
        if (group.concurrency.kind == Concurrency::Kind::workers) {
            // So is one that takes longer than the group waits for the loop that works on it.
            group.protocol.rebalance_timeout = Duration{1h};
        }
        if (!group.dead_letter) {
            group.dead_letter.emplace();
            group.dead_letter->topic = "dlq";
            group.dead_letter->produce_time = constant(1ms);
        }
    }
    for (Producer& producer : scenario.producers) {
        producer.transaction_records = 0;  // a last marker would stay as lag
    }
    std::erase_if(scenario.faults, [](const Fault& fault) {
        return fault.kind == FaultKind::unclean_election || fault.kind == FaultKind::truncate;
    });
    for (Fault& fault : scenario.faults) {
        if (fault.restart == RestartKind::none) {
            fault.restart = RestartKind::same_pod;
        }
    }
    return scenario;
}

TEST(RandomScenarios, ACorrectConsumerSettlesEveryRecordOnceFaultsAreOver) {
    std::signal(SIGABRT, say_seed);
    for (std::uint64_t seed = first_seed(); seed <= std::max(first_seed(), last_seed() / 4);
         ++seed) {
        SCOPED_TRACE("LAGSIM_SCENARIO_SEED=" + std::to_string(seed));
        running = seed;
        const Scenario scenario = with_a_calm_end(some_scenario(seed));

        const ReplicationResult result = run(scenario);

        expect_sound(scenario, result);
        for (const GroupTotals& totals : result.totals) {
            EXPECT_EQ(totals.ledger.waiting, 0);
            EXPECT_EQ(totals.ledger.lost, 0);
        }
        for (std::size_t g = 0; g < scenario.consumers.size(); ++g) {
            EXPECT_EQ(result.groups.lag_total.rbegin()[static_cast<std::ptrdiff_t>(g)], 0);
            EXPECT_EQ(result.groups.rebalancing.rbegin()[static_cast<std::ptrdiff_t>(g)], 0);
            EXPECT_EQ(result.groups.members.rbegin()[static_cast<std::ptrdiff_t>(g)],
                      result.groups.replicas.rbegin()[static_cast<std::ptrdiff_t>(g)]);
        }
        ASSERT_FALSE(testing::Test::HasFailure());
    }
}

TEST(RandomScenarios, TwoRunsOfOneSeedAreTheSameRun) {
    for (std::uint64_t seed = 2001; seed <= 2050; ++seed) {
        SCOPED_TRACE("LAGSIM_SCENARIO_SEED=" + std::to_string(seed));
        running = seed;
        const Scenario scenario = some_scenario(seed);

        const ReplicationResult once = run(scenario);
        const ReplicationResult again = run(scenario);

        EXPECT_EQ(once.fingerprint, again.fingerprint);
        EXPECT_EQ(once.lanes.committed_offset, again.lanes.committed_offset);
        EXPECT_EQ(once.events.size(), again.events.size());
    }
}

bool changes_the_log(FaultKind kind) {
    return kind == FaultKind::broker_down || kind == FaultKind::add_partitions ||
           kind == FaultKind::unclean_election || kind == FaultKind::truncate;
}

TEST(RandomScenarios, TheTrafficDoesNotDependOnWhoConsumesIt) {
    for (std::uint64_t seed = 3001; seed <= 3100; ++seed) {
        SCOPED_TRACE("LAGSIM_SCENARIO_SEED=" + std::to_string(seed));
        running = seed;
        Scenario scenario = some_scenario(seed);
        std::erase_if(scenario.faults,
                      [](const Fault& fault) { return changes_the_log(fault.kind); });
        for (ConsumerGroup& group : scenario.consumers) {
            group.topics = {0};
        }
        scenario.topics.resize(1);
        std::erase_if(scenario.producers, [](const Producer& p) { return p.topic > 0; });
        for (ConsumerGroup& group : scenario.consumers) {
            group.retry.topics.clear();
        }
        Scenario other = scenario;
        Dice dice(seed + 1'000'000);
        other.faults.clear();
        for (ConsumerGroup& group : other.consumers) {
            group.topics = {0};
            set_up_group(dice, group);
        }

        const ReplicationResult a = run(scenario);
        const ReplicationResult b = run(other);

        EXPECT_EQ(a.lanes.log_end_offset, b.lanes.log_end_offset);
        EXPECT_EQ(a.totals[0].ledger.produced, b.totals[0].ledger.produced);
    }
}

}  // namespace
}  // namespace lagsim::sim
