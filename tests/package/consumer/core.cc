// The scaling decision alone: what KEDA's kafka trigger reports for two partitions.
#include <array>
#include <iostream>
#include <string>

#include "core/scaling/kafka_trigger.h"

int main() {
    using namespace lagsim::core;
    KafkaTriggerParameters parameters;
    parameters.consumer_group = "g";
    parameters.topic = "t";
    const std::array topics{std::string("t")};
    const std::array partitions{
        BrokerPartition{.id = PartitionId{0}, .end = Offset{12}, .committed = Offset{5}},
        BrokerPartition{.id = PartitionId{1}, .end = Offset{9}, .committed = Offset{9}}};
    KafkaTrigger trigger(parameters);
    std::cout << trigger.evaluate({.topics = topics, .partitions = partitions}).total_lag << '\n';
}
