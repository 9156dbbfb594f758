#include "sim/results/summary.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "core/check.h"
#include "sim/scenario/lanes.h"

namespace lagsim::sim {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
constexpr double ns_per_second = 1e9;
constexpr double ns_per_hour = 3600.0 * ns_per_second;

/// What a metric's formula may look at.
struct GroupView {
    const GroupTotals& totals;
    double measured_ns;               ///< after the warm-up
    std::vector<std::int64_t>& lags;  ///< total lag at the samples after the warm-up [records]
    const std::vector<std::int64_t>& retry_lags;  ///< of it, in the group's retry topics
};

double ratio(core::int128 part, core::int128 whole) {
    return whole == 0 ? undefined : static_cast<double>(part) / static_cast<double>(whole);
}

double per_second(std::int64_t count, const GroupView& view) {
    return view.measured_ns > 0.0 ? static_cast<double>(count) / view.measured_ns * ns_per_second
                                  : undefined;
}

double time_mean(core::int128 integral, const GroupView& view) {
    return view.measured_ns > 0.0 ? static_cast<double>(integral) / view.measured_ns : undefined;
}

double drain_seconds(const GroupTotals& totals) {
    return totals.drain_threshold < 0.0 ? undefined : core::seconds(totals.time_to_drain);
}

double mean_of(const std::vector<std::int64_t>& values) {
    const std::int64_t sum = std::accumulate(values.begin(), values.end(), std::int64_t{0});
    return values.empty() ? undefined
                          : static_cast<double>(sum) / static_cast<double>(values.size());
}

std::int64_t largest_of(const std::vector<std::int64_t>& values) {
    return values.empty() ? 0 : *std::ranges::max_element(values);
}

struct Metric {
    MetricDefinition definition;
    double (*value)(const GroupView&);
};

using View = const GroupView&;
double number(std::int64_t value) {
    return static_cast<double>(value);
}

constexpr std::array<Metric, 33> metrics{{
    {{"lag.mean", "1", "lag summed over partitions, mean over time after the warm-up [records]"},
     [](View v) { return time_mean(v.totals.lag_integral, v); }},
    {{"lag.p50", "1", "median of the samples' lag after the warm-up [records]"},
     [](View v) { return sample_quantile(v.lags, 0.50); }},
    {{"lag.p95", "1", "95th percentile of the samples' lag after the warm-up [records]"},
     [](View v) { return sample_quantile(v.lags, 0.95); }},
    {{"lag.p99", "1", "99th percentile of the samples' lag after the warm-up [records]"},
     [](View v) { return sample_quantile(v.lags, 0.99); }},
    {{"lag.max", "1", "largest sampled lag after the warm-up [records]"},
     [](View v) { return sample_quantile(v.lags, 1.0); }},
    {{"retryLag.mean", "1", "lag of the group's retry topics, mean of the samples [records]"},
     [](View v) { return mean_of(v.retry_lags); }},
    {{"retryLag.max", "1", "largest sampled lag of the group's retry topics [records]"},
     [](View v) { return number(largest_of(v.retry_lags)); }},
    {{"latency.mean", "s", "from produced to first finish, records produced after the warm-up"},
     [](View v) { return v.totals.latency.mean(); }},
    {{"latency.p50", "s", "median time from produced to first finish"},
     [](View v) { return v.totals.latency.quantile(0.50); }},
    {{"latency.p95", "s", "95th percentile of the time from produced to first finish"},
     [](View v) { return v.totals.latency.quantile(0.95); }},
    {{"latency.p99", "s", "99th percentile of the time from produced to first finish"},
     [](View v) { return v.totals.latency.quantile(0.99); }},
    {{"latency.max", "s", "longest time from produced to first finish"},
     [](View v) { return v.totals.latency.max(); }},
    {{"throughput.produced", "s-1", "records produced a second after the warm-up"},
     [](View v) { return per_second(v.totals.produced_after_warmup, v); }},
    {{"throughput.finished", "s-1", "records finished for the first time a second"},
     [](View v) { return per_second(v.totals.finished_after_warmup, v); }},
    {{"replicas.min", "1", "fewest pods after the warm-up"},
     [](View v) { return number(v.totals.replicas_min); }},
    {{"replicas.mean", "1", "pods, mean over time after the warm-up"},
     [](View v) { return time_mean(v.totals.replica_integral, v); }},
    {{"replicas.max", "1", "most pods after the warm-up"},
     [](View v) { return number(v.totals.replicas_max); }},
    {{"podHours", "h", "pod hours paid, from creation until gone, whole run"},
     [](View v) { return static_cast<double>(v.totals.pod_time) / ns_per_hour; }},
    {{"scaleUps", "1", "times that the replica count was raised, whole run"},
     [](View v) { return number(v.totals.scale_ups); }},
    {{"scaleDowns", "1", "times that the replica count was lowered, whole run"},
     [](View v) { return number(v.totals.scale_downs); }},
    {{"rebalances", "1", "completed rebalances, the first join included, whole run"},
     [](View v) { return number(v.totals.rebalances); }},
    {{"rebalancePause", "s", "partition-seconds without an owner consuming, whole run"},
     [](View v) { return static_cast<double>(v.totals.rebalance_pause) / ns_per_second; }},
    {{"retries", "1", "attempts after the first, whole run"},
     [](View v) { return number(v.totals.retries); }},
    {{"deadLettered", "1", "records given up to the dead-letter topic, whole run"},
     [](View v) { return number(v.totals.ledger.dead_lettered); }},
    {{"deadLetterDuplicates", "1",
      "copies in the dead-letter topic beyond the first of a record, whole run"},
     [](View v) { return number(v.totals.ledger.dead_letter_duplicates); }},
    {{"deadLetteredAndFinished", "1", "finished records with a copy in the dead-letter topic"},
     [](View v) { return number(v.totals.ledger.dead_lettered_and_finished); }},
    {{"lost", "1", "records that the group will never process, whole run"},
     [](View v) { return number(v.totals.ledger.lost); }},
    {{"duplicates", "1", "completed processings beyond the first of a record, whole run"},
     [](View v) { return number(v.totals.ledger.duplicates); }},
    {{"produced", "1", "records produced, whole run"},
     [](View v) { return number(v.totals.ledger.produced); }},
    {{"waiting", "1", "records not yet finished, given up or lost at the end"},
     [](View v) { return number(v.totals.ledger.waiting); }},
    {{"timeToDrain", "s", "longest stretch with lag above the trigger's threshold x partitions"},
     [](View v) { return drain_seconds(v.totals); }},
    {{"utilization.mean", "1", "used part of the running pods' capacity after the warm-up"},
     [](View v) { return ratio(v.totals.busy_time, v.totals.capacity_time); }},
    {{"wastedWork", "s", "service time done on attempts that died with their process, whole run"},
     [](View v) { return static_cast<double>(v.totals.wasted_work) / ns_per_second; }},
}};

std::vector<std::int64_t> lags_after_warmup(const Scenario& scenario,
                                            const ReplicationResult& result, std::size_t group) {
    const std::size_t groups = scenario.consumers.size();
    const core::Instant begin{scenario.warmup};
    std::vector<std::int64_t> lags;
    lags.reserve(result.sample_times.size());
    for (std::size_t sample = 0; sample < result.sample_times.size(); ++sample) {
        if (result.sample_times[sample] >= begin) {
            lags.push_back(result.groups.lag_total[sample * groups + group]);
        }
    }
    return lags;
}

/// Lanes of the group's retry topics, by number.
std::vector<std::size_t> retry_lanes(const Scenario& scenario, std::size_t group) {
    const LaneMap map(scenario);
    std::vector<std::size_t> lanes;
    const auto end = static_cast<std::size_t>(map.first_lane[group + 1]);
    for (auto lane = static_cast<std::size_t>(map.first_lane[group]); lane < end; ++lane) {
        if (scenario.topics[map.log_of(lane).topic].retries) {
            lanes.push_back(lane);
        }
    }
    return lanes;
}

std::vector<std::int64_t> retry_lags_after_warmup(const Scenario& scenario,
                                                  const ReplicationResult& result,
                                                  std::size_t group) {
    const std::vector<std::size_t> lanes = retry_lanes(scenario, group);
    const core::Instant begin{scenario.warmup};
    std::vector<std::int64_t> lags;
    const std::size_t width =
        result.sample_times.empty() ? 0 : result.lanes.lag.size() / result.sample_times.size();
    for (std::size_t sample = 0; sample < result.sample_times.size(); ++sample) {
        if (result.sample_times[sample] >= begin) {
            std::int64_t& lag = lags.emplace_back(0);
            for (const std::size_t lane : lanes) {
                lag += result.lanes.lag[sample * width + lane];
            }
        }
    }
    return lags;
}

}  // namespace

