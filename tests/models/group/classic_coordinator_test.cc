#include "models/group/classic_coordinator.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace lagsim::models {
namespace {

using core::Duration;
using core::Instant;
using Kind = GroupEffect::Kind;

constexpr Instant at(double seconds) {
    return core::at_nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

/// Drives one coordinator and answers for its members: whoever must stop has stopped at once.
class Group {
  public:
    explicit Group(ProtocolParameters parameters = {},
                   GroupLatencies latencies = {.rtt = Duration{0}, .sync_cost = Duration{0}})
        : dut_(parameters, {24}, latencies) {}

    void join(std::int32_t member, Instant now) {
        run_until(now);
        dut_.join(MemberId{member}, {.order = static_cast<std::uint64_t>(member)}, now);
    }
    /// A process of the pod with this name.
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
                const bool answers = std::ranges::count(deaf, effect.member.value()) == 0;
                if (answers &&
                    (effect.kind == Kind::revoke_all || effect.kind == Kind::join_again)) {
                    dut_.rejoin(effect.member, now_);
                }
            }
        }
        now_ = std::max(now_, end);
    }
    [[nodiscard]] std::vector<double> times(Kind kind) const {
        std::vector<double> result;
        for (const GroupEffect& effect : log) {
            if (effect.kind == kind) {
                result.push_back(std::round(core::seconds(effect.time) * 1000.0) / 1000.0);
            }
        }
        return result;
    }
    ClassicCoordinator& coordinator() { return dut_; }

    std::vector<GroupEffect> log;
    std::vector<std::int32_t> deaf;  ///< members whose handler never yields

  private:
    ClassicCoordinator dut_;
    Instant now_;
};

using Times = std::vector<double>;

TEST(ClassicGroup, WaitsThreeSecondsForTheFirstMember) {
    Group group;
    group.join(0, at(1));
    group.run_until(at(60));

    EXPECT_EQ(group.times(Kind::assigned), Times{4});
    EXPECT_EQ(group.coordinator().state(), GroupState::stable);
}

TEST(ClassicGroup, WaitsSixSecondsWhereAnotherCameWithinTheFirstThree) {
    Group group;
    group.join(0, at(0));
    group.join(1, at(2));
    group.run_until(at(60));

    EXPECT_EQ(group.times(Kind::rebalance_completed), Times{6});
}

TEST(ClassicGroup, WaitsForEveryWindowInWhichAnotherArrives) {
    Group group;
    for (std::int32_t member = 0; member < 4; ++member) {
        group.join(member, at(2.5 * member));  // 0, 2.5, 5, 7.5 s: one in each window
    }
    group.run_until(at(60));

    EXPECT_EQ(group.times(Kind::rebalance_completed), Times{12});
}

TEST(ClassicGroup, OldMembersLearnOfANewOneTogetherAtTheirHeartbeat) {
    Group group;
    group.join(0, at(0));
    group.join(1, at(1));  // stable at 6 s: heartbeats at 9, 12, ...
    group.join(2, at(10));
    group.run_until(at(60));

    EXPECT_EQ(group.times(Kind::revoke_all), (Times{12, 12}));
    EXPECT_EQ(group.times(Kind::rebalance_completed), (Times{6, 12}));
}

TEST(ClassicGroup, ALeaverIsGoneAtOnce) {
    Group group;
    group.join(0, at(0));
    group.join(1, at(1));
    group.run_until(at(10));

    group.coordinator().leave(MemberId{1}, at(10));
    group.run_until(at(60));

    EXPECT_EQ(group.times(Kind::rebalance_started), (Times{0, 10}));
    EXPECT_EQ(group.times(Kind::rebalance_completed), (Times{6, 12}));
    EXPECT_EQ(group.log.back().partitions.size(), 24U);
}

TEST(ClassicGroup, TheDeadAreMissedASessionAfterTheirLastHeartbeat) {
    Group group({.session_timeout = std::chrono::seconds{10}});
    group.join(0, at(0));
    group.join(1, at(1));
    group.run_until(at(13));

    group.coordinator().crash(MemberId{1}, at(13), std::nullopt);  // last heartbeat at 12
    group.run_until(at(60));

    EXPECT_EQ(group.times(Kind::removed), Times{22});
}

TEST(ClassicGroup, ACommitCountsAsContact) {
    Group group({.session_timeout = std::chrono::seconds{10}});
    group.join(0, at(0));
    group.join(1, at(1));
    group.run_until(at(14));

    group.coordinator().crash(MemberId{1}, at(14), at(13.5));
    group.run_until(at(60));

    EXPECT_EQ(group.times(Kind::removed), Times{23.5});
}

