// Partitions change hands: who stops for how long under each protocol, and who is thrown out.
#include <gtest/gtest.h>

#include "tests/sim/engine/scenario_builder_helper.h"

namespace lagsim::sim {
namespace {

using Lanes = std::vector<std::int32_t>;
using Times = std::vector<double>;
using models::Assignor;
using models::ClientProfile;
using models::GroupProtocol;

/// Four partitions at half load; the second pod joins at 7 s, 1 s after a heartbeat of the first.
Build scaled_up(GroupProtocol kind, Assignor assignor) {
    return Build(30s, 4).steady(20.0).sample_every(100ms).protocol(kind, assignor).pods_from(7s, 2);
}

/// Longest time [s] from a lane's revocation to its next assignment.
double longest_handover(const ReplicationResult& result) {
    double longest = 0.0;
    for (const Event& revoked : events_of(result, EventKind::partition_revoked)) {
        const auto taken = std::ranges::find_if(result.events, [&](const Event& event) {
            return event.kind == EventKind::partition_assigned && event.lane == revoked.lane &&
                   event.time >= revoked.time;
        });
        if (taken != result.events.end()) {
            longest = std::max(longest, core::seconds(taken->time - revoked.time));
        }
    }
    return longest;
}

/// Longest time between two steps of a lane's position, from 5 s on.
Duration longest_silence(const ReplicationResult& result, std::size_t lane) {
    const std::size_t lanes = result.lanes.position.size() / result.sample_times.size();
    Duration longest{0};
    Instant since = at(5s);
    std::int64_t position = -1;
    for (std::size_t i = 0; i < result.sample_times.size(); ++i) {
        if (result.sample_times[i] >= at(5s) &&
            result.lanes.position[i * lanes + lane] != position) {
            longest =
                std::max(longest, position < 0 ? Duration{0} : result.sample_times[i] - since);
            position = result.lanes.position[i * lanes + lane];
            since = result.sample_times[i];
        }
    }
    return longest;
}

TEST(EagerRebalance, StopsEveryPartitionAtTheNextHeartbeatAndOnlyForAMoment) {
    const auto result = scaled_up(GroupProtocol::classic, Assignor::range).run();

    EXPECT_EQ(lanes_of(result, EventKind::partition_revoked), (Lanes{0, 1, 2, 3}));
    EXPECT_EQ(times_of(result, EventKind::rebalance_started), (Times{0, 7}));
    EXPECT_GE(times_of(result, EventKind::partition_revoked).front(), 9.0);
    EXPECT_LT(longest_handover(result), 0.1);  // the record in hand
    EXPECT_EQ(result.totals[0].rebalances, 2);
}

TEST(EagerRebalance, StopsTheWholeGroupForItsSlowestHandler) {
    Build build = Build(30s, 3).pods(3).service(100ms).pods_from(7s, 4);
    build.fault({.at = at(0s), .kind = FaultKind::slow_down, .duration = 6s, .factor = 60.0})
        .publish(5s, 1, 0);

    const auto result = build.run();

    // Partition 0's owner has a record of 6 s in hand until 11 s; the others stop at 9 s.
    EXPECT_EQ(times_of(result, EventKind::partition_revoked), (Times{9, 9, 11}));
    EXPECT_EQ(times_of(result, EventKind::rebalance_completed), (Times{0, 11}));
}

TEST(CooperativeRebalance, KeptPartitionsNeverPauseAndMovedOnesPauseAHeartbeat) {
    const auto result = scaled_up(GroupProtocol::classic, Assignor::cooperative_sticky).run();

    const Lanes moved = lanes_of(result, EventKind::partition_revoked);
    ASSERT_EQ(moved, (Lanes{2, 3}));  // Java gives up the highest
    EXPECT_LT(longest_silence(result, 0), 500ms);
    EXPECT_LT(longest_silence(result, 1), 500ms);
    EXPECT_GT(longest_handover(result), 2.8);
    EXPECT_LE(longest_handover(result), 3.0);
    EXPECT_EQ(result.totals[0].rebalances, 3);  // two for one scale-up
    EXPECT_EQ(ledger_of(result).duplicates, 0);
}

TEST(CooperativeRebalance, AStallAfterUnassigningPausesWhatIsKeptAndAsOftenAsItsShareSays) {
    const auto silence = [](double share) {
        Build build = scaled_up(GroupProtocol::classic, Assignor::cooperative_sticky);
        build.group().overheads.unassign_stall = 1s;
        build.group().overheads.unassign_stall_share = share;
        return longest_silence(build.run(), 0);
    };

    EXPECT_GE(silence(1.0), 1s);
    EXPECT_LE(silence(1.0), 1500ms);  // records come every 200 ms, and a backlog waits
    EXPECT_LT(silence(0.0), 500ms);
}

TEST(CooperativeRebalance, GivesALeaversPartitionsAwayInOneRound) {
    Build build = Build(40s, 4).pods(2).steady(20.0).sample_every(100ms).protocol(
        GroupProtocol::classic, Assignor::cooperative_sticky);
    build.pods_from(20s, 1);

    const auto result = build.run();

    EXPECT_EQ(lanes_of(result, EventKind::partition_revoked).size(), 2U);
    EXPECT_EQ(result.totals[0].rebalances, 2);
}

TEST(ConsumerProtocol, OnlyMovedPartitionsPauseUntilTheNewOwnersNextHeartbeat) {
    Build build = scaled_up(GroupProtocol::consumer, Assignor::uniform);
    build.group().protocol.heartbeat_interval = 5s;

    const auto result = build.run();

    // Beats at 0, 5, 10 s and at 7, 12 s: given up at 10 s, taken at 12 s.
    EXPECT_EQ(lanes_of(result, EventKind::partition_revoked), (Lanes{2, 3}));
    EXPECT_LT(longest_silence(result, 0), 500ms);
    EXPECT_LT(longest_silence(result, 1), 500ms);
    const Times assigned = times_of(result, EventKind::partition_assigned);
    EXPECT_EQ(assigned, (Times{0, 0, 0, 0, 12, 12}));
    EXPECT_GT(longest_handover(result), 1.8);
    EXPECT_LE(longest_handover(result), 2.0);
}

TEST(ConsumerProtocol, HasNoInitialDelay) {
    Build build = Build(5s).publish(0s).protocol(GroupProtocol::consumer, Assignor::uniform);
    build.group().protocol.initial_rebalance_delay = 3s;

    EXPECT_EQ(times_of(build.run(), EventKind::partition_assigned), Times{0});
}

TEST(ConsumerProtocol, ASessionIsNotProlongedByCommits) {
    const auto expired = [](GroupProtocol kind) {
        Build build = Build(60s, 2)
                          .pods(2)
                          .steady(10.0)
                          .session_timeout(10s)
                          .commit_every_records(1)
                          .protocol(kind, kind == GroupProtocol::consumer ? Assignor::uniform
                                                                          : Assignor::range);
        build.fault({.at = at(14s), .kind = FaultKind::pod_crash, .restart = RestartKind::none});
        return times_of(build.run(), EventKind::member_expired).at(0);
    };

    EXPECT_EQ(expired(GroupProtocol::consumer), 22.0);  // heartbeat at 12 s
    EXPECT_GT(expired(GroupProtocol::classic), 23.5);   // commit just before 14 s
    EXPECT_LE(expired(GroupProtocol::classic), 24.0);
}

TEST(InitialDelay, IsThreeSecondsForOnePodAndSixForSeveral) {
    const auto first_generation = [](std::int32_t pods) {
        Build build = Build(20s, 4).pods(pods);
        build.group().protocol.initial_rebalance_delay = 3s;
        return times_of(build.run(), EventKind::rebalance_completed).at(0);
    };

    EXPECT_EQ(first_generation(1), 3.0);
    EXPECT_EQ(first_generation(4), 6.0);
}

TEST(RebalanceTimeout, ThrowsOutAMemberThatDoesNotComeBack) {
    Build build = Build(60s, 2).pods(2).service(1s).rebalance_timeout(10s).pods_from(7s, 3);
    build.fault({.at = at(0s), .kind = FaultKind::slow_down, .duration = 6s, .factor = 40.0})
        .publish(5s, 1, 0);

    const auto result = build.run();

    // The record of 40 s is in hand until 45 s; the join phase ends at 17 s without its worker.
    EXPECT_EQ(times_of(result, EventKind::rebalance_completed).at(1), 17.0);
    EXPECT_EQ(lanes_of(result, EventKind::partition_lost), Lanes{0});
    EXPECT_EQ(ledger_of(result).duplicates, 1);
    EXPECT_EQ(duplicates_blamed_on(result, DuplicateCause::zombie), 1);
    EXPECT_EQ(times_of(result, EventKind::member_joined).back(), 45.0);
}

TEST(RebalanceTimeout, OverMakesTheAnswerToTheLastCommitOfThatMembershipMeanNothingLater) {
    // Stops at 9 s, thrown out at 10 s, a member again; asked to stop again at 13 s, with a record
    // in hand until 14.5 s. The commit of 9 s is answered at 14 s.
    Build build = Build(14900ms, 2)
                      .service(4s)
                      .commit_every(1h)
                      .commit_latency(5s)
                      .rebalance_timeout(3s)
                      .publish(0s)
                      .pods_from(7s, 2)
                      .publish(10500ms, 2, -1)
                      .pods_from(12s, 3);

    const auto result = build.run();

    EXPECT_EQ(lanes_of(result, EventKind::partition_lost), (Lanes{0, 1}));
    EXPECT_TRUE(events_of(result, EventKind::partition_revoked).empty());
}

/// One record that takes 20 s in the hands of its first owner and 1 s in those of the next.
Build slow_record(ClientProfile client) {
    Build build = Build(60s)
                      .pods(2)
                      .workers(1)
                      .service(1s)
                      .protocol(GroupProtocol::classic, Assignor::range, client)
                      .publish(0s);
    build.group().protocol.max_poll_interval = 5s;
    build.fault({.at = at(0s), .kind = FaultKind::slow_down, .duration = 1s, .factor = 20.0});
    return build;
}

TEST(MaxPollInterval, OverMakesTheMemberLeaveAndItsLateFinishADuplicate) {
    for (const ClientProfile client : {ClientProfile::java, ClientProfile::librdkafka}) {
        const auto result = slow_record(client).run();

        EXPECT_EQ(times_of(result, EventKind::member_left), Times{5});
        EXPECT_EQ(reached(result.groups.finished, result, 1), at(7s));
        EXPECT_EQ(reached(result.groups.duplicates, result, 1), at(20s));
        EXPECT_EQ(duplicates_blamed_on(result, DuplicateCause::zombie), 1);
        EXPECT_EQ(times_of(result, EventKind::member_joined), (Times{0, 0, 20}));
    }
}

TEST(MaxPollInterval, IsUnknownToSarama) {
    const auto result = slow_record(ClientProfile::sarama).run();

    EXPECT_TRUE(events_of(result, EventKind::member_left).empty());
    EXPECT_EQ(reached(result.groups.finished, result, 1), at(20s));
    EXPECT_EQ(ledger_of(result).duplicates, 0);
}

TEST(MaxPollInterval, IsNotTouchedByBackOffsBetweenPolls) {
    Build build = Build(60s).workers(1).poison(1.0).dead_letter_after(0s).publish(0s);
    build.group().protocol.max_poll_interval = 2s;

    const auto result = build.run();

    EXPECT_TRUE(events_of(result, EventKind::member_left).empty());
    EXPECT_EQ(ledger_of(result).dead_lettered, 1);
}

/// The second pod's join makes the first one join at 11 s; both have their answer at 13 s. Then the
/// first one gives up partition 1 and joins again, which is answered at 18 s.
Build parked_join(ClientProfile client) {
    Build build = Build(30s, 2)
                      .steady(10.0)
                      .sample_every(100ms)
                      .commit_every_records(1)
                      .protocol(GroupProtocol::classic, Assignor::cooperative_sticky, client)
                      .pods_from(9s, 2);
    build.group().overheads.sync_cost = 2s;
    return build;
}

TEST(ParkedJoin, MakesCommitsFailWhileWorkGoesOn) {
    const auto result = parked_join(ClientProfile::java).run();
    const auto committed = [&](Duration time, std::size_t lane) {
        return sampled(result.lanes.committed_offset, result, time, lane);
    };
    const auto position = [&](Duration time, std::size_t lane) {
        return sampled(result.lanes.position, result, time, lane);
    };

    EXPECT_EQ(committed(10900ms, 0), position(10900ms, 0));
    EXPECT_EQ(committed(12900ms, 0), committed(11s, 0));
    EXPECT_GE(position(12900ms, 0), position(11s, 0) + 8);
    EXPECT_EQ(committed(13200ms, 1), position(13200ms, 1));  // committed before it was given up
    EXPECT_EQ(committed(17900ms, 0), committed(11s, 0));
    EXPECT_EQ(committed(18500ms, 0), position(18500ms, 0));
    EXPECT_EQ(ledger_of(result).duplicates, 0);
}

TEST(ParkedJoin, MakesACrashRepeatWhatWasFinishedBehindIt) {
    Build build = parked_join(ClientProfile::librdkafka).session_timeout(6s);
    build.fault({.at = at(12950ms), .kind = FaultKind::pod_crash, .count = 2});

    EXPECT_GE(duplicates_blamed_on(build.run(), DuplicateCause::crash), 15);
}

TEST(ParkedJoin, StopsAWorkerThatWaitsForItsCommitUnlessTheClientFailsItAtOnce) {
    const auto progress = [](ClientProfile client) {
        const auto result =
            parked_join(client).commit_latency(1ms, Overheads::CommitMode::sync).run();
        return sampled(result.groups.finished, result, 12900ms) -
               sampled(result.groups.finished, result, 11500ms);
    };

    EXPECT_EQ(progress(ClientProfile::librdkafka), 0);
    EXPECT_GE(progress(ClientProfile::java), 10);
}

/// Two partitions of one pod; the second pod's join stops the first one at its heartbeat of 9 s.
Build told_to_give_up(Revoke revoke) {
    Build build = Build(60s, 2).service(100ms).commit_every_records(1).pods_from(7s, 2);
    build.group().revoke = revoke;
    return build;
}

TEST(Revoke, OfARecordInItsBackOffCutsItOrWaitsUntilItsRetriesAreThrough) {
    const auto handed_over = [](Revoke::Backoff backoff, bool dead_letter) {
        Build build = told_to_give_up({.backoff = backoff, .buffered_records = {}});
        build.poison(1.0).publish(8400ms);
        build.group().retry.backoff = {1s, 2s};
        if (dead_letter) {
            build.dead_letter_after(50ms);
        }
        return times_of(build.run(), EventKind::rebalance_completed).at(1);
    };

    // Attempts at 8.4, 9.5 and 11.6 s, the dead letter at 11.7 s.
    EXPECT_EQ(handed_over(Revoke::Backoff::cut, true), 9.0);
    EXPECT_EQ(handed_over(Revoke::Backoff::wait, true), 11.75);
    EXPECT_EQ(handed_over(Revoke::Backoff::wait, false), 11.7);  // before the next round begins
}

TEST(Revoke, WaitsForADeadLetterTopicThatIsDown) {
    Build build = told_to_give_up({.backoff = Revoke::Backoff::wait, .buffered_records = {}});
    build.poison(1.0).dead_letter_after(50ms).publish(8400ms);
    build.group().retry.backoff.clear();
    build.fault({.at = at(8s), .kind = FaultKind::dead_letter_down, .duration = 10s});

    const auto result = build.run();

    EXPECT_EQ(times_of(result, EventKind::rebalance_completed).at(1), 18.05);
    EXPECT_EQ(ledger_of(result).dead_lettered, 1);
}

TEST(Revoke, WorksThroughWhatIsBufferedAndNoFurther) {
    const auto finished = [](std::int64_t buffered) {
        const auto result = told_to_give_up({.backoff = Revoke::Backoff::cut,
                                             .buffered_records = core::Records{buffered}})
                                .publish(8950ms, 50, 0)
                                .run();
        const Times revoked = times_of(result, EventKind::partition_revoked);
        return std::pair{revoked.at(0), times_of(result, EventKind::rebalance_completed).at(1)};
    };

    // One record in hand until 9.05 s, then one in 100 ms.
    EXPECT_EQ(finished(0), (std::pair{9.05, 9.05}));
    EXPECT_EQ(finished(10), (std::pair{10.05, 10.05}));
    EXPECT_EQ(finished(256), (std::pair{13.95, 13.95}));  // no more than there was
}

TEST(Revoke, OfABufferLongerThanTheRebalanceTimeoutThrowsTheMemberOut) {
    Build build =
        told_to_give_up({.backoff = Revoke::Backoff::cut, .buffered_records = core::Records{256}});
    build.rebalance_timeout(5s).publish(8950ms, 200, 0);

    const auto result = build.run();

    const Times lost = times_of(result, EventKind::partition_lost);
    ASSERT_GE(lost.size(), 4U);  // it joins again, and so throws out the next one
    EXPECT_EQ(lost[0], 12.0);
    EXPECT_GT(ledger_of(result).duplicates, 0);
    EXPECT_EQ(ledger_of(result).finished, 200);
}

TEST(Revoke, CommitsWhatTheBufferHeld) {
    const auto result =
        told_to_give_up({.backoff = Revoke::Backoff::wait, .buffered_records = core::Records{256}})
            .publish(8950ms, 30, 0)
            .run();

    EXPECT_EQ(ledger_of(result).duplicates, 0);
    EXPECT_EQ(ledger_of(result).finished, 30);
}

}  // namespace
}  // namespace lagsim::sim
