/// The external scaler as KEDA meets it: the program as a process, a real gRPC client that makes
/// KEDA's calls in KEDA's order, and a real Kafka broker at $LAGSIM_KAFKA (host:port).
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <sys/wait.h>
#include <unistd.h>

#include "external_scaler.grpc.pb.h"
#include "scaler_program.h"

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// The program, from its first line on stdout to SIGTERM.
class ScalerProcess {
  public:
    ScalerProcess() {
        std::array<int, 2> pipe_ends{};
        if (pipe(pipe_ends.data()) != 0) {
            return;
        }
        pid_ = fork();
        if (pid_ == 0) {
            dup2(pipe_ends[1], STDOUT_FILENO);
            execl(LAGSIM_EXTERNAL_SCALER, LAGSIM_EXTERNAL_SCALER, "--listen", "127.0.0.1:0",
                  "--broker-timeout-ms", "3000", "--push-interval-ms", "200", nullptr);
            _exit(127);
        }
        close(pipe_ends[1]);
        std::string line;
        for (char letter = 0; read(pipe_ends[0], &letter, 1) == 1 && letter != '\n';) {
            line += letter;
        }
        close(pipe_ends[0]);
        const std::string key = "\"port\":";
        const std::size_t at = line.find(key);
        port_ = at == std::string::npos ? 0 : std::atoi(line.c_str() + at + key.size());
    }
    ScalerProcess(const ScalerProcess&) = delete;
    ScalerProcess& operator=(const ScalerProcess&) = delete;
    ~ScalerProcess() { stop(); }

    /// Its exit status; -1 if it had to be killed.
    int stop() {
        if (pid_ <= 0) {
            return -1;
        }
        kill(pid_, SIGTERM);
        int status = 0;
        for (int i = 0; i < 100; ++i) {
            if (waitpid(pid_, &status, WNOHANG) == pid_) {
                pid_ = 0;
                return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
            }
            std::this_thread::sleep_for(milliseconds(100));
        }
        kill(pid_, SIGKILL);
        waitpid(pid_, &status, 0);
        pid_ = 0;
        return -1;
    }
    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] bool listening() const { return port_ > 0; }

  private:
    pid_t pid_ = 0;
    int port_ = 0;
};

rd_kafka_conf_t* settings(const std::map<std::string, std::string>& values) {
    std::array<char, 256> text{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    for (const auto& [key, value] : values) {
        EXPECT_EQ(rd_kafka_conf_set(conf, key.c_str(), value.c_str(), text.data(), text.size()),
                  RD_KAFKA_CONF_OK)
            << text.data();
    }
    return conf;
}

/// A topic of two partitions with a name of its own, its records and its group's commits.
class Topic {
  public:
    explicit Topic(std::string servers) : servers_(std::move(servers)) {
        producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, settings({{"bootstrap.servers", servers_}}),
                                 nullptr, 0);
        static int number = 0;
        name_ = "orders." + std::to_string(getpid()) + "." + std::to_string(++number);
        create();
    }
    Topic(const Topic&) = delete;
    Topic& operator=(const Topic&) = delete;
    ~Topic() { rd_kafka_destroy(producer_); }

    void produce(int partition, int records) {
        for (int i = 0; i < records; ++i) {
            rd_kafka_producev(producer_, RD_KAFKA_V_TOPIC(name_.c_str()),
                              RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_VALUE(nullptr, 0),
                              RD_KAFKA_V_END);
        }
        EXPECT_EQ(rd_kafka_flush(producer_, 20000), RD_KAFKA_RESP_ERR_NO_ERROR);
    }

    void commit(int partition, std::int64_t offset) {
        rd_kafka_t* consumer = rd_kafka_new(
            RD_KAFKA_CONSUMER, settings({{"bootstrap.servers", servers_}, {"group.id", group()}}),
            nullptr, 0);
        rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(list, name_.c_str(), partition)->offset = offset;
        EXPECT_EQ(rd_kafka_commit(consumer, list, 0), RD_KAFKA_RESP_ERR_NO_ERROR);
        rd_kafka_topic_partition_list_destroy(list);
        rd_kafka_destroy(consumer);
    }

    [[nodiscard]] std::string group() const { return name_ + "-group"; }
    [[nodiscard]] const std::string& name() const { return name_; }

  private:
    void create() {
        rd_kafka_queue_t* queue = rd_kafka_queue_new(producer_);
        rd_kafka_NewTopic_t* topic = rd_kafka_NewTopic_new(name_.c_str(), 2, 1, nullptr, 0);
        rd_kafka_CreateTopics(producer_, &topic, 1, nullptr, queue);
        rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 30000);
        EXPECT_EQ(rd_kafka_event_error(event), RD_KAFKA_RESP_ERR_NO_ERROR);
        rd_kafka_event_destroy(event);
        rd_kafka_NewTopic_destroy(topic);
        rd_kafka_queue_destroy(queue);
    }

    std::string servers_;
    rd_kafka_t* producer_ = nullptr;
    std::string name_;
};

