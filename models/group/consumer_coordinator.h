/// KIP-848, `group.protocol=consumer`: one heartbeat API, the broker computes the assignment, every
/// member reconciles on its own; there is no barrier and nobody else stops. Share groups (KIP-932)
/// work the same way, but a partition may have several members, so nobody waits for a release.
/// Source: Kafka 4.0.0 GroupMetadataManager (consumerGroup* and shareGroup* functions),
/// CurrentAssignmentBuilder; measured on a broker.
#pragma once

#include <vector>

#include "models/group/assignor.h"
#include "models/group/group_coordinator.h"

namespace lagsim::models {

class ConsumerCoordinator final : public GroupCoordinator {
  public:
    ConsumerCoordinator(const ProtocolParameters& parameters,
                        std::vector<std::int32_t> partitions_of_topic,
                        const GroupLatencies& latencies);

    /// The first heartbeat arrives half an rtt later; it raises the group epoch and is answered
    /// with what is free.
    /// A static member's next process takes over what the one before it had, if that one closed;
    /// if it died, it is refused (UNRELEASED_INSTANCE_ID) until its session is over.
    void join(MemberId member, const MemberName& name, core::Instant now) override;
    /// It has stopped and committed what it must give up: acknowledged by an immediate heartbeat.
    /// If it had nothing to give up it has lost what it had, and is told again.
    void rejoin(MemberId member, core::Instant now) override;
    void leave(MemberId member, core::Instant now) override;
    /// A heartbeat with member epoch -2.
    void close(MemberId member, core::Instant now,
               std::optional<core::Instant> last_commit) override;
    /// Commits are no contact here: the session counts from the last heartbeat.
    void crash(MemberId member, core::Instant now,
               std::optional<core::Instant> last_commit) override;
    void suspend(core::Instant now, core::Instant until) override;
    void set_partitions(std::vector<std::int32_t> partitions_of_topic, core::Instant now) override;
    [[nodiscard]] core::Instant next_event() const override;
    void advance(core::Instant now, std::vector<GroupEffect>& effects) override;

    /// `preparing_rebalance` while some member has not reached its target.
    [[nodiscard]] GroupState state() const override;
    [[nodiscard]] core::Generation generation() const override { return core::Generation{epoch_}; }
    [[nodiscard]] std::int32_t member_count() const override {
        return static_cast<std::int32_t>(members_.size());
    }
    [[nodiscard]] bool is_member(MemberId member) const override;
    [[nodiscard]] std::optional<MemberId> leader() const override { return std::nullopt; }

  private:
    struct Member {
        MemberId id;
        MemberName name;
        bool alive = true;
        bool closed = false;               ///< its place waits for its next process
        bool returns = false;              ///< must be told what it has
        bool joined = false;               ///< its first heartbeat has arrived
        bool revoking = false;             ///< told to give up; has not acknowledged yet
        core::Instant beat;                ///< its heartbeats are at beat + k * interval
        core::Instant acts = core::never;  ///< next heartbeat that changes something
        core::Instant expires =
            core::never;                   ///< dead: its session; revoking: the rebalance timeout
        std::vector<std::int32_t> owned;   ///< given to it and not yet given back
        std::vector<std::int32_t> giving;  ///< part of it that it was told to give up
        std::vector<std::int32_t> target;
    };

    [[nodiscard]] bool shares() const { return parameters_.kind == GroupProtocol::share; }
    [[nodiscard]] Assignment target_of(const Assignment& owned) const;
    [[nodiscard]] Member* find(MemberId member);
    void recompute(core::Instant now);
    void plan(Member& member, core::Instant now);
    void heartbeat(MemberId member, core::Instant now);
    [[nodiscard]] bool first_heartbeat(MemberId member, core::Instant now);
    [[nodiscard]] Member* before(const Member& member);
    void acknowledge(Member& member, core::Instant now);
    void remove(MemberId member, core::Instant now);
    [[nodiscard]] std::vector<std::int32_t> free_for(const Member& member) const;
    [[nodiscard]] core::Instant next_beat(const Member& member, core::Instant after) const;
    void complete_if_reconciled(core::Instant now);
    void emit(GroupEffect effect) { pending_.push_back(std::move(effect)); }

    ProtocolParameters parameters_;
    std::vector<std::int32_t> partitions_of_topic_;
    GroupLatencies latencies_;
    std::vector<Member> members_;
    std::int32_t epoch_ = 0;
    bool reconciling_ = false;
    core::Instant available_from_;
    std::vector<GroupEffect> pending_;
};

}  // namespace lagsim::models
