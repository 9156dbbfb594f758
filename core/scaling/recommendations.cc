#include "core/scaling/recommendations.h"

#include <algorithm>

namespace lagsim::core {

void Recommendations::seed(std::int32_t replicas, Instant now) {
    if (entries_.empty()) {
        entries_.push_back({.replicas = replicas, .at = now});
    }
}

void Recommendations::record(Entry entry, const Entry* outdated) {
    if (outdated == nullptr) {
        entries_.push_back(entry);
    } else {
        entries_[static_cast<std::size_t>(outdated - entries_.data())] = entry;
    }
}

std::int32_t Recommendations::stabilize_down(std::int32_t proposal, Instant now, Duration window) {
    const Instant cutoff = now - window;
    std::int32_t largest = proposal;
    const Entry* outdated = nullptr;
    for (const Entry& entry : entries_) {
        if (entry.at < cutoff) {
            outdated = &entry;
        } else {
            largest = std::max(largest, entry.replicas);
        }
    }
    record({.replicas = proposal, .at = now}, outdated);
    return largest;
}

std::int32_t Recommendations::stabilize(std::int32_t proposal, std::int32_t current, Instant now,
                                        Windows windows) {
    const Instant up_cutoff = now - windows.up;
    const Instant down_cutoff = now - windows.down;
    std::int32_t up = proposal;
    std::int32_t down = proposal;
    const Entry* outdated = nullptr;
    for (const Entry& entry : entries_) {
        if (entry.at > up_cutoff) {
            up = std::min(up, entry.replicas);
        }
        if (entry.at > down_cutoff) {
            down = std::max(down, entry.replicas);
        }
        if (entry.at < up_cutoff && entry.at < down_cutoff) {
            outdated = &entry;
        }
    }
    record({.replicas = proposal, .at = now}, outdated);
    return std::min(std::max(current, up), down);
}

}  // namespace lagsim::core
