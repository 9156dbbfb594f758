#include "sim/results/stored_names.h"

#include <algorithm>
#include <stdexcept>

#include "sim/results/reading.h"

namespace lagsim::sim {
namespace {

std::vector<StoredLane> read_lanes(const hdf5::Reader& reader,
                                   const std::vector<std::string>& groups) {
    const std::vector<std::string> owners = reader.texts("/timeseries/partition_group");
    const std::vector<std::string> topics = reader.texts("/timeseries/partition_topic");
    const std::vector<std::int64_t> numbers = reader.integers("/timeseries/partition_number");
    std::vector<StoredLane> lanes;
    for (std::size_t i = 0; i < owners.size(); ++i) {
        const auto group = std::ranges::find(groups, owners[i]);
        if (group == groups.end()) {
            throw std::runtime_error("damaged: a partition of an unknown consumer group");
        }
        lanes.push_back({.group = static_cast<std::int32_t>(group - groups.begin()),
                         .topic = topics.at(i),
                         .partition = static_cast<std::int32_t>(numbers.at(i))});
    }
    return lanes;
}

StoredNames read_all_names(const hdf5::Reader& reader) {
    StoredNames names;
    names.scenario = reader.text_attribute("/", "title", "");
    names.seed = reader.text_attribute("/", "seed_text", "");
    names.version = reader.text_attribute("/", "lagsim_version", "");
    if (!reader.has("/timeseries/partition_group")) {
        throw std::runtime_error("it holds no replication: its run was killed too early");
    }
    names.groups = reader.has("/timeseries/consumer_group")
                       ? reader.texts("/timeseries/consumer_group")
                       : std::vector{reader.text_attribute("/timeseries", "consumer_group", "")};
    names.lanes = read_lanes(reader, names.groups);
    names.replications = static_cast<std::int64_t>(reader.shape("/timeseries/replication").at(0));
    const std::vector<std::string> paths = reader.texts("/provenance/manifest_paths");
    const std::vector<std::string> texts = reader.texts("/provenance/manifests");
    for (std::size_t i = 0; i < paths.size(); ++i) {
        names.manifests.emplace_back(paths[i], texts.at(i));
    }
    return names;
}

}  // namespace

std::expected<StoredNames, std::string> read_names(const std::string& path) {
    return hdf5::reading<StoredNames>(path, read_all_names);
}

}  // namespace lagsim::sim
