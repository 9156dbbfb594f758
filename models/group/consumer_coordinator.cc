#include "models/group/consumer_coordinator.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/check.h"

namespace lagsim::models {

using core::Duration;
using core::Instant;
using core::never;

namespace {

/// Members of ascending `a` that are not in ascending `b`.
std::vector<std::int32_t> difference(const std::vector<std::int32_t>& a,
                                     const std::vector<std::int32_t>& b) {
    std::vector<std::int32_t> result;
    std::ranges::set_difference(a, b, std::back_inserter(result));
    return result;
}

}  // namespace

ConsumerCoordinator::ConsumerCoordinator(const ProtocolParameters& parameters,
                                         std::vector<std::int32_t> partitions_of_topic,
                                         const GroupLatencies& latencies)
    : parameters_(parameters),
      partitions_of_topic_(std::move(partitions_of_topic)),
      latencies_(latencies) {}

ConsumerCoordinator::Member* ConsumerCoordinator::find(MemberId member) {
    const auto found = std::ranges::find(members_, member, &Member::id);
    return found == members_.end() ? nullptr : &*found;
}

bool ConsumerCoordinator::is_member(MemberId member) const {
    return std::ranges::find(members_, member, &Member::id) != members_.end();
}

GroupState ConsumerCoordinator::state() const {
    if (members_.empty()) {
        return GroupState::empty;
    }
    return reconciling_ ? GroupState::preparing_rebalance : GroupState::stable;
}

void ConsumerCoordinator::join(MemberId member, const MemberName& name, Instant now) {
    if (Member* const silent = find(member)) {
        LAGSIM_CHECK(silent->closed, "a member joins once");
        silent->alive = silent->returns = true;
        silent->closed = false;
        silent->expires = never;
        silent->beat = silent->acts = now + latencies_.rtt / 2;
        return;
    }
    Member joining{.id = member,
                   .name = name,
                   .beat = now + latencies_.rtt / 2,
                   .owned = {},
                   .giving = {},
                   .target = {}};
    joining.acts = joining.beat;
    members_.push_back(std::move(joining));
}

Instant ConsumerCoordinator::next_beat(const Member& member, Instant after) const {
    const std::int64_t interval = parameters_.heartbeat_interval.count();
    const std::int64_t since = (after - member.beat).count();
    const std::int64_t beats = since < 0 ? 0 : since / interval + 1;
    return member.beat + Duration{beats * interval};
}

Assignment ConsumerCoordinator::target_of(const Assignment& owned) const {
    const std::int32_t partitions =
        std::accumulate(partitions_of_topic_.begin(), partitions_of_topic_.end(), 0);
    if (shares()) {
        return assign_shared(owned, partitions);
    }
    return parameters_.assignor == Assignor::range
               ? assign_partitions(Assignor::range, owned.size(), partitions_of_topic_)
               : assign_uniform(owned, partitions);
}

/// A new epoch: the target assignment of everybody, and when each will hear of it.
void ConsumerCoordinator::recompute(Instant now) {
    ++epoch_;
    if (!reconciling_) {
        reconciling_ = true;
        emit({.kind = GroupEffect::Kind::rebalance_started,
              .time = now,
              .generation = generation()});
    }
    std::vector<Member*> sorted;
    Assignment owned;
    for (Member& member : members_) {
        if (member.joined) {
            sorted.push_back(&member);
        }
    }
    std::ranges::sort(sorted, {},
                      [](const Member* m) { return std::pair{m->name.order, m->id.value()}; });
    for (const Member* member : sorted) {
        owned.push_back(difference(member->owned, member->giving));
    }
    if (!sorted.empty()) {
        Assignment target = target_of(owned);
        for (std::size_t i = 0; i < sorted.size(); ++i) {
            sorted[i]->target = std::move(target[i]);
        }
    }
    for (Member& member : members_) {
        plan(member, now);
    }
    complete_if_reconciled(now);
}

/// The member's next heartbeat that finds something to do for it.
void ConsumerCoordinator::plan(Member& member, Instant now) {
    if (!member.joined || !member.alive || member.revoking) {
        return;
    }
    const bool must_give = !difference(member.owned, member.target).empty();
    const bool can_take = !free_for(member).empty();
    member.acts = must_give || can_take ? next_beat(member, now) : never;
}

/// Of its target, what nobody holds; in a share group that does not matter.
std::vector<std::int32_t> ConsumerCoordinator::free_for(const Member& member) const {
    std::vector<std::int32_t> wanted = difference(member.target, member.owned);
    if (shares()) {
        return wanted;
    }
    std::erase_if(wanted, [&](std::int32_t partition) {
        return std::ranges::any_of(members_, [&](const Member& other) {
            return std::ranges::binary_search(other.owned, partition);
        });
    });
    return wanted;
}

/// The silent member that had the instance id of `member` before it.
ConsumerCoordinator::Member* ConsumerCoordinator::before(const Member& member) {
    const auto found = std::ranges::find_if(members_, [&](const Member& other) {
        return other.id != member.id && other.name.instance &&
               other.name.instance == member.name.instance;
    });
    return found == members_.end() ? nullptr : &*found;
}

/// False: it is refused for now.
bool ConsumerCoordinator::first_heartbeat(MemberId id, Instant now) {
    Member& member = *find(id);
    Member* const old = before(member);
    if (old != nullptr && !old->closed) {
        member.acts = old->expires;
        return false;
    }
    member.joined = true;
    if (old == nullptr) {
        recompute(now);
        find(id)->acts = never;
        return true;
    }
    // An unchanged subscription raises no epoch.
    member.owned = std::move(old->owned);
    member.giving = std::move(old->giving);
    member.revoking = old->revoking;
    member.target = std::move(old->target);
    member.returns = true;
    std::erase_if(members_, [old_id = old->id](const Member& m) { return m.id == old_id; });
    return true;
}

/// What it gave up is free for the others.
void ConsumerCoordinator::acknowledge(Member& member, Instant now) {
    member.revoking = false;
    member.expires = never;
    member.owned = difference(member.owned, member.giving);
    member.giving.clear();
    for (Member& other : members_) {
        if (other.id != member.id) {
            plan(other, now);
        }
    }
}

void ConsumerCoordinator::heartbeat(MemberId id, Instant now) {
    find(id)->acts = never;
    if (!find(id)->joined && !first_heartbeat(id, now)) {
        return;
    }
    Member& member = *find(id);
    if (member.revoking) {
        acknowledge(member, now);
    }
    const bool returns = std::exchange(member.returns, false);
    std::vector<std::int32_t> giving = difference(member.owned, member.target);
    std::vector<std::int32_t> keeps = difference(member.owned, giving);
    if (giving.empty()) {
        for (const std::int32_t partition : free_for(member)) {
            keeps.push_back(partition);
        }
        std::ranges::sort(keeps);
        if (keeps == member.owned && !returns) {
            complete_if_reconciled(now);
            return;
        }
        member.owned = keeps;
    } else if (returns) {
        // It does not have them in hand any more: nothing to wait for.
        member.giving = std::move(giving);
        acknowledge(member, now);
    } else {
        member.revoking = true;
        if (shares()) {
            // Nobody waits for what it gives up, and it waits for nobody.
            keeps = member.target;
            std::vector<std::int32_t> both;
            std::ranges::set_union(member.owned, member.target, std::back_inserter(both));
            member.owned = std::move(both);
        } else {
            member.expires = now + parameters_.rebalance_timeout;
        }
        member.giving = std::move(giving);
    }
    emit({.kind = GroupEffect::Kind::assigned,
          .time = now,
          .member = member.id,
          .generation = generation(),
          .partitions = std::move(keeps)});
    complete_if_reconciled(now);
}

void ConsumerCoordinator::complete_if_reconciled(Instant now) {
    if (!reconciling_) {
        return;
    }
    const bool done = std::ranges::all_of(members_, [](const Member& member) {
        return !member.joined || (member.owned == member.target && !member.revoking);
    });
    if (done) {
        reconciling_ = false;
        emit({.kind = GroupEffect::Kind::rebalance_completed,
              .time = now,
              .generation = generation()});
    }
}

void ConsumerCoordinator::rejoin(MemberId member, Instant now) {
    Member* const found = find(member);
    if (found != nullptr && found->alive && (found->revoking || !shares())) {
        found->returns = !found->revoking;
        found->beat = now + latencies_.rtt / 2;
        found->acts = found->beat;
    }
}

void ConsumerCoordinator::remove(MemberId member, Instant now) {
    std::erase_if(members_, [&](const Member& m) { return m.id == member; });
    recompute(now);
}

void ConsumerCoordinator::leave(MemberId member, Instant now) {
    const Member* const found = find(member);
    if (found == nullptr) {
        return;
    }
    if (found->joined) {
        remove(member, now);
    } else {
        std::erase_if(members_, [&](const Member& m) { return m.id == member; });
    }
}

void ConsumerCoordinator::crash(MemberId member, Instant now, std::optional<Instant>) {
    Member* const found = find(member);
    if (found == nullptr || !found->alive) {
        return;
    }
    if (!found->joined) {
        std::erase_if(members_, [&](const Member& m) { return m.id == member; });
        return;
    }
    found->alive = false;
    found->acts = never;
    found->returns = false;
    Instant contact = last_heartbeat(found->beat, parameters_.heartbeat_interval, now);
    if (available_from_ > now) {
        contact = available_from_;
    }
    found->expires = std::max(now, contact + parameters_.session_timeout);
}

void ConsumerCoordinator::close(MemberId member, Instant now, std::optional<Instant> last_commit) {
    crash(member, now, last_commit);
    if (Member* const found = find(member)) {
        found->closed = true;
    }
}

void ConsumerCoordinator::suspend(Instant now, Instant until) {
    LAGSIM_CHECK(until >= now, "an outage ends after it begins");
    for (Member& member : members_) {
        if (member.expires == never) {
            continue;
        }
        if (member.alive) {
            member.expires += std::max(Duration{0}, until - std::max(now, available_from_));
        } else {
            member.expires = std::max(member.expires, until + parameters_.session_timeout);
        }
    }
    available_from_ = std::max(available_from_, until);
}

/// The broker sees them at once: a new epoch.
void ConsumerCoordinator::set_partitions(std::vector<std::int32_t> partitions_of_topic,
                                         Instant now) {
    const auto renumber_each = [&](std::vector<std::int32_t>& partitions) {
        renumber(partitions, partitions_of_topic_, partitions_of_topic);
    };
    for (Member& member : members_) {
        renumber_each(member.owned);
        renumber_each(member.giving);
        renumber_each(member.target);
    }
    for (GroupEffect& effect : pending_) {
        renumber_each(effect.partitions);
    }
    partitions_of_topic_ = std::move(partitions_of_topic);
    if (std::ranges::any_of(members_, &Member::joined)) {
        recompute(now);
    }
}

Instant ConsumerCoordinator::next_event() const {
    Instant next = pending_.empty() ? never : Instant{};
    for (const Member& member : members_) {
        next = std::min({next, member.acts, member.expires});
    }
    return next == never ? never : std::max(next, available_from_);
}

void ConsumerCoordinator::advance(Instant now, std::vector<GroupEffect>& effects) {
    std::vector<MemberId> gone;
    for (const Member& member : members_) {
        if (member.expires <= now) {
            gone.push_back(member.id);
            emit({.kind = GroupEffect::Kind::removed,
                  .time = now,
                  .member = member.id,
                  .generation = generation(),
                  .session_expired = !member.alive});
        }
    }
    for (const MemberId member : gone) {
        remove(member, now);
    }
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (members_[i].acts <= now) {
            heartbeat(members_[i].id, now);
        }
    }
    effects.insert(effects.end(), std::make_move_iterator(pending_.begin()),
                   std::make_move_iterator(pending_.end()));
    pending_.clear();
}

}  // namespace lagsim::models
