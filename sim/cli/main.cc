/// The program `lagsim`; everything is in the table of commands.cc.
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <malloc.h>

#include "models/random/simd_targets.h"
#include "sim/cli/command.h"

namespace {

/// The instruction set that LAGSIM_SIMD asks for; false if there is none of that name.
bool restrict_simd_as_asked() {
    const char* name = std::getenv("LAGSIM_SIMD");
    if (name == nullptr || lagsim::models::restrict_simd(name)) {
        return true;
    }
    fmt::print(stderr, "lagsim: LAGSIM_SIMD is '{}'; it can be {}\n", name,
               fmt::join(lagsim::models::simd_names(), ", "));
    return false;
}

/// What is freed stays with the process. Packing a chunk of a result file takes and frees 256 KiB
/// in zlib: given back to the kernel each time, they would be cleared again for the next chunk.
void keep_freed_memory() {
#ifdef __GLIBC__
    constexpr int most = 64 << 20;
    mallopt(M_TRIM_THRESHOLD, most);
#endif
}

}  // namespace

int main(int argc, char** argv) {
    keep_freed_memory();
    if (!restrict_simd_as_asked()) {
        return static_cast<int>(lagsim::cli::ExitCode::usage);
    }
    return lagsim::cli::run_program(std::vector<std::string>(argv + 1, argv + argc));
}
