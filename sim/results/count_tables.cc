/// /histograms, /ledger, /summary and /provenance.
#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>

#include <fmt/format.h>

#include "sim/results/result_tables.h"

namespace lagsim::sim {
namespace {

using hdf5::Column;
using hdf5::ColumnType;

struct LedgerColumn {
    const char* name;
    const char* long_name;
    std::int64_t LedgerCounts::* count;
};
constexpr std::array<LedgerColumn, 8> ledger_columns{
    {{"produced", "records produced", &LedgerCounts::produced},
     {"finished", "records finished at least once", &LedgerCounts::finished},
     {"dead_lettered", "records given up to the dead-letter topic, never finished",
      &LedgerCounts::dead_lettered},
     {"waiting", "records without a fate at the end", &LedgerCounts::waiting},
     {"lost", "records that the group will never process", &LedgerCounts::lost},
     {"duplicates", "completed processings beyond the first of a record",
      &LedgerCounts::duplicates},
     {"dead_letter_duplicates", "copies in the dead-letter topic beyond the first of a record",
      &LedgerCounts::dead_letter_duplicates},
     {"dead_lettered_and_finished", "finished records with a copy in the dead-letter topic",
      &LedgerCounts::dead_lettered_and_finished}}};

Column replication_axis(hdf5::Group& group) {
    return group.axis({.name = "replication", .growing = true}, ColumnType::i64,
                      {"1", "replication, an independent run"});
}

void add_group_axis(hdf5::Group& group, const TableShape& shape, std::vector<std::string>& axes) {
    if (shape.several_groups()) {
        group
            .axis({.name = "consumer_group", .size = shape.groups.size()}, ColumnType::text,
                  {"", "consumer group"})
            .append_text(shape.groups);
        axes.emplace_back("consumer_group");
    }
}

/// A list of texts with an axis of their own.
void write_texts(hdf5::Group& group, const std::string& axis,
                 const std::vector<std::pair<std::string, std::vector<std::string>>>& columns,
                 const std::string& meaning) {
    std::vector<std::int64_t> numbers(columns[0].second.size());
    std::iota(numbers.begin(), numbers.end(), 0);
    group.axis({.name = axis, .growing = true}, ColumnType::i64, {"1", meaning}).append(numbers);
    for (const auto& [name, values] : columns) {
        group.variable(name, ColumnType::text, {axis}, {"", name}).append_text(values);
    }
}

}  // namespace

std::string variable_name(const std::string& metric) {
    std::string name;
    for (const char letter : metric) {
        const auto code = static_cast<unsigned char>(letter);
        if (letter == '/' || letter == '%' || code <= ' ' || code == 0x7f) {
            name += fmt::format("%{:02X}", code);
        } else {
            name += letter;
        }
    }
    const bool plain_start = name.empty() ||
                             std::isalnum(static_cast<unsigned char>(name[0])) != 0 ||
                             name[0] == '_' || static_cast<unsigned char>(name[0]) >= 0x80;
    return plain_start ? name : "_" + name;
}

HistogramTable::HistogramTable(H5::H5File& file, const TableShape& shape)
    : group_(file, "histograms") {
    replication_ = replication_axis(group_);
    std::vector<std::string> axes{"replication"};
    add_group_axis(group_, shape, axes);
    bucket_ = group_.axis({.name = "bucket", .growing = true}, ColumnType::i64,
                          {"1", "latency bucket, at most 1 % wide"});
    axes.emplace_back("bucket");
    lower_ = group_.variable("lower", ColumnType::f64, {"bucket"},
                             {"s", "smallest latency that falls into the bucket"});
    upper_ = group_.variable("upper", ColumnType::f64, {"bucket"},
                             {"s", "smallest latency above the bucket"});
    count_ = group_.variable(
        "latency_count", ColumnType::i64, axes,
        {"1", "records produced after the warm-up by latency from produced to first finish"});
}

void HistogramTable::add(const ReplicationResult& result) {
    replication_.append_one(std::int64_t{result.replication});
    hsize_t width = buckets_;
    for (const GroupTotals& totals : result.totals) {
        width = std::max<hsize_t>(width, totals.latency.counts().size());
    }
    // A replication without a record still needs its row, so that the axes agree.
    width = std::max<hsize_t>(width, 1);
    std::vector<std::int64_t> counts;
    for (const GroupTotals& totals : result.totals) {
        const std::vector<std::int64_t>& own = totals.latency.counts();
        counts.insert(counts.end(), own.begin(), own.end());
        counts.resize(counts.size() + width - own.size(), 0);
    }
    std::vector<hsize_t> rest{width};
    if (result.totals.size() > 1) {
        rest.insert(rest.begin(), result.totals.size());
    }
    count_.append(counts, rest);
    buckets_ = width;
}

void HistogramTable::finish() {
    std::vector<std::int64_t> numbers(buckets_);
    std::vector<double> lower(buckets_);
    std::vector<double> upper(buckets_);
    for (std::size_t bucket = 0; bucket < buckets_; ++bucket) {
        numbers[bucket] = static_cast<std::int64_t>(bucket);
        lower[bucket] = core::seconds(core::Duration{LatencyHistogram::lower_bound_ns(bucket)});
        upper[bucket] = core::seconds(core::Duration{LatencyHistogram::lower_bound_ns(bucket + 1)});
    }
    bucket_.append(numbers);
    lower_.append(lower);
    upper_.append(upper);
}

LedgerTable::LedgerTable(H5::H5File& file, const TableShape& shape) : group_(file, "ledger") {
    replication_ = replication_axis(group_);
    std::vector<std::string> axes{"replication"};
    add_group_axis(group_, shape, axes);
    for (const LedgerColumn& column : ledger_columns) {
        counts_.push_back(
            group_.variable(column.name, ColumnType::i64, axes, {"1", column.long_name}));
    }
    lost_ = create("lost", "stretches of offsets that were lost", {loss_cause_names});
    duplicate_ =
        create("duplicate", "stretches of offsets that were done again", {duplicate_cause_names});
}

LedgerTable::Intervals LedgerTable::create(const std::string& word, const std::string& meaning,
                                           hdf5::Flags causes) {
    const std::string axis = word + "_interval";
    Intervals columns;
    columns.index = group_.axis({.name = axis, .growing = true}, ColumnType::i64, {"1", meaning});
    const auto column = [&](const char* name, ColumnType type, const hdf5::Description& about) {
        return group_.variable(fmt::format("{}_{}", word, name), type, {axis}, about);
    };
    columns.replication = column("replication_index", ColumnType::i32, {"1", "replication"});
    columns.partition =
        column("partition", ColumnType::i32, {"1", "value of /timeseries partition"});
    columns.first = column("first", ColumnType::i64, {"1", "first offset"});
    columns.last = column("last", ColumnType::i64, {"1", "last offset, included"});
    columns.time = column("time", ColumnType::f64, {"s", "when it was found"});
    columns.cause = column("cause", ColumnType::u8, {"1", "why", causes});
    return columns;
}

void LedgerTable::append(Intervals& columns, const std::vector<LedgerInterval>& intervals,
                         std::uint32_t replication) {
    std::vector<std::int64_t> number, first, last;
    std::vector<std::int32_t> partition;
    std::vector<double> time;
    std::vector<std::uint8_t> cause;
    for (const LedgerInterval& interval : intervals) {
        number.push_back(static_cast<std::int64_t>(columns.index.rows() + number.size()));
        partition.push_back(interval.lane);
        first.push_back(interval.first);
        last.push_back(interval.last);
        time.push_back(core::seconds(interval.time));
        cause.push_back(interval.cause);
    }
    columns.index.append(number);
    columns.replication.append(
        std::vector<std::int32_t>(intervals.size(), static_cast<std::int32_t>(replication)));
    columns.partition.append(partition);
    columns.first.append(first);
    columns.last.append(last);
    columns.time.append(time);
    columns.cause.append(cause);
}

void LedgerTable::add(const ReplicationResult& result) {
    replication_.append_one(std::int64_t{result.replication});
    for (std::size_t i = 0; i < ledger_columns.size(); ++i) {
        std::vector<std::int64_t> row;
        for (const GroupTotals& totals : result.totals) {
            row.push_back(totals.ledger.*ledger_columns[i].count);
        }
        counts_[i].append(row);
    }
    append(lost_, result.lost, result.replication);
    append(duplicate_, result.duplicates, result.replication);
}

void write_summary(H5::H5File& file, const std::vector<MetricSummary>& metrics) {
    hdf5::Group group(file, "summary");
    std::vector<std::string> names, units;
    std::vector<double> means, half_widths, confidences;
    std::vector<std::int64_t> counts;
    for (const MetricSummary& metric : metrics) {
        names.push_back(metric.name);
        units.push_back(metric.unit);
        means.push_back(metric.interval.mean);
        half_widths.push_back(metric.interval.half_width);
        confidences.push_back(metric.interval.confidence);
        counts.push_back(metric.interval.n);
    }
    group
        .axis({.name = "metric", .size = names.size()}, ColumnType::text,
              {"", "name of the metric, for selecting"})
        .append_text(names);
    const auto column = [&](const char* name, ColumnType type, const hdf5::Description& about) {
        return group.variable(name, type, {"metric"}, about);
    };
    column("name", ColumnType::text, {"", "name of the metric"}).append_text(names);
    column("mean", ColumnType::f64, {"", "mean over replications, in `unit`"}).append(means);
    column("half_width", ColumnType::f64,
           {"", "half-width of the confidence interval; NaN if n < 2"})
        .append(half_widths);
    column("n", ColumnType::i64, {"1", "replications that define it"}).append(counts);
    column("confidence", ColumnType::f64, {"1", "confidence of the interval"}).append(confidences);
    column("unit", ColumnType::text, {"", "unit of mean and half_width"}).append_text(units);

    std::vector<std::int64_t> replications(metrics.empty() ? 0 : metrics[0].values.size());
    std::iota(replications.begin(), replications.end(), 0);
    replication_axis(group).append(replications);
    for (const MetricSummary& metric : metrics) {
        group
            .variable(variable_name(metric.name), ColumnType::f64, {"replication"},
                      {metric.unit, metric.meaning})
            .append(metric.values);
    }
}

ProvenanceTable::ProvenanceTable(H5::H5File& file, const Scenario& scenario,
                                 const std::string& version)
    : group_(file, "provenance") {
    const Provenance& from = scenario.provenance;
    group_.set_attribute("lagsim_version", version);
    group_.set_attribute("scenario_name", scenario.name);
    group_.set_attribute("seed", scenario.seed);
    // JavaScript and JSON readers lose digits beyond 2^53.
    group_.set_attribute("seed_text", fmt::format("{}", scenario.seed));
    group_.set_attribute("rng", std::string("philox4x32-10"));
    group_.text("scenario_yaml", from.scenario_text, "the scenario file as read");
    group_.text("scenario_resolved_yaml", from.resolved, "the scenario with every default");
    std::vector<std::string> paths, texts;
    for (const auto& [path, text] : from.manifests) {
        paths.push_back(path);
        texts.push_back(text);
    }
    write_texts(group_, "manifest", {{"manifest_paths", paths}, {"manifests", texts}},
                "manifests named by the scenario, as read");
    write_texts(group_, "override", {{"overrides", from.overrides}}, "--set and -f, in order");
    replication_ = replication_axis(group_);
    fingerprint_ = group_.variable("event_fingerprint", ColumnType::u64, {"replication"},
                                   {"1", "hash of everything that happened, in order"});
}

void ProvenanceTable::add(const ReplicationResult& result) {
    replication_.append_one(std::int64_t{result.replication});
    fingerprint_.append_one(result.fingerprint);
}

}  // namespace lagsim::sim
