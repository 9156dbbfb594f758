// One script through the simulator's record plane and through the live worker's adapter: the same
// handlers' ends, commits and handovers, at the same nanosecond.
#include <algorithm>
#include <array>
#include <ostream>

#include <gtest/gtest.h>

#include "tests/production/script_helper.h"
#include "tests/sim/engine/random_scenario_helper.h"

namespace lagsim::production {

void PrintTo(const Deed& deed, std::ostream* out) {
    constexpr std::array<const char*, 3> names{"finished", "committed", "handed over"};
    *out << names[static_cast<std::size_t>(deed.kind)] << " at " << core::nanoseconds(deed.at)
         << " by " << deed.process << ", partition " << deed.lane << ", offset "
         << deed.offset.value();
}

namespace {

TEST(Conformance, TheAdapterDoesWhatTheSimulatorSaysAtTheSameInstants) {
    std::size_t finished = 0;
    std::size_t committed = 0;
    std::int64_t retries = 0;
    std::int64_t dead_lettered = 0;
    for (const std::uint64_t seed : sim::seeds(1, 1000)) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const Script script = some_script(seed);
        const Timeline simulated = play_in_simulator(script);
        const Timeline adapted = play_in_adapter(script);

        const auto [s, a] = std::ranges::mismatch(simulated.deeds, adapted.deeds);
        if (s != simulated.deeds.end() || a != adapted.deeds.end()) {
            const Deed none{};
            EXPECT_EQ(s == simulated.deeds.end() ? none : *s, a == adapted.deeds.end() ? none : *a)
                << "deed number " << s - simulated.deeds.begin() << ", " << simulated.deeds.size()
                << " simulated, " << adapted.deeds.size() << " adapted";
            return;
        }
        ASSERT_EQ(simulated.committed, adapted.committed);
        ASSERT_EQ(simulated.retries, adapted.retries);
        // The one difference: an attempt that outlives its lease and fails for the last time is not
        // dead-lettered by the adapter, which knows that the next owner begins it anew.
        const std::int64_t in_hand =
            script.loses() ? std::max(script.settings.servers,
                                      script.settings.records_at_once * script.partitions())
                           : 0;
        ASSERT_LE(adapted.dead_lettered, simulated.dead_lettered);
        ASSERT_GE(adapted.dead_lettered, simulated.dead_lettered - in_hand);
        finished += static_cast<std::size_t>(
            std::ranges::count(adapted.deeds, Deed::Kind::finished, &Deed::kind));
        committed += static_cast<std::size_t>(
            std::ranges::count(adapted.deeds, Deed::Kind::committed, &Deed::kind));
        retries += adapted.retries;
        dead_lettered += adapted.dead_lettered;
    }
    if (sim::seeds(1, 2).size() == 2) {  // unless one seed was asked for
        EXPECT_GT(finished, 100'000U);
        EXPECT_GT(committed, 20'000U);
        EXPECT_GT(retries, 5'000);
        EXPECT_GT(dead_lettered, 1'000);
    }
}

}  // namespace
}  // namespace lagsim::production
