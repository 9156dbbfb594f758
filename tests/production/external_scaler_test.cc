/// The external scaler without gRPC and without Kafka: what it makes of KEDA's calls.
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policy_folder.h"
#include "production/external_scaler/kafka_scaler.h"
#include "production/external_scaler/options.h"
#include "production/external_scaler/policy.h"

namespace lagsim::production {
namespace {

using core::BrokerPartition;
using core::Offset;
using core::PartitionId;
using std::chrono::milliseconds;

/// Answers with one topic, "orders", and counts the questions.
class CannedBroker final : public BrokerReader {
  public:
    struct Position {
        std::int64_t end = 0;
        std::int64_t committed = -1;
    };
    std::vector<Position> positions;
    int questions = 0;
    bool unreachable = false;

    BrokerAnswer ask(const BrokerQuestion& question) override {
        ++questions;
        last = question;
        BrokerAnswer answer;
        answer.unreachable = unreachable;
        answer.reason = unreachable ? "no route" : "";
        answer.topics = {"orders"};
        for (const Position& position : positions) {
            BrokerPartition partition;
            partition.id = PartitionId{static_cast<std::int32_t>(answer.partitions.size())};
            partition.end = Offset{position.end};
            if (position.committed >= 0) {
                partition.committed = Offset{position.committed};
            }
            answer.partitions.push_back(partition);
        }
        return answer;
    }
    BrokerQuestion last;
};

class ExternalScaler : public testing::Test {
  protected:
    std::map<std::string, std::string> metadata{{"scalerAddress", "here:6000"},
                                                {"bootstrapServers", "kafka:9092"},
                                                {"consumerGroup", "shop"},
                                                {"topic", "orders"},
                                                {"lagThreshold", "100"}};
    CannedBroker broker;
    PolicyFolder policies{LAGSIM_TEST_POLICIES};
    KafkaScaler::Clock::time_point now{};

