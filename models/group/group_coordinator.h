/// A broker's group coordinator together with the group side of its members, whatever the protocol.
///
/// Told the time, asked for the next event; never owns a calendar. It knows members, not pods: what
/// a pod does when it must give up partitions (finish the record in hand, commit) is the engine's
/// business, which then says `rejoin`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/quantity.h"
#include "core/time.h"
#include "models/group/protocol.h"

namespace lagsim::models {

/// A member of one group; the engine's number for a consumer process, never reused.
using MemberId = core::Id<struct MemberTag, std::int32_t>;

/// What a joining member says about itself.
struct MemberName {
    std::uint64_t order = 0;  ///< its member id or instance id, which assignors sort by
    std::optional<std::int32_t> instance = std::nullopt;  ///< group.instance.id: a static member
};

enum class GroupState : std::uint8_t { empty, preparing_rebalance, completing_rebalance, stable };

/// What others must hear, in the order in which it happened.
struct GroupEffect {
    enum class Kind : std::uint8_t {
        rebalance_started,    ///< the assignment is going to change
        rebalance_completed,  ///< it has changed, with `generation`
        revoke_all,           ///< eager: `member` stops everything, commits, then `rejoin`
        join_again,  ///< cooperative: `member` says `rejoin` as soon as its poll loop turns,
                     ///< consuming on
        assigned,  ///< `member` owns exactly `partitions` now: it takes up what is new; if it must
                   ///< give something up, it stops that, commits, then `rejoin`
        removed    ///< `member` was thrown out: session expired, or not back in time
    } kind = Kind::rebalance_started;
    core::Instant time;
    MemberId member{-1};
    core::Generation generation{0};
    std::vector<std::int32_t> partitions{};
    bool session_expired = false;  ///< removed: by its session (else by the rebalance timeout)
};

/// Constants around the protocol that are not settings of it.
struct GroupLatencies {
    core::Duration rtt{1'000'000};        ///< client to broker and back
    core::Duration sync_cost{2'000'000};  ///< last JoinGroup to assignments at the members
};

/// The last of the heartbeats at `first + k * interval` up to `now`; `first` itself if none is due
/// yet.
[[nodiscard]] constexpr core::Instant last_heartbeat(core::Instant first, core::Duration interval,
                                                     core::Instant now) {
    return now > first ? now - (now - first) % interval : first;
}

class GroupCoordinator {
  public:
    GroupCoordinator() = default;
    GroupCoordinator(const GroupCoordinator&) = delete;
    GroupCoordinator& operator=(const GroupCoordinator&) = delete;
    virtual ~GroupCoordinator() = default;

    /// A new process joins. A static member takes over the place of the one before it that had its
    /// instance id, if that is still there.
    virtual void join(MemberId member, const MemberName& name, core::Instant now) = 0;
    /// A member has done what it was told: stopped and committed, or turned its poll loop.
    virtual void rejoin(MemberId member, core::Instant now) = 0;
    /// It leaves of its own accord: removed at once.
    virtual void leave(MemberId member, core::Instant now) = 0;
    /// A static member stops without leaving: its place is kept until its session runs out.
    virtual void close(MemberId member, core::Instant now,
                       std::optional<core::Instant> last_commit) = 0;
    /// The process died: nobody is told; the session runs out after the last contact.
    /// `last_commit`: its last accepted commit, which counts as contact in the classic protocol.
    virtual void crash(MemberId member, core::Instant now,
                       std::optional<core::Instant> last_commit) = 0;
    /// The broker is away until `until`: nothing of the group happens before, and the coordinator
    /// that comes back gives every session its full time again.
    virtual void suspend(core::Instant now, core::Instant until) = 0;
    /// Who assigns sees so many partitions of each topic from now on, never fewer than before. From
    /// here on partitions are numbered by these counts, in effects to come as well.
    virtual void set_partitions(std::vector<std::int32_t> partitions_of_topic,
                                core::Instant now) = 0;

    [[nodiscard]] virtual core::Instant next_event() const = 0;
    /// Does everything due at `now` (>= next_event) and appends what others must hear.
    virtual void advance(core::Instant now, std::vector<GroupEffect>& effects) = 0;

    [[nodiscard]] virtual GroupState state() const = 0;
    [[nodiscard]] virtual core::Generation generation() const = 0;
    [[nodiscard]] virtual std::int32_t member_count() const = 0;
    [[nodiscard]] virtual bool is_member(MemberId member) const = 0;
    /// The member that assigns and so must notice new partitions; none: the broker, or nobody yet.
    [[nodiscard]] virtual std::optional<MemberId> leader() const = 0;
};

/// The coordinator of the protocol that `parameters` name. `partitions_of_topic`: of the group's
/// topics in order.
[[nodiscard]] std::unique_ptr<GroupCoordinator> make_coordinator(
    const ProtocolParameters& parameters, std::vector<std::int32_t> partitions_of_topic,
    const GroupLatencies& latencies);

}  // namespace lagsim::models
