/// Small scenarios in C++ for tests of the engine: sentences that read like a scenario file, and
/// questions to the result.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/engine/engine.h"

namespace lagsim::sim {

using core::Duration;
using core::Instant;
using namespace std::chrono_literals;

[[nodiscard]] inline Instant at(Duration since_start) {
    return Instant{since_start};
}

[[nodiscard]] inline models::DistributionParameters constant(Duration mean) {
    return {.kind = models::DistributionKind::constant, .mean = mean, .cv = 0.0};
}
[[nodiscard]] inline models::DistributionParameters exponential(Duration mean) {
    return {.kind = models::DistributionKind::exponential, .mean = mean, .cv = 1.0};
}

/// One topic `t` and one group `g` of one pod to begin with; everything takes no time, except what
/// a test gives it: no round trip, no initial delay, so that the group stands at 0 s.
class Build {
  public:
    explicit Build(Duration duration, std::int32_t partitions = 1) {
        scenario.name = "built";
        scenario.duration = duration;
        scenario.sample_interval = 1s;
        add_topic("t", partitions);
        add_group("g", {0});
    }

    Build& add_topic(std::string name, std::int32_t partitions) {
        Topic& topic = scenario.topics.emplace_back();
        topic.name = std::move(name);
        topic.partitions = partitions;
        return *this;
    }
    Build& add_group(std::string name, std::vector<std::size_t> topics) {
        ConsumerGroup group;
        group.group = std::move(name);
        group.deployment = group.group;
        group.topics = std::move(topics);
        group.service_time = constant(100ms);
        group.overheads.rtt = 0s;
        group.overheads.sync_cost = 0s;
        group.protocol.initial_rebalance_delay = 0s;
        scenario.consumers.push_back(std::move(group));
        return *this;
    }

    [[nodiscard]] ConsumerGroup& group(std::size_t index = 0) { return scenario.consumers[index]; }

    Build& seed(std::uint64_t value) {
        scenario.seed = value;
        return *this;
    }
    Build& warmup(Duration value) {
        scenario.warmup = value;
        return *this;
    }
    Build& pods(std::int32_t count) {
        group().replicas = {{Instant{}, count}};
        return *this;
    }
    Build& pods_from(Duration time, std::int32_t count) {
        group().replicas.push_back({at(time), count});
        return *this;
    }
    Build& service(models::DistributionParameters time) {
        group().service_time = time;
        return *this;
    }
    Build& service(Duration time) { return service(constant(time)); }
    Build& workers(std::int32_t count) {
        group().concurrency = {Concurrency::Kind::workers, count};
        return *this;
    }
    Build& workers_per_partition(std::int32_t count) {
        group().concurrency = {Concurrency::Kind::workers_per_partition, count};
        return *this;
    }
    Build& commit_every(Duration interval) {
        group().commit.every = interval;
        group().commit.every_records = core::Records{0};
        return *this;
    }
    Build& commit_every_records(std::int64_t count) {
        group().commit.every_records = core::Records{count};
        return *this;
    }
    Build& commit_when(core::CommitWhen when) {
        group().commit.when = when;
        return *this;
    }
    Build& commit_latency(Duration latency,
                          Overheads::CommitMode mode = Overheads::CommitMode::async) {
        group().overheads.commit_latency = latency;
        group().overheads.commit_mode = mode;
        return *this;
    }
    Build& poison(double probability) {
        group().failures.poison = probability;
        return *this;
    }
    Build& transient(double probability) {
        group().failures.transient = probability;
        return *this;
    }
    Build& dead_letter_after(Duration produce_time) {
        group().dead_letter.emplace();
        group().dead_letter->topic = "dlq";
        group().dead_letter->produce_time = constant(produce_time);
        return *this;
    }
    /// Retry topics of as many partitions as the first topic has; call it before anything is
    /// published to them.
    Build& retry_topics(std::vector<Duration> delays, Duration produce_time = Duration{0}) {
        group().retry.backoff = std::move(delays);
        group().retry.produce_time = constant(produce_time);
        for (const Duration& delay : group().retry.backoff) {
            group().topics.push_back(scenario.topics.size());
            group().retry.topics.push_back(scenario.topics.size());
            add_topic("g-retry-" + std::to_string(delay.count()), scenario.topics[0].partitions);
            scenario.topics.back().retries = true;
        }
        return *this;
    }
    Build& when_dead_letter_down(core::UndeliverablePolicy policy,
                                 std::optional<std::int64_t> attempts = {}) {
        group().dead_letter->when_down = policy;
        group().dead_letter->attempts = attempts;
        return *this;
    }
    Build& protocol(models::GroupProtocol kind, models::Assignor assignor,
                    models::ClientProfile client = models::ClientProfile::java) {
        group().protocol.kind = kind;
        group().protocol.assignor = assignor;
        group().protocol.client = client;
        return *this;
    }
    Build& sample_every(Duration interval) {
        scenario.sample_interval = interval;
        return *this;
    }
    Build& session_timeout(Duration timeout) {
        group().protocol.session_timeout = timeout;
        return *this;
    }
    Build& rebalance_timeout(Duration timeout) {
        group().protocol.rebalance_timeout = timeout;
        return *this;
    }
    Build& reset(core::OffsetReset policy) {
        group().reset = policy;
        return *this;
    }

