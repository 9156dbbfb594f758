#include "models/group/coordinator.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "models/group/assignor.h"

namespace lagsim::models {

using core::Duration;
using core::Instant;
using core::never;

Coordinator::Coordinator(const ProtocolParameters& parameters,
                         std::vector<std::int32_t> partitions_of_topic, Duration rtt,
                         Duration sync_cost)
    : parameters_(parameters),
      partitions_of_topic_(std::move(partitions_of_topic)),
      rtt_(rtt),
      sync_cost_(sync_cost) {}

const Coordinator::Member* Coordinator::find(MemberId member) const {
    const auto found = std::ranges::find(members_, member, &Member::id);
    return found == members_.end() ? nullptr : &*found;
}

Coordinator::Member* Coordinator::find(MemberId member) {
    return const_cast<Member*>(std::as_const(*this).find(member));
}

void Coordinator::join(MemberId member, std::uint64_t id_order, Instant now) {
    LAGSIM_CHECK(find(member) == nullptr, "a member joins once");
    members_.push_back({.id = member, .order = id_order, .joins = now + rtt_, .contact = now});
}

void Coordinator::rejoin(MemberId member, Instant now) {
    Member* const found = find(member);
    if (found != nullptr && !found->in_join) {
        found->joins = now + rtt_ / 2;
    }
}

void Coordinator::leave(MemberId member, Instant now) {
    const Member* const found = find(member);
    if (found == nullptr) {
        return;
    }
    const bool was_known = known(*found);
    std::erase_if(members_, [&](const Member& m) { return m.id == member; });
    if (was_known) {
        member_gone(now);
    } else {
        // Its first JoinGroup never arrived, but the group may have been waiting for it.
        try_complete_join(now);
    }
}

void Coordinator::crash(MemberId member, Instant now, std::optional<Instant> last_commit) {
    Member* const found = find(member);
    if (found == nullptr || !found->alive) {
        return;
    }
    found->alive = false;
    found->notices = never;
    found->joins = never;
    if (!known(*found)) {
        leave(member, now);
        return;
    }
    if (found->in_join) {
        return;  // "has satisfied the heartbeat": its session starts with the answer to its
                 // JoinGroup
    }
    Instant contact = found->contact;
    if (now > contact) {
        const Duration since = now - contact;
        contact += since - since % parameters_.heartbeat_interval;
    }
    if (last_commit && *last_commit > contact) {
        contact = *last_commit;
    }
    if (available_from_ > now) {
        contact = available_from_;  // a broker that comes back starts every session anew
    }
    found->expires = std::max(now, contact + parameters_.session_timeout);
}

void Coordinator::suspend(Instant now, Instant until) {
    LAGSIM_CHECK(until >= now, "an outage ends after it begins");
    if (join_deadline_ != never) {
        // Nobody is thrown out for time in which nobody could have joined.
        join_deadline_ += std::max(Duration{0}, until - std::max(now, available_from_));
    }
    available_from_ = std::max(available_from_, until);
    for (Member& member : members_) {
        if (member.expires != never) {
            member.expires = std::max(member.expires, until + parameters_.session_timeout);
        }
    }
}

Instant Coordinator::next_event() const {
    Instant next = pending_.empty() ? std::min(join_deadline_, sync_at_) : Instant{};
    for (const Member& member : members_) {
        next = std::min({next, member.joins, member.notices, member.expires});
    }
    return next == never ? never : std::max(next, available_from_);
}

Instant Coordinator::next_heartbeat(const Member& member, Instant from) const {
    if (from <= member.contact) {
        return member.contact + parameters_.heartbeat_interval;
    }
    const Duration since = from - member.contact;
    const auto beats = (since.count() + parameters_.heartbeat_interval.count() - 1) /
                       parameters_.heartbeat_interval.count();
    return member.contact + beats * parameters_.heartbeat_interval;
}

void Coordinator::prepare_rebalance(Instant now) {
    const bool completing = state_ == GroupState::completing_rebalance;
    initial_ = state_ == GroupState::empty;
    state_ = GroupState::preparing_rebalance;
    sync_at_ = never;
    emit({.kind = GroupEffect::Kind::rebalance_started, .time = now, .generation = generation()});
    for (Member& member : members_) {
        if (!member.alive || member.in_join || member.joins != never) {
            continue;
        }
        if (completing) {
            // Its SyncGroup is answered REBALANCE_IN_PROGRESS; it owns nothing and joins again at
            // once.
            member.joins = now + rtt_;
        } else if (member.notices == never) {
            member.notices = next_heartbeat(member, now);
        }
    }
    const Instant from = std::max(now, available_from_);
    if (initial_) {
        initial_remaining_ = std::max(
            Duration{0}, parameters_.rebalance_timeout - parameters_.initial_rebalance_delay);
        joined_in_window_ = false;
        join_deadline_ = from + parameters_.initial_rebalance_delay;
    } else {
        join_deadline_ = from + parameters_.rebalance_timeout;
    }
}

/// A member has left or was removed: the others rebalance, or the join phase no longer waits for
/// it.
void Coordinator::member_gone(Instant now) {
    if (std::ranges::none_of(members_, known)) {
        state_ = GroupState::empty;
        join_deadline_ = sync_at_ = never;
        return;
    }
    if (state_ == GroupState::stable || state_ == GroupState::completing_rebalance) {
        prepare_rebalance(now);
    }
    try_complete_join(now);
}

void Coordinator::arrive(Member& member, Instant now) {
    member.joins = never;
    member.notices = never;
    member.in_join = true;
    if (state_ != GroupState::preparing_rebalance) {
        prepare_rebalance(now);
    } else if (initial_) {
        joined_in_window_ = true;
    }
    try_complete_join(now);
}

void Coordinator::try_complete_join(Instant now) {
    if (state_ != GroupState::preparing_rebalance || initial_ || members_.empty()) {
        return;
    }
    if (std::ranges::all_of(members_, &Member::in_join)) {
        complete_join(now);
    }
}

void Coordinator::complete_join(Instant now) {
    initial_ = false;
    join_deadline_ = never;
    ++generation_;
    state_ = GroupState::completing_rebalance;
    const Member* const old_leader = find(leader_);
    if (old_leader == nullptr) {
        leader_ = members_.front().id;
    }
    for (Member& member : members_) {
        member.in_join = false;
        member.in_generation = true;
        member.contact = now;
        member.expires = member.alive ? never : now + parameters_.session_timeout;
    }
    // Only the leader can say who gets what; a dead one holds the group until its session runs out.
    sync_at_ = find(leader_)->alive ? now + sync_cost_ : never;
    emit({.kind = GroupEffect::Kind::rebalance_completed, .time = now, .generation = generation()});
}

void Coordinator::complete_sync(Instant now) {
    sync_at_ = never;
    state_ = GroupState::stable;
    std::vector<Member*> sorted;
    for (Member& member : members_) {
        if (member.in_generation) {
            sorted.push_back(&member);
        }
    }
    std::ranges::sort(sorted, {},
                      [](const Member* m) { return std::pair{m->order, m->id.value()}; });
    auto assignment = assign_partitions(parameters_.assignor, sorted.size(), partitions_of_topic_);
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        if (sorted[i]->alive) {
            sorted[i]->contact = now;
            emit({.kind = GroupEffect::Kind::assigned,
                  .time = now,
                  .member = sorted[i]->id,
                  .generation = generation(),
                  .partitions = std::move(assignment[i])});
        }
    }
}