std::span<const MetricDefinition> metric_definitions() {
    static const auto definitions = [] {
        std::array<MetricDefinition, metrics.size()> all;
        std::ranges::transform(metrics, all.begin(), &Metric::definition);
        return all;
    }();
    return definitions;
}

std::vector<std::string> metric_names(const Scenario& scenario) {
    std::vector<std::string> names;
    for (const ConsumerGroup& group : scenario.consumers) {
        for (const Metric& metric : metrics) {
            names.push_back(scenario.consumers.size() == 1
                                ? std::string(metric.definition.name)
                                : fmt::format("{}.{}", group.group, metric.definition.name));
        }
    }
    return names;
}

std::vector<double> replication_metrics(const Scenario& scenario, const ReplicationResult& result) {
    LAGSIM_CHECK(result.totals.size() == scenario.consumers.size(), "one total a consumer group");
    const double measured_ns =
        static_cast<double>(core::nanoseconds(scenario.duration - scenario.warmup));
    std::vector<double> values;
    values.reserve(result.totals.size() * metrics.size());
    for (std::size_t group = 0; group < result.totals.size(); ++group) {
        std::vector<std::int64_t> lags = lags_after_warmup(scenario, result, group);
        const std::vector<std::int64_t> retry_lags =
            retry_lags_after_warmup(scenario, result, group);
        const GroupView view{result.totals[group], measured_ns, lags, retry_lags};
        for (const Metric& metric : metrics) {
            values.push_back(metric.value(view));
        }
    }
    return values;
}

