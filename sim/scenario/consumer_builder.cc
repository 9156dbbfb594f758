#include <algorithm>

#include <fmt/core.h>

#include "sim/scenario/scenario_builder.h"
#include "sim/scenario/schema_check.h"
#include "sim/scenario/values.h"

namespace lagsim::sim {
namespace {

models::DistributionKind distribution_kind(const std::string& word) {
    using enum models::DistributionKind;
    return word == "exponential" ? exponential
           : word == "lognormal" ? lognormal
           : word == "gamma"     ? gamma
           : word == "uniform"   ? uniform
           : word == "weibull"   ? weibull
           : word == "pareto"    ? pareto
                                 : constant;
}

core::UndeliverablePolicy when_down_of(const YamlNode& letter) {
    const std::string word = text_of(letter, "whenDown").value_or("block");
    return word == "stop"   ? core::UndeliverablePolicy::stop
           : word == "drop" ? core::UndeliverablePolicy::drop
                            : core::UndeliverablePolicy::block;
}

class ConsumerBuilder {
  public:
    ConsumerBuilder(Build& build, const YamlNode& node, const Binding& binding, std::string path)
        : build_(build), node_(node), binding_(binding), path_(std::move(path)) {}

    ConsumerGroup make() {
        ConsumerGroup group;
        group.group = text_of(node_, "group").value_or("");
        group.deployment = binding_.scaled_object != nullptr ? binding_.scaled_object->target_name
                           : binding_.autoscaler != nullptr  ? binding_.autoscaler->target_name
                           : binding_.deployment != nullptr  ? binding_.deployment->header.name
                                                             : group.group;
        read_topics(group);
        read_workload(group);
        read_replicas(group);
        read_concurrency(group);
        read_work(group);
        read_failures(group);
        read_commit(group);
        read_protocol(group);
        group.metadata_refresh =
            duration_of(node_, "metadataRefresh").value_or(group.metadata_refresh);
        read_revoke(group);
        read_overheads(group);
        read_pods(group);
        return group;
    }

  private:
    void complain(const Mark& mark, std::string_view code, std::string message,
                  const std::string& key) {
        build_.report.error(
            mark, {.code = code, .message = std::move(message), .path = path_ + "." + key});
    }
    [[nodiscard]] models::DistributionParameters distribution(std::string_view key) const {
        return build_distribution(build_.report, node_, key, path_);
    }

    void read_topics(ConsumerGroup& group) {
        const YamlNode* topics = value_of(node_, "topics");
        if (topics == nullptr) {
            return;
        }
        for (std::size_t i = 0; i < topics->items.size(); ++i) {
            const YamlNode& item = topics->items[i];
            // A name taken over from a trigger is complained about there (autoscaler_builder).
            const Mark mark = item.mark.source == nullptr ? node_.mark : item.mark;
            const bool declared =
                std::ranges::count(build_.scenario.topics, item.text, &Topic::name) > 0;
            if (item.invalid || (item.mark.source == nullptr && !declared)) {
                continue;
            }
            const auto index =
                find_topic(build_, item.text, mark, fmt::format("{}.topics[{}]", path_, i));
            if (index && std::ranges::count(group.topics, *index) > 0) {
                complain(mark, "duplicate-name",
                         fmt::format("the topic '{}' is named twice", item.text),
                         fmt::format("topics[{}]", i));
            } else if (index) {
                group.topics.push_back(*index);
            }
        }
        if (topics->items.empty() && topics->mark.source != nullptr) {
            complain(topics->mark, "bad-value", "a consumer reads at least one topic", "topics");
        }
        std::ranges::sort(group.topics);
    }

    void read_workload(ConsumerGroup& group) {
        const std::string word = text_of(node_, "workload").value_or("Deployment");
        group.workload = word == "StatefulSet" ? Workload::stateful_set : Workload::deployment;
        const std::string known = workload_of(binding_);
        if (!known.empty() && known != word) {
            complain(mark_of(node_, "workload"), "conflict",
                     fmt::format("the pods of '{}' belong to a {}", group.deployment, known),
                     "workload");
        }
    }

