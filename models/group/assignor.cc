#include "models/group/assignor.h"

namespace lagsim::models {

namespace {

using Assignment = std::vector<std::vector<std::int32_t>>;

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

}  // namespace

std::vector<std::vector<std::int32_t>> assign_partitions(
    Assignor assignor, std::size_t members, std::span<const std::int32_t> partitions_of_topic) {
    Assignment result(members);
    if (members == 0) {
        return result;
    }
    std::int32_t base = 0;
    for (const std::int32_t partitions : partitions_of_topic) {
        if (assignor == Assignor::range) {
            assign_range(result, base, partitions);
        } else {
            // Round robin deals over all topics' partitions without starting anew at a topic.
            for (std::int32_t p = 0; p < partitions; ++p) {
                result[static_cast<std::size_t>(base + p) % members].push_back(base + p);
            }
        }
        base += partitions;
    }
    return result;
}

}  // namespace lagsim::models
