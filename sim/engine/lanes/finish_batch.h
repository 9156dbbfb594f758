/// The fingerprint of many records that finished one after the other, by SIMD.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lagsim::sim {

/// Sum of hash_finish (sim/engine/finish_hash.h) over the records `first_record` .. `first_record +
/// count - 1` of lane `entity`, which finished at `finish[0]` .. `finish[count - 1]` [ns].
[[nodiscard]] std::uint64_t hash_finishes(std::uint32_t entity, std::int64_t first_record,
                                          const std::int64_t* finish, std::size_t count);

}  // namespace lagsim::sim
