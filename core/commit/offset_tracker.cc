#include "core/commit/offset_tracker.h"

#include <algorithm>

#include "core/check.h"

namespace lagsim::core {

void OffsetTracker::deliver(OffsetRange range) {
    LAGSIM_CHECK(!range.empty() && range.first >= delivered_end_, "records are delivered in order");
    if (!open_.empty() && open_.back().end == range.first) {
        open_.back().end = range.end;
    } else {
        open_.push_back(range);
    }
    delivered_end_ = range.end;
}

bool OffsetTracker::finish(OffsetRange range) {
    auto piece =
        std::ranges::find_if(open_, [&](const OffsetRange& o) { return o.end > range.first; });
    bool any = false;
    while (piece != open_.end() && piece->first < range.end) {
        any = true;
        const OffsetRange before{piece->first, std::max(piece->first, range.first)};
        const OffsetRange after{std::min(piece->end, range.end), piece->end};
        finished_end_ = std::max(finished_end_, after.first);
        if (before.empty() && after.empty()) {
            piece = open_.erase(piece);
        } else if (before.empty()) {
            *piece++ = after;
        } else if (after.empty()) {
            *piece++ = before;
        } else {
            *piece = before;
            piece = open_.insert(piece + 1, after) + 1;
        }
    }
    return any;
}

}  // namespace lagsim::core
