#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "sim/scenario/fault_words.h"
#include "sim/scenario/scenario_builder.h"
#include "sim/scenario/schema_check.h"
#include "sim/scenario/stable_order.h"
#include "sim/scenario/values.h"

namespace lagsim::sim {
namespace {

/// What each kind may say beside `at`, `kind` and `group`, and what it must say.
struct FaultRule {
    std::string_view word;
    FaultKind kind;
    std::string_view allowed;
    std::string_view required;
    bool has_group = true;
};
constexpr std::array<FaultRule, 18> rules{{
    {"pod-crash", FaultKind::pod_crash, "count|restart", ""},
    {"node-loss", FaultKind::node_loss, "count|replaceAfter", ""},
    {"pod-stall", FaultKind::pod_stall, "count|for", "for"},
    {"slow-down", FaultKind::slow_down, "factor|for", "factor|for"},
    {"broker-down", FaultKind::broker_down, "for|topic|partitions", "for", false},
    {"dead-letter-down", FaultKind::dead_letter_down, "for", "for"},
    {"trigger-error", FaultKind::trigger_error, "for", "for"},
    {"rolling-restart", FaultKind::rolling_restart, "", ""},
    {"crash-storm", FaultKind::crash_storm, "every|for|restart|count", "every|for"},
    {"downstream-down", FaultKind::downstream_down, "for", "for"},
    {"metric-zero", FaultKind::metric_zero, "for", "for"},
    {"oom-kill", FaultKind::oom_kill, "count", ""},
    {"spot-reclaim", FaultKind::spot_reclaim, "count|notice|drain|replaceAfter", ""},
    {"node-drain", FaultKind::node_drain, "count", ""},
    {"add-partitions", FaultKind::add_partitions, "topic|to", "to", false},
    {"unclean-election", FaultKind::unclean_election, "topic|partition|lose", "partition|lose",
     false},
    {"truncate", FaultKind::truncate, "topic|partition|to", "partition|to", false},
    {"coordinator-move", FaultKind::coordinator_move, "for", ""},
}};

class FaultBuilder {
  public:
    FaultBuilder(Build& build, YamlNode& node, std::string path)
        : build_(build), node_(node), path_(std::move(path)) {}

    std::optional<Fault> make() {
        const auto word = text_of(node_, "kind");
        const auto rule = std::ranges::find(rules, word.value_or(""), &FaultRule::word);
        if (rule == rules.end()) {
            return std::nullopt;
        }
        check_keys(*rule);
        fill_in(*rule);
        Fault fault;
        fault.kind = rule->kind;
        read_time(fault);
        read_group(*rule, fault);
        fault.count = int32_of(node_, "count").value_or(1);
        const std::string restart = text_of(node_, "restart").value_or("same-pod");
        fault.restart = restart == "replace" ? RestartKind::replace
                        : restart == "none"  ? RestartKind::none
                                             : RestartKind::same_pod;
        fault.duration = duration_of(node_, "for").value_or(core::Duration{0});
        fault.every = duration_of(node_, "every").value_or(core::Duration{0});
        fault.replace_after = duration_of(node_, "replaceAfter").value_or(core::Duration{0});
        fault.factor = number_of(node_, "factor").value_or(1.0);
        fault.notice = duration_of(node_, "notice").value_or(core::Duration{0});
        fault.drain = boolean_of(node_, "drain").value_or(true);
        check_nodes(*rule);
        if (has_word(rule->allowed, "topic")) {
            read_log(*rule, fault);
        }
        return fault;
    }

