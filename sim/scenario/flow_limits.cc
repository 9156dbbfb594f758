/// What the resolution `flow` cannot represent, refused where the scenario says it: expected
/// numbers have no single records, and no partition that is blocked with a chance.
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "sim/scenario/scenario_builder.h"
#include "sim/scenario/values.h"

namespace lagsim::sim {
namespace {

/// A record that takes longer is a job: how far it is matters when its worker dies.
constexpr core::Duration longest_service{10'000'000'000};

class FlowCheck {
  public:
    FlowCheck(Build& build, const YamlNode& spec) : build_(build), spec_(spec) {}

    void check() {
        check_topics();
        const YamlNode* producers = value_of(spec_, "producers");
        for (std::size_t i = 0; i < build_.scenario.producers.size(); ++i) {
            check_producer(producers->items[i], build_.scenario.producers[i],
                           fmt::format("spec.producers[{}]", i));
        }
        const YamlNode* consumers = value_of(spec_, "consumers");
        for (std::size_t i = 0; i < build_.scenario.consumers.size(); ++i) {
            check_consumer(consumers->items[i], build_.scenario.consumers[i],
                           fmt::format("spec.consumers[{}]", i));
        }
        const YamlNode* faults = value_of(spec_, "faults");
        for (std::size_t i = 0; i < build_.scenario.faults.size(); ++i) {
            check_fault(faults->items[i], build_.scenario.faults[i],
                        fmt::format("spec.faults[{}]", i));
        }
    }

  private:
    void refuse(const YamlNode& map, std::string_view key, const std::string& path,
                std::string_view why) {
        build_.report.error(mark_of(map, key),
                            {.code = "not-modelled",
                             .message = fmt::format("resolution 'flow' has no {}", why),
                             .path = fmt::format("{}.{}", path, key)});
    }

    void check_topics() {
        for (const YamlEntry& entry : value_of(spec_, "topics")->entries) {
            const auto keeps = percentage_of(entry.value, "compactionKeeps");
            if (keeps && *keeps < 1.0) {
                refuse(entry.value, "compactionKeeps", "spec.topics." + entry.key,
                       "compaction: which records of a segment survive is not an expected number");
            }
        }
    }
    void check_producer(const YamlNode& node, const Producer& producer, const std::string& path) {
        if (producer.transaction_records > 0) {
            refuse(node, "transactions", path,
                   "transaction markers: a partition whose lag is one marker has no expectation "
                   "that shows it");
        }
        for (std::size_t i = 0; i < producer.publish.size(); ++i) {
            const YamlNode& item = value_of(node, "publish")->items[i];
            const std::string place = fmt::format("{}.publish[{}]", path, i);
            if (producer.publish[i].poison) {
                refuse(item, "poison", place, "single records, such as one that is poison");
            }
            if (producer.publish[i].service_time) {
                refuse(item, "serviceTime", place, "single records, such as one that is slow");
            }
        }
    }
    void check_consumer(const YamlNode& node, const ConsumerGroup& group, const std::string& path) {
        if (group.protocol.kind == models::GroupProtocol::share) {
            refuse(node, "protocol", path,
                   "share groups: acquisition locks are about single records");
        }
        if (group.concurrency.kind == Concurrency::Kind::workers_per_partition &&
            group.concurrency.count > 1) {
            refuse(node, "concurrency", path,
                   "several workers a partition: what the oldest open record holds back is not an "
                   "expected number");
        }
        if (group.service_time.mean > longest_service) {
            refuse(node, "serviceTime", path,
                   "records of more than 10 s: how far a single one is matters");
        }
        if (group.downstream) {
            refuse(node, "downstream", path,
                   "downstream coupling: it depends on how many records are in progress at once");
        }
        if (!group.retry.topics.empty()) {
            refuse(node, "retry", path, "retry topics");
        }
        if (group.failures.poison > 0.0 && !group.dead_letter) {
            refuse(
                node, "failures", path,
                "poison without a dead-letter topic: a partition is then blocked for ever or not "
                "at all, never in part");
        }
        if (group.dead_letter && group.dead_letter->failures > 0.0 &&
            (group.dead_letter->attempts || group.dead_letter->failures >= 1.0)) {
            refuse(node, "deadLetter", path, "dead-letter topic that refuses a record for good");
        }
    }
    void check_fault(const YamlNode& node, const Fault& fault, const std::string& path) {
        switch (fault.kind) {
            case FaultKind::dead_letter_down:
                refuse(node, "kind", path,
                       "dead-letter-down: a partition is then blocked or not, never in part");
                break;
            case FaultKind::unclean_election:
            case FaultKind::truncate:
                refuse(node, "kind", path, "log that is cut off: what vanishes are single records");
                break;
            default:
                break;
        }
    }

    Build& build_;
    const YamlNode& spec_;
};

}  // namespace

void check_flow(Build& build, const YamlNode& spec) {
    if (!build.report.failed()) {  // else parts of the scenario are missing
        FlowCheck(build, spec).check();
    }
}

}  // namespace lagsim::sim
