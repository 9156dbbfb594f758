/// /timeseries: state at the samples, one slab a replication.
#include <numeric>

#include "sim/results/result_columns.h"
#include "sim/results/result_tables.h"
#include "sim/scenario/lanes.h"

namespace lagsim::sim {
namespace {

using hdf5::ColumnType;
using hdf5::Description;

}  // namespace

TableShape table_shape(const Scenario& scenario, const std::vector<core::Instant>& sample_times) {
    TableShape shape;
    shape.expectations = scenario.resolution == Resolution::flow;
    for (const ConsumerGroup& group : scenario.consumers) {
        shape.groups.push_back(group.group);
    }
    const LaneMap map(scenario);
    for (std::size_t lane = 0; lane < map.lanes.size(); ++lane) {
        const LogInfo& log = map.log_of(lane);
        shape.lane_group.push_back(shape.groups[static_cast<std::size_t>(map.lanes[lane].group)]);
        shape.lane_topic.push_back(scenario.topics[log.topic].name);
        shape.lane_index.push_back(log.partition);
    }
    for (const core::Instant time : sample_times) {
        shape.sample_seconds.push_back(core::seconds(time));
    }
    return shape;
}

SeriesTable::SeriesTable(H5::H5File& file, const TableShape& shape) : group_(file, "timeseries") {
    replication_ =
        group_.axis({.name = "replication", .growing = true, .usual = usual_replications},
                    ColumnType::i64, {"1", "replication, an independent run"});
    hdf5::Column time = group_.axis({.name = "time", .size = shape.sample_seconds.size()},
                                    ColumnType::f64, {"s", "simulated time since the start"});
    time.set_attribute("axis", "T");
    time.append(shape.sample_seconds);
    const std::size_t lanes = shape.lane_index.size();
    std::vector<std::int64_t> numbers(lanes);
    std::iota(numbers.begin(), numbers.end(), 0);
    group_
        .axis({.name = "partition", .size = lanes}, ColumnType::i64,
              {"1", "partitions numbered over groups, their topics and partitions"})
        .append(numbers);
    if (shape.several_groups()) {
        group_
            .axis({.name = "consumer_group", .size = shape.groups.size()}, ColumnType::text,
                  {"", "consumer group"})
            .append_text(shape.groups);
    } else if (!shape.groups.empty()) {
        group_.set_attribute("consumer_group", shape.groups[0]);
    }
    group_.variable("partition_group", ColumnType::text, {"partition"}, {"", "its consumer group"})
        .append_text(shape.lane_group);
    group_.variable("partition_topic", ColumnType::text, {"partition"}, {"", "its topic"})
        .append_text(shape.lane_topic);
    group_
        .variable("partition_number", ColumnType::i32, {"partition"},
                  {"1", "its number within the topic"})
        .append(shape.lane_index);

    for (const LaneColumn& column : lane_columns) {
        lane_columns_.push_back(group_.variable(column.name, ColumnType::i64,
                                                {"replication", "time", "partition"},
                                                {"1", column.long_name}));
    }
    std::vector<std::string> axes{"replication", "time"};
    if (shape.several_groups()) {
        axes.emplace_back("consumer_group");
    }
    const auto create = [&](const auto& columns, ColumnType type) {
        for (const auto& column : columns) {
            group_columns_.push_back(
                group_.variable(column.name, type, axes, {"1", column.long_name}));
        }
    };
    create(count_columns, ColumnType::i64);
    create(replica_columns, ColumnType::i32);
    create(real_columns, ColumnType::f64);
    if (shape.expectations) {
        create(deviation_columns, ColumnType::f64);
    }
    group_columns_.push_back(group_.variable("rebalancing", ColumnType::u8, axes,
                                             {"1", "1 while the group rebalances, else 0"}));
}

void SeriesTable::add(const ReplicationResult& result) {
    replication_.append_one(std::int64_t{result.replication});
    for (std::size_t i = 0; i < lane_columns.size(); ++i) {
        lane_columns_[i].append(result.lanes.*lane_columns[i].values);
    }
    std::size_t next = 0;
    const auto append = [&](const auto& columns) {
        for (const auto& column : columns) {
            group_columns_[next++].append(result.groups.*column.values);
        }
    };
    append(count_columns);
    append(replica_columns);
    append(real_columns);
    if (!result.groups.produced_deviation.empty()) {
        append(deviation_columns);
    }
    group_columns_[next].append(result.groups.rebalancing);
}

}  // namespace lagsim::sim
