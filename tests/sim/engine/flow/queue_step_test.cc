// One expected queue: what it is at rest, how it gets there, how a backlog goes.
#include "sim/engine/flow/queue_step.h"

#include <gtest/gtest.h>

namespace lagsim::sim::flow {
namespace {

double after(double number, double arrivals, double services, double seconds) {
    return step_queue({.number = number,
                       .arrival_rate = arrivals,
                       .service_rate = services,
                       .seconds = seconds})
        .number;
}

TEST(QueueStep, AtRestIsPollaczekKhinchines) {
    EXPECT_DOUBLE_EQ(number_at_rest(0.5, 1.0), 1.0);        // M/M/1
    EXPECT_DOUBLE_EQ(number_at_rest(0.5, 0.5), 0.75);       // M/D/1
    EXPECT_DOUBLE_EQ(number_at_rest(0.8, 0.0), 0.8);        // D/D/1
    EXPECT_DOUBLE_EQ(number_at_rest(0.5, 5.0), 0.5 + 2.5);  // cs^2 = 9
    EXPECT_GT(number_at_rest(1.0, 0.0), 1e300);
}

TEST(QueueStep, ABacklogShrinksByWhatTheServerIsFaster) {
    EXPECT_DOUBLE_EQ(after(1000.0, 5.0, 10.0, 20.0), 900.0);
    EXPECT_DOUBLE_EQ(after(1000.0, 5.0, 10.0, 1e6), 1.0);  // and then is at rest
}

TEST(QueueStep, AnOverloadGrowsByWhatTheServerIsSlower) {
    // The server is idle now and then only in the beginning.
    EXPECT_NEAR(after(10000.0, 12.0, 10.0, 100.0), 10200.0, 0.2);
}

TEST(QueueStep, ManySmallStepsEndWhereOneLargeOneDoes) {
    double number = 0.0;
    for (int i = 0; i < 20000; ++i) {
        number = after(number, 8.0, 10.0, 0.01);
    }
    EXPECT_NEAR(number, 4.0, 1e-3);
    EXPECT_NEAR(after(0.0, 8.0, 10.0, 1e6), 4.0, 1e-3);
}

TEST(QueueStep, NothingIsLostOrMade) {
    for (const double number : {0.0, 0.3, 4.0, 1000.0}) {
        for (const double seconds : {1e-9, 0.1, 15.0, 1e5}) {
            const QueueOutput output = step_queue(
                {.number = number, .arrival_rate = 9.0, .service_rate = 10.0, .seconds = seconds});
            EXPECT_NEAR(output.number + output.served, number + 9.0 * seconds,
                        1e-9 * (number + 9.0 * seconds));
            EXPECT_GE(output.served, 0.0);
            EXPECT_LE(output.served, 10.0 * seconds * (1.0 + 1e-9) + 1e-9);
        }
    }
}

TEST(QueueStep, AServerThatStandsStillServesNothing) {
    const QueueOutput output =
        step_queue({.number = 3.0, .arrival_rate = 2.0, .service_rate = 0.0, .seconds = 10.0});
    EXPECT_DOUBLE_EQ(output.number, 23.0);
    EXPECT_DOUBLE_EQ(output.served, 0.0);
    EXPECT_DOUBLE_EQ(output.integral, 130.0);
}

}  // namespace
}  // namespace lagsim::sim::flow
