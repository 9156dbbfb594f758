// What is committed when, and what a crash then costs under each policy.
#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

constexpr auto sync = Overheads::CommitMode::sync;

Fault crash_at(Duration time) {
    return {.at = at(time), .kind = FaultKind::pod_crash};
}

/// Intervals of a ledger as (first, last, cause).
using Stretch = std::tuple<std::int64_t, std::int64_t, std::uint8_t>;
std::vector<Stretch> stretches(const std::vector<LedgerInterval>& intervals) {
    std::vector<Stretch> result;
    for (const LedgerInterval& interval : intervals) {
        result.emplace_back(interval.first, interval.last, interval.cause);
    }
    return result;
}
Stretch lost_as(std::int64_t first, std::int64_t last, LossCause cause) {
    return {first, last, static_cast<std::uint8_t>(cause)};
}
Stretch again_after(std::int64_t first, std::int64_t last, DuplicateCause cause) {
    return {first, last, static_cast<std::uint8_t>(cause)};
}

TEST(Commit, GoesByTheClockOfTheProcess) {
    const auto result = Build(5s).sample_every(100ms).commit_every(1s).publish(0s, 25).run();

    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 900ms), -1);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 1s), 10);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 1900ms), 10);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 2s), 20);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 3s), 25);
}

TEST(Commit, EveryNRecordsCountsOverThePodsPartitionsAndCommitsThemAll) {
    const auto result =
        Build(5s, 2).sample_every(100ms).commit_every_records(5).publish(0s, 20, -1).run();

    // Two finish every 100 ms; of two at once partition 0 comes first.
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 200ms, 0), -1);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 300ms, 0), 3);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 300ms, 1), 2);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 400ms, 1), 2);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 500ms, 0), 5);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 500ms, 1), 5);
}

TEST(Commit, WindowHoldsDeliveriesBackUntilTheHeadIsDone) {
    Build build =
        Build(20s).sample_every(10ms).workers_per_partition(2).publish_slow(0s, 5s).publish(0s, 50);
    const auto without = build.run();
    build.group().commit.max_window = core::Records{11};
    const auto with = build.run();

    // Without: the second worker does all 50 in 5 s. With: 10 besides the slow one, then two at a
    // time.
    EXPECT_EQ(reached(without.groups.finished, without, 50), at(5s));
    EXPECT_EQ(sampled(with.groups.finished, with, 1s), 10);
    EXPECT_EQ(sampled(with.groups.finished, with, 4990ms), 10);
    EXPECT_EQ(reached(with.groups.finished, with, 51), at(5s + 20 * 100ms));
}

TEST(Commit, WindowBoundsWhatACrashRepeats) {
    Build build = Build(30s)
                      .session_timeout(4s)
                      .commit_every_records(1)
                      .workers_per_partition(2)
                      .publish_slow(0s, 5s)
                      .publish(0s, 50)
                      .fault(crash_at(4s));
    const auto without = build.run();
    build.group().commit.max_window = core::Records{11};
    const auto with = build.run();

    EXPECT_EQ(ledger_of(without).duplicates, 40);
    EXPECT_EQ(ledger_of(with).duplicates, 10);
    EXPECT_EQ(ledger_of(with).finished, 51);
}

TEST(Commit, SentAsynchronouslyIsAppliedHalfItsLatencyLaterAndDelaysNobody) {
    const auto result = Build(5s)
                            .sample_every(100ms)
                            .service(1s)
                            .commit_every_records(1)
                            .commit_latency(200ms)
                            .publish(0s, 3)
                            .run();

    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 1s), -1);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 1100ms), 1);
    EXPECT_EQ(reached(result.groups.finished, result, 3), at(3s));
}

TEST(Commit, SentSynchronouslyStopsTheWorkerForItsLatency) {
    const auto result = Build(5s)
                            .sample_every(100ms)
                            .service(1s)
                            .commit_every_records(1)
                            .commit_latency(200ms, sync)
                            .publish(0s, 3)
                            .run();

    EXPECT_EQ(reached(result.groups.finished, result, 2), at(2200ms));
    EXPECT_EQ(reached(result.groups.finished, result, 3), at(3400ms));
}

TEST(Commit, OnItsWayArrivesAlthoughItsSenderIsKilled) {
    Build build = Build(60s).publish(0s).commit_every_records(1).commit_latency(400ms);
    build.fault({.at = at(200ms), .kind = FaultKind::pod_crash});  // sent at 0.1 s

    const auto result = build.run();

    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 1s), 1);
    EXPECT_EQ(ledger_of(result).duplicates, 0);
}

TEST(Commit, IsTheOnlyOneInFlightAndTheNextCarriesWhatIsTrueThen) {
    const auto result = Build(5s)
                            .sample_every(50ms)
                            .service(50ms)
                            .commit_every_records(1)
                            .commit_latency(200ms)
                            .publish(0s, 20)
                            .run();

    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 100ms), -1);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 150ms), 1);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 300ms), 1);
    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 350ms), 5);
}

