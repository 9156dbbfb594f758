#include "sim/results/stored_run.h"

#include <utility>

#include "sim/results/reading.h"

namespace lagsim::sim {
namespace {

Provenance read_provenance(const hdf5::Reader& reader) {
    Provenance from;
    from.scenario_text = reader.texts("/provenance/scenario_yaml").at(0);
    from.resolved = reader.texts("/provenance/scenario_resolved_yaml").at(0);
    from.overrides = reader.texts("/provenance/overrides");
    return from;
}

}  // namespace

std::expected<StoredRun, std::string> read_run(const std::string& path) {
    auto result = read_result(path);
    if (!result) {
        return std::unexpected(result.error());
    }
    auto run = hdf5::reading<StoredRun>(path, [&](const hdf5::Reader& reader) {
        StoredRun whole;
        whole.result = std::move(*result);
        whole.resolution = reader.text_attribute("/", "resolution", "exact");
        if (whole.result.replications > 0) {
            whole.provenance = read_provenance(reader);
            whole.replications = reader.integers("/timeseries/replication");
        }
        return whole;
    });
    if (!run || run->replications.empty()) {
        return run;
    }
    auto names = read_names(path);
    if (!names) {
        return std::unexpected(names.error());
    }
    run->lanes = std::move(names->lanes);
    run->provenance.manifests = std::move(names->manifests);
    return run;
}

}  // namespace lagsim::sim
