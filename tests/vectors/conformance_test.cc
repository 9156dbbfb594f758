/// Every vector of the real controllers (KEDA v2.21.0, Kubernetes v1.36.4), replayed whole: each
/// binding field of each call, poll and sync must be equal.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sim/autoscale/replay.h"
#include "tree_paths.h"

namespace lagsim::sim {
namespace {

namespace fs = std::filesystem;

/// `data` holds the recorded library, `found` what the differential fuzzer turned up.
std::vector<fs::path> vector_files() {
    std::vector<fs::path> files;
    for (const char* folder : {"data", "found"}) {
        const fs::path root = fs::path(LAGSIM_SOURCE_DIR) / "tests/vectors" / folder;
        if (!fs::exists(root)) {
            continue;
        }
        for (const auto& entry : fs::recursive_directory_iterator(root)) {
            if (entry.path().extension() == ".json") {
                files.push_back(entry.path());
            }
        }
    }
    std::ranges::sort(files);
    return files;
}

std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// kind/name as far as GoogleTest's names allow.
std::string test_name(const testing::TestParamInfo<fs::path>& parameter) {
    std::string name =
        parameter.param.parent_path().filename().string() + "_" + parameter.param.stem().string();
    if (parameter.param.string().find("/found/") != std::string::npos) {
        name = "found_" + name;
    }
    std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
}

class Conformance : public testing::TestWithParam<fs::path> {};

TEST_P(Conformance, DecidesAsTheRealControllersDo) {
    const auto result = replay_vector(read(GetParam()), GetParam().string());

    ASSERT_TRUE(result.has_value()) << result.error();
    ASSERT_TRUE(result->diverged.has_value()) << "the vector expects nothing";
    EXPECT_EQ(result->first_divergence, "") << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Vectors, Conformance, testing::ValuesIn(vector_files()), test_name);

TEST(ConformanceLibrary, HasEveryKind) {
    std::vector<std::string> kinds;
    for (const fs::path& file : vector_files()) {
        kinds.push_back(file.parent_path().filename().string());
    }

    for (const char* kind : {"scaler", "executor", "hpa", "e2e"}) {
        EXPECT_NE(std::ranges::find(kinds, kind), kinds.end()) << kind;
    }
    EXPECT_GE(kinds.size(), 235U);
}

// A comparison that overlooks fields would pass everything.
class Sensitivity : public testing::TestWithParam<const char*> {};

TEST_P(Sensitivity, EveryBindingFieldIsCompared) {
    const fs::path file = fs::path(LAGSIM_SOURCE_DIR) / "tests/vectors/data" / GetParam();
    const auto expected = nlohmann::ordered_json::parse(read(file)).at("expect");
    const auto fields = expected.flatten();
    nlohmann::ordered_json changed = expected;

    for (const auto& [path, value] : fields.items()) {
        nlohmann::ordered_json& field = changed.at(nlohmann::ordered_json::json_pointer(path));
        const nlohmann::ordered_json original = field;
        field = "something else";
        EXPECT_NE(first_divergence(changed, expected), "") << path;
        field = original;
    }
}

INSTANTIATE_TEST_SUITE_P(Vectors, Sensitivity,
                         testing::Values("hpa/behavior-15.json", "executor/polling-60.json",
                                         "scaler/even-12-lag-4500.json"));

TEST(Replay, SaysWhereItDivergesFirst) {
    const auto expected = nlohmann::ordered_json::parse(
        R"({"syncs":[{"t":1,"result":3},{"t":2,"result":4,"queries":1}]})");
    const auto actual =
        nlohmann::ordered_json::parse(R"({"syncs":[{"t":1,"result":3},{"t":2,"result":5}]})");

    EXPECT_EQ(first_divergence(expected, actual), "syncs[1].result: expected 4, got 5");
}

TEST(Replay, OfABuildErrorOnlyThePresenceBinds) {
    const auto one = nlohmann::ordered_json::parse(R"({"buildError":"some words"})");
    const auto other = nlohmann::ordered_json::parse(R"({"buildError":"other words"})");

    EXPECT_EQ(first_divergence(one, other), "");
    EXPECT_EQ(first_divergence(one, nlohmann::ordered_json::object()),
              "buildError: expected \"some words\", got nothing");
}

TEST(Replay, ComputesAVectorWithoutExpectationAndJudgesNothing) {
    const auto result = replay_vector(
        R"({"kind":"scaler","name":"n","scenario":{"topic":"t","trigger":{"type":"kafka",
            "metadata":{"consumerGroup":"g","topic":"t"}},"calls":[]}})",
        "file");

    ASSERT_TRUE(result.has_value()) << result.error();
    EXPECT_FALSE(result->diverged.has_value());
    EXPECT_EQ(result->actual.at("metricName"), "s0-kafka-t");
}

TEST(Replay, RefusesWhatIsNoVector) {
    EXPECT_FALSE(replay_vector("{", "file").has_value());
    EXPECT_FALSE(replay_vector("{}", "file").has_value());
    EXPECT_EQ(replay_vector(R"({"kind":"x","scenario":{}})", "file").error(),
              "unknown kind \"x\"; known: scaler, executor, hpa, e2e");
}

}  // namespace
}  // namespace lagsim::sim
