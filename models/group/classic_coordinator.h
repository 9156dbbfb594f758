/// The classic group protocol, eager and cooperative (KIP-429), with dynamic and static (KIP-345)
/// members.
///
/// Heartbeats of all members are aligned by the last SyncGroup answer, and a member learns of a
/// rebalance only by its own heartbeat (measured on a broker: docs/models/consumer-group.md).
/// Source: Kafka 4.0.0 GroupMetadataManager (classic* functions), ClassicGroup;
/// ConsumerCoordinator.onJoinPrepare, onJoinComplete.
#pragma once

#include <vector>

#include "models/group/assignor.h"
#include "models/group/classic_states.h"
#include "models/group/group_coordinator.h"

namespace lagsim::models {

class ClassicCoordinator final : public GroupCoordinator {
  public:
    ClassicCoordinator(const ProtocolParameters& parameters,
                       std::vector<std::int32_t> partitions_of_topic,
                       const GroupLatencies& latencies);

    /// A dynamic member's JoinGroup is parked one rtt later: the first one is answered with
    /// MEMBER_ID_REQUIRED (KIP-394).
    void join(MemberId member, const MemberName& name, core::Instant now) override;
    void rejoin(MemberId member, core::Instant now) override;
    void leave(MemberId member, core::Instant now) override;
    /// No LeaveGroup is sent: the coordinator cannot tell it from a crash.
    void close(MemberId member, core::Instant now,
               std::optional<core::Instant> last_commit) override {
        crash(member, now, last_commit);
    }
    void crash(MemberId member, core::Instant now,
               std::optional<core::Instant> last_commit) override;
    void suspend(core::Instant now, core::Instant until) override;
    void set_partitions(std::vector<std::int32_t> partitions_of_topic, core::Instant now) override;
    [[nodiscard]] core::Instant next_event() const override;
    void advance(core::Instant now, std::vector<GroupEffect>& effects) override;

    [[nodiscard]] GroupState state() const override { return state_; }
    [[nodiscard]] core::Generation generation() const override {
        return core::Generation{generation_};
    }
    [[nodiscard]] std::int32_t member_count() const override {
        return static_cast<std::int32_t>(members_.size());
    }
    [[nodiscard]] bool is_member(MemberId member) const override { return find(member) != nullptr; }
    [[nodiscard]] std::optional<MemberId> leader() const override {
        return is_member(leader_) ? std::optional(leader_) : std::nullopt;
    }

  private:
    struct Member {
        MemberId id;
        MemberName name;
        bool alive = true;
        bool fresh = true;                    ///< its process has not joined before
        bool in_generation = false;           ///< took part in the last completed join phase
        bool in_join = false;                 ///< its JoinGroup is parked (or was, when it died)
        core::Instant joins = core::never;    ///< its JoinGroup is on the way
        core::Instant notices = core::never;  ///< the heartbeat that tells it of the rebalance
        core::Instant handed = core::never;   ///< its return is answered with what it had
        core::Instant expires = core::never;  ///< session of a dead member
        core::Instant contact;            ///< last answer to Join or Sync: start of its heartbeats
        std::vector<std::int32_t> owned;  ///< what it was last given
    };

    /// Its JoinGroup with a member id has arrived; before, the group only waits for it.
    [[nodiscard]] static bool known(const Member& member) {
        return member.in_join || member.in_generation;
    }
    [[nodiscard]] const Member* find(MemberId member) const;
    [[nodiscard]] Member* find(MemberId member);
    [[nodiscard]] core::Instant next_heartbeat(const Member& member, core::Instant from) const;
    [[nodiscard]] bool cooperative() const {
        return parameters_.assignor == Assignor::cooperative_sticky;
    }

    void fire(GroupEvent event, core::Instant now);
    void begin_initial_delay(core::Instant now);
    void begin_join_phase(core::Instant now, bool again);
    void complete_join(core::Instant now);
    void drop_late_members(core::Instant now);
    void hand_out(core::Instant now);

    void arrive(MemberId member, core::Instant now);
    void take_over(MemberId member);
    [[nodiscard]] bool changes_nothing(const Member& member) const;
    void hand_back(Member& member, core::Instant now);
    void hand_back_due(core::Instant now);
    void elect_leader();
    [[nodiscard]] core::Duration rejoin_delay() const;
    void member_gone(core::Instant now);
    void complete_if_all_joined(core::Instant now);
    void expire_sessions(core::Instant now);
    void on_join_deadline(core::Instant now);
    [[nodiscard]] Assignment compute_assignment(const std::vector<Member*>& sorted) const;
    void emit(GroupEffect effect) { pending_.push_back(std::move(effect)); }

    ProtocolParameters parameters_;
    std::vector<std::int32_t> partitions_of_topic_;
    GroupLatencies latencies_;

    std::vector<Member> members_;
    GroupState state_ = GroupState::empty;
    std::int32_t generation_ = 0;
    MemberId leader_{-1};
    MemberId returning_{-1};  ///< whose JoinGroup is being answered
    core::Instant join_deadline_ =
        core::never;  ///< join timer, or end of the initial delay's window
    core::Instant sync_at_ = core::never;
    core::Instant available_from_;  ///< the broker is away before
    bool initial_ = false;          ///< the join phase of an empty group: never completes early
    bool joined_in_window_ = false;
    core::Duration initial_remaining_{0};
    std::vector<GroupEffect> pending_;
};

}  // namespace lagsim::models