class RealExternalScaler : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        const char* servers = std::getenv("LAGSIM_KAFKA");
        ASSERT_NE(servers, nullptr) << "run it with script/kafka, which starts a broker";
        kafka = servers;
        process = std::make_unique<ScalerProcess>();
        ASSERT_TRUE(process->listening());
    }
    static void TearDownTestSuite() { process.reset(); }

    void SetUp() override {
        stub = externalscaler::ExternalScaler::NewStub(
            grpc::CreateChannel(process->address(), grpc::InsecureChannelCredentials()));
        metadata = {{"scalerAddress", process->address()},
                    {"bootstrapServers", kafka},
                    {"consumerGroup", topic.group()},
                    {"topic", topic.name()},
                    {"lagThreshold", "10"},
                    {"offsetResetPolicy", "earliest"}};
    }

    [[nodiscard]] externalscaler::ScaledObjectRef reference() const {
        externalscaler::ScaledObjectRef made;
        made.set_name("shop");
        made.set_namespace_("prod");
        made.mutable_scalermetadata()->insert(metadata.begin(), metadata.end());
        return made;
    }

    struct Poll {
        grpc::Status status;
        std::int64_t metric = -1;
        bool active = false;
    };
    /// GetMetricsAndActivity of KEDA's external_scaler.go: GetMetrics, then IsActive.
    Poll poll() {
        Poll result;
        externalscaler::GetMetricsRequest request;
        *request.mutable_scaledobjectref() = reference();
        request.set_metricname("kafka-x");
        externalscaler::GetMetricsResponse metrics;
        {
            grpc::ClientContext context;
            result.status = stub->GetMetrics(&context, request, &metrics);
        }
        if (!result.status.ok()) {
            return result;
        }
        EXPECT_EQ(metrics.metricvalues_size(), 1);
        EXPECT_EQ(metrics.metricvalues(0).metricname(), "kafka-x")
            << "the name that KEDA asked for";
        result.metric = metrics.metricvalues(0).metricvalue();
        grpc::ClientContext context;
        externalscaler::IsActiveResponse activity;
        result.status = stub->IsActive(&context, reference(), &activity);
        result.active = activity.result();
        return result;
    }

    static std::string kafka;
    static std::unique_ptr<ScalerProcess> process;
    Topic topic{kafka};
    std::unique_ptr<externalscaler::ExternalScaler::Stub> stub;
    std::map<std::string, std::string> metadata;
};
std::string RealExternalScaler::kafka;
std::unique_ptr<ScalerProcess> RealExternalScaler::process;

TEST_F(RealExternalScaler, SaysTheMetricsNameAndTarget) {
    grpc::ClientContext context;
    externalscaler::GetMetricSpecResponse response;

    ASSERT_TRUE(stub->GetMetricSpec(&context, reference(), &response).ok());

    ASSERT_EQ(response.metricspecs_size(), 1);
    std::string name = "kafka-" + topic.name();
    std::replace(name.begin(), name.end(), '.', '-');
    EXPECT_EQ(response.metricspecs(0).metricname(), name);
    EXPECT_EQ(response.metricspecs(0).targetsize(), 10);
}

TEST_F(RealExternalScaler, ReadsLagFromTheCommittedOffsets) {
    EXPECT_EQ(poll().metric, 0);
    EXPECT_FALSE(poll().active);
    topic.produce(0, 6);
    topic.produce(1, 3);
    EXPECT_EQ(poll().metric, 9) << "without a commit and `earliest`: all that is retained";
    topic.commit(0, 4);
    EXPECT_EQ(poll().metric, 5);
    EXPECT_TRUE(poll().active);
    topic.commit(0, 6);
    topic.commit(1, 3);
    EXPECT_EQ(poll().metric, 0);
    EXPECT_FALSE(poll().active);
}

