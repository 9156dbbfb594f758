/// One partition of a share group as its broker keeps it (KIP-932): which records are locked by
/// which member, how often each was delivered, and how far everything is settled.
///
/// Records between the start offset and the end of the window are available, acquired or settled
/// (acknowledged, or given up after too many deliveries). The start offset passes what is settled:
/// the low watermark of a consumer's lease, kept by the broker. Slices of equal state are one
/// entry, so the cost follows batches, not records.
/// Source: KIP-932; Kafka 4.0.0 core/src/main/java/kafka/server/share/SharePartition.java.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "core/quantity.h"
#include "core/time.h"
#include "models/group/group_coordinator.h"
#include "models/group/protocol.h"

namespace lagsim::models {

class SharePartition {
  public:
    SharePartition(const ShareLimits& limits, core::Offset start)
        : limits_(limits), start_(start), end_(start) {}

    /// Records handed to a member together; `count` = 1 for the first delivery.
    struct Delivery {
        core::OffsetRange range;
        std::int32_t count = 1;
        friend bool operator==(const Delivery&, const Delivery&) = default;
    };
    /// Locks the lowest available records, at most `most` of them, below `log_end` and inside the
    /// window.
    [[nodiscard]] std::vector<Delivery> acquire(MemberId member, core::Records most,
                                                core::Offset log_end, core::Instant now);

    enum class Answer : std::uint8_t {
        settled,   ///< acknowledged
        returned,  ///< available again
        archived,  ///< released, but its deliveries are used up: never delivered again
        not_held   ///< the lock had run out: INVALID_RECORD_STATE, nothing changes
    };
    /// ACCEPT of one record of the delivery `count`.
    Answer accept(core::Offset offset, MemberId member, std::int32_t count);
    /// RELEASE of it: available again at once, without a back-off.
    Answer release(core::Offset offset, MemberId member, std::int32_t count);

    /// What became of records whose lock ended without an acknowledgement.
    struct Unlocked {
        core::OffsetRange range;
        MemberId member{-1};
        bool archived = false;
        friend bool operator==(const Unlocked&, const Unlocked&) = default;
    };
    /// The member closes its session properly: all that it holds is released.
    [[nodiscard]] std::vector<Unlocked> release_all(MemberId member);
    /// Locks that have run out by `now`.
    [[nodiscard]] std::vector<Unlocked> expire(core::Instant now);
    /// No lock runs out before; never if nothing is locked.
    [[nodiscard]] core::Instant next_expiry() const {
        return expiries_.empty() ? core::never : expiries_.front();
    }

    /// Retention has deleted what is below.
    void move_start(core::Offset log_start);

    /// The log has lost what lies from `log_end` on.
    void truncate(core::Offset log_end);

    [[nodiscard]] bool holds(core::Offset offset, MemberId member, std::int32_t count) const;
    /// Everything below is settled.
    [[nodiscard]] core::Offset start() const { return start_; }

  private:
    enum class State : std::uint8_t { available, acquired, settled };
    struct Slice {
        core::Offset end;
        State state = State::available;
        std::int32_t deliveries = 0;
        MemberId member{-1};
        core::Instant expires = core::never;
    };
    using Slices = std::map<core::Offset, Slice>;

    Slices::iterator cut_at(core::Offset offset);
    [[nodiscard]] Slices::iterator isolate(core::OffsetRange range);
    [[nodiscard]] Unlocked unlock(Slices::iterator slice);
    void pass_settled();
    void join_with_neighbours(Slices::iterator slice);

    ShareLimits limits_;
    core::Offset start_;
    core::Offset end_;  ///< of the window: nothing from here on was ever delivered
    Slices slices_;     ///< cover [start_, end_)
    std::deque<core::Instant> expiries_;  ///< of acquisitions, ascending
};

}  // namespace lagsim::models
