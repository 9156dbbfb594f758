/// 128-bit integers for sums of nanoseconds times records, which overflow 64 bits within a
/// simulated day.
#pragma once

namespace lagsim::core {
__extension__ typedef __int128 int128;
}  // namespace lagsim::core
