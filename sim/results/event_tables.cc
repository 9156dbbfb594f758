/// /events and /decisions: flat lists over all replications, each row with its replication's index.
#include <algorithm>
#include <array>
#include <numeric>

#include "sim/results/result_tables.h"

namespace lagsim::sim {
namespace {

using hdf5::Column;
using hdf5::ColumnType;

constexpr std::array<const char*, 2> decision_maker_names{"keda", "hpa"};

constexpr std::array<const char*, 16> reasons{
    "none",           "ScaleUpStabilized",  "ScaleDownStabilized", "ScaleUpLimit",
    "ScaleDownLimit", "TooManyReplicas",    "TooFewReplicas",      "activate",
    "scale-to-zero",  "scale-to-idle",      "scale-to-min",        "fallback",
    "error",          "DesiredWithinRange", "ReadyForNewScale",    "other"};

std::uint8_t reason_flag(const std::string& reason) {
    if (reason.empty()) {
        return 0;
    }
    const auto found = std::ranges::find(reasons, reason);
    const auto last = static_cast<std::ptrdiff_t>(reasons.size()) - 1;
    return static_cast<std::uint8_t>(std::min(found - reasons.begin(), last));
}

/// One field of every row, in order.
template <class Row, class Value>
void append_field(Column& column, const std::vector<Row>& rows, Value (*field)(const Row&)) {
    std::vector<Value> values(rows.size());
    std::ranges::transform(rows, values.begin(), field);
    column.append(values);
}

/// The axis of a list: numbers that go on where the last replication's rows ended.
void append_numbers(Column& axis, std::size_t count) {
    std::vector<std::int64_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), static_cast<std::int64_t>(axis.rows()));
    axis.append(numbers);
}

void append_replication(Column& column, std::size_t count, std::uint32_t replication) {
    column.append(std::vector<std::int32_t>(count, static_cast<std::int32_t>(replication)));
}

}  // namespace

std::span<const char* const> decision_reasons() {
    return reasons;
}

EventTable::EventTable(H5::H5File& file) : group_(file, "events") {
    event_ = group_.axis({.name = "event", .growing = true}, ColumnType::i64,
                         {"1", "events, replication after replication, in time order"});
    const auto column = [&](const char* name, ColumnType type, const hdf5::Description& about) {
        return group_.variable(name, type, {"event"}, about);
    };
    time_ = column("event_time", ColumnType::f64, {"s", "simulated time since the start"});
    kind_ = column("kind", ColumnType::u8, {"1", "what happened", {event_kind_names}});
    replication_ = column("replication_index", ColumnType::i32, {"1", "replication"});
    consumer_group_ = column("group_index", ColumnType::i32, {"1", "consumer group"});
    pod_ = column("pod_index", ColumnType::i32,
                  {"1", "running number of the pod within its group; -1 = none"});
    partition_ = column("partition_index", ColumnType::i32,
                        {"1", "value of /timeseries partition; -1 = none"});
    value_ = column("value", ColumnType::i64,
                    {"1", "by kind: replicas after, generation, offset, fault index ..."});
    cause_ = column("cause", ColumnType::i64, {"1", "event that caused this one; -1 = none"});
}

void EventTable::add(const ReplicationResult& result) {
    const std::vector<Event>& rows = result.events;
    const auto base = static_cast<std::int64_t>(event_.rows());
    append_numbers(event_, rows.size());
    append_field<Event, double>(time_, rows, [](const Event& e) { return core::seconds(e.time); });
    append_field<Event, std::uint8_t>(
        kind_, rows, [](const Event& e) { return static_cast<std::uint8_t>(e.kind); });
    append_replication(replication_, rows.size(), result.replication);
    append_field<Event, std::int32_t>(consumer_group_, rows,
                                      [](const Event& e) { return e.group; });
    append_field<Event, std::int32_t>(pod_, rows, [](const Event& e) { return e.pod; });
    append_field<Event, std::int32_t>(partition_, rows, [](const Event& e) { return e.lane; });
    append_field<Event, std::int64_t>(value_, rows, [](const Event& e) { return e.value; });
    // Within the replication in memory, within the file's list on disk.
    std::vector<std::int64_t> causes(rows.size());
    std::ranges::transform(rows, causes.begin(),
                           [&](const Event& e) { return e.cause < 0 ? -1 : base + e.cause; });
    cause_.append(causes);
}