double sample_quantile(std::vector<std::int64_t>& values, double q) {
    if (values.empty()) {
        return undefined;
    }
    const double rank = std::ceil(q * static_cast<double>(values.size()));
    const auto index = static_cast<std::ptrdiff_t>(std::max(1.0, rank)) - 1;
    std::nth_element(values.begin(), values.begin() + index, values.end());
    return number(values[static_cast<std::size_t>(index)]);
}

Summary::Summary(const Scenario& scenario)
    : names_(metric_names(scenario)),
      ledgers_(scenario.consumers.size()),
      fingerprint_(fingerprint_start) {}

void Summary::add(const std::vector<double>& values, const ReplicationResult& result) {
    LAGSIM_CHECK(values.size() == names_.size(), "one value a metric");
    LAGSIM_CHECK(result.replication == rows_.size(), "replications are added in index order");
    rows_.push_back(values);
    for (std::size_t group = 0; group < ledgers_.size(); ++group) {
        ledgers_[group] += result.totals[group].ledger;
    }
    fingerprint_ = fold_fingerprint(fingerprint_, result.fingerprint);
}

std::vector<MetricSummary> Summary::metrics() const {
    const std::span<const MetricDefinition> definitions = metric_definitions();
    std::vector<MetricSummary> all;
    all.reserve(names_.size());
    for (std::size_t metric = 0; metric < names_.size(); ++metric) {
        const MetricDefinition& definition = definitions[metric % definitions.size()];
        std::vector<double> values;
        values.reserve(rows_.size());
        for (const std::vector<double>& row : rows_) {
            values.push_back(row[metric]);
        }
        const MeanInterval interval = mean_interval(values);
        all.push_back({names_[metric], std::string(definition.unit),
                       std::string(definition.meaning), interval, std::move(values)});
    }
    return all;
}

std::uint64_t fold_fingerprint(std::uint64_t folded, std::uint64_t next) {
    for (int byte = 0; byte < 8; ++byte) {
        folded = (folded ^ ((next >> (8 * byte)) & 0xffU)) * 0x100000001b3U;
    }
    return folded;
}

std::string fingerprint_text(std::uint64_t fingerprint) {
    return fmt::format("{:016x}", fingerprint);
}

LedgerCounts& operator+=(LedgerCounts& sum, const LedgerCounts& counts) {
    sum.produced += counts.produced;
    sum.finished += counts.finished;
    sum.dead_lettered += counts.dead_lettered;
    sum.waiting += counts.waiting;
    sum.lost += counts.lost;
    sum.duplicates += counts.duplicates;
    sum.dead_letter_duplicates += counts.dead_letter_duplicates;
    sum.dead_lettered_and_finished += counts.dead_lettered_and_finished;
    return sum;
}

}  // namespace lagsim::sim
