/// What a finished record adds to the fingerprint of a run.
#pragma once

#include <cstdint>

#include "core/quantity.h"
#include "core/time.h"

namespace lagsim::sim {

inline constexpr std::uint64_t finish_hash_record = 0x9E3779B97F4A7C15U;
inline constexpr std::uint64_t finish_hash_mix = 0xD6E8FEB86659FD93U;

/// Added up over all records, so their order does not matter.
[[nodiscard]] constexpr std::uint64_t hash_finish(std::uint32_t entity, core::Offset record,
                                                  core::Instant now) {
    std::uint64_t z = static_cast<std::uint64_t>(core::nanoseconds(now)) ^
                      (static_cast<std::uint64_t>(record.value()) * finish_hash_record) ^
                      (std::uint64_t{entity} << 40);
    z = (z ^ (z >> 32)) * finish_hash_mix;
    return z ^ (z >> 29);
}

}  // namespace lagsim::sim
