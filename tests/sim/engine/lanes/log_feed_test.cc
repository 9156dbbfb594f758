// Arrivals that are made when they are asked for: the same as those of a stream of arrivals,
// however often and in whatever order they are made.
#include "sim/engine/lanes/log_feed.h"

#include <vector>

#include <gtest/gtest.h>

namespace lagsim::sim {
namespace {

using core::Duration;
using core::Instant;

constexpr std::int64_t second = 1'000'000'000;
const models::RandomStreams streams(11, 3);

models::ProducerParameters poisson(double rate) {
    models::ProducerParameters traffic;
    traffic.rate = {
        {Instant{}, core::at_nanoseconds(60 * second), rate, rate},
        {core::at_nanoseconds(60 * second), core::at_nanoseconds(120 * second), rate, 3.0 * rate}};
    traffic.partitioner.kind = models::PartitionerKind::uniform;
    return traffic;
}

LogFeed feed(double rate) {
    return {models::partition_curves(poisson(rate)).front(),
            streams,
            0,
            0,
            core::at_nanoseconds(120 * second),
            std::nullopt};
}

std::vector<Instant> arrivals_one_by_one(double rate) {
    const auto sources = models::make_arrival_sources(poisson(rate), 0, 0, streams);
    std::vector<Instant> times;
    for (models::Arrival next = sources[0]->next(); next.time != core::never;
         next = sources[0]->next()) {
        times.push_back(next.time);
    }
    return times;
}

TEST(LogFeed, GivesTheArrivalsOfTheStream) {
    const std::vector<Instant> expected = arrivals_one_by_one(50.0);
    LogFeed log = feed(50.0);

    ASSERT_GT(expected.size(), 4U * chunk_records);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        ASSERT_EQ(log.time(static_cast<std::int64_t>(i)), expected[i]) << i;
    }
    EXPECT_EQ(log.time(static_cast<std::int64_t>(expected.size())), core::never);
}

TEST(LogFeed, MakesOldChunksAgain) {
    const std::vector<Instant> expected = arrivals_one_by_one(50.0);
    LogFeed log = feed(50.0);
    log.keep_chunks(3);
    static_cast<void>(log.end_at(core::at_nanoseconds(120 * second)));

    for (std::size_t i = expected.size(); i-- > 0;) {
        ASSERT_EQ(log.time(static_cast<std::int64_t>(i)), expected[i]) << i;
    }
}

TEST(LogFeed, CountsWhatHasArrivedAtAnInstantForwardsAndBackwards) {
    const std::vector<Instant> expected = arrivals_one_by_one(50.0);
    LogFeed log = feed(50.0);
    for (const std::size_t number : {std::size_t{700}, std::size_t{0}, std::size_t{1500},
                                     std::size_t{1499}, std::size_t{3}, std::size_t{2600}}) {
        const Instant at = expected[number];
        const auto after = static_cast<std::int64_t>(number) + 1;
        EXPECT_EQ(log.end_at(at), after);
        EXPECT_EQ(log.end_at(at - Duration{1}), after - 1);
    }
}

TEST(LogFeed, SendsWhatWasHeldBackWhenTheLeaderIsBack) {
    const std::vector<Instant> expected = arrivals_one_by_one(50.0);
    LogFeed log = feed(50.0);
    const Instant lost = expected[599];
    const Instant back = expected[1299];
    log.hold_back(log.end_at(lost));

    EXPECT_EQ(log.end_at(back), 600);
    std::vector<std::int64_t> due;
    log.release(back, due);

    ASSERT_EQ(due.size(), 700U);
    EXPECT_EQ(due.front(), core::nanoseconds(expected[600]));
    EXPECT_EQ(log.end_at(back), 1300);
    EXPECT_EQ(log.time(599), expected[599]);
    EXPECT_EQ(log.time(600), back);
    EXPECT_EQ(log.time(1299), back);
    EXPECT_EQ(log.time(1300), expected[1300]);
}

TEST(LogFeed, OfATopicGetsWhatIsDealtToIt) {
    models::ProducerParameters traffic = poisson(20.0);
    traffic.kind = models::ArrivalKind::constant;
    traffic.partitioner.kind = models::PartitionerKind::round_robin;
    traffic.partitions = 2;
    TopicFeed topic;
    for (auto& stream : models::make_arrival_sources(traffic, 0, 0, streams)) {
        topic.add(std::move(stream));
    }
    const Instant end = core::at_nanoseconds(120 * second);
    LogFeed even(topic, end);
    LogFeed odd(topic, end);
    topic.set_logs({&even, &odd});

    EXPECT_EQ(even.end_at(Instant{}), 1);
    EXPECT_EQ(odd.end_at(core::at_nanoseconds(second)), 10);
    EXPECT_EQ(even.end_at(core::at_nanoseconds(second)), 11);
    EXPECT_EQ(odd.time(0), core::at_nanoseconds(second / 20));
}

}  // namespace
}  // namespace lagsim::sim
