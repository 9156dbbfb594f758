/// The group coordinator of a broker and the group side of its members: the classic protocol,
/// eager.
///
/// Told the time, asked for the next event; never owns a calendar. It knows members, not pods: what
/// a pod does when it must give up its partitions (finish the record in hand, commit) is the
/// engine's business, which then says `rejoin`.
///
/// Source: Kafka 4.0.0 GroupMetadataManager (classic* functions), ClassicGroup; measured on a
/// broker (docs/models/consumer-group.md): heartbeats of all members are aligned by the last
/// SyncGroup answer, and a member learns of a rebalance only by its own heartbeat.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/quantity.h"
#include "core/time.h"
#include "models/group/protocol.h"

namespace lagsim::models {

/// A member of one group; the engine's number for a consumer process, never reused.
using MemberId = core::Id<struct MemberTag, std::int32_t>;

enum class GroupState : std::uint8_t { empty, preparing_rebalance, completing_rebalance, stable };

/// What others must hear, in the order in which it happened.
struct GroupEffect {
    enum class Kind : std::uint8_t {
        rebalance_started,    ///< the group entered the join phase
        revoke,               ///< `member` learned of it: stop, commit, then Coordinator::rejoin
        rebalance_completed,  ///< the join phase ended with `generation`
        assigned,             ///< `member` got `partitions` of `generation` (perhaps none)
        removed  ///< `member` was thrown out: session expired, or did not rejoin in time
    } kind = Kind::rebalance_started;
    core::Instant time;
    MemberId member{-1};
    core::Generation generation{0};
    std::vector<std::int32_t> partitions{};
    bool session_expired = false;  ///< removed: by its session (else by the rebalance timeout)
};

class Coordinator {
  public:
    /// `partitions_of_topic`: of the group's topics in order. `rtt`: client to broker and back.
    /// `sync_cost`: last JoinGroup to assignments at the members.
    Coordinator(const ProtocolParameters& parameters, std::vector<std::int32_t> partitions_of_topic,
                core::Duration rtt, core::Duration sync_cost);

    /// A new process joins; `id_order` is its random member id, which assignors sort by. Its
    /// JoinGroup is parked one rtt later: the first one is answered with MEMBER_ID_REQUIRED
    /// (KIP-394).
    void join(MemberId member, std::uint64_t id_order, core::Instant now);
    /// A member that was told to revoke has stopped and committed.
    void rejoin(MemberId member, core::Instant now);
    /// LeaveGroup: removed at once.
    void leave(MemberId member, core::Instant now);
    /// The process died: nobody is told; the session runs out after the last contact.
    /// `last_commit`: its last accepted commit, which counts as contact.
    void crash(MemberId member, core::Instant now, std::optional<core::Instant> last_commit);
    /// The broker is away until `until`: nothing of the group happens before, and no session runs
    /// out for it.
    void suspend(core::Instant now, core::Instant until);

    [[nodiscard]] core::Instant next_event() const;
    /// Does everything due at `now` (<= next_event) and appends what others must hear.
    void advance(core::Instant now, std::vector<GroupEffect>& effects);

    [[nodiscard]] GroupState state() const { return state_; }
    [[nodiscard]] core::Generation generation() const { return core::Generation{generation_}; }
    [[nodiscard]] std::int32_t member_count() const {
        return static_cast<std::int32_t>(members_.size());
    }
    [[nodiscard]] bool is_member(MemberId member) const { return find(member) != nullptr; }

  private:
    struct Member {
        MemberId id;
        std::uint64_t order = 0;
        bool alive = true;
        bool in_generation = false;  ///< took part in the last completed join phase
        bool in_join = false;        ///< its JoinGroup is parked (or was, when the process died)
        core::Instant joins = core::never;    ///< its JoinGroup is on the way
        core::Instant notices = core::never;  ///< the heartbeat that tells it of the rebalance
        core::Instant expires = core::never;  ///< session of a dead member
        core::Instant contact;  ///< last answer to Join or Sync: start of its heartbeats
    };

    /// Its JoinGroup with a member id has arrived; before, the group only waits for it.
    [[nodiscard]] static bool known(const Member& member) {
        return member.in_join || member.in_generation;
    }
    [[nodiscard]] const Member* find(MemberId member) const;
    [[nodiscard]] Member* find(MemberId member);
    [[nodiscard]] core::Instant next_heartbeat(const Member& member, core::Instant from) const;
    void prepare_rebalance(core::Instant now);
    void member_gone(core::Instant now);
    void arrive(Member& member, core::Instant now);
    void try_complete_join(core::Instant now);
    void complete_join(core::Instant now);
    void complete_sync(core::Instant now);
    void expire_sessions(core::Instant now);
    void join_deadline(core::Instant now);
    void emit(GroupEffect effect) { pending_.push_back(std::move(effect)); }

    ProtocolParameters parameters_;
    std::vector<std::int32_t> partitions_of_topic_;
    core::Duration rtt_;
    core::Duration sync_cost_;

    std::vector<Member> members_;
    GroupState state_ = GroupState::empty;
    std::int32_t generation_ = 0;
    MemberId leader_{-1};
    core::Instant join_deadline_ =
        core::never;  ///< join timer, or end of the initial delay's window
    core::Instant sync_at_ = core::never;
    core::Instant available_from_;
    bool initial_ = false;  ///< the join phase of an empty group: never completes early
    bool joined_in_window_ = false;
    core::Duration initial_remaining_{0};
    std::vector<GroupEffect> pending_;
};

}  // namespace lagsim::models
