/// Where the records of one log are: their numbers to offsets and back, although a transaction's
/// marker takes an offset and a truncated log gives offsets away again.
///
/// A record's number counts the records that were ever appended before it; without markers and
/// truncation it is its offset. Equal runs between markers share an entry, so that the cost follows
/// what is irregular, not the number of records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/quantity.h"

namespace lagsim::sim {

class RecordIndex {
  public:
    void append_record() { ++next_; }
    /// Records up to number `end` have been appended, if they had not.
    void grow_to(std::int64_t end) { next_ = next_ < end ? end : next_; }
    /// An offset that is no record.
    void append_marker();
    /// The log ends at `end` from now on; what comes next are new records at old offsets.
    void truncate(core::Offset end);

    /// Records ever appended: the next one's number.
    [[nodiscard]] core::Records produced() const { return core::Records{next_}; }
    /// Where record `number` is, or was before its end of the log was cut off.
    [[nodiscard]] core::Offset offset_of(std::int64_t number) const;
    /// Number of the first record at or above `offset` in the log as it is now.
    [[nodiscard]] std::int64_t number_from(core::Offset offset) const;
    /// Where the stretch of records without a hole that begins at record `number` ends.
    [[nodiscard]] std::int64_t run_end(std::int64_t number) const;

  private:
    /// `runs` runs of `length` records, a marker after each.
    struct Stretch {
        std::int64_t first_number = 0;
        std::int64_t first_offset = 0;
        std::int64_t length = 0;
        std::int64_t runs = 1;
    };
    [[nodiscard]] const Stretch& stretch_of(std::int64_t number) const;
    void close_run();

    std::vector<Stretch> stretches_;    ///< by number, all that ever were
    std::vector<std::size_t> present_;  ///< those still in the log, by offset
    bool may_join_ = false;             ///< the next run may join the last stretch
    std::int64_t next_ = 0;
    // The run that is being written:
    std::int64_t open_number_ = 0;
    std::int64_t open_offset_ = 0;
};

}  // namespace lagsim::sim
