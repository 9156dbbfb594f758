#include "sim/ledger/lane_ledger.h"

#include <algorithm>
#include <iterator>

#include "core/check.h"

namespace lagsim::sim {

using core::Offset;

const LaneLedger::Interval* LaneLedger::at(std::int64_t offset) const {
    auto after = intervals_.upper_bound(offset);
    if (after == intervals_.begin()) {
        return nullptr;
    }
    const auto& [first, interval] = *std::prev(after);
    return offset < interval.end ? &interval : nullptr;
}

/// Adds [first, interval.end), which has no fate yet, and joins it with equal neighbours.
void LaneLedger::put(std::int64_t first, Interval interval) {
    const auto same = [](const Interval& a, const Interval& b) {
        return a.fate == b.fate &&
               (a.fate != Fate::lost || (a.cause == b.cause && a.time == b.time));
    };
    auto next = intervals_.lower_bound(first);
    if (next != intervals_.begin()) {
        auto previous = std::prev(next);
        LAGSIM_CHECK(previous->second.end <= first, "fates do not overlap");
        if (previous->second.end == first && same(previous->second, interval)) {
            first = previous->first;
            intervals_.erase(previous);
        }
    }
    if (next != intervals_.end()) {
        LAGSIM_CHECK(next->first >= interval.end, "fates do not overlap");
        if (next->first == interval.end && same(next->second, interval)) {
            interval.end = next->second.end;
            intervals_.erase(next);
        }
    }
    intervals_.insert_or_assign(first, interval);
    last_ = std::prev(intervals_.end());
    tail_end_ = last_->second.end;
    tail_finished_ = last_->second.fate == Fate::finished;
}

/// Takes one offset out of its interval, so that it can get another fate.
void LaneLedger::cut_out(std::int64_t offset) {
    auto found = std::prev(intervals_.upper_bound(offset));
    const std::int64_t first = found->first;
    const Interval whole = found->second;
    intervals_.erase(found);
    if (first < offset) {
        Interval before = whole;
        before.end = offset;
        intervals_.emplace(first, before);
    }
    if (offset + 1 < whole.end) {
        intervals_.emplace(offset + 1, whole);
    }
}

bool LaneLedger::finish_anywhere(Offset offset, core::Instant now, DuplicateCause cause) {
    const std::int64_t position = offset.value();
    if (const Interval* const known = at(position); known != nullptr) {
        if (known->fate == Fate::finished) {
            count_duplicate(position, now, cause);
            return false;
        }
        if (known->fate == Fate::lost) {
            --lost_;
        } else {
            --dead_lettered_;
            finished_with_copy_.insert(position);
        }
        cut_out(position);
    }
    put(position, {position + 1, Fate::finished, {}, {}});
    ++finished_;
    return true;
}

void LaneLedger::finish_new(core::OffsetRange range) {
    LAGSIM_CHECK(range.first.value() >= tail_end_, "what is new has no fate");
    const std::int64_t count = range.size().value();
    if (range.first.value() == tail_end_ && tail_finished_) {
        last_->second.end = tail_end_ += count;
    } else {
        put(range.first.value(), {range.end.value(), Fate::finished, {}, {}});
    }
    finished_ += count;
}

bool LaneLedger::dead_letter(Offset offset) {
    const std::int64_t position = offset.value();
    if (const Interval* const known = at(position); known != nullptr) {
        if (known->fate == Fate::finished) {
            dead_letter_duplicates_ += finished_with_copy_.insert(position).second ? 0 : 1;
            return false;
        }
        if (known->fate == Fate::dead_lettered) {
            ++dead_letter_duplicates_;
            return false;
        }
        --lost_;
        cut_out(position);
    }
    put(position, {position + 1, Fate::dead_lettered, {}, {}});
    ++dead_lettered_;
    return true;
}

bool LaneLedger::lose(Offset offset, LossCause cause, core::Instant now) {
    const std::int64_t position = offset.value();
    if (at(position) != nullptr) {
        return false;
    }
    put(position, {position + 1, Fate::lost, cause, now});
    ++lost_;
    return true;
}

core::Records LaneLedger::lose(core::OffsetRange range, LossCause cause, core::Instant now,
                               const std::function<bool(Offset)>& in_hand) {
    const std::int64_t end = range.end.value();
    std::vector<std::pair<std::int64_t, std::int64_t>> gaps;
    std::int64_t from = range.first.value();
    auto known = intervals_.upper_bound(from);
    if (known != intervals_.begin()) {
        --known;  // may reach into the range
    }
    for (; known != intervals_.end() && known->first < end; ++known) {
        if (from < known->first) {
            gaps.emplace_back(from, known->first);
        }
        from = std::max(from, known->second.end);
    }
    if (from < end) {
        gaps.emplace_back(from, end);
    }
    std::int64_t newly_lost = 0;
    for (const auto& [first, last] : gaps) {
        std::int64_t start = first;
        for (std::int64_t offset = first; offset <= last; ++offset) {
            if (offset == last || in_hand(Offset{offset})) {
                if (start < offset) {
                    put(start, {offset, Fate::lost, cause, now});
                    newly_lost += offset - start;
                }
                start = offset + 1;
            }
        }
    }
    lost_ += newly_lost;
    return core::Records{newly_lost};
}

Offset LaneLedger::settled_below() const {
    std::int64_t from = 0;
    for (const auto& [first, interval] : intervals_) {
        if (first > from) {
            break;
        }
        from = interval.end;
    }
    return Offset{from};
}

void LaneLedger::count_duplicate(std::int64_t offset, core::Instant now, DuplicateCause cause) {
    ++duplicates_;
    const auto blame = static_cast<std::uint8_t>(cause);
    if (!duplicate_intervals_.empty()) {
        LedgerInterval& last = duplicate_intervals_.back();
        if (last.cause == blame && last.last + 1 == offset) {
            last.last = offset;
            return;
        }
    }
    duplicate_intervals_.push_back(
        {.lane = lane_, .first = offset, .last = offset, .time = now, .cause = blame});
}

void LaneLedger::verify(core::Records produced) const {
    std::int64_t finished = 0;
    std::int64_t dead_lettered = 0;
    std::int64_t lost = 0;
    std::int64_t waiting = 0;
    std::int64_t from = 0;
    for (const auto& [first, interval] : intervals_) {
        LAGSIM_CHECK(first >= from && interval.end > first, "fates are disjoint and in order");
        waiting += first - from;
        const std::int64_t size = interval.end - first;
        (interval.fate == Fate::finished        ? finished
         : interval.fate == Fate::dead_lettered ? dead_lettered
                                                : lost) += size;
        from = interval.end;
    }
    LAGSIM_CHECK(from <= produced.value(), "nothing has a fate that was not produced");
    waiting += produced.value() - from;
    LAGSIM_CHECK(finished == finished_ && dead_lettered == dead_lettered_ && lost == lost_,
                 "the ledger's counts equal its intervals");
    LAGSIM_CHECK(finished + dead_lettered + lost + waiting == produced.value(),
                 "every produced offset is accounted for");
    std::int64_t duplicates = 0;
    for (const LedgerInterval& interval : duplicate_intervals_) {
        duplicates += interval.last - interval.first + 1;
    }
    LAGSIM_CHECK(duplicates == duplicates_, "every duplicate is in an interval");
}

std::vector<LedgerInterval> LaneLedger::lost_intervals() const {
    std::vector<LedgerInterval> result;
    for (const auto& [first, interval] : intervals_) {
        if (interval.fate == Fate::lost) {
            result.push_back({.lane = lane_,
                              .first = first,
                              .last = interval.end - 1,
                              .time = interval.time,
                              .cause = static_cast<std::uint8_t>(interval.cause)});
        }
    }
    return result;
}

}  // namespace lagsim::sim
