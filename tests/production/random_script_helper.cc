#include <algorithm>

#include "tests/production/script_helper.h"
#include "tests/sim/engine/random_scenario_helper.h"

namespace lagsim::production {
namespace {

using core::Duration;
using core::Instant;
using namespace std::chrono_literals;
using sim::Dice;

constexpr Duration shortest = 1ms;

sim::Producer traffic(Dice& dice, std::int32_t partitions, std::int64_t records) {
    sim::Producer producer;
    producer.traffic.partitions = partitions;
    for (std::int64_t i = 0; i < records; ++i) {
        producer.publish.push_back({.at = Instant{dice.time(1ms, 40s)},
                                    .partition = dice.pick(0, partitions - 1),
                                    .poison = dice.chance(0.02)});
        if (dice.chance(0.3)) {
            producer.publish.back().service_time = dice.time(shortest, 800ms);
        }
    }
    std::ranges::sort(producer.publish, {}, &sim::Publication::at);
    return producer;
}

core::CommitPolicy commit_policy(Dice& dice) {
    using core::CommitWhen;
    core::CommitPolicy policy;
    policy.when =
        dice.of({CommitWhen::after_success, CommitWhen::after_success, CommitWhen::after_success,
                 CommitWhen::max_finished, CommitWhen::before_processing, CommitWhen::automatic,
                 CommitWhen::mark_only});
    policy.every = dice.time(50ms, 3s);
    policy.every_records = core::Records{dice.chance(0.5) ? dice.pick(1, 20) : 0};
    policy.max_window = core::Records{dice.chance(0.3) ? dice.pick(1, 5) : 0};
    return policy;
}

void set_up_workers(Dice& dice, sim::ConsumerGroup& group) {
    group.group = "g";
    group.topics = {0};
    group.service_time = {
        .kind = models::DistributionKind::constant, .mean = dice.time(shortest, 200ms), .cv = 0.0};
    group.overheads.commit_latency = dice.time(2ms, 300ms);
    group.failures.transient = dice.chance(0.5) ? dice.real(0.0, 0.3) : 0.0;
    group.retry.backoff.clear();
    for (std::int32_t i = dice.pick(0, 3); i > 0; --i) {
        group.retry.backoff.push_back(dice.time(10ms, 2s));
    }
    if (group.retry.backoff.empty() || dice.chance(0.8)) {
        group.dead_letter.emplace();
        group.dead_letter->topic = "dlq";
        group.dead_letter->produce_time = {
            .kind = models::DistributionKind::constant, .mean = dice.time(1ms, 100ms), .cv = 0.0};
    }
    using Kind = sim::Concurrency::Kind;
    group.concurrency.kind = dice.of({Kind::workers, Kind::workers_per_partition});
    group.concurrency.count = dice.pick(1, 3);
    group.commit = commit_policy(dice);
}

/// What the adapter is told of a group.
WorkerSettings settings_of(const sim::ConsumerGroup& group) {
    WorkerSettings settings;
    settings.commit = group.commit;
    settings.backoffs = group.retry.backoff;
    if (group.dead_letter) {
        settings.dead_letter.emplace();
    }
    const bool pod = group.concurrency.kind == sim::Concurrency::Kind::workers;
    settings.servers = pod ? group.concurrency.count : 0;
    settings.records_at_once = pod ? 1 : group.concurrency.count;
    // As in the engine, a revoke takes as long as its handlers.
    settings.revoke_drain = settings.stop_drain = 1h;
    return settings;
}

/// Two workers. The first owns everything; the second gets some of it; then one of them stops, dies
/// or is thrown out, and the other inherits.
std::vector<Action> rebalances(Dice& dice, std::int32_t partitions) {
    std::vector<std::int32_t> all;
    std::vector<std::int32_t> moved;
    std::vector<std::int32_t> kept;
    for (std::int32_t lane = 0; lane < partitions; ++lane) {
        all.push_back(lane);
        (dice.chance(0.5) ? moved : kept).push_back(lane);
    }
    using Kind = Action::Kind;
    std::vector<Action> actions{{Kind::start, Instant{}, 0},
                                {Kind::assign, Instant{}, 0, all},
                                {Kind::start, Instant{dice.time(1s, 5s)}, 1},
                                {Kind::revoke, Instant{dice.time(6s, 12s)}, 0, moved, 1}};
    const Instant third{dice.time(25s, 35s)};
    switch (dice.pick(0, 3)) {
        case 0:
            actions.push_back({Kind::stop, third, 0, kept, 1});
            break;
        case 1:
            actions.push_back({Kind::kill, third, 0});
            actions.push_back({Kind::assign, third + dice.time(1s, 10s), 1, kept});
            break;
        case 2:
            actions.push_back({Kind::lose, third, 0, kept});
            actions.push_back({Kind::assign, third + dice.time(1ms, 2s), 1, kept});
            break;
        default:
            break;
    }
    return actions;
}

}  // namespace

Script some_script(std::uint64_t seed) {
    Dice dice(seed);
    Script script;
    const std::int32_t partitions = dice.pick(1, 5);
    script.scenario.name = "script";
    script.scenario.seed = seed;
    script.scenario.duration = 120s;
    script.end = Instant{script.scenario.duration};
    sim::Topic& topic = script.scenario.topics.emplace_back();
    topic.name = "t";
    topic.partitions = partitions;
    script.scenario.producers.push_back(traffic(dice, partitions, dice.pick(20, 600)));
    set_up_workers(dice, script.scenario.consumers.emplace_back());
    script.settings = settings_of(script.scenario.consumers[0]);
    script.actions = rebalances(dice, partitions);
    return script;
}

}  // namespace lagsim::production
