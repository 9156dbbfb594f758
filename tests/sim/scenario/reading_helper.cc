#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/sim/scenario/reading.h"

namespace lagsim::sim {

ScenarioFile read_well(const std::string& text, const ReadOptions& options) {
    auto file = read_scenario_text(text, "s.yaml", "", options);
    if (!file) {
        ADD_FAILURE() << render_diagnostics(file.error());
        return {};
    }
    return std::move(*file);
}

std::string write_file(const std::string& name, const std::string& text) {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    const std::filesystem::path folder =
        std::filesystem::path(testing::TempDir()) /
        (std::string("lagsim_") + test->test_suite_name() + "_" + test->name());
    std::filesystem::create_directories(folder);
    const std::filesystem::path path = folder / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
}

}  // namespace lagsim::sim
