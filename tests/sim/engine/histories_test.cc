// A hundred thousand short random histories: correct commit policies lose nothing but what brokers,
// retention and reset policies lose; wrong ones lose only by what is wrong about them.
//
// To repeat one: LAGSIM_SCENARIO_SEED=1234 sim_tests --gtest_filter=Seeds/Histories.*/0
#include <gtest/gtest.h>

#include "tests/sim/engine/random_scenario_helper.h"

namespace lagsim::sim {
namespace {

constexpr std::uint64_t histories_a_part = 5000;

class Histories : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Histories, LoseOnlyByTheCausesThatTheirPolicyAndFaultsAllow) {
    const std::uint64_t first = 10'000 + GetParam() * histories_a_part;
    for (const std::uint64_t seed : seeds(first, first + histories_a_part - 1)) {
        SCOPED_TRACE("LAGSIM_SCENARIO_SEED=" + std::to_string(seed));
        const Scenario history = some_history(seed);

        const ReplicationResult result = run_seed(seed, history);

        expect_sound(history, result);
        ASSERT_FALSE(testing::Test::HasFailure());
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Histories, testing::Range<std::uint64_t>(0, 20));

}  // namespace
}  // namespace lagsim::sim
