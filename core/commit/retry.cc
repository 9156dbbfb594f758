#include "core/commit/retry.h"

#include "core/check.h"

namespace lagsim::core {

RetryDecision after_failure(std::int64_t failed_attempts, std::span<const Duration> backoffs,
                            bool has_dead_letter_topic) {
    LAGSIM_CHECK(failed_attempts >= 1, "a decision after a failure needs a failure");
    const auto schedule = static_cast<std::int64_t>(backoffs.size());
    if (has_dead_letter_topic && failed_attempts > schedule) {
        return {RetryDecision::Action::dead_letter};
    }
    if (schedule == 0) {
        return {RetryDecision::Action::retry};
    }
    const auto step = static_cast<std::size_t>((failed_attempts - 1) % schedule);
    return {RetryDecision::Action::retry, backoffs[step], step};
}

ProduceDecision before_produce(std::int64_t failed, bool topic_down,
                               std::optional<std::int64_t> most, UndeliverablePolicy policy) {
    if (policy == UndeliverablePolicy::block) {
        return topic_down ? ProduceDecision::wait : ProduceDecision::produce;
    }
    const bool undeliverable = most ? failed >= *most : failed > 0 && topic_down;
    if (!undeliverable) {
        return ProduceDecision::produce;
    }
    return policy == UndeliverablePolicy::stop ? ProduceDecision::stop : ProduceDecision::drop;
}

RetryDecision after_failure_in_share_group(std::int64_t failed_attempts,
                                           std::span<const Duration> backoffs,
                                           bool has_dead_letter_topic) {
    const bool exhausted = failed_attempts > static_cast<std::int64_t>(backoffs.size());
    if (exhausted && !has_dead_letter_topic) {
        return {RetryDecision::Action::release, Duration{0}};
    }
    return after_failure(failed_attempts, backoffs, has_dead_letter_topic);
}

}  // namespace lagsim::core