TEST_F(RealExternalScaler, WithoutACommitAndLatestEveryPartitionCountsOne) {
    metadata["offsetResetPolicy"] = "latest";
    topic.produce(0, 6);

    EXPECT_EQ(poll().metric, 2);
}

TEST_F(RealExternalScaler, CapsAtOneThresholdAPartition) {
    topic.produce(0, 100);

    EXPECT_EQ(poll().metric, 20);
    metadata["allowIdleConsumers"] = "true";
    EXPECT_EQ(poll().metric, 100);
}

TEST_F(RealExternalScaler, LagThatDoesNotMoveIsLeftOutFromTheSecondPollOn) {
    metadata["excludePersistentLag"] = "true";
    topic.produce(0, 8);
    topic.commit(0, 2);

    const Poll first = poll();
    const Poll second = poll();
    topic.commit(0, 3);
    const Poll moved = poll();

    EXPECT_EQ(first.metric, 6);
    EXPECT_TRUE(first.active);
    EXPECT_EQ(second.metric, 0);
    EXPECT_TRUE(second.active) << "persistent lag keeps the workload alive";
    EXPECT_EQ(moved.metric, 5);
}

TEST_F(RealExternalScaler, WithoutATopicItTakesThoseTheGroupHasCommits) {
    metadata.erase("topic");
    topic.produce(0, 8);
    topic.produce(1, 1);
    topic.commit(0, 1);

    EXPECT_EQ(poll().metric, 8) << "7 of the committed partition, 1 of the other";
}

TEST_F(RealExternalScaler, ATopicThatDoesNotExistIsAnErrorAndIsNotMade) {
    metadata["topic"] = topic.name() + ".missing";

    const Poll first = poll();
    const Poll second = poll();

    EXPECT_EQ(first.status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(second.status.error_code(), grpc::StatusCode::UNAVAILABLE) << second.metric;
}

TEST_F(RealExternalScaler, AKafkaThatIsNotThereIsAnErrorWithinItsTimeout) {
    metadata["bootstrapServers"] = "127.0.0.1:1";
    const auto begin = std::chrono::steady_clock::now();

    const Poll failed = poll();

    EXPECT_EQ(failed.status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(10));
}

TEST_F(RealExternalScaler, MistakesInTheMetadataAreTheAuthors) {
    metadata["lagThreshold"] = "-3";

    EXPECT_EQ(poll().status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RealExternalScaler, APushStreamTellsTheStateAndItsChanges) {
    grpc::ClientContext context;
    const auto stream = stub->StreamIsActive(&context, reference());
    externalscaler::IsActiveResponse response;
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_FALSE(response.result());

    topic.produce(1, 2);

    ASSERT_TRUE(stream->Read(&response));
    EXPECT_TRUE(response.result());
    context.TryCancel();
}

TEST_F(RealExternalScaler, AnOpenTransactionCountsAsLag) {
    rd_kafka_t* producer = rd_kafka_new(
        RD_KAFKA_PRODUCER,
        settings({{"bootstrap.servers", kafka}, {"transactional.id", topic.name()}}), nullptr, 0);
    ASSERT_EQ(rd_kafka_init_transactions(producer, 30000), nullptr);
    ASSERT_EQ(rd_kafka_begin_transaction(producer), nullptr);
    rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.name().c_str()), RD_KAFKA_V_PARTITION(0),
                      RD_KAFKA_V_VALUE(nullptr, 0), RD_KAFKA_V_END);
    ASSERT_EQ(rd_kafka_flush(producer, 20000), RD_KAFKA_RESP_ERR_NO_ERROR);

    EXPECT_EQ(poll().metric, 1) << "sarama reads the high watermark, not the last stable offset";

    ASSERT_EQ(rd_kafka_abort_transaction(producer, 30000), nullptr);
    rd_kafka_destroy(producer);
}

TEST_F(RealExternalScaler, EndsWithZeroAtSigterm) {
    ScalerProcess another;
    ASSERT_TRUE(another.listening());
    EXPECT_EQ(another.stop(), 0);
}

}  // namespace