TEST(ClassicGroup, ADeadMemberHoldsARebalanceUntilItsSessionIsOver) {
    Group group({.session_timeout = std::chrono::seconds{10}});
    group.join(0, at(0));
    group.join(1, at(1));
    group.run_until(at(13));
    group.coordinator().crash(MemberId{1}, at(13), std::nullopt);
    group.join(2, at(14));

    group.run_until(at(60));

    EXPECT_EQ(group.times(Kind::revoke_all), Times{15});
    EXPECT_EQ(group.times(Kind::rebalance_completed), (Times{6, 22}));
}

TEST(ClassicGroup, AMemberThatDoesNotComeBackIsThrownOutAtTheRebalanceTimeout) {
    Group group({.rebalance_timeout = std::chrono::seconds{60}});
    group.join(0, at(0));
    group.join(1, at(1));
    group.deaf = {1};
    group.join(2, at(10));
    group.run_until(at(200));

    EXPECT_EQ(group.times(Kind::removed), Times{70});
    EXPECT_EQ(group.times(Kind::rebalance_completed), (Times{6, 70}));
}

TEST(ClassicGroup, NothingHappensWhileTheBrokerIsAwayAndSessionsStartAnew) {
    Group group({.session_timeout = std::chrono::seconds{10}});
    group.join(0, at(0));
    group.join(1, at(1));
    group.run_until(at(13));
    group.coordinator().crash(MemberId{1}, at(13), std::nullopt);

    group.coordinator().suspend(at(14), at(40));
    group.run_until(at(100));

    EXPECT_EQ(group.times(Kind::removed), Times{50});
}

TEST(ClassicGroup, ADeadLeaderHoldsTheGroupUntilItsSessionIsOver) {
    Group group({.session_timeout = std::chrono::seconds{10}});
    group.join(0, at(0));
    group.join(1, at(1));
    group.deaf = {1};
    group.join(2, at(10));
    group.run_until(at(12.5));  // the leader's JoinGroup has been parked since 12 s
    group.coordinator().crash(MemberId{0}, at(12.5), std::nullopt);

    group.run_until(at(13));
    group.coordinator().rejoin(MemberId{1}, at(13));  // the last one: the join phase ends
    group.run_until(at(60));

    EXPECT_EQ(group.times(Kind::rebalance_completed), (Times{6, 13, 23}));
    EXPECT_EQ(group.times(Kind::removed), Times{23});
    EXPECT_EQ(group.times(Kind::assigned), (Times{6, 6, 23, 23}));
}

TEST(ClassicGroup, AnOutageLongerThanTheRebalanceTimeoutThrowsNobodyOut) {
    Group group({.rebalance_timeout = std::chrono::seconds{5}});
    group.join(0, at(0));
    group.join(1, at(1));
    group.join(2, at(10));
    group.run_until(at(10.5));

    group.coordinator().suspend(at(10.5), at(40));
    group.run_until(at(100));

    EXPECT_TRUE(group.times(Kind::removed).empty());
    EXPECT_EQ(group.times(Kind::rebalance_completed).back(), 40);
}

TEST(ClassicGroup, DoesNotNoticeAProcessThatStopsBeforeItsJoinArrives) {
    Group group({}, {.rtt = std::chrono::seconds{1}, .sync_cost = Duration{0}});
    group.join(0, at(0));
    group.join(1, at(10));
    group.run_until(at(10.5));

    group.coordinator().leave(MemberId{1}, at(10.5));
    group.run_until(at(60));

    EXPECT_EQ(group.times(Kind::rebalance_started), Times{1});
}

TEST(ClassicGroup, IsEmptyWhereOnlyAJoinOnItsWayIsLeft) {
    Group group({}, {.rtt = std::chrono::seconds{1}, .sync_cost = Duration{0}});
    group.join(0, at(0));
    group.join(1, at(10));
    group.run_until(at(10.5));

    group.coordinator().leave(MemberId{0}, at(10.5));
    group.run_until(at(60));

    // It arrives at 11 s and waits for the initial delay like the first one.
    EXPECT_EQ(group.times(Kind::assigned), (Times{4, 14}));
}

TEST(ClassicGroup, AFollowerThatReturnsUnchangedHasItsPartitionsBackAndDisturbsNobody) {
    Group group({}, {.rtt = Duration{0}, .sync_cost = std::chrono::seconds{1}});
    group.join(0, at(0));
    group.join(1, at(1));
    group.run_until(at(10));

    group.coordinator().rejoin(MemberId{1}, at(10));
    group.run_until(at(60));

    EXPECT_EQ(group.times(Kind::rebalance_started), Times{0});
    EXPECT_EQ(group.times(Kind::assigned), (Times{7, 7, 11}));
    EXPECT_EQ(group.log.back().member, MemberId{1});
    EXPECT_EQ(group.log.back().partitions.size(), 12U);
    EXPECT_EQ(group.log.back().generation, core::Generation{1});
}

