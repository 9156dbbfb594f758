/// Durations drawn from a distribution by its quantile function, one 32-bit random word each.
///
/// Inversion for every kind: one word gives one duration, larger words give longer ones, so that
/// two scenarios meet the same luck (common random numbers) and a record's work can be made again
/// from its offset alone. Algorithms are pinned here and use only models/random/pinned_math.h: same
/// bits on every CPU and compiler.
#pragma once

#include <cstdint>
#include <vector>

#include "core/time.h"

namespace lagsim::models {

enum class DistributionKind : std::uint8_t {
    constant,
    exponential,
    lognormal,
    gamma,
    uniform,
    weibull,
    pareto
};

struct DistributionParameters {
    DistributionKind kind = DistributionKind::constant;
    core::Duration mean{0};
    double cv = 0.0;  ///< [1] standard deviation / mean; ignored by constant, 1 for exponential
    friend bool operator==(const DistributionParameters&, const DistributionParameters&) = default;
};

/// Why parameters make no distribution (nullptr = they do): e.g. a uniform one with cv > 1/sqrt(3)
/// would be negative.
[[nodiscard]] const char* invalid_distribution(const DistributionParameters& parameters);

class Distribution {
  public:
    /// Parameters must be valid (`invalid_distribution` is null).
    explicit Distribution(const DistributionParameters& parameters);

    /// Quantile at (word + 0.5) / 2^32, in whole nanoseconds, never negative.
    [[nodiscard]] core::Duration at(std::uint32_t word) const;

    /// Exact mean of the distribution [s]; and of its square [s^2] (for queueing theory in tests).
    [[nodiscard]] double mean_seconds() const;
    [[nodiscard]] double second_moment() const;
    [[nodiscard]] bool is_constant() const { return kind_ == DistributionKind::constant; }

  private:
    DistributionKind kind_;
    double mean_ns_ = 0.0;
    double cv_ = 0.0;
    double location_ = 0.0;  ///< meaning depends on the kind; see distribution.cc
    double scale_ = 0.0;
    double shape_ = 0.0;
    std::vector<double>
        table_;  ///< gamma only: quantiles and slopes on a log-linear grid of both tails
};

}  // namespace lagsim::models
