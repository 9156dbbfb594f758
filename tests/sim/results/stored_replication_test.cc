#include "sim/results/stored_replication.h"

#include <bit>
#include <filesystem>
#include <fstream>

#include <H5Cpp.h>
#include <gtest/gtest.h>

#include "sim/results/result_columns.h"
#include "sim/results/result_file.h"
#include "tests/sim/engine/random_scenario_helper.h"
#include "tests/sim/results/synthetic_helper.h"

namespace lagsim::sim {
namespace {

namespace fs = std::filesystem;

/// A result file in a directory of the test's own, gone afterwards.
class StoredReplicationTest : public testing::Test {
  protected:
    StoredReplicationTest() {
        std::string name = (fs::temp_directory_path() / "lagsim-stored-XXXXXX").string();
        directory_ = mkdtemp(name.data());
    }
    ~StoredReplicationTest() override { fs::remove_all(directory_); }

    [[nodiscard]] std::string path() const { return directory_ / "run.h5"; }

    void write(const Scenario& scenario, const std::vector<ReplicationResult>& results) const {
        fs::remove(path());
        auto file = ResultFile::create(path(), scenario, "0.0.1");
        ASSERT_TRUE(file) << file.error();
        Summary summary(scenario);
        for (const ReplicationResult& result : results) {
            summary.add(replication_metrics(scenario, result), result);
            ASSERT_TRUE(file->add(result));
        }
        ASSERT_TRUE(file->finish(summary));
    }