TEST(ClassicGroup, ALeaderThatReturnsAsksForARebalance) {
    Group group;
    group.join(0, at(0));
    group.join(1, at(1));
    group.run_until(at(10));

    group.coordinator().rejoin(MemberId{0}, at(10));
    group.run_until(at(60));

    EXPECT_EQ(group.times(Kind::rebalance_completed), (Times{6, 12}));
}

TEST(ClassicGroup, AFollowerWhoseSubscriptionSaysWhatItOwnsIsNeverUnchanged) {
    for (const Assignor assignor : {Assignor::sticky, Assignor::cooperative_sticky}) {
        Group group({.assignor = assignor});
        group.join(0, at(0));
        group.join(1, at(1));
        group.run_until(at(10));

        group.coordinator().rejoin(MemberId{1}, at(10));
        group.run_until(at(60));

        EXPECT_EQ(group.times(Kind::rebalance_completed), (Times{6, 12}));
    }
}

TEST(ClassicGroup, SaramaWaitsTwoSecondsAfterARebalanceInItsSync) {
    const auto second_round = [](ClientProfile client) {
        Group group({.client = client}, {.rtt = Duration{0}, .sync_cost = std::chrono::seconds{1}});
        group.join(0, at(0));
        group.join(1, at(3.5));  // arrives while the first one waits for its assignment
        group.run_until(at(60));
        return group.times(Kind::rebalance_completed);
    };

    EXPECT_EQ(second_round(ClientProfile::java), (Times{3, 3.5}));
    EXPECT_EQ(second_round(ClientProfile::sarama), (Times{3, 5.5}));
}

TEST(StaticMember, ComesBackWithinItsSessionToItsPlaceWithoutARebalance) {
    for (const Assignor assignor : {Assignor::range, Assignor::cooperative_sticky}) {
        Group group({.assignor = assignor});
        group.join_static(0, 0, at(0));
        group.join_static(1, 1, at(1));
        group.run_until(at(20));

        group.coordinator().close(MemberId{0}, at(20), std::nullopt);  // the leader
        group.join_static(2, 0, at(55));
        group.run_until(at(200));

        EXPECT_EQ(group.times(Kind::rebalance_completed), Times{6});
        EXPECT_EQ(group.times(Kind::assigned), (Times{6, 6, 55}));
        EXPECT_EQ(group.log.back().member, MemberId{2});
        EXPECT_EQ(group.log.back().partitions.size(), 12U);
        EXPECT_EQ(group.coordinator().member_count(), 2);
        EXPECT_FALSE(group.coordinator().is_member(MemberId{0}));
    }
}

TEST(StaticMember, HandsOverInTwoRoundsLikeADynamicOne) {
    Group group({.assignor = Assignor::cooperative_sticky});
    group.join_static(0, 0, at(0));
    group.run_until(at(9.5));
    group.join_static(1, 1, at(10));
    group.run_until(at(12.5));
    group.coordinator().rejoin(MemberId{0}, at(12.5));  // it has given up what moves
    group.run_until(at(60));

    EXPECT_EQ(group.times(Kind::rebalance_completed), (Times{3, 12, 15}));
}

TEST(StaticMember, KeepsItsPlaceForOneSessionAfterItsLastHeartbeat) {
    Group group({.session_timeout = std::chrono::seconds{30}});
    group.join_static(0, 0, at(0));
    group.join_static(1, 1, at(1));
    group.run_until(at(20));

    group.coordinator().close(MemberId{0}, at(20), std::nullopt);  // heartbeat at 18 s
    group.join_static(2, 0, at(55));
    group.run_until(at(200));

    EXPECT_EQ(group.times(Kind::removed), Times{48});
    EXPECT_EQ(group.times(Kind::rebalance_completed), (Times{6, 48, 57}));
}

TEST(StaticMember, JoinsWithoutTheRoundTripForAMemberId) {
    Group group({}, {.rtt = std::chrono::seconds{1}, .sync_cost = Duration{0}});
    group.join_static(0, 0, at(0));
    group.run_until(at(60));

    EXPECT_EQ(group.times(Kind::rebalance_started), Times{0.5});
}

TEST(StaticMember, ThatIsAwayHoldsARebalanceUntilItIsBackOrItsTimeoutIsOver) {
    const auto take_one_away = [](Group& group) {
        group.join_static(0, 0, at(0));
        group.join_static(1, 1, at(1));
        group.run_until(at(20));
        group.coordinator().close(MemberId{0}, at(20), std::nullopt);
        group.join_static(2, 2, at(21));
    };

    Group waiting;
    take_one_away(waiting);
    waiting.join_static(3, 0, at(40));
    waiting.run_until(at(200));
    EXPECT_EQ(waiting.times(Kind::rebalance_completed), (Times{6, 40}));
    EXPECT_TRUE(waiting.times(Kind::removed).empty());

    // It keeps its place, and partitions that nobody works on until it is back.
    Group impatient({.rebalance_timeout = std::chrono::seconds{10}});
    take_one_away(impatient);
    impatient.join_static(3, 0, at(40));
    impatient.run_until(at(200));
    EXPECT_EQ(impatient.times(Kind::rebalance_completed), (Times{6, 31}));
    EXPECT_EQ(impatient.times(Kind::assigned), (Times{6, 6, 31, 31, 40}));
    EXPECT_EQ(impatient.log.back().partitions.size(), 8U);
    EXPECT_TRUE(impatient.times(Kind::removed).empty());
}