TEST(CommitAfterSuccess, ACrashRepeatsExactlyWhatWasFinishedAndNotCommitted) {
    const auto result =
        Build(60s).session_timeout(10s).publish(0s, 100).fault(crash_at(1550ms)).run();

    EXPECT_EQ(stretches(result.duplicates),
              (std::vector<Stretch>{again_after(10, 14, DuplicateCause::crash)}));
    EXPECT_EQ(ledger_of(result).duplicates, 5);
    EXPECT_EQ(ledger_of(result).finished, 100);
    EXPECT_EQ(ledger_of(result).lost, 0);
}

TEST(CommitAfterSuccess, ACommitOnItsWaySurvivesItsSender) {
    const auto duplicates = [](Duration crash) {
        return ledger_of(Build(60s)
                             .session_timeout(10s)
                             .commit_latency(200ms)
                             .publish(0s, 100)
                             .fault(crash_at(crash))
                             .run())
            .duplicates;
    };

    // Sent at 1 s with offset 10, applied at 1.1 s, answered at 1.2 s.
    EXPECT_EQ(duplicates(950ms), 9);
    EXPECT_EQ(duplicates(1050ms), 0);
    EXPECT_EQ(duplicates(1150ms), 1);
}

TEST(CommitBeforeProcessing, LosesTheRecordInHand) {
    const auto result = Build(60s)
                            .session_timeout(10s)
                            .service(1s)
                            .commit_when(core::CommitWhen::before_processing)
                            .commit_every_records(1)
                            .publish(0s, 5)
                            .fault(crash_at(2500ms))
                            .run();

    EXPECT_EQ(stretches(result.lost),
              (std::vector<Stretch>{lost_as(2, 2, LossCause::committed_before_processing)}));
    EXPECT_EQ(ledger_of(result).finished, 4);
    EXPECT_EQ(ledger_of(result).duplicates, 0);
}

TEST(CommitBeforeProcessing, WaitsForItsSynchronousAnswerBeforeItWorks) {
    const auto result = Build(5s)
                            .sample_every(100ms)
                            .commit_when(core::CommitWhen::before_processing)
                            .commit_every_records(1)
                            .commit_latency(200ms, sync)
                            .publish(0s, 2)
                            .run();

    EXPECT_EQ(reached(result.groups.finished, result, 1), at(300ms));
    EXPECT_EQ(reached(result.groups.finished, result, 2), at(600ms));
}

TEST(AutomaticCommit, LosesWhatWasHandedOutWhenTheTimerCame) {
    const auto result = Build(60s)
                            .session_timeout(10s)
                            .service(1500ms)
                            .commit_when(core::CommitWhen::automatic)
                            .publish(0s, 3)
                            .fault(crash_at(1200ms))
                            .run();

    EXPECT_EQ(stretches(result.lost),
              (std::vector<Stretch>{lost_as(0, 0, LossCause::automatic_commit)}));
    EXPECT_EQ(ledger_of(result).finished, 2);
}

/// Record 0 takes 10 s, record 1 beside it is finished at 3 s; the pod dies at 4 s.
Build overtaken(core::CommitWhen when) {
    return Build(60s)
        .session_timeout(10s)
        .service(1s)
        .workers_per_partition(2)
        .commit_when(when)
        .fault({.at = at(0s), .kind = FaultKind::slow_down, .duration = 1s, .factor = 10.0})
        .publish(500ms)
        .publish(2s)
        .fault(crash_at(4s));
}

TEST(CommitOfTheHighestFinished, LosesWhatIsOpenBelowIt) {
    const auto result = overtaken(core::CommitWhen::max_finished).run();

    EXPECT_EQ(stretches(result.lost),
              (std::vector<Stretch>{lost_as(0, 0, LossCause::committed_past_unfinished)}));
    EXPECT_EQ(ledger_of(result).duplicates, 0);
}

TEST(CommitAfterSuccess, StaysBelowAnOpenRecordAndRepeatsWhatOvertookIt) {
    const auto result = overtaken(core::CommitWhen::after_success).run();

    EXPECT_EQ(sampled(result.lanes.committed_offset, result, 5s), -1);
    EXPECT_EQ(ledger_of(result).lost, 0);
    EXPECT_EQ(stretches(result.duplicates),
              (std::vector<Stretch>{again_after(1, 1, DuplicateCause::crash)}));
}

TEST(MarkOnly, NeverCommitsAndDoesEverythingAgainAfterEachRebalance) {
    const auto result = Build(40s)
                            .commit_when(core::CommitWhen::mark_only)
                            .publish(0s, 10)
                            .pods_from(5s, 2)
                            .pods_from(20s, 3)
                            .run();

    EXPECT_EQ(std::ranges::max(result.lanes.committed_offset), -1);
    EXPECT_EQ(sampled(result.lanes.lag, result, 40s), 10);
    EXPECT_EQ(result.totals[0].rebalances, 3);
    EXPECT_EQ(ledger_of(result).duplicates, 20);
    EXPECT_EQ(duplicates_blamed_on(result, DuplicateCause::rebalance), 20);
}

TEST(Rebalance, WithADrainAndALastCommitRepeatsNothing) {
    const auto result = Build(40s, 4).steady(20.0).pods_from(5s, 3).pods_from(20s, 1).run();

    EXPECT_EQ(ledger_of(result).duplicates, 0);
    EXPECT_EQ(ledger_of(result).lost, 0);
    EXPECT_EQ(result.totals[0].rebalances, 3);
}

}  // namespace
}  // namespace lagsim::sim
