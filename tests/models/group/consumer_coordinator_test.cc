#include "models/group/consumer_coordinator.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace lagsim::models {
namespace {

using core::Duration;
using core::Instant;
using Kind = GroupEffect::Kind;

constexpr Instant at(double seconds) {
    return core::at_nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

/// Members that stop and acknowledge at once.
class Group {
  public:
    Group()
        : dut_({.kind = GroupProtocol::consumer,
                .assignor = Assignor::uniform,
                .session_timeout = std::chrono::seconds{45},
                .heartbeat_interval = std::chrono::seconds{5}},
               {24}, {.rtt = Duration{0}, .sync_cost = Duration{0}}) {}

    void join(std::int32_t member, Instant now) {
        run_until(now);
        dut_.join(MemberId{member}, {.order = static_cast<std::uint64_t>(member)}, now);
    }
    void join_static(std::int32_t member, std::int32_t instance, Instant now) {
        run_until(now);
        dut_.join(MemberId{member},
                  {.order = static_cast<std::uint64_t>(instance), .instance = instance}, now);
    }
    void run_until(Instant end) {
        while (dut_.next_event() <= end) {
            now_ = std::max(now_, dut_.next_event());
            std::vector<GroupEffect> effects;
            dut_.advance(now_, effects);
            for (const GroupEffect& effect : effects) {
                log.push_back(effect);
                if (effect.kind == Kind::assigned) {
                    auto& owned = owned_[static_cast<std::size_t>(effect.member.value())];
                    const bool gives = !std::ranges::includes(effect.partitions, owned);
                    owned = effect.partitions;
                    if (gives) {
                        dut_.rejoin(effect.member, now_);
                    }
                }
            }
        }
        now_ = std::max(now_, end);
    }
    [[nodiscard]] std::size_t owned(std::size_t member) const { return owned_[member].size(); }
    ConsumerCoordinator& coordinator() { return dut_; }
    std::vector<GroupEffect> log;

  private:
    ConsumerCoordinator dut_;
    Instant now_;
    std::vector<std::vector<std::int32_t>> owned_ = std::vector<std::vector<std::int32_t>>(8);
};

TEST(ConsumerGroup, TheFirstMemberHasEverythingAtOnce) {
    Group group;
    group.join(0, at(1));
    group.run_until(at(1));

    EXPECT_EQ(group.owned(0), 24U);
    EXPECT_EQ(group.coordinator().state(), GroupState::stable);
}

TEST(ConsumerGroup, AStaticMemberThatClosedComesBackToItsPartitionsAndRaisesNoEpoch) {
    Group group;
    group.join_static(0, 0, at(0));
    group.join_static(1, 1, at(1));
    group.run_until(at(20));
    const core::Generation epoch = group.coordinator().generation();

    group.coordinator().close(MemberId{0}, at(21), std::nullopt);
    group.join_static(2, 0, at(50));
    group.run_until(at(200));

    EXPECT_EQ(group.owned(2), 12U);
    EXPECT_EQ(group.owned(1), 12U);
    EXPECT_EQ(group.coordinator().generation(), epoch);
    EXPECT_EQ(group.coordinator().member_count(), 2);
}

TEST(ConsumerGroup, AStaticMemberThatClosedIsMissedAfterItsSession) {
    Group group;
    group.join_static(0, 0, at(0));
    group.join_static(1, 1, at(1));
    group.run_until(at(21));

    group.coordinator().close(MemberId{0}, at(21), std::nullopt);
    group.run_until(at(200));

    EXPECT_EQ(group.owned(1), 24U);
    EXPECT_EQ(group.coordinator().member_count(), 1);
}

TEST(ConsumerGroup, AStaticMemberThatDiedWithoutAWordIsRefusedUntilItsSessionIsOver) {
    Group group;
    group.join_static(0, 0, at(0));
    group.run_until(at(20));

    group.coordinator().crash(MemberId{0}, at(22), std::nullopt);  // heartbeat at 20 s
    group.join_static(1, 0, at(30));
    group.run_until(at(64.9));
    EXPECT_EQ(group.owned(1), 0U);  // UNRELEASED_INSTANCE_ID

    group.run_until(at(65));
    EXPECT_EQ(group.owned(1), 24U);
}

TEST(ConsumerGroup, AMovedPartitionWaitsForTheNewOwnersHeartbeatAfterTheRelease) {
    Group group;
    group.join(0, at(0));   // heartbeats at 0, 5, 10, ...
    group.join(1, at(11));  // heartbeats at 11, 16, 21, ...
    group.run_until(at(14.9));
    EXPECT_EQ(group.owned(0), 24U);  // it has not heard of it: it goes on with all

    group.run_until(at(15.9));
    EXPECT_EQ(group.owned(0), 12U);
    EXPECT_EQ(group.owned(1), 0U);

    group.run_until(at(16));
    EXPECT_EQ(group.owned(1), 12U);
    EXPECT_EQ(group.coordinator().state(), GroupState::stable);
}

TEST(ConsumerGroup, ALeaversPartitionsAreTakenUpAtEachSurvivorsOwnHeartbeat) {
    Group group;
    group.join(0, at(0));
    group.join(1, at(11));
    group.run_until(at(30));

    group.coordinator().leave(MemberId{1}, at(31));
    group.run_until(at(34.9));
    EXPECT_EQ(group.owned(0), 12U);
    group.run_until(at(35.5));

    EXPECT_EQ(group.owned(0), 24U);
}

TEST(ConsumerGroup, TheDeadAreMissedASessionAfterTheirLastHeartbeatWhateverTheyCommitted) {
    Group group;
    group.join(0, at(0));
    group.join(1, at(11));
    group.run_until(at(33));

    group.coordinator().crash(MemberId{1}, at(33), at(32.9));  // last heartbeat at 31
    group.run_until(at(200));

    const auto removed = std::ranges::find(group.log, Kind::removed, &GroupEffect::kind);
    ASSERT_NE(removed, group.log.end());
    EXPECT_EQ(removed->time, at(76));
    EXPECT_TRUE(removed->session_expired);
    EXPECT_EQ(group.owned(0), 24U);
}

TEST(ConsumerGroup, NoPartitionHasTwoOwners) {
    Group group;
    for (std::int32_t member = 0; member < 7; ++member) {
        group.join(member, at(1.7 * member));
    }
    group.coordinator().leave(MemberId{3}, at(14));
    group.run_until(at(100));

    std::size_t total = 0;
    for (const std::size_t member : {0U, 1U, 2U, 4U, 5U, 6U}) {
        EXPECT_EQ(group.owned(member), 4U);
        total += group.owned(member);
    }
    EXPECT_EQ(total, 24U);
}

TEST(ShareGroup, AMemberTakesUpItsShareWithoutWaitingForOthersToGiveUpTheirs) {
    ConsumerCoordinator dut({.kind = GroupProtocol::share,
                             .assignor = Assignor::simple,
                             .session_timeout = std::chrono::seconds{45},
                             .heartbeat_interval = std::chrono::seconds{5}},
                            {4}, {.rtt = Duration{0}, .sync_cost = Duration{0}});
    std::vector<GroupEffect> effects;
    dut.join(MemberId{0}, {.order = 0}, at(0));
    dut.advance(at(0), effects);
    effects.clear();
    dut.join(MemberId{1}, {.order = 1}, at(11));

    dut.advance(at(11), effects);

    // The first member hears of it at its next heartbeat, at 15 s, and still works on all four.
    const auto assigned = std::ranges::find(effects, Kind::assigned, &GroupEffect::kind);
    ASSERT_NE(assigned, effects.end());
    EXPECT_EQ(assigned->member, MemberId{1});
    EXPECT_EQ(assigned->partitions.size(), 2U);
    EXPECT_EQ(dut.next_event(), at(15));
}

}  // namespace
}  // namespace lagsim::models