TEST(StaticMember, LeavesTheLeadToSomebodyWhoIsThere) {
    Group group({.rebalance_timeout = std::chrono::seconds{10}});
    group.join_static(0, 0, at(0));
    group.join_static(1, 1, at(1));
    group.run_until(at(20));
    group.coordinator().crash(MemberId{0}, at(20), std::nullopt);

    group.join_static(2, 2, at(21));
    group.run_until(at(62));

    EXPECT_EQ(group.times(Kind::assigned), (Times{6, 6, 31, 31}));
}

TEST(StaticMember, IsTheSameOneWhereItsOwnProcessReturns) {
    Group group;
    group.join_static(0, 0, at(0));
    group.run_until(at(20));

    group.coordinator().close(MemberId{0}, at(20), std::nullopt);
    group.join_static(0, 0, at(30));
    group.run_until(at(200));

    EXPECT_EQ(group.times(Kind::assigned), (Times{3, 30}));
    EXPECT_TRUE(group.times(Kind::removed).empty());
}

TEST(CooperativeGroup, HandsOverInTwoRoundsAndTheJoinerLearnsOfTheSecondOneHeartbeatLater) {
    Group group({.assignor = Assignor::cooperative_sticky});
    group.join(0, at(0));
    group.run_until(at(9.5));  // stable since 3 s
    group.join(1, at(10));
    group.run_until(at(12.5));  // round A at the heartbeat of 12 s

    EXPECT_TRUE(group.times(Kind::revoke_all).empty());
    EXPECT_EQ(group.times(Kind::rebalance_completed), (Times{3, 12}));
    const GroupEffect& loser = *std::ranges::find_if(group.log, [](const GroupEffect& effect) {
        return effect.kind == Kind::assigned && effect.time == at(12) &&
               effect.member == MemberId{0};
    });
    EXPECT_EQ(loser.partitions.size(), 12U);  // it gives up twelve, nobody has them yet
    group.coordinator().rejoin(MemberId{0}, at(12.5));
    group.run_until(at(60));

    EXPECT_EQ(group.times(Kind::rebalance_completed), (Times{3, 12, 15}));
    EXPECT_EQ(group.log.back().partitions.size(), 12U);
}

TEST(CooperativeGroup, GivesALeaversPartitionsAwayInOneRound) {
    Group group({.assignor = Assignor::cooperative_sticky});
    group.join(0, at(0));
    group.join(1, at(1));
    group.run_until(at(10));
    group.coordinator().leave(MemberId{1}, at(10));
    group.run_until(at(60));

    EXPECT_EQ(group.times(Kind::rebalance_completed), (Times{6, 12}));
    EXPECT_EQ(group.log.back().partitions.size(), 24U);
}

TEST(GroupTransitions, EveryStateAnswersEveryEventThatCanReachIt) {
    using enum GroupState;
    using enum GroupEvent;
    for (const GroupState state : {preparing_rebalance, completing_rebalance, stable}) {
        for (const GroupEvent event : {member_joins, member_gone, last_gone}) {
            EXPECT_NE(transition_of(state, event), nullptr);
        }
    }
    EXPECT_NE(transition_of(empty, member_joins), nullptr);
    EXPECT_EQ(transition_of(empty, leader_synced), nullptr);
    EXPECT_EQ(transition_of(stable, leader_synced), nullptr);
}

TEST(ClassicGroup, ItsLeaderJoinsAgainAtOnceWhenItFindsPartitionsTheOthersByTheirHeartbeats) {
    Group group;
    group.join(0, at(1));
    group.join(1, at(1));
    group.run_until(at(20));  // stable since 7 s, heartbeats at 7, 10, ...
    ASSERT_EQ(group.coordinator().leader(), MemberId{0});
    group.log.clear();

    group.coordinator().set_partitions({30}, at(20));
    group.run_until(at(40));

    EXPECT_EQ(group.times(Kind::revoke_all), (Times{20, 22}));
    EXPECT_EQ(group.times(Kind::assigned), (Times{22, 22}));
    std::size_t partitions = 0;
    for (const GroupEffect& effect : group.log) {
        partitions += effect.partitions.size();
    }
    EXPECT_EQ(partitions, 30U);
}

}  // namespace
}  // namespace lagsim::models
