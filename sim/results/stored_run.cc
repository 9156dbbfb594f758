#include "sim/results/stored_run.h"

#include <utility>

#include "sim/results/reading.h"
#include "sim/results/variable_name.h"

namespace lagsim::sim {
namespace {

std::vector<StoredLane> read_lanes(const hdf5::Reader& reader) {
    const std::vector<std::string> groups = reader.texts("/timeseries/partition_group");
    const std::vector<std::string> topics = reader.texts("/timeseries/partition_topic");
    const std::vector<std::int64_t> numbers = reader.integers("/timeseries/partition_number");
    std::vector<StoredLane> lanes;
    for (std::size_t lane = 0; lane < numbers.size(); ++lane) {
        lanes.push_back({groups.at(lane), topics.at(lane), numbers[lane]});
    }
    return lanes;
}

Provenance read_provenance(const hdf5::Reader& reader) {
    Provenance from;
    from.scenario_text = reader.texts("/provenance/scenario_yaml").at(0);
    from.resolved = reader.texts("/provenance/scenario_resolved_yaml").at(0);
    const std::vector<std::string> paths = reader.texts("/provenance/manifest_paths");
    const std::vector<std::string> texts = reader.texts("/provenance/manifests");
    for (std::size_t i = 0; i < paths.size(); ++i) {
        from.manifests.emplace_back(paths[i], texts.at(i));
    }
    from.overrides = reader.texts("/provenance/overrides");
    return from;
}

StoredRun read_whole(const hdf5::Reader& reader, StoredResult result) {
    StoredRun run;
    run.result = std::move(result);
    run.resolution = reader.text_attribute("/", "resolution", "exact");
    if (run.result.replications == 0) {
        return run;
    }
    run.lanes = read_lanes(reader);
    run.provenance = read_provenance(reader);
    run.replications = reader.integers("/timeseries/replication");
    for (MetricSummary& metric : run.result.metrics) {
        metric.values = reader.numbers("/summary/" + variable_name(metric.name));
    }
    return run;
}

}  // namespace

std::expected<StoredRun, std::string> read_run(const std::string& path) {
    auto result = read_result(path);
    if (!result) {
        return std::unexpected(result.error());
    }
    return hdf5::reading<StoredRun>(
        path, [&](const hdf5::Reader& reader) { return read_whole(reader, std::move(*result)); });
}

}  // namespace lagsim::sim
