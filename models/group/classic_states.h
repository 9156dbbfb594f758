/// The classic group as a state x event table: what happens to the group when, and why.
/// The diagram in docs/models/consumer-group.md is generated from this table.
/// Source: Kafka 4.0.0 GroupMetadataManager (classic* functions), ClassicGroupState.
#pragma once

#include <array>
#include <cstdint>

#include "models/group/group_coordinator.h"

namespace lagsim::models {

enum class GroupEvent : std::uint8_t {
    member_joins,    ///< a JoinGroup arrives, of a new or a known member
    known_returns,   ///< one that changes nothing: of a static member's next process, or of a
                     ///< follower with an unchanged subscription
    member_gone,     ///< LeaveGroup, or a session ran out; others remain
    last_gone,       ///< the same, and nobody remains
    all_joined,      ///< every known member's JoinGroup is parked
    window_passed,   ///< the initial delay passed without a new member
    join_timed_out,  ///< the rebalance timeout is over
    leader_synced    ///< the leader's SyncGroup brings the assignment
};

enum class GroupAction : std::uint8_t {
    none,
    begin_initial_delay,  ///< wait for others to come, then complete
    begin_join_phase,     ///< members learn of it by their heartbeats
    begin_again,    ///< SyncGroups are answered REBALANCE_IN_PROGRESS, members join again at once
    complete_join,  ///< generation + 1
    drop_late_members,  ///< who has not joined is out; then complete_join
    hand_out,           ///< SyncGroups are answered with the assignment
    hand_back,          ///< it is given what its place in the generation has
    forget              ///< timers stop
};

struct GroupTransition {
    GroupState from;
    GroupEvent event;
    GroupAction action;
    GroupState to;
};

inline constexpr std::array group_transitions{
    GroupTransition{GroupState::empty, GroupEvent::member_joins, GroupAction::begin_initial_delay,
                    GroupState::preparing_rebalance},
    GroupTransition{GroupState::preparing_rebalance, GroupEvent::member_joins, GroupAction::none,
                    GroupState::preparing_rebalance},
    GroupTransition{GroupState::preparing_rebalance, GroupEvent::member_gone, GroupAction::none,
                    GroupState::preparing_rebalance},
    GroupTransition{GroupState::preparing_rebalance, GroupEvent::last_gone, GroupAction::forget,
                    GroupState::empty},
    GroupTransition{GroupState::preparing_rebalance, GroupEvent::all_joined,
                    GroupAction::complete_join, GroupState::completing_rebalance},
    GroupTransition{GroupState::preparing_rebalance, GroupEvent::window_passed,
                    GroupAction::complete_join, GroupState::completing_rebalance},
    GroupTransition{GroupState::preparing_rebalance, GroupEvent::join_timed_out,
                    GroupAction::drop_late_members, GroupState::completing_rebalance},
    GroupTransition{GroupState::completing_rebalance, GroupEvent::member_joins,
                    GroupAction::begin_again, GroupState::preparing_rebalance},
    GroupTransition{GroupState::completing_rebalance, GroupEvent::member_gone,
                    GroupAction::begin_again, GroupState::preparing_rebalance},
    GroupTransition{GroupState::completing_rebalance, GroupEvent::last_gone, GroupAction::forget,
                    GroupState::empty},
    GroupTransition{GroupState::completing_rebalance, GroupEvent::leader_synced,
                    GroupAction::hand_out, GroupState::stable},
    GroupTransition{GroupState::stable, GroupEvent::member_joins, GroupAction::begin_join_phase,
                    GroupState::preparing_rebalance},
    GroupTransition{GroupState::stable, GroupEvent::known_returns, GroupAction::hand_back,
                    GroupState::stable},
    GroupTransition{GroupState::stable, GroupEvent::member_gone, GroupAction::begin_join_phase,
                    GroupState::preparing_rebalance},
    GroupTransition{GroupState::stable, GroupEvent::last_gone, GroupAction::forget,
                    GroupState::empty}};

/// The row for an event in a state; nullptr = it cannot happen there.
[[nodiscard]] constexpr const GroupTransition* transition_of(GroupState from, GroupEvent event) {
    for (const GroupTransition& row : group_transitions) {
        if (row.from == from && row.event == event) {
            return &row;
        }
    }
    return nullptr;
}

}  // namespace lagsim::models
