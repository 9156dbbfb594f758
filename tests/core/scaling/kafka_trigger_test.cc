#include "core/scaling/kafka_trigger.h"

#include <gtest/gtest.h>

#include "tests/core/scaling/broker_helper.h"

namespace lagsim::core {
namespace {

LagReading evaluate(const KafkaTriggerParameters& parameters, const TopicTable& table) {
    return KafkaTrigger(parameters).evaluate(table.state());
}

struct CapCase {
    std::int64_t lag;
    std::int64_t metric;
    const char* because;
};

TEST(KafkaTrigger, CapsByIntegerDivisionSo25PodsArePossible) {
    const CapCase cases[]{
        {.lag = 24000, .metric = 24000, .because = "24 replicas' worth for 24 partitions"},
        {.lag = 24001, .metric = 24001, .because = "24001 / 1000 is 24, not above 24"},
        {.lag = 24999, .metric = 24999, .because = "the HPA rounds this up to 25 pods"},
        {.lag = 25000, .metric = 24000, .because = "25 is above 24"},
        {.lag = 9000000, .metric = 24000, .because = "however much above"},
    };
    for (const CapCase& c : cases) {
        EXPECT_EQ(evaluate(article_trigger(), TopicTable::with_lag(c.lag, 24)).lag, c.metric)
            << c.because;
    }
}

TEST(KafkaTrigger, DoesNotCapWhereIdleConsumersAreAllowed) {
    KafkaTriggerParameters parameters = article_trigger();
    parameters.allow_idle_consumers = true;

    EXPECT_EQ(evaluate(parameters, TopicTable::with_lag(50000, 24)).lag, 50000);
}

TEST(KafkaTrigger, IsActiveStrictlyAboveTheActivationThresholdOfTheUncappedLag) {
    EXPECT_FALSE(evaluate(article_trigger(), TopicTable::with_lag(100, 24)).active);
    EXPECT_TRUE(evaluate(article_trigger(), TopicTable::with_lag(101, 24)).active);
}

TEST(KafkaTrigger, EvenDistributionRoundsUpToADivisorAndIsNeverZero) {
    KafkaTriggerParameters parameters = article_trigger();
    parameters.ensure_even_distribution_of_partitions = true;

    EXPECT_EQ(evaluate(parameters, TopicTable::with_lag(0, 12)).lag, 1000);
    EXPECT_EQ(evaluate(parameters, TopicTable::with_lag(1000, 12)).lag, 1000);
    EXPECT_EQ(evaluate(parameters, TopicTable::with_lag(4500, 12)).lag, 6000);
    EXPECT_EQ(evaluate(parameters, TopicTable::with_lag(7001, 12)).lag, 12000);
    EXPECT_EQ(evaluate(parameters, TopicTable::with_lag(99000, 12)).lag, 12000);
}

TEST(KafkaTrigger, LimitsToPartitionsWithLag) {
    KafkaTriggerParameters parameters = article_trigger();
    parameters.limit_to_partitions_with_lag = true;
    const TopicTable table = TopicTable().add(50000, 0).add(7, 7).add(20000, 0);

    EXPECT_EQ(evaluate(parameters, table).lag, 2000);
}

TEST(KafkaTrigger, CountsOneRecordForAPartitionWithoutACommitUnderLatest) {
    KafkaTriggerParameters parameters = article_trigger();
    parameters.offset_reset_policy = OffsetResetPolicy::latest;
    const TopicTable table = TopicTable().add(5000, none).add(0, none);

    EXPECT_EQ(evaluate(parameters, table).lag, 2);

    parameters.scale_to_zero_on_invalid_offset = true;
    EXPECT_EQ(evaluate(parameters, table).lag, 0);
}

TEST(KafkaTrigger, CountsTheRetainedLogForAPartitionWithoutACommitUnderEarliest) {
    EXPECT_EQ(evaluate(article_trigger(), TopicTable().add(5000, none, 4200)).lag, 800);
    EXPECT_EQ(evaluate(article_trigger(), TopicTable().add(5000, none, 6000)).lag, 0)
        << "retention may have passed the end that was sampled earlier";
}

TEST(KafkaTrigger, ReportsTheWholeHistoryWhereTheLogStartIsUnknown) {
    TopicTable table = TopicTable().add(5000, none, 4200).add(3000, none, 2900);
    table.partitions[1].start_error = 29;

    EXPECT_EQ(evaluate(article_trigger(), table).total_lag, 8000)
        << "one failed log start loses the answer for all";
}

TEST(KafkaTrigger, OfKeda220NeverAsksForTheLogStart) {
    KafkaTrigger trigger(article_trigger(), KedaVersion::v2_20);

    EXPECT_EQ(trigger.evaluate(TopicTable().add(5000, none, 4200).state()).total_lag, 5000);
}

TEST(KafkaTrigger, TreatsTheOddPolicyAsAnOrdinaryOffsetOfMinusOne) {
    KafkaTriggerParameters parameters = article_trigger();
    parameters.offset_reset_policy = OffsetResetPolicy::neither;

    EXPECT_EQ(evaluate(parameters, TopicTable().add(9, none)).lag, 10);
}

TEST(KafkaTrigger, KeepsNegativeLagWhichReducesTheOthers) {
    const LagReading reading = evaluate(article_trigger(), TopicTable().add(500, 0).add(0, 400));

    EXPECT_EQ(reading.lag, 100);
    EXPECT_FALSE(reading.active);
}

TEST(KafkaTrigger, LeavesAStuckPartitionOutOfTheMetricButNotOfTheActivity) {
    KafkaTriggerParameters parameters = article_trigger();
    parameters.exclude_persistent_lag = true;
    KafkaTrigger trigger(parameters);
    const TopicTable stuck = TopicTable().add(500, 100);

    EXPECT_EQ(trigger.evaluate(stuck.state()).lag, 400) << "no record yet";

    const LagReading again = trigger.evaluate(stuck.state());
    EXPECT_EQ(again.lag, 0);
    EXPECT_EQ(again.total_lag, 400);
    EXPECT_TRUE(again.active);

    EXPECT_EQ(trigger.evaluate(TopicTable().add(500, 101).state()).lag, 399) << "it moved";

    trigger.forget();
    EXPECT_EQ(trigger.evaluate(TopicTable().add(500, 101).state()).lag, 399) << "rebuilt";
}

TEST(KafkaTrigger, LimitsItselfToNamedPartitions) {
    KafkaTriggerParameters parameters = article_trigger();
    parameters.partition_limitation = {1};
    EXPECT_EQ(evaluate(parameters, TopicTable().add(500, 0).add(7, 0)).lag, 7);

    parameters.partition_limitation = std::vector<std::int32_t>{};
    EXPECT_EQ(evaluate(parameters, TopicTable().add(500, 0)).error,
              TriggerError::no_active_partition);
}

TEST(KafkaTrigger, WithoutATopicReadsEveryTopicTheGroupHasCommittedTo) {
    KafkaTriggerParameters parameters = article_trigger();
    parameters.topic = "";
    TopicTable table = TopicTable().add(500, 0).add(9, none);
    table.topics.emplace_back("other");
    table.partitions[1].topic = 1;

    const LagReading reading = evaluate(parameters, table);

    EXPECT_EQ(reading.lag, 500);
    EXPECT_EQ(reading.queries, 2) << "one OffsetFetch for the topics, one for the offsets";
}

TEST(KafkaTrigger, WithoutATopicAndWithoutACommitCountsTheWholeCluster) {
    KafkaTriggerParameters parameters = article_trigger();
    parameters.topic = "";
    TopicTable table = TopicTable().add(500, none).add(90, none);
    table.topics.emplace_back("somebody-elses");
    table.partitions[1].topic = 1;

    EXPECT_EQ(evaluate(parameters, table).total_lag, 590);
}

TEST(KafkaTrigger, OverlooksAPartitionThatListOffsetsLeavesOut) {
    TopicTable table = TopicTable().add(500, 0).add(900, 0);
    table.partitions[1].absent_from_list_offsets = true;
    table.partitions[1].fetch_error = 29;

    EXPECT_EQ(evaluate(article_trigger(), table).lag, 500) << "its errors are not seen either";
}

struct ErrorCase {
    void (*spoil)(TopicTable&, BrokerState&);
    TriggerError error;
    std::int32_t queries;
};

TEST(KafkaTrigger, NamesWhatFailed) {
    const ErrorCase cases[]{
        {[](TopicTable&, BrokerState& s) { s.topics = {}; }, TriggerError::describe_topics, 0},
        {[](TopicTable&, BrokerState& s) { s.partitions = {}; }, TriggerError::no_active_partition,
         0},
        {[](TopicTable&, BrokerState& s) { s.group_error = 30; }, TriggerError::list_group_offsets,
         1},
        {[](TopicTable& t, BrokerState&) { t.partitions[1].end_error = 29; },
         TriggerError::list_offsets, 1},
        {[](TopicTable& t, BrokerState&) { t.partitions[1].fetch_error = 3; },
         TriggerError::offset_block, 1},
        {[](TopicTable&, BrokerState& s) { s.unreachable = true; }, TriggerError::unreachable, 0},
    };
    for (const ErrorCase& c : cases) {
        TopicTable table = TopicTable().add(10, 0).add(10, 0);
        BrokerState state = table.state();
        c.spoil(table, state);

        const LagReading reading = KafkaTrigger(article_trigger()).evaluate(state);

        EXPECT_EQ(reading.error, c.error) << to_string(c.error);
        EXPECT_EQ(reading.queries, c.queries) << to_string(c.error);
    }
}

TEST(KafkaTrigger, ReadsEveryOffsetAsZeroBelowVersion0101) {
    KafkaTriggerParameters parameters = article_trigger();
    parameters.pre_0_10_1 = true;

    EXPECT_EQ(evaluate(parameters, TopicTable().add(500, 100)).lag, -100);
}

TEST(KafkaTrigger, BelowVersion0102CannotListTopicsNorSeeGroupErrors) {
    KafkaTriggerParameters parameters = article_trigger();
    parameters.topic = "";
    parameters.pre_0_10_2 = true;
    TopicTable table = TopicTable().add(500, 0).add(90, none);
    table.topics.emplace_back("other");
    table.partitions[1].topic = 1;
    BrokerState state = table.state();
    state.group_error = 30;

    EXPECT_EQ(KafkaTrigger(parameters).evaluate(state).total_lag, 590);
}

}  // namespace
}  // namespace lagsim::core
