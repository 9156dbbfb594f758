/// What to do with a record whose attempt failed: wait and try again, or give it to the dead-letter
/// topic. Source: the retry schedule of the deployment that lagsim models (1 s, 2 s, 4 s, then dead
/// letter).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/time.h"

namespace lagsim::core {

struct RetryDecision {
    enum class Action : std::uint8_t {
        retry,
        dead_letter,
        release  ///< share groups: handed back, somebody tries again at once
    } action = Action::retry;
    Duration backoff{0};   ///< [ns] before the next attempt; 0 for the others
    std::size_t step = 0;  ///< which back-off that is: the retry topic, where there are some
    friend bool operator==(const RetryDecision&, const RetryDecision&) = default;
};

/// `failed_attempts` >= 1 counts this record's failures under its present owner: a crash or
/// rebalance forgets them. Attempts = 1 + backoffs.size(). Without a dead-letter topic an exhausted
/// record is never given up: it blocks its partition and runs through the back-offs again from the
/// first one (at once where there are none).
[[nodiscard]] RetryDecision after_failure(std::int64_t failed_attempts,
                                          std::span<const Duration> backoffs,
                                          bool has_dead_letter_topic);

/// The same in a share group (KIP-932), where a record without a dead-letter topic is released to
/// the broker after its back-offs, and the broker gives it up after its last delivery.
/// `failed_attempts` counts one delivery.
[[nodiscard]] RetryDecision after_failure_in_share_group(std::int64_t failed_attempts,
                                                         std::span<const Duration> backoffs,
                                                         bool has_dead_letter_topic);

/// What becomes of a record that the dead-letter topic does not accept.
enum class UndeliverablePolicy : std::uint8_t {
    block,  ///< it waits in its worker's hand, and all behind it
    stop,   ///< the worker process exits; the next owner starts the record anew
    drop    ///< the record is given up, and its offset may be committed: a loss
};

/// Asked before each produce to the dead-letter topic, the first one included.
enum class ProduceDecision : std::uint8_t {
    produce,
    wait,  ///< until the topic is back
    stop,
    drop
};

/// `failed` produces of this record have failed so far. `most`: after so many the record counts as
/// undeliverable; without it failures are repeated for ever, and only a topic that is known to be
/// down makes it so. To block is to try for ever.
[[nodiscard]] ProduceDecision before_produce(std::int64_t failed, bool topic_down,
                                             std::optional<std::int64_t> most,
                                             UndeliverablePolicy policy);

}  // namespace lagsim::core
