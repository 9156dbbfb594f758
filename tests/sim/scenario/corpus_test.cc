/// The fuzzer's seeds, read once in every test run: answers, and accepted files read back.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "tests/sim/scenario/reading.h"
#include "tree_paths.h"

namespace lagsim::sim {
namespace {

TEST(FuzzCorpus, EverySeedIsAnsweredAndWhatIsAcceptedReadsBack) {
    const std::filesystem::path folder = std::string(LAGSIM_SOURCE_DIR) + "/tests/fuzz/corpus";
    int accepted = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        SCOPED_TRACE(entry.path());
        std::ifstream stream(entry.path(), std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(stream),
                               std::istreambuf_iterator<char>()};

        const auto file = read_scenario_text(text, "fuzz.yaml", "/nonexistent");

        if (!file) {
            EXPECT_FALSE(file.error().empty());
            continue;
        }
        ++accepted;
        const std::string& resolved = file->scenario.provenance.resolved;
        EXPECT_EQ(read_well(resolved).scenario.provenance.resolved, resolved);
    }
    EXPECT_GE(accepted, 6);
}

}  // namespace
}  // namespace lagsim::sim
