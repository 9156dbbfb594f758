#include "bench/harness.h"

#include <cstdio>

namespace lagsim::bench {

namespace {

bool& right() {
    static bool value = true;
    return value;
}

}  // namespace

void report_wrong_result(std::string_view name, std::uint64_t expected, std::uint64_t actual) {
    right() = false;
    std::fprintf(stderr, "%.*s: the result's hash is 0x%016llX, expected 0x%016llX\n",
                 static_cast<int>(name.size()), name.data(),
                 static_cast<unsigned long long>(actual),
                 static_cast<unsigned long long>(expected));
}

bool all_results_right() {
    return right();
}

}  // namespace lagsim::bench

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 2;
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return lagsim::bench::all_results_right() ? 0 : 1;
}
