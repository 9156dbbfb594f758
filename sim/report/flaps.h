/// Does the autoscaler undo what it has just done, how much, how often, and why?
///
/// A *swing* is a run of changes of spec.replicas in one direction. A *flap* is a swing that begins
/// within an hour of the end of the one before it, which it undoes, wholly or in part; what it
/// undoes are the smaller of the two swings' pods. The *flap score* is undone pods an hour.
/// docs/report.md has the reasons.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/report/report_input.h"

namespace lagsim::sim::report {

struct Swing {
    double from = 0.0;         ///< [s] first change
    double to = 0.0;           ///< [s] last change
    std::int64_t pods = 0;     ///< > 0 up, < 0 down
    std::int64_t by_keda = 0;  ///< changes that KEDA made
    std::int64_t changes = 0;
};

struct Flaps {
    std::vector<Swing> swings;
    std::int64_t flaps = 0;
    std::int64_t undone = 0;   ///< [pods]
    double score = 0.0;        ///< [pods/h]
    double period = 0.0;       ///< [s] median from flap to the next but one; NaN = fewer than three
    double amplitude = 0.0;    ///< [pods] median undone by one flap; NaN = none
    std::int64_t by_keda = 0;  ///< flaps in whose second swing KEDA made most changes
    std::int64_t echoes = 0;   ///< flaps upwards that answer a rebalance of scaling itself
    std::int64_t upwards = 0;  ///< flaps that end upwards
};
[[nodiscard]] Flaps flaps(const ReportInput& input, std::size_t group);

/// Which loop it is, in a sentence.
[[nodiscard]] std::string loop_in_words(const Flaps& flaps);

}  // namespace lagsim::sim::report
