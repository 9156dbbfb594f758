#include "core/scaling/scaled_object_status.h"

#include <gtest/gtest.h>

namespace lagsim::core {
namespace {

ScaledObjectStatus one_trigger() {
    ScaledObjectStatus status;
    status.health.resize(1);
    return status;
}

TEST(StatusPatch, CarriesOnlyTheFieldsThatChangedInTheCopy) {
    ScaledObjectStatus server = one_trigger();
    server.health[0] = {.failures = 7, .status = HealthStatus::happy};
    ScaledObjectStatus copy = one_trigger();
    copy.health[0] = {.failures = 2, .status = HealthStatus::failing};
    const ScaledObjectStatus original = copy;
    copy.health[0].failures = 3;

    patch_status(server, original, copy);

    EXPECT_EQ(server.health[0].failures, 3);
    EXPECT_EQ(server.health[0].status, HealthStatus::happy) << "unchanged in the copy, so not sent";
    EXPECT_EQ(copy.health[0].status, HealthStatus::happy) << "the answer is read back";
}

TEST(StatusPatch, SendsConditionsAsAWholeListSoAStaleCopyUndoesOthers) {
    ScaledObjectStatus server = one_trigger();
    server.conditions.ready = {.status = ConditionStatus::yes, .reason = "ScaledObjectReady"};
    ScaledObjectStatus copy = one_trigger();
    const ScaledObjectStatus original = copy;
    copy.conditions.fallback = {.status = ConditionStatus::yes, .reason = "FallbackExists"};

    patch_status(server, original, copy);

    EXPECT_EQ(server.conditions.fallback.reason, "FallbackExists");
    EXPECT_EQ(server.conditions.ready, (Condition{ConditionStatus::unknown, ""}));
}

TEST(StatusPatch, WithoutAChangeIsNotSentAndNothingIsReadBack) {
    ScaledObjectStatus server = one_trigger();
    server.health[0] = {.failures = 7, .status = HealthStatus::failing};
    ScaledObjectStatus copy = one_trigger();

    patch_status(server, copy, copy);

    EXPECT_EQ(server.health[0].failures, 7);
    EXPECT_EQ(copy.health[0].failures, std::nullopt);
}

}  // namespace
}  // namespace lagsim::core
