/// Result files to make pages of, in a directory that is gone afterwards.
#pragma once

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "sim/report/report_input.h"

namespace lagsim::tests {

class ReportFiles : public testing::Test {
  protected:
    ReportFiles();
    ~ReportFiles() override;

    /// Runs the scenario of the text and writes its result file; the path.
    [[nodiscard]] std::string run(const std::string& text,
                                  const std::string& name = "run.h5") const;
    [[nodiscard]] static sim::report::ReportInput load(const std::string& path);

    std::filesystem::path directory_;
};

/// Three minutes of four partitions, six pods at most, one crash; `more` continues `spec`.
[[nodiscard]] std::string report_scenario(const std::string& group = "shop",
                                          const std::string& more = "");

}  // namespace lagsim::tests
