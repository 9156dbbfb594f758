#include <algorithm>
#include <cmath>
#include <variant>

#include <fmt/core.h>

#include "sim/lint/rules.h"
#include "sim/lint/subject.h"
#include "sim/scenario/units.h"

namespace lagsim::sim::rules {
namespace {

std::string consumer_path(std::size_t index, std::string_view key) {
    return fmt::format("spec.consumers[{}].{}", index, key);
}

/// The longest time that one record is in hand until it is given up: all attempts, with the longest
/// back-offs, and its way to the dead-letter topic; mean service times. With retry topics it is in
/// hand for one attempt and sent on.
core::Duration longest_in_hand(const ConsumerGroup& group) {
    const bool sent_on = !group.retry.topics.empty();
    double waits_ns = sent_on ? static_cast<double>(group.retry.produce_time.mean.count()) : 0.0;
    for (const core::Duration wait : group.retry.backoff) {
        waits_ns += sent_on ? 0.0 : static_cast<double>(wait.count());
    }
    const double attempts = sent_on ? 1.0 : static_cast<double>(group.retry.backoff.size() + 1);
    double whole_ns = waits_ns * (1.0 + group.retry.jitter) +
                      attempts * static_cast<double>(group.service_time.mean.count());
    if (group.dead_letter) {
        whole_ns += static_cast<double>(group.dead_letter->produce_time.mean.count());
    }
    constexpr double most_ns = 0x1p62;
    return core::Duration{std::llround(std::min(whole_ns, most_ns))};
}

/// Several records of one partition in progress at once.
bool works_out_of_order(const ConsumerGroup& group) {
    return group.concurrency.kind == Concurrency::Kind::workers_per_partition &&
           group.concurrency.count > 1;
}

}  // namespace

Findings mark_without_commit(const LintSubject& subject) {
    Findings findings;
    const auto& consumers = subject.scenario->scenario.consumers;
    for (std::size_t i = 0; i < consumers.size(); ++i) {
        if (consumers[i].commit.when == core::CommitWhen::mark_only) {
            findings.push_back(finding_in(
                *subject.scenario, consumer_path(i, "commit.when"),
                "nothing is ever committed: MarkMessage only notes the offset in memory, and with "
                "AutoCommit off neither a timer nor Close sends it; every rebalance starts again "
                "from the beginning, and the lag that KEDA reads grows with all that is produced: "
                "call session.Commit() (commit: {when: after-success}) or switch AutoCommit on"));
        }
    }
    return findings;
}

Findings commit_before_processing(const LintSubject& subject) {
    Findings findings;
    const auto& consumers = subject.scenario->scenario.consumers;
    for (std::size_t i = 0; i < consumers.size(); ++i) {
        const ConsumerGroup& group = consumers[i];
        std::string_view what;
        if (group.commit.when == core::CommitWhen::before_processing) {
            what = "offsets are committed before their records are processed";
        } else if (group.commit.when == core::CommitWhen::automatic) {
            what = "the client's timer commits what was handed out, finished or not";
        } else if (group.commit.when == core::CommitWhen::max_finished &&
                   works_out_of_order(group)) {
            what =
                "with several records of a partition in progress the highest finished offset "
                "is committed over unfinished ones below it";
        } else {
            continue;
        }
        findings.push_back(finding_in(
            *subject.scenario, consumer_path(i, "commit.when"),
            fmt::format("records in hand are not safe: {}; a crash or a kill loses them, because "
                        "the group goes on at the committed offset and the broker does not know "
                        "what was processed: commit: {{when: after-success}}",
                        what)));
    }
    return findings;
}

Findings retry_exceeds_max_poll(const LintSubject& subject) {
    Findings findings;
    const auto& consumers = subject.scenario->scenario.consumers;
    for (std::size_t i = 0; i < consumers.size(); ++i) {
        const ConsumerGroup& group = consumers[i];
        const core::Duration needed = longest_in_hand(group);
        // Sarama has no max.poll.interval.
        if (group.protocol.client == models::ClientProfile::sarama ||
            needed <= group.protocol.max_poll_interval) {
            continue;
        }
        findings.push_back(finding_in(
            *subject.scenario, consumer_path(i, "retry.backoff"),
            fmt::format("the last retries are not reached: all attempts and back-offs of one "
                        "record take {}, but a client that has not polled for maxPollInterval {} "
                        "leaves the group; another pod starts the record again with the first "
                        "attempt, and the late result cannot be committed: shorten the back-off, "
                        "raise maxPollInterval, or retry through a topic",
                        format_duration(needed),
                        format_duration(group.protocol.max_poll_interval))));
    }
    return findings;
}

namespace {

/// Where the grace period is written: in the scenario, in the Deployment, or nowhere.
LintFinding finding_at_grace(const LintSubject& subject, std::size_t index, std::string message) {
    const std::string path = consumer_path(index, "shutdown.gracePeriod");
    const ConsumerGroup& group = subject.scenario->scenario.consumers[index];
    if (!subject.scenario->positions.contains(path)) {
        for (const DeploymentManifest& deployment : subject.manifests.deployments) {
            if (deployment.header.name == group.deployment && deployment.grace_period) {
                return finding_in(deployment.header,
                                  "spec.template.spec.terminationGracePeriodSeconds",
                                  std::move(message));
            }
        }
    }
    return finding_in(*subject.scenario, path, std::move(message));
}

}  // namespace

Findings grace_shorter_than_retry(const LintSubject& subject) {
    Findings findings;
    const auto& consumers = subject.scenario->scenario.consumers;
    for (std::size_t i = 0; i < consumers.size(); ++i) {
        const ConsumerGroup& group = consumers[i];
        const core::Duration needed = longest_in_hand(group);
        const core::Duration left = group.shutdown.grace_period - group.shutdown.pre_stop;
        if (!group.shutdown.drain || left >= needed) {
            continue;
        }
        findings.push_back(finding_at_grace(
            subject, i,
            fmt::format("a pod does not always end in order: a handler that finishes its record, "
                        "retries included, needs up to {}, and SIGKILL comes {} after the pod's "
                        "deletion; then nothing more is committed, the record is done again "
                        "elsewhere, and the group waits for the session timeout ({}): raise the "
                        "grace period, or end the back-off at SIGTERM",
                        format_duration(needed), format_duration(group.shutdown.grace_period),
                        format_duration(group.protocol.session_timeout))));
    }
    return findings;
}

namespace {

constexpr std::string_view skipped =
    "a group without a valid committed offset starts at the end of the log: what was produced "
    "before is never processed and nobody is told; that is a new group's first start (from zero "
    "replicas: the records that woke it), offsets that expired (7 days without members), new "
    "partitions, and retention that overtook the group";

}  // namespace

Findings reset_latest_loses(const LintSubject& subject) {
    Findings findings;
    if (subject.scenario != nullptr) {
        const auto& consumers = subject.scenario->scenario.consumers;
        for (std::size_t i = 0; i < consumers.size(); ++i) {
            if (consumers[i].reset == core::OffsetReset::latest) {
                findings.push_back(finding_in(*subject.scenario, consumer_path(i, "reset"),
                                              fmt::format("{}: reset: earliest", skipped)));
            }
        }
        return findings;
    }
    for (const LintedObject& object : linted_objects(subject)) {
        const auto& triggers = object.manifest->parameters.triggers;
        for (std::size_t i = 0; i < triggers.size(); ++i) {
            const auto* kafka = std::get_if<core::KafkaTriggerParameters>(&triggers[i].spec);
            const std::string path = fmt::format("spec.triggers[{}].metadata.offsetResetPolicy", i);
            if (kafka != nullptr && object.says(path) &&
                kafka->offset_reset_policy == core::OffsetResetPolicy::latest) {
                findings.push_back(finding_in(
                    object.manifest->header, path,
                    fmt::format("{}; so it is if the consumer's auto.offset.reset is `latest`, as "
                                "the trigger says: use earliest in both",
                                skipped)));
            }
        }
    }
    return findings;
}

}  // namespace lagsim::sim::rules