  private:
    /// Defaults of those keys that belong to the kind.
    void fill_in(const FaultRule& rule) {
        // What Kubernetes needs to find out that a node is dead, and that a deleted one was.
        const std::string_view dead = rule.kind == FaultKind::spot_reclaim ? "60s"
                                      : build_.scenario.nodes              ? "340s"
                                                                           : "0s";
        const std::array<std::pair<std::string_view, std::string_view>, 6> defaults{
            {{"count", "1"},
             {"restart", "same-pod"},
             {"replaceAfter", dead},
             {"notice", "120s"},
             {"drain", "true"},
             {"for", "1s"}}};
        for (const auto& [key, text] : defaults) {
            if (has_word(rule.required, key)) {
                continue;
            }
            if (has_word(rule.allowed, key) && node_.find(key) == nullptr) {
                node_.insert(std::string(key), {}, scalar_node(std::string(text)));
            }
        }
    }
    void check_keys(const FaultRule& rule) {
        for (const YamlEntry& entry : node_.entries) {
            const bool common = entry.key == "at" || entry.key == "kind" ||
                                (entry.key == "group" && rule.has_group);
            if (!entry.value.invalid && !common && !has_word(rule.allowed, entry.key)) {
                build_.report.error(entry.mark,
                                    {.code = "unknown-key",
                                     .message = fmt::format("'{}' is not a key of the fault {}",
                                                            entry.key, rule.word),
                                     .path = path_ + "." + entry.key,
                                     .width = static_cast<int>(entry.key.size())});
            }
        }
        for (const std::string_view key : split_words(rule.required)) {
            if (node_.find(key) == nullptr) {
                build_.report.error(
                    node_.mark,
                    {.code = "missing-key",
                     .message = fmt::format("the fault {} needs the key '{}'", rule.word, key),
                     .path = path_ + "." + std::string(key)});
            }
        }
    }
    void check_nodes(const FaultRule& rule) {
        const bool needs_nodes =
            rule.kind == FaultKind::spot_reclaim || rule.kind == FaultKind::node_drain;
        if (needs_nodes && !build_.scenario.nodes) {
            build_.report.error(
                mark_of(node_, "kind"),
                {.code = "missing-key",
                 .message = fmt::format("the fault {} needs the nodes of 'spec.nodes'", rule.word),
                 .path = path_ + ".kind"});
        }
    }
    void read_time(Fault& fault) {
        const auto at = duration_of(node_, "at");
        fault.at = core::Instant{at.value_or(core::Duration{0})};
        if (at && *at > build_.scenario.duration && build_.scenario.duration > core::Duration{0}) {
            build_.report.error(mark_of(node_, "at"),
                                {.code = "after-end",
                                 .message = fmt::format("the run ends at {}",
                                                        format_duration(build_.scenario.duration)),
                                 .path = path_ + ".at"});
        }
    }
    void read_group(const FaultRule& rule, Fault& fault) {
        std::vector<std::string_view> names;
        for (const ConsumerGroup& consumer : build_.scenario.consumers) {
            names.push_back(consumer.group);
        }
        const auto group = text_of(node_, "group");
        if (group) {
            const auto found = std::ranges::find(names, *group);
            fault.group =
                found == names.end() ? 0 : static_cast<std::size_t>(found - names.begin());
            if (found == names.end() && !names.empty()) {
                build_.report.error(mark_of(node_, "group"),
                                    {.code = "unresolved-name",
                                     .message = fmt::format("there is no group '{}'", *group),
                                     .path = path_ + ".group",
                                     .suggestion = did_you_mean(*group, names)});
            }
        } else if (rule.has_group && names.size() > 1 && node_.find("group") == nullptr) {
            build_.report.error(node_.mark,
                                {.code = "missing-key",
                                 .message = "with several groups a fault needs the key 'group'",
                                 .path = path_ + ".group"});
        }
    }
    void complain(std::string_view key, std::string message, std::string code) {
        build_.report.error(mark_of(node_, key), {.code = std::move(code),
                                                  .message = std::move(message),
                                                  .path = path_ + "." + std::string(key)});
    }
    /// Those that happen to a topic or to some of its partitions.
    void read_log(const FaultRule& rule, Fault& fault) {
        const std::vector<Topic>& topics = build_.scenario.topics;
        const YamlNode* const some = value_of(node_, "partitions");
        if (topics.empty() || (rule.kind == FaultKind::broker_down && some == nullptr)) {
            if (node_.find("topic") != nullptr) {
                complain("topic", "a broker-down of a topic needs the key 'partitions'",
                         "missing-key");
            }
            return;
        }
        if (const auto name = text_of(node_, "topic")) {
            fault.topic =
                find_topic(build_, *name, mark_of(node_, "topic"), path_ + ".topic").value_or(0);
        } else if (std::ranges::count(topics, false, &Topic::retries) > 1 &&
                   node_.find("topic") == nullptr) {
            build_.report.error(node_.mark,
                                {.code = "missing-key",
                                 .message = "with several topics this fault needs the key 'topic'",
                                 .path = path_ + ".topic"});
        }
        if (topics[fault.topic].retries) {
            complain("topic", "faults of retry topics are not modelled", "not-modelled");
        }
        if (const auto partition = int32_of(node_, "partition")) {
            check_partition("partition", *partition, fault);
            fault.partition = *partition;
        }
        fault.to = integer_of(node_, "to").value_or(0);
        fault.lose = integer_of(node_, "lose").value_or(0);
        if (some != nullptr) {
            for (const YamlNode& item : some->items) {
                const auto partition = parse_number(item.text);
                fault.partitions.push_back(static_cast<std::int32_t>(partition.value_or(0.0)));
                check_partition("partitions", fault.partitions.back(), fault);
            }
            if (some->items.empty()) {
                complain("partitions", "an empty list would be no fault", "bad-value");
            }
        }
    }
    void check_partition(std::string_view key, std::int32_t partition, const Fault& fault) {
        const Topic& topic = build_.scenario.topics[fault.topic];
        if (partition >= topic.partitions) {
            complain(
                key,
                fmt::format("'{}' has the partitions 0 to {}", topic.name, topic.partitions - 1),
                "out-of-range");
        }
    }

