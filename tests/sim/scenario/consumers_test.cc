/// What a consumer group becomes: written keys, the client's defaults, the manifests', the table's.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "tests/sim/scenario/reading.h"

namespace lagsim::sim {
namespace {

using core::Duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

ConsumerGroup consumer_with(std::string_view tail) {
    const ScenarioFile file = read_well(scenario_with(tail));
    return file.scenario.consumers.empty() ? ConsumerGroup() : file.scenario.consumers.front();
}

TEST(Consumers, DefaultsAreTheTables) {
    const ConsumerGroup group = consumer_with("");

    EXPECT_EQ(group.group, "g");
    EXPECT_EQ(group.topics, std::vector<std::size_t>{0});
    EXPECT_EQ(group.replicas.size(), 1U);
    EXPECT_EQ(group.replicas[0].count, 1);
    EXPECT_EQ(group.concurrency.kind, Concurrency::Kind::partition);
    EXPECT_EQ(group.service_time.mean, Duration{5'000'000});
    EXPECT_EQ(group.cpu.limit, std::nullopt);
    EXPECT_EQ(group.retry.backoff, (std::vector<Duration>{seconds(1), seconds(2), seconds(4)}));
    EXPECT_FALSE(group.dead_letter);
    EXPECT_EQ(group.commit, core::CommitPolicy{});
    EXPECT_EQ(group.reset, core::OffsetReset::earliest);
    EXPECT_EQ(group.protocol, models::ProtocolParameters{});
    EXPECT_EQ(group.overheads.sync_cost, Duration{milliseconds(2)}) << "2 rtt";
    EXPECT_EQ(group.shutdown.grace_period, Duration{seconds(30)});
    EXPECT_TRUE(group.shutdown.drain);
    EXPECT_FALSE(group.autoscaler);
}

TEST(Consumers, EveryFormOfConcurrency) {
    using Kind = Concurrency::Kind;
    EXPECT_EQ(consumer_with("      concurrency: pod\n").concurrency.kind, Kind::workers);
    EXPECT_EQ(consumer_with("      concurrency: pod\n").concurrency.count, 1);
    EXPECT_EQ(consumer_with("      concurrency: {workers: 8}\n").concurrency.count, 8);
    const Concurrency each =
        consumer_with("      concurrency: {workersPerPartition: 3}\n").concurrency;
    EXPECT_EQ(each.kind, Kind::workers_per_partition);
    EXPECT_EQ(each.count, 3);
}

TEST(Consumers, DownstreamIsNoneOrACapacityAndAnExponent) {
    EXPECT_FALSE(consumer_with("      downstream: none\n").downstream);
    EXPECT_EQ(consumer_with("      downstream: {capacity: 12}\n").downstream,
              (models::DownstreamParameters{.capacity = 12, .exponent = 2.0}));
    EXPECT_EQ(consumer_with("      downstream: {capacity: 1k, exponent: 1.5}\n").downstream,
              (models::DownstreamParameters{.capacity = 1000, .exponent = 1.5}));
}

TEST(Consumers, RetryTopicsAreTopicsOfTheGroupThatNobodyDeclares) {
    const ScenarioFile file =
        read_well(scenario_with("      retry: {topics: [1s, 2m], produceTime: 5ms}\n"));

    const ConsumerGroup& group = file.scenario.consumers.at(0);
    ASSERT_EQ(file.scenario.topics.size(), 3U);
    EXPECT_EQ(file.scenario.topics[1].name, "g-retry-1s");
    EXPECT_EQ(file.scenario.topics[2].name, "g-retry-2m");
    EXPECT_EQ(file.scenario.topics[2].partitions, 4);
    EXPECT_TRUE(file.scenario.topics[2].retries);
    EXPECT_EQ(group.topics, (std::vector<std::size_t>{0, 1, 2}));
    EXPECT_EQ(group.retry.topics, (std::vector<std::size_t>{1, 2}));
    EXPECT_EQ(group.retry.backoff, (std::vector<Duration>{seconds(1), seconds(120)}));
    EXPECT_EQ(group.retry.produce_time.mean, Duration{milliseconds(5)});
}

TEST(Consumers, DeadLettersBlockStopOrDrop) {
    using enum core::UndeliverablePolicy;
    const auto letter = [](const std::string& rest) {
        return *consumer_with("      deadLetter: {topic: d" + rest + "}\n").dead_letter;
    };
    EXPECT_EQ(letter("").when_down, block);
    EXPECT_FALSE(letter("").attempts);
    EXPECT_EQ(letter(", whenDown: stop").when_down, stop);
    EXPECT_EQ(letter(", whenDown: drop, attempts: 4").when_down, drop);
    EXPECT_EQ(letter(", whenDown: drop, attempts: 4").attempts, 4);
}

TEST(Consumers, WindowIsNoneOrANumberOfRecords) {
    EXPECT_EQ(consumer_with("      commit: {maxWindow: none}\n").commit.max_window,
              core::Records{0});
    EXPECT_EQ(consumer_with("      commit: {maxWindow: 500 records}\n").commit.max_window,
              core::Records{500});
}

TEST(Consumers, EmptyBackoffIsOneAttempt) {
    EXPECT_TRUE(consumer_with("      retry: {backoff: []}\n").retry.backoff.empty());
}

TEST(Consumers, CommitsByTimeOrByCount) {
    EXPECT_EQ(consumer_with("      commit: {every: 1 records}\n").commit.every_records,
              core::Records{1});
    EXPECT_EQ(consumer_with("      commit: {when: auto, every: 5s}\n").commit.every,
              Duration{seconds(5)});
    EXPECT_EQ(consumer_with("      commit: {when: mark-only}\n").commit.when,
              core::CommitWhen::mark_only);
}

TEST(Consumers, TheClientsDefaultsBeatTheTableAndWrittenKeysBeatThem) {
    const auto sarama = consumer_with("      protocol: {client: sarama}\n").protocol;
    EXPECT_EQ(sarama.session_timeout, Duration{seconds(10)});
    EXPECT_EQ(sarama.heartbeat_interval, Duration{seconds(3)});
    EXPECT_EQ(sarama.rebalance_timeout, Duration{seconds(60)});
    const auto written =
        consumer_with(
            "      protocol: {client: sarama, sessionTimeout: 20s, rebalanceTimeout: "
            "7s}\n")
            .protocol;
    EXPECT_EQ(written.session_timeout, Duration{seconds(20)});
    EXPECT_EQ(written.rebalance_timeout, Duration{seconds(7)});
    EXPECT_EQ(consumer_with("      protocol: {client: librdkafka}\n").protocol.session_timeout,
              Duration{seconds(45)});
}

TEST(Consumers, SaramasHandlerSleepsThroughTheSessionsEndAndWorksThroughItsChannel) {
    const Revoke java = consumer_with("").revoke;
    EXPECT_EQ(java.backoff, Revoke::Backoff::cut);
    EXPECT_EQ(java.buffered_records, core::Records{0});
    const Revoke sarama = consumer_with("      protocol: {client: sarama}\n").revoke;
    EXPECT_EQ(sarama.backoff, Revoke::Backoff::wait);
    EXPECT_EQ(sarama.buffered_records, core::Records{256});
    const Revoke written = consumer_with(
                               "      protocol: {client: sarama}\n"
                               "      revoke: {backoff: cut, bufferedRecords: 1}\n")
                               .revoke;
    EXPECT_EQ(written.backoff, Revoke::Backoff::cut);
    EXPECT_EQ(written.buffered_records, core::Records{1});
}

TEST(Consumers, BelongToADeploymentUnlessSomethingSaysStatefulSet) {
    EXPECT_EQ(consumer_with("").workload, Workload::deployment);
    EXPECT_EQ(consumer_with("      workload: StatefulSet\n").workload, Workload::stateful_set);
    EXPECT_TRUE(
        consumer_with("      protocol: {staticMembership: true}\n").protocol.static_membership);
}

TEST(Consumers, CommitsAreForgottenAfterSevenDaysUnlessSaidOtherwise) {
    EXPECT_EQ(consumer_with("").offsets_retention, Duration{std::chrono::days(7)});
    EXPECT_EQ(consumer_with("      offsetsRetention: 10m\n").offsets_retention,
              Duration{std::chrono::minutes(10)});
}

TEST(Consumers, RebalanceTimeoutFollowsMaxPollInterval) {
    EXPECT_EQ(consumer_with("      protocol: {maxPollInterval: 7m}\n").protocol.rebalance_timeout,
              Duration{seconds(420)});
}

TEST(Consumers, TheConsumerProtocolHasItsOwnDefaults) {
    const auto protocol = consumer_with("      protocol: {kind: consumer}\n").protocol;
    EXPECT_EQ(protocol.kind, models::GroupProtocol::consumer);
    EXPECT_EQ(protocol.assignor, models::Assignor::uniform);
    EXPECT_EQ(protocol.heartbeat_interval, Duration{seconds(5)});
    EXPECT_EQ(short_forms(complaints(
                  scenario_with("      protocol: {kind: consumer, assignor: sticky}\n"))),
              std::vector<std::string>{"12:44 conflict"});
    EXPECT_EQ(short_forms(complaints(scenario_with("      protocol: {assignor: uniform}\n"))),
              std::vector<std::string>{"12:28 conflict"});
}

TEST(Protocol, KindShareHasItsOwnAssignorLocksAndDeliveries) {
    const auto protocol =
        consumer_with("      protocol: {kind: share, recordLock: 1m, deliveryLimit: 2}\n").protocol;
    EXPECT_EQ(protocol.kind, models::GroupProtocol::share);
    EXPECT_EQ(protocol.assignor, models::Assignor::simple);
    EXPECT_EQ(protocol.share.lock, std::chrono::minutes{1});
    EXPECT_EQ(protocol.share.deliveries, 2);
    EXPECT_EQ(protocol.share.window, core::Records{2000});
    EXPECT_EQ(short_forms(
                  complaints(scenario_with("      reset: none\n      commit: {when: max-finished}\n"
                                           "      protocol: {kind: share, assignor: range}\n"))),
              (std::vector<std::string>{"14:24 conflict", "14:24 conflict", "14:41 conflict"}));
}

TEST(Consumers, MeasuredOverheadsAreThoseOfARealBroker) {
    const Overheads measured = consumer_with("      overheads: measured\n").overheads;
    EXPECT_EQ(measured.rtt, Duration{milliseconds(1)});
    EXPECT_EQ(measured.sync_cost, Duration{milliseconds(15)});
    EXPECT_EQ(measured.fetch_start, Duration{milliseconds(40)});
    EXPECT_EQ(measured.commit_latency, Duration{milliseconds(6)});
    EXPECT_EQ(measured.fetch_order, Overheads::FetchOrder::fetched);
    EXPECT_EQ(measured.unassign_stall, Duration{0}) << "librdkafka's alone";
    const auto of_librdkafka = [](std::string_view kind) {
        return consumer_with(fmt::format("      overheads: measured\n"
                                         "      protocol: {{client: librdkafka, kind: {}}}\n",
                                         kind))
            .overheads;
    };
    EXPECT_EQ(of_librdkafka("classic").unassign_stall, Duration{seconds(1)});
    EXPECT_EQ(of_librdkafka("classic").unassign_stall_share, 1.0);
    EXPECT_EQ(of_librdkafka("consumer").unassign_stall_share, 0.4);
    EXPECT_EQ(of_librdkafka("share").unassign_stall, Duration{0}) << "not modelled there";
    EXPECT_EQ(short_forms(complaints(scenario_with("      overheads: {unassignStall: 1s}\n"
                                                   "      protocol: {kind: share}\n"))),
              std::vector<std::string>{"12:34 not-modelled"});
    EXPECT_EQ(consumer_with("      overheads: {rtt: 4ms}\n").overheads.sync_cost,
              Duration{milliseconds(8)});
}

TEST(Consumers, ASchedulePlansReplicas) {
    const auto steps =
        consumer_with("      replicas: [{at: 0s, count: 2}, {at: 20s, count: 0}]\n").replicas;
    ASSERT_EQ(steps.size(), 2U);
    EXPECT_EQ(steps[0].count, 2);
    EXPECT_EQ(steps[1].at, core::Instant{seconds(20)});
    EXPECT_EQ(steps[1].count, 0);
}

TEST(Consumers, TheDeploymentGivesReplicasCoresAndGrace) {
    const std::string document = "---\n" + std::string(deployment);
    const ConsumerGroup group = consumer_with(document);
    EXPECT_EQ(group.deployment, "d");
    EXPECT_EQ(group.replicas[0].count, 3);
    EXPECT_EQ(group.cpu.limit, 1.5);
    EXPECT_EQ(group.cpu.request, 0.25);
    EXPECT_EQ(group.shutdown.grace_period, Duration{seconds(45)});

    const ConsumerGroup written = consumer_with(
        "      replicas: 5\n      cpu: {limit: none}\n      shutdown: {gracePeriod: 1s}\n" +
        document);
    EXPECT_EQ(written.replicas[0].count, 5);
    EXPECT_EQ(written.cpu.limit, std::nullopt);
    EXPECT_EQ(written.shutdown.grace_period, Duration{seconds(1)});
}

TEST(Consumers, TheScaledObjectIsJoinedByGroupAndTheDeploymentByTarget) {
    const ConsumerGroup group =
        consumer_with("  autoscaler: {kedaPhase: 3s}\n---\n" + std::string(scaled_object) +
                      "---\n" + std::string(deployment));
    ASSERT_TRUE(group.autoscaler);
    const Autoscaler& autoscaler = *group.autoscaler;
    EXPECT_EQ(autoscaler.scaled_object->min_replica_count, 2);
    EXPECT_EQ(autoscaler.hpa.min_replicas, 2);
    EXPECT_EQ(autoscaler.hpa.max_replicas, 8);
    EXPECT_EQ(autoscaler.hpa.name, "keda-hpa-so");
    ASSERT_EQ(autoscaler.hpa.metrics.size(), 1U);
    EXPECT_EQ(autoscaler.hpa.metrics[0].name, "s0-kafka-orders");
    EXPECT_EQ(autoscaler.hpa.metrics[0].target, 50'000) << "milli";
    EXPECT_EQ(autoscaler.keda_phase, Duration{seconds(3)});
    EXPECT_EQ(autoscaler.hpa_phase, std::nullopt);
    EXPECT_EQ(group.deployment, "d");
    EXPECT_EQ(group.shutdown.grace_period, Duration{seconds(45)});
}

TEST(Consumers, ReplicasOfAnAutoscaledGroupAreIgnoredWithAWarning) {
    const auto diagnostics =
        complaints(scenario_with("      replicas: 5\n---\n" + std::string(scaled_object)));

    ASSERT_EQ(short_forms(diagnostics), std::vector<std::string>{"12:17 ignored-field"});
    EXPECT_EQ(diagnostics[0].severity, Severity::warning);
}

TEST(Consumers, TopicsAreTheTriggersElseAllDeclared) {
    std::string text = scenario_with("---\n" + std::string(scaled_object));
    text.replace(text.find("    orders:"), 0, "    other: {partitions: 1}\n");
    EXPECT_EQ(read_well(text).scenario.consumers[0].topics, std::vector<std::size_t>{1});
    text.erase(text.find("---\n"));
    EXPECT_EQ(read_well(text).scenario.consumers[0].topics, (std::vector<std::size_t>{0, 1}));
}

TEST(Consumers, AManifestThatBelongsToNobodyIsNotSilent) {
    std::string other(scaled_object);
    other.replace(other.find("consumerGroup: g"), 16, "consumerGroup: x");
    EXPECT_EQ(short_forms(complaints(scenario_with("---\n" + other))),
              std::vector<std::string>{"13:1 unresolved-name"});
    EXPECT_EQ(short_forms(complaints(scenario_with("---\n" + std::string(scaled_object) + "---\n" +
                                                   std::string(scaled_object)))),
              (std::vector<std::string>{"28:1 conflict", "30:18 duplicate-name"}));
    std::string target(deployment);
    target.replace(target.find("name: d"), 7, "name: e");
    EXPECT_EQ(short_forms(complaints(
                  scenario_with("---\n" + std::string(scaled_object) + "---\n" + target))),
              std::vector<std::string>{"28:1 unused-manifest"});
}

TEST(Faults, DefaultsAreThoseOfTheKind) {
    const auto file = read_well(scenario_with(
        "  faults:\n    - {at: 30m, kind: slow-down, factor: 2.5, for: 1m}\n    - "
        "{at: 1m, kind: pod-crash, count: 2}\n    - {at: 2m, kind: crash-storm, every: "
        "5m, for: 20m, restart: replace}\n"));

    const auto& faults = file.scenario.faults;
    ASSERT_EQ(faults.size(), 3U);
    EXPECT_EQ(faults[0].kind, FaultKind::pod_crash) << "in order of time";
    EXPECT_EQ(faults[0].count, 2);
    EXPECT_EQ(faults[0].restart, RestartKind::same_pod);
    EXPECT_EQ(faults[1].every, Duration{seconds(300)});
    EXPECT_EQ(faults[1].restart, RestartKind::replace);
    EXPECT_EQ(faults[2].factor, 2.5);
}

TEST(Assertions, ValuesHaveTheMetricsUnit) {
    const auto file = read_well(scenario_with(
        "  assertions: [lost == 0, lag.p99 < 200k, timeToDrain <= 10m, latency.p50<0.5, "
        "\"every replication: throughput.finished >= 6k/min\", utilization.mean > 50%]\n"));

    const auto& all = file.scenario.assertions;
    ASSERT_EQ(all.size(), 6U);
    EXPECT_EQ(all[0].comparison, Comparison::equal);
    EXPECT_EQ(all[1].value, 200'000.0);
    EXPECT_EQ(all[2].value, 600.0);
    EXPECT_EQ(all[3].metric, "latency.p50");
    EXPECT_TRUE(all[4].every_replication);
    EXPECT_EQ(all[4].value, 100.0);
    EXPECT_EQ(all[5].value, 0.5);
}

TEST(Assertions, SeveralGroupsAreNamed) {
    const auto file = read_well(
        scenario_with("    - {group: a.b, serviceTime: 1ms}\n  assertions: [a.b.lag.p99 < 5]\n"));

    EXPECT_EQ(file.scenario.assertions.at(0).metric, "a.b.lag.p99");
}

}  // namespace
}  // namespace lagsim::sim
