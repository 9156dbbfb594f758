#include "sim/results/result_file.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "sim/results/result_reader.h"
#include "tests/sim/results/synthetic_helper.h"

namespace lagsim::sim {
namespace {

namespace fs = std::filesystem;
using tests::synthetic_result;
using tests::synthetic_scenario;
using tests::SyntheticShape;

std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// A directory of the test's own, gone afterwards.
class ResultFileTest : public testing::Test {
  protected:
    ResultFileTest() {
        std::string name = (fs::temp_directory_path() / "lagsim-result-XXXXXX").string();
        directory_ = mkdtemp(name.data());
    }
    ~ResultFileTest() override { fs::remove_all(directory_); }

    [[nodiscard]] std::string path(const std::string& name) const { return directory_ / name; }

    static std::expected<void, std::string> write(const std::string& path,
                                                  const SyntheticShape& shape) {
        const Scenario scenario = synthetic_scenario(shape);
        auto file = ResultFile::create(path, scenario, "0.0.1");
        if (!file) {
            return std::unexpected(file.error());
        }
        Summary summary(scenario);
        for (std::uint32_t i = 0; i < shape.replications; ++i) {
            const ReplicationResult result = synthetic_result(scenario, i, shape);
            summary.add(replication_metrics(scenario, result), result);
            if (auto added = file->add(result); !added) {
                return added;
            }
        }
        return file->finish(summary);
    }

    fs::path directory_;
};

TEST_F(ResultFileTest, ReadsBackWhatWasWritten) {
    ASSERT_TRUE(write(path("run.h5"), {.replications = 3}));
    const auto result = read_result(path("run.h5"));

    ASSERT_TRUE(result) << result.error();
    EXPECT_TRUE(result->complete);
    EXPECT_EQ(result->scenario, "synthetic");
    EXPECT_EQ(result->seed, "18446744073709551557");
    EXPECT_EQ(result->replications, 3);
    EXPECT_EQ(result->partitions, 3);
    EXPECT_EQ(result->samples, 41);
    EXPECT_EQ(result->groups, std::vector<std::string>{"shop"});
    EXPECT_EQ(result->manifests, std::vector<std::string>{"k8s/a.yaml"});
    EXPECT_EQ(result->ledger.produced, 3003);
    EXPECT_EQ(result->ledger.produced, result->ledger.finished + result->ledger.dead_lettered +
                                           result->ledger.waiting + result->ledger.lost);
    ASSERT_EQ(result->lost.size(), 1U);
    EXPECT_EQ(result->lost[0].first, "deleted_by_retention");
    EXPECT_EQ(result->lost[0].second, 21);
    EXPECT_EQ(result->decisions, 9);
    EXPECT_EQ(result->metrics.size(), metric_definitions().size());
}

TEST_F(ResultFileTest, TwoRunsAreByteIdentical) {
    ASSERT_TRUE(write(path("a.h5"), {}));
    ASSERT_TRUE(write(path("b.h5"), {}));

    EXPECT_EQ(contents(path("a.h5")), contents(path("b.h5")));
}

TEST_F(ResultFileTest, CopesWithEveryEdgeOfItsShape) {
    EXPECT_TRUE(write(path("quiet.h5"), {.replications = 1, .events = false}));
    EXPECT_TRUE(write(path("groups.h5"), {.groups = 3}));
    EXPECT_TRUE(write(path("wide.h5"), {.partitions = 5000, .duration_s = 60}));
    EXPECT_TRUE(write(path("none.h5"), {.replications = 0}));
    EXPECT_EQ(read_result(path("groups.h5"))->groups.size(), 3U);
    EXPECT_EQ(read_result(path("wide.h5"))->partitions, 5000);
}

TEST_F(ResultFileTest, TheNameAppearsOnlyWhenTheFileIsWhole) {
    const Scenario scenario = synthetic_scenario();
    auto file = ResultFile::create(path("run.h5"), scenario, "0.0.1");
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->add(synthetic_result(scenario, 0)));

