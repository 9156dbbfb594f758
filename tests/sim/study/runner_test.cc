#include "sim/study/runner.h"

#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace lagsim::sim {
namespace {

ReplicationResult result_of(std::uint32_t index) {
    ReplicationResult result;
    result.replication = index;
    return result;
}

/// Units that take longer the smaller their index, so that they finish out of order.
std::expected<ReplicationResult, RunError> late_first(std::uint32_t index, RunControl& control) {
    std::this_thread::sleep_for(std::chrono::milliseconds(index % 3 == 0 ? 6 : 1));
    control.simulated_ns += 1'000'000'000;
    return result_of(index);
}

TEST(Runner, ConsumesInIndexOrderOnAnyNumberOfThreads) {
    for (const unsigned jobs : {1U, 2U, 5U, 64U}) {
        std::vector<std::uint32_t> seen;
        const auto outcome = run_units(
            {.units = 20,
             .jobs = jobs,
             .unit_seconds = 1.0,
             .work = late_first,
             .consume = [&](const ReplicationResult& result) -> std::expected<void, std::string> {
                 seen.push_back(result.replication);
                 return {};
             },
             .progress = {}});

        ASSERT_TRUE(outcome);
        EXPECT_EQ(outcome->finished, 20U);
        EXPECT_FALSE(outcome->interrupted);
        for (std::uint32_t i = 0; i < 20; ++i) {
            EXPECT_EQ(seen.at(i), i);
        }
    }
}

TEST(Runner, KeepsFewResultsWaitingForASlowOne) {
    std::atomic<std::uint32_t> started{0};
    std::atomic<std::uint32_t> started_while_first_ran{0};
    const auto work = [&](std::uint32_t index,
                          RunControl&) -> std::expected<ReplicationResult, RunError> {
        ++started;
        if (index == 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            started_while_first_ran = started.load();
        }
        return result_of(index);
    };
    const auto outcome = run_units(
        {.units = 50,
         .jobs = 2,
         .work = work,
         .consume = [](const ReplicationResult&) { return std::expected<void, std::string>(); },
         .progress = {}});

    ASSERT_TRUE(outcome);
    EXPECT_LE(started_while_first_ran.load(), 4U);
}

TEST(Runner, TheFirstInterruptFinishesWhatRuns) {
    std::atomic<int> interrupts{0};
    std::uint32_t consumed = 0;
    const auto work = [&](std::uint32_t index,
                          RunControl& control) -> std::expected<ReplicationResult, RunError> {
        interrupts = 1;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        EXPECT_FALSE(control.stop);
        return result_of(index);
    };
    const auto outcome = run_units({.units = 100,
                                    .jobs = 2,
                                    .work = work,
                                    .consume =
                                        [&](const ReplicationResult&) {
                                            ++consumed;
                                            return std::expected<void, std::string>();
                                        },
                                    .progress = {},
                                    .interrupts = &interrupts});

    ASSERT_TRUE(outcome);
    EXPECT_TRUE(outcome->interrupted);
    EXPECT_GE(outcome->finished, 1U);
    EXPECT_LT(outcome->finished, 100U);
    EXPECT_EQ(outcome->finished, consumed);
}

TEST(Runner, TheSecondInterruptDropsWhatRuns) {
    std::atomic<int> interrupts{2};
    const auto work = [](std::uint32_t,
                         RunControl& control) -> std::expected<ReplicationResult, RunError> {
        while (!control.stop) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return std::unexpected(RunError::stopped);
    };
    const auto outcome = run_units(
        {.units = 3,
         .jobs = 2,
         .work = work,
         .consume = [](const ReplicationResult&) { return std::expected<void, std::string>(); },
         .progress = {},
         .interrupts = &interrupts});

    ASSERT_TRUE(outcome);
    EXPECT_TRUE(outcome->interrupted);
    EXPECT_EQ(outcome->finished, 0U);
}

TEST(Runner, AnErrorOfTheConsumerEndsTheRun) {
    const auto outcome = run_units(
        {.units = 1000,
         .jobs = 2,
         .work = late_first,
         .consume = [](const ReplicationResult& result) -> std::expected<void, std::string> {
             if (result.replication == 2) {
                 return std::unexpected("disk full");
             }
             return {};
         },
         .progress = {}});

    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error(), "disk full");
}

TEST(Runner, AnExceptionOfTheWorkBecomesAnError) {
    const auto outcome = run_units(
        {.units = 5,
         .jobs = 2,
         .work = [](std::uint32_t, RunControl&) -> std::expected<ReplicationResult, RunError> {
             throw std::runtime_error("out of luck");
         },
         .consume = [](const ReplicationResult&) { return std::expected<void, std::string>(); },
         .progress = {}});

    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error(), "out of luck");
}

TEST(Runner, ReportsProgressToTheEnd) {
    std::vector<Progress> seen;
    const auto outcome = run_units(
        {.units = 4,
         .jobs = 1,
         .unit_seconds = 1.0,
         .work = late_first,
         .consume = [](const ReplicationResult&) { return std::expected<void, std::string>(); },
         .progress = [&](const Progress& progress) { seen.push_back(progress); }});

    ASSERT_TRUE(outcome);
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.back().finished, 4U);
    EXPECT_DOUBLE_EQ(seen.back().simulated_seconds, seen.back().total_seconds);
}

}  // namespace
}  // namespace lagsim::sim