    void read_replicas(ConsumerGroup& group) {
        const YamlNode* replicas = value_of(node_, "replicas");
        if (replicas == nullptr) {
            return;
        }
        if (binding_.autoscaled()) {
            build_.report.warning(
                replicas->mark,
                {.code = "ignored-field",
                 .message = fmt::format("the group is autoscaled ('{}'): 'replicas' is ignored",
                                        binding_.scaled_object != nullptr
                                            ? binding_.scaled_object->header.name
                                            : binding_.autoscaler->header.name),
                 .path = path_ + ".replicas",
                 .width = width_of(*replicas)});
            return;
        }
        if (replicas->is_scalar()) {
            group.replicas.front().count = int32_of(node_, "replicas").value_or(1);
            return;
        }
        group.replicas.clear();
        for (std::size_t i = 0; i < replicas->items.size(); ++i) {
            read_replica_step(replicas->items[i], i, group.replicas);
        }
        if (group.replicas.empty()) {
            complain(replicas->mark, "bad-value", "the schedule is empty", "replicas");
        }
    }
    void read_replica_step(const YamlNode& item, std::size_t i, std::vector<ReplicaStep>& steps) {
        const auto at = duration_of(item, "at");
        const std::string key = fmt::format("replicas[{}].at", i);
        if (at && i == 0 && *at != core::Duration{0}) {
            complain(mark_of(item, "at"), "bad-value", "the schedule must begin at 0s", key);
        } else if (at && !steps.empty() && core::Instant{*at} <= steps.back().at) {
            complain(mark_of(item, "at"), "bad-value", "the steps must be in order of time", key);
        } else if (at && *at > build_.scenario.duration &&
                   build_.scenario.duration > core::Duration{0}) {
            complain(mark_of(item, "at"), "after-end",
                     fmt::format("the run ends at {}", format_duration(build_.scenario.duration)),
                     key);
        }
        steps.push_back({.at = core::Instant{at.value_or(core::Duration{0})},
                         .count = int32_of(item, "count").value_or(1)});
    }

    void read_concurrency(ConsumerGroup& group) {
        using Kind = Concurrency::Kind;
        const YamlNode* node = value_of(node_, "concurrency");
        if (node == nullptr) {
            return;
        }
        if (node->is_scalar()) {
            group.concurrency.kind = node->text == "pod" ? Kind::workers : Kind::partition;
            return;
        }
        const YamlNode* workers = node->find("workers");
        const YamlNode* each = node->find("workersPerPartition");
        if ((workers == nullptr) == (each == nullptr)) {
            complain(node->mark, "bad-value",
                     "concurrency has exactly one of 'workers' and 'workersPerPartition'",
                     "concurrency");
            return;
        }
        group.concurrency.kind = workers != nullptr ? Kind::workers : Kind::workers_per_partition;
        group.concurrency.count =
            int32_of(*node, workers != nullptr ? "workers" : "workersPerPartition").value_or(1);
    }

    void read_work(ConsumerGroup& group) {
        const std::size_t errors_before = build_.report.errors();
        group.service_time = distribution("serviceTime");
        const YamlNode* service = value_of(node_, "serviceTime");
        if (service != nullptr && service->is_map() && duration_of(*service, "mean") &&
            group.service_time.mean <= core::Duration{0} &&
            build_.report.errors() == errors_before) {
            complain(mark_of(*service, "mean"), "out-of-range", "the mean must be above 0 s",
                     "serviceTime.mean");
        }
        if (const YamlNode* cpu = value_of(node_, "cpu")) {
            group.cpu.share = percentage_of(*cpu, "share").value_or(0.0);
            if (const auto milli = milli_of(*cpu, "limit")) {  // `none` is no quantity
                group.cpu.limit = static_cast<double>(*milli) / 1000.0;
            }
        }
        if (binding_.deployment != nullptr) {
            group.cpu.request = binding_.deployment->cpu_request;
        }
        const YamlNode* downstream = value_of(node_, "downstream");
        if (downstream != nullptr && downstream->is_map()) {
            group.downstream = models::DownstreamParameters{
                .capacity = integer_of(*downstream, "capacity").value_or(1),
                .exponent = number_of(*downstream, "exponent").value_or(2.0)};
        }
    }

