/// When a consumer commits, and which offset: the right policy and the wrong ones that users really
/// run. Source: Kafka consumer semantics; Sarama v1.60 offset_manager.go (mark-only, max-finished).
#pragma once

#include <cstdint>

#include "core/quantity.h"
#include "core/time.h"

namespace lagsim::core {

enum class CommitWhen : std::uint8_t {
    after_success,      ///< the low watermark: nothing below it is unfinished
    before_processing,  ///< the next offset to hand out: a crash loses what is in hand
    mark_only,          ///< never (Sarama: MarkMessage, AutoCommit off, no Commit)
    automatic,          ///< `auto`: what was handed out, on the client's timer
    max_finished        ///< highest finished + 1, whatever is open below
};

struct CommitPolicy {
    CommitWhen when = CommitWhen::after_success;
    Duration every{1'000'000'000};  ///< [ns] used if `every_records` is 0
    Records every_records{0};       ///< counted over a member's partitions
    Records max_window{0};          ///< C7: most records from W to the last delivered; 0 = no limit
    friend bool operator==(const CommitPolicy&, const CommitPolicy&) = default;
};

/// Where a group without a committed offset starts, and where it goes when its offset no longer
/// exists.
enum class OffsetReset : std::uint8_t { earliest, latest, none };

}  // namespace lagsim::core
