/// What is marked on the time axis.
#pragma once

#include <string>
#include <vector>

#include "sim/report/sections.h"

namespace lagsim::sim::report {

struct Span {
    double from = 0.0;  ///< [s]
    double to = 0.0;    ///< [s]
    std::string what{};
};

struct Marks {
    std::vector<Span> faults;
    std::vector<Span> rebalances;
    std::vector<double> changes;  ///< [s] decisions that changed the replicas
    std::vector<double> syncs;    ///< [s] of the HPA
    std::vector<double> polls;    ///< [s] of KEDA
};
[[nodiscard]] Marks marks(const Place& place);

/// At most one of them in each of `most` even parts of 0 .. `seconds`.
[[nodiscard]] std::vector<double> thinned(const std::vector<double>& times, double seconds,
                                          std::size_t most);

}  // namespace lagsim::sim::report
