#include "production/external_scaler/broker_reader.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>
#include <set>
#include <utility>

#include <librdkafka/rdkafka.h>

namespace lagsim::production {
namespace {

/// librdkafka's handles, destroyed by the function that belongs to each.
template <class Handle, void (*destroy)(Handle*)>
struct Destroy {
    void operator()(Handle* handle) const { destroy(handle); }
};
using Client = std::unique_ptr<rd_kafka_t, Destroy<rd_kafka_t, rd_kafka_destroy>>;
using PartitionList = std::unique_ptr<
    rd_kafka_topic_partition_list_t,
    Destroy<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_t, rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_t, rd_kafka_event_destroy>>;
using AdminOptions =
    std::unique_ptr<rd_kafka_AdminOptions_t,
                    Destroy<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>>;
using GroupRequest = std::unique_ptr<
    rd_kafka_ListConsumerGroupOffsets_t,
    Destroy<rd_kafka_ListConsumerGroupOffsets_t, rd_kafka_ListConsumerGroupOffsets_destroy>>;
/// "struct", because librdkafka has a function of the same name.
using Metadata =
    std::unique_ptr<const struct rd_kafka_metadata, void (*)(const struct rd_kafka_metadata*)>;

using Key = std::pair<std::string, std::int32_t>;

/// Brokers' codes are positive; librdkafka's own (no broker, timed out) are negative.
bool is_broker_error(rd_kafka_resp_err_t error) {
    return error > 0;
}

std::int16_t code_of(rd_kafka_resp_err_t error) {
    return static_cast<std::int16_t>(error);
}

/// One question under way: each step adds to the answer and says whether to go on.
class Conversation {
  public:
    Conversation(rd_kafka_t* client, std::chrono::milliseconds timeout,
                 const BrokerQuestion& question)
        : client_(client), timeout_ms_(static_cast<int>(timeout.count())), question_(question) {}

    BrokerAnswer run() {
        // Without a topic the commits say which topics count; with one they are asked for its
        // partitions alone.
        const bool go_on = question_.topic.empty() ? ask_commits(nullptr) && ask_partitions()
                                                   : ask_partitions() && ask_commits_of_topic();
        if (go_on && !answer_.partitions.empty()) {
            ask_log_offsets();
        }
        return std::move(answer_);
    }

  private:
    bool unreachable(rd_kafka_resp_err_t error, const char* what) {
        answer_.unreachable = true;
        answer_.reason = std::string(what) + ": " + rd_kafka_err2str(error);
        return false;
    }

    bool ask_partitions() {
        const struct rd_kafka_metadata* raw = nullptr;
        rd_kafka_topic_t* topic =
            question_.topic.empty() ? nullptr
                                    : rd_kafka_topic_new(client_, question_.topic.c_str(), nullptr);
        const rd_kafka_resp_err_t error =
            rd_kafka_metadata(client_, topic == nullptr ? 1 : 0, topic, &raw, timeout_ms_);
        if (topic != nullptr) {
            rd_kafka_topic_destroy(topic);
        }
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return unreachable(error, "metadata");
        }
        const Metadata metadata(raw, rd_kafka_metadata_destroy);
        for (int i = 0; i < metadata->topic_cnt; ++i) {
            add_topic(metadata->topics[i]);
        }
        std::ranges::sort(answer_.partitions, {}, [](const core::BrokerPartition& partition) {
            return std::pair(partition.topic, partition.id);
        });
        return true;
    }

    void add_topic(const rd_kafka_metadata_topic& topic) {
        const bool internal = std::string_view(topic.topic).starts_with("__");
        if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR || (question_.topic.empty() && internal)) {
            return;  // describe_topics is what the core makes of a topic that is not there
        }
        const auto index = static_cast<std::int32_t>(answer_.topics.size());
        answer_.topics.emplace_back(topic.topic);
        for (int i = 0; i < topic.partition_cnt; ++i) {
            core::BrokerPartition partition;
            partition.topic = index;
            partition.id = core::PartitionId{topic.partitions[i].id};
            if (const auto commit = commits_.find({topic.topic, topic.partitions[i].id});
                commit != commits_.end()) {
                partition.committed = commit->second.first;
                partition.fetch_error = commit->second.second;
            }
            answer_.partitions.push_back(partition);
        }
    }

