#include "models/group/classic_coordinator.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/check.h"

namespace lagsim::models {

using core::Duration;
using core::Instant;
using core::never;

ClassicCoordinator::ClassicCoordinator(const ProtocolParameters& parameters,
                                       std::vector<std::int32_t> partitions_of_topic,
                                       const GroupLatencies& latencies)
    : parameters_(parameters),
      partitions_of_topic_(std::move(partitions_of_topic)),
      latencies_(latencies) {}

const ClassicCoordinator::Member* ClassicCoordinator::find(MemberId member) const {
    const auto found = std::ranges::find(members_, member, &Member::id);
    return found == members_.end() ? nullptr : &*found;
}

ClassicCoordinator::Member* ClassicCoordinator::find(MemberId member) {
    return const_cast<Member*>(std::as_const(*this).find(member));
}

void ClassicCoordinator::join(MemberId member, const MemberName& name, Instant now) {
    if (Member* const silent = find(member)) {
        // The same process once more: a static one that had stopped to be heard.
        LAGSIM_CHECK(name.instance && !silent->alive, "a member joins once");
        silent->alive = true;
        silent->in_join = false;
        silent->expires = never;
        silent->contact = now;
        silent->fresh = true;
        silent->joins = now + latencies_.rtt / 2;
        return;
    }
    members_.push_back({.id = member,
                        .name = name,
                        .joins = now + (name.instance ? latencies_.rtt / 2 : latencies_.rtt),
                        .contact = now,
                        .owned = {}});
}

void ClassicCoordinator::rejoin(MemberId member, Instant now) {
    Member* const found = find(member);
    if (found != nullptr && !found->in_join && found->joins == never && found->handed == never) {
        found->notices = never;
        found->joins = now + latencies_.rtt / 2;
    }
}

void ClassicCoordinator::leave(MemberId member, Instant now) {
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
        complete_if_all_joined(now);
    }
}

void ClassicCoordinator::crash(MemberId member, Instant now, std::optional<Instant> last_commit) {
    Member* const found = find(member);
    if (found == nullptr || !found->alive) {
        return;
    }
    found->alive = false;
    found->notices = never;
    found->joins = never;
    found->handed = never;
    if (!known(*found)) {
        leave(member, now);
        return;
    }
    if (found->in_join) {
        return;  // "has satisfied the heartbeat": its session starts with the answer to its
                 // JoinGroup
    }
    Instant contact = last_heartbeat(found->contact, parameters_.heartbeat_interval, now);
    if (last_commit && *last_commit > contact) {
        contact = *last_commit;
    }
    if (available_from_ > now) {
        contact = available_from_;  // a broker that comes back starts every session anew
    }
    found->expires = std::max(now, contact + parameters_.session_timeout);
}

