#include "core/commit/lease.h"

#include <gtest/gtest.h>

#include "core/commit/schedule.h"

namespace lagsim::core {
namespace {

constexpr OffsetRange record(std::int64_t offset) {
    return OffsetRange::one(Offset{offset});
}

Lease lease_with(std::int64_t delivered, std::initializer_list<std::int64_t> finished) {
    Lease lease(Offset{0}, std::nullopt);
    lease.deliver({Offset{0}, Offset{delivered}});
    for (const std::int64_t offset : finished) {
        EXPECT_TRUE(lease.finish(record(offset)));
    }
    return lease;
}

TEST(Lease, CommitsTheLowWatermarkAndNeverAbove) {
    const Lease lease = lease_with(4, {0, 1, 3});

    EXPECT_EQ(lease.committable(CommitWhen::after_success), Offset{2});
}

TEST(Lease, HasNothingToSayBeforeAnythingIsDone) {
    const Lease lease = lease_with(1, {});

    EXPECT_EQ(lease.committable(CommitWhen::after_success), std::nullopt);
}

TEST(Lease, DoesNotRepeatWhatTheBrokerHas) {
    Lease lease = lease_with(2, {0});
    lease.commit_sent(Offset{1});
    lease.commit_acknowledged(Offset{1});

    EXPECT_EQ(lease.committable(CommitWhen::after_success), std::nullopt);
    EXPECT_TRUE(lease.finish(record(1)));
    EXPECT_EQ(lease.committable(CommitWhen::after_success), Offset{2});
}

TEST(Lease, DeliversNoFurtherThanItsWindowFromTheLowestUnfinishedRecord) {
    Lease lease = lease_with(4, {0, 2, 3});  // 1 is open

    EXPECT_TRUE(lease.may_deliver(Offset{4}, Records{0})) << "no limit";
    EXPECT_TRUE(lease.may_deliver(Offset{4}, Records{4})) << "1 to 4";
    EXPECT_FALSE(lease.may_deliver(Offset{4}, Records{3}));
    EXPECT_TRUE(lease.finish(record(1)));
    EXPECT_TRUE(lease.may_deliver(Offset{4}, Records{1}));
    EXPECT_TRUE(lease.may_deliver(Offset{100}, Records{1})) << "a hole holds nothing back";
}

TEST(Lease, HasOneCommitInFlight) {
    Lease lease = lease_with(2, {0});
    lease.commit_sent(Offset{1});
    EXPECT_TRUE(lease.finish(record(1)));

    EXPECT_EQ(lease.committable(CommitWhen::after_success), std::nullopt);
}

TEST(Lease, RetriesWithTheWatermarkOfThatMoment) {
    Lease lease = lease_with(2, {0});
    lease.commit_sent(Offset{1});
    EXPECT_TRUE(lease.finish(record(1)));

    lease.commit_failed(CommitError::retriable);

    EXPECT_EQ(lease.committable(CommitWhen::after_success), Offset{2});
}

TEST(Lease, SurvivesAStaleGenerationButNotAnUnknownMember) {
    Lease stale = lease_with(1, {0});
    stale.commit_sent(Offset{1});
    stale.commit_failed(CommitError::stale_member);
    EXPECT_TRUE(stale.live());

    Lease unknown = lease_with(1, {0});
    unknown.commit_sent(Offset{1});
    unknown.commit_failed(CommitError::unknown_member);
    EXPECT_FALSE(unknown.live());
    EXPECT_EQ(unknown.committable(CommitWhen::after_success), std::nullopt);
}

TEST(Lease, CommitsNothingAfterItsEnd) {
    Lease lease = lease_with(2, {0});
    lease.end();

    EXPECT_FALSE(lease.finish(record(1)));  // a late finish
    EXPECT_EQ(lease.committable(CommitWhen::after_success), std::nullopt);
}

TEST(Lease, NeverFallsBelowWhatWasCommittedBefore) {
    Lease lease(Offset{10}, Offset{10});
    lease.deliver({Offset{10}, Offset{11}});

    EXPECT_EQ(lease.committable(CommitWhen::after_success), std::nullopt);
}

TEST(Lease, HoldsTheWrongPoliciesToo) {
    struct Case {
        CommitWhen when;
        std::optional<Offset> committable;
        const char* because;
    };
    const Lease lease = lease_with(5, {0, 1, 3});  // 2 and 4 are in hand
    for (const Case& c : std::initializer_list<Case>{
             {CommitWhen::after_success, Offset{2}, "2 is not finished"},
             {CommitWhen::before_processing, Offset{5}, "5 is the next to hand out"},
             {CommitWhen::automatic, Offset{5}, "all of 0..4 were handed out"},
             {CommitWhen::max_finished, Offset{4}, "3 is the highest finished"},
             {CommitWhen::mark_only, std::nullopt, "marks are never sent"}}) {
        EXPECT_EQ(lease.committable(c.when), c.committable) << c.because;
    }
}

TEST(CommitSchedule, CountsRecordsOverAllPartitions) {
    CommitSchedule schedule({.every_records = Records{3}}, Instant{});

    EXPECT_EQ(schedule.next_wakeup(), never);
    EXPECT_FALSE(schedule.counted(Records{2}));
    EXPECT_TRUE(schedule.counted(Records{1}));
    EXPECT_FALSE(schedule.counted(Records{2}));
}

TEST(CommitSchedule, KeepsItsPhase) {
    CommitSchedule schedule({.every = std::chrono::seconds{1}}, at_nanoseconds(500));

    EXPECT_EQ(schedule.next_wakeup(), at_nanoseconds(1'000'000'500));
    schedule.on_time(at_nanoseconds(3'200'000'000));
    EXPECT_EQ(schedule.next_wakeup(), at_nanoseconds(4'000'000'500));
    EXPECT_FALSE(schedule.counted(Records{1'000'000}));
}

}  // namespace
}  // namespace lagsim::core
