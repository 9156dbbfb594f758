// The fast engine equals the reference engine to the last bit: fingerprint, every series, event,
// decision, total and interval, on ten thousand random scenarios of all protocols, policies and
// faults.
//
// To repeat one: LAGSIM_SCENARIO_SEED=1234 sim_tests --gtest_filter=Seeds/EnginesAgree.*/0
#include <gtest/gtest.h>

#include "tests/sim/engine/agreement_helper.h"
#include "tests/sim/engine/random_scenario_helper.h"

namespace lagsim::sim {
namespace {

constexpr std::uint64_t scenarios_a_part = 1000;

class EnginesAgree : public testing::TestWithParam<std::uint64_t> {};

TEST_P(EnginesAgree, OnRandomScenarios) {
    const std::uint64_t first = 500'000 + GetParam() * scenarios_a_part;
    for (const std::uint64_t seed : seeds(first, first + scenarios_a_part - 1)) {
        SCOPED_TRACE("LAGSIM_SCENARIO_SEED=" + std::to_string(seed));
        const Scenario scenario = some_steady_scenario(seed);

        ASSERT_EQ(first_difference(scenario), "");
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, EnginesAgree, testing::Range<std::uint64_t>(0, 10));

}  // namespace
}  // namespace lagsim::sim
