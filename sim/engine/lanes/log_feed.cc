#include "sim/engine/lanes/log_feed.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "models/random/record_batch.h"

namespace lagsim::sim {

using core::Instant;

namespace {

constexpr std::int64_t never_ns = core::nanoseconds(core::never);

}  // namespace

void TopicFeed::extend(Instant until) {
    for (;;) {
        Source* first = nullptr;
        for (Source& source : sources_) {
            if (first == nullptr || source.next.time < first->next.time) {
                first = &source;
            }
        }
        if (first == nullptr || first->next.time > until || first->next.time == core::never) {
            return;
        }
        logs_[static_cast<std::size_t>(first->next.partition)]->push(first->next.time);
        first->next = first->stream->next();
    }
}

LogFeed::LogFeed(models::RateCurve curve, const models::RandomStreams& streams,
                 std::uint32_t producer, std::uint32_t log, Instant end,
                 std::optional<WorkParameters> work)
    : last_instant_(before(end)),
      curve_(std::move(curve)),
      streams_(streams),
      producer_(producer),
      log_(log),
      work_(producer == 0 ? work : std::nullopt) {}

void LogFeed::append_chunk() {
    chunks_.push_back({next_count_, next_hint_, core::nanoseconds(next_last_), nullptr});
}

/// The chunk's times and works, from the stream's state before it.
void LogFeed::make(std::int64_t chunk, Data& data) {
    const Chunk& start = chunk_at(chunk);
    std::array<models::UnitCount, chunk_records> gaps;
    const auto first = static_cast<std::uint64_t>(chunk << chunk_bits);
    if (work_) {
        models::draw_records(*streams_, work_->entity, first, chunk_records, *work_->service,
                             work_->transient_below, work_->poison_below, gaps.data(),
                             data.works.data());
    } else {
        models::draw_gaps(*streams_, producer_, log_, first, chunk_records, gaps.data());
    }
    models::UnitCount count = start.count;
    std::size_t hint = start.hint;
    Instant last = core::at_nanoseconds(start.last_ns);
    curve_.reach_each(count, gaps, hint, last, data.times.data());
    if (made_end_ == chunk << chunk_bits) {
        made_end_ += chunk_records;
        next_count_ = count;
        next_hint_ = hint;
        next_last_ = last;
    }
    apply_sent_later(chunk, data);
}

void LogFeed::apply_sent_later(std::int64_t chunk, Data& data) const {
    const std::int64_t begin = chunk << chunk_bits;
    for (const SentLater& sent : sent_later_) {
        const std::int64_t first = std::max(sent.first, begin);
        const std::int64_t last = std::min(sent.last, begin + chunk_records);
        for (std::int64_t number = first; number < last; ++number) {
            data.times[static_cast<std::size_t>(number - begin)] = sent.time_ns;
        }
    }
}

/// Marks the chunk as used last; drops the data of the one not used for longest.
void LogFeed::keep(std::int64_t chunk) {
    const auto known = std::ranges::find(kept_, chunk);
    if (known != kept_.end()) {
        std::rotate(known, known + 1, kept_.end());
        return;
    }
    if (kept_.size() >= chunks_kept_) {
        if (kept_.front() >= first_chunk_) {
            chunk_at(kept_.front()).data.reset();
        }
        kept_.erase(kept_.begin());
    }
    kept_.push_back(chunk);
}

LogFeed::Data& LogFeed::data_of(std::int64_t chunk) {
    if (chunk == last_chunk_) {
        return *last_data_;
    }
    LAGSIM_CHECK(chunk >= first_chunk_, "what is forgotten is not asked for");
    if (topic_ == nullptr) {
        while (end_chunk() <= chunk) {
            append_chunk();
            if (end_chunk() <= chunk) {
                Data passed;
                make(end_chunk() - 1, passed);
            }
        }
        keep(chunk);
    }
    Chunk& asked = chunk_at(chunk);
    if (!asked.data) {
        asked.data = std::make_unique_for_overwrite<Data>();
        make(chunk, *asked.data);
    }
    last_chunk_ = chunk;
    last_data_ = asked.data.get();
    return *last_data_;
}

const std::int64_t* LogFeed::times(std::int64_t chunk) {
    return data_of(chunk).times.data();
}

const std::int64_t* LogFeed::works(std::int64_t chunk) {
    return work_ ? data_of(chunk).works.data() : nullptr;
}

void LogFeed::push(Instant arrival) {
    if ((made_end_ & (chunk_records - 1)) == 0) {
        chunks_.push_back({0, 0, 0, std::make_unique<Data>()});
        chunks_.back().data->times.fill(never_ns);
    }
    chunks_.back().data->times[static_cast<std::size_t>(made_end_ & (chunk_records - 1))] =
        core::nanoseconds(arrival);
    ++made_end_;
}

std::int64_t LogFeed::time_ns(std::int64_t number) {
    if (topic_ != nullptr && number >= made_end_) {
        return never_ns;  // not made yet
    }
    const std::int64_t chunk = number >> chunk_bits;
    return data_of(chunk).times[static_cast<std::size_t>(number & (chunk_records - 1))];
}

Instant LogFeed::time(std::int64_t number) {
    const Instant time = core::at_nanoseconds(time_ns(number));
    return time <= last_instant_ ? time : core::never;
}

std::int64_t LogFeed::due_at(Instant asked) {
    const std::int64_t time = core::nanoseconds(std::min(asked, last_instant_));
    if (topic_ != nullptr) {
        topic_->extend(core::at_nanoseconds(time));
    }
    // Mostly the last answer is right or a little too low.
    while (cursor_ > first_chunk_ << chunk_bits && time_ns(cursor_ - 1) > time) {
        // Back to the chunk in which it lies.
        const std::int64_t chunk = (cursor_ - 1) >> chunk_bits;
        const std::int64_t* const column = times(chunk);
        const std::int64_t* const end = column + (cursor_ - (chunk << chunk_bits));
        cursor_ = (chunk << chunk_bits) + (std::upper_bound(column, end, time) - column);
    }
    while (time_ns(cursor_) <= time) {
        const std::int64_t chunk = cursor_ >> chunk_bits;
        const std::int64_t* const column = times(chunk);
        const std::int64_t* const begin = column + (cursor_ - (chunk << chunk_bits));
        const std::int64_t have = std::min(chunk_records, made_end_ - (chunk << chunk_bits));
        cursor_ += std::upper_bound(begin, column + have, time) - begin;
    }
    return cursor_;
}

std::int64_t LogFeed::end_at(Instant time) {
    return std::min(due_at(time), held_from_);
}

void LogFeed::release(Instant now, std::vector<std::int64_t>& due) {
    const std::int64_t first = held_from_;
    const std::int64_t last = due_at(now);
    held_from_ = nobody;
    if (last <= first) {
        return;
    }
    for (std::int64_t number = first; number < last; ++number) {
        due.push_back(time_ns(number));
    }
    sent_later_.push_back({first, last, core::nanoseconds(now)});
    for (std::int64_t chunk = first >> chunk_bits; chunk <= (last - 1) >> chunk_bits; ++chunk) {
        if (chunk_at(chunk).data) {
            apply_sent_later(chunk, *chunk_at(chunk).data);
        }
    }
}

void LogFeed::forget_below(std::int64_t number) {
    while (first_chunk_ < std::min(number, cursor_) >> chunk_bits && chunks_.size() > 1) {
        if (last_chunk_ == first_chunk_) {
            last_chunk_ = -1;
        }
        chunks_.pop_front();
        ++first_chunk_;
    }
    std::erase_if(kept_, [&](std::int64_t chunk) { return chunk < first_chunk_; });
    std::erase_if(sent_later_,
                  [&](const SentLater& sent) { return sent.last <= first_chunk_ << chunk_bits; });
}

const std::int64_t* LaneWorks::chunk(std::int64_t chunk) {
    if (at_hand_ != chunk) {
        models::draw_records(
            streams_, work_.entity, static_cast<std::uint64_t>(chunk << chunk_bits), chunk_records,
            *work_.service, work_.transient_below, work_.poison_below, nullptr, works_.data());
        at_hand_ = chunk;
    }
    return works_.data();
}

}  // namespace lagsim::sim