void Coordinator::expire_sessions(Instant now) {
    std::vector<Member> gone;
    std::erase_if(members_, [&](const Member& member) {
        if (member.expires > now) {
            return false;
        }
        gone.push_back(member);
        return true;
    });
    for (const Member& member : gone) {
        emit({.kind = GroupEffect::Kind::removed,
              .time = now,
              .member = member.id,
              .generation = generation(),
              .session_expired = true});
    }
    if (!gone.empty()) {
        member_gone(now);
    }
}

void Coordinator::join_deadline(Instant now) {
    if (initial_ && joined_in_window_) {
        // Somebody came during the window: wait for one more, as long as the rebalance timeout
        // allows.
        const Duration delay = std::min(parameters_.initial_rebalance_delay, initial_remaining_);
        initial_remaining_ -= delay;
        joined_in_window_ = false;
        if (delay > Duration{0}) {
            join_deadline_ = now + delay;
            return;
        }
    }
    std::vector<MemberId> late;
    for (const Member& member : members_) {
        if (!member.in_join && member.joins == never) {
            late.push_back(member.id);
        }
    }
    for (const MemberId member : late) {
        std::erase_if(members_, [&](const Member& m) { return m.id == member; });
        emit({.kind = GroupEffect::Kind::removed,
              .time = now,
              .member = member,
              .generation = generation()});
    }
    if (members_.empty()) {
        member_gone(now);
        return;
    }
    // A JoinGroup on the way at this very moment is taken in.
    for (Member& member : members_) {
        member.in_join = true;
        member.joins = never;
        member.notices = never;
    }
    complete_join(now);
}

void Coordinator::advance(Instant now, std::vector<GroupEffect>& effects) {
    expire_sessions(now);
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (members_[i].joins <= now) {
            arrive(members_[i], now);
        }
    }
    for (Member& member : members_) {
        if (member.notices <= now) {
            member.notices = never;
            emit({.kind = GroupEffect::Kind::revoke,
                  .time = now,
                  .member = member.id,
                  .generation = generation()});
        }
    }
    if (sync_at_ <= now) {
        complete_sync(now);
    }
    if (join_deadline_ <= now) {
        join_deadline(now);
    }
    effects.insert(effects.end(), std::make_move_iterator(pending_.begin()),
                   std::make_move_iterator(pending_.end()));
    pending_.clear();
}

}  // namespace lagsim::models
