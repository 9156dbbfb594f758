/// No. 15 of the library: records are deleted before they are read.
#include <algorithm>
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "tests/library/library_helper.h"

namespace lagsim::library {
namespace {

using namespace std::chrono_literals;

constexpr double offered = 46.08;  // [records/s]
constexpr double served = 38.4;
constexpr core::Duration segment = 5min;

std::int64_t lost_until(const Outcome& run, core::Duration time) {
    return run.result.groups.lost[run.sample(time)];
}

TEST(RetentionOvertakesLag, LossStartsWhenTheHeadIsAsOldAsRetentionToASegment) {
    const Outcome run = play("retention-overtakes-lag");

    // The head at t was produced at t / 1.2, so it is 30 minutes old after 3 hours.
    EXPECT_EQ(lost_until(run, 3h - segment), 0);
    EXPECT_GT(lost_until(run, 3h + segment + 15s), 0);
    EXPECT_EQ(run.lost_by(sim::LossCause::deleted_by_retention), run.totals().ledger.lost);
    EXPECT_EQ(breached_assertions(run), std::vector<std::string>{});
}

TEST(RetentionOvertakesLag, WithEarliestTheExcessIsLostFromThenOn) {
    const Outcome run = play("retention-overtakes-lag");
    const double rate =
        static_cast<double>(lost_until(run, 6h) - lost_until(run, 4h)) / 7200.0;  // [records/s]

    EXPECT_NEAR(rate, offered - served, 0.02 * (offered - served));
    EXPECT_NEAR(run.lag_slope(4h, 6h), 0.0, 0.1);
    EXPECT_NEAR(run.throughput(4h, 6h), served, 0.01 * served);
}

TEST(RetentionOvertakesLag, WithLatestTheFirstDeletionThrowsAWholeBacklogAway) {
    const Outcome run = play("retention-overtakes-lag", {"spec.consumers[0].reset=latest"});

    // Beside what came before the group stood, which latest skips too.
    const auto since = std::ranges::find_if(run.result.lost, [](const sim::LedgerInterval& one) {
        return one.time > core::Instant{1h};
    });
    ASSERT_NE(since, run.result.lost.end());
    const sim::LedgerInterval& first = *since;
    const auto lane = static_cast<std::size_t>(first.lane);
    const core::Duration time = first.time.time_since_epoch();
    std::int64_t lost = 0;
    for (const sim::LedgerInterval& interval : run.result.lost) {
        if (interval.lane == first.lane && first.time - 1s < interval.time &&
            interval.time <= first.time + 15s) {
            lost += interval.last - interval.first + 1;
        }
    }

    const std::int64_t backlog = run.lag(time - 15s, lane);
    EXPECT_GT(backlog, 3'000);
    EXPECT_NEAR(static_cast<double>(lost), static_cast<double>(backlog), 40.0);
    EXPECT_LT(run.lag(time + 15s, lane), 40);
    EXPECT_EQ(run.lost_by(sim::LossCause::deleted_by_retention) +
                  run.lost_by(sim::LossCause::skipped_by_reset),
              run.totals().ledger.lost);
    EXPECT_GT(run.lost_by(sim::LossCause::skipped_by_reset), 0);
}

TEST(RetentionOvertakesLag, WithoutAResetPolicyThePartitionStopsAndItsLagGrowsByWhatArrives) {
    const Outcome run =
        play("retention-overtakes-lag", {"spec.consumers[0].reset=none", "spec.duration=29m"});

    for (std::size_t lane = 0; lane < run.lanes(); ++lane) {
        EXPECT_EQ(run.committed(29min, lane), -1);
        EXPECT_NEAR(run.lag_slope(5min, 29min, lane), offered / 24.0, 0.001);
    }
    EXPECT_EQ(run.totals().ledger.finished, 0);
}

TEST(RetentionOvertakesLag, TheMetricCountsDeletedRecordsUntilTheNextCommit) {
    const Outcome run = play("retention-overtakes-lag");

    // Segments go at the instants of samples.
    std::size_t seen = 0;
    for (const sim::Event& moved : run.events(sim::EventKind::log_start_moved)) {
        const core::Duration time = moved.time.time_since_epoch();
        if (time < 4h) {
            continue;
        }
        const auto lane = static_cast<std::size_t>(moved.lane);
        const std::size_t at = run.sample(time) * run.lanes() + lane;
        const std::int64_t consumable = run.result.lanes.log_end_offset[at] - moved.value;
        EXPECT_GT(run.lag(time, lane), consumable);
        ++seen;
    }
    EXPECT_GT(seen, 100U);
}

}  // namespace
}  // namespace lagsim::library