    EXPECT_FALSE(fs::exists(path("run.h5")));
    EXPECT_TRUE(fs::exists(path("run.h5.partial")));
    *file = std::move(*ResultFile::create(path("other.h5"), scenario, "0.0.1"));
    EXPECT_FALSE(fs::exists(path("run.h5.partial"))) << "an abandoned file is removed";
}

TEST_F(ResultFileTest, WhatIsFlushedIsReadableWhileTheRunGoesOn) {
    const Scenario scenario = synthetic_scenario();
    auto file = ResultFile::create(path("run.h5"), scenario, "0.0.1");
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->add(synthetic_result(scenario, 0)));
    fs::copy(path("run.h5.partial"), path("killed.h5"));
    const auto result = read_result(path("killed.h5"));

    ASSERT_TRUE(result) << result.error();
    EXPECT_FALSE(result->complete);
    EXPECT_EQ(result->replications, 1);
    EXPECT_EQ(result->ledger.produced, 1000);
}

TEST_F(ResultFileTest, AnOlderFileSurvivesAFullDisk) {
    ASSERT_TRUE(write(path("run.h5"), {}));
    const std::string before = contents(path("run.h5"));
    // A file size limit fails writes as a full disk does, and root is not exempt from it.
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit old{};
    getrlimit(RLIMIT_FSIZE, &old);
    for (const rlim_t limit : {rlim_t{1000}, rlim_t{60'000}, rlim_t{200'000}, rlim_t{400'000}}) {
        const rlimit low{limit, old.rlim_max};
        setrlimit(RLIMIT_FSIZE, &low);
        const auto written = write(path("run.h5"), {.partitions = 400, .replications = 9});
        setrlimit(RLIMIT_FSIZE, &old);

        ASSERT_FALSE(written) << limit;
        EXPECT_NE(written.error().find("File too large"), std::string::npos) << written.error();
        EXPECT_FALSE(fs::exists(path("run.h5.partial")));
        EXPECT_EQ(contents(path("run.h5")), before);
    }
}

TEST_F(ResultFileTest, RefusesPlacesThatCannotHoldAFile) {
    const Scenario scenario = synthetic_scenario();
    const auto error_of = [&](const std::string& place) {
        return ResultFile::create(place, scenario, "0.0.1").error();
    };
    std::ofstream(path("plain")) << "text";

    EXPECT_NE(error_of(directory_).find("it is a directory"), std::string::npos);
    EXPECT_NE(error_of("/dev/null").find("not a regular file"), std::string::npos);
    EXPECT_NE(error_of(path("no/run.h5")).find("there is no directory"), std::string::npos);
    EXPECT_NE(error_of(path("plain/run.h5")).find("there is no directory"), std::string::npos);
    EXPECT_NE(error_of("/proc/run.h5").find("cannot write"), std::string::npos);
}

TEST_F(ResultFileTest, TwoWritersDoNotShareAName) {
    const Scenario scenario = synthetic_scenario();
    const auto first = ResultFile::create(path("run.h5"), scenario, "0.0.1");
    const auto second = ResultFile::create(path("run.h5"), scenario, "0.0.1");

    ASSERT_TRUE(first);
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().find("another program has it open"), std::string::npos)
        << second.error();
    EXPECT_TRUE(fs::exists(path("run.h5.partial"))) << "it belongs to the first";
}

TEST_F(ResultFileTest, ReadingSaysWhatIsWrongWithAFile) {
    std::ofstream(path("text.h5")) << "no HDF5";

    EXPECT_NE(read_result(path("none.h5")).error().find("no such file"), std::string::npos);
    EXPECT_NE(read_result(path("text.h5")).error().find("no HDF5 file"), std::string::npos);
    EXPECT_NE(read_result(directory_).error().find("a directory"), std::string::npos);
}

TEST_F(ResultFileTest, DecisionsComeBackWithTheirWords) {
    ASSERT_TRUE(write(path("run.h5"), {}));
    const auto decisions = read_decisions(path("run.h5"), 1);

    ASSERT_TRUE(decisions) << decisions.error();
    ASSERT_EQ(decisions->size(), 3U);
    EXPECT_EQ((*decisions)[0].limited_by, "activate");
    EXPECT_EQ((*decisions)[1].who, "hpa");
    EXPECT_EQ((*decisions)[1].limited_by, "TooManyReplicas");
    EXPECT_DOUBLE_EQ((*decisions)[1].seconds, 15.0);
    EXPECT_EQ((*decisions)[2].limited_by, "other") << "a word that the table does not know";
}

}  // namespace
}  // namespace lagsim::sim
