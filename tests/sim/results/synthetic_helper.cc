#include "tests/sim/results/synthetic_helper.h"

#include <limits>

#include <fmt/format.h>

namespace lagsim::tests {
namespace {

constexpr std::int64_t second = 1'000'000'000;

core::Instant at_second(std::int64_t seconds) {
    return core::at_nanoseconds(seconds * second);
}

void fill_lanes(sim::LaneSeries& lanes, std::int64_t end, std::int64_t lag) {
    lanes.log_end_offset.push_back(end);
    lanes.committed_offset.push_back(end == 0 ? -1 : end - lag);
    lanes.position.push_back(end - lag);
    lanes.lag.push_back(lag);
    lanes.backlog.push_back(lag);
}

void fill_groups(sim::GroupSeries& groups, std::int64_t lag, std::int64_t produced, bool first) {
    groups.lag_total.push_back(lag);
    groups.metric_value.push_back(first ? std::numeric_limits<double>::quiet_NaN()
                                        : static_cast<double>(lag));
    groups.desired_replicas.push_back(static_cast<std::int32_t>(1 + lag / 100));
    groups.replicas.push_back(static_cast<std::int32_t>(1 + lag / 100));
    groups.ready_replicas.push_back(1);
    groups.members.push_back(1);
    groups.rebalancing.push_back(first ? 1 : 0);
    groups.produced.push_back(produced);
    groups.finished.push_back(produced - lag);
    for (auto* column :
         {&groups.duplicates, &groups.dead_lettered, &groups.lost, &groups.retries}) {
        column->push_back(0);
    }
    groups.utilization.push_back(0.5);
}

sim::GroupTotals totals_of(const sim::Scenario& scenario, std::uint32_t replication, bool events) {
    sim::GroupTotals totals;
    const std::int64_t measured = core::nanoseconds(scenario.duration - scenario.warmup);
    totals.ledger = {.produced = 1000 + replication,
                     .finished = 980,
                     .dead_lettered = 3,
                     .waiting = 10 + static_cast<std::int64_t>(replication),
                     .lost = 7,
                     .duplicates = 4};
    totals.retries = 12;
    totals.produced_after_warmup = 900;
    totals.finished_after_warmup = 880;
    totals.lag_integral = core::int128{measured} * (50 + replication);
    totals.replica_integral = core::int128{measured} * 2;
    totals.pod_time = core::int128{core::nanoseconds(scenario.duration)} * 2;
    totals.replicas_min = 1;
    totals.replicas_max = 4;
    totals.scale_ups = 3;
    totals.scale_downs = 2;
    totals.rebalances = 5;
    totals.rebalance_pause = core::int128{second} * 9;
    totals.time_to_drain = core::Duration{30 * second};
    totals.drain_threshold = 150.0;
    totals.busy_time = measured;
    totals.capacity_time = core::int128{measured} * 4;
    if (events) {
        for (int i = 1; i <= 100; ++i) {
            totals.latency.record(core::Duration{i * 1'000'000});
        }
    }
    return totals;
}

void add_happenings(sim::ReplicationResult& result) {
    using sim::EventKind;
    result.events = {
        {.time = at_second(0), .kind = EventKind::pod_created, .pod = 0},
        {.time = at_second(5), .kind = EventKind::pod_ready, .pod = 0, .cause = 0},
        {.time = at_second(5), .kind = EventKind::member_joined, .pod = 0, .value = 1, .cause = 1},
        {.time = at_second(9), .kind = EventKind::records_lost, .lane = 1, .value = 7, .cause = 2}};
    result.decisions = {
        {.time = at_second(3),
         .who = sim::DecisionMaker::keda,
         .lag = 40,
         .metric = 40.0,
         .active = true,
         .reason = "activate"},
        {.time = at_second(15),
         .who = sim::DecisionMaker::hpa,
         .metric = std::numeric_limits<double>::quiet_NaN(),
         .error = true,
         .replicas_before = 1,
         .replicas_after = 4,
         .reason = "TooManyReplicas"},
        {.time = at_second(30), .who = sim::DecisionMaker::hpa, .reason = "NewerKubernetesWord"}};
    result.lost = {{.lane = 1, .first = 10, .last = 16, .time = at_second(9), .cause = 5}};
    result.duplicates = {{.lane = 0, .first = 3, .last = 4, .time = at_second(8), .cause = 1},
                         {.lane = 2, .first = 0, .last = 1, .time = at_second(20), .cause = 0}};
}

}  // namespace

sim::Scenario synthetic_scenario(const SyntheticShape& shape) {
    sim::Scenario scenario;
    scenario.name = "synthetic";
    scenario.description = "made up";
    scenario.duration = core::Duration{shape.duration_s * second};
    scenario.sample_interval = core::Duration{15 * second};
    scenario.seed = 18446744073709551557U;
    scenario.replications = shape.replications;
    sim::Topic topic;
    topic.name = "orders";
    topic.partitions = shape.partitions;
    scenario.topics = {topic};
    for (std::size_t group = 0; group < shape.groups; ++group) {
        sim::ConsumerGroup consumer;
        consumer.group = shape.groups == 1 ? "shop" : fmt::format("shop/{}", group);
        consumer.topics = {0};
        scenario.consumers.push_back(consumer);
    }
    scenario.provenance.scenario_text = "kind: Scenario  # größer\n";
    scenario.provenance.resolved = "kind: Scenario\n";
    scenario.provenance.manifests = {{"k8s/a.yaml", "kind: ScaledObject\n"}};
    scenario.provenance.overrides = {"spec.seed=1", "overlay.yaml"};
    return scenario;
}

sim::ReplicationResult synthetic_result(const sim::Scenario& scenario, std::uint32_t replication,
                                        const SyntheticShape& shape) {
    sim::ReplicationResult result;
    result.replication = replication;
    result.fingerprint = 0x9e3779b97f4a7c15U * (replication + 1);
    const std::int64_t interval = core::nanoseconds(scenario.sample_interval);
    const std::int64_t samples = core::nanoseconds(scenario.duration) / interval + 1;
    for (std::int64_t sample = 0; sample < samples; ++sample) {
        result.sample_times.push_back(core::at_nanoseconds(sample * interval));
        const std::int64_t lag = (sample * 7 + replication) % 100;
        for (std::size_t group = 0; group < shape.groups; ++group) {
            for (std::int32_t lane = 0; lane < shape.partitions; ++lane) {
                fill_lanes(result.lanes, sample * 100, lag);
            }
            fill_groups(result.groups, lag * shape.partitions, sample * 100 * shape.partitions,
                        sample == 0);
        }
    }
    for (std::size_t group = 0; group < shape.groups; ++group) {
        result.totals.push_back(totals_of(scenario, replication, shape.events));
    }
    if (shape.events) {
        add_happenings(result);
    }
    return result;
}

}  // namespace lagsim::tests