    /// Records at stated instants; partition -1 = dealt in turn.
    Build& publish(Duration time, std::int64_t count = 1, std::int32_t partition = 0,
                   std::size_t topic = 0) {
        Producer producer = producer_of(topic);
        Publication publication{.at = at(time), .count = count, .partition = partition};
        if (partition < 0) {
            publication.partition.reset();
        }
        producer.publish = {publication};
        scenario.producers.push_back(std::move(producer));
        return *this;
    }
    /// One record that never succeeds, or that takes a time of its own.
    Build& publish_poison(Duration time, std::int32_t partition = 0) {
        publish(time, 1, partition);
        scenario.producers.back().publish[0].poison = true;
        return *this;
    }
    Build& publish_slow(Duration time, Duration service_time, std::int32_t partition = 0) {
        publish(time, 1, partition);
        scenario.producers.back().publish[0].service_time = service_time;
        return *this;
    }
    /// Evenly spaced records, the first at 0 s, dealt to the partitions in turn.
    Build& steady(double rate_per_s, std::size_t topic = 0) {
        Producer producer = producer_of(topic);
        producer.traffic.kind = models::ArrivalKind::constant;
        producer.traffic.rate = {{Instant{}, Instant{scenario.duration}, rate_per_s, rate_per_s}};
        scenario.producers.push_back(std::move(producer));
        return *this;
    }
    Build& poisson(double rate_per_s, std::size_t topic = 0) {
        Producer producer = producer_of(topic);
        producer.traffic.partitioner.kind = models::PartitionerKind::uniform;
        producer.traffic.rate = {{Instant{}, Instant{scenario.duration}, rate_per_s, rate_per_s}};
        scenario.producers.push_back(std::move(producer));
        return *this;
    }
    Build& fault(Fault fault) {
        scenario.faults.push_back(fault);
        return *this;
    }

    [[nodiscard]] ReplicationResult run(std::uint32_t replication = 0) const {
        RunControl control;
        auto result = run_replication(scenario, replication, EngineKind::reference, control);
        return std::move(*result);
    }

    Scenario scenario;

  private:
    [[nodiscard]] Producer producer_of(std::size_t topic) const {
        Producer producer;
        producer.topic = topic;
        producer.traffic.partitions = scenario.topics[topic].partitions;
        producer.traffic.partitioner.kind = models::PartitionerKind::round_robin;
        return producer;
    }
};

// Questions to a result.

[[nodiscard]] inline const LedgerCounts& ledger_of(const ReplicationResult& result,
                                                   std::size_t group = 0) {
    return result.totals[group].ledger;
}

[[nodiscard]] inline std::vector<Event> events_of(const ReplicationResult& result, EventKind kind) {
    std::vector<Event> found;
    std::ranges::copy_if(result.events, std::back_inserter(found),
                         [&](const Event& event) { return event.kind == kind; });
    return found;
}

/// Instants [s] at which something happened.
[[nodiscard]] inline std::vector<double> times_of(const ReplicationResult& result, EventKind kind) {
    std::vector<double> times;
    for (const Event& event : events_of(result, kind)) {
        times.push_back(static_cast<double>(core::nanoseconds(event.time)) / 1e9);  // exact
    }
    return times;
}

/// When a cumulative count of a group first showed `count`, to the sample; core::never if it did
/// not.
[[nodiscard]] inline Instant reached(const std::vector<std::int64_t>& series,
                                     const ReplicationResult& result, std::int64_t count,
                                     std::size_t group = 0) {
    const std::size_t groups = result.totals.size();
    for (std::size_t sample = 0; sample < result.sample_times.size(); ++sample) {
        if (series[sample * groups + group] >= count) {
            return result.sample_times[sample];
        }
    }
    return core::never;
}

/// Lanes to which something happened, ascending, each once.
[[nodiscard]] inline std::vector<std::int32_t> lanes_of(const ReplicationResult& result,
                                                        EventKind kind) {
    std::vector<std::int32_t> lanes;
    for (const Event& event : events_of(result, kind)) {
        lanes.push_back(event.lane);
    }
    std::ranges::sort(lanes);
    lanes.erase(std::ranges::unique(lanes).begin(), lanes.end());
    return lanes;
}

/// Value of a lane's series at the sample of time t; samples are 1 s apart unless changed.
[[nodiscard]] inline std::int64_t sampled(const std::vector<std::int64_t>& series,
                                          const ReplicationResult& result, Duration time,
                                          std::size_t lane = 0) {
    const auto sample = std::ranges::find(result.sample_times, at(time));
    const auto index = static_cast<std::size_t>(sample - result.sample_times.begin());
    const std::size_t lanes = series.size() / result.sample_times.size();
    return series.at(index * lanes + lane);
}

[[nodiscard]] inline std::int64_t duplicates_blamed_on(const ReplicationResult& result,
                                                       DuplicateCause cause) {
    std::int64_t sum = 0;
    for (const LedgerInterval& interval : result.duplicates) {
        if (interval.cause == static_cast<std::uint8_t>(cause)) {
            sum += interval.last - interval.first + 1;
        }
    }
    return sum;
}

[[nodiscard]] inline std::int64_t lost_by(const ReplicationResult& result, LossCause cause) {
    std::int64_t sum = 0;
    for (const LedgerInterval& interval : result.lost) {
        if (interval.cause == static_cast<std::uint8_t>(cause)) {
            sum += interval.last - interval.first + 1;
        }
    }
    return sum;
}

/// Mean lag [records] after the warm-up.
[[nodiscard]] inline double mean_lag(const Scenario& scenario, const ReplicationResult& result,
                                     std::size_t group = 0) {
    return static_cast<double>(result.totals[group].lag_integral) /
           static_cast<double>((scenario.duration - scenario.warmup).count());
}

}  // namespace lagsim::sim
