/// The program as a user types it: a shell line in, what it printed and its exit code out.
#pragma once

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lagsim::tests {

struct Outcome {
    int code = 0;  ///< exit code; 128 + signal where the program was killed
    std::string out;
    std::string err;
    [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(out); }
};

/// A directory of the test's own, which every line runs in; `lagsim` is the program under test.
class CommandLine : public testing::Test {
  protected:
    CommandLine();
    ~CommandLine() override;

    Outcome shell(const std::string& line) const;
    void write(const std::string& name, const std::string& text) const;
    [[nodiscard]] std::string read(const std::string& name) const;
    [[nodiscard]] bool exists(const std::string& name) const;

    std::filesystem::path directory_;
};

/// Small, quick, with losses: tests/results_file/small.yaml.
[[nodiscard]] std::string small_scenario();

}  // namespace lagsim::tests