    void read_retry(ConsumerGroup& group) {
        const YamlNode* retry = value_of(node_, "retry");
        if (retry == nullptr) {
            return;
        }
        group.retry.jitter = percentage_of(*retry, "jitter").value_or(0.0);
        group.retry.produce_time =
            build_distribution(build_.report, *retry, "produceTime", path_ + ".retry");
        const YamlNode* backoff = value_of(*retry, "backoff");
        const YamlNode* topics = value_of(*retry, "topics");
        if (const YamlNode* waits = topics != nullptr ? topics : backoff) {
            group.retry.backoff.clear();
            for (const YamlNode& wait : waits->items) {
                group.retry.backoff.push_back(
                    parse_duration(wait.text).value_or(core::Duration{0}));
            }
        }
        if (topics == nullptr) {
            return;
        }
        if (backoff != nullptr) {
            complain(topics->mark, "conflict", "retry has one of 'backoff' and 'topics'",
                     "retry.topics");
        } else if (group.retry.jitter > 0.0) {
            complain(mark_of(*retry, "jitter"), "not-modelled",
                     "jitter in retry topics is not modelled", "retry.jitter");
        }
        for (std::size_t i = 0; i < topics->items.size(); ++i) {
            add_retry_topic(group, topics->items[i], i);
        }
    }
    /// A topic of its own, of which nothing else in the scenario needs to know that it is special.
    void add_retry_topic(ConsumerGroup& group, const YamlNode& item, std::size_t index) {
        Topic topic;
        topic.name =
            fmt::format("{}-retry-{}", group.group, format_duration(group.retry.backoff[index]));
        topic.retries = true;
        for (const std::size_t read : group.topics) {
            topic.partitions = std::max(topic.partitions, build_.scenario.topics[read].partitions);
        }
        const std::string key = fmt::format("retry.topics[{}]", index);
        if (std::ranges::count(build_.scenario.topics, topic.name, &Topic::name) > 0) {
            complain(item.mark, "duplicate-name",
                     fmt::format("there is already a topic '{}'", topic.name), key);
        } else if (!is_topic_name(topic.name)) {
            complain(
                item.mark, "invalid-name",
                fmt::format("'{}' is no topic's name; the group's name makes it so", topic.name),
                key);
        }
        group.retry.topics.push_back(build_.scenario.topics.size());
        group.topics.push_back(build_.scenario.topics.size());
        build_.scenario.topics.push_back(std::move(topic));
    }

    void read_failures(ConsumerGroup& group) {
        if (const YamlNode* failures = value_of(node_, "failures")) {
            group.failures.transient = percentage_of(*failures, "transient").value_or(0.0);
            group.failures.poison = percentage_of(*failures, "poison").value_or(0.0);
        }
        read_retry(group);
        const YamlNode* letter = value_of(node_, "deadLetter");
        if (letter != nullptr && letter->is_map()) {
            group.dead_letter =
                DeadLetter{.topic = text_of(*letter, "topic").value_or(""),
                           .produce_time = build_distribution(build_.report, *letter, "produceTime",
                                                              path_ + ".deadLetter"),
                           .failures = percentage_of(*letter, "failures").value_or(0.0),
                           .when_down = when_down_of(*letter),
                           .attempts = integer_of(*letter, "attempts")};
            if (group.dead_letter->attempts &&
                group.dead_letter->when_down == core::UndeliverablePolicy::block) {
                complain(mark_of(*letter, "attempts"), "conflict",
                         "'attempts' needs 'whenDown: stop' or 'drop': to block is to try for ever",
                         "deadLetter.attempts");
            }
        }
    }

    void read_commit(ConsumerGroup& group) {
        const std::string reset = text_of(node_, "reset").value_or("earliest");
        group.reset = reset == "latest" ? core::OffsetReset::latest
                      : reset == "none" ? core::OffsetReset::none
                                        : core::OffsetReset::earliest;
        group.offsets_retention =
            duration_of(node_, "offsetsRetention").value_or(group.offsets_retention);
        const YamlNode* commit = value_of(node_, "commit");
        if (commit == nullptr) {
            return;
        }
        const std::string when = text_of(*commit, "when").value_or("after-success");
        group.commit.when = when == "before-processing" ? core::CommitWhen::before_processing
                            : when == "mark-only"       ? core::CommitWhen::mark_only
                            : when == "auto"            ? core::CommitWhen::automatic
                            : when == "max-finished"    ? core::CommitWhen::max_finished
                                                        : core::CommitWhen::after_success;
        const std::string every = text_of(*commit, "every").value_or("1s");
        if (const auto records = parse_records(every)) {
            group.commit.every_records = *records;
            if (group.commit.when == core::CommitWhen::automatic) {
                complain(mark_of(*commit, "every"), "bad-value",
                         "'auto' commits on the client's timer; 'every' must be a duration",
                         "commit.every");
            }
        } else {
            group.commit.every = parse_duration(every).value_or(group.commit.every);
        }
        const auto window = parse_records(text_of(*commit, "maxWindow").value_or("none"));
        group.commit.max_window = window ? *window : core::Records{0};
    }

