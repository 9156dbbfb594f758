/// The program `lagsim`; everything is in the table of commands.cc.
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

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

}  // namespace

int main(int argc, char** argv) {
    if (!restrict_simd_as_asked()) {
        return static_cast<int>(lagsim::cli::ExitCode::usage);
    }
    return lagsim::cli::run_program(std::vector<std::string>(argv + 1, argv + argc));
}