    Build& build_;
    YamlNode& node_;
    std::string path_;
};

/// A topic only grows, and only where its producers can tell what goes where.
class GrowthCheck {
  public:
    explicit GrowthCheck(Build& build) : build_(build) {}

    void check(const Fault& fault, const Mark& mark, const std::string& path) {
        const Topic& topic = build_.scenario.topics[fault.topic];
        std::int32_t present = topic.partitions;
        for (const Fault& other : build_.scenario.faults) {
            const bool before = other.kind == FaultKind::add_partitions &&
                                other.topic == fault.topic && other.at < fault.at;
            present = before ? std::max(present, static_cast<std::int32_t>(other.to)) : present;
        }
        if (fault.to <= present || fault.to > 100'000) {
            build_.report.error(
                mark, {.code = "out-of-range",
                       .message = fmt::format("'{}' has {} partitions then; it can only get more, "
                                              "up to 100000",
                                              topic.name, present),
                       .path = path + ".to"});
        }
        for (const Producer& producer : build_.scenario.producers) {
            if (producer.topic == fault.topic &&
                producer.traffic.partitioner.kind == models::PartitionerKind::weights) {
                build_.report.error(mark, {.code = "not-modelled",
                                           .message = fmt::format(
                                               "add-partitions under a producer with 'weights' "
                                               "is not modelled: '{}' has no weight for new ones",
                                               topic.name),
                                           .path = path});
            }
        }
    }

  private:
    Build& build_;
};

}  // namespace

std::string_view fault_word(FaultKind kind) {
    return std::ranges::find(rules, kind, &FaultRule::kind)->word;
}

void build_faults(Build& build, YamlNode& spec) {
    YamlNode* faults = spec.find("faults");
    if (faults == nullptr || faults->invalid) {
        return;
    }
    std::vector<Mark> marks;
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < faults->items.size(); ++i) {
        YamlNode& node = faults->items[i];
        if (node.is_map() && !node.invalid) {
            const std::string path = fmt::format("spec.faults[{}]", i);
            if (const auto fault = FaultBuilder(build, node, path).make()) {
                build.scenario.faults.push_back(*fault);
                marks.push_back(node.mark);
                paths.push_back(path);
            }
        }
    }
    GrowthCheck growth(build);
    for (std::size_t i = 0; i < build.scenario.faults.size(); ++i) {
        const Fault& fault = build.scenario.faults[i];
        if (fault.kind == FaultKind::add_partitions && !build.scenario.topics.empty()) {
            growth.check(fault, marks[i], paths[i]);
        }
    }
    sort_stably(build.scenario.faults, &Fault::at);
}

}  // namespace lagsim::sim