    void read_protocol(ConsumerGroup& group) {
        const YamlNode* node = value_of(node_, "protocol");
        if (node == nullptr) {
            return;
        }
        models::ProtocolParameters& protocol = group.protocol;
        const std::string client = text_of(*node, "client").value_or("java");
        protocol.client = client == "sarama"       ? models::ClientProfile::sarama
                          : client == "librdkafka" ? models::ClientProfile::librdkafka
                                                   : models::ClientProfile::java;
        read_assignor(*node, protocol);
        const auto read = [node](std::string_view key, core::Duration& value) {
            value = duration_of(*node, key).value_or(value);
        };
        read("sessionTimeout", protocol.session_timeout);
        read("heartbeatInterval", protocol.heartbeat_interval);
        read("maxPollInterval", protocol.max_poll_interval);
        read("rebalanceTimeout", protocol.rebalance_timeout);
        read("initialRebalanceDelay", protocol.initial_rebalance_delay);
        read_share(*node, group, protocol.share);
        if (protocol.heartbeat_interval >= protocol.session_timeout) {
            complain(mark_of(*node, node->find("heartbeatInterval")->mark.source != nullptr
                                        ? "heartbeatInterval"
                                        : "sessionTimeout"),
                     "conflict",
                     fmt::format("heartbeatInterval {} must be below sessionTimeout {}",
                                 format_duration(protocol.heartbeat_interval),
                                 format_duration(protocol.session_timeout)),
                     "protocol");
        }
        protocol.static_membership = boolean_of(*node, "staticMembership").value_or(false);
    }

    void read_assignor(const YamlNode& node, models::ProtocolParameters& protocol) {
        const std::string kind = text_of(node, "kind").value_or("classic");
        protocol.kind = kind == "consumer" ? models::GroupProtocol::consumer
                        : kind == "share"  ? models::GroupProtocol::share
                                           : models::GroupProtocol::classic;
        const std::string name = text_of(node, "assignor").value_or("range");
        protocol.assignor = name == "roundrobin"           ? models::Assignor::round_robin
                            : name == "sticky"             ? models::Assignor::sticky
                            : name == "cooperative-sticky" ? models::Assignor::cooperative_sticky
                            : name == "uniform"            ? models::Assignor::uniform
                            : name == "simple"             ? models::Assignor::simple
                                                           : models::Assignor::range;
        const std::string_view known = kind == "consumer" ? "uniform and range"
                                       : kind == "share"
                                           ? "simple"
                                           : "range, roundrobin, sticky and cooperative-sticky";
        const bool fits = kind == "consumer" ? name == "uniform" || name == "range"
                          : kind == "share"  ? name == "simple"
                                             : name != "uniform" && name != "simple";
        if (!fits) {
            complain(mark_of(node, "assignor"), "conflict",
                     fmt::format("kind {} has no assignor '{}'; it knows {}", kind, name, known),
                     "protocol.assignor");
        }
    }

    /// What says no more than the default is fine: a resolved scenario writes that out.
    void refuse_if_written(const YamlNode& owner, std::string_view key, const std::string& path,
                           std::string_view fallback) {
        const YamlNode* written = owner.find(key);
        const bool says_more =
            written != nullptr && !(written->is_scalar() && written->text == fallback);
        if (says_more && written->mark.source != nullptr) {
            complain(written->mark, "not-modelled",
                     fmt::format("'{}' of a share group is not modelled", key), path);
        }
    }

