/// The arrivals of one log, made in chunks when somebody asks for them: the fast engine's logs have
/// no arrival events.
///
/// A stream that is drawn for its partition alone is made from its random blocks again whenever an
/// old chunk is asked for, so that a backlog costs one checkpoint a chunk. Streams that are dealt
/// over a topic come from a TopicFeed, which is made once, in order; their times are kept until
/// nobody needs them.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "core/time.h"
#include "models/random/distribution.h"
#include "models/random/philox.h"
#include "models/traffic/arrivals.h"
#include "models/traffic/rate_curve.h"
#include "sim/engine/reference/reference_records.h"

namespace lagsim::sim {

inline constexpr int chunk_bits = 9;
inline constexpr std::int64_t chunk_records = std::int64_t{1} << chunk_bits;

/// What the first attempt of a record in a lane takes [ns], complemented (negative) where it fails:
/// a function of the record's number alone.
struct WorkParameters {
    const models::Distribution* service = nullptr;
    std::uint64_t transient_below = 0;  ///< a word below it fails
    std::uint64_t poison_below = 0;
    std::uint32_t entity = 0;  ///< of the lane's random blocks
};

class LogFeed;

/// Producers' streams that are not drawn for one partition alone: made in time order, each record
/// handed to its log.
class TopicFeed {
  public:
    void add(std::unique_ptr<models::ArrivalSource> stream) {
        sources_.push_back({std::move(stream), {}});
        sources_.back().next = sources_.back().stream->next();
    }
    void set_logs(std::vector<LogFeed*> logs) { logs_ = std::move(logs); }
    /// All arrivals up to `until` are with their logs.
    void extend(core::Instant until);

  private:
    struct Source {
        std::unique_ptr<models::ArrivalSource> stream;
        models::Arrival next;
    };
    std::vector<Source> sources_;
    std::vector<LogFeed*> logs_;  ///< by partition
};

class LogFeed final : public PulledArrivals {
  public:
    /// A stream of its own. `work`: of the first group's lane, which shares the random blocks.
    LogFeed(models::RateCurve curve, const models::RandomStreams& streams, std::uint32_t producer,
            std::uint32_t log, core::Instant end, std::optional<WorkParameters> work);
    /// Its records come from `topic`.
    LogFeed(TopicFeed& topic, core::Instant end) : topic_(&topic), last_instant_(before(end)) {}

    /// Number of records that have arrived up to and including `time`: those held back by a broker
    /// without a leader have not.
    [[nodiscard]] std::int64_t end_at(core::Instant time);
    /// Dealt records have one as soon as `end_at` was asked for a later instant; before, never.
    [[nodiscard]] core::Instant time(std::int64_t number) override;
    /// Arrival times [ns] of chunk number `chunk`; valid until other chunks
    /// are asked for or forgotten.
    [[nodiscard]] const std::int64_t* times(std::int64_t chunk);
    /// What WorkParameters says of its records; null where the blocks are not shared.
    [[nodiscard]] const std::int64_t* works(std::int64_t chunk);
    void forget_below(std::int64_t number) override;

    /// From record `number` on nothing can be sent.
    void hold_back(std::int64_t number) { held_from_ = number; }
    /// Held-back records that were due up to `now` are all sent at `now`. Their own arrival times
    /// are appended to `due` [ns].
    void release(core::Instant now, std::vector<std::int64_t>& due);
    [[nodiscard]] bool holds_back() const { return held_from_ < nobody; }

    void push(core::Instant arrival);  ///< for TopicFeed
    /// So many chunks stay in memory at least; more are made again when they are needed.
    void keep_chunks(std::size_t count) { chunks_kept_ = count; }

  private:
    static constexpr std::int64_t nobody = INT64_MAX;
    using Column = std::array<std::int64_t, chunk_records>;
    struct Data {
        Column times;
        Column works;
    };
    struct Chunk {
        // The stream's state before its first record:
        models::UnitCount count = 0;
        std::size_t hint = 0;
        std::int64_t last_ns = 0;
        std::unique_ptr<Data> data;
    };
    /// Records sent when the leader came back.
    struct SentLater {
        std::int64_t first = 0;
        std::int64_t last = 0;
        std::int64_t time_ns = 0;
    };
    [[nodiscard]] static core::Instant before(core::Instant end) { return end - core::Duration{1}; }
    [[nodiscard]] std::int64_t end_chunk() const {
        return first_chunk_ + static_cast<std::int64_t>(chunks_.size());
    }
    [[nodiscard]] Chunk& chunk_at(std::int64_t chunk) {
        return chunks_[static_cast<std::size_t>(chunk - first_chunk_)];
    }
    Data& data_of(std::int64_t chunk);
    void make(std::int64_t chunk, Data& data);
    void keep(std::int64_t chunk);
    void apply_sent_later(std::int64_t chunk, Data& data) const;
    void append_chunk();
    [[nodiscard]] std::int64_t time_ns(std::int64_t number);
    /// Number of arrivals up to `time`, whether or not they could be sent.
    [[nodiscard]] std::int64_t due_at(core::Instant time);

    TopicFeed* topic_ = nullptr;
    core::Instant last_instant_;  ///< nothing arrives later
    models::RateCurve curve_;
    std::optional<models::RandomStreams> streams_;
    std::uint32_t producer_ = 0;
    std::uint32_t log_ = 0;
    std::optional<WorkParameters> work_;

    std::deque<Chunk> chunks_;
    std::int64_t first_chunk_ = 0;
    std::int64_t made_end_ = 0;         ///< numbers below it have a time
    models::UnitCount next_count_ = 0;  ///< the stream's state behind the last chunk
    std::size_t next_hint_ = 0;
    core::Instant next_last_;
    std::vector<std::int64_t> kept_;  ///< chunks whose data can be made again, least recent first
    std::int64_t last_chunk_ = -1;    ///< the one asked for last
    Data* last_data_ = nullptr;
    std::size_t chunks_kept_ = 3;
    std::int64_t cursor_ = 0;  ///< the last answer of due_at
    std::int64_t held_from_ = nobody;
    std::vector<SentLater> sent_later_;
};

/// What first attempts take, of a lane that does not share its log's random blocks: the chunk at
/// hand.
class LaneWorks {
  public:
    LaneWorks(const models::RandomStreams& streams, const WorkParameters& work)
        : streams_(streams), work_(work) {}
    [[nodiscard]] const std::int64_t* chunk(std::int64_t chunk);

  private:
    models::RandomStreams streams_;
    WorkParameters work_;
    std::int64_t at_hand_ = -1;
    std::array<std::int64_t, chunk_records> works_{};
};

}  // namespace lagsim::sim