void ClassicCoordinator::suspend(Instant now, Instant until) {
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

/// The leader has found new partitions: it joins again at once, the others hear of it as always.
void ClassicCoordinator::set_partitions(std::vector<std::int32_t> partitions_of_topic,
                                        Instant now) {
    for (Member& member : members_) {
        renumber(member.owned, partitions_of_topic_, partitions_of_topic);
    }
    for (GroupEffect& effect : pending_) {
        renumber(effect.partitions, partitions_of_topic_, partitions_of_topic);
    }
    partitions_of_topic_ = std::move(partitions_of_topic);
    if (state_ == GroupState::completing_rebalance) {
        fire(GroupEvent::member_joins, now);
    } else if (state_ == GroupState::stable) {
        fire(GroupEvent::member_joins, now);
        Member* const leader = find(leader_);
        if (leader != nullptr && leader->notices != never) {
            leader->notices = now;
        }
    }
}

Instant ClassicCoordinator::next_event() const {
    Instant next = pending_.empty() ? std::min(join_deadline_, sync_at_) : Instant{};
    for (const Member& member : members_) {
        next = std::min({next, member.joins, member.notices, member.handed, member.expires});
    }
    return next == never ? never : std::max(next, available_from_);
}

Instant ClassicCoordinator::next_heartbeat(const Member& member, Instant from) const {
    const std::int64_t interval = parameters_.heartbeat_interval.count();
    const std::int64_t since = (from - member.contact).count();
    const std::int64_t beats = since <= 0 ? 1 : (since + interval - 1) / interval;
    return member.contact + Duration{beats * interval};
}

void ClassicCoordinator::fire(GroupEvent event, Instant now) {
    const GroupTransition* const row = transition_of(state_, event);
    LAGSIM_CHECK(row != nullptr, "an event comes in a state in which it can happen");
    state_ = row->to;
    switch (row->action) {
        case GroupAction::none:
            break;
        case GroupAction::begin_initial_delay:
            begin_initial_delay(now);
            break;
        case GroupAction::begin_join_phase:
            begin_join_phase(now, false);
            break;
        case GroupAction::begin_again:
            begin_join_phase(now, true);
            break;
        case GroupAction::complete_join:
            complete_join(now);
            break;
        case GroupAction::drop_late_members:
            drop_late_members(now);
            break;
        case GroupAction::hand_out:
            hand_out(now);
            break;
        case GroupAction::hand_back:
            hand_back(*find(returning_), now);
            break;
        case GroupAction::forget:
            join_deadline_ = sync_at_ = never;
            break;
    }
}

void ClassicCoordinator::begin_initial_delay(Instant now) {
    begin_join_phase(now, false);
    initial_ = true;
    joined_in_window_ = false;
    initial_remaining_ =
        std::max(Duration{0}, parameters_.rebalance_timeout - parameters_.initial_rebalance_delay);
    join_deadline_ = std::max(now, available_from_) + parameters_.initial_rebalance_delay;
}

void ClassicCoordinator::begin_join_phase(Instant now, bool again) {
    initial_ = false;
    sync_at_ = never;
    join_deadline_ = std::max(now, available_from_) + parameters_.rebalance_timeout;
    emit({.kind = GroupEffect::Kind::rebalance_started, .time = now, .generation = generation()});
    for (Member& member : members_) {
        if (!member.alive || member.in_join || member.joins != never) {
            continue;
        }
        if (again || member.handed != never) {
            member.handed = never;
            member.joins = now + latencies_.rtt + rejoin_delay();
        } else if (member.notices == never) {
            member.notices = next_heartbeat(member, now);
        }
    }
}

void ClassicCoordinator::member_gone(Instant now) {
    if (std::ranges::none_of(members_, known)) {
        if (state_ != GroupState::empty) {
            fire(GroupEvent::last_gone, now);
        }
        return;
    }
    fire(GroupEvent::member_gone, now);
    complete_if_all_joined(now);
}

/// After a SyncGroup that was answered REBALANCE_IN_PROGRESS: Sarama waits for
/// Rebalance.Retry.Backoff, the others join again at once.
Duration ClassicCoordinator::rejoin_delay() const {
    constexpr Duration sarama_backoff{2'000'000'000};
    return parameters_.client == ClientProfile::sarama ? sarama_backoff : Duration{0};
}

/// A static member's next process takes the place of the one before it, if that is still there; its
/// id is fenced.
void ClassicCoordinator::take_over(MemberId id) {
    Member& member = *find(id);
    const auto before = std::ranges::find_if(members_, [&](const Member& other) {
        return other.id != id && other.name.instance && other.name.instance == member.name.instance;
    });
    if (before == members_.end()) {
        return;
    }
    LAGSIM_CHECK(!before->alive, "an instance id has one living process");
    member.in_generation = before->in_generation;
    member.owned = std::move(before->owned);
    if (leader_ == before->id) {
        leader_ = id;
    }
    members_.erase(before);
}

/// Whether the JoinGroup of a member of the generation says nothing new: that of a static member's
/// fresh process, and a follower's. A leader's asks for a rebalance; sticky assignors put what a
/// member owns into its subscription.
bool ClassicCoordinator::changes_nothing(const Member& member) const {
    const bool forgets =
        parameters_.assignor == Assignor::range || parameters_.assignor == Assignor::round_robin;
    return (member.name.instance && member.fresh) || (forgets && member.id != leader_);
}

void ClassicCoordinator::hand_back(Member& member, Instant now) {
    member.fresh = false;
    member.contact = now;
    member.handed = now + latencies_.sync_cost;
}

void ClassicCoordinator::arrive(MemberId id, Instant now) {
    take_over(id);
    Member& member = *find(id);
    member.joins = never;
    member.notices = never;
    if (state_ == GroupState::stable && member.in_generation && changes_nothing(member)) {
        returning_ = id;
        fire(GroupEvent::known_returns, now);
        return;
    }
    member.fresh = false;
    member.in_join = true;
    joined_in_window_ = joined_in_window_ || initial_;
    fire(GroupEvent::member_joins, now);
    complete_if_all_joined(now);
}

void ClassicCoordinator::complete_if_all_joined(Instant now) {
    if (state_ == GroupState::preparing_rebalance && !initial_ && !members_.empty() &&
        std::ranges::all_of(members_, &Member::in_join)) {
        fire(GroupEvent::all_joined, now);
    }
}

void ClassicCoordinator::complete_join(Instant now) {
    initial_ = false;
    join_deadline_ = never;
    ++generation_;
    elect_leader();
    for (Member& member : members_) {
        if (!member.in_join) {
            continue;  // a static one that is away: its place and its session stay as they are
        }
        member.in_join = false;
        member.in_generation = true;
        member.contact = now;
        member.expires = member.alive ? never : now + parameters_.session_timeout;
    }
    // Only the leader can say who gets what; a dead one holds the group until its session runs out.
    sync_at_ = find(leader_)->alive ? now + latencies_.sync_cost : never;
    emit({.kind = GroupEffect::Kind::rebalance_completed, .time = now, .generation = generation()});
}

/// Among those that have joined; the old one if it has.
void ClassicCoordinator::elect_leader() {
    const Member* const leader = find(leader_);
    if (leader == nullptr || !leader->in_join) {
        leader_ = std::ranges::find_if(members_, &Member::in_join)->id;
    }
}

void ClassicCoordinator::drop_late_members(Instant now) {
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (members_[i].joins != never) {
            take_over(members_[i].id);
        }
    }
    std::vector<MemberId> late;
    const auto keeps_its_place = [](const Member& member) {
        return member.name.instance && !member.alive && member.in_generation;
    };
    for (const Member& member : members_) {
        if (!member.in_join && member.joins == never && !keeps_its_place(member)) {
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
        state_ = GroupState::empty;
        join_deadline_ = never;
        return;
    }
    if (std::ranges::all_of(members_, keeps_its_place)) {
        state_ = GroupState::preparing_rebalance;
        join_deadline_ = now + parameters_.rebalance_timeout;
        return;
    }
    for (Member& member : members_) {
        if (!keeps_its_place(member)) {
            // A JoinGroup on the way at this very moment is taken in.
            member.in_join = true;
            member.joins = never;
            member.notices = never;
        }
    }
    complete_join(now);
}

Assignment ClassicCoordinator::compute_assignment(const std::vector<Member*>& sorted) const {
    const bool remembers = parameters_.assignor == Assignor::sticky || cooperative();
    if (!remembers) {
        return assign_partitions(parameters_.assignor, sorted.size(), partitions_of_topic_);
    }
    Assignment owned;
    for (const Member* member : sorted) {
        owned.push_back(member->owned);
    }
    const std::int32_t partitions =
        std::accumulate(partitions_of_topic_.begin(), partitions_of_topic_.end(), 0);
    const Releases releases =
        parameters_.client == ClientProfile::librdkafka ? Releases::lowest : Releases::highest;
    Assignment target = assign_sticky(owned, partitions, releases);
    return cooperative() ? without_moving(std::move(target), owned) : target;
}

void ClassicCoordinator::hand_out(Instant now) {
    sync_at_ = never;
    std::vector<Member*> sorted;
    for (Member& member : members_) {
        if (member.in_generation) {
            sorted.push_back(&member);
        }
    }
    std::ranges::sort(sorted, {},
                      [](const Member* m) { return std::pair{m->name.order, m->id.value()}; });
    Assignment assignment = compute_assignment(sorted);
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        sorted[i]->owned = assignment[i];
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

void ClassicCoordinator::expire_sessions(Instant now) {
    std::vector<MemberId> gone;
    for (const Member& member : members_) {
        if (member.expires <= now) {
            gone.push_back(member.id);
        }
    }
    for (const MemberId member : gone) {
        std::erase_if(members_, [&](const Member& m) { return m.id == member; });
        emit({.kind = GroupEffect::Kind::removed,
              .time = now,
              .member = member,
              .generation = generation(),
              .session_expired = true});
    }
    if (!gone.empty()) {
        member_gone(now);
    }
}

void ClassicCoordinator::on_join_deadline(Instant now) {
    if (!initial_) {
        fire(GroupEvent::join_timed_out, now);
        return;
    }
    if (joined_in_window_) {
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
    for (Member& member : members_) {
        member.in_join = true;
        member.joins = never;
    }
    fire(GroupEvent::window_passed, now);
}

void ClassicCoordinator::hand_back_due(Instant now) {
    for (Member& member : members_) {
        if (member.handed <= now) {
            member.handed = never;
            emit({.kind = GroupEffect::Kind::assigned,
                  .time = now,
                  .member = member.id,
                  .generation = generation(),
                  .partitions = member.owned});
        }
    }
}

void ClassicCoordinator::advance(Instant now, std::vector<GroupEffect>& effects) {
    expire_sessions(now);
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (members_[i].joins <= now) {
            arrive(members_[i].id, now);
        }
    }
    hand_back_due(now);
    for (Member& member : members_) {
        if (member.notices <= now) {
            member.notices = never;
            emit({.kind =
                      cooperative() ? GroupEffect::Kind::join_again : GroupEffect::Kind::revoke_all,
                  .time = now,
                  .member = member.id,
                  .generation = generation()});
        }
    }
    if (sync_at_ <= now) {
        fire(GroupEvent::leader_synced, now);
    }
    if (join_deadline_ <= now) {
        on_join_deadline(now);
    }
    effects.insert(effects.end(), std::make_move_iterator(pending_.begin()),
                   std::make_move_iterator(pending_.end()));
    pending_.clear();
}

}  // namespace lagsim::models
