#include "models/group/share_partition.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lagsim::models {

using core::Instant;
using core::Offset;
using core::OffsetRange;
using core::Records;

/// The slice that begins at `offset`, cut off from the one that covers it; past the last one for
/// the end.
SharePartition::Slices::iterator SharePartition::cut_at(Offset offset) {
    auto next = slices_.lower_bound(offset);
    if ((next != slices_.end() && next->first == offset) || next == slices_.begin()) {
        return next;
    }
    const auto covering = std::prev(next);
    if (covering->second.end <= offset) {
        return next;
    }
    Slice rest = covering->second;
    covering->second.end = offset;
    return slices_.emplace_hint(next, offset, rest);
}

SharePartition::Slices::iterator SharePartition::isolate(OffsetRange range) {
    cut_at(range.end);
    return cut_at(range.first);
}

std::vector<SharePartition::Delivery> SharePartition::acquire(MemberId member, Records most,
                                                              Offset log_end, Instant now) {
    const Offset limit = std::min(log_end, start_ + limits_.window);
    if (end_ < limit) {
        slices_.emplace_hint(slices_.end(), end_, Slice{.end = limit});
        end_ = limit;
    }
    std::vector<Delivery> deliveries;
    for (auto slice = slices_.begin(); slice != slices_.end() && most > Records{0}; ++slice) {
        if (slice->second.state != State::available) {
            continue;
        }
        const Offset first = slice->first;
        cut_at(std::min(slice->second.end, first + most));
        Slice& taken = slice->second;
        taken.state = State::acquired;
        taken.member = member;
        taken.expires = now + limits_.lock;
        ++taken.deliveries;
        const OffsetRange range{first, taken.end};
        most -= range.size();
        deliveries.push_back({range, taken.deliveries});
    }
    if (!deliveries.empty()) {
        expiries_.push_back(now + limits_.lock);
    }
    return deliveries;
}

bool SharePartition::holds(Offset offset, MemberId member, std::int32_t count) const {
    auto slice = slices_.upper_bound(offset);
    if (slice == slices_.begin()) {
        return false;
    }
    slice = std::prev(slice);
    return slice->second.end > offset && slice->second.state == State::acquired &&
           slice->second.member == member && slice->second.deliveries == count;
}

SharePartition::Answer SharePartition::accept(Offset offset, MemberId member, std::int32_t count) {
    if (!holds(offset, member, count)) {
        return Answer::not_held;
    }
    const auto slice = isolate(OffsetRange::one(offset));
    slice->second = {.end = slice->second.end, .state = State::settled};
    join_with_neighbours(slice);
    pass_settled();
    return Answer::settled;
}

SharePartition::Answer SharePartition::release(Offset offset, MemberId member, std::int32_t count) {
    if (!holds(offset, member, count)) {
        return Answer::not_held;
    }
    const bool archived = unlock(isolate(OffsetRange::one(offset))).archived;
    pass_settled();
    return archived ? Answer::archived : Answer::returned;
}

/// Its lock has ended: available again, unless it has been delivered often enough.
SharePartition::Unlocked SharePartition::unlock(Slices::iterator slice) {
    Slice& unlocked = slice->second;
    const Unlocked result{.range = {slice->first, unlocked.end},
                          .member = unlocked.member,
                          .archived = unlocked.deliveries >= limits_.deliveries};
    unlocked.state = result.archived ? State::settled : State::available;
    unlocked.member = MemberId{-1};
    unlocked.expires = core::never;
    return result;
}

std::vector<SharePartition::Unlocked> SharePartition::release_all(MemberId member) {
    std::vector<Unlocked> released;
    for (auto slice = slices_.begin(); slice != slices_.end(); ++slice) {
        if (slice->second.state == State::acquired && slice->second.member == member) {
            released.push_back(unlock(slice));
        }
    }
    pass_settled();
    return released;
}

std::vector<SharePartition::Unlocked> SharePartition::expire(Instant now) {
    while (!expiries_.empty() && expiries_.front() <= now) {
        expiries_.pop_front();
    }
    std::vector<Unlocked> expired;
    for (auto slice = slices_.begin(); slice != slices_.end(); ++slice) {
        if (slice->second.state == State::acquired && slice->second.expires <= now) {
            expired.push_back(unlock(slice));
        }
    }
    pass_settled();
    return expired;
}

void SharePartition::move_start(Offset log_start) {
    if (log_start <= start_) {
        return;
    }
    slices_.erase(slices_.begin(), cut_at(log_start));
    start_ = log_start;
    end_ = std::max(end_, log_start);
    pass_settled();
}

void SharePartition::truncate(Offset log_end) {
    slices_.erase(cut_at(log_end), slices_.end());
    end_ = std::min(end_, log_end);
    start_ = std::min(start_, log_end);
}

void SharePartition::pass_settled() {
    while (!slices_.empty() && slices_.begin()->second.state == State::settled) {
        start_ = slices_.begin()->second.end;
        slices_.erase(slices_.begin());
    }
}

/// Settled records come one by one; together they are one slice.
void SharePartition::join_with_neighbours(Slices::iterator slice) {
    const auto next = std::next(slice);
    if (next != slices_.end() && next->second.state == State::settled) {
        slice->second.end = next->second.end;
        slices_.erase(next);
    }
    if (slice != slices_.begin()) {
        const auto before = std::prev(slice);
        if (before->second.state == State::settled) {
            before->second.end = slice->second.end;
            slices_.erase(slice);
        }
    }
}

}  // namespace lagsim::models
