#include "models/pods/node_pool.h"

#include <chrono>

#include <gtest/gtest.h>

namespace lagsim::models {
namespace {

using core::Instant;
using namespace std::chrono_literals;
using Nodes = std::vector<NodePool::Node>;

constexpr NodePool::Parameters two_of_three{
    .count = 2, .max = 3, .pods_per_node = 2, .images = 2, .scale_down_after = 10min};

Instant at(core::Duration time) {
    return Instant{time};
}

TEST(NodePool, PutsAPodOnTheEmptiestNode) {
    NodePool pool(two_of_three);

    EXPECT_EQ(pool.place(), 0);
    EXPECT_EQ(pool.place(), 1);
    EXPECT_EQ(pool.place(), 0);
    pool.release(0, at(1s));
    pool.release(0, at(1s));
    EXPECT_EQ(pool.place(), 0);
    EXPECT_EQ(pool.place(), 0);
    EXPECT_EQ(pool.place(), 1);
    EXPECT_EQ(pool.place(), std::nullopt);
}

TEST(NodePool, LeavesCordonedNodesAlone) {
    NodePool pool(two_of_three);
    pool.cordon(0);

    EXPECT_EQ(pool.place(), 1);
    EXPECT_EQ(pool.place(), 1);
    EXPECT_EQ(pool.place(), std::nullopt);
}

TEST(NodePool, AsksForNodesWithinItsBoundsAndCountsThoseOnTheirWay) {
    NodePool pool({.count = 1, .max = 4, .pods_per_node = 3, .images = 1});

    EXPECT_EQ(pool.missing(0), 0);
    EXPECT_EQ(pool.missing(1), 1);
    EXPECT_EQ(pool.missing(4), 2);
    EXPECT_EQ(pool.missing(100), 3);
    const NodePool::Node asked = pool.request(at(0s));
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(pool.missing(3), 0);
    EXPECT_EQ(pool.missing(4), 1);
    EXPECT_EQ(pool.place(), 0);
    EXPECT_EQ(pool.place(), 0);
    EXPECT_EQ(pool.place(), 0);
    EXPECT_EQ(pool.place(), std::nullopt) << "the one on its way takes no pods yet";
    pool.join(asked, at(2min));
    EXPECT_EQ(pool.place(), asked);
}

TEST(NodePool, GivesBackTheNewestNodesThatHaveBeenEmptyForLongAndKeepsItsFirstNumber) {
    NodePool pool(
        {.count = 1, .max = 3, .pods_per_node = 1, .images = 1, .scale_down_after = 10min});
    EXPECT_EQ(pool.place(), 0);
    for (const int node : {1, 2}) {
        EXPECT_EQ(pool.request(at(0s)), node);
        pool.join(node, at(1min));
    }

    EXPECT_EQ(pool.idle(at(10min)), Nodes{});
    EXPECT_EQ(pool.idle(at(11min)), (Nodes{2, 1}));
    EXPECT_EQ(pool.place(), 1);
    EXPECT_EQ(pool.idle(at(11min)), Nodes{2});
    pool.release(1, at(12min));
    EXPECT_EQ(pool.idle(at(21min)), Nodes{2});
    EXPECT_EQ(pool.idle(at(22min)), (Nodes{2, 1}));
    pool.remove(2);
    pool.release(0, at(12min));
    EXPECT_EQ(pool.idle(at(22min)), Nodes{1}) << "one stays, whichever it is";
}

TEST(NodePool, GivesNothingBackWhileItWasGrowingNotLongAgo) {
    NodePool pool(
        {.count = 1, .max = 3, .pods_per_node = 1, .images = 1, .scale_down_after = 10min});
    EXPECT_EQ(pool.place(), 0);
    pool.join(pool.request(at(0s)), at(1min));
    EXPECT_EQ(pool.request(at(5min)), 2);

    EXPECT_EQ(pool.idle(at(14min)), Nodes{});
    EXPECT_EQ(pool.idle(at(15min)), Nodes{1});
}

TEST(NodePool, PullsImagesOneAfterTheOtherAndEachOnce) {
    NodePool pool(two_of_three);
    EXPECT_FALSE(pool.pull(0, 0, 30s, at(5s)).begins) << "the first nodes have the images";
    const NodePool::Node added = pool.request(at(0s));
    pool.join(added, at(100s));

    const NodePool::Pull first = pool.pull(added, 0, 30s, at(100s));
    const NodePool::Pull second = pool.pull(added, 1, 20s, at(110s));
    const NodePool::Pull again = pool.pull(added, 0, 30s, at(120s));

    EXPECT_TRUE(first.begins);
    EXPECT_EQ(first.done, at(130s));
    EXPECT_TRUE(second.begins);
    EXPECT_EQ(second.done, at(150s));
    EXPECT_FALSE(again.begins);
    EXPECT_EQ(again.done, at(130s));
}

TEST(NodePool, ADrainingNodeIsDoneWhenItsLastPodIsGone) {
    NodePool pool(two_of_three);
    EXPECT_EQ(pool.place(), 0);
    EXPECT_EQ(pool.place(), 1);
    EXPECT_EQ(pool.place(), 0);
    pool.drain(0);

    EXPECT_FALSE(pool.release(0, at(1s)));
    EXPECT_FALSE(pool.release(1, at(1s)));
    EXPECT_TRUE(pool.release(0, at(2s)));
}

}  // namespace
}  // namespace lagsim::models
