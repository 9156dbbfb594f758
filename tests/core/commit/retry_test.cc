#include "core/commit/retry.h"

#include <array>

#include <gtest/gtest.h>

namespace lagsim::core {
namespace {

using Action = RetryDecision::Action;
constexpr std::array<Duration, 3> backoffs{std::chrono::seconds{1}, std::chrono::seconds{2},
                                           std::chrono::seconds{4}};

TEST(Retry, WaitsOneTwoFourSecondsThenGivesTheRecordAway) {
    EXPECT_EQ(after_failure(1, backoffs, true), (RetryDecision{Action::retry, backoffs[0], 0}));
    EXPECT_EQ(after_failure(2, backoffs, true), (RetryDecision{Action::retry, backoffs[1], 1}));
    EXPECT_EQ(after_failure(3, backoffs, true), (RetryDecision{Action::retry, backoffs[2], 2}));
    EXPECT_EQ(after_failure(4, backoffs, true), (RetryDecision{Action::dead_letter, Duration{0}}));
}

TEST(Retry, WithoutADeadLetterTopicStartsAgainFromTheFirstBackoffForEver) {
    EXPECT_EQ(after_failure(4, backoffs, false), (RetryDecision{Action::retry, backoffs[0], 0}));
    EXPECT_EQ(after_failure(6, backoffs, false), (RetryDecision{Action::retry, backoffs[2], 2}));
    EXPECT_EQ(after_failure(3'000'001, backoffs, false),
              (RetryDecision{Action::retry, backoffs[0], 0}));
}

using enum UndeliverablePolicy;

TEST(DeadLetter, IsProducedUntilItIsAcceptedByThoseWhoBlock) {
    EXPECT_EQ(before_produce(0, false, {}, block), ProduceDecision::produce);
    EXPECT_EQ(before_produce(1'000, false, {}, block), ProduceDecision::produce);
    EXPECT_EQ(before_produce(0, true, {}, block), ProduceDecision::wait);
}

TEST(DeadLetter, IsUndeliverableAfterAFailureWhileTheTopicIsDown) {
    EXPECT_EQ(before_produce(0, true, {}, drop), ProduceDecision::produce) << "nobody knows yet";
    EXPECT_EQ(before_produce(1, true, {}, drop), ProduceDecision::drop);
    EXPECT_EQ(before_produce(1, true, {}, stop), ProduceDecision::stop);
    EXPECT_EQ(before_produce(1, false, {}, stop), ProduceDecision::produce);
}

TEST(DeadLetter, IsUndeliverableAfterTheStatedNumberOfFailures) {
    EXPECT_EQ(before_produce(2, true, 3, drop), ProduceDecision::produce);
    EXPECT_EQ(before_produce(3, true, 3, drop), ProduceDecision::drop);
    EXPECT_EQ(before_produce(3, false, 3, stop), ProduceDecision::stop);
}

TEST(Retry, AnEmptyScheduleIsOneAttempt) {
    EXPECT_EQ(after_failure(1, {}, true), (RetryDecision{Action::dead_letter, Duration{0}}));
    EXPECT_EQ(after_failure(1, {}, false), (RetryDecision{Action::retry, Duration{0}}));
}

TEST(Retry, InAShareGroupARecordWithoutADeadLetterTopicGoesBackToTheBroker) {
    EXPECT_EQ(after_failure_in_share_group(3, backoffs, false),
              (RetryDecision{Action::retry, backoffs[2], 2}));
    EXPECT_EQ(after_failure_in_share_group(4, backoffs, false),
              (RetryDecision{Action::release, Duration{0}}));
    EXPECT_EQ(after_failure_in_share_group(4, backoffs, true),
              (RetryDecision{Action::dead_letter, Duration{0}}));
    EXPECT_EQ(after_failure_in_share_group(1, {}, false),
              (RetryDecision{Action::release, Duration{0}}));
}

}  // namespace
}  // namespace lagsim::core
