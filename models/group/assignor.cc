#include "models/group/assignor.h"

#include <algorithm>

namespace lagsim::models {

namespace {

/// Per topic a contiguous block each; the first P mod n members get one more.
void assign_range(Assignment& result, std::int32_t base, std::int32_t partitions) {
    const auto members = static_cast<std::int32_t>(result.size());
    const std::int32_t quota = partitions / members;
    const std::int32_t extra = partitions % members;
    std::int32_t next = base;
    for (std::int32_t member = 0; member < members; ++member) {
        const std::int32_t size = quota + (member < extra ? 1 : 0);
        for (std::int32_t i = 0; i < size; ++i) {
            result[static_cast<std::size_t>(member)].push_back(next++);
        }
    }
}

std::vector<std::int32_t> unassigned(const Assignment& assignment, std::int32_t partitions) {
    std::vector<bool> taken(static_cast<std::size_t>(partitions), false);
    for (const auto& member : assignment) {
        for (const std::int32_t partition : member) {
            taken[static_cast<std::size_t>(partition)] = true;
        }
    }
    std::vector<std::int32_t> free;
    for (std::int32_t partition = 0; partition < partitions; ++partition) {
        if (!taken[static_cast<std::size_t>(partition)]) {
            free.push_back(partition);
        }
    }
    return free;
}

void keep(std::vector<std::int32_t>& owned, std::size_t count, Releases releases) {
    if (owned.size() <= count) {
        return;
    }
    if (releases == Releases::highest) {
        owned.resize(count);
    } else {
        owned.erase(owned.begin(), owned.end() - static_cast<std::ptrdiff_t>(count));
    }
}

/// Deals `free` in turn to members that have fewer than `quota`.
void fill(Assignment& result, std::vector<std::int32_t>& free, std::size_t quota) {
    auto next = free.begin();
    for (bool dealt = true; dealt && next != free.end();) {
        dealt = false;
        for (auto& member : result) {
            if (member.size() < quota && next != free.end()) {
                member.push_back(*next++);
                dealt = true;
            }
        }
    }
    free.erase(free.begin(), next);
}

void sort_each(Assignment& assignment) {
    for (auto& member : assignment) {
        std::ranges::sort(member);
    }
}

}  // namespace

Assignment assign_partitions(Assignor assignor, std::size_t members,
                             std::span<const std::int32_t> partitions_of_topic) {
    Assignment result(members);
    if (members == 0) {
        return result;
    }
    std::int32_t base = 0;
    for (const std::int32_t partitions : partitions_of_topic) {
        if (assignor == Assignor::round_robin) {
            // Round robin deals over all topics' partitions without starting anew at a topic.
            for (std::int32_t p = 0; p < partitions; ++p) {
                result[static_cast<std::size_t>(base + p) % members].push_back(base + p);
            }
        } else {
            assign_range(result, base, partitions);
        }
        base += partitions;
    }
    return result;
}

Assignment assign_sticky(const Assignment& owned, std::int32_t partitions, Releases releases) {
    Assignment result = owned;
    const std::size_t members = owned.size();
    const std::size_t low = static_cast<std::size_t>(partitions) / members;
    const std::size_t high = low + (static_cast<std::size_t>(partitions) % members == 0 ? 0 : 1);
    std::size_t big_left = static_cast<std::size_t>(partitions) % members;
    for (auto& member : result) {
        if (member.size() >= high && big_left > 0) {
            keep(member, high, releases);
            --big_left;
        } else {
            keep(member, low, releases);
        }
    }
    std::vector<std::int32_t> free = unassigned(result, partitions);
    fill(result, free, low);
    for (auto& member : result) {
        if (!free.empty() && member.size() == low) {
            member.push_back(free.front());
            free.erase(free.begin());
        }
    }
    sort_each(result);
    return result;
}

Assignment assign_uniform(const Assignment& owned, std::int32_t partitions) {
    Assignment result = owned;
    const std::size_t members = owned.size();
    const std::size_t quota = static_cast<std::size_t>(partitions) / members;
    const std::size_t extra = static_cast<std::size_t>(partitions) % members;
    const auto quota_of = [&](std::size_t member) { return quota + (member < extra ? 1U : 0U); };
    for (std::size_t member = 0; member < members; ++member) {
        keep(result[member], quota_of(member), Releases::highest);
    }
    // What nobody ever had goes first, then what was released.
    const std::vector<std::int32_t> never_owned = unassigned(owned, partitions);
    std::vector<std::int32_t> free = never_owned;
    for (const std::int32_t partition : unassigned(result, partitions)) {
        if (!std::ranges::binary_search(never_owned, partition)) {
            free.push_back(partition);
        }
    }
    auto next = free.begin();
    for (std::size_t member = 0; member < members; ++member) {
        while (result[member].size() < quota_of(member) && next != free.end()) {
            result[member].push_back(*next++);
        }
    }
    sort_each(result);
    return result;
}

namespace {

/// Takes excess members from partitions, from those members first that have too much themselves.
void unshare(Assignment& members, std::vector<std::size_t>& sharers, std::size_t sharing,
             const std::vector<std::size_t>& quotas) {
    for (const bool overfilled_only : {true, false}) {
        for (std::size_t m = 0; m < members.size(); ++m) {
            std::erase_if(members[m], [&](std::int32_t partition) {
                std::size_t& count = sharers[static_cast<std::size_t>(partition)];
                const bool excess = count > sharing;
                if (!excess || (overfilled_only && members[m].size() <= quotas[m])) {
                    return false;
                }
                --count;
                return true;
            });
        }
    }
}

}  // namespace

Assignment assign_shared(const Assignment& current, std::int32_t partitions) {
    const std::size_t members = current.size();
    const auto count = static_cast<std::size_t>(partitions);
    const std::size_t sharing = (members + count - 1) / count;
    // Rounded sums, so that the quotas add up to sharing * partitions.
    const auto up_to = [&](std::size_t member) {
        return (sharing * count * member + members - 1) / members;
    };
    std::vector<std::size_t> quotas;
    for (std::size_t m = 0; m < members; ++m) {
        quotas.push_back(up_to(m + 1) - up_to(m));
    }
    Assignment result = current;
    std::vector<std::size_t> sharers(count, 0);
    for (const auto& member : result) {
        for (const std::int32_t partition : member) {
            ++sharers[static_cast<std::size_t>(partition)];
        }
    }
    unshare(result, sharers, sharing, quotas);
    for (std::size_t m = 0; m < members; ++m) {
        while (result[m].size() > quotas[m]) {
            --sharers[static_cast<std::size_t>(result[m].back())];
            result[m].pop_back();
        }
    }
    // The least filled go first, so that nobody is left who has the last partition already.
    for (std::size_t round = 0; round < sharing; ++round) {
        std::size_t member = 0;
        for (std::size_t p = 0; p < count; ++p) {
            const auto partition = static_cast<std::int32_t>(p);
            for (std::size_t tried = 0; sharers[p] <= round && tried < members; ++tried) {
                auto& taker = result[member];
                if (taker.size() < quotas[member] &&
                    std::ranges::find(taker, partition) == taker.end()) {
                    taker.push_back(partition);
                    ++sharers[p];
                }
                member = (member + 1) % members;
            }
        }
    }
    sort_each(result);
    return result;
}

Assignment without_moving(Assignment target, const Assignment& owned) {
    for (std::size_t member = 0; member < target.size(); ++member) {
        std::erase_if(target[member], [&](std::int32_t partition) {
            for (std::size_t other = 0; other < owned.size(); ++other) {
                if (other != member && std::ranges::binary_search(owned[other], partition)) {
                    return true;
                }
            }
            return false;
        });
    }
    return target;
}

void renumber(std::vector<std::int32_t>& partitions, std::span<const std::int32_t> before,
              std::span<const std::int32_t> after) {
    for (std::int32_t& partition : partitions) {
        std::int32_t within = partition;
        std::int32_t base = 0;
        for (std::size_t topic = 0; within >= before[topic]; ++topic) {
            within -= before[topic];
            base += after[topic];
        }
        partition = base + within;
    }
}

}  // namespace lagsim::models
