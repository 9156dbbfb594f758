/// Which records of one lease are done: delivered ranges in, the low watermark out.
///
/// A lease is one ownership period of one partition. Offsets need not be contiguous (compaction and
/// transaction markers leave holes), so the watermark is defined on delivered records: the first
/// one not finished, or the end of what was delivered. Rules C1, C2 and the definition of W:
/// docs/semantics/commits.md.
#pragma once

#include <vector>

#include "core/quantity.h"

namespace lagsim::core {

class OffsetTracker {
  public:
    OffsetTracker() = default;
    /// `origin`: where the lease starts, the fetched committed offset or the reset position.
    explicit OffsetTracker(Offset origin)
        : origin_(origin), delivered_end_(origin), finished_end_(origin) {}

    /// Hands out a range (C1). Ranges come in increasing order, never below the origin; anything
    /// else is a bug.
    void deliver(OffsetRange range);

    /// Marks delivered records as finished (C2). False where none of the range was open: finished
    /// before, or never delivered by this lease.
    bool finish(OffsetRange range);

    /// W: nothing below it is unfinished.
    [[nodiscard]] Offset low_watermark() const {
        return open_.empty() ? delivered_end_ : open_.front().first;
    }
    [[nodiscard]] Offset origin() const { return origin_; }
    [[nodiscard]] Offset delivered_end() const { return delivered_end_; }
    /// Highest finished offset + 1, whatever is open below it.
    [[nodiscard]] Offset finished_end() const { return finished_end_; }
    /// Delivered and not finished, ascending, disjoint.
    [[nodiscard]] const std::vector<OffsetRange>& open() const { return open_; }
    /// C7: distance from W to the last delivered record; bounds duplicates and memory.
    [[nodiscard]] Records window() const { return delivered_end_ - low_watermark(); }

  private:
    Offset origin_;
    Offset delivered_end_;
    Offset finished_end_;
    std::vector<OffsetRange> open_;
};

}  // namespace lagsim::core
