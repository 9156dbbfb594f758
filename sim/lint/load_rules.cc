#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/core.h>

#include "sim/lint/capacity.h"
#include "sim/lint/rules.h"
#include "sim/lint/subject.h"
#include "sim/scenario/units.h"

namespace lagsim::sim::rules {
namespace {

/// Sums of floating-point rates that are equal on paper are no finding.
constexpr double rounding = 1.0 + 1e-9;

std::string rate_text(double rate_per_s) {
    return fmt::format("{:.4g}/s", rate_per_s);
}

std::string duration_text(double duration_s) {
    constexpr double most_s = 1e9;
    return duration_s < most_s
               ? format_duration(core::Duration{static_cast<std::int64_t>(std::round(duration_s)) *
                                                1'000'000'000})
               : std::string("no end");
}

std::vector<models::RateSegment> whole_rate(const Scenario& scenario, std::size_t topic) {
    return offered_rate(scenario, topic, std::vector<double>(scenario.producers.size(), 1.0));
}

/// Records that the group's topics receive, published ones too.
double offered_records(const Scenario& scenario, const ConsumerGroup& group) {
    double records = 0.0;
    for (const std::size_t topic : group.topics) {
        records += records_of(whole_rate(scenario, topic));
    }
    for (const Producer& producer : scenario.producers) {
        if (std::ranges::count(group.topics, producer.topic) == 0) {
            continue;
        }
        for (const Publication& publication : producer.publish) {
            records += static_cast<double>(publication.count);
        }
    }
    return records;
}

/// Pods that can do something.
double useful_replicas(const Scenario& scenario, const ConsumerGroup& group) {
    if (group.protocol.kind == models::GroupProtocol::share) {
        return static_cast<double>(replicas_max(group));
    }
    return static_cast<double>(
        std::min(replicas_max(group), assignable_partitions(scenario, group)));
}

double partitions_of(const Scenario& scenario, const ConsumerGroup& group) {
    std::int64_t partitions = 0;
    for (const std::size_t topic : group.topics) {
        partitions += scenario.topics[topic].partitions;
    }
    return static_cast<double>(partitions);
}

}  // namespace

Findings under_provisioned(const LintSubject& subject) {
    Findings findings;
    const Scenario& scenario = subject.scenario->scenario;
    for (std::size_t i = 0; i < scenario.consumers.size(); ++i) {
        const ConsumerGroup& group = scenario.consumers[i];
        const double offered = offered_records(scenario, group) / core::seconds(scenario.duration);
        const double replicas = useful_replicas(scenario, group);
        const double capacity = group_rate(group, replicas, partitions_of(scenario, group));
        if (offered <= capacity * rounding) {
            continue;
        }
        findings.push_back(finding_at_maximum(
            subject, i,
            fmt::format("the group '{}' never catches up: {} are offered on average over the run, "
                        "and at most {:.0f} useful replicas serve {} ({:.4g} ms of work a record, "
                        "failed attempts included): the backlog grows to the end, whatever the "
                        "autoscaler does: more replicas and partitions, or less work a record",
                        group.group, rate_text(offered), replicas, rate_text(capacity),
                        record_cost(group).served_s * 1e3)));
    }
    return findings;
}

namespace {

struct Hottest {
    std::int32_t partition = 0;
    double peak = 0.0;
    std::size_t producer = 0;  ///< that contributes most
};

std::optional<Hottest> hottest_partition(const Scenario& scenario, std::size_t topic) {
    std::optional<Hottest> hottest;
    for (const PartitionMix& mix : partition_mixes(scenario, topic)) {
        const double peak = peak_of(offered_rate(scenario, topic, mix.weights));
        if (!hottest || peak > hottest->peak) {
            const auto most = std::ranges::max_element(mix.weights);
            hottest = {mix.partition, peak, static_cast<std::size_t>(most - mix.weights.begin())};
        }
    }
    return hottest;
}

}  // namespace

Findings hot_partition(const LintSubject& subject) {
    Findings findings;
    const Scenario& scenario = subject.scenario->scenario;
    for (const ConsumerGroup& group : scenario.consumers) {
        if (group.protocol.kind == models::GroupProtocol::share) {
            continue;  // a partition has as many owners as it needs
        }
        const double capacity = partition_rate(group);
        for (const std::size_t topic : group.topics) {
            const auto hottest = hottest_partition(scenario, topic);
            if (!hottest || hottest->peak <= capacity * rounding) {
                continue;
            }
            findings.push_back(finding_in(
                *subject.scenario, fmt::format("spec.producers[{}].partitioner", hottest->producer),
                fmt::format("more pods do not help partition {} of '{}': it receives up to {}, and "
                            "its one owner in the group '{}' works through {} at most; its lag "
                            "grows while that lasts, and the autoscaler, which sees one sum, adds "
                            "pods in vain: spread the keys, add partitions, or make a record "
                            "cheaper (workersPerPartition, if order does not matter)",
                            hottest->partition, scenario.topics[topic].name,
                            rate_text(hottest->peak), group.group, rate_text(capacity))));
        }
    }
    return findings;
}

namespace {

/// A record that is still there when Kafka deletes it.
struct Overtaken {
    double wait_s = 0.0;
    std::string why;
};

/// The longest wait that follows from too small a capacity, of records that retention can still
/// reach before the run ends.
std::optional<Overtaken> overtaken_by_load(const Scenario& scenario, const ConsumerGroup& group,
                                           std::size_t topic, core::Duration kept) {
    const core::Instant until{scenario.duration - kept};
    const double capacity =
        group_rate(group, useful_replicas(scenario, group), scenario.topics[topic].partitions);
    Overtaken worst{longest_wait(whole_rate(scenario, topic), capacity, until),
                    fmt::format("even with {:.0f} replicas all the time, which serve {}",
                                useful_replicas(scenario, group), rate_text(capacity))};
    for (const PartitionMix& mix : partition_mixes(scenario, topic)) {
        const double one = std::min(capacity, partition_rate(group));
        const double wait = longest_wait(offered_rate(scenario, topic, mix.weights), one, until);
        if (wait > worst.wait_s) {
            worst = {wait, fmt::format("in partition {}, of which one worker serves {}",
                                       mix.partition, rate_text(one))};
        }
    }
    return worst.wait_s > core::seconds(kept) * rounding ? std::optional(worst) : std::nullopt;
}

/// Something arrives at the start of an outage and waits for its end.
std::optional<Overtaken> overtaken_by_outage(const Scenario& scenario, std::size_t index,
                                             std::size_t topic, core::Duration kept) {
    const ConsumerGroup& group = scenario.consumers[index];
    for (const Fault& fault : scenario.faults) {
        const core::Duration lasts =
            std::min(fault.duration, scenario.duration - fault.at.time_since_epoch());
        // With a dead-letter topic records do leave in an outage.
        if (fault.kind != FaultKind::downstream_down || fault.group != index || group.dead_letter ||
            lasts <= kept) {
            continue;
        }
        for (const models::RateSegment& segment : whole_rate(scenario, topic)) {
            const bool around = segment.begin <= fault.at && fault.at < segment.end;
            if (around && segment.rate_begin > 0.0 && segment.rate_end > 0.0) {
                return Overtaken{core::seconds(lasts),
                                 fmt::format("in the outage of the downstream from {} on",
                                             format_duration(fault.at.time_since_epoch()))};
            }
        }
    }
    return std::nullopt;
}

LintFinding retention_finding(const LintSubject& subject, const Topic& topic, std::string message) {
    const std::string plain = fmt::format("spec.topics.{}.retention", topic.name);
    const bool simple = subject.scenario->positions.contains(plain);
    return finding_in(*subject.scenario,
                      simple ? plain : fmt::format("spec.topics[\"{}\"].retention", topic.name),
                      std::move(message));
}

}  // namespace

Findings retention_shorter_than_drain(const LintSubject& subject) {
    Findings findings;
    const Scenario& scenario = subject.scenario->scenario;
    for (std::size_t i = 0; i < scenario.consumers.size(); ++i) {
        const ConsumerGroup& group = scenario.consumers[i];
        for (const std::size_t index : group.topics) {
            const Topic& topic = scenario.topics[index];
            if (!topic.retention || *topic.retention >= scenario.duration - topic.segment_roll) {
                continue;
            }
            // A segment goes when its newest record is too old: its oldest may live longer.
            const core::Duration kept = *topic.retention + topic.segment_roll;
            auto overtaken = overtaken_by_load(scenario, group, index, kept);
            if (!overtaken) {
                overtaken = overtaken_by_outage(scenario, i, index, kept);
            }
            if (!overtaken) {
                continue;
            }
            findings.push_back(retention_finding(
                subject, topic,
                fmt::format("records of '{}' are deleted before the group '{}' reaches them: {}, "
                            "the backlog's oldest record waits up to {}, and Kafka keeps it for "
                            "{} (retention {} and the segment's roll {}): a longer retention, or "
                            "more capacity",
                            topic.name, group.group, overtaken->why,
                            duration_text(overtaken->wait_s), format_duration(kept),
                            format_duration(*topic.retention),
                            format_duration(topic.segment_roll))));
        }
    }
    return findings;
}

}  // namespace lagsim::sim::rules