    /// What only share groups know, and what they do not know.
    void read_share(const YamlNode& node, const ConsumerGroup& group, models::ShareLimits& share) {
        share.lock = duration_of(node, "recordLock").value_or(share.lock);
        share.deliveries =
            static_cast<std::int32_t>(integer_of(node, "deliveryLimit").value_or(share.deliveries));
        share.window =
            core::Records{integer_of(node, "maxRecordLocks").value_or(share.window.value())};
        share.poll = core::Records{integer_of(node, "maxPollRecords").value_or(share.poll.value())};
        if (group.protocol.kind != models::GroupProtocol::share) {
            return;
        }
        if (group.commit.when == core::CommitWhen::max_finished) {
            complain(mark_of(node, "kind"), "conflict",
                     "a share group acknowledges records one by one; 'max-finished' is a policy of "
                     "offsets",
                     "commit.when");
        }
        if (group.protocol.client == models::ClientProfile::sarama) {
            complain(mark_of(node, "client"), "conflict", "Sarama has no share groups",
                     "protocol.client");
        }
        if (group.reset == core::OffsetReset::none) {
            complain(mark_of(node, "kind"), "conflict",
                     "a share group starts at earliest or latest, never at none", "reset");
        }
        if (const YamlNode* revoke = value_of(node_, "revoke")) {
            refuse_if_written(*revoke, "backoff", "revoke.backoff", "cut");
            refuse_if_written(*revoke, "bufferedRecords", "revoke.bufferedRecords", "0");
        }
        refuse_if_written(node_, "offsetsRetention", "offsetsRetention", "7d");
        refuse_if_written(node, "staticMembership", "protocol.staticMembership", "false");
        if (const YamlNode* retry = value_of(node_, "retry")) {
            refuse_if_written(*retry, "topics", "retry.topics", "");
        }
        if (const YamlNode* commit = value_of(node_, "commit")) {
            refuse_if_written(*commit, "maxWindow", "commit.maxWindow", "none");
        }
        if (const YamlNode* overheads = value_of(node_, "overheads")) {
            refuse_if_written(*overheads, "fetchOrder", "overheads.fetchOrder", "arrival");
            refuse_if_written(*overheads, "unassignStall", "overheads.unassignStall", "0s");
        }
    }

    void read_revoke(ConsumerGroup& group) {
        const YamlNode* node = value_of(node_, "revoke");
        if (node == nullptr) {
            return;
        }
        group.revoke.backoff =
            text_of(*node, "backoff") == "wait" ? Revoke::Backoff::wait : Revoke::Backoff::cut;
        group.revoke.buffered_records =
            core::Records{int32_of(*node, "bufferedRecords").value_or(0)};
    }

    void read_overheads(ConsumerGroup& group) {
        const YamlNode* node = value_of(node_, "overheads");
        if (node == nullptr) {
            return;
        }
        Overheads& overheads = group.overheads;
        overheads.commit_mode = text_of(*node, "commitMode") == "sync"
                                    ? Overheads::CommitMode::sync
                                    : Overheads::CommitMode::async;
        overheads.commit_latency =
            duration_of(*node, "commitLatency").value_or(overheads.commit_latency);
        overheads.fetch_start = duration_of(*node, "fetchStart").value_or(overheads.fetch_start);
        overheads.rtt = duration_of(*node, "rtt").value_or(overheads.rtt);
        overheads.sync_cost = duration_of(*node, "syncCost").value_or(overheads.sync_cost);
        overheads.fetch_order = text_of(*node, "fetchOrder") == "fetched"
                                    ? Overheads::FetchOrder::fetched
                                    : Overheads::FetchOrder::arrival;
        overheads.unassign_stall =
            duration_of(*node, "unassignStall").value_or(overheads.unassign_stall);
        overheads.unassign_stall_share =
            percentage_of(*node, "unassignStallShare").value_or(overheads.unassign_stall_share);
    }

    void read_pods(ConsumerGroup& group) {
        group.pod_startup = distribution("podStartup");
        group.pod_scheduling = distribution("podScheduling");
        group.readiness_delay = distribution("readinessDelay");
        if (const YamlNode* shutdown = value_of(node_, "shutdown")) {
            group.shutdown.grace_period =
                duration_of(*shutdown, "gracePeriod").value_or(group.shutdown.grace_period);
            group.shutdown.drain = boolean_of(*shutdown, "drain").value_or(true);
            read_signals(*shutdown, group.shutdown);
        }
        read_disruption_budget(group);
    }

    void read_disruption_budget(ConsumerGroup& group) {
        const YamlNode* node = value_of(node_, "disruptionBudget");
        if (node == nullptr || !node->is_map()) {
            return;
        }
        group.disruption_budget =
            DisruptionBudget{.max_unavailable = int32_of(*node, "maxUnavailable"),
                             .min_available = int32_of(*node, "minAvailable")};
        const bool both = node->find("maxUnavailable") != nullptr;
        if (both == (node->find("minAvailable") != nullptr)) {
            complain(node->mark, "bad-value",
                     "disruptionBudget has exactly one of 'maxUnavailable' and 'minAvailable'",
                     "disruptionBudget");
        }
    }

