#include <gtest/gtest.h>

#include "sim/scenario/reader.h"
#include "sim/scenario/resolved.h"

namespace lagsim::sim {
namespace {

constexpr const char* text = R"(apiVersion: lagsim/v1
kind: Scenario
metadata: {name: duration, description: "topics: none"}
spec:
  duration: 5m
  topics:
    orders: {partitions: 4}
  producers:
    - topic: orders
      rate: [{for: 1m, hold: 40/s}, {for: rest, hold: 10/s}]
  consumers:
    - {group: shop, serviceTime: 40ms}
)";

std::string resolved(const std::vector<std::string>& sets) {
    const auto file = read_scenario_text(text, "text", ".", {.overlays = {}, .sets = sets});
    return file ? file->scenario.provenance.resolved : render_diagnostics(file.error());
}

TEST(ResolvedPart, IsWhatStandsBehindAKey) {
    EXPECT_EQ(resolved_part(resolved({}), "duration"), "5m");
    EXPECT_EQ(resolved_part(resolved({}), "resolution"), "exact") << "defaults are written out";
    EXPECT_NE(resolved_part(resolved({}), "topics").find("partitions: 4"), std::string::npos);
    EXPECT_TRUE(resolved_part(resolved({}), "producers").starts_with("- topic: orders"));
    EXPECT_NE(resolved_part(resolved({}), "producers").find("hold: 10/s"), std::string::npos);
    EXPECT_EQ(resolved_part(resolved({}), "producers").find("consumers"), std::string::npos);
    EXPECT_EQ(resolved_part(resolved({}), "name"), "") << "metadata is not spec";
    EXPECT_EQ(resolved_part("", "duration"), "");
}

TEST(ResolvedPart, ChangesWithWhatItSaysAndNothingElse) {
    const std::string other = resolved({"spec.producers[0].rate[0].hold=41/s"});

    EXPECT_NE(resolved_part(other, "producers"), resolved_part(resolved({}), "producers"));
    EXPECT_EQ(resolved_part(other, "topics"), resolved_part(resolved({}), "topics"));
    EXPECT_EQ(resolved_part(resolved({"spec.consumers[0].serviceTime=41ms"}), "producers"),
              resolved_part(resolved({}), "producers"));
}

}  // namespace
}  // namespace lagsim::sim
