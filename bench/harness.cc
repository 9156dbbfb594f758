#include "bench/harness.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#define LAGSIM_HAS_CALLGRIND 1
#else
#define LAGSIM_HAS_CALLGRIND 0
#endif

namespace lagsim::bench {

namespace {

bool& right() {
    static bool value = true;
    return value;
}

std::vector<Body>& bodies() {
    static std::vector<Body> all;
    return all;
}

#if LAGSIM_HAS_CALLGRIND

/// Work that changes no result, some four instructions a step: the slowdown of the self-test.
void burn(std::int64_t steps) {
    for (std::int64_t i = 0; i < steps; ++i) {
        benchmark::DoNotOptimize(i);
    }
}

/// What follows `--option=BODY:` for this body among the arguments.
std::optional<std::string_view> argument_for(std::string_view option, std::string_view body,
                                             const std::vector<std::string_view>& arguments) {
    const std::string beginning = std::string(option) + std::string(body) + ":";
    for (const std::string_view argument : arguments) {
        if (argument.starts_with(beginning)) {
            return argument.substr(beginning.size());
        }
    }
    return std::nullopt;
}

/// Every body twice, the second time counted: what is built once is there then. Callgrind writes
/// one file a body, with its name. `--skip=BODY:` leaves one out, `--burn=BODY:N` slows one down.
int count_bodies(const std::vector<std::string_view>& arguments) {
    if (RUNNING_ON_VALGRIND == 0) {
        std::fprintf(stderr, "--count needs valgrind --tool=callgrind; see bench/gate.py\n");
        return 2;
    }
    for (const Body& body : bodies()) {
        if (argument_for("--skip=", body.name, arguments)) {
            continue;
        }
        const auto steps = argument_for("--burn=", body.name, arguments);
        if (const std::uint64_t actual = body.work(); actual != body.expected) {
            report_wrong_result(body.name, body.expected, actual);
            continue;
        }
        CALLGRIND_START_INSTRUMENTATION;
        CALLGRIND_ZERO_STATS;
        const std::uint64_t again = body.work();
        burn(steps ? std::atoll(steps->data()) : 0);
        CALLGRIND_DUMP_STATS_AT(body.name.data());
        CALLGRIND_STOP_INSTRUMENTATION;
        if (again != body.expected) {
            report_wrong_result(body.name, body.expected, again);
        }
    }
    return all_results_right() ? 0 : 1;
}

#else

int count_bodies(const std::vector<std::string_view>&) {
    std::fprintf(stderr, "built without <valgrind/callgrind.h>: nothing can be counted\n");
    return 2;
}

#endif

}  // namespace

bool add_body(const Body& body) {
    bodies().push_back(body);
    return true;
}

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
    if (argc > 1 && std::strcmp(argv[1], "--compiler") == 0) {
        std::printf("%s\n", LAGSIM_COMPILER);
        return 0;
    }
    if (argc > 1 && std::strcmp(argv[1], "--count") == 0) {
        return lagsim::bench::count_bodies({argv + 2, argv + argc});
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 2;
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return lagsim::bench::all_results_right() ? 0 : 1;
}
