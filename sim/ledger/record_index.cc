#include "sim/ledger/record_index.h"

#include <algorithm>

#include "core/check.h"

namespace lagsim::sim {

using core::Offset;

/// What was written since the last marker becomes an entry, or one more run of the last entry.
void RecordIndex::close_run() {
    const std::int64_t length = next_ - open_number_;
    if (may_join_ && stretches_.back().length == length) {
        ++stretches_.back().runs;
    } else {
        present_.push_back(stretches_.size());
        stretches_.push_back({open_number_, open_offset_, length, 1});
    }
    open_offset_ += length;
    open_number_ = next_;
}

void RecordIndex::append_marker() {
    close_run();
    ++open_offset_;
    may_join_ = true;
}

void RecordIndex::truncate(Offset end) {
    const std::int64_t log_end = open_offset_ + next_ - open_number_;
    LAGSIM_CHECK(end.value() <= log_end, "a log is cut below its end");
    if (next_ > open_number_) {
        may_join_ = false;
        close_run();
    }
    while (!present_.empty() && stretches_[present_.back()].first_offset >= end.value()) {
        present_.pop_back();
    }
    open_offset_ = end.value();
    may_join_ = false;
}

const RecordIndex::Stretch& RecordIndex::stretch_of(std::int64_t number) const {
    const auto after = std::ranges::upper_bound(stretches_, number, {}, &Stretch::first_number);
    LAGSIM_CHECK(after != stretches_.begin(), "a record was appended before it is asked for");
    return *(after - 1);
}

Offset RecordIndex::offset_of(std::int64_t number) const {
    if (number >= open_number_) {
        return Offset{open_offset_ + number - open_number_};
    }
    const Stretch& stretch = stretch_of(number);
    const std::int64_t past = number - stretch.first_number;
    return Offset{stretch.first_offset + past + past / stretch.length};
}

std::int64_t RecordIndex::run_end(std::int64_t number) const {
    if (number >= open_number_) {
        return next_;
    }
    const Stretch& stretch = stretch_of(number);
    const std::int64_t past = number - stretch.first_number;
    return stretch.first_number + (past / stretch.length + 1) * stretch.length;
}

std::int64_t RecordIndex::number_from(Offset offset) const {
    const std::int64_t past_open = offset.value() - open_offset_;
    if (past_open >= 0 || present_.empty()) {
        return std::min(next_, open_number_ + std::max<std::int64_t>(0, past_open));
    }
    const auto after =
        std::ranges::upper_bound(present_, offset.value(), {},
                                 [&](std::size_t index) { return stretches_[index].first_offset; });
    if (after == present_.begin()) {
        return stretches_[present_.front()].first_number;
    }
    const Stretch& stretch = stretches_[*(after - 1)];
    const std::int64_t past = offset.value() - stretch.first_offset;
    const std::int64_t run = past / (stretch.length + 1);
    const std::int64_t within = past % (stretch.length + 1);
    if (within == stretch.length) {
        // A marker: the record after it need not be of this stretch, if the log was cut here.
        return number_from(offset.next());
    }
    return stretch.first_number + run * stretch.length + within;
}

}  // namespace lagsim::sim
