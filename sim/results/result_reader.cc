#include "sim/results/result_reader.h"

#include "sim/results/reading.h"
#include "sim/results/result_columns.h"

namespace lagsim::sim {
namespace {

std::int64_t sum_of(const hdf5::Reader& reader, const std::string& name) {
    std::int64_t sum = 0;
    for (const std::int64_t value : reader.integers(name)) {
        sum += value;
    }
    return sum;
}

/// How much weight each word of a flag variable has; words without any are left out.
std::vector<std::pair<std::string, std::int64_t>> weigh_flags(
    const hdf5::Reader& reader, const std::string& name, const std::vector<std::int64_t>& weights) {
    const std::vector<std::string> words = reader.meanings(name);
    const std::vector<std::int64_t> flags = reader.integers(name);
    std::vector<std::int64_t> sums(words.size(), 0);
    for (std::size_t i = 0; i < flags.size(); ++i) {
        sums.at(static_cast<std::size_t>(flags[i])) += weights.empty() ? 1 : weights[i];
    }
    std::vector<std::pair<std::string, std::int64_t>> weighed;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (sums[i] > 0) {
            weighed.emplace_back(words[i], sums[i]);
        }
    }
    return weighed;
}

std::vector<std::pair<std::string, std::int64_t>> interval_sums(const hdf5::Reader& reader,
                                                                const std::string& word) {
    std::vector<std::int64_t> sizes = reader.integers("/ledger/" + word + "_last");
    const std::vector<std::int64_t> first = reader.integers("/ledger/" + word + "_first");
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        sizes[i] += 1 - first[i];
    }
    return weigh_flags(reader, "/ledger/" + word + "_cause", sizes);
}

std::vector<MetricSummary> read_metrics(const hdf5::Reader& reader) {
    std::vector<MetricSummary> metrics;
    if (!reader.has("/summary")) {
        return metrics;
    }
    const std::vector<std::string> names = reader.texts("/summary/name");
    const std::vector<std::string> units = reader.texts("/summary/unit");
    const std::vector<double> means = reader.numbers("/summary/mean");
    const std::vector<double> half_widths = reader.numbers("/summary/half_width");
    const std::vector<std::int64_t> counts = reader.integers("/summary/n");
    const std::vector<double> confidences = reader.numbers("/summary/confidence");
    for (std::size_t i = 0; i < names.size(); ++i) {
        metrics.push_back(
            {.name = names[i],
             .unit = units.at(i),
             .meaning = "",
             .interval = {means.at(i), half_widths.at(i), counts.at(i), confidences.at(i)},
             .values = reader.numbers("/summary/" + variable_name(names[i]))});
    }
    return metrics;
}

StoredResult read_all(const hdf5::Reader& reader) {
    StoredResult result;
    result.scenario = reader.text_attribute("/", "title", "");
    result.version = reader.text_attribute("/", "lagsim_version", "");
    result.seed = reader.text_attribute("/", "seed_text", "");
    result.complete = reader.integer_attribute("/", "complete", 0) == 1;
    if (!reader.has("/ledger")) {
        return result;  // killed before the first replication was written
    }
    result.fingerprint = fingerprint_start;
    for (const std::uint64_t one : reader.unsigned_integers("/provenance/event_fingerprint")) {
        result.fingerprint = fold_fingerprint(result.fingerprint, one);
        ++result.replications;
    }
    result.manifests = reader.texts("/provenance/manifest_paths");
    result.overrides = reader.texts("/provenance/overrides");
    result.resolved = reader.texts("/provenance/scenario_resolved_yaml").at(0);
    const std::vector<double> times = reader.numbers("/timeseries/time");
    result.samples = static_cast<std::int64_t>(times.size());
    result.last_sample_seconds = times.empty() ? 0.0 : times.back();
    result.groups = hdf5::group_names(reader);
    result.partitions = static_cast<std::int64_t>(reader.shape("/timeseries/partition").at(0));
    result.metrics = read_metrics(reader);
    result.ledger = {.produced = sum_of(reader, "/ledger/produced"),
                     .finished = sum_of(reader, "/ledger/finished"),
                     .dead_lettered = sum_of(reader, "/ledger/dead_lettered"),
                     .waiting = sum_of(reader, "/ledger/waiting"),
                     .lost = sum_of(reader, "/ledger/lost"),
                     .duplicates = sum_of(reader, "/ledger/duplicates")};
    result.events = weigh_flags(reader, "/events/kind", {});
    result.lost = interval_sums(reader, "lost");
    result.duplicates = interval_sums(reader, "duplicate");
    result.decisions = static_cast<std::int64_t>(reader.shape("/decisions/decision").at(0));
    return result;
}

std::vector<StoredDecision> read_decision_rows(const hdf5::Reader& reader,
                                               std::int64_t replication) {
    const std::string at = "/decisions/";
    const std::vector<std::string> makers = reader.meanings(at + "who");
    const std::vector<std::string> words = reader.meanings(at + "limited_by");
    const std::vector<std::string> groups = hdf5::group_names(reader);
    const auto integers = [&](const char* name) { return reader.integers(at + name); };
    const auto replications = integers("replication_index"), who = integers("who"),
               group = integers("group_index"), lag = integers("lag"), active = integers("active"),
               error = integers("error"), before = integers("replicas_before"),
               status = integers("status_replicas"), ready = integers("ready_replicas"),
               proposed = integers("proposed"), stabilized = integers("stabilized"),
               after = integers("replicas_after"), limited = integers("limited_by"),
               least = integers("min_replicas"), most = integers("max_replicas");
    const std::vector<double> seconds = reader.numbers(at + "decision_time");
    const std::vector<double> metric = reader.numbers(at + "metric");
    const std::vector<double> target = reader.numbers(at + "target");
    const std::vector<double> down = reader.numbers(at + "tolerance_down");
    const std::vector<double> up = reader.numbers(at + "tolerance_up");
    std::vector<StoredDecision> rows;
    for (std::size_t i = 0; i < seconds.size(); ++i) {
        if (replications.at(i) == replication) {
            rows.push_back({.seconds = seconds[i],
                            .who = makers.at(static_cast<std::size_t>(who.at(i))),
                            .replication = replication,
                            .group = groups.at(static_cast<std::size_t>(group.at(i))),
                            .lag = lag.at(i),
                            .metric = metric.at(i),
                            .active = active.at(i) != 0,
                            .error = error.at(i) != 0,
                            .before = before.at(i),
                            .status = status.at(i),
                            .ready = ready.at(i),
                            .proposed = proposed.at(i),
                            .stabilized = stabilized.at(i),
                            .after = after.at(i),
                            .limited_by = words.at(static_cast<std::size_t>(limited.at(i))),
                            .min_replicas = least.at(i),
                            .max_replicas = most.at(i),
                            .target = target.at(i),
                            .tolerance_down = down.at(i),
                            .tolerance_up = up.at(i)});
        }
    }
    return rows;
}

}  // namespace

std::expected<StoredResult, std::string> read_result(const std::string& path) {
    return hdf5::reading<StoredResult>(path, read_all);
}

std::expected<std::vector<StoredDecision>, std::string> read_decisions(const std::string& path,
                                                                       std::int64_t replication) {
    return hdf5::reading<std::vector<StoredDecision>>(
        path, [replication](const hdf5::Reader& reader) {
            return read_decision_rows(reader, replication);
        });
}

}  // namespace lagsim::sim
