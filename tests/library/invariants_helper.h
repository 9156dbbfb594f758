/// What holds in every run of every scenario: the ledger (G1), bounds (G2), the decision log (G3),
/// capacity (G4) and the conservation of time (G6). G5, equal fingerprints, is
/// tests/determinism.
#pragma once

#include "tests/library/library_helper.h"

namespace lagsim::library {

/// Expects G1-G4 and the pod time of G6.
void expect_global_invariants(const Outcome& outcome);

/// G6, Little: the integral of the lag over the sum of the waiting times of the records, 1 where
/// every record is committed when it is finished, none is lost and none is left at the end. What is
/// left only makes it larger.
[[nodiscard]] double lag_integral_over_waiting_times(const Outcome& outcome);

}  // namespace lagsim::library
