/// Which instruction set the batch kernels run with, and how to make that fewer.
///
/// Kernels are compiled once for each instruction set and chosen when the program runs (Google
/// Highway's dynamic dispatch). All give the same bits, so a restriction changes the time that a
/// run takes and nothing else. `sse2` is what every x86-64 CPU has; Highway has no target for it,
/// so it runs on sse2_vectors.h. The command line reads the name from the environment variable
/// LAGSIM_SIMD.
#pragma once

#include <string_view>
#include <vector>

namespace lagsim::models {

/// From now on kernels use nothing better than `name`: sse2, ssse3, sse4, avx2 or avx3 (AVX-512 F,
/// VL, DQ, BW); a CPU that has less uses what it has. False, and nothing changed, for other names.
/// Not while another thread is in a kernel.
[[nodiscard]] bool restrict_simd(std::string_view name);

/// The names that `restrict_simd` knows, from the least to the best.
[[nodiscard]] std::vector<std::string_view> simd_names();

/// The name of what kernels run with now.
[[nodiscard]] std::string_view chosen_simd();

}  // namespace lagsim::models
