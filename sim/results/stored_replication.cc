#include "sim/results/stored_replication.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "sim/results/reading.h"
#include "sim/results/result_columns.h"

namespace lagsim::sim {
namespace {

/// A stretch of rows of a list over all replications.
struct Rows {
    hsize_t first = 0;
    hsize_t count = 0;
};

/// The rows of one replication: they follow each other, since it is written in one go.
Rows rows_of(const hdf5::Reader& reader, const std::string& index, std::int64_t replication) {
    const std::vector<std::int64_t> owner = reader.integers(index);
    const auto begin = std::ranges::find(owner, replication);
    const auto end =
        std::find_if(begin, owner.end(), [&](std::int64_t other) { return other != replication; });
    return {static_cast<hsize_t>(begin - owner.begin()), static_cast<hsize_t>(end - begin)};
}

/// Instants are whole nanoseconds; up to 26 days a double of seconds names exactly one.
core::Instant instant(double seconds) {
    return core::at_nanoseconds(std::llround(seconds * 1e9));
}

/// A value that must be below `count`: anything else would index beyond a table of names.
template <class Enum>
Enum checked(std::int64_t value, Enum count, const std::string& name) {
    if (value < 0 || value >= static_cast<std::int64_t>(count)) {
        throw std::runtime_error(
            fmt::format("{} holds {}, which this version does not know", name, value));
    }
    return static_cast<Enum>(value);
}

/// Reads stretches of the columns of one group of the file.
class Columns {
  public:
    Columns(const hdf5::Reader& reader, std::string prefix, Rows rows)
        : reader_(reader), prefix_(std::move(prefix)), rows_(rows) {}

    [[nodiscard]] std::size_t size() const { return rows_.count; }
    [[nodiscard]] std::vector<std::int64_t> integers(const std::string& name) const {
        return reader_.integers(prefix_ + name, rows_.first, rows_.count);
    }
    [[nodiscard]] std::vector<double> numbers(const std::string& name) const {
        return reader_.numbers(prefix_ + name, rows_.first, rows_.count);
    }
    template <class T>
    void read(const std::string& name, std::vector<T>& into) const {
        if constexpr (std::is_same_v<T, double>) {
            into = numbers(name);
        } else {
            const std::vector<std::int64_t> values = integers(name);
            into.resize(values.size());
            std::ranges::transform(values, into.begin(),
                                   [](std::int64_t value) { return static_cast<T>(value); });
        }
    }

