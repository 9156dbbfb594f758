// Retry topics: a failed record waits in a log of its own, and its partition goes on.
#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

TEST(RetryTopics, LetTheRecordsBehindAFailedOneGoOn) {
    const auto result = Build(20s)
                            .sample_every(5ms)
                            .retry_topics({1s, 2s, 4s}, 10ms)
                            .dead_letter_after(5ms)
                            .publish_poison(0s)
                            .publish(0s, 3)
                            .run();

    // The poison takes 100 ms and 10 ms to send on; then the others.
    EXPECT_EQ(reached(result.groups.finished, result, 3), at(410ms));
    EXPECT_EQ(sampled(result.lanes.position, result, 500ms), 4);
    // Four attempts, three waits that begin with the answers, three produces, the dead letter.
    EXPECT_EQ(reached(result.groups.dead_lettered, result, 1), at(4 * 100ms + 7s + 3 * 10ms + 5ms));
    EXPECT_EQ(result.totals[0].retries, 3);
    EXPECT_EQ(ledger_of(result).produced, 4);
    EXPECT_EQ(ledger_of(result).waiting, 0);
}

TEST(RetryTopics, HaveALagOfTheirOwnWhileARecordWaits) {
    const auto result = Build(20s)
                            .sample_every(100ms)
                            .commit_every(100ms)
                            .retry_topics({1s, 5s})
                            .dead_letter_after(0s)
                            .publish_poison(0s)
                            .run();

    // Lanes: the topic, the retry topics. 0.1 s; 1.1 s to 1.2 s; 6.2 s.
    EXPECT_EQ(sampled(result.lanes.lag, result, 500ms, 0), 0);
    EXPECT_EQ(sampled(result.lanes.lag, result, 500ms, 1), 1);
    EXPECT_EQ(sampled(result.lanes.lag, result, 3s, 1), 0);
    EXPECT_EQ(sampled(result.lanes.lag, result, 3s, 2), 1);
    EXPECT_EQ(sampled(result.lanes.lag, result, 10s, 2), 0);
    EXPECT_EQ(ledger_of(result).dead_lettered, 1);
}

TEST(RetryTopics, CountARecordAsWaitingWhereItWasProduced) {
    const auto result = Build(5s)
                            .commit_every(100ms)
                            .retry_topics({10s})
                            .dead_letter_after(0s)
                            .publish_poison(0s)
                            .publish(1s)
                            .run();

    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 3s, 0), 2);
    EXPECT_EQ(ledger_of(result).produced, 2);
    EXPECT_EQ(ledger_of(result).finished, 1);
    EXPECT_EQ(ledger_of(result).waiting, 1);
    EXPECT_EQ(ledger_of(result).lost, 0);
}

TEST(RetryTopics, FinishATransientFailureAtTheNextAttemptWithItsWholeLatency) {
    Build build = Build(20s).sample_every(5ms).retry_topics({1s}).dead_letter_after(0s).publish(0s);
    build.fault({.at = at(0s), .kind = FaultKind::downstream_down, .duration = 500ms});

    const auto result = build.run();

    EXPECT_EQ(reached(result.groups.finished, result, 1), at(1200ms));
    EXPECT_EQ(result.totals[0].latency.max(), 1.2);
}

TEST(RetryTopics, ServeDueRecordsWithTheServersOfThePodOldestFirst) {
    const auto result = Build(20s)
                            .sample_every(5ms)
                            .workers(1)
                            .retry_topics({1s})
                            .dead_letter_after(0s)
                            .publish_poison(0s)
                            .publish(0s, 12)
                            .run();

    // In the retry topic since 0.1 s and due at 1.1 s: older there than nothing that was published
    // at 0 s, so that the twelve come first.
    EXPECT_EQ(reached(result.groups.finished, result, 12), at(1300ms));
    EXPECT_EQ(reached(result.groups.dead_lettered, result, 1), at(1400ms));
}

TEST(RetryTopics, HoldTheSameRecordTwiceAfterACrashBetweenTheAnswerAndTheCommit) {
    const auto result = Build(60s)
                            .session_timeout(4s)
                            .commit_every(5s)
                            .retry_topics({30s})
                            .dead_letter_after(0s)
                            .publish_poison(0s)  // sent on at 0.1 s, to be committed at 5 s
                            .fault({.at = at(1s), .kind = FaultKind::pod_crash})
                            .run();

    EXPECT_EQ(sampled(result.lanes.log_end_offset, result, 59s, 1), 2);
    EXPECT_EQ(ledger_of(result).dead_lettered, 1);
    EXPECT_EQ(ledger_of(result).dead_letter_duplicates, 1);
    EXPECT_EQ(ledger_of(result).waiting, 0);
}

TEST(RetryTopics, WithoutADeadLetterTopicGoRoundForEver) {
    const auto result =
        Build(20s).sample_every(100ms).retry_topics({1s, 2s}).publish_poison(0s).run();

    // Attempts begin 1.1 s and 2.1 s after one another in turn.
    EXPECT_EQ(reached(result.groups.retries, result, 1), at(1100ms));
    EXPECT_EQ(reached(result.groups.retries, result, 2), at(3200ms));
    EXPECT_EQ(reached(result.groups.retries, result, 3), at(4300ms));
    EXPECT_EQ(ledger_of(result).waiting, 1);
}

TEST(RetryTopics, LoseACopyThatWasCommittedBeforeItWasProcessed) {
    const auto result = Build(60s)
                            .session_timeout(4s)
                            .commit_when(core::CommitWhen::before_processing)
                            .commit_every_records(1)
                            .service(1s)
                            .retry_topics({5s})
                            .dead_letter_after(0s)
                            .publish_poison(0s)  // in hand again from 6 s to 7 s
                            .fault({.at = at(6500ms), .kind = FaultKind::pod_crash})
                            .run();

    EXPECT_EQ(ledger_of(result).lost, 1);
    EXPECT_EQ(lost_by(result, LossCause::committed_before_processing), 1);
}

TEST(RetryTopics, TakeNothingWhileTheBrokerIsDown) {
    const auto result =
        Build(30s)
            .sample_every(5ms)
            .retry_topics({1s})
            .dead_letter_after(0s)
            .publish_poison(0s)
            .fault({.at = at(50ms), .kind = FaultKind::broker_down, .duration = 10s})
            .run();

    // Sent on at 10.05 s instead of 0.1 s.
    EXPECT_EQ(reached(result.groups.dead_lettered, result, 1), at(10050ms + 1s + 100ms));
}

}  // namespace
}  // namespace lagsim::sim
