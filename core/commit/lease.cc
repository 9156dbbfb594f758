#include "core/commit/lease.h"

namespace lagsim::core {

namespace {

std::optional<Offset> policy_value(const OffsetTracker& tracker, CommitWhen when) {
    switch (when) {
        case CommitWhen::after_success:
            return tracker.low_watermark();
        case CommitWhen::before_processing:
        case CommitWhen::automatic:
            return tracker.delivered_end();
        case CommitWhen::max_finished:
            return tracker.finished_end();
        case CommitWhen::mark_only:
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Offset> Lease::committable(CommitWhen when) const {
    if (!live() || in_flight_) {
        return std::nullopt;
    }
    const auto value = policy_value(tracker_, when);
    // A lease that did nothing has nothing to say: a group without a commit stays without one.
    if (!value || *value <= acknowledged_.value_or(tracker_.origin())) {
        return std::nullopt;
    }
    return value;
}

bool Lease::may_deliver(Offset next, Records max_window) const {
    return max_window == Records{0} || tracker_.open().empty() ||
           next.next() - tracker_.low_watermark() <= max_window;
}

void Lease::commit_acknowledged(Offset offset) {
    in_flight_.reset();
    if (!acknowledged_ || *acknowledged_ < offset) {
        acknowledged_ = offset;
    }
}

void Lease::commit_failed(CommitError error) {
    in_flight_.reset();
    if (error == CommitError::unknown_member) {
        end();
    }
}

}  // namespace lagsim::core
