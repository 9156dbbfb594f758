/// The fate of every record of one lane, as intervals: their cost follows what goes wrong, not the
/// number of records.
///
/// Records go by their numbers in the log (sim/ledger/record_index.h), written here as offsets of a
/// log that has nothing but records and keeps them all: holes and truncation are not seen here.
/// Every record is in exactly one of four states: waiting, finished, dead-lettered, lost.
/// Finished wins over the others (a zombie may finish what was given up as lost); what is
/// dead-lettered is not lost.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "core/quantity.h"
#include "core/time.h"
#include "sim/results/replication_result.h"

namespace lagsim::sim {

class LaneLedger {
  public:
    explicit LaneLedger(std::int32_t lane) : lane_(lane) {}
    // A copy's `last_` would point into the original.
    LaneLedger(const LaneLedger&) = delete;
    LaneLedger& operator=(const LaneLedger&) = delete;
    LaneLedger(LaneLedger&&) = default;
    LaneLedger& operator=(LaneLedger&&) = default;
    ~LaneLedger() = default;

    /// A processing of `offset` ended with success at `now`. True: the first one; false: a
    /// duplicate, blamed on `cause`.
    bool finish(core::Offset offset, core::Instant now, DuplicateCause cause) {
        if (offset.value() == tail_end_ && tail_finished_) {
            last_->second.end = ++tail_end_;
            ++finished_;
            return true;
        }
        return finish_anywhere(offset, now, cause);
    }
    /// The same for `range` in order, all of it beyond whatever had a fate.
    void finish_new(core::OffsetRange range);
    /// Nothing at or above it has a fate.
    [[nodiscard]] core::Offset known_end() const { return core::Offset{tail_end_}; }
    /// The dead-letter topic accepted `offset`. True: it had no fate before (or was lost).
    bool dead_letter(core::Offset offset);
    /// `offset` is given up for good. True: it had no fate before.
    bool lose(core::Offset offset, LossCause cause, core::Instant now);
    /// Offsets below `end` without a fate will never be processed, except those that `in_hand` says
    /// are being processed somewhere. Returns how many were lost by this.
    core::Records lose_below(core::Offset end, LossCause cause, core::Instant now,
                             const std::function<bool(core::Offset)>& in_hand) {
        return lose({core::Offset{0}, end}, cause, now, in_hand);
    }
    /// The same for those of `range` only.
    core::Records lose(core::OffsetRange range, LossCause cause, core::Instant now,
                       const std::function<bool(core::Offset)>& in_hand);

    [[nodiscard]] std::int64_t finished() const { return finished_; }
    [[nodiscard]] std::int64_t dead_lettered() const { return dead_lettered_; }
    [[nodiscard]] std::int64_t lost() const { return lost_; }
    [[nodiscard]] std::int64_t duplicates() const { return duplicates_; }
    /// Copies in the dead-letter topic beyond the first of a record.
    [[nodiscard]] std::int64_t dead_letter_duplicates() const { return dead_letter_duplicates_; }
    /// Finished records with a copy in the dead-letter topic.
    [[nodiscard]] std::int64_t dead_lettered_and_finished() const {
        return static_cast<std::int64_t>(finished_with_copy_.size());
    }
    /// Lowest offset that might be without a fate: all below have one.
    [[nodiscard]] core::Offset settled_below() const;

    /// Ends the program unless the intervals, walked anew, give the counts, and the four states sum
    /// to `produced`.
    void verify(core::Records produced) const;

    [[nodiscard]] std::vector<LedgerInterval> lost_intervals() const;
    [[nodiscard]] const std::vector<LedgerInterval>& duplicate_intervals() const {
        return duplicate_intervals_;
    }

  private:
    enum class Fate : std::uint8_t { finished, dead_lettered, lost };
    struct Interval {
        std::int64_t end;
        Fate fate;
        LossCause cause;     ///< of lost
        core::Instant time;  ///< of lost
    };
    using Intervals = std::map<std::int64_t, Interval>;

    bool finish_anywhere(core::Offset offset, core::Instant now, DuplicateCause cause);
    [[nodiscard]] const Interval* at(std::int64_t offset) const;
    void put(std::int64_t first, Interval interval);
    void cut_out(std::int64_t offset);
    void count_duplicate(std::int64_t offset, core::Instant now, DuplicateCause cause);

    std::int32_t lane_;
    Intervals intervals_;
    // The last interval, cached: in-order success only moves its end.
    std::int64_t tail_end_ = 0;
    bool tail_finished_ = false;
    Intervals::iterator last_;

    std::int64_t finished_ = 0;
    std::int64_t dead_lettered_ = 0;
    std::int64_t lost_ = 0;
    std::int64_t duplicates_ = 0;
    std::vector<LedgerInterval> duplicate_intervals_;
    std::int64_t dead_letter_duplicates_ = 0;
    std::set<std::int64_t> finished_with_copy_;
};

}  // namespace lagsim::sim
