#include "models/pods/deletion_order.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace lagsim::models {

namespace {

/// Ages within the same power of two of nanoseconds are equal: young pods go first, but only
/// roughly.
std::int64_t age_rank(core::Instant since, core::Instant now) {
    const std::int64_t age = core::nanoseconds(now - since);
    return age <= 0 ? 0
                    : static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(age)));
}

bool dies_before(const PodRank& a, const PodRank& b, core::Instant now) {
    if (a.assigned != b.assigned) {
        return !a.assigned;
    }
    if (a.running != b.running) {
        return !a.running;
    }
    if (a.ready != b.ready) {
        return !a.ready;
    }
    if (a.on_its_node != b.on_its_node) {
        return a.on_its_node > b.on_its_node;
    }
    if (a.ready && age_rank(a.ready_since, now) != age_rank(b.ready_since, now)) {
        return age_rank(a.ready_since, now) < age_rank(b.ready_since, now);
    }
    if (a.ready && a.ready_since != b.ready_since) {
        return a.uid < b.uid;
    }
    if (a.restarts != b.restarts) {
        return a.restarts > b.restarts;
    }
    if (age_rank(a.created, now) != age_rank(b.created, now)) {
        return age_rank(a.created, now) < age_rank(b.created, now);
    }
    return a.uid < b.uid;
}

}  // namespace

std::vector<std::size_t> deletion_order(std::span<const PodRank> pods, core::Instant now) {
    std::vector<std::size_t> order(pods.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(
        order, [&](std::size_t a, std::size_t b) { return dies_before(pods[a], pods[b], now); });
    return order;
}

}  // namespace lagsim::models
