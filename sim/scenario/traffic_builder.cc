#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "sim/scenario/scenario_builder.h"
#include "sim/scenario/schema_check.h"
#include "sim/scenario/stable_order.h"
#include "sim/scenario/values.h"

namespace lagsim::sim {

std::optional<std::size_t> find_topic(Build& build, const std::string& name, const Mark& mark,
                                      const std::string& path) {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < build.scenario.topics.size(); ++i) {
        if (build.scenario.topics[i].name == name) {
            return i;
        }
        names.push_back(build.scenario.topics[i].name);
    }
    build.report.error(mark,
                       {.code = "unresolved-name",
                        .message = fmt::format("there is no topic '{}' under spec.topics", name),
                        .path = path,
                        .suggestion = did_you_mean(name, names),
                        .width = static_cast<int>(std::max<std::size_t>(1, name.size()))});
    return std::nullopt;
}

bool is_topic_name(const std::string& name) {
    const bool letters = std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    });
    return letters && !name.empty() && name.size() <= 249 && name != "." && name != "..";
}

namespace {

models::KeyHash hash_of(const YamlNode& keys) {
    const std::string hash = text_of(keys, "hash").value_or("murmur2");
    return hash == "crc32"   ? models::KeyHash::crc32
           : hash == "fnv1a" ? models::KeyHash::fnv1a
                             : models::KeyHash::murmur2;
}

class ProducerBuilder {
  public:
    ProducerBuilder(Build& build, YamlNode& node, std::string path)
        : build_(build), node_(node), path_(std::move(path)) {}

    Producer make() {
        if (const auto name = text_of(node_, "topic")) {
            topic_ = find_topic(build_, *name, mark_of(node_, "topic"), path_ + ".topic");
        }
        Producer producer;
        producer.topic = topic_.value_or(0);
        producer.traffic.partitions = partitions().value_or(1);
        read_arrivals(producer);
        read_partitioner(producer);
        producer.traffic.rate = build_rate(build_, node_, path_);
        read_publish(producer);
        if (const YamlNode* transactions = value_of(node_, "transactions")) {
            producer.transaction_records = integer_of(*transactions, "records").value_or(0);
        }
        producer.metadata_refresh =
            duration_of(node_, "metadataRefresh").value_or(core::Duration{0});
        if (node_.find("rate") == nullptr && producer.publish.empty()) {
            build_.report.error(node_.mark, {.code = "missing-key",
                                             .message = "a producer needs 'rate' or 'publish'",
                                             .path = path_});
        }
        check_total(producer);
        return producer;
    }

