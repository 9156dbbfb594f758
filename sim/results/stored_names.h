/// Whose the columns of a result file are: groups, partitions, manifests.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace lagsim::sim {

/// A lane: one partition as one consumer group sees it.
struct StoredLane {
    std::int32_t group = 0;  ///< index into StoredNames::groups
    std::string topic;
    std::int32_t partition = 0;  ///< number within the topic
};

struct StoredNames {
    std::string scenario;
    std::string seed;  ///< decimal
    std::string version;
    std::int64_t replications = 0;
    std::vector<std::string> groups;
    std::vector<StoredLane> lanes;
    std::vector<std::pair<std::string, std::string>> manifests;  ///< path, text
};

/// The error says whether the file is missing, no result file, or damaged.
[[nodiscard]] std::expected<StoredNames, std::string> read_names(const std::string& path);

}  // namespace lagsim::sim
