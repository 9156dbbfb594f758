/// Small random scenarios, and what must hold of every result, whatever breaks.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "sim/engine/engine.h"

namespace lagsim::sim {

/// Choices of one random scenario, a Philox word each.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : streams_(seed, 0) {}
    [[nodiscard]] std::int32_t pick(std::int32_t low, std::int32_t high) {
        return low +
               static_cast<std::int32_t>(
                   (std::uint64_t{word()} * static_cast<std::uint64_t>(high - low + 1)) >> 32);
    }
    [[nodiscard]] bool chance(double probability) {
        return static_cast<double>(word()) < probability * 4294967296.0;
    }
    [[nodiscard]] double real(double low, double high) {
        return low + (high - low) * static_cast<double>(word()) / 4294967296.0;
    }
    [[nodiscard]] core::Duration time(core::Duration low, core::Duration high) {
        return core::Duration{static_cast<std::int64_t>(
            real(static_cast<double>(low.count()), static_cast<double>(high.count())))};
    }
    template <class T>
    [[nodiscard]] T of(std::initializer_list<T> choices) {
        return choices.begin()[pick(0, static_cast<std::int32_t>(choices.size()) - 1)];
    }

  private:
    [[nodiscard]] std::uint32_t word() {
        return streams_.block(drawn_++, 77, models::Purpose::fault)[0];
    }
    models::RandomStreams streams_;
    std::uint64_t drawn_ = 0;
};

/// Two minutes with one or two groups, a few records a second, and up to five faults.
[[nodiscard]] Scenario some_scenario(std::uint64_t seed);
/// The same in 30 s.
[[nodiscard]] Scenario some_history(std::uint64_t seed);
/// Two minutes without most of what couples lanes or needs an event of its own, and with more
/// records: what the fast engine's loops are for. A third of the groups is scaled by lag.
[[nodiscard]] Scenario some_steady_scenario(std::uint64_t seed);
/// Everything about a consumer group but its name and its topics.
void set_up_group(Dice& dice, ConsumerGroup& group);

/// The ledger identity, every loss and duplicate in its intervals, every loss with a cause that the
/// scenario allows, the lags of the partitions summing to the group's at every sample.
void expect_sound(const Scenario& scenario, const ReplicationResult& result);

/// Seeds first..last, or only the one that the environment variable LAGSIM_SCENARIO_SEED names.
[[nodiscard]] std::vector<std::uint64_t> seeds(std::uint64_t first, std::uint64_t last);
/// Should a check end the program, `seed` is printed as the variable that repeats it.
[[nodiscard]] ReplicationResult run_seed(std::uint64_t seed, const Scenario& scenario);

}  // namespace lagsim::sim
