/// The directory of a sweep: `study.json` says which study it holds, `points/` has a file for each
/// point with a finished replication. Whoever runs the same sweep again goes on from there.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "sim/results/sweep_study.h"

namespace lagsim::sim {

/// Every count-th point. Points count from 1; shard i of n has those that leave the remainder
/// i mod n, so shards may be counted from 1 to n or from 0 to n - 1.
struct SweepShard {
    std::uint64_t index = 1;
    std::uint64_t count = 1;

    [[nodiscard]] bool has(std::int64_t point) const {
        return static_cast<std::uint64_t>(point) % count == index % count;
    }
    [[nodiscard]] bool is_whole() const { return count == 1; }
    [[nodiscard]] std::string text() const;  ///< "2/3", from 1
};

class SweepDirectory {
  public:
    /// Creates what is missing. Refused, with the reason: `path` is no directory, or holds another
    /// study. With `force` another study gives way, and nothing of the shard counts as finished.
    [[nodiscard]] static std::expected<SweepDirectory, std::string> open(const std::string& path,
                                                                         const SweepStudy& study,
                                                                         const SweepShard& shard,
                                                                         bool force);

    /// Points of the shard with at least one finished replication, in order; `remarks` gets files
    /// that are damaged or foreign and whose points will be simulated again.
    [[nodiscard]] std::vector<SweepRow> found(std::vector<std::string>& remarks) const;
    /// A point, or its first replications.
    [[nodiscard]] std::expected<void, std::string> add(const SweepRow& row) const;
    /// Joins the rows of the shard: `sweep.h5`, or `shard-2-of-3.h5`.
    [[nodiscard]] std::expected<void, std::string> write(const std::vector<SweepRow>& rows) const;
    [[nodiscard]] std::string output() const;  ///< path of that file

  private:
    SweepDirectory(std::string path, const SweepStudy& study, const SweepShard& shard);
    [[nodiscard]] std::string point_path(std::int64_t point) const;
    void forget() const;

    std::string path_;
    const SweepStudy* study_;  ///< the caller's
    std::string id_;
    SweepShard shard_;
};

}  // namespace lagsim::sim