    [[nodiscard]] PartitionList all_partitions(std::int64_t offset) const {
        PartitionList list(
            rd_kafka_topic_partition_list_new(static_cast<int>(answer_.partitions.size())));
        for (const core::BrokerPartition& partition : answer_.partitions) {
            const std::string& topic = answer_.topics[static_cast<std::size_t>(partition.topic)];
            rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition.id.value())
                ->offset = offset;
        }
        return list;
    }

    bool ask_commits_of_topic() {
        if (answer_.partitions.empty()) {
            return true;
        }
        const PartitionList list = all_partitions(RD_KAFKA_OFFSET_INVALID);
        if (!ask_commits(list.get())) {
            return false;
        }
        for (core::BrokerPartition& partition : answer_.partitions) {
            if (const auto commit = commits_.find({question_.topic, partition.id.value()});
                commit != commits_.end()) {
                partition.committed = commit->second.first;
                partition.fetch_error = commit->second.second;
            }
        }
        return true;
    }

    /// OffsetFetch; `partitions` null = all that the group has.
    bool ask_commits(const rd_kafka_topic_partition_list_t* partitions) {
        const GroupRequest request(
            rd_kafka_ListConsumerGroupOffsets_new(question_.consumer_group.c_str(), partitions));
        const AdminOptions options(
            rd_kafka_AdminOptions_new(client_, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS));
        std::array<char, 256> text{};
        rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms_, text.data(),
                                                  text.size());
        const Queue queue(rd_kafka_queue_new(client_));
        std::array<rd_kafka_ListConsumerGroupOffsets_t*, 1> requests{request.get()};
        rd_kafka_ListConsumerGroupOffsets(client_, requests.data(), requests.size(), options.get(),
                                          queue.get());
        const Event event(rd_kafka_queue_poll(queue.get(), timeout_ms_ + 1000));
        if (event == nullptr) {
            return unreachable(RD_KAFKA_RESP_ERR__TIMED_OUT, "committed offsets");
        }
        const rd_kafka_resp_err_t error = rd_kafka_event_error(event.get());
        return error == RD_KAFKA_RESP_ERR_NO_ERROR ? take_groups(event.get()) : group_failed(error);
    }

    bool take_groups(rd_kafka_event_t* event) {
        std::size_t count = 0;
        const rd_kafka_group_result_t** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
            rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);
        for (std::size_t i = 0; i < count; ++i) {
            if (const rd_kafka_error_t* error = rd_kafka_group_result_error(groups[i])) {
                return group_failed(rd_kafka_error_code(error));
            }
            take_commits(rd_kafka_group_result_partitions(groups[i]));
        }
        return true;
    }

    void take_commits(const rd_kafka_topic_partition_list_t* list) {
        for (int i = 0; i < list->cnt; ++i) {
            const rd_kafka_topic_partition_t& element = list->elems[i];
            std::optional<core::Offset> committed;
            if (element.offset >= 0) {
                committed = core::Offset{element.offset};
            }
            commits_[{element.topic, element.partition}] = {committed, code_of(element.err)};
        }
    }

    bool group_failed(rd_kafka_resp_err_t error) {
        if (!is_broker_error(error)) {
            return unreachable(error, "committed offsets");
        }
        answer_.group_error = code_of(error);
        answer_.reason = rd_kafka_err2str(error);
        return true;
    }

    void ask_log_offsets() {
        // Both in one request to each leader; -1 and -2 are ListOffsets' own "latest" and
        // "earliest".
        const PartitionList ends = all_partitions(RD_KAFKA_OFFSET_END);
        const PartitionList starts = all_partitions(RD_KAFKA_OFFSET_BEGINNING);
        for (rd_kafka_topic_partition_list_t* list : {ends.get(), starts.get()}) {
            const rd_kafka_resp_err_t error =
                rd_kafka_offsets_for_times(client_, list, timeout_ms_);
            if (error != RD_KAFKA_RESP_ERR_NO_ERROR && !is_broker_error(error)) {
                unreachable(error, "log offsets");
                return;
            }
        }
        for (std::size_t i = 0; i < answer_.partitions.size(); ++i) {
            core::BrokerPartition& partition = answer_.partitions[i];
            partition.end = core::Offset{ends->elems[i].offset};
            partition.end_error = code_of(ends->elems[i].err);
            partition.start = core::Offset{starts->elems[i].offset};
            partition.start_error = code_of(starts->elems[i].err);
        }
    }

    rd_kafka_t* client_;
    int timeout_ms_;
    const BrokerQuestion& question_;
    BrokerAnswer answer_;
    std::map<Key, std::pair<std::optional<core::Offset>, std::int16_t>> commits_;
};

class KafkaBrokerReader final : public BrokerReader {
  public:
    KafkaBrokerReader(std::chrono::milliseconds timeout,
                      std::map<std::string, std::string> properties)
        : timeout_(timeout), properties_(std::move(properties)) {}

    BrokerAnswer ask(const BrokerQuestion& question) override {
        std::string reason;
        rd_kafka_t* client = client_for(question.bootstrap_servers, reason);
        if (client == nullptr) {
            BrokerAnswer nobody;
            nobody.unreachable = true;
            nobody.reason = reason;
            return nobody;
        }
        return Conversation(client, timeout_, question).run();
    }

  private:
    rd_kafka_t* client_for(const std::string& servers, std::string& reason) {
        const std::lock_guard lock(mutex_);
        Client& client = clients_[servers];
        if (client == nullptr) {
            client = make_client(servers, reason);
        }
        return client.get();
    }

    [[nodiscard]] Client make_client(const std::string& servers, std::string& reason) const {
        std::map<std::string, std::string> all{{"client.id", "lagsim-external-scaler"},
                                               {"isolation.level", "read_uncommitted"},
                                               {"allow.auto.create.topics", "false"}};
        for (const auto& [key, value] : properties_) {
            all[key] = value;
        }
        all["bootstrap.servers"] = servers;
        std::array<char, 512> text{};
        rd_kafka_conf_t* conf = rd_kafka_conf_new();
        for (const auto& [key, value] : all) {
            if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), text.data(), text.size()) !=
                RD_KAFKA_CONF_OK) {
                rd_kafka_conf_destroy(conf);
                reason = text.data();
                return nullptr;
            }
        }
        Client client(rd_kafka_new(RD_KAFKA_CONSUMER, conf, text.data(), text.size()));
        if (client == nullptr) {
            rd_kafka_conf_destroy(conf);
            reason = text.data();
        }
        return client;
    }

    std::chrono::milliseconds timeout_;
    std::map<std::string, std::string> properties_;
    std::mutex mutex_;
    std::map<std::string, Client> clients_;  ///< by bootstrap servers
};

}  // namespace

std::unique_ptr<BrokerReader> kafka_broker_reader(
    std::chrono::milliseconds timeout, const std::map<std::string, std::string>& properties) {
    return std::make_unique<KafkaBrokerReader>(timeout, properties);
}

}  // namespace lagsim::production