  private:
    const hdf5::Reader& reader_;
    std::string prefix_;
    Rows rows_;
};

void read_series(const hdf5::Reader& reader, hsize_t row, ReplicationResult& result) {
    for (const double seconds : reader.numbers("/timeseries/time")) {
        result.sample_times.push_back(instant(seconds));
    }
    const Columns columns(reader, "/timeseries/", {row, 1});
    for (const LaneColumn& column : lane_columns) {
        columns.read(column.name, result.lanes.*column.values);
    }
    const auto groups = [&](const auto& all) {
        for (const auto& column : all) {
            columns.read(column.name, result.groups.*column.values);
        }
    };
    groups(count_columns);
    groups(replica_columns);
    groups(real_columns);
    if (reader.has("/timeseries/lag_total_deviation")) {
        groups(deviation_columns);
    }
    columns.read("rebalancing", result.groups.rebalancing);
}

/// Indices (-1 = none) of groups and lanes that are there: users of the result index with them.
void check_references(const ReplicationResult& result) {
    const std::size_t samples = result.sample_times.size();
    const std::size_t lanes = samples == 0 ? 0 : result.lanes.lag.size() / samples;
    const auto check = [](std::int64_t value, std::size_t count, const char* name) {
        static_cast<void>(checked(value + 1, count + 1, name));
    };
    for (const Event& event : result.events) {
        check(event.group, result.totals.size(), "/events/group_index");
        check(event.lane, lanes, "/events/partition_index");
    }
    for (const Decision& decision : result.decisions) {
        check(decision.group, result.totals.size(), "/decisions/group_index");
    }
    for (const auto* intervals : {&result.lost, &result.duplicates}) {
        for (const LedgerInterval& interval : *intervals) {
            check(interval.lane, lanes, "a partition in /ledger");
        }
    }
}

void read_events(const hdf5::Reader& reader, ReplicationResult& result) {
    const Rows rows = rows_of(reader, "/events/replication_index", result.replication);
    const Columns columns(reader, "/events/", rows);
    const std::vector<double> time = columns.numbers("event_time");
    const auto kind = columns.integers("kind"), group = columns.integers("group_index"),
               pod = columns.integers("pod_index"), lane = columns.integers("partition_index"),
               value = columns.integers("value"), cause = columns.integers("cause");
    for (std::size_t i = 0; i < columns.size(); ++i) {
        // Within the file's list on disk, within the replication in memory.
        const std::int64_t own_cause =
            cause[i] < 0 ? -1 : cause[i] - static_cast<std::int64_t>(rows.first);
        if (own_cause >= static_cast<std::int64_t>(i)) {
            throw std::runtime_error("/events/cause names a row that is not an earlier one");
        }
        result.events.push_back({.time = instant(time[i]),
                                 .kind = checked(kind[i], EventKind::count_, "/events/kind"),
                                 .group = static_cast<std::int32_t>(group[i]),
                                 .pod = static_cast<std::int32_t>(pod[i]),
                                 .lane = static_cast<std::int32_t>(lane[i]),
                                 .value = value[i],
                                 .cause = own_cause});
    }
}

void read_decision_list(const hdf5::Reader& reader, ReplicationResult& result) {
    const Columns columns(reader, "/decisions/",
                          rows_of(reader, "/decisions/replication_index", result.replication));
    const std::vector<std::string> words = reader.meanings("/decisions/limited_by");
    std::vector<Decision>& decisions = result.decisions;
    decisions.resize(columns.size());
    const auto integers = [&](const char* name, auto Decision::* field) {
        const std::vector<std::int64_t> values = columns.integers(name);
        for (std::size_t i = 0; i < values.size(); ++i) {
            using Field = std::remove_reference_t<decltype(decisions[i].*field)>;
            decisions[i].*field = static_cast<Field>(values[i]);
        }
    };
    const auto numbers = [&](const char* name, double Decision::* field) {
        const std::vector<double> values = columns.numbers(name);
        for (std::size_t i = 0; i < values.size(); ++i) {
            decisions[i].*field = values[i];
        }
    };
    const std::vector<double> time = columns.numbers("decision_time");
    const std::vector<std::int64_t> who = columns.integers("who");
    const std::vector<std::int64_t> limited = columns.integers("limited_by");
    for (std::size_t i = 0; i < decisions.size(); ++i) {
        decisions[i].time = instant(time[i]);
        decisions[i].who = checked(who[i], DecisionMaker{2}, "/decisions/who");
        decisions[i].reason = words.at(static_cast<std::size_t>(limited[i]));
    }
    integers("group_index", &Decision::group);
    integers("lag", &Decision::lag);
    numbers("metric", &Decision::metric);
    integers("active", &Decision::active);
    integers("error", &Decision::error);
    integers("replicas_before", &Decision::replicas_before);
    integers("status_replicas", &Decision::status_replicas);
    integers("ready_replicas", &Decision::ready_replicas);
    integers("proposed", &Decision::proposed);
    integers("stabilized", &Decision::stabilized);
    integers("replicas_after", &Decision::replicas_after);
    integers("min_replicas", &Decision::min_replicas);
    integers("max_replicas", &Decision::max_replicas);
    numbers("target", &Decision::target);
    numbers("tolerance_down", &Decision::tolerance_down);
    numbers("tolerance_up", &Decision::tolerance_up);
}

std::vector<LedgerInterval> read_intervals(const hdf5::Reader& reader, const std::string& word,
                                           std::int64_t replication) {
    const std::string prefix = "/ledger/" + word + "_";
    const Columns columns(reader, prefix,
                          rows_of(reader, prefix + "replication_index", replication));
    const auto lane = columns.integers("partition"), first = columns.integers("first"),
               last = columns.integers("last"), cause = columns.integers("cause");
    const std::vector<double> time = columns.numbers("time");
    const std::size_t causes = reader.meanings(prefix + "cause").size();
    std::vector<LedgerInterval> intervals;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::size_t known = checked(cause[i], causes, prefix + "cause");
        intervals.push_back({.lane = static_cast<std::int32_t>(lane[i]),
                             .first = first[i],
                             .last = last[i],
                             .time = instant(time[i]),
                             .cause = static_cast<std::uint8_t>(known)});
    }
    return intervals;
}

/// Each latency counts as its bucket's middle in mean and maximum.
LatencyHistogram histogram_of(std::span<const std::int64_t> counts) {
    LatencyHistogram histogram;
    for (std::size_t bucket = 0; bucket < counts.size(); ++bucket) {
        if (counts[bucket] > 0) {
            const std::int64_t lower = LatencyHistogram::lower_bound_ns(bucket);
            const std::int64_t last = LatencyHistogram::lower_bound_ns(bucket + 1) - 1;
            histogram.add(core::Duration{lower + (last - lower) / 2}, counts[bucket]);
        }
    }
    return histogram;
}

void read_totals(const hdf5::Reader& reader, hsize_t row, ReplicationResult& result) {
    const Columns ledger(reader, "/ledger/", {row, 1});
    const std::size_t groups = hdf5::group_names(reader).size();
    result.totals.resize(groups);
    for (const LedgerColumn& column : ledger_columns) {
        std::vector<std::int64_t> counts;
        ledger.read(column.name, counts);
        for (std::size_t group = 0; group < groups; ++group) {
            result.totals[group].ledger.*column.count = counts.at(group);
        }
    }
    std::vector<std::int64_t> counts;
    Columns(reader, "/histograms/", {row, 1}).read("latency_count", counts);
    const std::size_t width = counts.size() / std::max<std::size_t>(1, groups);
    for (std::size_t group = 0; group < groups; ++group) {
        result.totals[group].latency =
            histogram_of(std::span(counts).subspan(group * width, width));
    }
}

ReplicationResult read_one(const hdf5::Reader& reader, std::int64_t replication) {
    const std::vector<std::int64_t> numbers = reader.has("/timeseries/replication")
                                                  ? reader.integers("/timeseries/replication")
                                                  : std::vector<std::int64_t>();
    const auto found = std::ranges::find(numbers, replication);
    if (found == numbers.end()) {
        throw std::runtime_error(numbers.empty()
                                     ? "it holds no replication yet"
                                     : fmt::format("it has no replication {}, only {} to {}",
                                                   replication, numbers.front(), numbers.back()));
    }
    const auto row = static_cast<hsize_t>(found - numbers.begin());
    ReplicationResult result;
    result.replication = static_cast<std::uint32_t>(replication);
    read_series(reader, row, result);
    read_events(reader, result);
    read_decision_list(reader, result);
    read_totals(reader, row, result);
    result.lost = read_intervals(reader, "lost", replication);
    result.duplicates = read_intervals(reader, "duplicate", replication);
    check_references(result);
    result.fingerprint =
        reader.unsigned_integers("/provenance/event_fingerprint").at(static_cast<std::size_t>(row));
    return result;
}

}  // namespace

std::expected<ReplicationResult, std::string> read_replication(const std::string& path,
                                                               std::int64_t replication) {
    return hdf5::reading<ReplicationResult>(
        path, [replication](const hdf5::Reader& reader) { return read_one(reader, replication); });
}

}  // namespace lagsim::sim
