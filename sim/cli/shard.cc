#include "sim/cli/shard.h"

#include <cstdlib>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace lagsim::cli {
namespace {

constexpr std::uint64_t most_shards = 1'000'000;

using Number = std::expected<std::uint64_t, UsageError>;

bool is_set(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
}

/// A variable of the environment; `fallback` where it is not set.
Number number_of(const char* name, std::optional<std::uint64_t> fallback, std::uint64_t least) {
    if (!is_set(name)) {
        return fallback ? Number(*fallback)
                        : std::unexpected(UsageError{fmt::format(
                              "--shard: the environment has no {}; say which shard: --shard i/n",
                              name)});
    }
    return parse_whole_number(std::getenv(name), name, least, UINT64_MAX);
}

/// Tasks of an array count from SLURM_ARRAY_TASK_MIN in steps of SLURM_ARRAY_TASK_STEP.
std::expected<sim::SweepShard, UsageError> slurm_shard(std::optional<std::uint64_t> count) {
    const Number id = number_of("SLURM_ARRAY_TASK_ID", std::nullopt, 0);
    const Number first = number_of("SLURM_ARRAY_TASK_MIN", 0, 0);
    const Number step = number_of("SLURM_ARRAY_TASK_STEP", 1, 1);
    const Number tasks = number_of("SLURM_ARRAY_TASK_COUNT", count, 1);
    for (const Number* number : {&id, &first, &step, &tasks}) {
        if (!*number) {
            return std::unexpected(number->error());
        }
    }
    if (*id < *first) {
        return std::unexpected(UsageError{
            fmt::format("SLURM_ARRAY_TASK_ID is {}, below SLURM_ARRAY_TASK_MIN, {}", *id, *first)});
    }
    return sim::SweepShard{.index = (*id - *first) / *step + 1, .count = count.value_or(*tasks)};
}

std::expected<sim::SweepShard, UsageError> job_shard(std::optional<std::uint64_t> count) {
    const Number index = number_of("JOB_COMPLETION_INDEX", std::nullopt, 0);
    const Number shards = number_of("LAGSIM_SHARDS", count, 1);
    for (const Number* number : {&index, &shards}) {
        if (!*number) {
            return std::unexpected(number->error());
        }
    }
    return sim::SweepShard{.index = *index + 1, .count = count.value_or(*shards)};
}

std::expected<sim::SweepShard, UsageError> shard_of_environment(
    std::optional<std::uint64_t> count) {
    auto shard = is_set("SLURM_ARRAY_TASK_ID") ? slurm_shard(count) : job_shard(count);
    if (shard && (shard->index > shard->count || shard->count > most_shards)) {
        return std::unexpected(
            UsageError{fmt::format("--shard: the environment says shard {} of {}, from 1; there "
                                   "are more tasks than shards",
                                   shard->index, shard->count)});
    }
    return shard;
}

}  // namespace

std::expected<sim::SweepShard, UsageError> parse_shard(const std::string& text) {
    if (text == "auto") {
        return shard_of_environment(std::nullopt);
    }
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos) {
        return std::unexpected(
            UsageError{fmt::format("--shard takes i/n, /n or auto, not '{}'", text)});
    }
    const auto count = parse_whole_number(text.substr(slash + 1), "--shard i/n: n", 1, most_shards);
    if (!count) {
        return std::unexpected(count.error());
    }
    if (slash == 0) {
        return shard_of_environment(*count);
    }
    const auto index = parse_whole_number(text.substr(0, slash), "--shard i/n: i", 0, *count);
    if (!index) {
        return std::unexpected(index.error());
    }
    return sim::SweepShard{.index = *index, .count = *count};
}

}  // namespace lagsim::cli