    KafkaScaler scaler() {
        auto made = KafkaScaler::create(metadata, policies);
        EXPECT_TRUE(made) << made.error().message;
        return *made;
    }
    std::string complaint() {
        const auto made = KafkaScaler::create(metadata, policies);
        return made ? "" : made.error().message;
    }
};

TEST_F(ExternalScaler, AsksForTheGroupAndTopicOfTheTrigger) {
    broker.positions = {{.end = 10, .committed = 4}};

    const auto reading = scaler().read(broker, now);

    EXPECT_EQ(reading->metric, 6);
    EXPECT_TRUE(reading->active);
    EXPECT_EQ(broker.last.bootstrap_servers, "kafka:9092");
    EXPECT_EQ(broker.last.consumer_group, "shop");
    EXPECT_EQ(broker.last.topic, "orders");
}

TEST_F(ExternalScaler, NamesTheMetricAsKedaDoesWithoutTheIndex) {
    metadata["topic"] = "eu/orders.v1";
    EXPECT_EQ(scaler().target().metric_name, "kafka-eu-orders-v1");
    EXPECT_EQ(scaler().target().threshold, 100);

    metadata.erase("topic");
    EXPECT_EQ(scaler().target().metric_name, "kafka-shop-topics");
}

TEST_F(ExternalScaler, CapsTheLagAtOneThresholdAPartition) {
    broker.positions = {{.end = 1000, .committed = 0}, {.end = 1000, .committed = 0}};

    const auto reading = scaler().read(broker, now);

    EXPECT_EQ(reading->metric, 200);
    EXPECT_EQ(reading->total_lag, 2000);
}

TEST_F(ExternalScaler, ActivityBelongsToTheReadingOfTheMetric) {
    metadata["excludePersistentLag"] = "true";
    KafkaScaler it = scaler();
    broker.positions = {{.end = 50, .committed = 7}};
    ASSERT_EQ(it.read(broker, now)->metric, 43);

    // A second look would call these 43 persistent, and the scaler inactive.
    const auto activity = it.read_after_metrics(broker, now + milliseconds(20));

    EXPECT_EQ(activity->metric, 43);
    EXPECT_EQ(broker.questions, 1);
}

TEST_F(ExternalScaler, AReadingServesOneActivityAndNoLongerThanASecond) {
    KafkaScaler it = scaler();
    broker.positions = {{.end = 50, .committed = 7}};

    ASSERT_TRUE(it.read(broker, now));
    ASSERT_TRUE(it.read_after_metrics(broker, now));
    ASSERT_TRUE(it.read_after_metrics(broker, now));
    EXPECT_EQ(broker.questions, 2) << "the second activity asks for itself";

    ASSERT_TRUE(it.read(broker, now));
    ASSERT_TRUE(it.read_after_metrics(broker, now + KafkaScaler::lifetime));
    EXPECT_EQ(broker.questions, 4) << "a reading of a second ago is none";
}

TEST_F(ExternalScaler, EveryMetricIsReadAnew) {
    KafkaScaler it = scaler();
    broker.positions = {{.end = 50, .committed = 7}};
    ASSERT_EQ(it.read(broker, now)->metric, 43);
    broker.positions = {{.end = 50, .committed = 50}};

    EXPECT_EQ(it.read(broker, now)->metric, 0);
}

TEST_F(ExternalScaler, AnUnreachableKafkaIsUnavailableAndSaysWhy) {
    broker.unreachable = true;

    const auto reading = scaler().read(broker, now);

    ASSERT_FALSE(reading);
    EXPECT_EQ(reading.error().kind, ScalerError::Kind::unavailable);
    EXPECT_EQ(reading.error().message, "unreachable: no route");
}

TEST_F(ExternalScaler, SaysEveryMistakeInTheMetadataAtOnce) {
    metadata.erase("consumerGroup");
    metadata["lagThreshold"] = "many";
    metadata["policy"] = "../../evil";

    const std::string text = complaint();

    EXPECT_NE(text.find("consumerGroup"), std::string::npos) << text;
    EXPECT_NE(text.find("lagThreshold"), std::string::npos) << text;
    EXPECT_NE(text.find("'../../evil' is no name"), std::string::npos) << text;
}

TEST_F(ExternalScaler, TakesWhatKedaHasResolvedFromTheEnvironment) {
    metadata.erase("bootstrapServers");
    metadata["bootstrapServersFromEnv"] = "resolved:9092";
    broker.positions = {{.end = 1, .committed = 0}};

    ASSERT_TRUE(scaler().read(broker, now));

    EXPECT_EQ(broker.last.bootstrap_servers, "resolved:9092");
}

TEST_F(ExternalScaler, APolicyOfTheUsersDecidesInstead) {
    metadata["policy"] = "largest_partition";
    metadata["activationLagThreshold"] = "5";
    broker.positions = {{.end = 10, .committed = 0}, {.end = 3, .committed = 0}};

    const auto reading = scaler().read(broker, now);

    EXPECT_EQ(reading->metric, 20)
        << "twice the largest, says tests/production/largest_partition.c";
    EXPECT_TRUE(reading->active);
    EXPECT_EQ(reading->total_lag, 13);
}

TEST_F(ExternalScaler, APolicyThatFailsIsUnavailable) {
    metadata["policy"] = "largest_partition";
    metadata["lagThreshold"] = "13";  // which that policy refuses
    broker.positions = {{.end = 10, .committed = 0}};

    const auto reading = scaler().read(broker, now);

    ASSERT_FALSE(reading);
    EXPECT_EQ(reading.error().kind, ScalerError::Kind::unavailable);
    EXPECT_EQ(reading.error().message, "the policy failed with 7");
}

TEST_F(ExternalScaler, APolicyThatIsNotThereIsTheAuthorsMistake) {
    metadata["policy"] = "missing";

    EXPECT_NE(complaint().find("cannot load policy"), std::string::npos);
}

TEST(ScalerOptions, NameWhatIsWrong) {
    EXPECT_EQ(parse_scaler_options({"--property", "novalue"}).error(),
              "--property takes KEY=VALUE, not 'novalue'");
    EXPECT_EQ(parse_scaler_options({"--push-interval-ms", "0"}).error(),
              "a time in milliseconds must be at least 1");
    EXPECT_NE(parse_scaler_options({"--lisen", "x"}).error().find("lisen"), std::string::npos);
    EXPECT_FALSE(parse_scaler_options({"stray"}));
}

TEST(ScalerOptions, KeepTheRestOfAPropertyBehindTheFirstEqualsSign) {
    const auto options = parse_scaler_options({"-X", "sasl.password=a=b"});

    EXPECT_EQ(options->properties.at("sasl.password"), "a=b");
}

}  // namespace
}  // namespace lagsim::production
