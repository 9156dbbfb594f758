/// What `lagsim sweep` says at its end: a table of points for people, an object for programs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/results/sweep_study.h"

namespace lagsim::sim {

struct SweepReport {
    const SweepStudy* study = nullptr;
    const std::vector<SweepRow>* rows = nullptr;  ///< finished points of the shard
    std::string shard;                            ///< "2/3"; "1/1": all points
    std::int64_t planned = 0;                     ///< points of the shard
    std::int64_t found = 0;                       ///< of the finished ones, from before
    bool shares_seed = true;
    double wall_seconds = 0.0;
    std::string directory;  ///< empty: nothing was written
    std::string output;     ///< file with all points of the shard; empty: none (yet)

    [[nodiscard]] bool is_shard() const { return shard != "1/1"; }
    [[nodiscard]] std::int64_t breached() const;  ///< points with a breached assertion
};

[[nodiscard]] std::string sweep_text(const SweepReport& report);

/// One object on one line, schema `lagsim.sweep/1`; undefined numbers are null.
[[nodiscard]] std::string sweep_json(const SweepReport& report);

/// The points of a study before it runs, a line each; `json`: one object with all of them.
[[nodiscard]] std::string points_text(const SweepStudy& study,
                                      const std::vector<std::int64_t>& points, bool json);

}  // namespace lagsim::sim
