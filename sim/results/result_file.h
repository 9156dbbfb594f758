/// A result file: written beside its final name and renamed when whole, so that the name never
/// stands for half a result and an older file survives every failure.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "sim/results/replication_result.h"
#include "sim/results/summary.h"
#include "sim/scenario/scenario.h"

namespace lagsim::sim {

class ResultFile {
  public:
    /// Creates `path`.partial. Whether `path` may be overwritten is the caller's business; it must
    /// not be anything but a regular file. Errors say what, where and what to do.
    [[nodiscard]] static std::expected<ResultFile, std::string> create(const std::string& path,
                                                                       const Scenario& scenario,
                                                                       const std::string& version);
    ResultFile(ResultFile&&) noexcept;
    ResultFile& operator=(ResultFile&&) noexcept;
    ResultFile(const ResultFile&) = delete;
    ResultFile& operator=(const ResultFile&) = delete;
    /// Removes `path`.partial unless finished.
    ~ResultFile();

    /// Replications in index order; each is on disk when this returns, so that a killed run leaves
    /// a readable `path`.partial.
    [[nodiscard]] std::expected<void, std::string> add(const ReplicationResult& result);

    /// Writes the summary, marks the file complete and gives it its name.
    [[nodiscard]] std::expected<void, std::string> finish(const Summary& summary);

  private:
    class Writer;
    explicit ResultFile(std::unique_ptr<Writer> writer);
    std::unique_ptr<Writer> writer_;
};

/// Why a result cannot be written to `path` (it is a directory, a device ...); empty = it can.
[[nodiscard]] std::string unusable_output(const std::string& path);

}  // namespace lagsim::sim
