#include "models/pods/node_pool.h"

#include <algorithm>

namespace lagsim::models {

NodePool::NodePool(const Parameters& parameters) : parameters_(parameters) {
    Entry first;
    first.state = State::ready;
    first.images.assign(static_cast<std::size_t>(parameters.images), core::Instant{});
    nodes_.assign(static_cast<std::size_t>(parameters.count), first);
}

std::optional<NodePool::Node> NodePool::place() {
    std::optional<Node> best;
    for (Node node = 0; node < size(); ++node) {
        const bool fits = takes_pods(node) && pods(node) < parameters_.pods_per_node;
        if (fits && (!best || pods(node) < pods(*best))) {
            best = node;
        }
    }
    if (best) {
        ++at(*best).pods;
    }
    return best;
}

bool NodePool::release(Node node, core::Instant now) {
    Entry& entry = at(node);
    if (--entry.pods == 0) {
        entry.empty_since = now;
    }
    return entry.state == State::draining && entry.pods == 0;
}

std::int32_t NodePool::existing() const {
    return static_cast<std::int32_t>(std::ranges::count_if(
        nodes_, [](const Entry& entry) { return entry.state != State::gone; }));
}

std::int32_t NodePool::missing(std::int32_t pending) const {
    const auto on_their_way = static_cast<std::int32_t>(std::ranges::count_if(
        nodes_, [](const Entry& entry) { return entry.state == State::requested; }));
    const std::int32_t homeless = pending - on_their_way * parameters_.pods_per_node;
    const std::int32_t wanted =
        (std::max(0, homeless) + parameters_.pods_per_node - 1) / parameters_.pods_per_node;
    return std::clamp(wanted, 0, std::max(0, parameters_.max - existing()));
}

NodePool::Node NodePool::request(core::Instant now) {
    last_request_ = now;
    nodes_.emplace_back().images.resize(static_cast<std::size_t>(parameters_.images));
    return size() - 1;
}

void NodePool::join(Node node, core::Instant now) {
    Entry& entry = at(node);
    entry.state = State::ready;
    entry.empty_since = now;
}

std::vector<NodePool::Node> NodePool::idle(core::Instant now) const {
    std::vector<Node> nodes;
    if (last_request_ && now - *last_request_ < parameters_.scale_down_after) {
        return nodes;
    }
    std::int32_t spare = existing() - parameters_.count;
    for (Node node = size() - 1; node >= 0 && spare > 0; --node) {
        const Entry& entry = at(node);
        if (entry.state == State::ready && entry.pods == 0 &&
            now - entry.empty_since >= parameters_.scale_down_after) {
            nodes.push_back(node);
            --spare;
        }
    }
    return nodes;
}

NodePool::Pull NodePool::pull(Node node, std::int32_t image, core::Duration time,
                              core::Instant now) {
    Entry& entry = at(node);
    std::optional<core::Instant>& there = entry.images[static_cast<std::size_t>(image)];
    const bool begins = !there;
    if (begins) {
        entry.pulls_done = std::max(now, entry.pulls_done) + time;
        there = entry.pulls_done;
    }
    return {.done = *there, .begins = begins};
}

}  // namespace lagsim::models