DecisionTable::DecisionTable(H5::H5File& file) : group_(file, "decisions") {
    decision_ = group_.axis({.name = "decision", .growing = true}, ColumnType::i64,
                            {"1", "KEDA polls and HPA syncs, replication after replication"});
    const auto column = [&](const char* name, ColumnType type, const hdf5::Description& about) {
        return group_.variable(name, type, {"decision"}, about);
    };
    time_ = column("decision_time", ColumnType::f64, {"s", "simulated time since the start"});
    who_ = column("who", ColumnType::u8, {"1", "who decided", {decision_maker_names}});
    replication_ = column("replication_index", ColumnType::i32, {"1", "replication"});
    consumer_group_ = column("group_index", ColumnType::i32, {"1", "consumer group"});
    lag_ = column("lag", ColumnType::i64,
                  {"1", "uncapped lag that the trigger saw [records]; -1 = not read"});
    metric_ = column("metric", ColumnType::f64,
                     {"1", "value that KEDA reported [records]; NaN = error or not read"});
    active_ = column("active", ColumnType::u8, {"1", "1 = the trigger is active"});
    error_ = column("error", ColumnType::u8, {"1", "1 = the metric could not be read"});
    before_ = column("replicas_before", ColumnType::i32, {"1", "spec.replicas before"});
    status_ = column("status_replicas", ColumnType::i32, {"1", "status.replicas read"});
    ready_ = column("ready_replicas", ColumnType::i32, {"1", "ready pods read"});
    proposed_ =
        column("proposed", ColumnType::i32, {"1", "HPA: replicas from the metrics; -1 = none"});
    stabilized_ = column("stabilized", ColumnType::i32,
                         {"1", "HPA: after the stabilization window; -1 = not reached"});
    after_ = column("replicas_after", ColumnType::i32, {"1", "spec.replicas after"});
    limited_by_ = column("limited_by", ColumnType::u8,
                         {"1", "HPA: the rule that limited it; KEDA: its action", {reasons}});
    min_ = column("min_replicas", ColumnType::i32, {"1", "HPA: lower bound in force"});
    max_ = column("max_replicas", ColumnType::i32, {"1", "HPA: upper bound in force"});
    target_ = column("target", ColumnType::f64,
                     {"1", "HPA: target [records a replica]; NaN = other kinds of metric"});
    tolerance_down_ = column("tolerance_down", ColumnType::f64, {"1", "HPA: tolerance downwards"});
    tolerance_up_ = column("tolerance_up", ColumnType::f64, {"1", "HPA: tolerance upwards"});
}

void DecisionTable::add(const ReplicationResult& result) {
    const std::vector<Decision>& rows = result.decisions;
    append_numbers(decision_, rows.size());
    append_replication(replication_, rows.size(), result.replication);
    append_field<Decision, double>(time_, rows,
                                   [](const auto& d) { return core::seconds(d.time); });
    append_field<Decision, double>(metric_, rows, [](const auto& d) { return d.metric; });
    append_field<Decision, std::int64_t>(lag_, rows, [](const auto& d) { return d.lag; });
    const auto flag = [&](Column& column, std::uint8_t (*field)(const Decision&)) {
        append_field(column, rows, field);
    };
    flag(who_, [](const Decision& d) { return static_cast<std::uint8_t>(d.who); });
    flag(active_, [](const Decision& d) { return static_cast<std::uint8_t>(d.active); });
    flag(error_, [](const Decision& d) { return static_cast<std::uint8_t>(d.error); });
    flag(limited_by_, [](const Decision& d) { return reason_flag(d.reason); });
    const auto count = [&](Column& column, std::int32_t (*field)(const Decision&)) {
        append_field(column, rows, field);
    };
    count(consumer_group_, [](const Decision& d) { return d.group; });
    count(before_, [](const Decision& d) { return d.replicas_before; });
    count(status_, [](const Decision& d) { return d.status_replicas; });
    count(ready_, [](const Decision& d) { return d.ready_replicas; });
    count(proposed_, [](const Decision& d) { return d.proposed; });
    count(stabilized_, [](const Decision& d) { return d.stabilized; });
    count(after_, [](const Decision& d) { return d.replicas_after; });
    count(min_, [](const Decision& d) { return d.min_replicas; });
    count(max_, [](const Decision& d) { return d.max_replicas; });
    append_field<Decision, double>(target_, rows, [](const auto& d) { return d.target; });
    append_field<Decision, double>(tolerance_down_, rows,
                                   [](const auto& d) { return d.tolerance_down; });
    append_field<Decision, double>(tolerance_up_, rows,
                                   [](const auto& d) { return d.tolerance_up; });
}

}  // namespace lagsim::sim
