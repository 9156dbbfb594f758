/// Confidence intervals over independent replications.
///
/// Replications are independent and identically distributed, so for their mean x̄ and standard
/// deviation s the interval x̄ ± t(n−1) s/√n covers the truth with the stated probability where
/// the values are roughly normal. Sums and means over a whole run
/// usually are; a maximum or a high percentile is less so, which more replications mend.
#pragma once

#include <cstdint>
#include <span>

namespace lagsim::sim {

struct MeanInterval {
    double mean = 0.0;        ///< NaN when no value is defined
    double half_width = 0.0;  ///< NaN with fewer than two values
    std::int64_t n = 0;       ///< values that are defined (not NaN)
    double confidence = 0.95;
};

/// t such that P(|T| <= t) = confidence for Student's t with `degrees` >= 1 of freedom;
/// 0 < confidence < 1. Accurate to about 1e-10 relative.
[[nodiscard]] double student_t_two_sided(double confidence, std::int64_t degrees);

/// P(|T| > t) for Student's t with `degrees` >= 1 of freedom and t >= 0; absolute error below
/// 1e-12.
[[nodiscard]] double student_t_beyond(double t, std::int64_t degrees);

/// NaN among `values` means that a replication has no such value (no latency without a record);
/// those are left out and not counted.
[[nodiscard]] MeanInterval mean_interval(std::span<const double> values, double confidence = 0.95);

}  // namespace lagsim::sim
