/// std::ranges::stable_sort without its temporary buffer, which Clang warns about in libstdc++.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

namespace lagsim::sim {

/// By `key` of each element; equals keep their order.
template <class T, class Key>
void sort_stably(std::vector<T>& elements, Key key) {
    std::vector<std::size_t> order(elements.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {},
                      [&](std::size_t i) { return std::pair(std::invoke(key, elements[i]), i); });
    std::vector<T> sorted;
    sorted.reserve(elements.size());
    for (const std::size_t i : order) {
        sorted.push_back(std::move(elements[i]));
    }
    elements = std::move(sorted);
}

}  // namespace lagsim::sim