    void read_signals(const YamlNode& node, Shutdown& shutdown) {
        shutdown.pre_stop = duration_of(node, "preStop").value_or(shutdown.pre_stop);
        shutdown.pre_stop_polls = boolean_of(node, "preStopPolls").value_or(true);
        shutdown.handles_sigterm = boolean_of(node, "handlesSigterm").value_or(true);
        if (!shutdown.pre_stop_polls && shutdown.pre_stop == core::Duration{0}) {
            complain(mark_of(node, "preStopPolls"), "conflict",
                     "without a preStop hook there is nothing to poll through",
                     "shutdown.preStopPolls");
        }
        if (!shutdown.handles_sigterm && !shutdown.drain) {
            complain(mark_of(node, "drain"), "conflict",
                     "a process that does not handle SIGTERM does not stop at it either",
                     "shutdown.drain");
        }
    }

    Build& build_;
    const YamlNode& node_;
    const Binding& binding_;
    std::string path_;
};

}  // namespace

models::DistributionParameters build_distribution(Report& report, const YamlNode& owner,
                                                  std::string_view key, const std::string& path) {
    models::DistributionParameters parameters;
    const YamlNode* node = value_of(owner, key);
    if (node == nullptr) {
        return parameters;
    }
    if (node->is_scalar()) {
        parameters.mean = parse_duration(node->text).value_or(core::Duration{0});
        return parameters;
    }
    const auto word = text_of(*node, "distribution");
    const auto mean = duration_of(*node, "mean");
    if (!word || !mean) {
        return parameters;
    }
    parameters.kind = distribution_kind(*word);
    parameters.mean = *mean;
    const std::string here = child_path(path, key);
    const bool exponential = parameters.kind == models::DistributionKind::exponential;
    const bool constant = parameters.kind == models::DistributionKind::constant;
    const auto cv = number_of(*node, "cv");
    if (node->find("cv") == nullptr && !exponential && !constant) {
        report.error(node->mark,
                     {.code = "missing-key",
                      .message = fmt::format("a {} distribution needs the key 'cv'", *word),
                      .path = here + ".cv"});
        return parameters;
    }
    if (cv && ((exponential && *cv != 1.0) || (constant && *cv != 0.0))) {
        report.error(mark_of(*node, "cv"),
                     {.code = "bad-value",
                      .message = fmt::format("the cv of a {} distribution is {}", *word,
                                             exponential ? 1 : 0),
                      .path = here + ".cv"});
    }
    parameters.cv = exponential ? 1.0 : cv.value_or(0.0);
    const char* reason = models::invalid_distribution(parameters);
    if (reason != nullptr && (cv || exponential || constant)) {
        const std::string_view culprit = parameters.mean > core::Duration{0} ? "cv" : "mean";
        report.error(mark_of(*node, culprit),
                     {.code = "bad-value", .message = reason, .path = here});
    }
    return parameters;
}

void build_consumers(Build& build, const YamlNode& spec) {
    const YamlNode* consumers = value_of(spec, "consumers");
    if (consumers == nullptr) {
        return;
    }
    if (consumers->items.empty()) {
        build.report.error(consumers->mark, {.code = "bad-value",
                                             .message = "a scenario needs at least one consumer",
                                             .path = "spec.consumers"});
    }
    for (std::size_t i = 0; i < consumers->items.size(); ++i) {
        const YamlNode& node = consumers->items[i];
        const std::string path = fmt::format("spec.consumers[{}]", i);
        if (!node.is_map() || i >= build.bindings.size()) {
            build.scenario.consumers.emplace_back();
            continue;
        }
        ConsumerGroup group = ConsumerBuilder(build, node, build.bindings[i], path).make();
        const bool twice =
            !group.group.empty() &&
            std::ranges::count(build.scenario.consumers, group.group, &ConsumerGroup::group) > 0;
        if (twice) {
            build.report.error(
                mark_of(node, "group"),
                {.code = "duplicate-name",
                 .message = fmt::format("there is already a group '{}'", group.group),
                 .path = path + ".group"});
        }
        build.scenario.consumers.push_back(std::move(group));
    }
}

}  // namespace lagsim::sim
