/// What every benchmark here does: time one piece of work, and fail if its result has changed.
///
/// Under callgrind the same bodies are counted instead of timed: `PROGRAM --count` (bench/gate.py).
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include <benchmark/benchmark.h>

namespace lagsim::bench {

/// A hash of results in order; equal on every machine for equal results.
class ResultHash {
  public:
    template <class Integer>
        requires std::is_integral_v<Integer>
    void add(Integer value) {
        state_ = (state_ ^ static_cast<std::uint64_t>(value)) * 0x9E3779B97F4A7C15U;
        state_ ^= state_ >> 29;
    }
    [[nodiscard]] std::uint64_t value() const { return state_; }

  private:
    std::uint64_t state_ = 0x6C616773696D0001U;
};

struct Body {
    std::string_view name{};
    std::uint64_t (*work)() = nullptr;
    std::uint64_t expected = 0;
};
/// Returns whether it was added, so that a static variable can do it before main.
bool add_body(const Body& body);

/// Remembers that `name` gave another hash than the one written down beside it.
void report_wrong_result(std::string_view name, std::uint64_t expected, std::uint64_t actual);
[[nodiscard]] bool all_results_right();

/// Times `work()`, which does `items` pieces of work from the same start each time and returns the
/// hash of their results.
template <class Work>
void measure(benchmark::State& state, std::string_view name, std::int64_t items,
             std::uint64_t expected, Work work) {
    std::uint64_t actual = 0;
    for (auto _ : state) {
        actual = work();
        benchmark::DoNotOptimize(actual);
    }
    if (actual != expected) {
        report_wrong_result(name, expected, actual);
        state.SkipWithError("the result has changed");
    }
    state.SetItemsProcessed(state.iterations() * items);
}

}  // namespace lagsim::bench

/// A benchmark called `name`: LAGSIM_BENCH(name, items, expected hash) { ... return hash.value(); }
#define LAGSIM_BENCH(name, items, expected)                            \
    static std::uint64_t name();                                       \
    static void name##_timed(benchmark::State& state) {                \
        ::lagsim::bench::measure(state, #name, items, expected, name); \
    }                                                                  \
    BENCHMARK(name##_timed)->Name(#name);                              \
    [[maybe_unused]] static const bool name##_added =                  \
        ::lagsim::bench::add_body({#name, name, expected});            \
    static std::uint64_t name()