  private:
    [[nodiscard]] std::optional<std::int32_t> partitions() const {
        return topic_ ? std::optional(build_.scenario.topics[*topic_].partitions) : std::nullopt;
    }
    void read_arrivals(Producer& producer) {
        const YamlNode* arrivals = value_of(node_, "arrivals");
        if (arrivals == nullptr) {
            return;
        }
        if (const YamlNode* batch = arrivals->is_map() ? value_of(*arrivals, "batch") : nullptr) {
            producer.traffic.kind = models::ArrivalKind::batch;
            producer.traffic.batch_size = integer_of(*batch, "size").value_or(1);
        } else if (arrivals->text == "constant") {
            producer.traffic.kind = models::ArrivalKind::constant;
        }
    }
    void read_partitioner(Producer& producer) {
        const YamlNode* node = value_of(node_, "partitioner");
        if (node == nullptr) {
            return;
        }
        models::PartitionerParameters& partitioner = producer.traffic.partitioner;
        if (node->is_scalar()) {
            partitioner.kind = node->text == "round-robin" ? models::PartitionerKind::round_robin
                               : node->text == "sticky"    ? models::PartitionerKind::sticky
                                                           : models::PartitionerKind::uniform;
            return;
        }
        const YamlNode* keys = node->find("keys");
        const YamlNode* weights = node->find("weights");
        if ((keys == nullptr) == (weights == nullptr)) {
            build_.report.error(node->mark,
                                {.code = "bad-value",
                                 .message = "a partitioner has exactly one of 'keys' and 'weights'",
                                 .path = path_ + ".partitioner"});
        } else if (keys != nullptr) {
            partitioner.kind = models::PartitionerKind::keys;
            partitioner.zipf_exponent = number_of(*keys, "exponent").value_or(1.0);
            partitioner.key_count = integer_of(*keys, "count").value_or(1);
            partitioner.hash = hash_of(*keys);
        } else {
            read_weights(*weights, partitioner);
        }
    }
    void read_weights(const YamlNode& weights, models::PartitionerParameters& partitioner) {
        partitioner.kind = models::PartitionerKind::weights;
        double sum = 0.0;
        for (const YamlNode& weight : weights.items) {
            partitioner.weights.push_back(parse_number(weight.text).value_or(1.0));
            sum += partitioner.weights.back();
        }
        const std::string path = path_ + ".partitioner.weights";
        if (partitions() && weights.items.size() != static_cast<std::size_t>(*partitions())) {
            build_.report.error(weights.mark,
                                {.code = "bad-value",
                                 .message = fmt::format("{} weights for the {} partitions of '{}'",
                                                        weights.items.size(), *partitions(),
                                                        build_.scenario.topics[*topic_].name),
                                 .path = path});
        } else if (!(sum > 0.0) || !std::isfinite(sum)) {
            build_.report.error(weights.mark, {.code = "bad-value",
                                               .message = "the weights must have a positive sum",
                                               .path = path});
        }
    }
    void read_publish(Producer& producer) {
        const YamlNode* list = value_of(node_, "publish");
        if (list == nullptr) {
            return;
        }
        for (std::size_t i = 0; i < list->items.size(); ++i) {
            const YamlNode& item = list->items[i];
            const std::string path = fmt::format("{}.publish[{}]", path_, i);
            Publication publication;
            publication.at = core::Instant{duration_of(item, "at").value_or(core::Duration{0})};
            publication.count = integer_of(item, "count").value_or(1);
            publication.partition = int32_of(item, "partition");
            publication.poison = boolean_of(item, "poison").value_or(false);
            publication.service_time = duration_of(item, "serviceTime");
            if (publication.partition && partitions() && *publication.partition >= *partitions()) {
                build_.report.error(mark_of(item, "partition"),
                                    {.code = "out-of-range",
                                     .message = fmt::format("'{}' has the partitions 0 to {}",
                                                            build_.scenario.topics[*topic_].name,
                                                            *partitions() - 1),
                                     .path = path + ".partition"});
            }
            if (publication.at > core::Instant{build_.scenario.duration} &&
                build_.scenario.duration > core::Duration{0}) {
                build_.report.error(
                    mark_of(item, "at"),
                    {.code = "after-end",
                     .message = fmt::format("the run ends at {}",
                                            format_duration(build_.scenario.duration)),
                     .path = path + ".at"});
            }
            producer.publish.push_back(publication);
        }
        sort_stably(producer.publish, &Publication::at);
    }
    /// The fixed point of models::RateCurve holds 2^35 records; offsets must stay far from that.
    void check_total(const Producer& producer) {
        // Offsets of expected numbers are real: 2^53 records are as exact as one.
        const double most = build_.scenario.resolution == Resolution::flow ? 1e15 : 3e10;
        double total = 0.0;
        for (const models::RateSegment& segment : producer.traffic.rate) {
            total += (segment.rate_begin + segment.rate_end) / 2.0 *
                     core::seconds(segment.end - segment.begin);
        }
        for (const Publication& publication : producer.publish) {
            total += static_cast<double>(publication.count);
        }
        if (!(total <= most)) {
            build_.report.error(
                mark_of(node_, "rate"),
                {.code = "out-of-range",
                 .message = fmt::format("{:.3g} records are more than the {:.0e} that one producer "
                                        "may send in a run",
                                        total, most),
                 .path = path_ + ".rate"});
        }
    }

    Build& build_;
    YamlNode& node_;
    std::string path_;
    std::optional<std::size_t> topic_;
};

}  // namespace

void build_topics(Build& build, const YamlNode& spec) {
    const YamlNode* topics = value_of(spec, "topics");
    if (topics == nullptr) {
        return;
    }
    if (topics->entries.empty()) {
        build.report.error(topics->mark, {.code = "bad-value",
                                          .message = "a scenario needs at least one topic",
                                          .path = "spec.topics"});
    }
    for (const YamlEntry& entry : topics->entries) {
        if (!is_topic_name(entry.key)) {
            build.report.error(
                entry.mark,
                {.code = "invalid-name",
                 .message = "a topic's name holds letters, digits, '.', '_' and '-', at most 249",
                 .path = child_path("spec.topics", entry.key),
                 .width = static_cast<int>(std::max<std::size_t>(1, entry.key.size()))});
        }
        Topic topic;
        topic.name = entry.key;
        topic.partitions = int32_of(entry.value, "partitions").value_or(1);
        topic.retention = duration_of(entry.value, "retention");  // `none` is no duration
        topic.segment_roll = duration_of(entry.value, "segmentRoll").value_or(topic.segment_roll);
        topic.compaction_keeps = percentage_of(entry.value, "compactionKeeps").value_or(1.0);
        build.scenario.topics.push_back(std::move(topic));
    }
}

void build_producers(Build& build, YamlNode& spec) {
    YamlNode* producers = spec.find("producers");
    if (producers == nullptr || producers->invalid) {
        return;
    }
    for (std::size_t i = 0; i < producers->items.size(); ++i) {
        if (!producers->items[i].invalid && producers->items[i].is_map()) {
            ProducerBuilder builder(build, producers->items[i],
                                    fmt::format("spec.producers[{}]", i));
            build.scenario.producers.push_back(builder.make());
        }
    }
}

}  // namespace lagsim::sim
