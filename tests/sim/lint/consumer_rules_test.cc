/// What the consumer commits, retries and starts from.
#include "tests/sim/lint/linting.h"

namespace lagsim::sim::linting {
namespace {

TEST(MarkWithoutCommit, IsAnError) {
    const std::string marks =
        with(all_text, "- group: g\n", "- group: g\n      commit: {when: mark-only}\n");
    const Diagnostic finding = only(findings(marks), "mark-without-commit");
    EXPECT_EQ(finding.severity, Severity::error);
    EXPECT_EQ(finding.line, 11);
    EXPECT_EQ(finding.column, 16);
    EXPECT_EQ(finding.path, "spec.consumers[0].commit.when");
    EXPECT_FALSE(
        has(findings_with({"spec.consumers[0].commit.when=after-success"}), "mark-without-commit"));
}

TEST(CommitBeforeProcessing, IsWhateverCommitsUnfinishedRecords) {
    const auto when = [](std::string_view word) {
        return "spec.consumers[0].commit.when=" + std::string(word);
    };
    const std::string parallel = "spec.consumers[0].concurrency={workersPerPartition: 2}";
    EXPECT_EQ(only(findings_with({when("before-processing")}), "commit-before-processing").severity,
              Severity::error);
    EXPECT_TRUE(has(findings_with({when("auto")}), "commit-before-processing"));
    EXPECT_TRUE(has(findings_with({when("max-finished"), parallel}), "commit-before-processing"));
    EXPECT_FALSE(has(findings_with({when("max-finished")}), "commit-before-processing"))
        << "in order the highest finished offset is the low watermark";
    EXPECT_FALSE(has(findings_with({when("after-success"), parallel}), "commit-before-processing"));
}

TEST(RetryExceedsMaxPoll, CountsBackOffsAndAttempts) {
    const std::string waits = "spec.consumers[0].retry.backoff=[2m, 2m]";
    const std::string service = "spec.consumers[0].serviceTime=1s";
    const std::string slow = "spec.producers[0].rate=1/s";
    const auto limit = [](std::string_view duration) {
        return "spec.consumers[0].protocol.maxPollInterval=" + std::string(duration);
    };
    // 240 s of back-off, three attempts of 1 s, 5 ms to the dead-letter topic.
    const auto found = findings_with({waits, service, slow, limit("243s")});
    EXPECT_EQ(only(found, "retry-exceeds-max-poll").severity, Severity::error);
    EXPECT_FALSE(
        has(findings_with({waits, service, slow, limit("244s")}), "retry-exceeds-max-poll"));
    EXPECT_TRUE(has(
        findings_with({waits, service, slow, limit("244s"), "spec.consumers[0].retry.jitter=1%"}),
        "retry-exceeds-max-poll"));
}

TEST(RetryExceedsMaxPoll, DoesNotCountWhatIsWaitedForInRetryTopics) {
    EXPECT_FALSE(has(findings_with({"spec.consumers[0].retry={topics: [10m, 20m]}",
                                    "spec.consumers[0].protocol.maxPollInterval=1m"}),
                     "retry-exceeds-max-poll"));
}

TEST(RetryExceedsMaxPoll, SaramaHasNoMaxPollInterval) {
    EXPECT_FALSE(has(findings_with({"spec.consumers[0].retry.backoff=[10m]",
                                    "spec.consumers[0].protocol.client=sarama"}),
                     "retry-exceeds-max-poll"));
}

TEST(GraceShorterThanRetry, WhereAPodDrains) {
    const auto grace = [](std::string_view duration) {
        return "spec.consumers[0].shutdown.gracePeriod=" + std::string(duration);
    };
    // 1 s + 2 s + 4 s, four attempts of 5 ms, 5 ms to the dead-letter topic.
    EXPECT_TRUE(has(findings_with({grace("7s")}), "grace-shorter-than-retry"));
    EXPECT_FALSE(has(findings_with({grace("7025ms")}), "grace-shorter-than-retry"));
    EXPECT_FALSE(has(findings_with({grace("7s"), "spec.consumers[0].shutdown.drain=false"}),
                     "grace-shorter-than-retry"));
    const std::string hook = "spec.consumers[0].shutdown.preStop=5s";
    EXPECT_TRUE(has(findings_with({grace("12s"), hook}), "grace-shorter-than-retry"));
    EXPECT_FALSE(has(findings_with({grace("12025ms"), hook}), "grace-shorter-than-retry"));
}

TEST(GraceShorterThanRetry, StandsAtTheDeploymentThatSaysIt) {
    const Diagnostic finding =
        only(findings(with(all_text, "PeriodSeconds: 45", "PeriodSeconds: 5")),
             "grace-shorter-than-retry");
    EXPECT_EQ(finding.line, 36);
    EXPECT_EQ(finding.path, "spec.template.spec.terminationGracePeriodSeconds");
}

TEST(ResetLatestLoses, OnlyWithLatest) {
    const auto reset = [](std::string_view word) {
        return findings_with({"spec.consumers[0].reset=" + std::string(word)});
    };
    EXPECT_EQ(only(reset("latest"), "reset-latest-loses").severity, Severity::warning);
    EXPECT_FALSE(has(reset("earliest"), "reset-latest-loses"));
    EXPECT_FALSE(has(reset("none"), "reset-latest-loses"));
}

TEST(ResetLatestLoses, InAScenarioTheConsumerDecidesNotTheTrigger) {
    EXPECT_FALSE(
        has(findings(with(all_text, "offsetResetPolicy: earliest", "offsetResetPolicy: latest")),
            "reset-latest-loses"));
}

}  // namespace
}  // namespace lagsim::sim::linting