    fs::path directory_;
};

/// NaN equals itself here.
std::vector<std::int64_t> bits(const std::vector<double>& values) {
    std::vector<std::int64_t> all;
    for (const double value : values) {
        all.push_back(std::bit_cast<std::int64_t>(value));
    }
    return all;
}

void expect_equal_series(const ReplicationResult& stored, const ReplicationResult& original) {
    EXPECT_EQ(stored.sample_times, original.sample_times);
    for (const LaneColumn& column : lane_columns) {
        EXPECT_EQ(stored.lanes.*column.values, original.lanes.*column.values) << column.name;
    }
    const auto each = [&](const auto& columns) {
        for (const auto& column : columns) {
            EXPECT_EQ(stored.groups.*column.values, original.groups.*column.values) << column.name;
        }
    };
    each(count_columns);
    each(replica_columns);
    EXPECT_EQ(stored.groups.rebalancing, original.groups.rebalancing);
    for (const auto* columns : {&real_columns, &deviation_columns}) {
        for (const auto& column : *columns) {
            EXPECT_EQ(bits(stored.groups.*column.values), bits(original.groups.*column.values))
                << column.name;
        }
    }
}

void expect_equal_events(const ReplicationResult& stored, const ReplicationResult& original) {
    ASSERT_EQ(stored.events.size(), original.events.size());
    for (std::size_t i = 0; i < original.events.size(); ++i) {
        const Event& a = stored.events[i];
        const Event& b = original.events[i];
        ASSERT_EQ(std::tie(a.time, a.kind, a.group, a.pod, a.lane, a.value, a.cause),
                  std::tie(b.time, b.kind, b.group, b.pod, b.lane, b.value, b.cause))
            << "event " << i;
    }
}

void expect_equal_decisions(const ReplicationResult& stored, const ReplicationResult& original) {
    ASSERT_EQ(stored.decisions.size(), original.decisions.size());
    const auto integers = [](const Decision& d) {
        return std::tuple(d.time, d.who, d.group, d.lag, d.active, d.error, d.replicas_before,
                          d.status_replicas, d.ready_replicas, d.proposed, d.stabilized,
                          d.replicas_after, d.min_replicas, d.max_replicas,
                          d.reason.empty() ? "none" : d.reason);
    };
    for (std::size_t i = 0; i < original.decisions.size(); ++i) {
        const Decision& a = stored.decisions[i];
        const Decision& b = original.decisions[i];
        ASSERT_EQ(integers(a), integers(b)) << "decision " << i;
        ASSERT_EQ(bits({a.metric, a.target, a.tolerance_down, a.tolerance_up}),
                  bits({b.metric, b.target, b.tolerance_down, b.tolerance_up}))
            << "decision " << i;
    }
}

void expect_equal_intervals(const std::vector<LedgerInterval>& stored,
                            const std::vector<LedgerInterval>& original) {
    ASSERT_EQ(stored.size(), original.size());
    for (std::size_t i = 0; i < original.size(); ++i) {
        const LedgerInterval& a = stored[i];
        const LedgerInterval& b = original[i];
        ASSERT_EQ(std::tie(a.lane, a.first, a.last, a.time, a.cause),
                  std::tie(b.lane, b.first, b.last, b.time, b.cause));
    }
}

void expect_equal_totals(const ReplicationResult& stored, const ReplicationResult& original) {
    ASSERT_EQ(stored.totals.size(), original.totals.size());
    for (std::size_t group = 0; group < original.totals.size(); ++group) {
        const GroupTotals& a = stored.totals[group];
        const GroupTotals& b = original.totals[group];
        for (const LedgerColumn& column : ledger_columns) {
            EXPECT_EQ(a.ledger.*column.count, b.ledger.*column.count) << column.name;
        }
        EXPECT_EQ(a.latency.counts(), b.latency.counts());
        if (b.latency.total() > 0) {
            EXPECT_NEAR(a.latency.max(), b.latency.max(), 0.01 * b.latency.max());
            EXPECT_NEAR(a.latency.mean(), b.latency.mean(), 0.01 * b.latency.mean());
        }
    }
}

void expect_equal(const ReplicationResult& stored, const ReplicationResult& original) {
    EXPECT_EQ(stored.replication, original.replication);
    EXPECT_EQ(stored.fingerprint, original.fingerprint);
    expect_equal_series(stored, original);
    expect_equal_events(stored, original);
    expect_equal_decisions(stored, original);
    expect_equal_totals(stored, original);
    expect_equal_intervals(stored.lost, original.lost);
    expect_equal_intervals(stored.duplicates, original.duplicates);
}

/// Random scenarios with what they have of faults, groups and autoscalers, two replications each.
TEST_F(StoredReplicationTest, ARunComesBackAsItWas) {
    std::size_t events = 0, decisions = 0, intervals = 0, several_groups = 0;
    for (const std::uint64_t seed : seeds(1, 12)) {
        SCOPED_TRACE(seed);
        Scenario scenario = seed % 2 == 0 ? some_steady_scenario(seed) : some_scenario(seed);
        scenario.replications = 2;
        std::vector<ReplicationResult> results;
        for (std::uint32_t replication = 0; replication < 2; ++replication) {
            RunControl control;
            results.push_back(*run_replication(scenario, replication, default_engine, control));
        }
        write(scenario, results);
        for (const ReplicationResult& original : results) {
            const auto stored = read_replication(path(), original.replication);
            ASSERT_TRUE(stored) << stored.error();
            expect_equal(*stored, original);
            events += original.events.size();
            decisions += original.decisions.size();
            intervals += original.lost.size() + original.duplicates.size();
            several_groups += original.totals.size() > 1 ? 1 : 0;
        }
    }
    EXPECT_GT(events, 0U);
    EXPECT_GT(decisions, 0U);
    EXPECT_GT(intervals, 0U);
    EXPECT_GT(several_groups, 0U);
}

TEST_F(StoredReplicationTest, DeviationsOfExpectationsComeBack) {
    tests::SyntheticShape shape;
    Scenario scenario = tests::synthetic_scenario(shape);
    scenario.resolution = Resolution::flow;
    ReplicationResult result = tests::synthetic_result(scenario, 0, shape);
    result.decisions[2].reason = "other";
    for (std::size_t i = 0; i < result.sample_times.size(); ++i) {
        result.groups.produced_deviation.push_back(static_cast<double>(i));
        result.groups.lag_total_deviation.push_back(0.5 * static_cast<double>(i));
    }
    write(scenario, {result});

    const auto stored = read_replication(path(), 0);

    ASSERT_TRUE(stored) << stored.error();
    expect_equal(*stored, result);
}

TEST_F(StoredReplicationTest, SaysWhatIsMissing) {
    const auto error = [&](std::int64_t replication) {
        return read_replication(path(), replication).error();
    };
    EXPECT_NE(error(0).find("no such file"), std::string::npos) << error(0);
    std::ofstream(path()) << "no HDF5";
    EXPECT_NE(error(0).find("no HDF5 file"), std::string::npos) << error(0);

    const Scenario scenario = tests::synthetic_scenario();
    write(scenario, {});
    EXPECT_NE(error(0).find("no replication yet"), std::string::npos) << error(0);
    write(scenario, {tests::synthetic_result(scenario, 0), tests::synthetic_result(scenario, 1)});
    EXPECT_NE(error(2).find("it has no replication 2, only 0 to 1"), std::string::npos) << error(2);
    EXPECT_NE(error(-1).find("it has no replication -1"), std::string::npos) << error(-1);
}

TEST_F(StoredReplicationTest, RefusesWhatCannotBe) {
    const Scenario scenario = tests::synthetic_scenario();
    const auto spoiled = [&](const std::string& variable, std::int64_t value) {
        write(scenario, {tests::synthetic_result(scenario, 0)});
        {
            const H5::H5File file(path(), H5F_ACC_RDWR);
            const H5::DataSet data = file.openDataSet(variable);
            std::vector<std::int64_t> values(
                static_cast<std::size_t>(data.getSpace().getSimpleExtentNpoints()), value);
            data.write(values.data(), H5::PredType::NATIVE_INT64);
        }
        return read_replication(path(), 0).error();
    };
    EXPECT_NE(spoiled("/events/kind", 200).find("does not know"), std::string::npos);
    EXPECT_NE(spoiled("/events/cause", 3).find("not an earlier one"), std::string::npos);
    EXPECT_NE(spoiled("/ledger/lost_cause", 77).find("does not know"), std::string::npos);
    EXPECT_NE(spoiled("/events/partition_index", 3).find("partition_index"), std::string::npos);
    EXPECT_NE(spoiled("/events/group_index", 1).find("group_index"), std::string::npos);
    EXPECT_NE(spoiled("/ledger/lost_partition", -2).find("partition"), std::string::npos);
    EXPECT_NE(spoiled("/decisions/who", 2).find("does not know"), std::string::npos);
    EXPECT_NE(spoiled("/decisions/limited_by", 99).find("cannot read"), std::string::npos);

    write(scenario, {tests::synthetic_result(scenario, 0)});
    H5::H5File(path(), H5F_ACC_RDWR).unlink("/events/pod_index");
    EXPECT_NE(read_replication(path(), 0).error().find("damaged"), std::string::npos);
}

}  // namespace
}  // namespace lagsim::sim
